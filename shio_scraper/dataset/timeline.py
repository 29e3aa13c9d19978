"""One record's history: what happened to it, from who saw it and who should have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from shio_scraper.dataset.coverage import Pass

Change: TypeAlias = Literal["added", "changed", "gone", "left", "returned"]


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
