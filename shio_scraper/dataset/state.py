"""The state: what is known of every record, from all runs that were taken in. SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple, Self, TypeAlias

import msgspec

from shio_scraper.dataset.coverage import GONE_AFTER, Coverage, Pass, is_in_sidebar
from shio_scraper.dataset.moments import to_time
from shio_scraper.dataset.tables import APPLICATION, TABLES, VERSION
from shio_scraper.manifest import Outcome, Scope

_PATIENCE: Final = 300
"""Seconds to wait for another process that is taking in a run."""
_CACHE: Final = 128 * 1024
"""KiB of pages that SQLite may keep in memory."""
_PAGE: Final = 16_384
"""Bytes of a page: several articles fill one with little left over."""
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
_DAMAGED: Final = "damaged; `scrapy dataset rebuild` makes it anew from the runs"

Json: TypeAlias = dict[str, Any]


class StateError(Exception):
    """A state that cannot be used; the message is one line for the user."""


class ForeignError(StateError):
    """A file that is something else than a state."""


@dataclass(frozen=True, slots=True)
class TakenIn:
    """A run that was taken in. ``counts`` are the records taken in, by type."""

    name: str
    spider: str
    outcome: Outcome
    reason: str | None
    began: datetime
    ended: datetime | None
    arguments: dict[str, str]
    scope: Scope
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


class State:
    """An open state. Raises ``StateError`` for what the user must be told.

    >>> with State.open(Path("data/state.db")) as state:  # doctest: +SKIP
    ...     for known in state.records("article"):
    """

    def __init__(self, path: Path, database: sqlite3.Connection) -> None:
        self.path = path
        self.database = database

    @classmethod
    def open(cls, path: Path, *, create: bool = False) -> Self:
        """Open the state at ``path``; make an empty one where it is not there and may be."""
        if not create and not path.exists():
            raise StateError(f"{path}: no state; `scrapy dataset add RUN` makes one")
        try:
            if create:
                path.parent.mkdir(parents=True, exist_ok=True)
            database = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise StateError(f"{path}: {error}") from error
        state = cls(path, database)
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
        """Raise what SQLite raises as ``StateError``."""
        try:
            yield
        except sqlite3.Error as error:
            raise StateError(f"{self.path}: {_told(error)}") from error

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
            "SELECT name, spider, outcome, reason, began, ended, arguments, scope, counts "
            "FROM runs ORDER BY began, name"
        )
        with self.telling():
            return [_taken_in(*row) for row in self.database.execute(query)]

    def settle(self, site: str) -> None:
        """Say which site an empty state is of."""
        with self.telling():
            self.database.execute("INSERT INTO dataset (site) VALUES (?)", (site,))

    def records(self, kind: str, gone_after: int = GONE_AFTER) -> Iterator[Known]:
        """Yield what is known of the records of a type, in key order, as of one moment."""
        with self.telling(), self.snapshot():
            coverage = self.coverage()
            rows = self.database.execute(_KNOWN, (kind,))
            for key, versions in groupby(rows, key=lambda row: row[0]):
                found = [_Version(*version) for _, *version in versions]
                yield self._known(key, found, coverage, gone_after)

    def coverage(self) -> Coverage:
        """Return which runs should have seen what."""
        query = "SELECT name, began, scope FROM runs WHERE outcome = 'complete'"
        passes = [
            Pass(name, began, msgspec.json.decode(scope, type=Scope))
            for name, began, scope in self.database.execute(query)
        ]
        return Coverage(passes, self._excused)

    def document(self, version: int) -> str:
        """Return a version as it was stored, as JSON."""
        row = self.database.execute(_DOCUMENT, {"version": version}).fetchone()
        if row is None:
            raise StateError(f"{self.path}: {_DAMAGED} (a version without its record)")
        return str(row[0])

    def fields(self, version: int) -> Json:
        """Return the fields of a version."""
        return self._decode(self.document(version))

    def _decode(self, document: str) -> Json:
        try:
            fields: Json = msgspec.json.decode(document)
        except msgspec.MsgspecError as error:
            raise StateError(f"{self.path}: {_DAMAGED} ({error})") from error
        return fields

    def _prepare(self, *, create: bool) -> None:
        application, version = self._pragma("application_id"), self._pragma("user_version")
        if (application, version) == (0, 0) and create:
            self._make()
        elif application != APPLICATION:
            raise ForeignError(f"{self.path}: not a state of shio-scraper")
        elif version > VERSION:
            raise StateError(
                f"{self.path}: a state of version {version}, and this shio-scraper reads up to "
                f"{VERSION}: upgrade it, or make the state anew by `scrapy dataset rebuild`"
            )
        # Only now, since SQLite counts it in pages of the size that it knows.
        self.database.execute(f"PRAGMA cache_size = -{_CACHE}")

    def _make(self) -> None:
        """Make the tables, unless another process just did."""
        self.database.execute(f"PRAGMA page_size = {_PAGE}")
        self.database.execute("PRAGMA journal_mode = WAL")
        with self.writing():
            if self._pragma("user_version"):
                return
            for statement in TABLES.split(";"):
                self.database.execute(statement)
            self.database.execute(f"PRAGMA application_id = {APPLICATION}")
            self.database.execute(f"PRAGMA user_version = {VERSION}")

    def _pragma(self, name: str) -> int:
        return int(self.database.execute(f"PRAGMA {name}").fetchone()[0])

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Write all that the block writes, or nothing; one process at a time."""
        self.database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            with suppress(sqlite3.Error):  # a full disk rolled it back itself
                self.database.execute("ROLLBACK")
            raise
        self.database.execute("COMMIT")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read as of one moment, whatever is taken in meanwhile."""
        if self.database.in_transaction:
            yield
            return
        self.database.execute("BEGIN")
        try:
            yield
        finally:
            self.database.execute("ROLLBACK")

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
    name, spider, outcome, reason, began, ended, arguments, scope, counts = row
    return TakenIn(
        name=name,
        spider=spider,
        outcome=outcome,
        reason=reason,
        began=to_time(began),
        ended=to_time(ended) if ended is not None else None,
        arguments=json.loads(arguments),
        scope=msgspec.json.decode(scope, type=Scope),
        counts=json.loads(counts),
    )


def _told(error: sqlite3.Error) -> str:
    """Return what a user can do with an error of SQLite."""
    if isinstance(error, sqlite3.OperationalError):
        return str(error)
    return f"{_DAMAGED} ({error})"
