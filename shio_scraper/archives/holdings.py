"""What archives hold: the payloads that ``revisit`` records refer to, and the linked documents.

The places are stored in a file, so memory does not grow with their number.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from shio_scraper.addresses import names_document
from shio_scraper.archives.sources import Source
from shio_scraper.items import (
    ArchivePosition,
    Article,
    Event,
    Language,
    PressConference,
    RecordType,
    Remark,
    leads_of,
)
from shio_scraper.sqlite_file import temporary

_TABLES: Final = """
CREATE TABLE original (
    record_id TEXT, path BLOB, inner TEXT, file TEXT, offset INTEGER, length INTEGER,
    digest TEXT, url TEXT, date TEXT
);
CREATE TABLE waiting (
    record_id TEXT, path BLOB, inner TEXT, file TEXT, offset INTEGER, length INTEGER
);
CREATE TABLE link (url TEXT, key TEXT, language TEXT, PRIMARY KEY (url, key)) WITHOUT ROWID;
CREATE TABLE document (
    record_id TEXT, path BLOB, inner TEXT, file TEXT, offset INTEGER, length INTEGER,
    url TEXT
);
"""
_INDEXES: Final = (
    "CREATE INDEX by_record_id ON original (record_id)",
    "CREATE INDEX by_digest ON original (digest)",
    "CREATE INDEX by_url ON original (url, date)",
)
"""The indexes are created at the first lookup for a revisit, because most archives hold none."""
_WAYS: Final = (
    ("record_id = ?", ("record_id",)),
    ("digest = ?", ("digest",)),
    ("url = ? AND date = ?", ("url", "date")),
)
"""The ways in which a revisit names its original record, the most reliable way first."""
_LINKED: Final = """
SELECT document.*, min(language), json_group_array(key) FROM document JOIN link USING (url)
GROUP BY document.rowid ORDER BY document.rowid
"""
_PLACE: Final = 6
"""Number of columns of a place. They are the first columns of a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names that identify the first capture of a payload. The digest is in its normal form."""

    record_id: str | None = None
    digest: str | None = None
    url: str | None = None
    date: str | None = None

    def __str__(self) -> str:
        at = f"{self.url} at {self.date}" if self.url and self.date else None
        return ", ".join(filter(None, (self.record_id, self.digest, at))) or "nothing"


@dataclass(frozen=True, slots=True)
class Original:
    """The place of a record with its own payload, or of a revisit that waits for its payload."""

    source: Source
    position: ArchivePosition


class Linked(NamedTuple):
    """A document in an archive, with the language and the keys of the records that link to it."""

    place: Original
    language: Language
    keys: list[str]


class Holdings:
    """The places of payloads and documents, the links to documents, and the revisits that wait.

    Without a ``database``, a temporary file is used. Raises ``sqlite3.Error`` if the file cannot
    be written.
    """

    def __init__(self, database: sqlite3.Connection | None = None) -> None:
        self._database = database or temporary()
        self._database.executescript(_TABLES)
        self._is_indexed = False

    def add(self, original: Original, names: Names) -> None:
        """Store the place of a payload."""
        row = (*_row(original, names.record_id), names.digest, names.url, names.date)
        self._database.execute("INSERT INTO original VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def find(self, names: Names) -> Original | None:
        """Return the record that a revisit refers to, if it was added before."""
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

    def wait(self, revisit: Original) -> None:
        """Store the place of a revisit until all archives are read."""
        row = _row(revisit, revisit.position.record_id)
        self._database.execute("INSERT INTO waiting VALUES (?, ?, ?, ?, ?, ?)", row)

    def waiting(self) -> Iterator[Original]:
        """Yield the places of the revisits that wait, in the order in which they were added."""
        yield from map(_original, self._database.execute("SELECT * FROM waiting ORDER BY rowid"))

    def add_document(self, url: str, document: Original) -> None:
        """Store the place of a document, or of a revisit of one, under its canonical address."""
        row = (*_row(document, document.position.record_id), url)
        self._database.execute("INSERT INTO document VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def note(self, record: RecordType | Remark) -> None:
        """Store which documents a record links to."""
        if isinstance(record, Article | Event | PressConference):
            links = leads_of(record)
            urls = {link.url for link in links if names_document(link.url)}
            rows = [(url, record.key, record.language) for url in urls]
            self._database.executemany("INSERT OR IGNORE INTO link VALUES (?, ?, ?)", rows)

    def keys(self, url: str) -> list[str]:
        """Return the keys of the records that link to a document."""
        rows = self._database.execute("SELECT key FROM link WHERE url = ?", (url,))
        return [key for (key,) in rows]

    def linked(self) -> Iterator[Linked]:
        """Yield the documents that records link to, in the order of the archives."""
        for row in self._database.execute(_LINKED):
            *_, language, keys = row
            yield Linked(_original(row), language, msgspec.json.decode(keys, type=list[str]))

    def take(self, other: Path) -> None:
        """Add all that another file of holdings has, including the revisits that wait."""
        self._database.execute("ATTACH ? AS other", (str(other),))
        self._database.execute("INSERT OR IGNORE INTO link SELECT * FROM other.link")
        for table in ("original", "waiting", "document"):
            self._database.execute(
                f"INSERT INTO {table} SELECT * FROM other.{table} ORDER BY rowid"  # noqa: S608
            )
        self._database.execute("DETACH other")

    def close(self) -> None:
        """Close the file. A temporary file is deleted."""
        self._database.close()


def _row(original: Original, record_id: str | None) -> tuple[Any, ...]:
    source, at = original.source, original.position
    return record_id, bytes(source.path), source.inner, at.file, at.offset, at.length


def _original(row: tuple[Any, ...]) -> Original:
    record_id, path, inner, file, offset, length = row[:_PLACE]
    position = ArchivePosition(file=file, offset=offset, length=length, record_id=record_id)
    return Original(Source(Path(os.fsdecode(path)), inner), position)
