"""Changes of records, computed from the state: added, changed, gone, left, returned.

``reparsed`` means that another version of the parser reads the record otherwise. It is no change
of the portal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias

import msgspec

from shio_scraper.addresses import file_name
from shio_scraper.dataset.database import shown
from shio_scraper.dataset.state import GONE_AFTER, Coverage, Json, Look, State, is_in_sidebar
from shio_scraper.runs.content import TYPES, content_names
from shio_scraper.sqlite_file import temporary

Change: TypeAlias = Literal["added", "changed", "reparsed", "gone", "left", "returned"]

_NAMES: Final = ("title", "question", "number", "reference")
"""The fields that name a record for a reader. The first one that the record has is used."""


class Happening(NamedTuple):
    """What happened to a record: the look before, the look now, and the looks that missed it.

    If the record is absent, ``now`` is ``None``, and the last look of ``missed`` showed the
    absence. If the record was added, ``missed`` holds the last run that did not see it yet.
    """

    change: Change
    before: Look | None
    now: Look | None
    missed: tuple[Look, ...] = ()

    @property
    def told_by(self) -> Look:
        """The look that showed the change: it saw the record, or was the last miss needed."""
        return self.now or self.missed[-1]


def happenings(looks: Sequence[Look], gone_after: int, absent: Change) -> Iterator[Happening]:
    """Yield what happened to a record, in time order.

    After ``gone_after`` misses in a row, the record is ``absent`` until it is seen again.
    """
    before: Look | None = None
    misses: list[Look] = []
    for look in sorted(looks):
        if look.missed:
            misses.append(look)
            if before and len(misses) == gone_after:
                yield Happening(absent, before, None, tuple(misses))
            continue
        if before is None:
            yield Happening("added", None, look, tuple(misses[-1:]))
        elif len(misses) >= gone_after:
            yield Happening("returned", before, look, tuple(misses))
        if before and before.hash != look.hash:
            yield Happening("changed", before, look)
        before, misses = look, []


@dataclass(frozen=True, slots=True)
class Period:
    """The moments from ``since`` and before ``until``, optionally only of the runs ``runs``."""

    since: int | None = None
    until: int | None = None
    runs: frozenset[str] | None = None

    def holds(self, look: Look) -> bool:
        """Tell whether a look is in the period."""
        if self.runs is not None and look.run not in self.runs:
            return False
        after = self.since is None or look.moment >= self.since
        return after and (self.until is None or look.moment < self.until)


def changes(
    state: State, period: Period, kinds: tuple[str, ...] = TYPES, gone_after: int = GONE_AFTER
) -> Iterator[bytes]:
    """Yield the changes of a period as JSON, in time order.

    Changes of one moment are sorted by key. The changes are sorted in a temporary SQLite file, not
    in memory. Raises ``StateError``.
    """
    with state.telling(), closing(temporary()) as waiting:
        waiting.execute("CREATE TABLE changes (at INTEGER, key TEXT, number INTEGER, json BLOB)")
        waiting.execute("BEGIN")
        with state.snapshot():
            for kind in kinds:
                rows = _History(state, kind, gone_after).rows(period)
                waiting.executemany("INSERT INTO changes VALUES (?, ?, ?, ?)", rows)
        query = "SELECT json FROM changes ORDER BY at, key, number"
        for (line,) in waiting.execute(query):
            yield line


def history(state: State, key: str, gone_after: int = GONE_AFTER) -> Iterator[Json]:
    """Yield what happened to a record, in time order. Nothing for an unknown key.

    Each has the form of ``changes``, and also ``captures``, which show the content, and the
    ``provenance`` of the stored capture. Raises ``StateError``.
    """
    with state.telling(), state.snapshot():
        for kind in TYPES:
            yield from _History(state, kind, gone_after).of_record(key)


class _History:
    """The histories of a state's records of one type."""

    def __init__(self, state: State, kind: str, gone_after: int) -> None:
        self._state = state
        self._kind = kind
        self._gone_after = gone_after
        self._coverage = Coverage(state)
        self._reparsed = state.reparsed()
        self._withheld = {run.name: run.scope.withheld for run in state.runs()}

    def rows(self, period: Period) -> Iterator[tuple[int, str, int, bytes]]:
        """Yield the changes in a period: moment, key, number in the record's history, JSON."""
        for key, sightings in self._state.sightings(self._kind):
            for number, happening in enumerate(self._happenings_of(sightings)):
                if period.holds(happening.told_by) and not self._is_withheld(happening):
                    json = msgspec.json.encode(self._entry_of(key, happening))
                    yield happening.told_by.moment, key, number, json

    def of_record(self, key: str) -> Iterator[Json]:
        """Yield what happened to a record, in the form of ``history``."""
        for _, sightings in self._state.sightings(self._kind, key):
            happened = [
                happening
                for happening in self._happenings_of(sightings)
                if not self._is_withheld(happening)
            ]
            showing = {
                happening.now: number for number, happening in enumerate(happened) if happening.now
            }
            captures: list[list[Json]] = [[] for _ in happened]
            number = 0
            for sighting in sorted(sightings):
                number = showing.get(sighting, number)
                captures[number].append(_capture(sighting))
            for happening, shown_by in zip(happened, captures, strict=True):
                now = self._fields(happening.now)["provenance"] if happening.now else None
                yield self._entry_of(key, happening) | {"captures": shown_by, "provenance": now}

    def _happenings_of(self, sightings: list[Look]) -> Iterator[Happening]:
        seen = {sighting.run for sighting in sightings}
        covering = self._coverage.misses(self._fields(max(sightings)))
        looks = [*sightings, *(look for look in covering if look.run not in seen)]
        absent: Change = "left" if is_in_sidebar(self._kind) else "gone"
        for happening in happenings(looks, self._gone_after, absent):
            now, before = happening.now, happening.before
            pair = (now and now.version, before and before.version)
            is_reparsed = happening.change == "changed" and pair in self._reparsed
            yield happening._replace(change="reparsed") if is_reparsed else happening

    def _entry_of(self, key: str, happening: Happening) -> Json:
        """Return a happening as JSON."""
        change, _, now, missed = happening
        first = happening.before
        before = self._fields(first) if first else None
        fields = self._fields(now) if now else before or {}
        entry: Json = {"change": change, **_capture(happening.told_by)}
        entry |= {"type": self._kind, "key": key, "url": fields["url"]}
        other = file_name(fields["url"]) if self._kind == "document" else key
        entry["title"] = next((fields[name] for name in _NAMES if fields.get(name)), other)
        if self._kind == "status":
            entry |= {"kind": fields["kind"], "serial": fields["serial"]}
            if change in {"added", "changed", "reparsed"}:
                entry |= {"from": before["status"] if before else None, "to": fields["status"]}
        if change in {"changed", "reparsed"} and before:
            entry["fields"] = self._differences(happening, before, fields)
        if change == "added":
            first = missed[0] if missed else None
        entry["between"] = [look and _capture(look) for look in (first, now)]
        if change == "added":
            entry["record"] = fields
        elif missed:
            entry |= {"misses": len(missed), "missed_by": [look.run for look in missed]}
        return entry

    def _is_withheld(self, happening: Happening) -> bool:
        """Tell whether a record changed only in fields that a run withheld."""
        change, before, now, _ = happening
        if change != "changed" or not (before and now and any(self._withheld.values())):
            return False
        return not self._differences(happening, self._fields(before), self._fields(now))

    def _differences(self, happening: Happening, before: Json, now: Json) -> dict[str, Json]:
        runs = [look.run for look in (happening.before, happening.now) if look]
        left_out = {name for run in runs for name in self._withheld[run]}
        return {
            name: {"old": before.get(name), "new": now.get(name)}
            for name in content_names(self._kind)
            if before.get(name) != now.get(name) and name not in left_out
        }

    def _fields(self, look: Look) -> Json:
        return self._state.fields(look.version)


def _capture(look: Look) -> Json:
    return {"at": shown(look.moment), "run": look.run}
