"""JSON Lines, plain, gzip or zstd. Each line is an object with an address and a text or HTML."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import zstandard

from shio_scraper.archives import tables
from shio_scraper.archives.reading import Found, Options, Skipped, Span, unreadable
from shio_scraper.archives.sources import place, shown
from shio_scraper.archives.tables import BrokenRowError, Header, header, missing
from shio_scraper.content_coding import ERRORS, PIECE, Unpacker, gzip_unpacker, unpacked
from shio_scraper.items import ArchivePosition, Reject
from shio_scraper.pages import reject

_PAGES_A_LINE: Final = 4
"""The maximum length of a line, as a multiple of ``max_page``.

Escapes double the length of Chinese text, and a row may hold a page both as HTML and as text.
"""
_NEEDED: Final = frozenset({"url", "body"})
_BOM: Final = b"\xef\xbb\xbf"
_BLANK: Final = b" \t\r"
_CHUNK: Final = 1 << 16
_ZSTD_PIECE: Final = 1 << 10
"""Compressed bytes that are unpacked at once. At zstd's best ratio they become 32 MB."""
_WINDOW: Final = 1 << 31
"""Window size of zstd in bytes: its maximum (``--long=31``). Memory is used only as it fills."""
_NUMBER: Final = re.compile(r"line:([0-9]{1,18})")


def _zstd_unpacker() -> Any:
    return zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()


_UNPACKERS: Final[dict[str, tuple[Unpacker, int]]] = {
    ".gz": (gzip_unpacker, PIECE),
    ".zst": (_zstd_unpacker, _ZSTD_PIECE),
}


class Line(NamedTuple):
    """A line of a file. ``number`` counts from 1. The place is in bytes of uncompressed text.

    ``data`` has no line break. It is ``None`` if the line is longer than allowed.
    """

    number: int
    offset: int
    length: int
    data: bytes | None


def read(path: Path, options: Options) -> Iterator[Found]:
    """Yield what each line holds. A column counts from the first line that has it."""
    table = _Table(path, options)
    span = options.span or Span(0, sys.maxsize)
    if options.at and path.suffix.lower() not in _UNPACKERS:
        span = _before(options.at)
    try:
        for line in lines(texts(path, span.start), _PAGES_A_LINE * options.max_page, span):
            if options.at is None or options.at.offset == line.offset:
                found = table.found(line)
                if found:
                    yield found
    except ERRORS as error:
        detail = f"{table.name}: damaged or cut off after line {table.lines}: {error}"
        yield reject("read", "broken_record", detail)
    except OSError as error:
        yield unreadable(table.name, error)
    yield from table.lacking()


def texts(path: Path, start: int = 0) -> Iterator[bytes]:
    """Yield the text of a file piece by piece. The suffix of the name tells how it is compressed.

    In a plain file, the text begins at ``start``; a compressed file is read from its beginning.
    Raises ``OSError`` or one of ``ERRORS``.
    """
    with path.open("rb") as file:
        if path.suffix.lower() in _UNPACKERS:
            unpacker, size = _UNPACKERS[path.suffix.lower()]
            yield from unpacked(file.read, unpacker, size)
        else:
            file.seek(start)
            yield from iter(partial(file.read, _CHUNK), b"")


def lines(pieces: Iterable[bytes], longest: int, span: Span) -> Iterator[Line]:
    """Yield the lines of a span. A line of more than ``longest`` bytes comes without its data."""
    line, size, offset, number = bytearray(), 0, span.start, span.lines + 1
    for piece in pieces:
        *ends, rest = piece.split(b"\n")
        for end in ends:
            if offset >= span.end:
                return
            size += len(end)
            yield Line(number, offset, size, bytes(line + end) if size <= longest else None)
            line, size, offset, number = bytearray(), 0, offset + size + 1, number + 1
        size += len(rest)
        line += rest[: longest - len(line)]
    if size and offset < span.end:
        yield Line(number, offset, size, bytes(line) if size <= longest else None)


def _before(at: ArchivePosition) -> Span:
    """Return the span from the line break before a line to the end of that line."""
    number = int(match[1]) if (match := _NUMBER.fullmatch(at.record_id)) else 1
    before = min(at.offset, 1)
    return Span(at.offset - before, at.offset + 1, number - 1 - before)


class _Table:
    """A file of lines, and the columns that its lines have had so far."""

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
        """Return what a line holds.

        ``None`` for a blank line, and while needed columns are missing.
        """
        self.lines = line.number
        where = f"{self.name}: line {line.number}"
        if line.data is None:
            most = _PAGES_A_LINE * self._options.max_page
            return reject("read", "too_large", f"{where}: {line.length} bytes, more than {most}")
        if not line.data.removeprefix(_BOM).strip(_BLANK):
            return None
        try:
            row = _parse(line.data)
        except BrokenRowError as error:
            return reject("read", "broken_record", f"{where}: {error}")
        here = self._header_of(row)
        at = place(self._path, line.offset, line.length, f"line:{line.number}")
        found = tables.found(row, here, self._options, at, where)
        if isinstance(found, Skipped) or self._lacks.isdisjoint(_NEEDED):
            return found
        self._missed |= self._lacks
        self._unread += 1
        return None

    def lacking(self) -> Iterator[Reject]:
        """Yield one reject for the columns that no line had, or that only later lines had."""
        lacks = self._lacks | self._missed
        if self._names is not None and lacks:
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


def _parse(data: bytes) -> dict[str, Any]:
    """Return the object of a line. Bytes that are not UTF-8 become U+FFFD."""
    try:
        row = json.loads(data.removeprefix(_BOM).decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError) as error:
        raise BrokenRowError(f"no JSON: {error}") from error
    if not isinstance(row, dict):
        raise BrokenRowError(f"{type(row).__name__}, not an object")
    return row
