"""``scrapy crawl``, with errors as one line and an exit status that tells."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from scrapy.commands import crawl

from shio_scraper.items import RECORDS
from shio_scraper.spiders.arguments import ArgumentError
from shio_scraper.spiders.base import CaptureSpider

if TYPE_CHECKING:
    import argparse

    from scrapy.crawler import Crawler

_USAGE = 2
_QUIET = (
    "scrapy.addons",
    "scrapy.core.engine",
    "scrapy.crawler",
    "scrapy.extensions.feedexport",
    "scrapy.middleware",
    "scrapy.utils.log",
)
"""Loggers whose INFO says nothing of the run."""


class Command(crawl.Command):
    """Exit status: 0 with records, 1 without or after a failure, 2 for a wrong argument."""

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check everything, then crawl."""
        try:
            crawler = self._crawler(args, opts)
        except ArgumentError as error:
            self._fail(_USAGE, str(error))
            return
        assert self.crawler_process  # noqa: S101  (Scrapy sets it before run)
        self.crawler_process.crawl(crawler, **opts.spargs)
        self.crawler_process.start()
        self._judge(crawler)

    def _crawler(self, args: list[str], opts: argparse.Namespace) -> Crawler:
        assert self.crawler_process  # noqa: S101
        names = self.crawler_process.spider_loader.list()
        if len(args) != 1 or args[0] not in names:
            raise ArgumentError(f"name one spider: {', '.join(names)}")
        spider_class = self.crawler_process.spider_loader.load(args[0])
        if issubclass(spider_class, CaptureSpider):
            spider_class.check_arguments(opts.spargs)
        assert self.settings is not None  # noqa: S101
        _check_data(self.settings["SHIO_DATA"])
        if self.settings["LOG_LEVEL"] == "INFO":
            for name in _QUIET:
                logging.getLogger(name).setLevel(logging.WARNING)
        for feed in self.settings.getdict("FEEDS").values():
            feed.setdefault("item_classes", list(RECORDS))
        return self.crawler_process.create_crawler(spider_class)

    def _judge(self, crawler: Crawler) -> None:
        assert self.crawler_process  # noqa: S101
        stats = crawler.stats.get_stats() if crawler.stats else {}
        if self.crawler_process.bootstrap_failed or stats.get("feeds/failed"):
            self.exitcode = 1
        elif not stats.get("records"):
            pages = stats.get("response_received_count", 0) + stats.get("captures", 0)
            self._fail(1, f"no record from {pages} pages, {stats.get('rejects', 0)} rejects: "
                          "see rejects.jsonl in the run's folder")

    def _fail(self, status: int, message: str) -> None:
        sys.stderr.write(f"scrapy crawl: {message}\n")
        self.exitcode = status


def _check_data(data: str) -> None:
    """Raise ``ArgumentError`` where no run's folder can be made below ``data``."""
    from pathlib import Path  # noqa: PLC0415

    folder = Path(data) / "runs"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ArgumentError(f"SHIO_DATA={data!r} cannot be written: {error.strerror}") from error
