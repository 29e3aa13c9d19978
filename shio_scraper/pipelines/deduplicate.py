"""Write each key once, as records stream by; say where one key has two contents."""

from __future__ import annotations

import logging
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any

import msgspec
from scrapy import signals
from scrapy.exceptions import DropItem

from shio_scraper.frontier import stores
from shio_scraper.items import RecordType, Remark
from shio_scraper.runs import stored
from shio_scraper.runs.content import Identity, content, content_hash, identity

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

_SPOOL_MEMORY = 16 * 2**20
"""Bytes of first contents kept in memory before they go to a temporary file."""


class DeduplicatePipeline:
    """Drops what was written before.

    The first record of a key is written. The same content again is a duplicate: counted.
    Other content is a conflict: counted, both contents logged once. A spider that
    ``keeps_history`` (archives) tells records apart by content and capture day too.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        spider = crawler.spider or crawler.spidercls
        self._history = bool(getattr(spider, "keeps_history", False))
        self._first: dict[Identity, tuple[bytes, int, int]] = {}
        self._told: set[str] = set()
        self._spool = SpooledTemporaryFile(max_size=_SPOOL_MEMORY)  # noqa: SIM115

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the pipeline of ``crawler``."""
        pipeline = cls(crawler)
        if stores.is_shared(stores.location(crawler.settings)):
            crawler.signals.connect(pipeline.written, signals.item_scraped)
        return pipeline

    def open_spider(self) -> None:
        """Remember what a crawl that goes on wrote before it was cut off."""
        spider: Any = self._crawler.spider
        for who, digest in getattr(spider, "written_before", {}).items():
            self._first[msgspec.msgpack.decode(who, type=Identity)] = (digest, 0, 0)
        if getattr(spider, "resumed", False):
            for record in stored.records(spider.run_folder):
                digest = content_hash(record)
                first = (digest, *self._keep(content(record)))
                self._first[identity(record, history=self._history)] = first

    def close_spider(self) -> None:
        """Forget the run's records."""
        self._spool.close()

    def process_item(self, item: Any) -> Any:
        """Return the first record of its identity; raise ``DropItem`` for any other."""
        if isinstance(item, Remark):
            return item
        body = content(item)
        digest = content_hash(item)
        who = identity(item, history=self._history)
        first = self._first.get(who)
        if first is None:
            self._first[who] = (digest, *self._keep(body))
            return item
        if first[0] == digest:
            self._count("duplicates", item)
            raise DropItem(f"duplicate of {item.key}")
        self._count("conflicts", item)
        self._tell(item, first, body)
        raise DropItem(f"conflict with {item.key}")

    def written(self, item: RecordType | Remark) -> None:
        """Note that the feeds have ``item``: the next checkpoint holds its identity too."""
        outputs = getattr(self._crawler.spider, "outputs", None)
        if outputs and not isinstance(item, Remark):
            who = identity(item, history=self._history)
            outputs.note(msgspec.msgpack.encode(who), self._first[who][0])

    def _keep(self, body: bytes) -> tuple[int, int]:
        """Keep the first content where a conflict can quote it; return where it lies."""
        if self._history:
            return 0, 0
        start = self._spool.seek(0, 2)
        self._spool.write(body)
        return start, len(body)

    def _count(self, name: str, item: RecordType) -> None:
        if self._crawler.stats:
            self._crawler.stats.inc_value(f"{name}/{item.type}")

    def _tell(self, item: RecordType, first: tuple[bytes, int, int], body: bytes) -> None:
        if item.key in self._told:
            return
        self._told.add(item.key)
        if not first[2]:
            where = item.provenance.fetched_url
            logger.warning(
                "Conflict: %s has another content in an earlier run, which is kept (%s)",
                item.key,
                where,
            )
            return
        self._spool.seek(first[1])
        before, now = (msgspec.json.decode(b) for b in (self._spool.read(first[2]), body))
        for name in now:
            if before.get(name) != now[name]:
                logger.warning(
                    "Conflict: %s has two values of %s: first %r, then %r (%s); the first is kept",
                    item.key,
                    name,
                    before.get(name),
                    now[name],
                    item.provenance.fetched_url,
                )
