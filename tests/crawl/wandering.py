"""A spider that meets whatever can become of a request, and prints what it saw."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from scrapy import Request, Spider, signals
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.exceptions import DropItem, IgnoreRequest
from scrapy.utils.project import get_project_settings

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

MORE: dict[str, Any] = {
    "pair": (1, "two"),
    "set": {3},
    "bytes": b"\xff",
    "day": date(2024, 2, 29),
    "deep": {"none": None, "list": [1.5, True, {"zh": "政"}]},
}


class DropOdd:
    """Drops items, and fails on some."""

    def process_item(self, item: Any) -> Any:
        if item["seen"].endswith("/drop"):
            raise DropItem("odd")
        if item["seen"].endswith("/fail"):
            raise ValueError(item["seen"])
        return item


class Wandering(Spider):
    """Follows its script."""

    name = "wandering"
    url: str

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Wandering:
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.refuse, signals.request_scheduled)
        crawler.signals.connect(spider.told, signals.request_dropped)
        return spider

    def refuse(self, request: Request) -> None:
        if request.url.endswith("/refused"):
            raise IgnoreRequest

    def told(self, request: Request) -> None:
        say("filtered", request.url, self.url)

    async def start(self) -> AsyncIterator[Any]:
        yield Request(f"{self.url}/one", self.parse_one, cb_kwargs={"more": MORE}, meta=MORE)
        yield Request(f"{self.url}/two", self.parse_two)

    def parse_one(self, response: Response, more: Any) -> Iterator[Any]:
        say("one", response.url, self.url, more == response.meta["deep"] or more == MORE)
        say("meta", {k: response.meta[k] for k in MORE} == MORE)
        for name in ("a", "a", "b", "drop", "fail", "refused", "gone", "moved", "busy", "reset"):
            # With the parent's own meta: a child is no retry of its parent.
            url = f"{self.url}/{name}"
            yield Request(url, self.parse_page, errback=self.trouble, meta=response.meta)
        yield Request(f"{self.url}/a", self.parse_page, dont_filter=True)
        yield Request(f"{self.url}/noerrback-reset", self.parse_page)
        yield None

    async def parse_two(self, _: Response) -> AsyncIterator[Any]:
        for number, priority in enumerate((-5, 0, 7, 3)):
            yield Request(f"{self.url}/p{number}", self.parse_page, priority=priority)
        yield Request(f"{self.url}/raises", self.parse_raising)
        yield Request(f"{self.url}/raises-later", self.parse_raising_later)
        yield Request(f"{self.url}/errback-raises-reset", self.parse_page, errback=self.raising)

    def parse_page(self, response: Response) -> Iterator[Any]:
        say("page", response.url, self.url, response.status)
        yield {"seen": response.url}

    def parse_raising(self, response: Response) -> None:
        raise RuntimeError(response.url)

    def parse_raising_later(self, response: Response) -> Iterator[Any]:
        yield Request(f"{self.url}/after", self.parse_page)
        raise RuntimeError(response.url)

    def trouble(self, failure: Failure) -> Iterator[Any]:
        request: Request = failure.request  # type: ignore[attr-defined]
        say("trouble", request.url, self.url, type(failure.value).__name__)
        yield {"seen": request.url}
        yield Request(f"{self.url}/instead", self.parse_page)

    def raising(self, failure: Failure) -> Any:
        raise RuntimeError(type(failure.value).__name__)


def say(*what: Any) -> None:
    sys.stdout.write(" ".join(map(str, what)) + "\n")
    sys.stdout.flush()


def main(url: str, scheduler: str, frontier: str) -> None:
    """Crawl, and print the stats that tell whether all was done."""
    settings = get_project_settings()
    settings.update(
        {
            "SCHEDULER": scheduler,
            "SHIO_FRONTIER": frontier,
            "DOWNLOAD_DELAY": 0,
            "ITEM_PIPELINES": {DropOdd: 1},
            "RETRY_TIMES": 1,
            "REDIRECT_MAX_TIMES": 2,
            "HTTPERROR_ALLOW_ALL": True,
            "LOG_ENABLED": False,
            "ROBOTSTXT_OBEY": False,
        }
    )
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(Wandering)
    process.crawl(crawler, url=url)
    process.start()
    stats = crawler.stats.get_stats() if crawler.stats else {}
    for name in ("finish_reason", "item_scraped_count", "item_dropped_count", "retry/count",
                 "downloader/request_count", "spider_exceptions/RuntimeError",
                 "scheduler/enqueued", "scheduler/dequeued", "dupefilter/filtered"):  # fmt: skip
        say("stat", name, stats.get(name))
