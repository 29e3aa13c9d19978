"""What a crawl without a map leaves out: beyond its bounds, or what gives nothing new any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shio_scraper.component import Component, Meta
from shio_scraper.crawl.remembering import LeftOutError, RememberingSpider

if TYPE_CHECKING:
    from scrapy import Request


class BoundsMiddleware(Component):
    """Asks the spider at the last moment: what is known of a form of address grows meanwhile."""

    def process_request(self, request: Request) -> None:
        """Raise ``LeftOutError`` for a page that is not fetched."""
        spider = self.spider
        if not isinstance(spider, RememberingSpider) or Meta.LEASE not in request.meta:
            return
        if "redirect_urls" in request.meta or "retry_times" in request.meta:
            return
        if stat := spider.why_left_out(request):
            raise LeftOutError(stat, f"left out ({stat}): {request.url}")
