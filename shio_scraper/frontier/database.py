"""The SQLite file of a frontier: crawls, their parts and requests, and the memory of each site.

The memory maps keys to values. It outlives the crawls of a site.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import Any, Final, Self, TypeAlias

from shio_scraper import runs
from shio_scraper.frontier.codec import url_of
from shio_scraper.frontier.store import Counts, Crawl, CrawlState, FrontierError, Memo, Part
from shio_scraper.sqlite_file import opened

_VERSION: Final = 1
_PATIENCE: Final = 30.0
"""Seconds to wait for the transaction of another crawl."""
_TABLES: Final = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS crawls (
    id INTEGER PRIMARY KEY, name TEXT UNIQUE, spider TEXT, arguments TEXT, began TEXT, ended TEXT
);
CREATE TABLE IF NOT EXISTS parts (
    crawl INTEGER, folder TEXT, host TEXT, lengths TEXT, stats TEXT,
    PRIMARY KEY (crawl, folder)
);
CREATE TABLE IF NOT EXISTS requests (
    crawl INTEGER, id INTEGER, fingerprint BLOB, priority INTEGER, state INTEGER, data BLOB,
    reason TEXT, PRIMARY KEY (crawl, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS known
    ON requests (crawl, fingerprint) WHERE fingerprint IS NOT NULL;
CREATE INDEX IF NOT EXISTS due ON requests (crawl, priority DESC, id) WHERE state = 0;
CREATE TABLE IF NOT EXISTS memory (
    site TEXT, key TEXT, value BLOB, due INTEGER, PRIMARY KEY (site, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS due_again ON memory (site, due, key) WHERE due IS NOT NULL;
PRAGMA user_version = {_VERSION};
COMMIT
"""

Failed: TypeAlias = Callable[[FrontierError], None]
"""A function that is called with an error before the error is raised."""


class State(IntEnum):
    """The state of a request."""

    WAITING = 0
    LEASED = 1
    FAILED = 2
    DONE = 3


class Database(sqlite3.Connection):
    """The file of a frontier. Error messages name its ``path``.

    It is also the keeper with which ``scrapy frontier`` shows and changes crawls. All methods raise
    ``FrontierError``.
    """

    path: Path | None = None
    failed: Failed = staticmethod(lambda _: None)

    @classmethod
    def at(cls, path: Path | None) -> Self:
        """Open a file, and create it if needed. Without a path, the data ends with the process.

        Such data is in memory; if it becomes large, SQLite moves it to a temporary file.
        """
        with _failing(path):
            if path:
                path.parent.mkdir(parents=True, exist_ok=True)
            database = sqlite3.connect(
                path or "", timeout=_PATIENCE, isolation_level=None, factory=cls
            )
            database.path = path
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            database.execute("PRAGMA cache_size = -16000")  # KiB
            database.execute("PRAGMA wal_autocheckpoint = 16000")  # pages: each syncs the disk
            _version(database)
            database.executescript(_TABLES)
        return database

    @classmethod
    def look(cls, path: Path) -> Self:
        """Open an existing file, even if it is read-only."""
        if not path.exists():
            raise FrontierError(f"no frontier at {path}: no crawl left one")
        with _failing(path):
            database = opened(path, cls, timeout=_PATIENCE)
            database.path = path
            if _version(database):
                return database
        database.close()  # an empty file, left by a crawl that was killed at once
        return cls.at(path)

    def failing(self) -> AbstractContextManager[None]:
        """Turn an error of SQLite into a ``FrontierError`` with a message of one line."""
        return _failing(self.path, self.failed)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a transaction. Other crawls that write wait for it."""
        with self.failing():
            self.execute("BEGIN IMMEDIATE")
            with self:
                yield

    def ask(self, query: str, *values: Any) -> list[Any]:
        """Return the rows that ``query`` gives."""
        with self.failing():
            return self.execute(query, values).fetchall()

    def crawls(self) -> Iterator[CrawlState]:
        """Yield the crawls, the newest first."""
        for number, name, spider, arguments, began, ended in self.ask(
            "SELECT id, name, spider, arguments, began, ended FROM crawls "
            "WHERE began IS NOT NULL ORDER BY began DESC, id DESC"
        ):
            part = self.part(number)
            failed = self.ask(
                "SELECT data, reason FROM requests WHERE crawl = ? AND state = 2 ORDER BY id",
                number,
            )
            yield CrawlState(
                crawl=Crawl(name, spider, json.loads(arguments)),
                began=datetime.fromisoformat(began),
                ended=datetime.fromisoformat(ended) if ended else None,
                counts=self.counts(number),
                part=part,
                is_running=part is not None and runs.is_locked(part.folder),
                failures=[(url_of(data), reason) for data, reason in failed],
            )

    def requeue(self, crawl: Crawl) -> int:
        """Make the failed requests of a crawl due again, and return how many there are."""
        with self.transaction():
            number = self.number(crawl)
            again = "UPDATE requests SET state = 0, reason = NULL WHERE crawl = ? AND state = 2"
            if changed := self.execute(again, (number,)).rowcount:
                self.execute("UPDATE crawls SET ended = NULL WHERE id = ?", (number,))
        return changed

    def clear(self, crawl: Crawl) -> None:
        """Delete a crawl with its requests."""
        with self.transaction():
            number = self.number(crawl)
            self._forget(number)
            self.execute("DELETE FROM crawls WHERE id = ?", (number,))

    def number(self, crawl: Crawl) -> int:
        """Return the id of ``crawl``; 0 if it never began."""
        rows = self.ask("SELECT id FROM crawls WHERE name = ?", crawl.name)
        return rows[0][0] if rows else 0

    def open_crawl(self, crawl: Crawl, *, fresh: bool) -> int:
        """Return the id of ``crawl``. Begin it anew if ``fresh``, or if it was not cut off.

        This method, and each method below that changes something, needs a transaction.
        """
        self.ask(
            "INSERT INTO crawls (name, spider, arguments) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            crawl.name, crawl.spider, json.dumps(crawl.arguments),
        )  # fmt: skip
        number = self.number(crawl)
        cut_off = "SELECT 1 FROM crawls WHERE id = ? AND began IS NOT NULL AND ended IS NULL"
        if fresh or not self.ask(cut_off, number):
            self._forget(number)
            self.set_times(number, began=datetime.now(UTC))
        return number

    def set_times(
        self, number: int, *, began: datetime | None = None, ended: datetime | None = None
    ) -> None:
        """Store when a crawl ended, or when it began. A beginning deletes the time of the end."""
        times = [time and time.isoformat(timespec="seconds") for time in (began, ended)]
        self.ask(
            "UPDATE crawls SET began = coalesce(?, began), ended = ? WHERE id = ?", *times, number
        )

    def part(self, number: int) -> Part | None:
        """Return the part of a crawl that was cut off or runs; ``None`` for any other crawl."""
        rows = self.ask("SELECT folder, host, lengths, stats FROM parts WHERE crawl = ?", number)
        for folder, host, *texts in rows:
            return Part(Path(folder), host, *map(json.loads, texts))
        return None

    def save_part(self, number: int, part: Part | None) -> None:
        """Replace the stored part of a crawl; ``None`` deletes it."""
        self.ask("DELETE FROM parts WHERE crawl = ?", number)
        if part:
            texts = [json.dumps(value) for value in (part.lengths, part.stats)]
            row = (number, str(part.folder), part.host, *texts)
            self.ask("INSERT INTO parts VALUES (?, ?, ?, ?, ?)", *row)

    def counts(self, number: int) -> Counts:
        """Count the requests of a crawl by state."""
        query = "SELECT state, count(*) FROM requests WHERE crawl = ? GROUP BY state"
        rows = self.ask(query, number)
        return Counts(**{State(state).name.lower(): count for state, count in rows})

    def remember(self, site: str, memos: Mapping[str, Memo], *, anew: bool = True) -> None:
        """Store ``memos`` in a site's memory. Existing keys are replaced only if ``anew``."""
        how = "REPLACE" if anew else "INSERT OR IGNORE"
        insert = f"{how} INTO memory VALUES (?, ?, ?, ?)"
        self.executemany(insert, [(site, key, *memo) for key, memo in memos.items()])

    def memo(self, site: str, key: str) -> Memo | None:
        """Return the memo of a site under ``key``; ``None`` if there is none."""
        rows = self.ask("SELECT value, due FROM memory WHERE site = ? AND key = ?", site, key)
        return Memo(*rows[0]) if rows else None

    def due(self, site: str, since: int) -> list[tuple[str, bytes]]:
        """Return key and value of the memos with a ``due`` of at least ``since``, sorted by it."""
        query = "SELECT key, value FROM memory WHERE site = ? AND due >= ? ORDER BY due, key"
        return self.ask(query, site, since)

    def _forget(self, number: int) -> None:
        self.save_part(number, None)
        self.ask("DELETE FROM requests WHERE crawl = ?", number)


def _version(database: Database) -> int:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version > _VERSION:
        raise FrontierError(
            f"the frontier is of a newer version ({version}): update shio-scraper, "
            "or name another file with SHIO_FRONTIER"
        )
    return int(version)


@contextmanager
def _failing(path: Path | None, failed: Failed = lambda _: None) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        what = getattr(error, "strerror", None) or error
        failure = FrontierError(f"the frontier{f' {path}' if path else ''} fails: {what}")
        failed(failure)
        raise failure from error
