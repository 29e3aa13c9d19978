"""Parquet: a row a page, with an address and a text or HTML. Needs ``shio-scraper[parquet]``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shio_scraper.archives import row_pages
from shio_scraper.archives.parquet_pages import SpentError, TooLargeError
from shio_scraper.archives.reading import ArchiveError, Found, Options, Skipped
from shio_scraper.archives.row_pages import missing
from shio_scraper.archives.sources import place, shown
from shio_scraper.items import ArchivePosition
from shio_scraper.pages import Capture
from shio_scraper.pages.rejects import reject

if TYPE_CHECKING:
    from shio_scraper.archives.parquet_table import Row, Table

_ROW: Final = re.compile(r"row:([0-9]{1,18})")


def available() -> bool:
    """Tell whether ``pyarrow`` is installed."""
    return find_spec("pyarrow") is not None


def read(path: Path, options: Options) -> Iterator[Found]:
    """Yield what each row holds. Raises ``ModuleNotFoundError`` without ``pyarrow``."""
    from shio_scraper.archives.parquet_table import Table  # noqa: PLC0415  (optional)

    try:
        size = path.stat().st_size
        if not size:
            return
        with path.open("rb") as stream:
            pages = _Pages(path, size, Table(stream, options.columns, options.max_page), options)
            yield from pages.found()
    except Table.damages as error:
        yield reject("read", _reason(error), f"{shown(path)}: {_line(error)}")


def read_at(path: Path, position: ArchivePosition, options: Options) -> Capture:
    """Return the capture of one row; only its row group is read. Raises ``ArchiveError``."""
    from shio_scraper.archives.parquet_table import Table  # noqa: PLC0415  (optional)

    where = f"{shown(path)}: {position.record_id}"
    match = _ROW.fullmatch(position.record_id)
    if match is None:
        raise ArchiveError(f"{where}: no row of Parquet, which are row:0, row:1 …")
    try:
        with path.open("rb") as stream:
            table = Table(stream, options.columns, options.max_page)
            pages = _Pages(path, position.length, table, options)
            found = pages.at(int(match[1]))
    except Table.damages as error:
        raise ArchiveError(f"{where}: {_line(error)}") from error
    if found is None:
        raise ArchiveError(f"{where}: the file has no such row")
    return row_pages.only_capture(found, where)


@dataclass(frozen=True, slots=True)
class _Pages:
    """A table's rows as captures."""

    path: Path
    size: int
    table: Table
    options: Options

    def found(self) -> Iterator[Found]:
        """Yield what each row holds; a row group that is damaged costs its rest."""
        name, lacks = shown(self.path), self.table.header.lacks
        if lacks:
            detail = missing(lacks, self.options.columns, self.table.names)
            yield reject("read", "no_column", f"{name}: {detail}")
            return
        first = 0
        for group, count in enumerate(self.table.groups):
            try:
                if self._is_asked_for(group):
                    yield from self._group(group, first)
            except self.table.damages as error:
                which = f"row group {group} (rows {first} to {first + count - 1})"
                yield reject("read", _reason(error), f"{name}: {which}: {_line(error)}")
                if isinstance(error, SpentError):
                    return
            first += count

    def at(self, number: int) -> Found | None:
        """Return what a row holds; ``None`` where there is no such row."""
        first = 0
        for group, count in enumerate(self.table.groups):
            if number < first + count:
                inside = self.table.rows(group, self.table.header.used)
                row = next(islice(inside, number - first, None), None)
                return self._row(row, number) if row else None
            first += count
        return None

    def _is_asked_for(self, group: int) -> bool:
        span = self.options.span
        return span is None or span.start <= self.table.begins(group) < span.end

    def _group(self, group: int, first: int) -> Iterator[Found]:
        """Decide by the addresses, and read the texts only where one is the portal's."""
        header = self.table.header
        passed: list[Skipped | None] = []
        if header.url:
            addresses = (row()[header.url] for row in self.table.rows(group, [header.url]))
            passed = [row_pages.verdict(address, self.options) for address in addresses]
        if passed and all(passed):
            yield from filter(None, passed)
            return
        for row, verdict in zip_longest(self.table.rows(group, header.used), passed):
            if row:
                yield verdict or self._row(row, first)
            first += 1

    def _row(self, row: Row, number: int) -> Found:
        at = place(self.path, 0, self.size, f"row:{number}")
        where = f"{shown(self.path)}: row {number}"
        return row_pages.found(row(), self.table.header, self.options, at, where)


def _reason(error: Exception) -> str:
    """Tell what the system cannot read from what is nonsense: Arrow says OSError to both."""
    if isinstance(error, TooLargeError):
        return "too_large"
    is_system = isinstance(error, OSError) and error.errno is not None
    return "unreadable_file" if is_system or isinstance(error, MemoryError) else "broken_record"


def _line(error: Exception) -> str:
    strerror = error.strerror if isinstance(error, OSError) else None
    return strerror or " ".join(str(error).split()) or type(error).__name__
