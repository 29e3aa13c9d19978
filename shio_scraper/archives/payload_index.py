"""Which payloads were captured before, and where: memory for ``revisit`` records."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from dataclasses import astuple, dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from shio_scraper.archives.framed_records import records
from shio_scraper.archives.sources import OPEN, place
from shio_scraper.archives.warc_records import Record, pass_all
from shio_scraper.items import ArchivePosition

_TABLE = """
CREATE TABLE IF NOT EXISTS payloads (
    digest TEXT PRIMARY KEY, url TEXT, date TEXT, folder TEXT,
    file TEXT, offset INTEGER, length INTEGER, record_id TEXT
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class FirstCapture:
    """The first capture of a payload: its ``WARC-Target-URI``, ``WARC-Date``, place and digest."""

    url: str
    date: str
    folder: Path
    position: ArchivePosition
    digest: str


class Kept(NamedTuple):
    """When a response was captured, and what holds its payload; in ``request.meta["kept"]``."""

    fetched_at: datetime
    capture: FirstCapture | None

    @property
    def position(self) -> ArchivePosition | None:
        """Where the payload lies."""
        return self.capture.position if self.capture else None


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
        first = FirstCapture(url, date, Path(folder), position, digest)
        return first if is_there(first) else None

    def add(self, first: FirstCapture) -> None:
        """Remember a payload's first capture."""
        place = astuple(first.position)
        self._database.execute(
            "INSERT OR REPLACE INTO payloads VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (first.digest, first.url, first.date, str(first.folder), *place),
        )

    def close(self) -> None:
        """Close the database; a temporary one is gone."""
        self._database.close()


def refill(index: PayloadIndex, folder: Path) -> None:
    """Add what the closed archive files in ``folder`` captured. Raises ``OSError``."""
    for path in sorted(folder.glob("*.warc.gz")):
        with path.open("rb") as stream:
            for record in records(stream, path.name, pass_all, 0):
                if isinstance(record, Record) and record.fields.get("warc-type") == "response":
                    _add(index, path, record)


def _add(index: PayloadIndex, path: Path, record: Record) -> None:
    fields = record.fields
    first = FirstCapture(
        url=fields.get("warc-target-uri", ""),
        date=fields.get("warc-date", ""),
        folder=path.parent,
        position=place(path, record.offset, record.length, record.record_id),
        digest=fields.get("warc-payload-digest", ""),
    )
    index.add(first)


def is_there(first: FirstCapture) -> bool:
    """Tell whether a capture's file has it still: a run that went on may have cut it off."""
    end = first.position.offset + first.position.length
    file = first.folder / first.position.file
    for path in (file, file.with_name(f"{file.name}{OPEN}")):
        with suppress(FileNotFoundError):
            return path.stat().st_size >= end
    return False
