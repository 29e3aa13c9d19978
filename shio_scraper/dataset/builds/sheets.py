"""Rows → CSV: a file for each table, and one for each list in it, joined by key and number."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from shio_scraper.dataset.builds.columns import Column, Row, Table, Writer
from shio_scraper.redaction import cell

_ENCODING: Final = "utf-8-sig"
"""With the mark without which Excel takes UTF-8 for the encoding of the country."""
_Cells = dict[str, Any]


class SheetsWriter(Writer):
    """A file for each table or list that has a row."""

    def __init__(self, folder: Path, tables: tuple[Table, ...]) -> None:
        super().__init__(folder, tables)
        self._files: dict[str, Any] = {}

    def add(self, table: Table, rows: list[Row]) -> None:
        """Add rows to a table, and to those of its lists."""
        for row in rows:
            self._write(table.name, table.columns, row, {})

    def _write(self, name: str, columns: tuple[Column, ...], row: Row, of: _Cells) -> None:
        """Write a row of what ``of`` names: its key, and which elements of lists it stands in."""
        own = (f"{next(reversed(of))}_{one}" if one in of else one for one in _names(columns))
        self._file(name, [*of, *own]).writerow([*of.values(), *_cells(columns, row)])
        within = of or {"key": row["key"]}
        for column in columns:
            for number, element in enumerate(row[column.name] if column.element else (), 1):
                parts = _parts(column)
                fields = element if column.element and column.element.fields else {"text": element}
                self._write(f"{name}_{column.name}", parts, fields, {**within, column.name: number})

    def _file(self, name: str, head: list[str]) -> Any:
        if name not in self._files:
            path = self._folder / f"{name}.csv"
            stream = path.open("w", encoding=_ENCODING, newline="")
            self._files[name] = csv.writer(self._stack.enter_context(stream))
            self._files[name].writerow(head)
        return self._files[name]


def _parts(column: Column) -> tuple[Column, ...]:
    """Return the columns of a list's own table."""
    assert column.element  # noqa: S101  (it is a list)
    return column.element.fields or (Column("text", column.element.kind),)


def _names(columns: tuple[Column, ...], before: str = "") -> Iterator[str]:
    """Yield the names of single values; those of a struct have its name before them."""
    for column in columns:
        if column.fields:
            yield from _names(column.fields, f"{before}{column.name}_")
        elif not column.element:
            yield f"{before}{column.name}"


def _cells(columns: tuple[Column, ...], row: Row | None) -> Iterator[Any]:
    for column in columns:
        value = row and row[column.name]
        if column.fields:
            yield from _cells(column.fields, value)
        elif isinstance(value, str):
            yield cell(value)
        elif isinstance(value, dict):
            yield msgspec.json.encode(value).decode()
        elif not column.element:
            yield str(value).lower() if isinstance(value, bool) else msgspec.to_builtins(value)
