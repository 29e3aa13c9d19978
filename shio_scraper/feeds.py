"""Records → files: JSON Lines that are whole at every moment."""

from __future__ import annotations

import logging
import os
from asyncio import Future, ensure_future
from contextlib import suppress
from dataclasses import fields
from datetime import date
from io import FileIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import msgspec
from scrapy.exporters import (
    BaseItemExporter,
    CsvItemExporter,
    JsonItemExporter,
    JsonLinesItemExporter,
)
from scrapy.extensions.feedexport import FeedExporter, FeedSlot, FileFeedStorage, ItemFilter
from w3lib.url import file_uri_to_path

from shio_scraper import stored
from shio_scraper.content import identity
from shio_scraper.items import RECORDS, Remark

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings
    from scrapy.utils.serialize import ScrapyJSONEncoder

logger = logging.getLogger(__name__)

_ALL_FIELDS = [*dict.fromkeys(f.name for record_class in RECORDS for f in fields(record_class))]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_UNBUFFERED = {"jsonlines", "jsonl", "jl", "json"}


class _Encoder:
    """JSON with ISO 8601 dates; the one place where records become text."""

    def encode(self, value: Any) -> str:
        return msgspec.json.encode(value).decode()


class _StopsWhereItCannotWrite(BaseItemExporter):
    """Ends the crawl, with one line, where an item cannot be written: a full disk."""

    crawler: Crawler | None = None
    file: Any
    _failed = False
    _closing: Future[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler, file: Any, **kwargs: Any) -> Self:
        """Return the exporter of one feed of ``crawler``."""
        exporter = cls(file, **kwargs)  # type: ignore[call-arg]  # exporters take their file
        exporter.crawler = crawler
        return exporter

    def start_exporting(self) -> None:
        """Write what opens the file."""
        try:
            super().start_exporting()
        except OSError as error:
            self._fail(error)

    def export_item(self, item: Any) -> None:
        """Write ``item``; what was written stays whole."""
        if self._failed:
            return
        try:
            self.write_item(item)
        except OSError as error:
            self._fail(error)

    def write_item(self, item: Any) -> None:
        """Write ``item``, or raise ``OSError``."""
        super().export_item(item)  # type: ignore[safe-super]  # the exporter beside it

    def finish_exporting(self) -> None:
        """Write what closes the file, unless it cannot be written any more."""
        if not self._failed:
            super().finish_exporting()

    def _fail(self, error: OSError) -> None:
        self._failed = True
        name = getattr(self.file, "name", "the feed")
        outputs = getattr(self.crawler.spider, "outputs", None) if self.crawler else None
        if outputs is None or not outputs.broken:  # the first file that fails tells for all
            what = error.strerror or error
            logger.error("Cannot write to %s: %s; the crawl ends here", name, what)
        if outputs:
            outputs.broken = True
        if self.crawler and self.crawler.engine and self.crawler.stats:
            self.crawler.stats.inc_value("feeds/failed")
            self._closing = ensure_future(
                self.crawler.engine.close_spider_async(reason="output_failed")
            )


class RecordJsonExporter(_StopsWhereItCannotWrite, JsonItemExporter):
    """Scrapy's JSON exporter, with the project's dates."""

    def __init__(self, file: Any, **kwargs: Any) -> None:
        super().__init__(file, **kwargs)
        self.encoder = cast("ScrapyJSONEncoder", _Encoder())


class RecordLinesExporter(_StopsWhereItCannotWrite, JsonLinesItemExporter):
    """JSON Lines, UTF-8, one record a line."""

    def __init__(self, file: Any, **kwargs: Any) -> None:
        super().__init__(file, **kwargs)
        self.encoder = cast("ScrapyJSONEncoder", _Encoder())

    def write_item(self, item: Any) -> None:
        """Write ``item`` as one line, or raise ``OSError``."""
        if self.fields_to_export is None:
            self.file.write(msgspec.json.encode(item) + b"\n")
        else:
            super().write_item(item)


class RecordCsvExporter(_StopsWhereItCannotWrite, CsvItemExporter):
    """CSV with a column for each field of any record; what is no single value is JSON.

    A cell that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, CSV
    injection): its text comes from pages. The other formats have every text as it is.
    """

    def __init__(self, file: Any, **kwargs: Any) -> None:
        super().__init__(file, **kwargs)
        self.fields_to_export = self.fields_to_export or _ALL_FIELDS

    def serialize_field(self, field: Any, name: str, value: Any) -> Any:  # noqa: ARG002
        """Return the cell of a field."""
        if isinstance(value, str):
            return f"'{value}" if value.startswith(_FORMULA) else value
        if value is None or isinstance(value, date):
            return value
        return _Encoder().encode(value)


class ResumingFeedExporter(FeedExporter):
    """Brings the files of ``-o`` and ``-O`` up to date when a crawl that was cut off goes on.

    What is written anew (``-O``) gets the records so far first; what is appended to (``-o``,
    JSON Lines) gets those that it lacks, then and later.
    """

    def open_spider(self, spider: Spider) -> None:
        """Open the feeds."""
        super().open_spider(spider)
        if getattr(spider, "resumed", False):
            self._catch_up(cast("Any", spider))

    def _catch_up(self, spider: Any) -> None:
        folder: Path = spider.run_folder
        named = [slot for slot in self.slots if Path(slot.uri).parent != folder]
        own = [slot for slot in self.slots if slot not in named]
        for slot in named:
            start = spider.appended_from.get(str(path_of(slot.uri).absolute()))
            if start is not None and not slot.feed_options.get("overwrite"):
                slot.filter = _Lacking(slot, start, history=spider.keeps_history)
        self.slots = named
        for record in stored.records(folder):
            self.item_scraped(record, spider)
        for slot in self.slots:
            how = (
                "written anew with" if slot.feed_options.get("overwrite") else "given what lacked:"
            )
            logger.info("%s is %s %d of the records so far", slot.uri, how, slot.itemcount)
        self.slots = own + self.slots


class _Lacking(ItemFilter):
    """Accepts what the feed of ``slot`` does, and its file does not hold from ``start`` on."""

    def __init__(self, slot: FeedSlot, start: int, *, history: bool) -> None:
        super().__init__(None)
        self._accepted = slot.filter
        self._history = history
        held = stored.records_from(path_of(slot.uri), start)
        self._held = {identity(record, history=history) for record in held}

    def accepts(self, item: Any) -> bool:
        """Tell whether ``item`` is to be written."""
        if not self._accepted.accepts(item):
            return False
        return isinstance(item, Remark) or identity(item, history=self._history) not in self._held


def path_of(uri: str) -> Path:
    """Return the path of a local feed."""
    return Path(file_uri_to_path(uri) if uri.startswith("file:") else uri)


def appended_to(settings: BaseSettings) -> dict[Path, str]:
    """Return the local files that ``-o`` appends to, with their formats."""
    return {
        path_of(str(uri)).absolute(): feed["format"]
        for uri, feed in settings.getdict("FEEDS").items()
        if not feed.get("overwrite")
        and "%(" not in str(uri)
        and urlsplit(str(uri)).scheme in {"", "file"}
    }


class LineFileStorage(FileFeedStorage):
    """Local files. Lines go out unbuffered, each whole: a killed process leaves no half line."""

    def __init__(self, uri: str, *, feed_options: dict[str, Any] | None = None) -> None:
        super().__init__(uri, feed_options=feed_options)
        self._unbuffered = (feed_options or {}).get("format") in _UNBUFFERED

    def open(self, spider: Spider) -> IO[bytes]:
        """Open the file, and its folder where it is new."""
        if not self._unbuffered:
            return super().open(spider)
        file = _WholeLines(Path(self.path), self.write_mode)
        if Path(self.path).parent == getattr(spider, "run_folder", None):
            cast("Any", spider).outputs.register(file)
        return cast("IO[bytes]", file)


class _WholeLines:
    """A file of which a failed write leaves nothing behind."""

    def __init__(self, path: Path, mode: str) -> None:
        self.name = str(path)
        self._path = path
        self._mode = mode
        self._file: FileIO | None = None
        self._dirty = False
        with suppress(OSError):  # write says it again, where it can be told
            self._open()

    def write(self, line: bytes) -> int:
        """Write ``line`` whole, or raise ``OSError`` and leave the file as it was."""
        file = self._file or self._open()
        start = file.tell()
        rest = memoryview(line)
        self._dirty = True
        try:
            while rest:
                rest = rest[file.write(rest) :]
        except OSError:
            with suppress(OSError):
                file.truncate(start)
            raise
        return len(line)

    def sync(self) -> dict[Path, int]:
        """Make durable what was written; return the file's length. Raises ``OSError``."""
        if not self._dirty or self._file is None or self._file.closed:
            return {}
        os.fsync(self._file.fileno())
        self._dirty = False
        return {self._path: self._file.tell()}

    def _open(self) -> FileIO:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = FileIO(self._path, self._mode)
        return self._file

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()
