"""The tables of an SQLite frontier: crawls, the part of each, their requests; a site's memory.

The memory outlives the crawls of a site: values by key.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import Final

from shio_scraper.frontier.store import Counts, Crawl, FrontierError, Memo, Part
from shio_scraper.sqlite_file import opened

_VERSION: Final = 1
_PATIENCE: Final = 30.0
"""Seconds to wait for another crawl's transaction."""
_TABLES: Final = """
CREATE TABLE crawls (
    id INTEGER PRIMARY KEY, name TEXT UNIQUE, spider TEXT, arguments TEXT, began TEXT, ended TEXT
);
CREATE TABLE parts (
    crawl INTEGER, folder TEXT, host TEXT, lengths TEXT, stats TEXT,
    PRIMARY KEY (crawl, folder)
);
CREATE TABLE requests (
    crawl INTEGER, id INTEGER, fingerprint BLOB, priority INTEGER, state INTEGER, data BLOB,
    reason TEXT, PRIMARY KEY (crawl, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX known ON requests (crawl, fingerprint) WHERE fingerprint IS NOT NULL;
CREATE INDEX due ON requests (crawl, priority DESC, id) WHERE state = 0;
"""


class State(IntEnum):
    """What became of a request."""

    WAITING = 0
    LEASED = 1
    FAILED = 2
    DONE = 3


class Database(sqlite3.Connection):
    """A frontier's file. ``path`` names it in errors."""

    path: Path | None = None


def connect(path: Path | None) -> Database:
    """Open a frontier's file, new or not. Raises ``FrontierError``.

    ``None`` is one that ends with the process: in memory, until it is large.
    """
    with failing(path):
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(
            path or "", timeout=_PATIENCE, isolation_level=None, factory=Database
        )
        database.path = path
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("PRAGMA cache_size = -16000")  # KiB
        database.execute("PRAGMA wal_autocheckpoint = 16000")  # pages: each syncs the disk
        with transaction(database):
            _create(database)
    return database


def look(path: Path) -> Database:
    """Open a file that is there, also one that cannot be written. Raises ``FrontierError``."""
    with failing(path):
        database = opened(path, Database, timeout=_PATIENCE)
        database.path = path
        version = _version(database)
    if version:
        return database
    database.close()  # left by a crawl that was killed at once
    return connect(path)


@contextmanager
def failing(of: Database | Path | None) -> Iterator[None]:
    """Say in one line what SQLite or the system cannot do."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        what = getattr(error, "strerror", None) or error
        path = of.path if isinstance(of, Database) else of
        raise FrontierError(f"the frontier{f' {path}' if path else ''} fails: {what}") from error


@contextmanager
def transaction(database: Database) -> Iterator[None]:
    """Do all or nothing; others wait. Raises ``FrontierError``."""
    with failing(database):
        database.execute("BEGIN IMMEDIATE")
        with database:
            yield


def crawl_id(database: Database, crawl: Crawl) -> tuple[int, bool]:
    """Return the id of ``crawl``, and whether it began and did not end."""
    database.execute(
        "INSERT INTO crawls (name, spider, arguments) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (crawl.name, crawl.spider, json.dumps(crawl.arguments)),
    )
    found, unfinished = database.execute(
        "SELECT id, began IS NOT NULL AND ended IS NULL FROM crawls WHERE name = ?", (crawl.name,)
    ).fetchone()
    return found, bool(unfinished)


def begin(database: Database, crawl: int) -> None:
    """Begin ``crawl`` anew."""
    forget(database, crawl)
    database.execute("UPDATE crawls SET began = ?, ended = NULL WHERE id = ?", (_now(), crawl))


def forget(database: Database, crawl: int) -> None:
    """Delete the requests and the part of ``crawl``."""
    database.execute("DELETE FROM requests WHERE crawl = ?", (crawl,))
    database.execute("DELETE FROM parts WHERE crawl = ?", (crawl,))


def end(database: Database, crawl: int) -> None:
    """Note that ``crawl`` is complete: its part is no one's to go on with."""
    database.execute("DELETE FROM parts WHERE crawl = ?", (crawl,))
    database.execute("UPDATE crawls SET ended = ? WHERE id = ?", (_now(), crawl))


def part(database: Database, crawl: int) -> Part | None:
    """Return the part of ``crawl``, if it has one."""
    query = "SELECT folder, host, lengths, stats FROM parts WHERE crawl = ?"
    if row := database.execute(query, (crawl,)).fetchone():
        folder, host, *texts = row
        return Part(Path(folder), host, *map(json.loads, texts))
    return None


def save_part(database: Database, crawl: int, part: Part) -> None:
    """Store ``part`` in the place of what was stored."""
    texts = [json.dumps(value) for value in (part.lengths, part.stats)]
    database.execute("DELETE FROM parts WHERE crawl = ?", (crawl,))
    database.execute(
        "INSERT INTO parts VALUES (?, ?, ?, ?, ?)",
        (crawl, str(part.folder), part.host, *texts),
    )


def counts(database: Database, crawl: int) -> Counts:
    """Count the requests of ``crawl``."""
    query = "SELECT state, count(*) FROM requests WHERE crawl = ? GROUP BY state"
    found = {State(state): count for state, count in database.execute(query, (crawl,))}
    return Counts(**{state.name.lower(): found.get(state, 0) for state in State})


def _version(database: Database) -> int:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version > _VERSION:
        raise FrontierError(
            f"the frontier is of a newer version ({version}): update shio-scraper, "
            "or name another file with SHIO_FRONTIER"
        )
    return int(version)


def _create(database: Database) -> None:
    if _version(database) == 0:
        for statement in _TABLES.split(";"):
            database.execute(statement)
        database.execute(f"PRAGMA user_version = {_VERSION}")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


_BATCH: Final = 500
"""Rows that are read at once: what is due may be all that is remembered."""
_MEMORY: Final = """
CREATE TABLE IF NOT EXISTS memory (
    site TEXT, key TEXT, value BLOB, due INTEGER, PRIMARY KEY (site, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS due_again ON memory (site, due, key) WHERE due IS NOT NULL
"""
_DUE: Final = """
SELECT due, key, value FROM memory
WHERE site = ?1 AND due IS NOT NULL AND (due, key) > (?2, ?3) ORDER BY due, key LIMIT ?4
"""


def create_memory(database: Database) -> None:
    """Make the table, where there is none. Raises ``FrontierError``, as all of these do."""
    with transaction(database):
        for statement in _MEMORY.split(";"):
            database.execute(statement)


def remember(database: Database, site: str, memos: Mapping[str, Memo]) -> None:
    """Put ``memos`` in the place of what is there; within a transaction."""
    rows = [(site, key, *memo) for key, memo in memos.items()]
    database.executemany("INSERT OR REPLACE INTO memory VALUES (?, ?, ?, ?)", rows)


def sight(database: Database, site: str, memos: Mapping[str, Memo]) -> None:
    """Add ``memos`` where nothing is there; within a transaction."""
    rows = [(site, key, *memo) for key, memo in memos.items()]
    database.executemany("INSERT OR IGNORE INTO memory VALUES (?, ?, ?, ?)", rows)


def memos(database: Database, site: str, keys: Iterable[str]) -> dict[str, Memo]:
    """Return what is remembered under ``keys``."""
    query, found = "SELECT value, due FROM memory WHERE site = ? AND key = ?", {}
    with failing(database):
        for key in keys:
            if row := database.execute(query, (site, key)).fetchone():
                found[key] = Memo(*row)
    return found


def due(database: Database, site: str, since: int) -> Iterator[tuple[str, bytes]]:
    """Yield key and value of what is due at ``since`` or later, the least first."""
    last = (since, "")
    while True:
        with failing(database):
            rows = database.execute(_DUE, (site, *last, _BATCH)).fetchall()
        for number, key, value in rows:
            last = (number, key)
            yield key, value
        if len(rows) < _BATCH:
            return
