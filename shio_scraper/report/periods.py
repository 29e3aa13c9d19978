"""Days → the periods in which a chart counts them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, TypeAlias

Unit: TypeAlias = Literal["day", "month", "quarter", "year"]

_UP_TO: Final[dict[Unit, int]] = {"day": 45, "month": 48, "quarter": 60}
"""The most periods of each unit; where there are more, the next one counts."""
_FEWEST: Final = 12
"""Periods that an axis shows, so that a single one is no wall."""


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
    if unit == "month":
        return day.year * 12 + day.month - 1
    return day.year * 4 + (day.month - 1) // 3 if unit == "quarter" else day.year


def begin(unit: Unit, period: int) -> date:
    """Return the first day of a period; of one that no calendar has, the nearest that it has.

    >>> begin("quarter", number("quarter", date(2024, 6, 30)))
    datetime.date(2024, 4, 1)
    """
    if unit == "day":
        return date.fromordinal(min(max(period, 1), date.max.toordinal()))
    year, month = divmod(period, 12) if unit == "month" else (period, 0)
    if unit == "quarter":
        year, month = period // 4, period % 4 * 3
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
