"""How an output is written: its file, and one exporter a format."""

from __future__ import annotations

import socket
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

import msgspec
from scrapy.exporters import CsvItemExporter, JsonItemExporter, JsonLinesItemExporter
from scrapy.extensions.feedexport import FileFeedStorage, FTPFeedStorage
from w3lib.url import file_uri_to_path

from shio_scraper.items import RECORDS
from shio_scraper.redaction import cell
from shio_scraper.runs.outputs import WholeLines

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.settings import BaseSettings
    from scrapy.utils.serialize import ScrapyJSONEncoder

ALL_FIELDS: Final = [
    *dict.fromkeys(f.name for record_class in RECORDS for f in fields(record_class))
]
"""The fields of any record, in the order of the JSON keys."""
LINES: Final = frozenset({"jsonlines", "jsonl", "jl", "ndjson"})
"""The names of JSON Lines."""
_PATIENCE: Final = 60
"""Seconds to wait for a server's next answer."""
COMPRESSED: Final = {
    ".gz": "scrapy.extensions.postprocessing.GzipPlugin",
    ".bz2": "scrapy.extensions.postprocessing.Bz2Plugin",
    ".xz": "scrapy.extensions.postprocessing.LZMAPlugin",
}
"""What compresses a feed, by the end of its name."""
_UNBUFFERED: Final = LINES | {"json"}


class _Encoder:
    """JSON with ISO 8601 dates; the one place where records become text."""

    def encode(self, value: Any) -> str:
        return msgspec.json.encode(value).decode()


class RecordJsonExporter(JsonItemExporter):
    """Scrapy's JSON exporter, with the project's dates."""

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
    """CSV with a column for each field of any record; what is no single value is JSON.

    A cell that a spreadsheet would take for a formula is made safe (``redaction.cell``): its text
    comes from pages. The other formats have every text as it is.
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
    """Return the path of a local feed; ``None`` for any other."""
    if uri.startswith("file:"):
        return Path(file_uri_to_path(uri))
    return None if urlsplit(uri).scheme else Path(uri)


def format_of(uri: str) -> str:
    """Return the format that a name tells.

    >>> format_of("a/b.jsonl.gz"), format_of("ftp://host/all.csv"), format_of("-")
    ('jsonl', 'csv', '')
    """
    path = Path(uri)
    inner = path.with_suffix("") if path.suffix in COMPRESSED else path
    return inner.suffix.removeprefix(".")


def appended_to(settings: BaseSettings) -> dict[Path, bool]:
    """Return the local files that ``-o`` appends to; which are plain JSON Lines."""
    return {
        path.absolute(): path.suffix not in COMPRESSED
        and feed.get("format", format_of(str(uri))) in LINES
        for uri, feed in settings.getdict("FEEDS").items()
        if not feed.get("overwrite") and "%(" not in str(uri) and (path := path_of(str(uri)))
    }


class PatientFTPStorage(FTPFeedStorage):
    """FTP with an end: a server that falls silent does not hold the run's end up for ever."""

    def _store_in_thread(self, file: IO[bytes]) -> None:
        before = socket.getdefaulttimeout()
        socket.setdefaulttimeout(_PATIENCE)  # ftplib is told of no other
        try:
            super()._store_in_thread(file)
        finally:
            socket.setdefaulttimeout(before)


class LineFileStorage(FileFeedStorage):
    """Local files. Lines go out unbuffered, each whole: a killed process leaves no half line."""

    def __init__(self, uri: str, *, feed_options: dict[str, Any] | None = None) -> None:
        super().__init__(uri, feed_options=feed_options)
        options = feed_options or {}
        self._unbuffered = options.get("format") in _UNBUFFERED and not options.get(
            "postprocessing"
        )

    def open(self, spider: Spider) -> IO[bytes]:
        """Open the file, and its folder where it is new. Raises ``OSError``."""
        if not self._unbuffered:
            return super().open(spider)
        return cast("IO[bytes]", WholeLines(Path(self.path), self.write_mode))

    def store(self, file: IO[bytes]) -> None:
        """Close the file. Raises ``OSError``, also where it was removed meanwhile."""
        super().store(file)
        if not Path(self.path).exists():
            raise FileNotFoundError(None, "it was removed", self.path)
