"""What each record goes through: it is cleaned, validated, and written once."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

import msgspec
from scrapy import signals
from scrapy.exceptions import DropItem

from shio_scraper import frontier
from shio_scraper.component import Component
from shio_scraper.items import RECORDS, Faq, Link, RecordType, Reject, Remark
from shio_scraper.pages.rejects import reject
from shio_scraper.parsers.labels import labels_of
from shio_scraper.portals import ALL
from shio_scraper.redaction import OFF, withhold
from shio_scraper.runs import stored
from shio_scraper.runs.content import content, content_hash, identity
from shio_scraper.schema import ValidationError, validate
from shio_scraper.texts import clean, clean_lines

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

_LINES = {"answer"}
"""Fields whose line breaks are kept."""
_TABLE: Final = """
PRAGMA journal_mode = OFF;
CREATE TABLE first (who BLOB PRIMARY KEY, digest BLOB, body BLOB, told INTEGER DEFAULT 0);
BEGIN
"""
"""The first record of each identity: the hash of its content, and that itself where a conflict
can quote it. SQLite keeps 2 MB of it in memory, the rest in a temporary file."""


class ContactsPipeline:
    """Takes ``contact`` and ``phone`` out of events, before anything is written or remembered.

    Only where ``withholds`` says so.
    """

    def __init__(self, *, withholds: bool) -> None:
        self._withholds = withholds

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the pipeline that ``SHIO_CONTACTS`` asks for."""
        return cls(withholds=crawler.settings["SHIO_CONTACTS"] == OFF)

    def process_item(self, item: Any) -> Any:
        """Return ``item``, without them where they are withheld."""
        if self._withholds:
            withhold(item)
        return item


class CleanPipeline:
    """Makes sure that no record, from whatever parser, carries stray characters or labels."""

    def process_item(self, item: Any) -> Any:
        """Clean ``item`` in place. Idempotent; a text that is nothing when clean is null."""
        _clean_fields(item, _TEXTS.get(type(item), ()))
        if isinstance(item, Faq):
            _strip_labels(item)
        return item


def _clean_fields(item: Any, names: Iterable[str]) -> None:
    for name in names:
        value = getattr(item, name)
        if isinstance(value, str):
            cleaned = clean_lines(value) if name in _LINES else clean(value)
            setattr(item, name, cleaned or None)
        elif isinstance(value, list):
            setattr(item, name, _clean_list(value))
        elif isinstance(value, dict):
            setattr(item, name, {clean(head): clean_lines(text) for head, text in value.items()})


def _clean_list(values: list[Any]) -> list[Any]:
    """Clean the texts of a list, and those of the things in it; empty texts go."""
    cleaned = [clean(value) if isinstance(value, str) else value for value in values]
    for value in cleaned:
        if isinstance(value, Link):
            value.text = clean(value.text)
        elif not isinstance(value, str):
            _clean_fields(value, (f.name for f in fields(value)))
    return [value for value in cleaned if value != ""]


def _text_fields(item_class: type[RecordType]) -> tuple[str, ...]:
    texts = ("str", "Text", "Link", "Speaker", "Turn")
    own = (f.name for f in fields(item_class) if any(text in str(f.type) for text in texts))
    return tuple(name for name in own if name not in {"type", "key", "url"})


_TEXTS = {record_class: _text_fields(record_class) for record_class in RECORDS}


def _strip_labels(faq: Faq) -> None:
    labels = labels_of(ALL.of_key(faq.key))
    if faq.question:
        faq.question = labels.question(faq.question) or faq.question
    if faq.answer:
        faq.answer = labels.answer(faq.answer) or faq.answer


class ValidatePipeline:
    """Lets through what its item class allows; the rest goes on as a reject."""

    def process_item(self, item: Any) -> Any:
        """Return ``item``, or the reject (stage ``validate``, reason ``schema``) in its place."""
        try:
            validate(item)
        except ValidationError as error:
            return _reject(item, error)
        return item


def _reject(item: Any, error: ValidationError) -> Reject:
    """Return the reject of a record; what is wrong with the record is left out of it."""
    provenance = getattr(item, "provenance", None)
    refused = reject("validate", "schema", f"{getattr(item, 'key', None)}: {error}")
    for holder, name in ((item, "url"), (provenance, "fetched_at"), (provenance, "body_sha256")):
        setattr(refused, name, getattr(holder, name, None))
        try:
            validate(refused)
        except ValidationError:
            setattr(refused, name, None)
    return refused


class DeduplicatePipeline(Component):
    """Drops what was written before.

    The first record of a key is written. The same content again is a duplicate: counted.
    Other content is a conflict: counted, both contents logged once. A spider that
    ``keeps_history`` (archives) tells records apart by content and capture day too.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._history = bool(self.spider and self.spider.keeps_history)
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(_TABLE)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the pipeline of ``crawler``."""
        pipeline = cls(crawler)
        if frontier.is_shared(frontier.location(crawler.settings)):
            crawler.signals.connect(pipeline.written, signals.item_scraped)
        return pipeline

    def open_spider(self) -> None:
        """Remember what a crawl that goes on wrote before it was cut off."""
        spider = self.spider
        if spider is None:
            return
        for record in stored.records(spider.run_folder) if spider.resumed else ():
            self._remember(self._identity(record), content_hash(record), content(record))
        for who, digest in spider.written_before.items():
            self._remember(who, digest)

    def close_spider(self) -> None:
        """Forget the run's records."""
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
        """Note that the feeds have ``item``: the next checkpoint holds its identity too."""
        if self.spider and not isinstance(item, Remark):
            self.spider.outputs.note(self._identity(item), content_hash(item))

    def _identity(self, record: RecordType) -> bytes:
        return msgspec.msgpack.encode(identity(record, history=self._history))

    def _remember(self, who: bytes, digest: bytes, body: bytes | None = None) -> bool:
        """Keep the first record of an identity; tell whether it is that."""
        row = who, digest, None if self._history else body
        insert = "INSERT OR IGNORE INTO first (who, digest, body) VALUES (?, ?, ?)"
        return self._database.execute(insert, row).rowcount > 0


def _tell(item: RecordType, body: bytes | None) -> None:
    """Log what differs between a record and the first of its key; ``body`` is the latter's."""
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
