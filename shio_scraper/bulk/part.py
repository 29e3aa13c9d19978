"""What one shard gave: a SQLite file, there whole or not at all."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from shio_scraper.archives.holdings import Holdings
from shio_scraper.sqlite_file import UNSYNCED

if TYPE_CHECKING:
    from typing import Self

PARTS: Final = ".parts"
"""The folder of the parts, in that of the records."""
_TABLES: Final = """
CREATE TABLE line (kind TEXT, identity BLOB, json BLOB);
CREATE TABLE count (name TEXT PRIMARY KEY, count INTEGER);
CREATE TABLE failure (why TEXT);
"""
_WAITS: Final = "SELECT 1 FROM waiting UNION ALL SELECT 1 FROM link LIMIT 1"


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
        self._database.executescript(UNSYNCED + _TABLES)
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


class Part:
    """A part that is there."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def lines(self) -> Iterator[Line]:
        """Yield its lines, in their order."""
        with closing(self._connect()) as database:
            for row in database.execute("SELECT kind, identity, json FROM line ORDER BY rowid"):
                yield Line(*row)

    def counts(self) -> Counter[str]:
        """Return what was counted."""
        with closing(self._connect()) as database:
            return Counter(dict(database.execute("SELECT name, count FROM count")))

    def failures(self) -> list[str]:
        """Return what failed in it."""
        with closing(self._connect()) as database:
            return [why for (why,) in database.execute("SELECT why FROM failure ORDER BY rowid")]

    def waits(self) -> bool:
        """Tell whether anything waits for another shard: revisits, documents that are linked."""
        with closing(self._connect()) as database:
            return database.execute(_WAITS).fetchone() is not None

    def _connect(self) -> sqlite3.Connection:
        uri = f"{self.path.absolute().as_uri()}?mode=ro&immutable=1"
        return sqlite3.connect(uri, uri=True)


def encode(kind: str, identity: bytes | None, thing: object) -> Line:
    """Return a record or reject as a line."""
    return Line(kind, identity, msgspec.json.encode(thing))
