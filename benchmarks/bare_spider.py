"""A bare Scrapy spider, as the measure for ``crawl.py``. It takes title and paragraphs only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response


class BareSpider(Spider):
    """Follows a listing's pages and articles on ``site``, and writes its stats to ``stats``."""

    name = "bare"

    def __init__(self, site: str, stats: str, **arguments: Any) -> None:
        """Start at the first page of the listing."""
        super().__init__(**arguments)
        self.start_urls = [f"{site}/jsp/zfxw_default_en.jsp?siteId=300"]
        self.stats = Path(stats)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Write the stats once the engine has stopped, when they are complete."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.write_stats, signals.engine_stopped)
        return spider

    def parse(self, response: Response, **_: Any) -> Iterator[Request]:
        """Follow a listing's items and its next page."""
        items = response.css("a.item::attr(href)").getall()
        yield from response.follow_all(items, callback=self.parse_article)
        yield from response.follow_all(response.css("a.next::attr(href)").getall())

    def parse_article(self, response: Response) -> Iterator[dict[str, Any]]:
        """Take title and paragraphs."""
        yield {
            "url": response.url,
            "title": response.css("h1.headline::text, h2.heading::text").get(),
            "paragraphs": [
                paragraph.xpath("string()").get()
                for paragraph in response.css("#zw > p, div.nr > p")
            ],
        }

    def write_stats(self) -> None:
        """Write Scrapy's stats as JSON."""
        assert self.crawler.stats
        self.stats.write_text(json.dumps(self.crawler.stats.get_stats(), default=str))
