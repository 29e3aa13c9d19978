"""The parts of all shards, a SQLite file each → the files of records, each record once.

Of equal records, the first in the order of the input is kept.
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
"""The name of the folder of the parts, in the folder of the records."""
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
"""Stem of a file's name → the class of the records in the file."""
_TABLES: Final = {type_of(item): Table(name, item, history=None) for name, item in FILES.items()}
_BATCH: Final = 500
"""Rows that are collected before they are written."""


class Line(NamedTuple):
    """A record as JSON, with its type. Of lines with one identity, only the first is written.

    A reject has no identity.
    """

    kind: str
    identity: bytes | None
    json: bytes


class PartWriter:
    """Writes a part. A context manager. ``finish`` puts the file in its place.

    ``holdings`` has the payloads of the shard, for the revisits of any shard. It also has the
    documents of the shard and the links of its records to documents.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        # The name has the process id: a worker whose parent was killed may still be writing.
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
        """Store why the shard must be read again."""
        self._database.execute("INSERT INTO failure VALUES (?)", (why,))

    def finish(self) -> None:
        """Sync the file to disk and put it in its place."""
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
    """Return the counts of a part."""
    return Counter(dict(_rows(part, "SELECT name, count FROM count")))


def failures_of(part: Path) -> list[str]:
    """Return the failures of a part."""
    return [why for (why,) in _rows(part, "SELECT why FROM failure ORDER BY rowid")]


def waits(part: Path) -> bool:
    """Tell whether the part has revisits or links that may need the part of another shard."""
    return any(_rows(part, _WAITS))


def _rows(part: Path, query: str) -> Iterator[Any]:
    uri = f"{part.absolute().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as database:
        yield from database.execute(query)


def encode(kind: str, identity: bytes | None, thing: object) -> Line:
    """Return a record or reject as a line."""
    return Line(kind, identity, msgspec.json.encode(thing))


def merge(lines: Iterable[Line], folder: Path, form: str) -> Counter[str]:
    """Write every line once into the files of a format. Return how many there are of each kind.

    A kind without lines gets a file without rows. Raises ``OSError``.
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
