"""Changes: what was added, changed, gone, returned, computed from the state.

What is ``reparsed`` was read otherwise by another version of the parser: no change of the portal.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import msgspec

from shio_scraper.addresses import file_name
from shio_scraper.dataset.coverage import GONE_AFTER, Coverage, Pass, is_in_sidebar
from shio_scraper.dataset.database import shown
from shio_scraper.dataset.state import Json, State
from shio_scraper.runs.content import TYPES, content_names

Change: TypeAlias = Literal["added", "changed", "reparsed", "gone", "left", "returned"]

_SIGHTINGS: Final = """
SELECT records.key, sightings.moment, versions.hash, runs.name, versions.id
FROM records
JOIN versions ON versions.record = records.id
JOIN sightings ON sightings.version = versions.id
JOIN runs ON runs.id = sightings.run
WHERE records.type = ?1 AND (?2 IS NULL OR records.key = ?2)
ORDER BY records.key
"""
_NAMES: Final = ("title", "question", "number", "reference")
"""The field that a reader knows a record by; the first that it has."""


class Sighting(NamedTuple):
    """A run saw a version of the record: ``moment`` as the state has it, the content's hash."""

    moment: int
    hash: bytes
    run: str
    version: int


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened at ``at``: the sighting before it, the one that told it, and the misses.

    What is absent is told by the last of its ``missed``; what was added has the last run that
    did not see it yet.
    """

    change: Change
    at: int
    before: Sighting | None = None
    now: Sighting | None = None
    missed: tuple[Pass, ...] = ()

    @property
    def run(self) -> str:
        """The run that told it: it saw the record, or missed it once too often."""
        return self.now.run if self.now else self.missed[-1].run


def happenings(
    sightings: Sequence[Sighting], missed: Sequence[Pass], gone_after: int, absent: Change
) -> Iterator[Happening]:
    """Yield what happened to a record, in time order.

    ``missed`` are the runs that should have seen it and did not; after ``gone_after`` of them in
    a row it is ``absent``, until it is seen again.
    """
    before: Sighting | None = None
    misses: list[Pass] = []
    found: list[Sighting | Pass] = [*sightings, *missed]
    for one in sorted(found, key=_order):
        if isinstance(one, Pass):
            misses.append(one)
            if before and len(misses) == gone_after:
                yield Happening(absent, one.began, before=before, missed=tuple(misses))
            continue
        if before is None:
            yield Happening("added", one.moment, now=one, missed=tuple(misses[-1:]))
        elif len(misses) >= gone_after:
            yield Happening("returned", one.moment, before, one, tuple(misses))
        if before and before.hash != one.hash:
            yield Happening("changed", one.moment, before, one)
        before, misses = one, []


def _order(found: Sighting | Pass) -> tuple[int, bool, bytes, str]:
    if isinstance(found, Pass):
        return found.began, True, b"", found.run
    return found.moment, False, found.hash, found.run


@dataclass(frozen=True, slots=True)
class Period:
    """Moments from ``since``, before ``until``; what other runs than ``runs`` told is not in it."""

    since: int | None = None
    until: int | None = None
    runs: frozenset[str] | None = None

    def holds(self, happening: Happening) -> bool:
        """Tell whether something happened, and was told, in the period."""
        if self.runs is not None and happening.run not in self.runs:
            return False
        after = self.since is None or happening.at >= self.since
        return after and (self.until is None or happening.at < self.until)


def changes(
    state: State, period: Period, kinds: tuple[str, ...] = TYPES, gone_after: int = GONE_AFTER
) -> Iterator[bytes]:
    """Yield the changes of a period as JSON, in time order, those of one moment by key.

    They wait in a temporary SQLite file, not in memory. Raises ``StateError``.
    """
    with state.telling(), closing(sqlite3.connect("", isolation_level=None)) as waiting:
        waiting.execute("PRAGMA synchronous = OFF")
        waiting.execute("CREATE TABLE changes (at INTEGER, key TEXT, number INTEGER, json BLOB)")
        waiting.execute("BEGIN")
        with state.snapshot():
            for kind in kinds:
                rows = _History(state, period, kind, gone_after).rows()
                waiting.executemany("INSERT INTO changes VALUES (?, ?, ?, ?)", rows)
        query = "SELECT json FROM changes ORDER BY at, key, number"
        for (line,) in waiting.execute(query):
            yield line


def history(state: State, key: str, gone_after: int = GONE_AFTER) -> Iterator[Json]:
    """Yield what happened to a record, in time order; nothing of an unknown key.

    Each as ``changes`` tells it, with the ``captures`` that show what it came to, and the
    ``provenance`` of the one that is stored. Raises ``StateError``.
    """
    with state.telling(), state.snapshot():
        for kind in TYPES:
            yield from _History(state, Period(), kind, gone_after).of_record(key)


class _History:
    """The histories of a state's records of one type."""

    def __init__(self, state: State, period: Period, kind: str, gone_after: int) -> None:
        self._state = state
        self._period = period
        self._kind = kind
        self._gone_after = gone_after
        self._coverage: Coverage = state.coverage()
        self._reparsed = state.reparsed()
        self._withheld = {
            run.name: run.scope.withheld for run in state.runs() if run.scope.withheld
        }

    def rows(self) -> Iterator[tuple[int, str, int, bytes]]:
        """Yield what happened in the period: when, to which key, in which order, as JSON."""
        for key, sightings in self._sightings():
            for number, happening in enumerate(self._of(sightings)):
                if self._period.holds(happening) and not self._is_withheld(happening):
                    yield happening.at, key, number, msgspec.json.encode(self._told(key, happening))

    def of_record(self, key: str) -> Iterator[Json]:
        """Yield what happened to a record, as ``history`` does."""
        for _, sightings in self._sightings(key):
            happened = [one for one in self._of(sightings) if not self._is_withheld(one)]
            showing = {one.now: number for number, one in enumerate(happened) if one.now}
            captures: list[list[Json | None]] = [[] for _ in happened]
            number = 0
            for sighting in sorted(sightings, key=_order):
                number = showing.get(sighting, number)
                captures[number].append(_capture(sighting))
            for one, shown_by in zip(happened, captures, strict=True):
                now = self._document(one.now)["provenance"] if one.now else None
                yield self._told(key, one) | {"captures": shown_by, "provenance": now}

    def _sightings(self, key: str | None = None) -> Iterator[tuple[str, list[Sighting]]]:
        """Yield the keys, or the one, in order, with the sightings of each."""
        found = self._state.database.execute(_SIGHTINGS, (self._kind, key))
        for one, rows in groupby(found, key=lambda row: row[0]):
            yield one, [Sighting(*row) for _, *row in rows]

    def _of(self, sightings: list[Sighting]) -> Iterator[Happening]:
        newest = self._document(max(sightings))
        seen = {sighting.run for sighting in sightings}
        covering = self._coverage.misses(newest)
        missed = [one for one in covering if one.run not in seen]
        absent: Any = "left" if is_in_sidebar(self._kind) else "gone"
        for one in happenings(sightings, missed, self._gone_after, absent):
            pair = (one.now and one.now.version, one.before and one.before.version)
            is_reparsed = one.change == "changed" and pair in self._reparsed
            yield replace(one, change="reparsed") if is_reparsed else one

    def _told(self, key: str, happening: Happening) -> Json:
        """Return what is said of a happening."""
        before = self._document(happening.before) if happening.before else None
        now = self._document(happening.now) if happening.now else None
        fields = now or before or {}
        told: Json = {"change": happening.change, "at": shown(happening.at), "run": happening.run}
        told |= {"type": self._kind, "key": key, "url": fields["url"]}
        other = file_name(fields["url"]) if self._kind == "document" else key
        told["title"] = next((fields[name] for name in _NAMES if fields.get(name)), other)
        if self._kind == "status":
            told |= _of_status(happening, before, fields)
        if happening.change in {"changed", "reparsed"} and before and now:
            told["fields"] = self._differences(happening, before, now)
        first: Sighting | Pass | None = happening.before
        if happening.change == "added":
            first = happening.missed[0] if happening.missed else None
        told["between"] = [_capture(first), _capture(happening.now)]
        if happening.change == "added":
            told["record"] = now
        elif happening.missed:
            told |= {"misses": len(happening.missed)}
            told |= {"missed_by": [one.run for one in happening.missed]}
        return told

    def _is_withheld(self, happening: Happening) -> bool:
        """Tell whether a record changed in nothing but what a run left out."""
        before, now = happening.before, happening.now
        if happening.change != "changed" or not (before and now and self._withheld):
            return False
        return not self._differences(happening, self._document(before), self._document(now))

    def _differences(self, happening: Happening, before: Json, now: Json) -> dict[str, Json]:
        runs = [one.run for one in (happening.before, happening.now) if one]
        left_out = {name for run in runs for name in self._withheld.get(run, ())}
        return {
            name: {"old": before.get(name), "new": now.get(name)}
            for name in content_names(self._kind)
            if before.get(name) != now.get(name) and name not in left_out
        }

    def _document(self, sighting: Sighting) -> Json:
        return self._state.fields(sighting.version)


def _of_status(happening: Happening, before: Json | None, now: Json) -> Json:
    told = {"kind": now["kind"], "serial": now["serial"]}
    if happening.change in {"added", "changed", "reparsed"}:
        told |= {"from": before["status"] if before else None, "to": now["status"]}
    return told


def _capture(found: Sighting | Pass | None) -> Json | None:
    if found is None:
        return None
    at = found.began if isinstance(found, Pass) else found.moment
    return {"at": shown(at), "run": found.run}
