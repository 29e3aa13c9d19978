"""Days in a portal's own time zone, and rows that print only a month and a day."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, tzinfo
from functools import lru_cache
from typing import Final

from shio_scraper.parsers.dates import parse_day
from shio_scraper.portals import DateRules
from shio_scraper.texts import fold, kept

_LEAP_YEAR: Final = 2000
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_MONTH_DAY = re.compile(r"(\d{1,2})(?:\s?[-/.]\s?(\d{1,2})|\s?月\s?(\d{1,2})\s?[日号])")


@lru_cache(maxsize=4096)
def month_day(text: str, rules: DateRules) -> str | None:
    """Return ``MM-DD`` of a day (``04-16``, ``06月08日``, a full date), or ``None`` for none."""
    match = _MONTH_DAY.fullmatch(fold(text).strip())
    if match is None:
        full = parse_day(text, rules)
        return full.strftime("%m-%d") if full else None
    month, day = int(match[1]), int(match[2] or match[3])
    if rules.month_first is False and match[2]:
        month, day = day, month
    exists = 1 <= month <= 12 and 1 <= day <= monthrange(_LEAP_YEAR, month)[1]  # noqa: PLR2004
    return f"{month:02}-{day:02}" if exists else None


@kept(4096)
def is_month_day(text: str, rules: DateRules) -> bool:
    """Tell whether ``text`` has the form of a row's day, whether or not the day exists."""
    return _MONTH_DAY.fullmatch(fold(text)) is not None or parse_day(text, rules) is not None


@lru_cache(maxsize=4096)
def latest(month_and_day: str, bound: date) -> date | None:
    """Return the latest day ``MM-DD`` that is not after ``bound`` (PORTAL.md, status rows).

    Return ``None`` if there is no such day up to ``bound``.
    """
    month, day = int(month_and_day[:2]), int(month_and_day[3:])
    for year in range(bound.year, 0, -1):
        if day <= monthrange(year, month)[1] and date(year, month, day) <= bound:
            return date(year, month, day)
    return None


def told_day(text: str, now: datetime) -> date:
    """Return the day that a user writes: ``2025-06-01``, ``yesterday`` or ``2 weeks ago``.

    Raise ``ValueError`` with the reason if the text is no date or the day lies after ``now``.
    """
    text = text.strip()
    try:
        day = date.fromisoformat(text) if _ISO.fullmatch(text) else _in_words(text, now)
    except ValueError:
        day = None
    if day is None:
        raise ValueError("is not a day: write YYYY-MM-DD, or as in '2 weeks ago', 'yesterday'")
    if day > now.date():
        raise ValueError(f"is {day}, in the future: today is {now.date()}")
    return day


def _in_words(text: str, now: datetime) -> date | None:
    """Return the day that ``dateparser`` reads; of figures alone it would guess the order."""
    if not any(map(str.isalpha, text)):
        return None
    import dateparser  # noqa: PLC0415  (slow to load, and rarely asked)

    moment = dateparser.parse(
        text,
        languages=["en", "zh"],
        settings={
            "RELATIVE_BASE": now.replace(tzinfo=None),
            "PARSERS": ["relative-time", "absolute-time"],
            "REQUIRE_PARTS": ["day", "month", "year"],
        },
    )
    return moment.date() if moment else None


def portal_day(moment: datetime, zone: tzinfo) -> date:
    """Return the day of ``moment`` in a portal's zone."""
    try:
        return moment.astimezone(zone).date()
    except OverflowError:  # the last hours of the calendar; archives hold nonsense dates
        return moment.date()
