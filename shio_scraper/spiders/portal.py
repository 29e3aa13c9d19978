"""Crawls the portal: the home page, the listings, and what they lead to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy import Request, signals
from scrapy.http import Response

from shio_scraper.demo import DemoPortal, demo_folder
from shio_scraper.frontier.store import LAST, NEVER
from shio_scraper.items import Article, RecordType, Reject
from shio_scraper.pages import Capture
from shio_scraper.parsers import Extraction
from shio_scraper.parsers.frame import Role
from shio_scraper.parsers.listing import ListingItem, next_pages, read_items
from shio_scraper.parsers.records import reject
from shio_scraper.portal import TOUCH_SHANGHAI, Address
from shio_scraper.spiders.arguments import PortalArguments
from shio_scraper.spiders.failures import why
from shio_scraper.spiders.paging import first_page, new_items, next_page
from shio_scraper.spiders.replay import Replay, ReplayingSpider
from shio_scraper.spiders.services import service_of
from shio_scraper.spiders.site import Site

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from scrapy.crawler import Crawler
    from twisted.python.failure import Failure

_OK = 200
_GONE = {404, 410}
_LISTING_FIRST = 10
"""Priority: listings before what they lead to, so that teasers reach their article."""

_DEMO_SETTINGS = {
    "DOWNLOAD_DELAY": 0,
    "CONCURRENT_REQUESTS": 8,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
}

_WANTED_BY = {
    "listing": "news",
    "article": "news",
    "event_listing": "events",
    "event": "events",
}


class PortalSpider(ReplayingSpider):
    """The portal, live, as the demo, or a copy at another address."""

    name = "portal"
    allowed_domains: ClassVar[list[str]] = list(TOUCH_SHANGHAI.hosts)

    def __init__(self, **arguments: Any) -> None:
        super().__init__()
        self.arguments: PortalArguments = PortalArguments.parse(arguments)
        self._demo: DemoPortal | None = None
        self._followed: set[str] = set()
        self._samples: set[tuple[str | None, str]] = set()
        site = self.arguments.site
        service = service_of(arguments, self.portal)
        self.site = service or Site(self.portal, None if site in {"live", "demo"} else site)
        self.replay = Replay(self, service) if service else None
        self.keeps_history = service is not None

    @classmethod
    def check_arguments(cls, given: Mapping[str, Any]) -> None:
        """Raise ``ArgumentError`` where the spider would refuse an argument."""
        PortalArguments.parse(given)
        service_of(given, cls.portal)

    @classmethod
    def is_resumable(cls, given: Mapping[str, Any]) -> bool:
        """Tell whether a crawl that is cut off has anything to go on from: the demo is short."""
        return PortalArguments.parse(given).site != "demo"

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Return the spider; the demo portal needs no politeness."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        if spider.arguments.site == "demo":
            for name, value in _DEMO_SETTINGS.items():
                crawler.settings.set(name, value, priority="spider")
        if spider.replay:
            spider.replay.attach(crawler)
        crawler.signals.connect(spider.on_opened, signals.spider_opened)
        crawler.signals.connect(spider.on_closed, signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """Yield the home page and the known listings; of an archive service, every capture."""
        if self.replay:
            async for item in self.replay.start():
                yield item
            return
        yield self._request("/", priority=_LISTING_FIRST)
        for path in self._start_listings():
            yield self._request(path, priority=_LISTING_FIRST)

    def parse(self, response: Response, **reached_by: Any) -> Iterator[Any]:
        """Yield the records of one page, and the requests for what it leads to."""
        capture = self.capture(response)
        if response.status != _OK:
            if not (reached_by.get("past_end") and response.status in _GONE):
                capture.url = self._asked_for(response.request)
                yield self.reject(capture, "fetch", "http_status", str(response.status))
            return
        extraction = self.read(capture)
        if isinstance(extraction, Reject):
            yield extraction
            return
        self._hand_on(extraction, **reached_by)
        yield from self.results(extraction)
        yield from self._follow(extraction, **reached_by)

    def failed(self, failure: Failure) -> Iterator[Reject]:
        """Yield the reject of a page that could not be fetched."""
        request: Request = failure.request  # type: ignore[attr-defined]
        capture = Capture(body=b"", url=self._asked_for(request), fetched_at=_now())
        yield self.reject(capture, "fetch", *why(failure))

    def wants(self, record: RecordType) -> bool:
        """Tell whether the user asked for ``record``."""
        return self.arguments.wants(record)

    def capture(self, response: Response) -> Capture:
        """Return the capture that ``response`` is."""
        content_type = response.headers.get(b"Content-Type")
        kept = response.meta.get("kept")
        return Capture(
            body=response.body,
            url=self.site.portal_url(response.url),
            fetched_url=response.url,
            fetched_at=kept.fetched_at if kept else _now(),
            content_type=content_type.decode("latin-1") if content_type else None,
            archive=kept.position if kept else None,
        )

    def archived_as(self, request: Request, response: Response) -> tuple[str, datetime] | None:  # noqa: ARG002
        """Keep every response of the portal, as the page that a copy stands for."""
        if self.replay:
            return self.replay.archived_as(response)
        return self.site.original(response.url), _now()

    def on_opened(self) -> None:
        """Start the demo portal."""
        if self.arguments.site == "demo":
            self._demo = DemoPortal(demo_folder())
            self._demo.start()
            self.site = Site(self.portal, self._demo.url)

    def on_closed(self) -> None:
        """Stop the demo portal."""
        if self._demo:
            self._demo.stop()

    def _asked_for(self, request: Request | None) -> str | None:
        """Return the page that was asked for, whatever it was redirected to."""
        if request is None:
            return None
        return self.site.portal_url(request.meta.get("redirect_urls", [request.url])[0])

    def _start_listings(self) -> list[str]:
        paths: list[str] = []
        if "news" in self.arguments.only:
            paths += self.portal.listings
        if "events" in self.arguments.only:
            paths += self.portal.event_listings
        found = [self._locate(path) for path in paths or self.portal.listings]
        spoken = [a for a in found if a.family and self._speaks(a)]
        if not paths:
            spoken = [address for address in spoken if self._is_sample(address)]
        return [address.url for address in spoken]

    def _locate(self, path: str) -> Address:
        address = self.portal.locate(self.portal.origin + path)
        assert address is not None  # noqa: S101  (the map's own addresses)
        return address

    def _request(self, url: str, *, priority: int = 0, **reached_by: Any) -> Request:
        if url.startswith("/"):
            url = self.portal.origin + url
        return Request(
            self.site.fetch_url(url),
            callback=self.parse,
            errback=self.failed,
            priority=priority,
            cb_kwargs={name: value for name, value in reached_by.items() if value},
        )

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

    def _follow(self, extraction: Extraction, **reached_by: Any) -> Iterator[Any]:
        address = extraction.page.address
        if address and address.kind in {"listing", "event_listing"}:
            yield from self._follow_listing(extraction, address, **reached_by)
        yield from self._follow_links(extraction)

    def _follow_listing(
        self,
        extraction: Extraction,
        here: Address,
        *,
        past_end: bool = False,
        first: Sequence[str] = (),
        before: Sequence[str] = (),
        **_: Any,
    ) -> Iterator[Any]:
        """Request the listing's items and its next page.

        ``first`` and ``before`` are what the first page and the one before showed: they travel
        with the request, for whichever worker reads the page.
        """
        items = read_items(extraction.frame)
        if not items and past_end:
            self.count("listings/ended_without_items")
        elif not items:
            yield reject(extraction.page, "parse", "no_items", "a listing's address, but no item")
        new = new_items(items, {*first, *before})
        yield from self._request_items(new)
        after = next_page(self.arguments, here, new, next_pages(extraction.frame))
        if after and self._asks_for(here):
            shown = [item.address.url for item in items]
            yield self._request(
                after.url,
                priority=_LISTING_FIRST,
                past_end=after.guessed,
                first=first or shown,
                before=shown,
            )

    def _request_items(self, items: list[ListingItem]) -> Iterator[Request]:
        for item in items:
            url, day = item.address.url, item.day
            if not self.arguments.covers(day):
                self.count("not_asked_for/listed")
                yield self._request(url, priority=NEVER)
            elif self._asks_for(item.address):
                listed = day.isoformat() if day else None
                yield self._request(url, teaser=item.teaser, listed=listed)

    def _follow_links(self, extraction: Extraction) -> Iterator[Request]:
        """Request what the page links to beside listing items: known families, FAQ, view more."""
        page, roles = extraction.page, extraction.frame.roles
        for block, role in zip(page.blocks, roles, strict=True):
            for anchor in block.anchors:
                url = page.resolve(anchor.href)
                if url is None or url in self._followed:
                    continue
                address = self.portal.locate(url)
                if address is None or self.portal.is_private(url):
                    continue
                if address.family:
                    self._followed.add(url)
                    yield from self._follow_family(address)
                elif self._follows_unknown(role):
                    self._followed.add(url)
                    yield self._request(url)

    def _follow_family(self, address: Address) -> Iterator[Request]:
        if address.kind == "recommended":
            self.count("links/recommended")
        elif address.kind in {"listing", "event_listing"}:
            if self._asks_for(address) or self._is_sample(address):
                yield self._request(first_page(address), priority=_LISTING_FIRST)
        elif address.portal_id and (self._asks_for(address) or self._is_sample(address)):
            # Later, so that a listing's teaser is not lost to a stray link.
            yield self._request(address.url, priority=LAST)

    def _follows_unknown(self, role: Role) -> bool:
        if role is Role.MORE:
            return "status" in self.arguments.only
        return role in {Role.QUESTION, Role.ANSWER} and "faq" in self.arguments.only

    def _asks_for(self, address: Address) -> bool:
        return self._speaks(address) and _WANTED_BY.get(address.kind or "") in self.arguments.only

    def _speaks(self, address: Address) -> bool:
        language = address.family.language if address.family else None
        return language is None or language in self.arguments.language

    def _is_sample(self, address: Address) -> bool:
        """Take one page of each language and layout, for its sidebar."""
        if not self.arguments.only.intersection({"faq", "status"}) or not self._speaks(address):
            return False
        family = address.family
        kind = (family.language, family.layout) if family else (None, "unknown")
        if kind in self._samples:
            return False
        self._samples.add(kind)
        return True


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
