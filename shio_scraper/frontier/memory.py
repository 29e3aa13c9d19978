"""What outlives the crawls of a site, in an SQLite frontier: values by key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from shio_scraper.frontier.store import Memo
from shio_scraper.frontier.tables import Database, failing, transaction

_BATCH: Final = 500
"""Rows that are read at once: what is due may be all that is remembered."""
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS memory (
    site TEXT, key TEXT, value BLOB, due INTEGER, PRIMARY KEY (site, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS due_again ON memory (site, due, key) WHERE due IS NOT NULL
"""
_DUE: Final = """
SELECT due, key, value FROM memory
WHERE site = ?1 AND due IS NOT NULL AND (due, key) > (?2, ?3) ORDER BY due, key LIMIT ?4
"""


def create(database: Database) -> None:
    """Make the table, where there is none. Raises ``FrontierError``, as all of these do."""
    with transaction(database):
        for statement in _TABLES.split(";"):
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
