"""What each shard gave, a SQLite file → the files of records, each record once.

The first of equal records in the order of the input is kept.
"""

from __future__ import annotations

import os
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from shio_scraper.archives.holdings import Holdings
from shio_scraper.dataset.builds.columns import Table
from shio_scraper.dataset.builds.formats import FORMATS
from shio_scraper.items import RECORD_FILES, Reject, type_of
from shio_scraper.sqlite_file import UNSYNCED, temporary

if TYPE_CHECKING:
    from typing import Self

PARTS: Final = ".parts"
"""The folder of the parts, in that of the records."""
_SCHEMA: Final = """
CREATE TABLE line (kind TEXT, identity BLOB, json BLOB);
CREATE TABLE count (name TEXT PRIMARY KEY, count INTEGER);
CREATE TABLE failure (why TEXT);
"""
_WAITS: Final = "SELECT 1 FROM waiting UNION ALL SELECT 1 FROM link LIMIT 1"
_SEEN: Final = """
PRAGMA cache_size = -65536; BEGIN;
CREATE TABLE seen (identity BLOB PRIMARY KEY) WITHOUT ROWID;
"""
FILES: Final[dict[str, type[Any]]] = {**RECORD_FILES, "rejects": Reject}
"""The files, by the stem of their names, and what each holds."""
_TABLES: Final = {type_of(item): Table(name, item, history=None) for name, item in FILES.items()}
_BATCH: Final = 500
"""Rows that wait until they are written."""


class Line(NamedTuple):
    """A record as JSON: its type, and what it is written once by; a reject has no identity."""

    kind: str
    identity: bytes | None
    json: bytes


class PartWriter:
    """Writes a part; a context manager. The file is in its place once ``finish`` returned.

    ``holdings`` are the payloads that the shard has, for the revisits of any shard, and the
    documents that it has, and that its records link.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        # Of its own: a worker whose parent was killed may not have noticed yet.
        self._open = path.with_name(f"{path.name}.{os.getpid()}.open")
        self._open.unlink(missing_ok=True)
        self._database = sqlite3.connect(self._open, isolation_level=None)
        self._database.executescript(UNSYNCED + _SCHEMA)
        self.holdings = Holdings(self._database)
        self._database.execute("BEGIN")
        self.counts: Counter[str] = Counter()

    def add(self, line: Line) -> None:
        """Add a line."""
        self._database.execute("INSERT INTO line VALUES (?, ?, ?)", line)

    def fail(self, why: str) -> None:
        """Note what makes the shard be done again."""
        self._database.execute("INSERT INTO failure VALUES (?)", (why,))

    def finish(self) -> None:
        """Put the file in its place, durably."""
        self._database.executemany("INSERT INTO count VALUES (?, ?)", self.counts.items())
        self._database.execute("COMMIT")
        self._database.close()
        with self._open.open("rb") as stream:
            os.fsync(stream.fileno())
        self._open.replace(self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()
        self._open.unlink(missing_ok=True)


def lines_of(part: Path) -> Iterator[Line]:
    """Yield the lines of a part, in their order."""
    yield from map(Line._make, _rows(part, "SELECT * FROM line ORDER BY rowid"))


def counts_of(part: Path) -> Counter[str]:
    """Return what was counted."""
    return Counter(dict(_rows(part, "SELECT name, count FROM count")))


def failures_of(part: Path) -> list[str]:
    """Return what failed in a part."""
    return [why for (why,) in _rows(part, "SELECT why FROM failure ORDER BY rowid")]


def waits(part: Path) -> bool:
    """Tell whether anything waits for another shard: revisits, documents that are linked."""
    return any(_rows(part, _WAITS))


def _rows(part: Path, query: str) -> Iterator[Any]:
    uri = f"{part.absolute().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as database:
        yield from database.execute(query)


def encode(kind: str, identity: bytes | None, thing: object) -> Line:
    """Return a record or reject as a line."""
    return Line(kind, identity, msgspec.json.encode(thing))


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
