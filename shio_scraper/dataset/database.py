"""The SQLite file of the state: opens, creates (``tables.sql``), locks and reads it."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from time import monotonic, sleep
from typing import Final, Self

from shio_scraper.sqlite_file import PRIMARY, opened

logger = logging.getLogger(__name__)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNIT: Final = timedelta(microseconds=1)

VERSION: Final = 1
"""``PRAGMA user_version``. A change of the tables needs a new version."""
APPLICATION: Final = 0x5348494F
"""``PRAGMA application_id``: "SHIO". It tells a state from any other SQLite file."""
_SEEN: Final = """
CREATE TEMP VIEW seen AS
SELECT records.id AS record, type, key, versions.id AS version, hash, moment, run
FROM records JOIN versions ON versions.record = records.id
JOIN sightings ON sightings.version = versions.id
"""
_PATIENCE: Final = 300
"""Seconds to wait for another process that is taking in a run."""
_REPORT_EVERY: Final = 30
"""Seconds between two log messages about the wait."""
_AT_ONCE: Final = 5
"""Seconds that SQLite itself waits for a lock."""
_RETRY_AFTER: Final = 0.02
_CACHE: Final = 32 * 1024
"""KiB of pages that SQLite may keep in memory."""
_PAGE: Final = 16_384
"""Bytes of a page of the file. Several articles fill a page with little space left over."""
DAMAGED: Final = "damaged; `scrapy dataset rebuild` makes it anew from the runs"


def to_moment(time: datetime) -> int:
    """Return a time with a zone as a moment: microseconds since 1970.

    >>> to_moment(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return (time - _EPOCH) // _UNIT


def to_time(moment: int) -> datetime:
    """Return a moment as a time in UTC."""
    return _EPOCH + moment * _UNIT


def shown(moment: int) -> str:
    """Return a moment in the form of records: ISO 8601, with ``Z``.

    >>> shown(1_000_000)
    '1970-01-01T00:00:01Z'
    """
    return to_time(moment).isoformat().replace("+00:00", "Z")


class StateError(Exception):
    """Raised if a state cannot be used. The message is one line for the user."""


class ForeignError(StateError):
    """Raised if a file is not a state."""


class Database:
    """The file of a state. Raises ``StateError`` with a message for the user."""

    def __init__(self, path: Path, database: sqlite3.Connection) -> None:
        self.path = path
        self.database = database

    @classmethod
    def open(cls, path: Path, *, create: bool = False) -> Self:
        """Open the state at ``path``. With ``create``, make an empty state if there is none."""
        if not create and not path.exists():
            raise StateError(f"{path}: no state; `scrapy dataset add RUN` makes one")
        try:
            if create:
                path.parent.mkdir(parents=True, exist_ok=True)
            state = cls(path, opened(path, sqlite3.Connection, timeout=_AT_ONCE))
        except OSError as error:
            raise StateError(f"{path}: {error}") from error
        except sqlite3.Error as error:
            raise StateError(f"{path}: {_message_of(error)}") from error
        with state.telling():
            state._prepare(create=create)
        return state

    def close(self) -> None:
        """Close the state."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Raise errors of SQLite as ``StateError``."""
        try:
            yield
        except sqlite3.Error as error:
            raise StateError(f"{self.path}: {_message_of(error)}") from error

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read from one snapshot, whatever other processes take in meanwhile."""
        if self.database.in_transaction:
            yield
            return
        self.database.execute("BEGIN")
        with self.database:
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Write all that the block writes, or nothing. Only one process writes at a time."""
        self._wait_and("BEGIN IMMEDIATE")
        with self.database:
            yield

    def _prepare(self, *, create: bool) -> None:
        (tables,) = self.database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not tables and not self._pragma("application_id"):
            if not create:
                raise StateError(f"{self.path}: {DAMAGED} (the file is empty)")
            self._make()
        version = self._pragma("user_version")
        if self._pragma("application_id") != APPLICATION:
            raise ForeignError(f"{self.path}: not a state of shio-scraper")
        if version > VERSION:
            raise StateError(
                f"{self.path}: a state of version {version}, and this shio-scraper reads up to "
                f"{VERSION}: upgrade it, or make the state anew by `scrapy dataset rebuild`"
            )
        self.database.execute(_SEEN)
        # After the file is opened, because SQLite counts the cache in pages of the file's size.
        self.database.execute(f"PRAGMA cache_size = -{_CACHE}")

    def _make(self) -> None:
        """Create the tables, unless another process just did."""
        self.database.execute(f"PRAGMA page_size = {_PAGE}")
        # SQLite does not wait for a lock here, and two runs may end at once.
        self._wait_and("PRAGMA journal_mode = WAL")
        with self.writing():
            if self._pragma("user_version"):
                return
            self.add_tables()
            self.database.execute(f"PRAGMA application_id = {APPLICATION}")
            self.database.execute(f"PRAGMA user_version = {VERSION}")

    def add_tables(self) -> None:
        """Create the missing tables. A state of version 0.1 lacks some."""
        for statement in (files(__package__) / "tables.sql").read_text("utf-8").split(";\n"):
            self.database.execute(statement)

    def _wait_and(self, statement: str) -> None:
        """Run a statement that needs an exclusive lock.

        While it waits, log so every half minute.
        """
        start = last_message = monotonic()
        while True:
            try:
                self.database.execute(statement)
                break
            except sqlite3.OperationalError as error:
                now = monotonic()
                is_busy = error.sqlite_errorcode & PRIMARY == sqlite3.SQLITE_BUSY
                if not is_busy or now - start > _PATIENCE:
                    raise
            if now - last_message >= _REPORT_EVERY:
                last_message = now
                waited = f"waiting, {now - start:.0f} of {_PATIENCE} seconds so far"
                logger.warning("%s is locked by another process: %s", self.path, waited)
            sleep(_RETRY_AFTER)

    def _pragma(self, name: str) -> int:
        return int(self.database.execute(f"PRAGMA {name}").fetchone()[0])


def _message_of(error: sqlite3.Error) -> str:
    """Return the text of an SQLite error, and how to repair damage."""
    if isinstance(error, sqlite3.OperationalError):
        return str(error)
    return f"{DAMAGED} ({error})"
