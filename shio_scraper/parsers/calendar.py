"""The days in the lists of a page: the whole page settles their order of figures and their year.

What one line of a list leaves open, the other lines settle. ``3/4/2024`` has its month first if a
line below reads ``3/14/2024``. ``Tuesday, March 5`` has the year of the heading above it if that
day is a Tuesday in that year. If nothing settles a day, there is no day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, time
from functools import cached_property
from typing import Final, NamedTuple

from shio_scraper.parsers.date_forms import MONTHS, WEEKDAYS
from shio_scraper.parsers.dates import find, parse_day
from shio_scraper.parsers.frame import Frame, Role
from shio_scraper.portals import DateRules
from shio_scraper.texts import fold

_FIGURES: Final = re.compile(r"(?<![\d/.-])(\d\d?)([/-])(\d\d?)\2(\d{4}|\d\d)(?![\d/-]|\.\d)")
_NAMED: Final = re.compile(
    r"(?:(?<![a-z])(?P<weekday>mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s{1,2})?"
    r"(?:(?<![a-z])(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?"
    r"|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?\s?"
    r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?![\d:]|\s?[ap]\.?m)"
    r"|(?<![\d:/.-])(?P<day_first>[0-3]?\d)(?:st|nd|rd|th)?\s?(?:of\s)?(?P<month_last>jan(?:uary)?|feb(?:ruary)?"
    r"|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?))(?![a-z])",
    re.IGNORECASE,
)
PUNCTUATION: Final = " -–—|·•*[]()（）【】"
"""Characters that stand around a day or a title in a list."""
_DIGIT: Final = re.compile(r"\d")
_FIGURE: Final = re.compile(r"\d+")
_BEFORE, _AFTER = 12, 10
"""Characters before and after a day that may hold its month: ``September. 5``, ``5th of Sep``."""
_YEAR: Final = re.compile(r"(?<![\d/.-])(?:19[7-9]\d|20\d\d)(?![\d/-])")
_CLOCK: Final = re.compile(
    r"(?:(?<![\d:/.-])(?P<from>\d\d?)(?::(?P<from_minute>[0-5]\d))?\s?(?:[-–—~]|to)\s?)?"
    r"(?<![\d:/.])(?P<hour>\d\d?)(?:[:.](?P<minute>[0-5]\d)(?::[0-5]\d)?)?\s?(?P<half>[ap])\.?\s?m(?-i:(?![a-z]))\.?"
    r"|(?<![\d:/.-])(?P<hours>[01]?\d|2[0-3]):(?P<minutes>[0-5]\d)(?::[0-5]\d)?(?![\d:])"
    r"|\b(?P<noon>(?:12 )?noon)\b",
    re.IGNORECASE,
)
_SHORT: Final = 120
_CENTURY: Final = 2000
_LEAP: Final = 2000
"""A leap year: every month and day exists in it."""
_NOON: Final = 12
_LONGEST: Final = 600
"""The most characters of a text that is searched for days."""


class Day(NamedTuple):
    """A day at ``text[start:end]`` of a text. ``day`` is ``None`` if nothing tells its year."""

    start: int
    end: int
    day: date | None


class Calendar:
    """Reads the days of a page's lists."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._read: dict[tuple[int, str], list[Day]] = {}
        self._rules = frame.portal.dates._replace(month_first=self._month_first)

    @cached_property
    def _month_first(self) -> bool | None:
        """Whether the month stands first in the page's figures; ``None`` if they do not tell."""
        known = self._frame.portal.dates.month_first
        if known is not None:
            return known
        firsts, seconds = set(), set()
        for block in self._frame.page.blocks:
            if len(block.text) <= _LONGEST and ("/" in block.text or "-" in block.text):
                for match in _FIGURES.finditer(block.text):
                    firsts.add(int(match[1]))
                    seconds.add(int(match[3]))
        is_month_first = max(firsts, default=0) <= _NOON
        if is_month_first and max(seconds, default=0) > _NOON:
            return True
        return None if is_month_first else False

    @cached_property
    def _years(self) -> list[int | None]:
        """The year of each block: the nearest one that a short line at or above it names alone."""
        title_years = _YEAR.findall(self._frame.page.said.title)
        year = int(title_years[0]) if len(title_years) == 1 else None
        years = []
        for block, role in zip(self._frame.page.blocks, self._frame.roles, strict=True):
            if len(block.text) <= _SHORT and role is not Role.FOOT:
                named = set(_YEAR.findall(block.text))
                if len(named) == 1:
                    year = int(named.pop())
            years.append(year)
        return years

    def days(self, text: str, position: int) -> list[Day]:
        """Return the days in a text of the block ``position``, in order."""
        if len(text) > _LONGEST or not _DIGIT.search(text):
            return []
        key = position, text
        if key not in self._read:
            whole = [Day(f.start, f.end, f.day) for f in find(text, self._rules)]
            short = () if whole else self._short(text)
            self._read[key] = whole or [*short, *self._without_year(text, position)]
        return self._read[key]

    def _short(self, text: str) -> Iterator[Day]:
        """Yield the days in figures whose year has two digits."""
        if self._month_first is None:
            return
        for match in _FIGURES.finditer(text):
            first, second, year = int(match[1]), int(match[3]), int(match[4])
            if len(match[4]) > 2:  # noqa: PLR2004
                continue
            month, day = (first, second) if self._month_first else (second, first)
            if full_date := _date(_CENTURY + year, month, day):
                yield Day(match.start(), match.end(), full_date)

    def _without_year(self, text: str, position: int) -> Iterator[Day]:
        folded = fold(text)
        if len(folded) != len(text) or not _may_name_a_day(folded.lower()):
            return
        for match in _NAMED.finditer(folded):
            years = set(_YEAR.findall(text))
            year = int(years.pop()) if len(years) == 1 else self._years[position]
            name = (match["month"] or match["month_last"])[:3].lower()
            month, day = MONTHS.index(name) + 1, int(match["day"] or match["day_first"])
            if not _date(_LEAP, month, day):
                continue
            full_date = _date(year, month, day) if year else None
            weekday = (match["weekday"] or "").lower()
            if full_date and not weekday.startswith(
                WEEKDAYS[full_date.weekday()][: 2 * bool(weekday)]
            ):
                full_date = None
            yield Day(match.start(), match.end(), full_date)


def _may_name_a_day(text: str) -> bool:
    """Tell quickly whether a month stands next to a figure. Most lines with figures have none."""
    around = (
        text[max(0, figure.start() - _BEFORE) : figure.end() + _AFTER]
        for figure in _FIGURE.finditer(text)
    )
    return any(month in near for near in around for month in MONTHS)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def clock_spans(text: str) -> list[tuple[int, int, time]]:
    """Return the times of day in a text with their places. "6 - 8 p.m." gives both times p.m."""
    clocks: list[tuple[int, int, time]] = []
    for match in _CLOCK.finditer(text[:_LONGEST]):
        if match["noon"]:
            clocks.append((match.start(), match.end(), time(_NOON)))
            continue
        hour = int(match["hour"] or match["hours"])
        minute = int(match["minute"] or match["minutes"] or 0)
        half = (match["half"] or "").lower()
        if half and not 1 <= hour <= _NOON:
            continue
        if half and match["from"] and 1 <= int(match["from"]) <= _NOON:
            since = int(match["from"])
            late = half == "p" and (since % _NOON <= hour % _NOON)
            first = time(since % _NOON + _NOON * late, int(match["from_minute"] or 0))
            clocks.append((match.start(), match.start("hour"), first))
        if half:
            hour = hour % _NOON + _NOON * (half == "p")
        start = match.start("hour") if match["hour"] else match.start()
        clocks.append((start, match.end(), time(hour, minute)))
    return clocks


def day_of(*texts: str, rules: DateRules) -> date | None:
    """Return the date that the texts make together, without the punctuation around it.

    Day and month may stand on lines of their own, in either order.
    """
    joined = (separator.join(texts).strip(PUNCTUATION) for separator in " -"[: len(texts)])
    return next(filter(None, (parse_day(text, rules) for text in joined)), None)
