"""Opens SQLite files, also in a folder that cannot be written to, such as a mounted archive."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final, TypeVar

PRIMARY: Final = 0xFF
"""The mask that leaves the primary code of an extended error code."""
UNSYNCED: Final = "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF;"
"""For a file that is made anew if the process was cut off."""
_REFUSED: Final = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}

Connection = TypeVar("Connection", bound=sqlite3.Connection)


def opened(path: Path, factory: type[Connection], *, timeout: float) -> Connection:
    """Open a file in autocommit mode. Raises ``sqlite3.Error``.

    To read a file with a write-ahead log, SQLite creates another file beside it. If SQLite may not
    do that, the file is opened as immutable, unless changes wait in the log.
    """
    database = sqlite3.connect(path, timeout, isolation_level=None, factory=factory)
    try:
        database.execute("SELECT 1 FROM sqlite_master")
    except sqlite3.OperationalError as error:
        database.close()
        if not path.exists() or error.sqlite_errorcode & PRIMARY not in _REFUSED:
            raise
        log = path.with_name(f"{path.name}-wal")
        if log.exists() and log.stat().st_size:
            raise sqlite3.OperationalError(
                f"the changes in {log.name} must be written first: copy both to a writable folder"
            ) from error
        uri = f"{path.resolve().as_uri()}?immutable=1"
        return sqlite3.connect(uri, isolation_level=None, factory=factory, uri=True)
    return database


def temporary() -> sqlite3.Connection:
    """Open a temporary file in autocommit mode, so that memory does not grow with its content."""
    database = sqlite3.connect("", isolation_level=None)
    database.executescript(UNSYNCED)
    return database
