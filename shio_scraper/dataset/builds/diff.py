"""The differences between two builds, whatever their formats are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from heapq import merge
from itertools import groupby, repeat
from pathlib import Path
from typing import Any, Final

import msgspec

from shio_scraper.dataset.builds.columns import PACKAGE, TABLES, BuildError, Row, Table
from shio_scraper.dataset.builds.formats import FORMATS
from shio_scraper.runs.content import content_names, is_same

_ALSO: Final = ("gone", "same_as")
"""Columns that are compared in addition to a record's content."""


def diff(old: Path, new: Path, *, everything: bool = False) -> Iterator[dict[str, Any]]:
    """Yield the added, removed and changed records between two builds, by table and key.

    The fields of the content hash, ``gone`` and ``same_as`` are compared, or with ``everything``
    all fields. Raises ``BuildError``.
    """
    for folder in (old, new):
        if not (folder / PACKAGE).is_file():
            raise BuildError(f"{folder}: no build: it has no {PACKAGE}")
    for table in TABLES:
        for before, now in _side_by_side(_rows(old, table), _rows(new, table)):
            if change := _change_of(table, before, now, everything=everything):
                yield change


def _rows(folder: Path, table: Table) -> Iterator[Row]:
    """Yield the rows of a build's table in key order, in JSON form. Raises ``BuildError``."""
    try:
        last = ""
        for row in _read(folder, table):
            if row["key"] <= last:
                raise BuildError(f"{folder}: {table.name}: not sorted: {row['key']}")
            last = row["key"]
            yield msgspec.to_builtins(row)
    except (OSError, sqlite3.Error, ValueError, KeyError) as error:
        raise BuildError(f"{folder}: {table.name}: cannot be read: {error}") from error


def _read(folder: Path, table: Table) -> Iterator[Row]:
    for form in FORMATS.values():
        path = folder / form.file.format(table.name)
        if path.exists():
            return form.read(path, table)
    # A table without rows may have no file.
    package = msgspec.json.decode((folder / PACKAGE).read_bytes())
    if table.name in {Path(file["path"]).stem for file in package.get("resources", ())}:
        raise FileNotFoundError("its file is gone")
    return iter(())


def _side_by_side(
    old: Iterator[Row], new: Iterator[Row]
) -> Iterator[tuple[Row | None, Row | None]]:
    """Yield the old and the new row of each key, in key order."""
    sides = zip(old, repeat("old")), zip(new, repeat("new"))
    for _, same in groupby(merge(*sides, key=_key), key=_key):
        rows = {side: row for row, side in same}
        yield rows.get("old"), rows.get("new")


def _key(row_and_side: tuple[Row, str]) -> str:
    return str(row_and_side[0]["key"])


def _change_of(
    table: Table, before: Row | None, now: Row | None, *, everything: bool
) -> dict[str, Any] | None:
    change = {"type": table.kind, "key": (now or before or {})["key"]}
    if before is None:
        return {"change": "added", **change, "record": now}
    if now is None:
        return {"change": "removed", **change, "record": before}
    fields = {
        name: {"old": before.get(name), "new": now.get(name)}
        for name in (before | now if everything else (*content_names(table.kind), *_ALSO))
        if not is_same(name, before, now)
    }
    return {"change": "changed", **change, "fields": fields} if fields else None
