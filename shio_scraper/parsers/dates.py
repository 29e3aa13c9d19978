"""The grammar of dates: finds every whole date in a text, in each form that the portals print.

A date needs a year. Figures whose order would be a guess are never a date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final, NamedTuple

from shio_scraper.parsers import date_forms as forms
from shio_scraper.portals import FIRST_YEAR, DateRules
from shio_scraper.portals.common import LEADS_TO_A_DAY
from shio_scraper.texts import fold, kept

_EXACT: Final = DateRules()
_NOON: Final = 12
_LONGEST: Final = 48
"""The most characters before a year, or before a date, that may belong to it."""
_LINE: Final = 200
"""The most characters of a text that is searched for months of other languages."""
_BASIC = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T?\d{4,6}\D?.{0,12})?", re.ASCII)
"""ISO 8601 without its hyphens."""
_UNREAD = re.compile(
    r"[\s,(-]*(?:at |by |before )?\d{1,2}\b.{0,12}|[\s,(-]*\w{1,12}[)]?", re.IGNORECASE
)
"""What may stand after the day of a field: a clock that cannot be read."""
_LASTS = re.compile(
    r"\b\d\d?(?::\d\d)?\s?(?:[ap]\.?m\.?)?\s?(?:[-–~]|to)\s?\d\d?(?::\d\d)?\s?[ap]\.?m\b"
    r"|\b\d\d?[:：]\d\d\s?[-–~～至到]\s?\d\d?[:：]\d\d",
    re.IGNORECASE,
)
_WEEKDAYS: Final = (
    *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
)
_CLOSING: Final = " )]"
_LEADS_TO_A_DAY: Final = re.compile(rf"\s(?:{'|'.join(LEADS_TO_A_DAY)})\Z", re.IGNORECASE)
_APART: Final = 20
"""The most characters between a title and its date."""
_BETWEEN = re.compile(r"(?P<dash>\s+[-‐-―−|~～])?\s*[(（\[【]?\s*$")


class Found(NamedTuple):
    """A whole date at ``text[start:end]``, with its weekday, clock and zone.

    ``clock`` is ``None`` if no clock is printed or it cannot be read. 24:00 is 00:00 of the next
    ``day``. ``offset`` is that of a zone in figures, UTC or GMT. It is ``None`` for other letters,
    because several zones share them (CST). ``form`` is ``figures`` (2023-02-06), ``han``,
    ``words`` (an English month), ``day first``, ``month first``, ``split`` (the day above the
    month) or ``foreign`` (a month of another language).
    """

    start: int
    end: int
    day: date
    clock: time | None
    offset: timezone | None
    form: str

    def moment(self, zone: tzinfo) -> datetime | date:
        """Return the moment in ``zone``, the default zone too; without a clock, return the day."""
        if self.clock is None:
            return self.day
        return datetime.combine(self.day, self.clock, self.offset or zone).astimezone(zone)


class Printed(NamedTuple):
    """A text in the form of a date. ``day`` is ``None`` if the calendar has no such day."""

    start: int
    end: int
    day: date | None
    form: str
    clock: re.Match[str] | None = None


def find(text: str, rules: DateRules) -> list[Found]:
    """Return the dates in ``text``, in order. None is before the first year of ``rules``.

    The text is folded before it is read. The places are those in the text as given.
    """
    return [
        Found(start, end, day + timedelta(later), clock, _offset(match), form)
        for start, end, day, form, match in _read(text, rules)
        if day is not None
        for clock, later in (_clock(match),)
    ]


def _read(text: str, rules: DateRules) -> Sequence[Printed]:
    """Return the texts in the form of a date, read in the folded text, placed in the given one."""
    return _kept_forms(text, rules) if forms.LOOK.search(text) else ()


@kept(4096)
def _kept_forms(text: str, rules: DateRules) -> list[Printed]:
    folded = fold(text)
    read = list(_forms(folded, rules))
    if read and len(folded) != len(text):
        places = [place for place, character in enumerate(text) if fold(character)]
        read = [f._replace(start=places[f.start], end=places[f.end - 1] + 1) for f in read]
    return read


def _forms(text: str, rules: DateRules) -> Iterator[Printed]:
    """Yield the forms of dates around each year of a folded text."""
    others = rules.languages if len(text) <= _LINE else ()
    taken = since = 0
    for year in forms.YEAR.finditer(text):
        if year.start() < taken or int(year[0]) < rules.first_year:
            continue
        since = max(since, taken, year.start() - _LONGEST)
        form = _behind(text, year) or _before(text, year, since, rules)
        if form is None and others:
            form = _foreign(text, year, since, others)
        if form and (whole := _whole(text, form, taken)):
            taken = whole.end
            yield whole
        since = year.end()
    split = None if taken else forms.SPLIT.fullmatch(text)
    if split and int(split["year"]) >= rules.first_year:
        yield Printed(split.start("day"), split.end("month"), _day(split["year"], split), "split")


def _behind(text: str, year: re.Match[str]) -> Printed | None:
    for form, pattern in forms.BEHIND:
        if match := pattern.match(text, year.end()):
            return Printed(year.start(), match.end(), _day(year[0], match), form)
    return None


def _before(text: str, year: re.Match[str], since: int, rules: DateRules) -> Printed | None:
    if text[year.start() - 1 : year.start()] not in forms.BESIDE_A_YEAR:
        return None
    for form, pattern in forms.BEFORE:
        match = pattern.search(text, since, year.start())
        groups = match.groupdict() if match else {}
        if match is None or (rules.month_first is None and groups.get("sep", ".") != "."):
            continue
        swapped = form == "day first" and rules.month_first is True
        day = _day(year[0], match, swapped=swapped)
        clock = match if groups.get("hour") else None
        return Printed(match.start(), year.end(), day, "month first" if swapped else form, clock)
    return None


def _foreign(
    text: str, year: re.Match[str], since: int, languages: tuple[str, ...]
) -> Printed | None:
    start, end = year.span()
    if before := forms.FOREIGN_BEFORE.search(text, since, start):
        start = before.start()
    elif behind := forms.FOREIGN_BEHIND.match(text, end):
        end = behind.end()
    else:
        return None
    day = _foreign_day(text[start:end], languages)
    lead = _weekday(languages).search(text, since, start)
    return Printed(lead.start() if lead else start, end, day, "foreign") if day else None


@lru_cache(maxsize=4096)
def _foreign_day(text: str, languages: tuple[str, ...]) -> date | None:
    """Return what ``dateparser`` reads in a day, a word and a year. A call takes a millisecond."""
    import dateparser  # noqa: PLC0415  (slow to load, and rarely asked)

    moment = dateparser.parse(
        text,
        languages=list(languages),
        settings={
            "PARSERS": ["absolute-time"],
            "REQUIRE_PARTS": ["day", "month", "year"],
            "STRICT_PARSING": True,
        },
    )
    return moment.date() if moment else None


def _whole(text: str, form: Printed, taken: int) -> Printed | None:
    """Return a date with what belongs to it, or ``None`` if it is part of something else."""
    start, end, clock = form.start, form.end, form.clock
    is_second = taken and start == taken + 1 and text[taken] in "-/"
    fastened = text[start].isdigit() and forms.FASTENED.search(text, max(0, start - 5), start)
    if fastened and not is_second:
        return None
    tail = forms.TAIL.match(text, end)
    if tail and tail.end() > end:
        end = tail.end()
        clock = clock or (tail if tail["hour"] else None)
    elif form.form in forms.IN_FIGURES and forms.GOES_ON.match(text, end):
        return None
    lead = forms.LEAD.search(text, max(taken, start - _LONGEST), start)
    if lead and lead["weekday"] and not _falls_on(lead["weekday"], form.day):
        lead = None
    if lead and clock is None and lead["clock"]:
        start, clock = lead.start(), lead
    elif lead and lead["weekday"]:
        start = lead.start("weekday")
    return form._replace(start=start, end=end, clock=clock)


def _falls_on(weekday: str, day: date | None) -> bool:
    """Tell whether ``day`` falls on the weekday before it. If not, the word is the title's."""
    if day is None:
        return False
    begins, ends = forms.WEEKDAYS[day.weekday()].split("-")
    return weekday[:2].lower() == begins or weekday[-1] in ends


def _day(year: str, match: re.Match[str], *, swapped: bool = False) -> date | None:
    """Return the day of a match's ``month`` and ``day``, or ``None`` if no calendar has it."""
    name, day = match["month"], int(match["day"])
    month = int(name) if name.isdigit() else forms.MONTHS.index(name[:3].lower()) + 1
    try:
        return date(int(year), *((day, month) if swapped else (month, day)))
    except ValueError:
        return None


def _clock(match: re.Match[str] | None) -> tuple[time | None, int]:
    """Return the clock of a match, if it can be read, and how many days it adds to the date."""
    if match is None:
        return None, 0
    hour, second = int(match["hour"]), int(match["second"] or 0)
    minute = 30 if match["han"] == "半" else int(match["minute"] or match["han"] or 0)
    if hour < _NOON and (match["pm"] or match["late"]):
        hour += _NOON
    elif hour == _NOON and match["am"]:
        hour = 0
    if (hour, minute, second) == (24, 0, 0):
        return time(0), 1
    try:
        return time(hour, minute, second), 0
    except ValueError:
        return None, 0


def _offset(match: re.Match[str] | None) -> timezone | None:
    """Return the offset of the zone after a clock, if its figures or letters tell the offset."""
    if match is None or not (match["utc"] or match["sign"]):
        return None
    if match["utc"]:
        return UTC
    offset = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"]))
    if offset >= timedelta(days=1):
        return None
    return timezone(-offset if match["sign"] == "-" else offset)


def machine_day(text: str, zone: tzinfo | None = None) -> date | None:
    """Return the day of a value written for machines: ISO 8601, RFC 822, or any exact form.

    If ``zone`` is given and the value has an offset, return the day in ``zone``. Otherwise return
    the day as written.
    """
    text = text.strip()
    dates = find(text, _EXACT)
    if len(dates) == 1 and dates[0].start == 0:
        moment = dates[0].moment(zone) if zone and dates[0].offset else dates[0].day
        return moment.date() if isinstance(moment, datetime) else moment
    basic = _BASIC.fullmatch(text)
    return parse_day("-".join(basic.groups()), _EXACT) if basic else None


@lru_cache(maxsize=64)
def _of_a_field(rules: DateRules) -> DateRules:
    """Return rules by which a text that is only a date may be older: ``1970-01-01``."""
    return rules._replace(first_year=min(rules.first_year, FIRST_YEAR))


_LONGEST_DAY: Final = 200
"""The most characters of a text that may be only a date. The longest forms have half as many."""


def printed_dates(text: str, rules: DateRules) -> Sequence[Printed]:
    """Return each text in the form of a date, even one older than the portal or on no real day."""
    return _read(text, _of_a_field(rules))


def without_dates(text: str, rules: DateRules) -> str:
    """Return a line in which a space replaces each date."""
    for printed in reversed(printed_dates(text, rules)):
        text = f"{text[: printed.start]} {text[printed.end :]}"
    return text


def parse_day(text: str, rules: DateRules) -> date | None:
    """Return the date if ``text`` is only a date in one of the forms, else ``None``."""
    text = text.strip()
    read = printed_dates(text, rules) if len(text) <= _LONGEST_DAY else []
    is_all = len(read) == 1 and (read[0].start, read[0].end) == (0, len(text))
    return read[0].day if is_all else None


def parse_moment(text: str, rules: DateRules) -> str | None:
    """Return the value of a field in ISO 8601: a date, or the moment in the portal's zone.

    If the clock cannot be read, or is a range ("to"), return only the day.
    """
    text = text.strip()
    dates = find(text, _of_a_field(rules))
    if len(dates) != 1 or dates[0].start:
        return None
    rest = fold(text[dates[0].end :]).strip(" .。")
    if rest and not _UNREAD.fullmatch(rest):
        return None
    return (dates[0].day if rest else dates[0].moment(rules.zone)).isoformat()


@lru_cache
def _weekday(languages: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern of a weekday right before a date, with the names in ``dateparser``."""
    from dateparser.languages.loader import default_loader  # noqa: PLC0415  (slow to load)

    known = [default_loader.get_locale(language).info for language in languages]
    names = {name for info in known for key in _WEEKDAYS for name in info.get(key, ())}
    longest_first = sorted(
        (re.escape(name) for name in names if not name.isnumeric()), key=len, reverse=True
    )
    return re.compile(rf"(?<!\w)(?:{'|'.join(longest_first)})\.?,?\s\Z", re.IGNORECASE)


def lasts(text: str) -> bool:
    """Tell whether a line says from when to when. Its day is then an event's.

    >>> lasts("March 4, 2024 9 - 11 a.m.")
    True
    """
    return _LASTS.search(text) is not None


@dataclass(frozen=True, slots=True)
class Dated:
    """A line that ends in a date. ``day`` is ``None`` if the calendar has no such day."""

    title: str
    day: date | None
    listed: bool
    """The listings' form: the date in words, behind a dash."""
    numeric: bool
    """The title lines' form: the date in figures."""
    apart: bool = False
    """The date stands in an inline element of its own."""


def split_dated(text: str, rules: DateRules) -> Dated | None:
    """Split a line that ends in a date into the text before the date, and the date.

    The last date counts, because a title may hold others. A date printed twice counts once. A
    date after a word that leads to it is part of the title: ``Briefing on March 2, 2024``.
    """
    read = printed_dates(text, rules)
    if not read or fold(text[read[-1].end :]).strip(_CLOSING):
        return None
    *others, last = read
    before = _BETWEEN.search(text, max(0, last.start - _APART), last.start)
    title = text[: before.start() if before else last.start].strip()
    is_parted = before is not None and before[0].strip() != ""
    if last.form == "foreign" and title and not is_parted:
        return None
    if last.form == "words" and _LEADS_TO_A_DAY.search(title):
        return None
    if others and others[-1].day == last.day and (again := split_dated(title, rules)):
        title = again.title
    numeric = last.form == "figures"
    dash = bool(before and before["dash"])
    return Dated(title, last.day, listed=dash and not numeric, numeric=numeric)
