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
    """Follows every link of ``site``, and writes the files ``stats`` and ``parsed``.

    The stats also hold the crawl's processor time in seconds, without the start of the process.
    Each parsed page is written to ``parsed`` at once, so that a kill cannot hide it.
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
        """Note the processor time at the start."""
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
