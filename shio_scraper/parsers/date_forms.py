"""The forms of dates in folded text, as patterns for the text after and before a year."""

from __future__ import annotations

import re
from typing import Final

MONTHS: Final = tuple("jan feb mar apr may jun jul aug sep oct nov dec".split())  # noqa: SIM905
WEEKDAYS: Final = ("mo-一", "tu-二", "we-三", "th-四", "fr-五", "sa-六", "su-日天")
"""How the names of Monday to Sunday begin in English, and how they end in Chinese."""

_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![a-z])\.?"
)
_DAY = r"(?P<day>\d\d?)(?:st|nd|rd|th)?"
_WEEKDAY = (
    r"(?:(?<![a-z])(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
    r"(?![a-z])\.?|(?:星期|礼拜|周)[一二三四五六日天])"
)
_CLOCK = (
    r"(?:(?:凌晨|清晨|早上|早晨|上午|中午|(?P<late>下午|傍晚|晚上|晚))\s?)?(?P<hour>\d\d?)"
    r"(?::(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d{1,9})?)?(?!:?\d)"
    r"|[时点](?:(?P<han>\d\d?|半)分?)?(?!\d)|(?=\s?[ap]\.?m\b))"
    r"(?:\s?(?:(?P<am>a)|(?P<pm>p))\.?m\b\.?|\sUhr\b)?"
)
_ZONE = (
    r"(?:(?P<utc>Z|\s?(?:UTC|GMT))(?!\w|\s?[+-]\d)"
    r"|\s?(?:UTC|GMT)?\s?(?P<sign>\+|(?<=:\d\d:\d\d)-|(?<=T\d\d:\d\d)-|(?<=\.\d{3})-)"
    r"(?P<hours>\d\d):?(?P<minutes>[0-5]\d)(?!\d)(?:\s?\([A-Za-z ]{3,40}\))?"
    r"|\s?(?-i:[A-Z][SD]T|[CEMP]T|[CEMW]ES?T|AMT|HKT|SGT|MSK)(?![A-Za-z]))"
)
"""A time zone. A minus opens an offset only after seconds or in ISO 8601.

In ``10:00-12:00`` the hyphen separates two times.
"""


def _pattern(*parts: str) -> re.Pattern[str]:
    return re.compile("".join(parts), re.IGNORECASE)


LOOK = re.compile(r"\d(?:\W?\d){3}")
"""Four digits that may be a year, even with an invisible character between two digits."""
YEAR = re.compile(r"(?<!\d)[12]\d{3}(?!\d)")
BESIDE_A_YEAR = frozenset(" ,.-/")
_FIGURES = _pattern(
    r"\s?(?P<sep>[-/.])\s?(?P<month>\d\d?)\s?(?P=sep)\s?(?P<day>\d\d(?=\d\d:\d\d)|\d\d?(?!\d))"
)
_HAN = _pattern(r"\s?年\s?(?P<month>\d\d?)\s?月\s?(?P<day>\d\d?)\s?[日号]")
_YEAR_FIRST = _pattern(r"[\s-]", _MONTH, r"[\s-]", _DAY, r"(?!\w)")
_MONTH_FIRST = _pattern(
    *(r"(?:(?<![a-z])|(?-i:(?<=[a-z])(?=[A-Z])))", _MONTH, r"\s?", _DAY),
    *(r"(?:[\s,.]{1,3}", _CLOCK, _ZONE, r"?)?[\s,.]{1,3}\Z"),
)
_DAY_FIRST = _pattern(r"(?<!\d)", _DAY, r"\.?(?:\sof)?[\s./-]{0,2}", _MONTH, r"[\s,./-]{1,2}\Z")
_YEAR_LAST = _pattern(r"(?<!\d)(?P<day>\d\d?)\s?(?P<sep>[-/.])\s?(?P<month>\d\d?)\s?(?P=sep)\s?\Z")
SPLIT = _pattern(r"\s*(?P<day>\d\d)\s?(?P<year>[12]\d{3})-(?P<month>\d\d)\s*")
BEHIND: Final = (("figures", _FIGURES), ("han", _HAN), ("words", _YEAR_FIRST))
BEFORE: Final = (("words", _MONTH_FIRST), ("words", _DAY_FIRST), ("day first", _YEAR_LAST))
IN_FIGURES: Final = frozenset({"figures", "day first", "month first"})
FOREIGN_BEFORE = _pattern(
    r"(?<!\d)\d\d?(?:er|[.ºª°])?\s(?:de\s|d')?[^\W\d_]{3,}\.?,?\s(?:del?\s)?\Z"
)
FOREIGN_BEHIND = _pattern(r"\.?\s[^\W\d_]{3,}\s\d\d?(?!\w)\.?")
_WEEKDAY_BEHIND = (
    rf"(?:[\s,]{{0,8}}(?:{_WEEKDAY}|[(\[]{_WEEKDAY}[)\]]|\([一二三四五六日月火水木金土]\)))?"
)
TAIL = _pattern(
    _WEEKDAY_BEHIND,
    *(r"(?:(?:T|[\s,]{0,8}(?:[-|(/·•]\s?|at\s)?)", _CLOCK, _ZONE, r"?|T(?!\w))?"),
    _WEEKDAY_BEHIND,
)
"""The text after a date that belongs to it: weekday, clock, zone."""
LEAD = _pattern(
    *(r"(?P<clock>(?<![\d:.-])", _CLOCK, "(?:", _ZONE, r",?|,|\s\|)\s)?"),
    *("(?:(?P<weekday>", _WEEKDAY, r")[\s,]{0,3})?\Z"),
)
"""The text before a date that belongs to it: clock, zone, weekday."""
FASTENED = re.compile(
    r"(?:[\d/_=&]|[\dA-Za-z]-|\d\.|第\s?|№\s?|\bNos?\.?\s?)\Z", re.IGNORECASE | re.ASCII
)
"""What makes figures right after it part of a number, an address or a reference."""
GOES_ON = re.compile(
    r"[\d_%]|[-/](?!\d{4}[-./]\d|\d\d?[./]\d\d?[./]\d{4})[\dA-Za-z]|\.[\da-z]", re.ASCII
)
"""What makes figures right before it part of such a number. A second date does not."""
