"""Which payloads were captured before, and where: memory for ``revisit`` records."""

from __future__ import annotations

import sqlite3
from dataclasses import astuple, dataclass
from pathlib import Path

from shio_scraper.archives.places import OPEN
from shio_scraper.items import ArchivePosition

_TABLE = """
CREATE TABLE IF NOT EXISTS payloads (
    digest TEXT PRIMARY KEY, url TEXT, date TEXT, folder TEXT,
    file TEXT, offset INTEGER, length INTEGER, record_id TEXT
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class FirstCapture:
    """The first capture of a payload: its ``WARC-Target-URI``, ``WARC-Date`` and place."""

    url: str
    date: str
    folder: Path
    position: ArchivePosition


class PayloadIndex:
    """Payload digest → first capture, on disk: memory does not grow with the captures.

    Without a path it lies in a temporary file and knows the run's own captures; with one
    it outlives the run, and several runs may use it at once. Raises ``sqlite3.Error``.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._database = sqlite3.connect(path or "", timeout=30, isolation_level=None)
        self._database.execute(
            "PRAGMA synchronous = OFF" if path is None else "PRAGMA journal_mode = WAL"
        )
        self._database.execute(_TABLE)

    def find(self, digest: str) -> FirstCapture | None:
        """Return the first capture of a payload, unless its file is gone."""
        query = "SELECT * FROM payloads WHERE digest = ?"
        row = self._database.execute(query, (digest,)).fetchone()
        if row is None:
            return None
        _, url, date, folder, file, offset, length, record_id = row
        position = ArchivePosition(file=file, offset=offset, length=length, record_id=record_id)
        first = FirstCapture(url, date, Path(folder), position)
        return first if _is_there(first) else None

    def add(self, digest: str, first: FirstCapture) -> None:
        """Remember a payload's first capture."""
        place = astuple(first.position)
        self._database.execute(
            "INSERT OR REPLACE INTO payloads VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (digest, first.url, first.date, str(first.folder), *place),
        )

    def close(self) -> None:
        """Close the database; a temporary one is gone."""
        self._database.close()


def _is_there(first: FirstCapture) -> bool:
    file = first.folder / first.position.file
    return file.exists() or file.with_name(f"{file.name}{OPEN}").exists()
