"""The ``portal`` spider: crawls a portal's home page, its listings and what these link to."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy import signals

from shio_scraper import settings as project
from shio_scraper.component import Meta
from shio_scraper.crawl.page_memory import OWN_PAGES, Reading
from shio_scraper.crawl.remembering import CONDITIONS, remembering
from shio_scraper.crawl.rendering import rendering
from shio_scraper.dataset import places
from shio_scraper.dataset.state import State, StateError
from shio_scraper.demo import DemoPortal
from shio_scraper.items import Article, Reject
from shio_scraper.pages import Capture, reject
from shio_scraper.parsers import Extraction
from shio_scraper.parsers.template import Template
from shio_scraper.portals import LISTINGS, Portals
from shio_scraper.spiders.exploring import Exploration
from shio_scraper.spiders.following import Navigation
from shio_scraper.spiders.requesting import NOT_MODIFIED, OK, Guide, RequestingSpider
from shio_scraper.spiders.sites import OpenSite, PortalSite

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.settings import BaseSettings

_GONE = {404, 410}
_REFUSALS = {403, 429, 503}
_WITH_REFUSALS = {"challenge", "maintenance"}
_DEMO_SETTINGS = {
    "DOWNLOAD_DELAY": 0,
    "CONCURRENT_REQUESTS": 8,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
}
_NOWHERE = "http://127.0.0.1:9"
"""The address of the demo until its server runs, so that no request goes to the live portal."""


class PortalSpider(RequestingSpider):
    """Crawls the portal live, the demo portal, a copy at another address, or any other site."""

    name = "portal"

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        arguments = self.arguments
        self.allowed_domains = list(self.portals.hosts)
        self._demos: list[DemoPortal] = []
        base = {"live": None, "demo": _NOWHERE}.get(arguments.site, arguments.site)
        self.site = self.service or PortalSite(dict.fromkeys(self.portals.members, base))
        self.guide: Guide = Navigation(self)
        if arguments.is_any:
            self.site, self.guide = OpenSite(self.portals), Exploration(self)
        self.keeps_history = self.service is not None
        if not self.service:
            self.own_shares = [{**given, "portal": portal.name} for portal in self.portals.members]
        self.is_update = arguments.mode == "update"
        self.sample, self.trial = arguments.sample, arguments.trial
        self.is_resumable = arguments.site != "demo"  # a demo crawl is short
        self.remembered_as = "" if self.service or arguments.is_any else arguments.site

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Return the spider. The demo portal is crawled without a delay."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        if not spider.service:
            _settle(crawler.settings, spider.portals)
        if spider.arguments.site == "demo":
            for name, value in _DEMO_SETTINGS.items():
                crawler.settings.set(name, value, priority="spider")
        spider.guide.attach(crawler)
        crawler.signals.connect(spider.on_opened, signals.spider_opened)
        crawler.signals.connect(spider.on_closed, signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """Yield the first requests of the crawl; from an archive service, one for every capture."""
        if self.service:
            async for piece in self.captures(self.service):
                yield piece
            return
        for request in self.guide.start():
            yield request

    def parse(self, response: Response, **reached_by: Any) -> Iterator[Any]:
        """Yield the records of one page, and the requests for the pages it leads to."""
        if response.status != OK:
            yield from self.no_page(response, **reached_by)
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
        if self.guide.repeats(extraction):
            return
        yield from self.records_of(extraction, capture, response)
        yield from self.guide.follow(extraction, response.meta.get(Meta.RECALLED), **reached_by)

    def results(self, extraction: Extraction, **reached_by: Any) -> Iterator[Any]:
        """Yield the results of a page, with the teaser from the listing that led to it.

        The listing's date is only a check: a difference is noted, the page's own date stands.
        """
        for record in extraction.records:
            if isinstance(record, Article):
                record.teaser, listed = reached_by.get("teaser"), reached_by.get("listed")
                if listed and record.published and record.published.isoformat() != listed:
                    self.note("listing_date_mismatch", 1, record.url)
        yield from super().results(extraction)

    def known_templates(self) -> list[Template]:
        """Return the templates in the run's folder and those in the state of the site."""
        data, state = Path(self.settings["SHIO_DATA"]), self.settings["SHIO_STATE"]
        with suppress(StateError):  # the dataset's intake of this run reports the error
            path = places.state_path(data, state, self.origin)
            if path and path.exists():
                with State.open(path) as opened:
                    of_site = (Template.from_json(text) for _, text in opened.templates())
                    return [*super().known_templates(), *of_site]
        return super().known_templates()

    def why_left_out(self, request: Request) -> str | None:
        """Return the stat that says why a page is not fetched; ``None`` if it is fetched."""
        return self.guide.why_left_out(request)

    def on_opened(self) -> None:
        """Start the demo portals. Log if an update remembers no earlier crawl."""
        super().on_opened()
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
        super().on_closed()
        for demo in self._demos:
            demo.stop()

    def _instead(self, extraction: Extraction, response: Response) -> Reject | None:
        """Return the reject of a page that stands in for the requested page; ``None`` if none does.

        The page may say so itself (``extraction.instead``). A site may also answer a request for a
        deleted record by a redirect to its home page or to a listing.
        """
        asked, page = self.asked_for(response.request), extraction.page
        if extraction.instead:
            (refusal,) = extraction.rejects
            refusal.url = asked or refusal.url
            return refusal
        sought = self.portals.locate(asked)
        came = page.address.kind if page.address else None
        if sought and sought.kind in OWN_PAGES and (came in LISTINGS or came == "home"):
            capture = self.capture(response)
            capture.url = asked
            return reject("fetch", "not_found", f"redirected to {page.url}", capture)
        return None

    def no_page(self, response: Response, **reached_by: Any) -> Iterator[Any]:
        """Yield the reject of a response without a page, unless such a response was expected.

        Expected are "304 Not Modified" after a conditional request, and a missing page after the
        end of a listing, which yields the listing's watermark.
        """
        asked = response.request
        is_conditional = asked and any(name in asked.headers for name in CONDITIONS)
        if response.status == NOT_MODIFIED and is_conditional:
            self.count("update/not_modified")
            self.note_read(self.asked_for(asked))
        elif reached_by.get("past_end") and response.status in _GONE:
            yield Reading(tuple(reached_by.get("newest", ()))).at_end()
        else:
            capture = self.capture(response)
            capture.url = self.asked_for(asked)
            yield reject("fetch", *self._refusal(capture, response.status), capture)

    def _refusal(self, capture: Capture, status: int) -> tuple[str, str]:
        """Return the reason and the detail of the reject for an error status.

        A page with status 403, 429 or 503 may be a challenge or a notice of maintenance.
        """
        extraction = self.read(capture) if status in _REFUSALS else None
        if isinstance(extraction, Extraction) and extraction.instead:
            (refusal,) = extraction.rejects
            if refusal.reason in _WITH_REFUSALS:
                return refusal.reason, f"{status}; {refusal.detail}"
        return "http_status", str(status)


def _settle(settings: BaseSettings, portals: Portals) -> None:
    """Apply the settings of a portal's map, unless the user set other values.

    For several portals, the longest delay and the sum of the floors apply, and no other setting.
    """
    maps = [portal.settings for portal in portals.members]
    if len(maps) == 1:
        chosen = dict(maps[0])
    else:
        floors = Counter[str]()
        for of_map in maps:
            floors.update(of_map.get("SHIO_MONITOR_FLOOR", {}))
        delays = [of_map["DOWNLOAD_DELAY"] for of_map in maps if "DOWNLOAD_DELAY" in of_map]
        chosen = {"SHIO_MONITOR_FLOOR": dict(floors)}
        chosen |= {"DOWNLOAD_DELAY": max(delays)} if delays else {}
    for name, value in chosen.items():
        if settings[name] == getattr(project, name, None):
            settings.set(name, value, priority="spider")
