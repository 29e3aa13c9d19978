"""Remembers pages and listings from crawl to crawl, so that an update requests only what is due.

Notes are put on the lease of the page, so that they are stored together with its acknowledgement.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

from scrapy import Request, signals
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from shio_scraper.archives.payload_index import is_there
from shio_scraper.component import Component, CrawlSpider, Meta
from shio_scraper.crawl import page_memory
from shio_scraper.crawl.page_memory import OWN_PAGES, Memory, PageMemory, Schedule, Watermark
from shio_scraper.frontier.leases import Lease, lease_of
from shio_scraper.frontier.store import CARRYING, Memo
from shio_scraper.items import RecordType, Reject, Remark
from shio_scraper.parsers.records import PARSER
from shio_scraper.portals import LISTINGS, Address

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from shio_scraper.frontier.sqlite import SqliteStore

CONDITIONS: Final = {"If-None-Match": "etag", "If-Modified-Since": "last_modified"}
"""Header of a conditional request (RFC 9110, section 13.1) → field of ``PageMemory`` to send."""
_OK: Final = 200
_NOT_NOTED: Final = {*LISTINGS, "home"}
"""Kinds of pages that are read whole each time, because the crawl must see their links."""


class RememberingSpider(CrawlSpider):
    """A spider whose pages are remembered."""

    frontier: SqliteStore
    """The store of due requests and of what is remembered. The scheduler sets it when it opens."""
    is_update: bool = False
    """Whether the crawl reads only pages that are due."""
    asked: tuple[str, ...]
    """The records that the user asked for."""

    def why_left_out(self, request: Request) -> str | None:  # noqa: ARG002
        """Return the stat that counts why a page is left out; ``None`` if it is fetched."""
        return None

    def page_of(self, request: Request) -> Address | None:  # noqa: ARG002
        """Return the page that was requested, before any redirect."""
        return None


def remembering(crawler: Crawler) -> RememberingSpider | None:
    """Return the spider if its pages are remembered, else ``None``."""
    spider = crawler.spider
    if not isinstance(spider, RememberingSpider) or not spider.remembered_as:
        return None
    return spider if hasattr(spider, "frontier") and spider.frontier.durable else None


class LeftOutError(IgnoreRequest):
    """A page that the crawl leaves out. This is no failure; the stat ``stat`` counts it."""

    def __init__(self, stat: str, message: str) -> None:
        super().__init__(message)
        self.stat = stat


class RecallingMiddleware(Component):
    """Recalls the watermark of a listing, and in an update the memory of a page.

    It stands before robots.txt and the delay, so that a page that is not due costs no time.
    """

    def process_request(self, request: Request) -> None:
        """Make the request conditional, or raise ``LeftOutError`` if the page is not due."""
        spider = remembering(self.crawler)
        page = spider.page_of(request) if spider else None
        if spider is None or page is None:
            return
        memory = Memory(spider.frontier)
        if page.kind in LISTINGS:
            if watermark := memory.listing(page.first_page):
                request.meta[Meta.RECALLED] = watermark
            return
        if not spider.is_update or page.kind == "home" or request.cb_kwargs.get("sample"):
            return
        if known := memory.page(page.url):
            self._judge(spider, request, page, known)

    def _judge(
        self, spider: RememberingSpider, request: Request, page: Address, known: PageMemory
    ) -> None:
        for name in CONDITIONS:
            request.headers.pop(name, None)
        # A redirected request goes on. The page's ETag does not apply to the new address.
        if "redirect_urls" in request.meta:
            return
        if not Schedule.of(self.crawler.settings, page.portal).is_due(known, page.kind):
            raise LeftOutError("update/not_due", f"not due: {page.url}")
        request.meta[Meta.RECALLED] = known
        is_held = known.capture is None or is_there(known.capture)
        if is_held and known.parser == PARSER and set(spider.asked) <= set(known.scope):
            for name, field in CONDITIONS.items():
                if value := getattr(known, field):
                    request.headers[name] = value.encode("latin-1")


class RememberingMiddleware(Component):
    """Notes each page that is read, the pages that it links, and its records.

    A callback may yield a ``Watermark``: it is the new watermark of the page's listing.
    """

    listens: ClassVar[dict[str, Any]] = {
        "given": (signals.item_scraped, signals.item_dropped),
        "failed": (signals.item_error, signals.spider_error),
    }

    async def process_spider_output(
        self, response: Response, result: AsyncIterator[Any]
    ) -> AsyncIterator[Any]:
        """Yield ``result`` without its watermarks."""
        spider, lease = remembering(self.crawler), lease_of(response)
        if spider and spider.trial:
            spider = None
        page = spider.page_of(response.request) if spider and response.request else None
        if spider and lease and page and response.status == _OK and page.kind not in _NOT_NOTED:
            _begin(spider, lease, page, response)
        async for piece in result:
            if not isinstance(piece, Watermark):
                if isinstance(piece, Request) and piece.method in CARRYING:
                    self.failed(response)  # until the waiting page is read
                elif isinstance(piece, Request) and spider and lease:
                    _sight(spider, lease, piece)
                yield piece
            elif spider and lease and page:
                key = page_memory.listing_key(page.first_page)
                lease.remembered[key] = piece.memo()

    def given(self, item: RecordType | Remark, response: Response | None) -> None:
        """Note that a page gave a record (a new one or a duplicate) or a reject."""
        if isinstance(item, Reject):
            self.failed(response)
        elif (note := _noted(response)) and not isinstance(item, Remark):
            note.known.take(item)
            note.keep()

    def failed(self, response: Response | None) -> None:
        """Note that a page was not used completely, so that the next update requests it whole."""
        if note := _noted(response):
            note.known.parser = None
            note.keep()


class _Note(NamedTuple):
    """The note about one page on its lease."""

    lease: Lease
    page: Address
    known: PageMemory

    def keep(self) -> None:
        """Put the present memory of the page on the lease."""
        key = page_memory.page_key(self.page.url)
        self.lease.remembered[key] = self.known.memo(self.page.kind)
        family = self.page.family
        if family and self.known.complete:
            sample = page_memory.sample_key(family.language, family.layout)
            self.lease.remembered[sample] = Memo(self.page.url.encode())


def _begin(spider: RememberingSpider, lease: Lease, page: Address, response: Response) -> None:
    """Note a page as read, before any of its records has arrived."""
    reached_by, kept = response.request.cb_kwargs, response.meta.get(Meta.KEPT)  # type: ignore[union-attr]
    known = PageMemory(
        listed=reached_by.get("listed"),
        teaser=reached_by.get("teaser"),
        etag=_header(response, b"ETag"),
        last_modified=_header(response, b"Last-Modified"),
        scope=spider.asked,
        parser=PARSER,
        capture=kept.capture if kept else None,
    )
    note = response.meta[Meta.NOTED] = _Note(lease, page, known)
    note.keep()


def _sight(spider: RememberingSpider, lease: Lease, request: Request) -> None:
    """Note a linked page that has its own record, so that this crawl or a later one reads it."""
    page = spider.page_of(request)
    if page and page.kind in OWN_PAGES:
        reached_by = request.cb_kwargs
        seen = PageMemory(listed=reached_by.get("listed"), teaser=reached_by.get("teaser"))
        # Only the first note counts: a link outside of the listing comes later and says less.
        lease.sighted.setdefault(page_memory.page_key(page.url), seen.memo(page.kind))


def _noted(response: Response | None) -> _Note | None:
    """Return the note on the page of a response, or of a failure in its place; or ``None``."""
    request = getattr(response, "request", None)
    note: _Note | None = request.meta.get(Meta.NOTED) if request else None
    return note


def _header(response: Response, name: bytes) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None
