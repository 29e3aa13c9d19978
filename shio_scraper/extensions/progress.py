"""A progress line on a terminal; nothing elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.utils.asyncio import AsyncioLoopingCall, create_looping_call

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler
    from twisted.internet.task import LoopingCall

_EVERY = 0.5
"""Seconds between two updates."""


class Progress:
    """Shows pages, records, rejects and the rate while the crawl goes on."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._began = time.monotonic()
        self._task: AsyncioLoopingCall | LoopingCall | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the extension. Raises ``NotConfigured`` where standard error is no terminal."""
        if not sys.stderr.isatty():
            raise NotConfigured
        progress = cls(crawler)
        crawler.signals.connect(progress.opened, signals.spider_opened)
        crawler.signals.connect(progress.closed, signals.spider_closed)
        return progress

    def opened(self) -> None:
        """Begin."""
        self._began = time.monotonic()
        self._task = create_looping_call(self.show)
        self._task.start(_EVERY)

    def closed(self) -> None:
        """End, and leave the line clean for the summary."""
        if self._task and self._task.running:
            self._task.stop()
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()

    def show(self) -> None:
        """Print the line over the one before."""
        stats = self._crawler.stats
        if stats is None:
            return
        pages = stats.get_value("response_received_count", 0) + stats.get_value("captures", 0)
        rate = pages / max(time.monotonic() - self._began, _EVERY)
        records, rejects = stats.get_value("records", 0), stats.get_value("rejects", 0)
        line = f"{pages} pages  {records} records  {rejects} rejects  {rate:.1f} pages/s"
        sys.stderr.write(f"\r\x1b[K{line}\r")
        sys.stderr.flush()
