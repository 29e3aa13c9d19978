"""Tell an update's new records from those that changed or did not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.exceptions import DropItem, NotConfigured

from shio_scraper.content import content_hash
from shio_scraper.frontier.store import FrontierError
from shio_scraper.items import RecordType, Remark
from shio_scraper.updates.memory import Memory
from shio_scraper.updates.remembering import remembering

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler


class ComparePipeline:
    """Counts each record as new, changed or unchanged, by its content's hash in earlier crawls."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the pipeline. Raises ``NotConfigured`` where the crawl is no update."""
        if not getattr(crawler.spider, "is_update", False):
            raise NotConfigured
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        """Return ``item``."""
        if not isinstance(item, Remark) and self._crawler.stats:
            before = await self._before(item)
            self._crawler.stats.inc_value(f"update/{_change(before, content_hash(item))}")
        return item

    async def _before(self, item: RecordType) -> bytes | None:
        """Return the hash of the content that earlier crawls saw."""
        spider = remembering(self._crawler)
        try:
            return await Memory(spider.recall).record(item.key) if spider else None
        except FrontierError as error:  # it was said, and the crawl ends
            raise DropItem(str(error)) from error


def _change(before: bytes | None, now: bytes) -> str:
    if before is None:
        return "new"
    return "unchanged" if before == now else "changed"
