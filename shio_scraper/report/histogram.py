"""Things counted by day and name → the bars of a chart, and the table beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from shio_scraper.report.periods import Periods, begin, label, number

_NAMED: Final = 6
"""Names that have bars of their own; the others share one."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A name within a period: the first day of it and of the next, and how many."""

    since: date
    until: date
    series: int
    count: int


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts by period and name.

    ``names`` are the most frequent first, ``None`` for all the others; an empty one is of things
    without. ``shown`` are the first and last day of the axis.
    """

    names: list[str | None]
    rows: list[tuple[str, list[int]]]
    """The periods with anything in them: their label, and the count of each name."""
    bars: list[Bar]
    shown: tuple[date, date]
    undated: int

    def total(self, series: int) -> int:
        """Return the count of a name over all periods."""
        return sum(counts[series] for _, counts in self.rows)


def histogram(counted: Mapping[tuple[date | None, str], int]) -> Histogram | None:
    """Return the histogram of counts by day and name; ``None`` where nothing has a day."""
    days = [day for day, _ in counted if day]
    if not days:
        return None
    periods = Periods.of(days)
    unit = periods.unit
    names = _names(counted)
    places = {name: index for index, name in enumerate(names)}
    found: Counter[tuple[int, int]] = Counter()
    for (day, name), count in counted.items():
        if day:
            found[number(unit, day), places.get(name, len(names) - 1)] += count
    first, behind = periods.shown
    return Histogram(
        names=names,
        rows=[
            (label(unit, period), [found[period, series] for series in range(len(names))])
            for period in sorted({period for period, _ in found})
        ],
        bars=[
            Bar(begin(unit, period), begin(unit, period + 1), series, count)
            for (period, series), count in sorted(found.items())
        ],
        shown=(begin(unit, first), begin(unit, behind)),
        undated=sum(count for (day, _), count in counted.items() if day is None),
    )


def _names(counted: Mapping[tuple[date | None, str], int]) -> list[str | None]:
    """Return the names that have bars: the most frequent, things without a name, all others."""
    totals: Counter[str] = Counter()
    for (day, name), count in counted.items():
        totals[name] += count if day else 0
    unnamed = totals.pop("", 0)
    named: list[str | None] = [name for name, count in totals.most_common(_NAMED) if count]
    rest: list[str | None] = [""] if unnamed else []
    return [*named, *rest, *([None] if len(named) < len(+totals) else [])]
