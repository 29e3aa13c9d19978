"""Which documents records link, and where archives hold them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from shio_scraper.addresses import names_document
from shio_scraper.archives.originals import Original, Revisit
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

_FAST = "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF;"
_TABLES = """
CREATE TABLE link (url TEXT, key TEXT, language TEXT, PRIMARY KEY (url, key)) WITHOUT ROWID;
CREATE TABLE document (
    url TEXT, revisit BLOB,
    path BLOB, inner TEXT, file TEXT, offset INTEGER, length INTEGER, record_id TEXT
);
"""
_LINKED = """
SELECT document.*, min(language), json_group_array(key) FROM document JOIN link USING (url)
GROUP BY document.rowid ORDER BY document.rowid
"""


class Linked(NamedTuple):
    """A document in an archive, or a revisit of one; the language of who links it, their keys."""

    original: Original | Revisit
    language: Language
    keys: list[str]


class Documents:
    """Documents by their canonical addresses, in a file: memory does not grow with them.

    Without a ``database`` the file is a temporary one. Raises ``sqlite3.Error`` where it
    cannot be written.
    """

    def __init__(self, database: sqlite3.Connection | None = None) -> None:
        self._database = database or sqlite3.connect("", isolation_level=None)
        if database is None:
            self._database.executescript(_FAST)
        self._database.executescript(_TABLES)

    def note(self, record: RecordType | Remark) -> None:
        """Note which documents a record links."""
        if isinstance(record, Article | Event | PressConference):
            links = leads_of(record)
            urls = {link.url for link in links if names_document(link.url)}
            rows = [(url, record.key, record.language) for url in urls]
            self._database.executemany("INSERT OR IGNORE INTO link VALUES (?, ?, ?)", rows)

    def keys(self, url: str) -> list[str]:
        """Return the keys of the records that link a document."""
        rows = self._database.execute("SELECT key FROM link WHERE url = ?", (url,))
        return [key for (key,) in rows]

    def add(self, url: str, source: Source, at: ArchivePosition) -> None:
        """Note where an archive holds a document."""
        place = (bytes(source.path), source.inner, at.file, at.offset, at.length, at.record_id)
        self._database.execute(
            "INSERT INTO document VALUES (?, NULL, ?, ?, ?, ?, ?, ?)", (url, *place)
        )

    def revisit(self, url: str, revisit: Revisit) -> None:
        """Note that an archive tells of a document which another record holds."""
        row = url, msgspec.json.encode(revisit)
        self._database.execute("INSERT INTO document (url, revisit) VALUES (?, ?)", row)

    def linked(self) -> Iterator[Linked]:
        """Yield the documents of archives that records link, in the order of the archives."""
        for row in self._database.execute(_LINKED):
            _, revisit, path, inner, *place, language, keys = row
            if revisit:
                original: Original | Revisit = msgspec.json.decode(revisit, type=Revisit)
            else:
                file, offset, length, record_id = place
                at = ArchivePosition(file=file, offset=offset, length=length, record_id=record_id)
                original = Original(Source(Path(os.fsdecode(path)), inner), at)
            yield Linked(original, language, msgspec.json.decode(keys, type=list[str]))

    def take(self, database: Path) -> None:
        """Add what another database holds."""
        self._database.execute("ATTACH ? AS other", (str(database),))
        self._database.execute("INSERT OR IGNORE INTO link SELECT * FROM other.link")
        self._database.execute("INSERT INTO document SELECT * FROM other.document ORDER BY rowid")
        self._database.execute("DETACH other")

    def close(self) -> None:
        """Close the file; a temporary one is gone."""
        self._database.close()
