"""Crawls the portal: the home page, the listings, and what they lead to."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy import Request, signals
from scrapy.http import Response

from shio_scraper import settings as project
from shio_scraper.component import Meta, Site
from shio_scraper.crawl.fetching import why
from shio_scraper.crawl.page_memory import OWN_PAGES, Item
from shio_scraper.crawl.remembering import CONDITIONS, LeftOutError, remembering
from shio_scraper.crawl.rendering import rendering
from shio_scraper.dataset import places
from shio_scraper.dataset.state import State, StateError
from shio_scraper.demo import DemoPortal
from shio_scraper.frontier.store import FrontierError
from shio_scraper.items import Article, Reject
from shio_scraper.pages import Capture
from shio_scraper.pages.rejects import reject
from shio_scraper.parsers import Extraction
from shio_scraper.parsers.template import Template
from shio_scraper.portals import GIVES, LISTINGS, Address, Portals
from shio_scraper.spiders.arguments import SERVICES, PortalArguments
from shio_scraper.spiders.assets import Assets
from shio_scraper.spiders.exploring import Exploration
from shio_scraper.spiders.links import Links
from shio_scraper.spiders.listings import LISTING_FIRST, Listings
from shio_scraper.spiders.replay import Replay, ReplayingSpider
from shio_scraper.spiders.services import service_of
from shio_scraper.spiders.site import OpenSite, PortalSite
from shio_scraper.spiders.updating import due_again

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings
    from twisted.python.failure import Failure

_OK, _NOT_MODIFIED = 200, 304
_GONE = {404, 410}
_REFUSALS = {403, 429, 503}
_WITH_REFUSALS = {"challenge", "maintenance"}
_DEMO_SETTINGS = {
    "DOWNLOAD_DELAY": 0,
    "CONCURRENT_REQUESTS": 8,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
}


def _settle(settings: BaseSettings, portals: Portals) -> None:
    """Set what the map says where nobody else says otherwise.

    Of several portals the longest delay holds, and all floors together; nothing else.
    """
    said = [portal.settings for portal in portals.members]
    if len(said) == 1:
        found = dict(said[0])
    else:
        floors = Counter[str]()
        for one in said:
            floors.update(one.get("SHIO_MONITOR_FLOOR", {}))
        delays = [one["DOWNLOAD_DELAY"] for one in said if "DOWNLOAD_DELAY" in one]
        found = {"SHIO_MONITOR_FLOOR": dict(floors)}
        found |= {"DOWNLOAD_DELAY": max(delays)} if delays else {}
    for name, value in found.items():
        if settings[name] == getattr(project, name, None):
            settings.set(name, value, priority="spider")


_NOWHERE = "http://127.0.0.1:9"
"""Where the demo is until its server runs: never at the live portal."""


class PortalSpider(ReplayingSpider):
    """The portal, live, as the demo, or a copy at another address."""

    name = "portal"
    site: Site

    def __init__(self, **arguments: Any) -> None:
        super().__init__()
        self.arguments: PortalArguments = PortalArguments.parse(arguments)
        self.portals = self.arguments.portals
        self.allowed_domains = list(self.portals.hosts)
        self._demos: list[DemoPortal] = []
        self.links = Links(self)
        self.assets = Assets(self)
        self._samples: set[tuple[str, str | None, str]] = set()
        site = self.arguments.site
        service = service_of(arguments, self.portals)
        base = {"live": None, "demo": _NOWHERE}.get(site, site)
        self.site = service or PortalSite(dict.fromkeys(self.portals.members, base))
        self.exploration = Exploration(self) if self.arguments.is_any else None
        if self.exploration:
            self.site = OpenSite(self.portals)
        self.replay = Replay(self, service) if service else None
        self.keeps_history = service is not None
        self.is_update = self.arguments.mode == "update"
        self.sample, self.trial = self.arguments.sample, self.arguments.trial
        self._listings = Listings(self)
        self.remembered_as = "" if service or self.exploration else site

    @classmethod
    def check_arguments(cls, given: Mapping[str, Any]) -> None:
        """Raise ``ArgumentError`` where the spider would refuse an argument."""
        service_of(given, PortalArguments.parse(given).portals)

    @classmethod
    def is_resumable(cls, given: Mapping[str, Any]) -> bool:
        """Tell whether a crawl that is cut off has anything to go on from: the demo is short."""
        return PortalArguments.parse(given).site != "demo"

    @classmethod
    def shares(cls, given: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the arguments of a crawl of each portal; an archive service is one."""
        arguments = PortalArguments.parse(given)
        if arguments.site in SERVICES:
            return [dict(given)]
        return [{**given, "portal": portal.name} for portal in arguments.portals.members]

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Return the spider; the demo portal needs no politeness."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        if not spider.replay:
            _settle(crawler.settings, spider.portals)
        if spider.arguments.site == "demo":
            for name, value in _DEMO_SETTINGS.items():
                crawler.settings.set(name, value, priority="spider")
        spider.links.attach(crawler)
        spider.assets.attach(crawler)
        if spider.exploration:
            spider.exploration.attach(crawler)
        crawler.signals.connect(spider.on_opened, signals.spider_opened)
        crawler.signals.connect(spider.on_closed, signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """Yield the entry pages and the known listings; of an archive service, every capture."""
        if self.replay:
            async for item in self.replay.start():
                yield item
            return
        if self.exploration:
            yield self.exploration.start()
            return
        listings = self._start_listings()
        if self.is_update:  # they are read anyway, and need no other page for their sidebar
            self._samples.update(map(_kind, listings))
        for address in (*self._entries(), *listings):
            yield self.request(address.url, priority=LISTING_FIRST)
        if self.is_update:
            with suppress(FrontierError):  # it was said, and the crawl ends
                for request in due_again(self):
                    yield request

    def parse(self, response: Response, **reached_by: Any) -> Iterator[Any]:
        """Yield the records of one page, and the requests for what it leads to."""
        if response.status != _OK:
            yield from self._no_page(response, **reached_by)
            return
        if self.is_update and "rendered" not in response.flags:
            self.count("update/fetched")
        capture = self.capture(response)
        extraction = self.read(capture)
        if isinstance(extraction, Reject):
            yield rendering(extraction, response, capture, self)
            return
        if instead := self._instead(extraction, response):
            yield rendering(instead, response, capture, self)
            return
        if self.exploration and self.exploration.repeats(extraction):
            return
        yield from self.records_of(extraction, capture, response)
        if self.exploration:
            yield from self.exploration.follow(extraction, **reached_by)
            return
        address = extraction.page.address
        if address and address.kind in LISTINGS:
            watermark = response.meta.get(Meta.RECALLED)
            yield from self._listings.follow(extraction, address, watermark, **reached_by)
        yield from self.links.follow(extraction, **reached_by)

    def results(self, extraction: Extraction, **reached_by: Any) -> Iterator[Any]:
        """Yield what a page gives, with what the listing said of it."""
        self._hand_on(extraction, **reached_by)
        yield from super().results(extraction)
        yield from self.assets.follow(extraction)

    def parse_document(self, response: Response, language: str) -> Iterator[Any]:
        """Yield the record of a linked document, or its reject."""
        if response.status == _OK:
            yield self.assets.document(response, language)
        else:
            yield from self._no_page(response)

    def parse_requisite(self, response: Response) -> Iterator[Request]:
        """Yield the requests for what a style needs: the answer is in the archive."""
        yield from self.assets.requisite(response)

    def requisite_failed(self, failure: Failure) -> None:
        """Count an image, a style, a script or a font that did not come."""
        self.assets.failed(failure)

    def known_templates(self) -> list[Template]:
        """Return the templates of the run's folder, and those that the site's state has."""
        data, state = Path(self.settings["SHIO_DATA"]), self.settings["SHIO_STATE"]
        with suppress(StateError):  # whoever takes the run in says why
            path = places.state_path(data, state, self.origin)
            if path and path.exists():
                with State.open(path) as opened:
                    of_site = (Template.from_json(text) for _, text in opened.templates())
                    return [*super().known_templates(), *of_site]
        return super().known_templates()

    def failed(self, failure: Failure) -> Iterator[Reject]:
        """Yield the reject of a page that could not be fetched."""
        if isinstance(failure.value, LeftOutError):
            self.count(failure.value.stat)
            return
        request: Request = failure.request  # type: ignore[attr-defined]
        capture = Capture(body=b"", url=self._asked_for(request), fetched_at=_now())
        yield reject(*why(failure.value, request.url), capture)

    def capture(self, response: Response) -> Capture:
        """Return the capture that ``response`` is."""
        content_type = response.headers.get(b"Content-Type")
        kept = response.meta.get(Meta.KEPT)
        return Capture(
            body=response.body,
            url=self.site.portal_url(response.url),
            fetched_url=response.url,
            fetched_at=kept.fetched_at if kept else _now(),
            content_type=content_type.decode("latin-1") if content_type else None,
            archive=kept.position if kept else None,
            rendered="rendered" in response.flags,
        )

    def archived_as(self, request: Request, response: Response) -> tuple[str, datetime] | None:  # noqa: ARG002
        """Keep every response of the portal, as the page that a copy stands for."""
        if not response.url.startswith("http"):
            return None
        if self.replay:
            return self.replay.archived_as(response)
        return self.site.original(response.url), _now()

    def why_left_out(self, request: Request) -> str | None:
        """Return the stat of why a page is not fetched any more; ``None`` where it is."""
        return self.exploration.why_left_out(request) if self.exploration else None

    def page_of(self, request: Request) -> Address | None:
        """Return the page that was asked for, whatever it was redirected to."""
        url = self._asked_for(request)
        return self.portals.locate(url)

    def on_opened(self) -> None:
        """Start the demo portal; say where an update has nothing to go by."""
        if self.is_update:
            self.count("update/fetched", 0)
            if not remembering(self.crawler):
                self.logger.info("The frontier forgets (memory): mode=update is a full crawl here")
        if self.arguments.site == "demo":
            demos = {portal: DemoPortal(portal=portal) for portal in self.portals.members}
            self._demos = list(demos.values())
            for demo in self._demos:
                demo.start()
            self.site = PortalSite({portal: demo.url for portal, demo in demos.items()})

    def on_closed(self) -> None:
        """Stop the demo portals."""
        for demo in self._demos:
            demo.stop()

    def _asked_for(self, request: Request | None) -> str | None:
        """Return the page that was asked for, whatever it was redirected to."""
        if request is None:
            return None
        return self.site.portal_url(request.meta.get("redirect_urls", [request.url])[0])

    def _entries(self) -> Iterator[Address]:
        """Yield the pages that lead to others, and those that no page need lead to."""
        for portal in self.portals.members:
            for address in map(portal.at, portal.entries):
                if address.kind == "home" or self.asks_for(address):
                    yield address

    def _start_listings(self) -> list[Address]:
        """Return the listings that were asked for; where none is, one of each for its sidebar."""
        found = [portal.at(path) for portal in self.portals.members for path in portal.listings]
        if any(GIVES[kind] in self.arguments.only for kind in LISTINGS):
            return [address for address in found if self.asks_for(address)]
        return [address for address in found if self.is_sample(address)]

    def request(self, url: str, *, priority: int = 0, **reached_by: Any) -> Request:
        """Return the request for a page; its callback is told how it was reached."""
        return Request(
            self.site.fetch_url(url),
            callback=self.parse,
            errback=self.failed,
            priority=priority,
            cb_kwargs={name: value for name, value in reached_by.items() if value},
        )

    def _instead(self, extraction: Extraction, response: Response) -> Reject | None:
        """Return the reject of a page that came in the place of the one that was asked for.

        Besides what the page itself says: a record that is gone may be answered by a redirect
        to the home page or a listing.
        """
        asked, page = self._asked_for(response.request), extraction.page
        if extraction.instead:
            (found,) = extraction.rejects
            found.url = asked or found.url
            return found
        sought = self.portals.locate(asked) if asked else None
        came = page.address.kind if page.address else None
        if sought and sought.kind in OWN_PAGES and (came in LISTINGS or came == "home"):
            capture = self.capture(response)
            capture.url = asked
            return reject("fetch", "not_found", f"redirected to {page.url}", capture)
        return None

    def _hand_on(
        self,
        extraction: Extraction,
        *,
        teaser: str | None = None,
        listed: str | None = None,
        **_: Any,
    ) -> None:
        """Give the article what the listing said of it: its teaser; its date only as a check."""
        for record in extraction.records:
            if isinstance(record, Article):
                record.teaser = teaser
                if listed and record.published and record.published.isoformat() != listed:
                    self._note("listing_date_mismatch", 1, record.url)

    def _no_page(
        self,
        response: Response,
        *,
        past_end: bool = False,
        newest: Sequence[Item] = (),
        **_: Any,
    ) -> Iterator[Any]:
        """Yield what an answer that is no page means: a reject, unless nothing is wrong."""
        asked = response.request
        if (
            response.status == _NOT_MODIFIED
            and asked
            and any(h in asked.headers for h in CONDITIONS)
        ):
            self.count("update/not_modified")
            self.note_read(self._asked_for(asked))
        elif past_end and response.status in _GONE:
            yield from self._listings.ended(newest)
        else:
            capture = self.capture(response)
            capture.url = self._asked_for(asked)
            yield reject("fetch", *self._refusal(capture, response.status), capture)

    def _refusal(self, capture: Capture, status: int) -> tuple[str, str]:
        """Return what a status means: with some, a challenge or a notice of maintenance comes."""
        found = self.read(capture) if status in _REFUSALS else None
        if isinstance(found, Extraction) and found.instead:
            (said,) = found.rejects
            if said.reason in _WITH_REFUSALS:
                return said.reason, f"{status}; {said.detail}"
        return "http_status", str(status)

    def asks_for(self, address: Address) -> bool:
        """Tell whether the user asked for what a page of a known family holds."""
        if address.kind is None or not self._speaks(address):
            return False
        return GIVES.get(address.kind) in self.arguments.only

    def _speaks(self, address: Address) -> bool:
        language = address.family.language if address.family else None
        return language is None or language in self.arguments.language

    def is_sample(self, address: Address) -> bool:
        """Take one page of each language and layout, for its sidebar."""
        if not self.arguments.only & {"faq", "status"} or not self._speaks(address):
            return False
        if not address.portal.has_sidebar:
            return False
        if _kind(address) in self._samples:
            return False
        self._samples.add(_kind(address))
        return True


def _kind(address: Address) -> tuple[str, str | None, str]:
    family = address.family
    language, layout = (family.language, family.layout) if family else (None, "unknown")
    return address.portal.name, language, layout


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
