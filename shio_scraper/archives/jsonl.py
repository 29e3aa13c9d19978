"""JSON Lines, plain, gzip or zstd: an object a line, with an address and a text or HTML."""

from __future__ import annotations

import gzip
import io
import json
import sys
import zlib
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, cast

import zstandard

from shio_scraper.archives import row_pages
from shio_scraper.archives.reading import ArchiveError, Found, Options, Skipped, Span
from shio_scraper.archives.row_pages import Header, header, missing
from shio_scraper.archives.sources import place, shown
from shio_scraper.items import ArchivePosition, Reject
from shio_scraper.pages import Capture
from shio_scraper.pages.rejects import reject

_PAGES_A_LINE: Final = 4
"""A line may be so many times ``max_page``: escapes double what is Chinese, and a row may
hold a page as HTML and as text."""
_NEEDED: Final = frozenset({"url", "body"})
_BOM: Final = b"\xef\xbb\xbf"
_BLANK: Final = b" \t\r"


def read(path: Path, options: Options) -> Iterator[Found]:
    """Yield what each line holds. A column is the file's from the first line on that has it."""
    table = _Table(path, options)
    try:
        with uncompressed(path) as stream:
            for line in lines(stream, _longest(options), options.span):
                found = table.found(line)
                if found:
                    yield found
    except DAMAGES as error:
        detail = f"{table.name}: damaged or cut off after line {table.lines}: {error}"
        yield reject("read", "broken_record", detail)
    except OSError as error:
        yield reject("read", "unreadable_file", f"{table.name}: {error.strerror}")
    yield from table.lacking()


def read_at(path: Path, position: ArchivePosition, options: Options) -> Capture:
    """Return the capture of one line. Raises ``ArchiveError``."""
    where = f"{shown(path)}: byte {position.offset}"
    try:
        with uncompressed(path) as stream:
            data = _line_at(stream, position, options)
        row = _parse(data)
    except DAMAGES as error:
        raise ArchiveError(f"{where}: damaged or cut off: {error}") from error
    except OSError as error:
        raise ArchiveError(f"{shown(path)}: {error.strerror}") from error
    except row_pages.BrokenRowError as error:
        raise ArchiveError(f"{where}: {error}") from error
    found = row_pages.found(row, header(row, options.columns), options, position, where)
    return row_pages.only_capture(found, where)


class _Table:
    """A file of lines, and which columns it was seen to have."""

    def __init__(self, path: Path, options: Options) -> None:
        self.name = shown(path)
        self.lines = 0
        self._path = path
        self._options = options
        self._header = header((), options.columns)
        self._lacks = self._header.lacks
        self._names: list[str] | None = None
        self._first_names: list[str] = []
        self._missed: frozenset[str] = frozenset()
        self._unread = 0

    def found(self, line: Line) -> Found | None:
        """Return what a line holds; ``None`` for a blank one, and while columns are missing."""
        self.lines = line.number
        where = f"{self.name}: line {line.number}"
        if line.data is None:
            detail = f"{where}: {line.length} bytes, more than {_longest(self._options)}"
            return reject("read", "too_large", detail)
        if not line.data.removeprefix(_BOM).strip(_BLANK):
            return None
        try:
            row = _parse(line.data)
        except row_pages.BrokenRowError as error:
            return reject("read", "broken_record", f"{where}: {error}")
        here = self._header_of(row)
        at = place(self._path, line.offset, line.length, f"line:{line.number}")
        found = row_pages.found(row, here, self._options, at, where)
        if isinstance(found, Skipped) or self._lacks.isdisjoint(_NEEDED):
            return found
        self._missed |= self._lacks
        self._unread += 1
        return None

    def lacking(self) -> Iterator[Reject]:
        """Yield one reject for the columns that no line had, or that came late."""
        lacks = self._lacks | self._missed
        if self._names is None or not lacks:
            return
        detail = missing(lacks, self._options.columns, self._first_names)
        unread = f"; lines not read: {self._unread}" if self._unread else ""
        yield reject("read", "no_column", f"{self.name}: {detail}{unread}")

    def _header_of(self, row: dict[str, Any]) -> Header:
        names = list(row)
        if names != self._names:
            if self._names is None:
                self._first_names = names
            self._names = names
            self._header = header(names, self._options.columns)
            self._lacks &= self._header.lacks
        return self._header


def _longest(options: Options) -> int:
    return _PAGES_A_LINE * options.max_page


def _parse(data: bytes) -> dict[str, Any]:
    """Return the object of a line; bytes that are no UTF-8 become U+FFFD."""
    try:
        row = json.loads(data.removeprefix(_BOM).decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError) as error:
        raise row_pages.BrokenRowError(f"no JSON: {error}") from error
    if not isinstance(row, dict):
        raise row_pages.BrokenRowError(f"{type(row).__name__}, not an object")
    return row


def _line_at(stream: BinaryIO, position: ArchivePosition, options: Options) -> bytes:
    """Return a line, which breaks or the file's ends must enclose."""
    before = min(position.offset, 1)
    size = min(position.length, _longest(options))
    skip(stream, position.offset - before)
    data = stream.read(before + size + 1)
    line = data[before : before + size]
    whole = data[:before] in {b"", b"\n"} and data[before + size :] in {b"", b"\n"}
    if not whole or not line or len(line) < position.length or b"\n" in line:
        raise row_pages.BrokenRowError(f"no line of {position.length} bytes there")
    return line


DAMAGES: Final = (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError)
"""What reading raises where a compressed file is damaged or cut off."""
_CHUNK: Final = 1 << 16
_ZSTD_CHUNK: Final = 1 << 10
"""Bytes decompressed at once: at zstd's best ratio they become 32 MB."""
_WINDOW: Final = 1 << 31
"""Bytes that zstd may look back: its own limit (``--long=31``), memory is used as it fills."""


class Line(NamedTuple):
    """A line of a file: ``number`` from 1 on, its place in bytes of uncompressed text.

    ``data`` has no line break; it is ``None`` where the line is longer than allowed.
    """

    number: int
    offset: int
    length: int
    data: bytes | None


def uncompressed(path: Path) -> BinaryIO:
    """Open a file by the end of its name: gzip (RFC 1952), zstd (RFC 8878), or as it is.

    Members and frames follow one another. Raises ``OSError``; reading raises ``DAMAGES``.
    """
    name = path.name.lower()
    if name.endswith(".gz"):
        return cast("BinaryIO", gzip.open(path))
    file = path.open("rb")
    return io.BufferedReader(_Zstd(file), _CHUNK) if name.endswith(".zst") else file


def lines(stream: BinaryIO, longest: int, span: Span | None = None) -> Iterator[Line]:
    """Yield the lines of ``stream``; one of more than ``longest`` bytes is passed, not held."""
    span = span or Span(0, sys.maxsize)
    offset = span.start
    skip(stream, offset)
    for number in count(span.lines + 1):
        if offset >= span.end:
            return
        data = stream.readline(longest + 1)
        if not data:
            return
        whole = data.endswith(b"\n")
        size = len(data) if whole or len(data) <= longest else len(data) + _drain(stream)
        text = data.removesuffix(b"\n")
        if len(text) > longest:
            yield Line(number, offset, size, None)
        else:
            yield Line(number, offset, len(text), text)
        offset += size


def skip(stream: BinaryIO, size: int) -> None:
    """Read ``size`` bytes and forget them; where the stream can, go there at once."""
    if isinstance(stream, io.BufferedReader) and isinstance(stream.raw, io.FileIO):
        stream.seek(size)
        return
    while size > 0:
        piece = stream.read(min(size, _CHUNK))
        if not piece:
            return
        size -= len(piece)


def _drain(stream: BinaryIO) -> int:
    """Read the rest of a line; return its length with the line break."""
    size = 0
    while piece := stream.readline(_CHUNK):
        size += len(piece)
        if piece.endswith(b"\n"):
            break
    return size


class _Zstd(io.RawIOBase):
    """The text of a zstd file. The library's own reader ends at a cut without a word."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._zstd = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
        self._frame: Any = None
        self._rest = b""
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill ``buffer``; return how far, 0 at the end. Raises one of ``DAMAGES``."""
        while not self._ready:
            piece = self._rest or self._file.read(_ZSTD_CHUNK)
            if not piece:
                if self._frame:
                    raise EOFError("the file ends within a frame")
                return 0
            self._take(piece)
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()

    def _take(self, piece: bytes) -> None:
        self._frame = self._frame or self._zstd.decompressobj()
        self._ready = memoryview(self._frame.decompress(piece))
        self._rest = b""
        if self._frame.eof:
            self._rest = self._frame.unused_data
            self._frame = None
