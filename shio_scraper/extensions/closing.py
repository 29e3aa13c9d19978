"""Ends a crawl that was told to stop while an item from ``start()`` was on its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.utils.asyncio import AsyncioLoopingCall, create_looping_call

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler
    from twisted.internet.task import LoopingCall

_EVERY = 0.2
"""Seconds between two looks."""


class Closing:
    """Looks whether the scraper waits for items that are done.

    Scrapy 2.19 waits on closing for every item, and is told of the last one only where it
    came from a response: a spider that reads files would wait for ever.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._task: AsyncioLoopingCall | LoopingCall | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the extension of ``crawler``."""
        closing = cls(crawler)
        crawler.signals.connect(closing.opened, signals.spider_opened)
        crawler.signals.connect(closing.closed, signals.spider_closed)
        return closing

    def opened(self) -> None:
        """Begin to look."""
        self._task = create_looping_call(self.look)
        self._task.start(_EVERY, now=False)

    def closed(self) -> None:
        """The crawl ended."""
        if self._task and self._task.running:
            self._task.stop()

    def look(self) -> None:
        """Tell the scraper that it is idle, where nobody did."""
        engine, spider = self._crawler.engine, self._crawler.spider
        slot = engine.scraper.slot if engine else None
        if spider and slot and slot.closing and not slot.closing.called and slot.is_idle():
            slot.closing.callback(spider)
