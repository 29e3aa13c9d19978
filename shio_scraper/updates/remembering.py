"""Notes what a crawl saw of pages, listings and records: kept with each acknowledgement."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from scrapy import Request, signals
from scrapy.http import Response

from shio_scraper.frontier.leases import Lease, lease_of
from shio_scraper.frontier.recall import Recall
from shio_scraper.frontier.store import READ, Memo
from shio_scraper.items import RecordType, Reject, Remark
from shio_scraper.parsers.records import PARSER
from shio_scraper.portals import LISTINGS, Address
from shio_scraper.updates import memory
from shio_scraper.updates.memory import OWN_PAGES, PageMemory, Watermark

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

RECALLED: Final = "recalled"
"""Key of ``meta``: what was known of the page (``PageMemory``) or listing (``Watermark``)."""
_NOTED: Final = "noted"
"""Key of ``meta``: what is noted of the page that was fetched."""
_OK: Final = 200


class RememberingSpider(Protocol):
    """A spider whose pages are remembered."""

    recall: Recall
    remembered_as: str
    is_update: bool
    asked: tuple[str, ...]

    def page_of(self, request: Request) -> Address | None:
        """Return the page that was asked for, whatever it was redirected to."""
        ...


def remembering(crawler: Crawler) -> RememberingSpider | None:
    """Return the spider, if its pages are remembered."""
    spider: Any = crawler.spider
    if not getattr(spider, "remembered_as", "") or not hasattr(spider, "recall"):
        return None
    return cast("RememberingSpider", spider) if spider.recall.durable else None


class RememberingMiddleware:
    """Notes each page that is read, what it leads to, and the records that it gave.

    A ``Watermark`` among what a callback gives is the new one of the page's listing.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the middleware, and listen to what becomes of records."""
        middleware = cls(crawler)
        receivers: dict[object, Callable[..., None]] = {
            signals.item_scraped: middleware.given,
            signals.item_dropped: middleware.given,
            signals.item_error: middleware.failed,
            signals.spider_error: middleware.failed,
        }
        for signal, receiver in receivers.items():
            crawler.signals.connect(receiver, signal)
        return middleware

    async def process_spider_output(
        self, response: Response, result: AsyncIterator[Any]
    ) -> AsyncIterator[Any]:
        """Yield ``result`` but watermarks."""
        spider, lease = remembering(self._crawler), lease_of(response)
        page = spider.page_of(response.request) if spider and response.request else None
        if spider and lease and page and response.status == _OK and page.kind not in _NOT_NOTED:
            _begin(spider, lease, page, response)
        async for piece in result:
            if not isinstance(piece, Watermark):
                if isinstance(piece, Request) and piece.method == READ:
                    self.failed(response)  # until it is read
                elif isinstance(piece, Request) and spider and lease:
                    _sight(spider, lease, piece)
                yield piece
            elif lease and page:
                key = memory.listing_key(page.first_page)
                lease.remembered[key] = memory.listing_memo(piece)

    def given(self, item: RecordType | Remark, response: Response | None) -> None:
        """Note that a page gave a record, new or written before, or a reject."""
        if note := _noted(response):
            note.take(item)

    def failed(self, response: Response | None) -> None:
        """Note that not all of a page was used."""
        if note := _noted(response):
            note.reject()


class _Note:
    """What is noted of one page, in its lease."""

    def __init__(self, lease: Lease, page: Address, known: PageMemory) -> None:
        self._lease = lease
        self._page = page
        self._known = known
        self._keep()

    def take(self, item: RecordType | Remark) -> None:
        """A record or reject of the page arrived, or another remark, which changes nothing."""
        if isinstance(item, Reject):
            self.reject()
        elif not isinstance(item, Remark):
            self._known.take(item)
            self._keep()

    def reject(self) -> None:
        """Something on the page could not be used: it must come whole the next time."""
        self._known.parser = None
        self._keep()

    def _keep(self) -> None:
        key = memory.page_key(self._page.url)
        self._lease.remembered[key] = self._known.memo(self._page.kind)
        family = self._page.family
        if family and self._known.complete:
            sample = memory.sample_key(family.language, family.layout)
            self._lease.remembered[sample] = Memo(self._page.url.encode())


_NOT_NOTED: Final = {*LISTINGS, "home"}
"""Kinds of pages that are read whole each time: what they lead to must be seen."""


def _begin(spider: RememberingSpider, lease: Lease, page: Address, response: Response) -> None:
    """Note a page as read, with nothing of it arrived yet."""
    reached_by, kept = response.request.cb_kwargs, response.meta.get("kept")  # type: ignore[union-attr]
    known = PageMemory(
        listed=reached_by.get("listed"),
        teaser=reached_by.get("teaser"),
        etag=_header(response, b"ETag"),
        last_modified=_header(response, b"Last-Modified"),
        scope=spider.asked,
        parser=PARSER,
        capture=kept.capture if kept else None,
    )
    response.meta[_NOTED] = _Note(lease, page, known)


def _sight(spider: RememberingSpider, lease: Lease, request: Request) -> None:
    """Note a page with a record of its own: one crawl or another is to read it."""
    page = spider.page_of(request)
    if page and page.kind in OWN_PAGES:
        reached_by = request.cb_kwargs
        seen = PageMemory(listed=reached_by.get("listed"), teaser=reached_by.get("teaser"))
        # A link beside the listing's item says less of it, and comes later.
        lease.sighted.setdefault(memory.page_key(page.url), seen.memo(page.kind))


def _noted(response: Response | None) -> _Note | None:
    """Return what is noted of the page behind a response, or behind the failure in its place."""
    request = getattr(response, "request", None)
    note: _Note | None = request.meta.get(_NOTED) if request else None
    return note


def _header(response: Response, name: bytes) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None
