"""Write each key once, as records stream by; say where one key has two contents."""

from __future__ import annotations

import logging
from hashlib import blake2b
from struct import Struct
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any

import msgspec
from scrapy import signals
from scrapy.exceptions import DropItem

from shio_scraper.frontier import stores
from shio_scraper.items import RecordType, Remark
from shio_scraper.runs import stored
from shio_scraper.runs.content import content, content_hash, identity

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

_SPOOL_MEMORY = 2**20
"""Bytes of first contents kept in memory before they go to a temporary file."""
_First = Struct("32sQI")
"""What is kept of a first record: the hash of its content, and where the spool has that."""


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
        self._first: dict[bytes, bytes] = {}
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
            self._first[_short(who)] = _First.pack(digest, 0, 0)
        if getattr(spider, "resumed", False):
            for record in stored.records(spider.run_folder):
                self._remember(_short(self._identity(record)), record, content(record))

    def close_spider(self) -> None:
        """Forget the run's records."""
        self._first.clear()
        self._spool.close()

    def process_item(self, item: Any) -> Any:
        """Return the first record of its identity; raise ``DropItem`` for any other."""
        if isinstance(item, Remark):
            return item
        body = content(item)
        who = _short(self._identity(item))
        packed = self._first.get(who)
        if packed is None:
            self._remember(who, item, body)
            return item
        first = _First.unpack(packed)
        if first[0] == content_hash(item):
            self._count("duplicates", item)
            raise DropItem(f"duplicate of {item.key}")
        self._count("conflicts", item)
        self._tell(item, first, body)
        raise DropItem(f"conflict with {item.key}")

    def written(self, item: RecordType | Remark) -> None:
        """Note that the feeds have ``item``: the next checkpoint holds its identity too."""
        outputs = getattr(self._crawler.spider, "outputs", None)
        if outputs and not isinstance(item, Remark):
            who = self._identity(item)
            outputs.note(who, _First.unpack(self._first[_short(who)])[0])

    def _identity(self, record: RecordType) -> bytes:
        return msgspec.msgpack.encode(identity(record, history=self._history))

    def _remember(self, who: bytes, record: RecordType, body: bytes) -> None:
        self._first[who] = _First.pack(content_hash(record), *self._keep(body))

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


def _short(identity: bytes) -> bytes:
    """Return what stands for an identity in memory."""
    return blake2b(identity, digest_size=16).digest()
