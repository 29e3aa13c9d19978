"""Writes the files of a run, and counts what it wrote."""

from __future__ import annotations

import logging
from asyncio import Future, ensure_future
from typing import TYPE_CHECKING, Any

import msgspec
from scrapy import signals

from shio_scraper import losses, manifest, runs, stored
from shio_scraper.items import Reject, Remark
from shio_scraper.outputs import WholeLines

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class RunFiles:
    """Each record and remark goes, as it comes, into the file of its kind: one line, whole.

    These files are no feeds of Scrapy's: no setting and no other output reaches them. Kept are
    the stats ``records/…`` and ``rejects/…`` of what was written, ``files/failed`` where that
    failed (the crawl ends), and ``files/differ`` where in the end the files hold something else.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._files: dict[type[Any], WholeLines] = {}
        self._closing: Future[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the extension of ``crawler``."""
        files = cls(crawler)
        crawler.signals.connect(files.opened, signals.spider_opened)
        crawler.signals.connect(files.scraped, signals.item_scraped)
        crawler.signals.connect(files.closed, signals.spider_closed)
        return files

    def opened(self, spider: Any) -> None:
        """Open the files: each run has all of them. A crawl that could not begin is none."""
        refused = self._crawler.stats and self._crawler.stats.get_value("frontier/error")
        if refused or not hasattr(type(spider), "run_folder"):
            return
        for name, item_class in runs.FILES.items():
            self._files[item_class] = WholeLines(spider.run_folder / name)
            spider.outputs.register(self._files[item_class])

    def scraped(self, item: Any) -> None:
        """Write one record or remark, and count it."""
        file = self._files.get(type(item))
        if file is None or self._has_failed():
            return
        try:
            file.write(msgspec.json.encode(item) + b"\n")
        except OSError as error:
            self._fail(file, error)
        else:
            self._count(item)

    def closed(self, spider: Any) -> None:
        """Close the files, and look whether they hold what was counted."""
        for file in self._files.values():
            file.close()
        if not self._files or not self._crawler.stats or self._has_failed():
            return
        stats = self._crawler.stats
        if why := stored.disagreement(spider.run_folder, manifest.counts(stats.get_stats())):
            stats.set_value("files/differ", why)

    def _count(self, item: Any) -> None:
        stats = self._crawler.stats
        if not stats:
            return
        if isinstance(item, Reject):
            stats.inc_value(f"rejects/{item.reason}")
            stats.inc_value("rejects")
            losses.note_reject(stats, item)
        elif not isinstance(item, Remark):
            stats.inc_value(f"records/{item.type}")
            stats.inc_value("records")

    def _has_failed(self) -> bool:
        return bool(self._crawler.stats and self._crawler.stats.get_value("files/failed"))

    def _fail(self, file: WholeLines, error: OSError) -> None:
        """End the crawl, with one line: a full disk."""
        why = f"{file.name}: {error.strerror}"
        logger.error("Cannot write to %s; the crawl ends here", why)
        spider: Any = self._crawler.spider
        spider.outputs.broken = True
        if self._crawler.stats:
            self._crawler.stats.set_value("files/failed", why)
        if self._crawler.engine:
            self._closing = ensure_future(
                self._crawler.engine.close_spider_async(reason="output_failed")
            )
