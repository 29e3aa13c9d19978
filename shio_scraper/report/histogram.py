"""Days → the periods in which a chart counts them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, TypeAlias

Unit: TypeAlias = Literal["day", "month", "quarter", "year"]

_UP_TO: Final[dict[Unit, int]] = {"day": 45, "month": 48, "quarter": 60}
"""The most periods of each unit; where there are more, the next one counts."""
_MONTHS: Final[dict[Unit, int]] = {"month": 1, "quarter": 3, "year": 12}
_FEWEST: Final = 12
"""Periods that an axis shows, so that a single one is no wall."""

_NAMED: Final = 6
"""Names that have bars of their own; the others share one."""


@dataclass(frozen=True, slots=True)
class Periods:
    """The periods from the ``first`` to the ``last``, as numbers of their unit."""

    unit: Unit
    first: int
    last: int

    @classmethod
    def of(cls, days: Iterable[date]) -> Periods:
        """Return the periods that hold some days, in the finest unit that fits."""
        found = list(days)
        first, last = min(found), max(found)
        for unit, most in _UP_TO.items():
            if number(unit, last) - number(unit, first) < most:
                break
        else:
            unit = "year"
        return cls(unit, number(unit, first), number(unit, last))

    @property
    def shown(self) -> tuple[int, int]:
        """The first period of the axis, and the one behind its last."""
        missing = max(0, _FEWEST - (self.last - self.first + 1))
        return self.first - missing // 2, self.last + 1 + (missing + 1) // 2


def number(unit: Unit, day: date) -> int:
    """Return the number of the period that holds a day.

    >>> number("quarter", date(2024, 4, 1)) - number("quarter", date(2023, 12, 31))
    2
    """
    if unit == "day":
        return day.toordinal()
    return (day.year * 12 + day.month - 1) // _MONTHS[unit]


def begin(unit: Unit, period: int) -> date:
    """Return the first day of a period; of one that no calendar has, the nearest that it has.

    >>> begin("quarter", number("quarter", date(2024, 6, 30)))
    datetime.date(2024, 4, 1)
    """
    if unit == "day":
        return date.fromordinal(min(max(period, 1), date.max.toordinal()))
    year, month = divmod(period * _MONTHS[unit], 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, 1) if year >= 1 else date.min


def label(unit: Unit, period: int) -> str:
    """Return the name of a period.

    >>> label("quarter", number("quarter", date(2024, 6, 30)))
    '2024 Q2'
    """
    day = begin(unit, period)
    if unit == "day":
        return day.isoformat()
    if unit == "month":
        return f"{day:%Y-%m}"
    return f"{day.year} Q{period % 4 + 1}" if unit == "quarter" else str(day.year)


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
