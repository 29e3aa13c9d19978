"""Dates as the portal prints them. Exact forms only; a date without a year is never one."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Final

PORTAL_TIME: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
"""The portal's own time. Shanghai has kept UTC+8 without summer time since 1991."""

_LEAP_YEAR: Final = 2000
_CLOCK = r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?"
_NUMERIC = r"\d{4}(?P<sep>[-/.])\d{1,2}(?P=sep)\d{1,2}"
_CHINESE = r"\d{4}\s?年\s?\d{1,2}\s?月\s?\d{1,2}\s?日"
_ENGLISH = rf"{_MONTH}\s?\d{{1,2}}(?:st|nd|rd|th)?,?\s\d{{4}}|\d{{1,2}}\s{_MONTH},?\s\d{{4}}"
DATE: Final = rf"(?:{_NUMERIC}|{_CHINESE}|{_ENGLISH})"
"""A full date, as a pattern to search for."""

_NUMBERS = re.compile(r"\d+")
_FULL = re.compile(rf"(?P<day>{DATE})(?:[\sT]\s?(?P<clock>{_CLOCK}))?", re.IGNORECASE)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CHINESE_WEEKDAY = r"(?:星期|周)[一二三四五六日天]"
_WEEKDAY = rf"(?:{'|'.join(_WEEKDAYS)}|{_CHINESE_WEEKDAY})"
_ZONE = r"(?:\.\d{1,6})?(?:Z|\s?[+-]\d\d:?\d\d|\s(?:CST|UTC|GMT))"
_AT_END = re.compile(
    rf"(?P<day>{DATE})(?:(?:\s+|T){_CLOCK}{_ZONE}?)?(?:[\s,，(（]*{_WEEKDAY})?\s*[)）\]]*$",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    rf"(?P<dash>\s+[-–—|])?\s*[(（\[]?\s*(?:\b(?:{'|'.join(_WEEKDAYS)}),\s*)?$", re.IGNORECASE
)
"""What stands between a title and its date."""
_ENDS: Final = ("日", ")", "）", "]", "day", "Z", "CST", "UTC", "GMT", *"一二三四五六天")
"""How a line that ends in a date may end, if not in a digit."""
_LONGEST: Final = 80
"""Characters of a date with its clock and bracket, at most."""
_APART: Final = 20
"""Characters of what stands before it, at most."""
_MONTH_DAY = re.compile(r"(\d{1,2})(?:\s?[-/.]\s?(\d{1,2})|\s?月\s?(\d{1,2})\s?日)")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)
_MONTH_NUMBERS = {
    **{spelt: n for n, name in enumerate(_MONTHS, 1) for spelt in (name, name[:3])},
    "sept": 9,
}
_MONTH_NAME = re.compile("[a-z]{3,}")


@dataclass(frozen=True, slots=True)
class Dated:
    """A line that ends in a date. ``day`` is ``None`` where the calendar has no such day."""

    title: str
    day: date | None
    listed: bool
    """The listings' form: the date in words, behind a dash."""
    numeric: bool
    """The title lines' form: the date in figures."""
    apart: bool = False
    """The date stands in an inline element of its own."""


def parse_day(text: str) -> date | None:
    """Return the date that ``text`` is, in one of the portal's forms, else ``None``."""
    match = _FULL.fullmatch(text.strip())
    return _day(match["day"]) if match else None


def parse_moment(text: str) -> str | None:
    """Return ISO 8601 of the date, or date-time in the portal's time, that ``text`` is."""
    match = _FULL.fullmatch(text.strip())
    day = _day(match["day"]) if match else None
    if match is None or day is None:
        return None
    if match["clock"] is None:
        return day.isoformat()
    hour, minute, second = [*map(int, match["clock"].split(":")), 0][:3]
    return datetime.combine(day, time(hour, minute, second), PORTAL_TIME).isoformat()


def split_dated(text: str) -> Dated | None:
    """Split a line that ends in a date into what stands before, and the date.

    The last date counts: a title may hold others. A date printed twice is one.
    """
    found = _at_end(text)
    if found is None:
        return None
    match, before = found
    day = _day(match["day"])
    title = text[: before.start()].strip()
    if day and (again := _at_end(title)) and _day(again[0]["day"]) == day:
        title = title[: again[1].start()].strip()
    numeric = match["sep"] is not None
    return Dated(title, day, listed=bool(before["dash"]) and not numeric, numeric=numeric)


def _at_end(text: str) -> tuple[re.Match[str], re.Match[str]] | None:
    """Find the date that ends a line, and what stands before it: dates are short, lines long."""
    if not (text[-1:].isdecimal() or text.endswith(_ENDS)):
        return None
    match = _AT_END.search(text, max(0, len(text) - _LONGEST))
    before = _BEFORE.search(text, max(0, match.start() - _APART), match.start()) if match else None
    return (match, before) if match and before else None


@lru_cache(maxsize=4096)
def month_day(text: str) -> str | None:
    """Return ``MM-DD`` of a day (``04-16``, ``06月08日``, a full date), else ``None``."""
    match = _MONTH_DAY.fullmatch(text.strip())
    if match is None:
        full = parse_day(text)
        return full.strftime("%m-%d") if full else None
    month, day = int(match[1]), int(match[2] or match[3])
    exists = 1 <= month <= 12 and 1 <= day <= monthrange(_LEAP_YEAR, month)[1]  # noqa: PLR2004
    return f"{month:02}-{day:02}" if exists else None


def is_month_day(text: str) -> bool:
    """Tell whether ``text`` has the form of a row's day, be it in the calendar or not."""
    return _MONTH_DAY.fullmatch(text) is not None or _FULL.fullmatch(text) is not None


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


def portal_day(moment: datetime) -> date:
    """Return the day of ``moment`` at the portal."""
    try:
        return moment.astimezone(PORTAL_TIME).date()
    except OverflowError:  # the last hours of the calendar; archives hold nonsense dates
        return moment.date()


@lru_cache(maxsize=4096)
def _day(text: str) -> date | None:
    """Return the day that a full date says; ``None`` where the calendar has none such."""
    numbers = [int(number) for number in _NUMBERS.findall(text)]
    try:
        if len(numbers) == 3:  # noqa: PLR2004
            return date(*numbers)
        day, year = numbers
        return date(year, _month(text), day)
    except ValueError:
        return None


def _month(text: str) -> int:
    """Return the number of the month whose English name is in ``text``; 0 for no such name."""
    name = _MONTH_NAME.search(text.lower())
    return _MONTH_NUMBERS.get(name[0], 0) if name else 0
