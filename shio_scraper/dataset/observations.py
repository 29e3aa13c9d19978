"""What a run saw → the state's rows."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from shio_scraper.runs.content import content_names, is_same, stored_content_hash

_FIND: Final = """
SELECT records.id, versions.id
FROM records LEFT JOIN versions ON versions.record = records.id AND versions.hash = ?
WHERE records.type = ? AND records.key = ?
"""
_SIGHT: Final = "INSERT OR IGNORE INTO sightings (version, moment, run) VALUES (?, ?, ?)"
_DOCUMENT: Final = """
INSERT INTO documents (version, lacks, moment, json) VALUES (?, ?, ?, ?)
ON CONFLICT (version)
DO UPDATE SET lacks = excluded.lacks, moment = excluded.moment, json = excluded.json
WHERE (excluded.lacks, excluded.moment, excluded.json) < (lacks, moment, json)
"""
_DRAFT: Final = """
INSERT INTO drafts (run, version, lacks, moment, json) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (version, run)
DO UPDATE SET lacks = excluded.lacks, moment = excluded.moment, json = excluded.json
WHERE (excluded.lacks, excluded.moment, excluded.json) < (lacks, moment, json)
"""
_NEWEST: Final = """
SELECT sightings.moment, versions.hash, versions.id, sightings.run
FROM versions
JOIN documents ON documents.version = versions.id
JOIN sightings ON sightings.version = versions.id
WHERE versions.record = ?
ORDER BY sightings.moment DESC, versions.hash DESC LIMIT 1
"""
_BEFORE: Final = """
SELECT documents.version, documents.json, runs.name, runs.scope,
    (SELECT scope FROM runs WHERE id = ?)
FROM documents JOIN runs ON runs.id = ?
WHERE documents.version = ?
"""
_FORGET: Final = (
    "DELETE FROM sightings WHERE run = :run",
    "DELETE FROM drafts WHERE run = :run",
    "DELETE FROM runs WHERE id = :run",
    """DELETE FROM reparsed
       WHERE NOT EXISTS (SELECT 1 FROM sightings WHERE version = reparsed.version)""",
    """DELETE FROM versions
       WHERE NOT EXISTS (SELECT 1 FROM sightings WHERE version = versions.id)""",
    """DELETE FROM records
       WHERE NOT EXISTS (SELECT 1 FROM versions WHERE record = records.id)""",
)


_CHANGING: Final = 1_000
"""Records whose newest sighting is held in memory."""
Reread: TypeAlias = Callable[[str, Mapping[str, Any], Mapping[str, Any]], bool]
"""Tells, of a run's name, its record and a newer one, whether the parser alone makes them two."""


class Observations:
    """Adds what a run saw, within a transaction; ``counts`` tells what was new in it.

    What an unfinished run saw stays apart, so that it can be taken back.
    """

    def __init__(
        self, database: sqlite3.Connection, run: int, reread: Reread | None, *, unfinished: bool
    ) -> None:
        self._reread = reread
        self.counts: Counter[str] = Counter()
        self._database = database
        self._run = run
        self._unfinished = unfinished
        self._newest: OrderedDict[int, tuple[int, bytes, int, int]] = OrderedDict()
        """Of records that changed last: moment, hash, version and run of the newest sighting."""

    def add(self, fields: dict[str, Any], moment: int) -> None:
        """Add a record that was seen at ``moment``. Raises ``KeyError`` for an unknown type."""
        digest = stored_content_hash(fields)
        record, version = self._version(fields, digest)
        self._database.execute(_SIGHT, (version, moment, self._run))
        document = (version, _lacks(fields), moment, msgspec.json.encode(fields).decode())
        if self._unfinished:
            self._database.execute(_DRAFT, (self._run, *document))
        else:
            self._database.execute(_DOCUMENT, document)
            sighting = (moment, digest, version, self._run)
            if sighting[:2] > self._newest.get(record, sighting)[:2]:
                self._newest[record] = sighting
        self.counts[fields["type"]] += 1

    def _version(self, fields: dict[str, Any], digest: bytes) -> tuple[int, int]:
        """Return the ids of the record and of its content, new or known."""
        identity = (fields["type"], fields["key"])
        found: tuple[int | None, int | None] | None = self._one(_FIND, (digest, *identity))
        record, version = found or (None, None)
        if record is not None and version is not None:
            return record, version
        if record is None:
            self.counts["new"] += 1
            record = self._insert("INSERT INTO records (type, key) VALUES (?, ?)", identity)
            newest = None
        else:
            newest = self._before(record)
        version = self._insert(
            "INSERT INTO versions (record, hash) VALUES (?, ?)", (record, digest)
        )
        if newest:
            self._compare(version, fields, *newest)
        return record, version

    def _before(self, record: int) -> Any:
        """Return the newest version of a record, and the run that saw it; ``None`` where none did.

        To find it all sightings are looked at: once, where a record changes many times in a run.
        """
        found = self._newest.pop(record, None) or self._one(_NEWEST, (record,))
        if found is None:
            return None
        self._newest[record] = found
        if len(self._newest) > _CHANGING:
            self._newest.popitem(last=False)
        _, _, version, run = found
        return self._one(_BEFORE, (self._run, run, version))

    def _compare(
        self, version: int, fields: dict[str, Any], before: int, text: str, run: str, *scopes: str
    ) -> None:
        """Count new content as a change, unless a run withheld what differs, or read otherwise."""
        withheld = {n for scope in scopes for n in json.loads(scope).get("withheld", ())}
        old, names = msgspec.json.decode(text), content_names(fields["type"])
        if all(is_same(n, old, fields) for n in names if n not in withheld):
            return
        is_reparsed = (
            self._reread is not None
            and _parser(old) != _parser(fields)
            and self._reread(run, old, fields)
        )
        self.counts["reparsed" if is_reparsed else "changed"] += 1
        if is_reparsed:
            self._insert("INSERT INTO reparsed VALUES (?, ?)", (version, before))

    def _one(self, query: str, values: tuple[Any, ...]) -> Any:
        return self._database.execute(query, values).fetchone()

    def _insert(self, statement: str, values: tuple[Any, ...]) -> int:
        return int(self._database.execute(statement, values).lastrowid or 0)


def _parser(fields: dict[str, Any]) -> Any:
    return fields["provenance"]["parser"]


def forget(database: sqlite3.Connection, run: int) -> None:
    """Take back all that an unfinished run said: its files may have been cut since."""
    for statement in _FORGET:
        database.execute(statement, {"run": run})


def _lacks(fields: dict[str, Any]) -> int:
    return int("teaser" in fields and fields["teaser"] is None)
