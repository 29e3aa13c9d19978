"""Crawls the portal: the home page, the listings, and what they lead to."""

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
"""Where the demo is until its server runs: never at the live portal."""


class PortalSpider(RequestingSpider):
    """The portal, live, as the demo, or a copy at another address; or any site."""

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
        self.is_resumable = arguments.site != "demo"  # which is short
        self.remembered_as = "" if self.service or arguments.is_any else arguments.site

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Return the spider; the demo portal needs no politeness."""
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
        """Yield the pages that a crawl begins with; of an archive service, every capture."""
        if self.service:
            async for piece in self.captures(self.service):
                yield piece
            return
        for request in self.guide.start():
            yield request

    def parse(self, response: Response, **reached_by: Any) -> Iterator[Any]:
        """Yield the records of one page, and the requests for what it leads to."""
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
        """Yield what a page gives, with what the listing said of it.

        The article takes its teaser; the listing's date is only a check.
        """
        for record in extraction.records:
            if isinstance(record, Article):
                record.teaser, listed = reached_by.get("teaser"), reached_by.get("listed")
                if listed and record.published and record.published.isoformat() != listed:
                    self.note("listing_date_mismatch", 1, record.url)
        yield from super().results(extraction)

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

    def why_left_out(self, request: Request) -> str | None:
        """Return the stat of why a page is not fetched any more; ``None`` where it is."""
        return self.guide.why_left_out(request)

    def on_opened(self) -> None:
        """Start the demo portal; say where an update has nothing to go by."""
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
        """Return the reject of a page that came in the place of the one that was asked for.

        Besides what the page itself says: a record that is gone may be answered by a redirect
        to the home page or a listing.
        """
        asked, page = self.asked_for(response.request), extraction.page
        if extraction.instead:
            (found,) = extraction.rejects
            found.url = asked or found.url
            return found
        sought = self.portals.locate(asked)
        came = page.address.kind if page.address else None
        if sought and sought.kind in OWN_PAGES and (came in LISTINGS or came == "home"):
            capture = self.capture(response)
            capture.url = asked
            return reject("fetch", "not_found", f"redirected to {page.url}", capture)
        return None

    def no_page(self, response: Response, **reached_by: Any) -> Iterator[Any]:
        """Yield what an answer that is no page means: a reject, unless nothing is wrong."""
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
        """Return what a status means: with some, a challenge or a notice of maintenance comes."""
        found = self.read(capture) if status in _REFUSALS else None
        if isinstance(found, Extraction) and found.instead:
            (said,) = found.rejects
            if said.reason in _WITH_REFUSALS:
                return said.reason, f"{status}; {said.detail}"
        return "http_status", str(status)


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
