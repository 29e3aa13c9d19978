"""The state: all that is known of every record from the runs that were taken in. In SQLite."""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache
from itertools import groupby
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from shio_scraper.dataset.database import DAMAGED, Database, StateError, to_moment, to_time
from shio_scraper.portals import ALL
from shio_scraper.runs.manifest import Outcome, Scope

GONE_AFTER: Final = 2
"""The number of runs in a row that must miss a record before the record counts as gone."""
_NEVER: Final = -(2**63)
_SIDEBAR: Final = ("status", "faq")
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
_VERSIONS: Final = """
SELECT version FROM seen WHERE key = ?
GROUP BY version ORDER BY max(moment) DESC, hash DESC
"""
_SIGHTINGS: Final = """
SELECT key, moment, 0, hash, runs.name, version FROM seen JOIN runs ON runs.id = run
WHERE type = ?1 AND (?2 IS NULL OR key = ?2) ORDER BY key
"""
_RUNS: Final = """
SELECT name, spider, outcome, reason, began, ended, scope, arguments, unlisted, counts
FROM runs ORDER BY began, name
"""
_EXCUSED: Final = "SELECT name FROM excuses JOIN runs ON runs.id = run WHERE url = ?"
"""The runs that saw the page of an address but could not read it."""
_SETTLE: Final = """
INSERT INTO dataset (site) SELECT ? WHERE NOT EXISTS (SELECT * FROM dataset)
"""
__all__ = ["Json", "Known", "State", "StateError", "TakenIn"]

Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TakenIn:
    """A run that was taken in.

    ``unlisted`` are the types of which the run could not read a list. ``counts`` are its records
    by type.
    """

    name: str
    spider: str
    outcome: Outcome
    reason: str | None
    began: datetime
    ended: datetime | None
    scope: Scope
    arguments: dict[str, str]
    unlisted: list[str]
    counts: dict[str, int]

    def covers(self, portal: str, kind: str, language: str, published: date | None) -> bool:
        """Tell whether the run should have seen such a record if the record was on the site."""
        scope = self.scope
        if scope.narrowed_by or portal not in scope.portals or language not in scope.languages:
            return False
        if kind not in scope.types or kind in self.unlisted:
            return False
        if (scope.since is None and scope.until is None) or is_in_sidebar(kind):
            return True
        if published is None:
            return False
        after = scope.since is None or published >= scope.since
        return after and (scope.until is None or published <= scope.until)


def is_in_sidebar(kind: str) -> bool:
    """Tell whether the portal shows only the newest few records of a type, or of a key's type.

    Newer rows push a row out of the sidebar, and nothing says that the row was deleted. So such a
    record is never gone.

    >>> is_in_sidebar("status"), is_in_sidebar("faq/en/8ab98f162391a9be"), is_in_sidebar("event")
    (True, True, False)
    """
    return kind.startswith(_SIDEBAR)


class Look(NamedTuple):
    """A look of a run at a record: the ``version`` it saw and its hash, or that it ``missed``."""

    moment: int
    missed: bool
    hash: bytes
    run: str
    version: int


@dataclass(frozen=True)
class Known:
    """What is known of one record.

    ``json`` is its newest content, in the form that the first run with this content stored (for an
    article: the first run that had its teaser). ``versions`` is the number of its different
    contents. ``misses`` is the number of complete runs since ``last_seen`` that should have seen
    it. A status or faq record is never ``gone``.
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
        fields: Json = msgspec.json.decode(self.json)
        return fields


class State(Database):
    """An open state. Raises ``StateError`` with a message for the user.

    >>> with State.open(Path("data/state.db")) as state:  # doctest: +SKIP
    ...     for known in state.records("article"):
    """

    @property
    def site(self) -> str | None:
        """The site of the state: ``live``, ``demo`` or an address.

        ``None`` if the state is empty.
        """
        rows = self._all("SELECT site FROM dataset")
        return rows[0][0] if rows else None

    def settle(self, site: str) -> None:
        """Store the site of the state, unless a site is stored already."""
        with self.telling(), self.writing():
            self.database.execute(_SETTLE, (site,))

    def runs(self) -> list[TakenIn]:
        """Return the runs that were taken in, in time order."""
        return [_taken_in(*row) for row in self._all(_RUNS)]

    def keys(self) -> list[str]:
        """Return the keys of all records."""
        return [key for (key,) in self._all("SELECT key FROM records")]

    def counts(self) -> dict[str, int]:
        """Return the number of known records by type."""
        return dict(self._all("SELECT type, count(*) FROM records GROUP BY type ORDER BY type"))

    def archives(self) -> Counter[str]:
        """Return the archive files that hold captures of known records, with the number in each."""
        return Counter(dict(self._all(_FILES)))

    def templates(self) -> list[tuple[str, bytes]]:
        """Return the digest and the JSON of each template that runs learnt."""
        return self._young("SELECT digest, json FROM templates ORDER BY digest")

    def reparsed(self) -> set[tuple[int, int]]:
        """Return each version that differs only because of the parser, with the version before."""
        return set(self._young("SELECT version, before FROM reparsed"))

    def _young(self, query: str) -> list[Any]:
        """Return the rows of a table that a state of version 0.1 lacks."""
        with self.telling(), suppress(sqlite3.OperationalError):
            return self.database.execute(query).fetchall()
        return []

    def records(self, kind: str, gone_after: int = GONE_AFTER) -> Iterator[Known]:
        """Yield what is known of the records of a type, in key order, from one snapshot."""
        with self.telling(), self.snapshot():
            coverage = Coverage(self)
            rows = self.database.execute(_KNOWN, (kind,))
            for key, versions in groupby(rows, key=lambda row: row[0]):
                seen = [(last, digest, first, id_) for _, id_, digest, first, last in versions]
                last, _, _, newest = max(seen)
                document = self.document(newest)
                misses = len(coverage.misses(self._decode(document), last))
                yield Known(
                    key=key,
                    json=document,
                    first_seen=to_time(min(first for _, _, first, _ in seen)),
                    last_seen=to_time(last),
                    versions=len(seen),
                    misses=misses,
                    gone=misses >= gone_after and not is_in_sidebar(key),
                )

    def sightings(self, kind: str, key: str | None = None) -> Iterator[tuple[str, list[Look]]]:
        """Yield the keys of a type, or only ``key``, in order, with the sightings of each."""
        sighting_rows = self.database.execute(_SIGHTINGS, (kind, key))
        for record_key, rows in groupby(sighting_rows, key=lambda row: row[0]):
            yield record_key, [Look(*row) for _, *row in rows]

    def contents(self, key: str) -> Iterator[str]:
        """Yield the versions of a record as JSON, the newest first."""
        for (version,) in self._all(_VERSIONS, key):
            yield self.document(version)

    def newest(self, key: str) -> Json | None:
        """Return the fields of a record's newest version. ``None`` if no version is known."""
        return next(map(self._decode, self.contents(key)), None)

    def document(self, version: int) -> str:
        """Return a version as JSON, as it was stored."""
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

    def _all(self, query: str, *values: Any) -> list[Any]:
        with self.telling():
            return self.database.execute(query, values).fetchall()


class Coverage:
    """Finds the complete runs of a state that should have seen a record and did not."""

    def __init__(self, state: State) -> None:
        self._execute = state.database.execute
        self._runs = [run for run in state.runs() if run.outcome == "complete"]
        self._has_days = any(run.scope.since or run.scope.until for run in self._runs)
        self._covering = lru_cache(maxsize=512)(self._find_covering)

    def misses(self, record: Mapping[str, Any], after: int = _NEVER) -> list[Look]:
        """Return the runs that began ``after`` a moment and should have seen ``record``.

        The caller must remove the runs that did see it. None of those after its last sighting did.
        """
        published = record.get("published") if self._has_days else None
        portal = ALL.of_key(record["key"]).name
        covering = self._covering(portal, record["type"], record["language"], published)
        missed = covering[bisect_right(covering, after, key=lambda look: look.moment) :]
        if not missed or not record["url"]:
            return missed
        excused = {name for (name,) in self._execute(_EXCUSED, (record["url"],))}
        return [look for look in missed if look.run not in excused]

    def _find_covering(
        self, portal: str, kind: str, language: str, published: str | None
    ) -> list[Look]:
        day = date.fromisoformat(published) if published else None
        return [
            Look(to_moment(run.began), missed=True, hash=b"", run=run.name, version=0)
            for run in self._runs
            if run.covers(portal, kind, language, day)
        ]


def _taken_in(*row: Any) -> TakenIn:
    name, spider, outcome, reason, began, ended, scope, *texts = row
    arguments, unlisted, counts = map(msgspec.json.decode, texts)
    return TakenIn(
        name,
        spider,
        outcome,
        reason,
        began=to_time(began),
        ended=None if ended is None else to_time(ended),
        scope=msgspec.json.decode(scope, type=Scope),
        arguments=arguments,
        unlisted=unlisted,
        counts=counts,
    )
