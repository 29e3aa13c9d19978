"""How outputs are written: one exporter a format, the files, and the feed extension."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

import msgspec
from scrapy import signals
from scrapy.exporters import CsvItemExporter, JsonItemExporter, JsonLinesItemExporter
from scrapy.extensions.feedexport import (
    FeedExporter,
    FeedSlot,
    FileFeedStorage,
    FTPFeedStorage,
    ItemFilter,
)
from scrapy.utils.defer import ensure_awaitable
from w3lib.url import file_uri_to_path

from shio_scraper.component import CrawlSpider, end_crawl, ours
from shio_scraper.items import RECORDS, Remark
from shio_scraper.redaction import cell, redact
from shio_scraper.runs import stored
from shio_scraper.runs.content import identity
from shio_scraper.runs.outputs import WholeLines

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings
    from scrapy.utils.serialize import ScrapyJSONEncoder

logger = logging.getLogger(__name__)

ALL_FIELDS: Final = [
    *dict.fromkeys(f.name for record_class in RECORDS for f in fields(record_class))
]
"""The fields of all record types, in the order of the JSON keys."""
LINES: Final = frozenset({"jsonlines", "jsonl", "jl", "ndjson"})
"""The names of the format JSON Lines."""
_PATIENCE: Final = 60
"""Seconds to wait for the next answer of a server."""
COMPRESSED: Final = {
    ".gz": "scrapy.extensions.postprocessing.GzipPlugin",
    ".bz2": "scrapy.extensions.postprocessing.Bz2Plugin",
    ".xz": "scrapy.extensions.postprocessing.LZMAPlugin",
}
"""Suffix of a feed's name → the Scrapy plugin that compresses the feed."""
_UNBUFFERED: Final = LINES | {"json"}


class _Encoder:
    """Encodes JSON with ISO 8601 dates. The one place where records of feeds become text."""

    def encode(self, value: Any) -> str:
        return msgspec.json.encode(value).decode()


class RecordJsonExporter(JsonItemExporter):
    """Scrapy's JSON exporter, with dates in ISO 8601."""

    def __init__(self, file: Any, **kwargs: Any) -> None:
        super().__init__(file, **kwargs)
        self.encoder = cast("ScrapyJSONEncoder", _Encoder())


class RecordLinesExporter(JsonLinesItemExporter):
    """JSON Lines, one record a line."""

    def __init__(self, file: Any, **kwargs: Any) -> None:
        super().__init__(file, **kwargs)
        self.encoder = cast("ScrapyJSONEncoder", _Encoder())

    def export_item(self, item: Any) -> None:
        """Write ``item`` as one line."""
        if self.fields_to_export is None and self.encoding == "utf-8":
            self.file.write(msgspec.json.encode(item) + b"\n")
        else:
            super().export_item(item)


class RecordCsvExporter(CsvItemExporter):
    """CSV with a column for each field of all record types. Lists and objects are JSON.

    A cell that a spreadsheet would take for a formula is made safe (``redaction.cell``), because
    its text comes from pages. Other formats keep every text as it is.
    """

    def __init__(self, file: Any, **kwargs: Any) -> None:
        super().__init__(file, **kwargs)
        self.fields_to_export = self.fields_to_export or ALL_FIELDS

    def serialize_field(self, field: Any, name: str, value: Any) -> Any:  # noqa: ARG002
        """Return the cell of a field."""
        if isinstance(value, str):
            return cell(value)
        if value is None or isinstance(value, date):
            return value
        return _Encoder().encode(value)


def path_of(uri: str) -> Path | None:
    """Return the path of a local feed. ``None`` for any other feed."""
    if uri.startswith("file:"):
        return Path(file_uri_to_path(uri))
    return None if urlsplit(uri).scheme else Path(uri)


def format_of(uri: str) -> str:
    """Return the format that the suffix of a name tells. Empty if there is none.

    >>> format_of("a/b.jsonl.gz"), format_of("ftp://host/all.csv"), format_of("-")
    ('jsonl', 'csv', '')
    """
    path = Path(uri)
    inner = path.with_suffix("") if path.suffix in COMPRESSED else path
    return inner.suffix.removeprefix(".")


def appended_to(settings: BaseSettings) -> dict[Path, bool]:
    """Return each local file that ``-o`` appends to, and whether the file is plain JSON Lines."""
    return {
        path.absolute(): path.suffix not in COMPRESSED
        and feed.get("format", format_of(str(uri))) in LINES
        for uri, feed in settings.getdict("FEEDS").items()
        if not feed.get("overwrite") and "%(" not in str(uri) and (path := path_of(str(uri)))
    }


class PatientFTPStorage(FTPFeedStorage):
    """FTP with a timeout, so that a silent server does not block the end of the run for ever."""

    def _store_in_thread(self, file: IO[bytes]) -> None:
        before = socket.getdefaulttimeout()
        socket.setdefaulttimeout(_PATIENCE)  # Scrapy gives ftplib no timeout
        try:
            super()._store_in_thread(file)
        finally:
            socket.setdefaulttimeout(before)


class LineFileStorage(FileFeedStorage):
    """Local files. Lines are written unbuffered and whole: a killed process leaves no half line."""

    def __init__(self, uri: str, *, feed_options: dict[str, Any] | None = None) -> None:
        super().__init__(uri, feed_options=feed_options)
        options = feed_options or {}
        self._unbuffered = options.get("format") in _UNBUFFERED and not options.get(
            "postprocessing"
        )

    def open(self, spider: Spider) -> IO[bytes]:
        """Open the file. Create its folder if needed. Raises ``OSError``."""
        if not self._unbuffered:
            return super().open(spider)
        return cast("IO[bytes]", WholeLines(Path(self.path), self.write_mode))

    def store(self, file: IO[bytes]) -> None:
        """Close the file. Raises ``OSError``, also if the file was removed meanwhile."""
        super().store(file)
        if not Path(self.path).exists():
            raise FileNotFoundError(None, "it was removed", self.path)


class RecordFeedExporter(FeedExporter):
    """Scrapy's feeds, made independent: a feed that fails is logged in a line, the others go on.

    A feed whose name says that it is compressed (``.gz``) is compressed. In a resumed crawl, a
    file that is overwritten (``-O``) first gets the records so far. A file that is appended to
    (``-o``, JSON Lines) gets only the records that it lacks, at the start and later.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        for uri, options in self.feeds.items():
            if not options.keys() & {"item_classes", "item_filter"}:
                self.filters[uri] = ItemFilter({"item_classes": RECORDS})
            if plugin := COMPRESSED.get(Path(uri).suffix):
                options.setdefault("postprocessing", [plugin])

    def open_spider(self, spider: Spider) -> None:
        """Open the feeds."""
        feeds = self.feeds
        for uri, options in feeds.items():
            self.feeds = {uri: options}
            with self._sparing_others(uri):
                super().open_spider(spider)
        self.feeds = feeds
        crawl = ours(spider)
        if crawl and crawl.resumed:
            self._catch_up(crawl)

    def item_scraped(self, item: Any, spider: Spider) -> None:
        """Write ``item`` wherever it belongs."""
        slots, self.slots = self.slots, []
        open_slots: list[FeedSlot] = []
        for slot in slots:
            self.slots = [slot]
            with self._sparing_others(slot.uri, slot):
                super().item_scraped(item, spider)
                open_slots += self.slots
        self.slots = open_slots

    async def close_spider(self, spider: Spider) -> None:
        """Close the feeds.

        If the process is stopped meanwhile, a stat says that they are not whole.
        """
        self._set("feeds/unfinished", bool(self.slots))
        await super().close_spider(spider)
        self._set("feeds/unfinished", value=False)

    async def _close_slot(self, slot: FeedSlot, spider: Spider) -> None:  # noqa: ARG002
        """Do as Scrapy does, but log a failure as one line.

        Scrapy prints a traceback or nothing.
        """
        if not slot.itemcount and not (slot.store_empty and slot.batch_id == 1):
            return
        with self._sparing_others(slot.uri, slot):
            slot.start_exporting()
            slot.finish_exporting()
            await ensure_awaitable(slot.storage.store(self._get_file(slot)))
        await self.crawler.signals.send_catch_log_async(signals.feed_slot_closed, slot=slot)

    @contextmanager
    def _sparing_others(self, uri: str, slot: FeedSlot | None = None) -> Iterator[None]:
        """Give up only this feed, whatever error a library behind it raises."""
        try:
            yield
        except Exception as error:  # noqa: BLE001
            self._give_up(uri, error)
            if slot and slot.file and not uri.startswith("stdout:"):
                with suppress(Exception):
                    self._get_file(slot).close()

    def _give_up(self, uri: str, error: Exception) -> None:
        """Log that a feed is lost. If the reader of a pipe went away, end the crawl too."""
        what = getattr(error, "strerror", None) or str(error) or type(error).__name__
        name = "standard output" if uri.startswith("stdout:") else uri
        why = redact(f"{name}: {what.splitlines()[0]}")
        logger.error("Cannot write to %s", why)
        if self.crawler.stats:
            self.crawler.stats.inc_value("feeds/failed")
        self._set("feeds/why", why)
        if isinstance(error, BrokenPipeError):
            end_crawl(self.crawler, "broken_pipe")

    def _set(self, name: str, value: Any) -> None:
        if self.crawler.stats:
            self.crawler.stats.set_value(name, value)

    def _catch_up(self, spider: CrawlSpider) -> None:
        for slot in self.slots:
            path = path_of(slot.uri)
            start = spider.appended_from.get(str(path.absolute())) if path else None
            if path and start is not None and not slot.feed_options.get("overwrite"):
                slot.filter = _Lacking(slot, path, start, history=spider.keeps_history)
        for record in stored.records(spider.run_folder):
            self.item_scraped(record, spider)
        for slot in self.slots:
            how = (
                "written anew with" if slot.feed_options.get("overwrite") else "given what lacked:"
            )
            logger.info("%s is %s %d of the records so far", slot.uri, how, slot.itemcount)


class _Lacking(ItemFilter):
    """Accepts the items of a feed that its file does not hold from byte ``start`` on."""

    def __init__(self, slot: FeedSlot, path: Path, start: int, *, history: bool) -> None:
        super().__init__(None)
        self._accepted = slot.filter
        self._history = history
        records = stored.records_from(path, start)
        self._identities = {identity(record, history=history) for record in records}

    def accepts(self, item: Any) -> bool:
        """Tell whether ``item`` is to be written."""
        if not self._accepted.accepts(item):
            return False
        return (
            isinstance(item, Remark)
            or identity(item, history=self._history) not in self._identities
        )
