"""A plain Scrapy spider over the link graph of ``graph.py``, for ``frontier.py``."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response


class GraphSpider(Spider):
    """Follow every link; ``site`` is where, ``stats`` and ``parsed`` are files to write.

    The stats have the processor's time of the crawl too, in seconds, without the process start.
    ``parsed`` grows by each page that was parsed, at once, so that no kill can hide one.
    """

    name = "graph"

    def __init__(self, site: str, stats: str, parsed: str, **arguments: Any) -> None:
        """Start at the first page."""
        super().__init__(**arguments)
        self.start_urls = [f"{site}/"]
        self.stats = Path(stats)
        self.parsed = Path(parsed).open("ab", buffering=0)  # noqa: SIM115  (until the process ends)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Write the stats once the engine has stopped, when they are complete."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.note_start, signals.spider_opened)
        crawler.signals.connect(spider.write_stats, signals.engine_stopped)
        return spider

    def note_start(self) -> None:
        """Look at the processor's clock."""
        self.began = time.process_time()

    def parse(self, response: Response, **_: Any) -> Iterator[Request | dict[str, Any]]:
        """Take a page's title and follow its links."""
        self.parsed.write(f"{response.url}\n".encode())
        yield {"url": response.url, "title": response.css("title::text").get()}
        yield from response.follow_all(response.css("a::attr(href)").getall())

    def write_stats(self) -> None:
        """Write Scrapy's stats as JSON."""
        assert self.crawler.stats
        self.crawler.stats.set_value("cpu_seconds", time.process_time() - self.began)
        self.stats.write_text(json.dumps(self.crawler.stats.get_stats(), default=str))
