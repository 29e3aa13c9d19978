"""The rows of a Parquet file, by ``pyarrow``; the one module that imports it.

Only the columns that are asked for are read, and their pages as they are needed. A row
group whose addresses are all of other sites costs its addresses.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import BinaryIO, ClassVar, Final, TypeAlias

import pyarrow as pa
from pyarrow import types
from pyarrow.parquet import ParquetFile

from shio_scraper.archives.moments import since_epoch
from shio_scraper.archives.parquet_pages import SpentError, TooLargeError, demand
from shio_scraper.archives.reading import Columns
from shio_scraper.archives.row_pages import Header, TooLong, header

# Arrow's own allocators keep what they free: 40 MB for a file of 100 MB.
pa.set_memory_pool(pa.system_memory_pool())

_BATCH: Final = 16
"""Rows that are held at once, at most."""
_BATCH_BYTES: Final = 1 << 24
"""Bytes of the rows that are held at once, were each as large as a page."""
_PAGES: Final = 7 << 25
"""Bytes of the pages, packed and unpacked, that the columns of a row need at once, at most."""
_FILE: Final = 1 << 26
"""Bytes of all rows of a file, at most,"""
_RATIO: Final = 1_000
"""and so many times its own."""
_ROW: Final = 64
"""Bytes that a row counts for by itself."""
_BUFFER: Final = 1 << 18
"""Bytes of a column that are read at once."""
_A_SECOND: Final = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_DAY: Final = 86_400

Value: TypeAlias = str | bytes | float | datetime | TooLong | None
Row: TypeAlias = Callable[[], dict[str, Value]]
"""A row; called, it gives its columns. Most are of other sites, and never are."""


class Table:
    """A Parquet file that is open. Everything may raise ``damages``."""

    damages: ClassVar = (pa.ArrowException, OSError, ValueError, MemoryError)
    """What ``pyarrow`` raises for a damaged file."""

    def __init__(self, stream: BinaryIO, columns: Columns, longest: int) -> None:
        self._longest = longest
        self._stream = stream
        self._left = _FILE + _RATIO * stream.seek(0, os.SEEK_END)
        self._file = ParquetFile(
            stream, pre_buffer=False, buffer_size=_BUFFER, page_checksum_verification=True
        )
        schema, metadata = self._file.schema_arrow, self._file.metadata
        self.names: list[str] = schema.names
        self.header = _header(schema, columns)
        self.groups: list[int] = [
            metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)
        ]

    def begins(self, group: int) -> int:
        """Return where a row group begins in the file, in bytes."""
        column = self._file.metadata.row_group(group).column(0)
        at: int = column.dictionary_page_offset or column.data_page_offset
        return at

    def rows(self, group: int, names: list[str]) -> Iterator[Row]:
        """Yield the rows of a row group, with the columns ``names``.

        Raises ``TooLargeError`` before what is too large is unpacked.
        """
        needs = self._demand(group, names)
        if needs > _PAGES:
            raise TooLargeError(f"its pages need {needs} bytes, more than {_PAGES}")
        size = min(_BATCH, max(1, _BATCH_BYTES // max(1, needs)))
        batches = self._file.iter_batches(
            size, row_groups=[group], columns=names, use_threads=False
        )
        for batch in batches:
            self._left -= batch.nbytes + _ROW * batch.num_rows
            if self._left < 0:
                raise SpentError("the file unpacks to more than it may; its rest is not read")
            there = batch.schema.names
            columns = {name: batch.column(there.index(name)) for name in names}
            for row in range(batch.num_rows):
                yield partial(_row, columns, row, self._longest)

    def _demand(self, group: int, names: list[str]) -> int:
        """Return the bytes that the pages of some columns need at once."""
        whole = self._file.metadata.row_group(group)
        columns = (whole.column(number) for number in range(whole.num_columns))
        there = self._stream.tell()
        needs = 0
        for column in columns:
            path = column.path_in_schema
            if any(path == name or path.startswith(f"{name}.") for name in names):
                start = min(filter(None, (column.dictionary_page_offset, column.data_page_offset)))
                needs += demand(self._stream, start, column.total_compressed_size)
        self._stream.seek(there)
        return needs


def _row(columns: Mapping[str, pa.Array], row: int, longest: int) -> dict[str, Value]:
    return {name: _value(column[row], longest) for name, column in columns.items()}


def _value(scalar: pa.Scalar, longest: int) -> Value:
    """Return a scalar as text, bytes, a number, a moment (UTC); else ``None``.

    One of more than ``longest`` bytes is not copied.
    """
    while isinstance(scalar, pa.DictionaryScalar | pa.ExtensionScalar):
        scalar = scalar.value
    if scalar is None or not scalar.is_valid:
        return None
    kind = scalar.type
    if isinstance(scalar, pa.BinaryScalar):
        return _text(scalar, longest)
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


def _text(scalar: pa.BinaryScalar, longest: int) -> str | bytes | TooLong:
    buffer = scalar.as_buffer()
    if buffer.size > longest:
        return TooLong(buffer.size)
    data: bytes = buffer.to_pybytes()
    return data.decode("utf-8", "replace") if _is_text(scalar.type) else data


def _header(schema: pa.Schema, columns: Columns) -> Header:
    """Find the columns; an address or a text must be of a type that can hold one."""
    texts = header([field.name for field in schema if _may_be_text(field.type)], columns)
    dates = header(schema.names, columns)
    lacks = (texts.lacks - {"date"}) | (dates.lacks & {"date"})
    return replace(texts, dates=dates.dates, lacks=lacks)


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
