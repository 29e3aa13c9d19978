"""The state: what is known of every record, from all runs that were taken in. SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from shio_scraper.dataset.coverage import GONE_AFTER, Coverage, Pass, is_in_sidebar
from shio_scraper.dataset.database import DAMAGED, VERSION, Database, StateError, to_time
from shio_scraper.runs.manifest import Outcome, Scope

_KNOWN: Final = """
SELECT records.key, versions.id, versions.hash,
    (SELECT min(moment) FROM sightings WHERE version = versions.id),
    (SELECT max(moment) FROM sightings WHERE version = versions.id)
FROM records JOIN versions ON versions.record = records.id
WHERE records.type = ?
ORDER BY records.key
"""
_DOCUMENT: Final = """
SELECT json FROM (
    SELECT 0 AS draft, lacks, moment, json FROM documents WHERE version = :version
    UNION ALL
    SELECT 1, lacks, moment, json FROM drafts WHERE version = :version
)
ORDER BY draft, lacks, moment, json LIMIT 1
"""
_FILES: Final = """
SELECT json_extract(json, '$.provenance.archive.file') AS file, count(*)
FROM (SELECT json FROM documents UNION ALL SELECT json FROM drafts) WHERE file IS NOT NULL
GROUP BY file
"""
_NEWEST: Final = """
SELECT versions.id FROM records JOIN versions ON versions.record = records.id
JOIN sightings ON sightings.version = versions.id
WHERE records.key = ? ORDER BY sightings.moment DESC, versions.hash DESC LIMIT 1
"""
_SETTLE: Final = """
INSERT INTO dataset (site) SELECT ? WHERE NOT EXISTS (SELECT * FROM dataset)
"""
__all__ = ["Json", "Known", "State", "StateError", "TakenIn"]

Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TakenIn:
    """A run that was taken in.

    ``unlisted`` are types of which it could not read a list, ``counts`` its records by type.
    """

    name: str
    spider: str
    outcome: Outcome
    reason: str | None
    began: datetime
    ended: datetime | None
    arguments: dict[str, str]
    scope: Scope
    unlisted: list[str]
    counts: dict[str, int]


@dataclass(frozen=True)
class Known:
    """What is known of one record.

    ``json`` is its newest content, as the run that saw it first stored it (an article: the first
    that has its teaser). ``versions`` counts its distinct contents, ``misses`` the complete runs
    since ``last_seen`` that should have seen it. A status or faq record is never ``gone``.
    """

    key: str
    json: str
    first_seen: datetime
    last_seen: datetime
    versions: int
    misses: int
    gone: bool

    @cached_property
    def record(self) -> Json:
        """The fields of ``json``."""
        found: Json = msgspec.json.decode(self.json)
        return found


class _Version(NamedTuple):
    """A content of a record: when it was seen first and last."""

    id: int
    hash: bytes
    first: int
    last: int


class State(Database):
    """An open state. Raises ``StateError`` for what the user must be told.

    >>> with State.open(Path("data/state.db")) as state:  # doctest: +SKIP
    ...     for known in state.records("article"):
    """

    @property
    def site(self) -> str | None:
        """The site that the state is of: ``live``, ``demo`` or an address; ``None`` if empty."""
        with self.telling():
            row = self.database.execute("SELECT site FROM dataset").fetchone()
        return row[0] if row else None

    @property
    def schema_version(self) -> int:
        """The version of the tables."""
        return VERSION

    def runs(self) -> list[TakenIn]:
        """Return the runs that were taken in, in time order."""
        query = (
            "SELECT name, spider, outcome, reason, began, ended, arguments, scope, unlisted, "
            "counts "
            "FROM runs ORDER BY began, name"
        )
        with self.telling():
            return [_taken_in(*row) for row in self.database.execute(query)]

    def keys(self) -> list[str]:
        """Return the keys of all records."""
        with self.telling():
            return [key for (key,) in self.database.execute("SELECT key FROM records")]

    def counts(self) -> dict[str, int]:
        """Return how many records are known, by type."""
        query = "SELECT type, count(*) FROM records GROUP BY type ORDER BY type"
        with self.telling():
            return dict(self.database.execute(query).fetchall())

    def settle(self, site: str) -> None:
        """Say which site a state is of, unless it is said."""
        with self.telling(), self.writing():
            self.database.execute(_SETTLE, (site,))

    def records(self, kind: str, gone_after: int = GONE_AFTER) -> Iterator[Known]:
        """Yield what is known of the records of a type, in key order, as of one moment."""
        with self.telling(), self.snapshot():
            coverage = self.coverage()
            rows = self.database.execute(_KNOWN, (kind,))
            for key, versions in groupby(rows, key=lambda row: row[0]):
                found = [_Version(*version) for _, *version in versions]
                yield self._known(key, found, coverage, gone_after)

    def newest(self, key: str) -> Json | None:
        """Return the fields of a record's newest version; ``None`` where none is known."""
        with self.telling():
            row = self.database.execute(_NEWEST, (key,)).fetchone()
        return self.fields(row[0]) if row else None

    def archives(self) -> Counter[str]:
        """Return the archive files that hold the captures of what is known, how many of each."""
        with self.telling():
            return Counter(dict(self.database.execute(_FILES).fetchall()))

    def templates(self) -> list[tuple[str, bytes]]:
        """Return the templates that runs learnt, digest and JSON of each."""
        return self._young("SELECT digest, json FROM templates ORDER BY digest")

    def reparsed(self) -> set[tuple[int, int]]:
        """Return the versions that differ by the parser alone, each with the one before."""
        return set(self._young("SELECT version, before FROM reparsed"))

    def _young(self, query: str) -> list[Any]:
        """Return what a table holds that a state of 0.1 lacks."""
        with self.telling(), suppress(sqlite3.OperationalError):
            return self.database.execute(query).fetchall()
        return []

    def coverage(self) -> Coverage:
        """Return which runs should have seen what."""
        query = "SELECT name, began, scope, unlisted FROM runs WHERE outcome = 'complete'"
        passes = [
            Pass(name, began, msgspec.json.decode(scope, type=Scope), json.loads(unlisted))
            for name, began, scope, unlisted in self.database.execute(query)
        ]
        return Coverage(passes, self._excused)

    def document(self, version: int) -> str:
        """Return a version as it was stored, as JSON."""
        row = self.database.execute(_DOCUMENT, {"version": version}).fetchone()
        if row is None:
            raise StateError(f"{self.path}: {DAMAGED} (a version without its record)")
        return str(row[0])

    def fields(self, version: int) -> Json:
        """Return the fields of a version."""
        return self._decode(self.document(version))

    def _decode(self, document: str) -> Json:
        try:
            fields: Json = msgspec.json.decode(document)
        except msgspec.MsgspecError as error:
            raise StateError(f"{self.path}: {DAMAGED} ({error})") from error
        return fields

    def _known(
        self, key: str, versions: list[_Version], coverage: Coverage, gone_after: int
    ) -> Known:
        newest = max(versions, key=lambda version: (version.last, version.hash))
        document = self.document(newest.id)
        misses = len(coverage.misses(self._decode(document), newest.last))
        return Known(
            key=key,
            json=document,
            first_seen=to_time(min(version.first for version in versions)),
            last_seen=to_time(newest.last),
            versions=len(versions),
            misses=misses,
            gone=misses >= gone_after and not is_in_sidebar(key),
        )

    def _excused(self, url: str) -> frozenset[str]:
        query = "SELECT name FROM excuses JOIN runs ON runs.id = run WHERE url = ?"
        return frozenset(name for (name,) in self.database.execute(query, (url,)))


def _taken_in(*row: Any) -> TakenIn:
    name, spider, outcome, reason, began, ended, arguments, scope, unlisted, counts = row
    return TakenIn(
        name=name,
        spider=spider,
        outcome=outcome,
        reason=reason,
        began=to_time(began),
        ended=to_time(ended) if ended is not None else None,
        arguments=json.loads(arguments),
        scope=msgspec.json.decode(scope, type=Scope),
        unlisted=json.loads(unlisted),
        counts=json.loads(counts),
    )
