"""What is asked for: in an update nothing that is not due, and of the rest only what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scrapy.exceptions import IgnoreRequest

from shio_scraper.parsers.records import PARSER
from shio_scraper.portals import LISTINGS
from shio_scraper.updates.memory import Memory, PageMemory, Schedule
from shio_scraper.updates.remembering import RECALLED, RememberingSpider, remembering

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler

    from shio_scraper.portals import Address

CONDITIONS: Final = {"If-None-Match": "etag", "If-Modified-Since": "last_modified"}
"""Headers of a conditional request (RFC 9110, section 13.1), and what each says back."""


class NotDueError(IgnoreRequest):
    """A page that is not due: no failure."""


class RecallingMiddleware:
    """Recalls a listing's watermark, and for an update what is known of a page.

    It stands before robots.txt and the delay, so that a page that is not due costs nothing.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the middleware of ``crawler``."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Make the request conditional, or raise ``NotDueError``."""
        spider = remembering(self._crawler)
        page = spider.page_of(request) if spider else None
        if spider is None or page is None:
            return
        memory = Memory(spider.recall)
        if page.kind in LISTINGS:
            if watermark := await memory.listing(page.first_page):
                request.meta[RECALLED] = watermark
            return
        if not spider.is_update or page.kind == "home" or request.cb_kwargs.get("sample"):
            return
        if known := await memory.page(page.url):
            self._judge(spider, request, page, known)

    def _judge(
        self, spider: RememberingSpider, request: Request, page: Address, known: PageMemory
    ) -> None:
        for name in CONDITIONS:
            request.headers.pop(name, None)
        if "redirect_urls" in request.meta:  # begun; and what the page said holds for it alone
            return
        if not Schedule.of(self._crawler.settings, page.portal).is_due(known, page.kind):
            raise NotDueError(f"not due: {page.url}")
        request.meta[RECALLED] = known
        if known.parser == PARSER and set(spider.asked) <= set(known.scope):
            for name, field in CONDITIONS.items():
                if value := getattr(known, field):
                    request.headers[name] = value.encode("latin-1")
