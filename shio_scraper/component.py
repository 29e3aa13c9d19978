"""What every component of a crawl has: its crawler, the crawl's stats, the signals it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.statscollectors import StatsCollector


class Component:
    """A component of ``crawler``: each method that ``listens`` names answers its signal."""

    listens: ClassVar[dict[str, Any]] = {}

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the component of ``crawler``, which listens."""
        made = cls(crawler)
        for method, signal in cls.listens.items():
            crawler.signals.connect(getattr(made, method), signal)
        return made

    @property
    def stats(self) -> StatsCollector:
        """The stats of the crawl."""
        assert self.crawler.stats  # noqa: S101  (a crawl that begins has them)
        return self.crawler.stats
