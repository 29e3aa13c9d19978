"""Parquet: each row is a page, with an address and a text or HTML.

Needs ``shio-scraper[parquet]``. Only the columns that are needed are read, page by page. In a
row group whose addresses are all of other sites, only the address column is read.

``pyarrow`` unpacks a page of a column whole before its size can be checked. So this module
reads the pages' headers first. They are Thrift structs in the compact protocol.
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

import pyarrow as pa
from pyarrow import types
from pyarrow.parquet import ParquetFile

from shio_scraper.archives import tables
from shio_scraper.archives.reading import Found, Options, Skipped, since_epoch, unreadable
from shio_scraper.archives.sources import TooLargeError, place, shown
from shio_scraper.archives.tables import TooLong, header, missing
from shio_scraper.items import ArchivePosition, Reject
from shio_scraper.pages import reject

# Arrow's own allocators keep freed memory: 40 MB for a file of 100 MB.
pa.set_memory_pool(pa.system_memory_pool())

_DAMAGES: Final = (pa.ArrowException, OSError, ValueError, MemoryError)
"""The exceptions that ``pyarrow`` raises for a damaged file."""
_BATCH: Final = 16
"""Maximum number of rows in memory at once."""
_BATCH_BYTES: Final = 1 << 24
"""Maximum bytes of the rows in memory at once, if each row were as large as a page."""
_PAGES: Final = 7 << 25
"""Maximum bytes, compressed and unpacked, of the column pages that one row needs at once."""
_FILE: Final = 1 << 26
"""All rows of a file may unpack to this many bytes,"""
_RATIO: Final = 1_000
"""plus this many times the size of the file."""
_ROW: Final = 64
"""Bytes that each row counts in addition to its values."""
_BUFFER: Final = 1 << 18
"""Bytes of a column that are read at once."""
_A_SECOND: Final = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_DAY: Final = 86_400
_ROW_ID: Final = re.compile(r"row:([0-9]{1,18})")

_HEADERS: Final = (1 << 9, 1 << 20)
"""The numbers of bytes to read for a page's header: first the small one, then the large one."""
_PAGE_TYPE, _UNPACKED, _PACKED = 1, 2, 3
"""Ids of the fields of a page's header."""
_DICTIONARY: Final = 2
"""The type of a dictionary page, which stays in memory while the other pages are read."""
_TRUTHS, _NUMBERS, _BINARY, _STRUCT = (1, 2), (4, 5, 6), 8, 12
"""The types of the compact protocol that occur in page headers."""
_LAST_BYTE: Final = 0x80
_DEPTH: Final = 8

_Value: TypeAlias = str | bytes | float | datetime | TooLong | None


class _SpentError(TooLargeError):
    """Raised if a file unpacks to more bytes than allowed."""


def read(path: Path, options: Options) -> Iterator[Found]:
    """Yield what each row holds."""
    try:
        with path.open("rb") as stream:
            if stream.seek(0, os.SEEK_END):
                yield from _Table(path, stream, options).found()
    except _DAMAGES as error:
        yield _damaged(shown(path), error)


class _Table:
    """An open Parquet file. Every method may raise one of ``_DAMAGES``."""

    def __init__(self, path: Path, stream: BinaryIO, options: Options) -> None:
        self._path = path
        self._stream = stream
        self._options = options
        self._wanted = _row_number(options.at)
        self._size = stream.seek(0, os.SEEK_END)
        self._left = _FILE + _RATIO * self._size
        self._file = ParquetFile(
            stream, pre_buffer=False, buffer_size=_BUFFER, page_checksum_verification=True
        )
        schema = self._file.schema_arrow
        self._names: list[str] = schema.names
        # An address or text column must have a type that can hold text.
        dates = header(self._names, options.columns)
        texts = header(
            [field.name for field in schema if _may_be_text(field.type)], options.columns
        )
        lacks = (texts.lacks - {"date"}) | (dates.lacks & {"date"})
        self._header = replace(texts, dates=dates.dates, lacks=lacks)

    def found(self) -> Iterator[Found]:
        """Yield what each row holds. If a row group is damaged, the rest of that group is lost."""
        name, lacks = shown(self._path), self._header.lacks
        if lacks:
            detail = missing(lacks, self._options.columns, self._names)
            yield reject("read", "no_column", f"{name}: {detail}")
            return
        first = 0
        for group in range(self._file.metadata.num_row_groups):
            count = self._file.metadata.row_group(group).num_rows
            try:
                if self._is_asked_for(group, range(first, first + count)):
                    yield from self._group(group, first)
            except _DAMAGES as error:
                which = f"row group {group} (rows {first} to {first + count - 1})"
                yield _damaged(f"{name}: {which}", error)
                if isinstance(error, _SpentError):
                    return
            first += count

    def _is_asked_for(self, group: int, rows: Sequence[int]) -> bool:
        span = self._options.span
        if self._wanted is not None:
            return self._wanted in rows
        if span:
            column = self._file.metadata.row_group(group).column(0)
            begins: int = column.dictionary_page_offset or column.data_page_offset
            return span.start <= begins < span.end
        return True

    def _group(self, group: int, first: int) -> Iterator[Found]:
        """Yield what the rows of a group hold.

        The texts are read only if one address is a portal's.
        """
        passed: list[Skipped | None] = []
        if self._header.url and self._wanted is None:
            rows = self._rows(group, [self._header.url])
            passed = [tables.verdict(self._value(*row), self._options) for (row,) in rows]
        if passed and all(passed):
            yield from filter(None, passed)
            return
        names = self._header.used
        for number, (row, verdict) in enumerate(
            zip_longest(self._rows(group, names), passed), first
        ):
            if row and self._wanted in {None, number}:
                yield verdict or self._row(dict(zip(names, row, strict=True)), number)

    def _rows(self, group: int, names: list[str]) -> Iterator[list[tuple[pa.Array, int]]]:
        """Yield each row as the pairs (array, index in it) of the columns ``names``.

        No value is copied here, because most rows are of other sites and are never looked at.
        Raises ``TooLargeError`` before too much is unpacked.
        """
        needs = self._needed(group, names)
        if needs > _PAGES:
            raise TooLargeError(0, f"its pages need {needs} bytes, more than {_PAGES}")
        size = min(_BATCH, max(1, _BATCH_BYTES // max(1, needs)))
        for batch in self._file.iter_batches(
            size, row_groups=[group], columns=names, use_threads=False
        ):
            self._left -= batch.nbytes + _ROW * batch.num_rows
            if self._left < 0:
                raise _SpentError(0, "the file unpacks to more than it may; its rest is not read")
            present = batch.schema.names
            columns = [batch.column(present.index(name)) for name in names]
            yield from ([(column, row) for column in columns] for row in range(batch.num_rows))

    def _needed(self, group: int, names: list[str]) -> int:
        """Return the bytes that the pages of the columns ``names`` need at once."""
        row_group = self._file.metadata.row_group(group)
        position = self._stream.tell()
        needs = 0
        for column in map(row_group.column, range(row_group.num_columns)):
            path = column.path_in_schema
            if any(path == name or path.startswith(f"{name}.") for name in names):
                start = min(filter(None, (column.dictionary_page_offset, column.data_page_offset)))
                needs += _demand(self._stream, start, column.total_compressed_size)
        self._stream.seek(position)
        return needs

    def _row(self, row: dict[str, tuple[pa.Array, int]], number: int) -> Found:
        values = {name: self._value(*at) for name, at in row.items()}
        at = place(self._path, 0, self._size, f"row:{number}")
        where = f"{shown(self._path)}: row {number}"
        return tables.found(values, self._header, self._options, at, where)

    def _value(self, column: pa.Array, row: int) -> _Value:
        """Return a value as text, bytes, a number or a time (UTC). ``None`` for any other value.

        A value of more bytes than a page may have is not copied.
        """
        scalar = column[row]
        while isinstance(scalar, pa.DictionaryScalar | pa.ExtensionScalar):
            scalar = scalar.value
        if scalar is None or not scalar.is_valid:
            return None
        kind = scalar.type
        if isinstance(scalar, pa.BinaryScalar):
            return _text(scalar, self._options.max_page)
        if types.is_timestamp(kind):
            return since_epoch(scalar.value // _A_SECOND[kind.unit])
        if types.is_date32(kind):
            return since_epoch(scalar.value * _DAY)
        if types.is_date64(kind):
            return since_epoch(scalar.value // _A_SECOND["ms"])
        number: float | None = None
        if types.is_integer(kind) or types.is_floating(kind):
            number = scalar.as_py()
        return number


def _row_number(at: ArchivePosition | None) -> int | None:
    """Return the number of the row that is asked for. -1 if the position names no row."""
    match = _ROW_ID.fullmatch(at.record_id) if at else None
    return int(match[1]) if match else -1 if at else None


def _text(scalar: pa.BinaryScalar, longest: int) -> str | bytes | TooLong:
    buffer = scalar.as_buffer()
    if buffer.size > longest:
        return TooLong(buffer.size)
    data: bytes = buffer.to_pybytes()
    return data.decode("utf-8", "replace") if _is_text(scalar.type) else data


def _may_be_text(kind: pa.DataType) -> bool:
    if types.is_dictionary(kind):
        return _may_be_text(kind.value_type)
    if isinstance(kind, pa.BaseExtensionType):
        return _may_be_text(kind.storage_type)
    return bool(
        _is_text(kind)
        or types.is_binary(kind)
        or types.is_large_binary(kind)
        or types.is_binary_view(kind)
        or types.is_fixed_size_binary(kind)
        or types.is_null(kind)
    )


def _is_text(kind: pa.DataType) -> bool:
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _damaged(where: str, error: Exception) -> Reject:
    """Return the reject of a damaged file or row group.

    Arrow raises ``OSError`` both for a file that the system cannot read and for invalid content.
    Only the first has an ``errno``.
    """
    if isinstance(error, OSError) and error.errno is not None:
        return unreadable(where, error)
    reason = "unreadable_file" if isinstance(error, MemoryError) else "broken_record"
    return reject("read", reason, f"{where}: {' '.join(str(error).split()) or 'MemoryError'}")


def _demand(stream: BinaryIO, start: int, size: int) -> int:
    """Return the maximum of bytes that the pages of a column chunk need at once.

    ``start`` and ``size`` are the chunk's in ``stream``. Raises ``ValueError`` if a page header is
    not valid.
    """
    at, dictionary_bytes, most = start, 0, 0
    while at < start + size:
        fields, length = _header(stream, at)
        packed, unpacked = fields.get(_PACKED, -1), fields.get(_UNPACKED, -1)
        if packed < 0 or unpacked < 0:
            raise ValueError(f"no page begins at byte {at}")
        if fields.get(_PAGE_TYPE) == _DICTIONARY:
            dictionary_bytes += unpacked
        most = max(most, packed + unpacked)
        at += length + packed
    return dictionary_bytes + most


def _header(stream: BinaryIO, at: int) -> tuple[dict[int, int], int]:
    """Return the numbers in a page's header by field, and the length of the header."""
    for size in _HEADERS:
        stream.seek(at)
        header = _Thrift(stream.read(size))
        try:
            return header.struct(), header.at
        except IndexError:
            continue
    raise ValueError(f"no end of the page header at byte {at}")


class _Thrift:
    """Reads values in Thrift's compact protocol one after another.

    Raises ``IndexError`` at the end of ``data``.
    """

    def __init__(self, data: bytes) -> None:
        self.at = 0
        self._data = data

    def struct(self, depth: int = _DEPTH) -> dict[int, int]:
        """Read a struct and return its numbers by field id. All other values are skipped."""
        if not depth:
            raise ValueError("structs nested too deeply")
        numbers: dict[int, int] = {}
        field = 0
        while head := self._byte():
            more, kind = divmod(head, 16)
            field = field + more if more else _signed(self._varint())
            if kind in _NUMBERS:
                numbers[field] = _signed(self._varint())
            elif kind == _BINARY:
                size = self._varint()
                self.at += size
            elif kind == _STRUCT:
                self.struct(depth - 1)
            elif kind not in _TRUTHS:
                raise ValueError(f"a value of type {kind}, which no page header has")
        return numbers

    def _byte(self) -> int:
        byte = self._data[self.at]
        self.at += 1
        return byte

    def _varint(self) -> int:
        number = 0
        for shift in range(0, 64, 7):
            byte = self._byte()
            number |= (byte & ~_LAST_BYTE) << shift
            if byte < _LAST_BYTE:
                return number
        raise ValueError("a number that is too long")


def _signed(number: int) -> int:
    return (number >> 1) ^ -(number & 1)
