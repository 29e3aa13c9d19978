"""Where the payloads lie that ``revisit`` records refer to, and which revisits still wait."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from shio_scraper.archives.sources import Source
from shio_scraper.items import ArchivePosition

_FAST = "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF;"
_TABLES = """
CREATE TABLE original (
    record_id TEXT, digest TEXT, url TEXT, date TEXT,
    path BLOB, inner TEXT, file TEXT, offset INTEGER, length INTEGER
);
CREATE TABLE waiting (revisit BLOB);
"""
_INDEXES = (
    "CREATE INDEX by_record_id ON original (record_id)",
    "CREATE INDEX by_digest ON original (digest)",
    "CREATE INDEX by_url ON original (url, date)",
)
"""Made when the first revisit asks: most archives hold none."""
_WAYS = (
    ("record_id = ?", ("record_id",)),
    ("digest = ?", ("digest",)),
    ("url = ? AND date = ?", ("url", "date")),
)
"""How a revisit names its original, the surest way first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What a payload's first capture is known by; the digest in its normal form."""

    record_id: str | None = None
    digest: str | None = None
    url: str | None = None
    date: str | None = None

    def __str__(self) -> str:
        at = f"{self.url} at {self.date}" if self.url and self.date else None
        return ", ".join(filter(None, (self.record_id, self.digest, at))) or "nothing"


@dataclass(frozen=True, slots=True)
class Original:
    """A record with a payload of its own, and where it lies."""

    source: Source
    position: ArchivePosition


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisit:
    """A capture whose payload is another record's. ``where`` names its place to the user.

    ``path`` is the archive that it lies in; ``file`` and ``offset``, where it says so, tell where
    the other record does.
    """

    where: str
    path: str
    url: str
    fetched_url: str
    fetched_at: datetime | None
    status: int | None
    refers_to: Names
    file: str | None = None
    offset: int = 0


class Originals:
    """The portal's records with payloads, in a file: memory does not grow with them.

    Without a ``database`` the file is a temporary one. Raises ``sqlite3.Error`` where it
    cannot be written.
    """

    def __init__(self, database: sqlite3.Connection | None = None) -> None:
        self._database = database or sqlite3.connect("", isolation_level=None)
        if database is None:
            self._database.executescript(_FAST)
        self._database.executescript(_TABLES)
        self._is_indexed = False

    def add(self, original: Original, names: Names) -> None:
        """Remember where a payload lies."""
        source, at = original.source, original.position
        named = (names.record_id, names.digest, names.url, names.date)
        place = (bytes(source.path), source.inner, at.file, at.offset, at.length)
        self._database.execute(
            "INSERT INTO original VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*named, *place)
        )

    def find(self, names: Names) -> Original | None:
        """Return the record that a revisit refers to, if it was seen."""
        if not self._is_indexed:
            for index in _INDEXES:
                self._database.execute(index)
            self._is_indexed = True
        for condition, fields in _WAYS:
            values = [getattr(names, field) for field in fields]
            query = f"SELECT * FROM original WHERE {condition} ORDER BY rowid LIMIT 1"  # noqa: S608
            row = self._database.execute(query, values).fetchone() if all(values) else None
            if row:
                return _original(row)
        return None

    def wait(self, revisit: Revisit) -> None:
        """Keep a revisit until all is read."""
        self._database.execute("INSERT INTO waiting VALUES (?)", (msgspec.json.encode(revisit),))

    def waiting(self) -> Iterator[Revisit]:
        """Yield the revisits that were kept, in their order."""
        for (revisit,) in self._database.execute("SELECT revisit FROM waiting ORDER BY rowid"):
            yield msgspec.json.decode(revisit, type=Revisit)

    def take(self, database: Path) -> None:
        """Add what another database holds, its waiting revisits too."""
        self._database.execute("ATTACH ? AS other", (str(database),))
        self._database.execute("INSERT INTO original SELECT * FROM other.original ORDER BY rowid")
        self._database.execute("INSERT INTO waiting SELECT * FROM other.waiting ORDER BY rowid")
        self._database.execute("DETACH other")

    def close(self) -> None:
        """Close the file; a temporary one is gone."""
        self._database.close()


def _original(row: tuple[str, str, str, str, bytes, str, str, int, int]) -> Original:
    record_id, _, _, _, path, inner, file, offset, length = row
    position = ArchivePosition(file=file, offset=offset, length=length, record_id=record_id)
    return Original(Source(Path(os.fsdecode(path)), inner), position)
