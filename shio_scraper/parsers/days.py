"""Days as a portal counts them: in its own zone, and rows that print a month and a day only."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, tzinfo
from functools import lru_cache
from typing import Final

from shio_scraper.folding import fold
from shio_scraper.parsers.dates import parse_day
from shio_scraper.portals import DateRules

_LEAP_YEAR: Final = 2000
_MONTH_DAY = re.compile(r"(\d{1,2})(?:\s?[-/.]\s?(\d{1,2})|\s?月\s?(\d{1,2})\s?[日号])")


@lru_cache(maxsize=4096)
def month_day(text: str, rules: DateRules) -> str | None:
    """Return ``MM-DD`` of a day (``04-16``, ``06月08日``, a full date), else ``None``."""
    match = _MONTH_DAY.fullmatch(fold(text).strip())
    if match is None:
        full = parse_day(text, rules)
        return full.strftime("%m-%d") if full else None
    month, day = int(match[1]), int(match[2] or match[3])
    if rules.month_first is False and match[2]:
        month, day = day, month
    exists = 1 <= month <= 12 and 1 <= day <= monthrange(_LEAP_YEAR, month)[1]  # noqa: PLR2004
    return f"{month:02}-{day:02}" if exists else None


def is_month_day(text: str, rules: DateRules) -> bool:
    """Tell whether ``text`` has the form of a row's day, be it in the calendar or not."""
    return _MONTH_DAY.fullmatch(fold(text)) is not None or parse_day(text, rules) is not None


@lru_cache(maxsize=4096)
def latest(month_and_day: str, bound: date) -> date | None:
    """Return the latest day ``MM-DD`` that is not after ``bound`` (PORTAL.md, status rows).

    ``None`` where the calendar has no such day before ``bound``.
    """
    month, day = int(month_and_day[:2]), int(month_and_day[3:])
    for year in range(bound.year, 0, -1):
        if day <= monthrange(year, month)[1] and date(year, month, day) <= bound:
            return date(year, month, day)
    return None


def portal_day(moment: datetime, zone: tzinfo) -> date:
    """Return the day of ``moment`` in a portal's zone."""
    try:
        return moment.astimezone(zone).date()
    except OverflowError:  # the last hours of the calendar; archives hold nonsense dates
        return moment.date()
