"""Parts → the files of records, each record once: the first in the order of the input."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from shio_scraper.bulk.part import Line
from shio_scraper.dataset.builds.columns import Table
from shio_scraper.dataset.builds.formats import FORMATS
from shio_scraper.items import RECORD_FILES, Reject, type_of
from shio_scraper.sqlite_file import temporary

_SEEN: Final = """
PRAGMA cache_size = -65536; BEGIN;
CREATE TABLE seen (identity BLOB PRIMARY KEY) WITHOUT ROWID;
"""
FILES: Final[dict[str, type[Any]]] = {**RECORD_FILES, "rejects": Reject}
"""The files, by the stem of their names, and what each holds."""
_TABLES: Final = {type_of(item): Table(name, item, history=None) for name, item in FILES.items()}
_BATCH: Final = 500
"""Rows that wait until they are written."""


def merge(lines: Iterable[Line], folder: Path, form: str) -> Counter[str]:
    """Write every line once into the files of a format, and return how many of each kind.

    A kind without lines has a file too. Raises ``OSError``.
    """
    counts: Counter[str] = Counter()
    waiting: defaultdict[str, list[Any]] = defaultdict(list)
    with (
        closing(temporary()) as seen,
        FORMATS[form].write(folder, tuple(_TABLES.values())) as add,
    ):
        seen.executescript(_SEEN)
        for line in lines:
            if line.identity is not None and not _is_new(seen, line.identity):
                counts[f"duplicates/{line.kind}"] += 1
                continue
            counts[file_of(line.kind)] += 1
            if line.kind == "reject":
                counts[f"rejects/{msgspec.json.decode(line.json, type=Reject).reason}"] += 1
            rows = waiting[line.kind]
            rows.append(msgspec.Raw(line.json) if form == "jsonl" else _row(line))
            if len(rows) == _BATCH:
                add(_TABLES[line.kind], waiting.pop(line.kind))
        for kind, table in _TABLES.items():
            add(table, waiting[kind])
    return counts


def file_of(kind: str) -> str:
    """Return the stem of the file that holds records of a type."""
    return _TABLES[kind].name


def _row(line: Line) -> Any:
    record = msgspec.json.decode(line.json, type=_TABLES[line.kind].item)
    return msgspec.to_builtins(record, builtin_types=(date, datetime))


def _is_new(seen: sqlite3.Connection, identity: bytes) -> bool:
    return seen.execute("INSERT OR IGNORE INTO seen VALUES (?)", (identity,)).rowcount == 1
