"""Records → files: JSON Lines that are whole at every moment."""

from __future__ import annotations

import logging
from asyncio import Future, ensure_future
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import msgspec
from scrapy.exporters import BaseItemExporter, JsonItemExporter, JsonLinesItemExporter
from scrapy.extensions.feedexport import FileFeedStorage

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.utils.serialize import ScrapyJSONEncoder

logger = logging.getLogger(__name__)

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
        logger.error("Cannot write to %s: %s; the crawl ends here", name, error.strerror or error)
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


class LineFileStorage(FileFeedStorage):
    """Local files. Lines go out unbuffered, each whole: a killed process leaves no half line."""

    def __init__(self, uri: str, *, feed_options: dict[str, Any] | None = None) -> None:
        super().__init__(uri, feed_options=feed_options)
        self._unbuffered = (feed_options or {}).get("format") in _UNBUFFERED

    def open(self, spider: Spider) -> IO[bytes]:
        """Open the file, and its folder where it is new."""
        if not self._unbuffered:
            return super().open(spider)
        return cast("IO[bytes]", _WholeLines(Path(self.path), self.write_mode))


class _WholeLines:
    """A file of which a failed write leaves nothing behind."""

    def __init__(self, path: Path, mode: str) -> None:
        self.name = str(path)
        self._path = path
        self._mode = mode
        self._file: FileIO | None = None
        with suppress(OSError):  # write says it again, where it can be told
            self._open()

    def write(self, line: bytes) -> int:
        """Write ``line`` whole, or raise ``OSError`` and leave the file as it was."""
        file = self._file or self._open()
        start = file.tell()
        rest = memoryview(line)
        try:
            while rest:
                rest = rest[file.write(rest) :]
        except OSError:
            with suppress(OSError):
                file.truncate(start)
            raise
        return len(line)

    def _open(self) -> FileIO:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = FileIO(self._path, self._mode)
        return self._file

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()
