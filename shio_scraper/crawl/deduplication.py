"""Drops repeated records: of all records with one identity, only the first is written."""

from __future__ import annotations

import logging
import sqlite3
from typing import TYPE_CHECKING, Any, ClassVar, Final

import msgspec
from scrapy import signals
from scrapy.exceptions import DropItem

from shio_scraper import frontier
from shio_scraper.component import Component
from shio_scraper.items import RecordType, Remark
from shio_scraper.runs import stored
from shio_scraper.runs.content import content, content_hash, identity

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

_TABLE: Final = """
PRAGMA journal_mode = OFF;
CREATE TABLE first (who BLOB PRIMARY KEY, digest BLOB, body BLOB, told INTEGER DEFAULT 0);
BEGIN
"""
"""The first record of each identity: the hash of its content, and the content itself if a conflict
may have to quote it. SQLite keeps 2 MB of the table in memory, the rest in a temporary file."""


class DeduplicatePipeline(Component):
    """Drops each record whose identity was written before.

    The first record of a key is written. A later record with the same content is a duplicate and is
    counted. A later record with other content is a conflict: it is counted, and both contents are
    logged once. For a spider that ``keeps_history`` (archives), records with another content or
    another capture day are different records.
    """

    listens: ClassVar[dict[str, Any]] = {"written": signals.item_scraped}

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._is_shared = frontier.is_shared(frontier.location(crawler.settings))
        self._history = bool(self.spider and self.spider.keeps_history)
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(_TABLE)

    def open_spider(self) -> None:
        """Remember the records that a resumed crawl wrote before it was cut off."""
        spider = self.spider
        if spider is None:
            return
        for record in stored.records(spider.run_folder) if spider.resumed else ():
            self._remember(self._identity(record), content_hash(record), content(record))
        for who, digest in spider.written_before.items():
            self._remember(who, digest)

    def close_spider(self) -> None:
        """Close the table of the run's records."""
        self._database.close()

    def process_item(self, item: Any) -> Any:
        """Return the first record of its identity; raise ``DropItem`` for any other."""
        if isinstance(item, Remark):
            return item
        who, digest = self._identity(item), content_hash(item)
        if self._remember(who, digest, content(item)):
            return item
        query = "SELECT digest, body, told FROM first WHERE who = ?"
        first, body, told = self._database.execute(query, (who,)).fetchone()
        what = "duplicate of" if first == digest else "conflict with"
        self.stats.inc_value(f"{what.partition(' ')[0]}s/{item.type}")
        if first != digest and not told:
            self._database.execute("UPDATE first SET told = 1 WHERE who = ?", (who,))
            _tell(item, body)
        raise DropItem(f"{what} {item.key}")

    def written(self, item: RecordType | Remark) -> None:
        """Note that ``item`` is written, so that the next checkpoint holds its identity, too."""
        if self._is_shared and self.spider and not isinstance(item, Remark):
            self.spider.outputs.note(self._identity(item), content_hash(item))

    def _identity(self, record: RecordType) -> bytes:
        return msgspec.msgpack.encode(identity(record, history=self._history))

    def _remember(self, who: bytes, digest: bytes, body: bytes | None = None) -> bool:
        """Store a record if it is the first of its identity. Return whether it is."""
        row = who, digest, None if self._history else body
        insert = "INSERT OR IGNORE INTO first (who, digest, body) VALUES (?, ?, ?)"
        return self._database.execute(insert, row).rowcount > 0


def _tell(item: RecordType, body: bytes | None) -> None:
    """Log how a record differs from the first record of its key, whose content is ``body``."""
    where = item.provenance.fetched_url
    if body is None:
        logger.warning(
            "Conflict: %s has another content in an earlier run, which is kept (%s)",
            item.key, where,
        )  # fmt: skip
        return
    before, now = map(msgspec.json.decode, (body, content(item)))
    for name in now:
        if before.get(name) != now[name]:
            logger.warning(
                "Conflict: %s has two values of %s: first %r, then %r (%s); the first is kept",
                item.key, name, before.get(name), now[name], where,
            )  # fmt: skip
