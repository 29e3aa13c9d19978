"""What a column of records holds (references, days, statuses), told by its header and its form."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Final
from urllib.parse import urlsplit

from shio_scraper.items import RowStatus
from shio_scraper.parsers.dates import printed_dates
from shio_scraper.parsers.days import month_day
from shio_scraper.portals import DateRules, common
from shio_scraper.texts import fold, kept

_WORD: Final = re.compile(r"[^\W_]+|#(?!\w)")
_REFERENCE: Final = re.compile(common.REFERENCE_HEADERS)
_MATTER: Final = re.compile(common.MATTER_HEADERS)
_STATUS: Final = tuple(map(re.compile, common.STATUS_HEADERS))
_NO_STATUS: Final = re.compile(common.NO_STATUS_HEADERS)
_RULES: Final = DateRules(first_year=1000)
_LONGEST_DAY: Final = 60
_BESIDE_A_DAY: Final = 5
"""The most letters next to a date: a weekday, a time zone."""
_LONGEST_STATUS: Final = 40
_LONGEST_REFERENCE: Final = 60
_MOST_WORDS: Final = 12
_FIGURES: Final = re.compile(r"(?<!\d)(\d\d?)([/.-])(\d\d?)\2([12]\d{3}|\d\d)(?!\d)")
_SHORT_YEAR: Final = re.compile(
    r"(?<![\d/.-])(\d\d?(?:[/.-]\d\d?[/.-]|[\s-]?[A-Za-z]{3,9}[\s-]?))(\d\d)(?![\d/.-])"
)
_TOUCHING: Final = re.compile(r"(?<=\d)(?=[A-Za-z])|(?<=[A-Za-z])(?=\d)")
_MONEY: Final = re.compile(
    r"[$£€¥₹%元]|\b(?:USD|EUR|GBP|CNY|RMB|HKD|JPY|AUD|CAD|CHF|INR)\s?\d|^\d{1,3}(,\d{3})+(\.\d+)?$|^\d+\.\d\d$"
)
_YEAR: Final = re.compile(r"(?:19|20)\d\d(?:\s?[-–/]\s?(?:19|20)?\d\d)?")
_FILE: Final = re.compile(r".*\.[A-Za-z]{3,4}")
_PHONE: Final = re.compile(r"\+\d[\d\s()-]{6,}|\(?\d{2,5}\)?[\s.-]\d{3}[\s.-]?\d{3,4}")
_CLOCK: Final = re.compile(r"\d\d?:\d\d")
_CODE: Final = re.compile(
    r"(?:[^\W\d_]{1,12}[.:]?\s?(?:[-#:–]\s?)?){0,3}[\w.,/\\&()#:–-]*\d[\w.,/\\&()#:–-]*"
    r"(?:\s?[/.–-]\s?[\w.]+|\s[A-Z\d]{1,6})*"
)
"""The form of a reference: at most a few short words, then figures with letters or signs."""
_TOOLS: Final = re.compile(r"(?:\s*[\[(]\s*[^\W\d_]{2,10}\s*[\])])+$")
"""What stands behind a reference and opens its documents: ``[PDF] [DOC]``."""
_BEHIND: Final = re.compile(r"\s[-–|:]\s")
"""What separates a reference from its subject: ``PP13/00799 - Planning Permit``."""


_LEADING: Final = re.compile(
    r"((?=(?:\D*\d){4})(?!(?:19|20)\d\d\b)(?:[A-Z]{1,6}[-/.]?)?\d+(?:[-/][A-Z\d]+)+)\s+[^\W\d_]{2}"
)
"""A reference in front of the words of a title: ``16-285 Epic v. Lewis``."""


def names_reference(header: str) -> bool:
    """Tell whether a header names references: ``Application No.``, ``Our Reference``, 案号."""
    return not names_other(header) and any(map(_is_number, _words(header)))


def _names(words: str) -> Callable[[str], bool]:
    form = re.compile(words)
    return lambda header: any(map(form.fullmatch, _words(header)))


names_other: Final = _names(common.NO_REFERENCE_HEADERS)
"""Tell whether a header names other figures: ``Phone``, ``Amount``, ``House No.``."""
names_day: Final = _names(common.DAY_HEADERS)
"""Tell whether a header names days: ``Date Lodged``, ``Submitted``, 受理日期."""
names_meeting: Final = _names(common.MEETING_HEADERS)
"""Tell whether a header is of a calendar of meetings or of a list of files."""


def names_matter(header: str) -> bool:
    """Tell whether a header has only the words of a matter: ``Application``, ``Case No.``."""
    words = _words(header)
    is_matter = [_MATTER.fullmatch(word) is not None for word in words]
    return any(is_matter) and all(map(operator.or_, is_matter, map(_is_number, words)))


def _is_number(word: str) -> bool:
    return _REFERENCE.fullmatch(word) is not None


def names_status(header: str) -> float:
    """Return how clearly a header names statuses: 0 for not at all, the most for ``Status``."""
    words = _words(header)
    if any(map(_NO_STATUS.fullmatch, words)):
        return 0
    ranks = range(len(_STATUS), 0, -1)
    for rank, form in zip(ranks, _STATUS, strict=True):
        if any(map(form.fullmatch, words)):
            return rank + 1 / len(words)
    return 0


@kept(4096)
def _words(header: str) -> list[str]:
    return _WORD.findall(fold(header).casefold())


def status_word(text: str) -> RowStatus:
    """Return the normal form of a printed status; ``other`` if its words are in no list."""
    return _status(fold(text).casefold()) or "other"


def is_status(text: str) -> bool:
    """Tell whether a text of one to four words is a status, whatever its header says."""
    return len(text) <= _LONGEST_STATUS and len(text.split()) <= 4 and status_word(text) != "other"  # noqa: PLR2004


@kept(4096)
def _status(text: str) -> RowStatus | None:
    return next((status for status, words in _WORDS if words.search(text)), None)


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    patterns = (rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word) for word in words)
    return re.compile("|".join(patterns))


_WORDS: Final[list[tuple[RowStatus, re.Pattern[str]]]] = [
    (status, _any_of(words)) for status, words in common.ROW_STATUS.items()
]


def is_code(text: str) -> bool:
    """Tell whether a text looks like a reference: ``DA/983/2018``, ``4 Ob 12/19``, 127467.

    So does ``MCUC-50/2019``.
    """
    text = _TOOLS.sub("", text.partition("\n")[0])
    head = _BEHIND.split(text)[0]
    has_form = _is_code(text) or (head != text and _is_code(head))
    return has_form or _LEADING.match(text) is not None


@kept(4096)
def _is_code(text: str) -> bool:
    if len(text) > 40 or not _CODE.fullmatch(text) or not _may_be_reference(text):  # noqa: PLR2004
        return False
    figures = sum(map(str.isdigit, text))
    if any(form.fullmatch(text) for form in (_YEAR, _FILE, _PHONE)) or _FIGURES.search(text):
        return False
    if is_month_and_day(text):
        return False
    return figures > 3 or (figures > 1 and not text.isdigit())  # noqa: PLR2004


def is_reference(text: str) -> bool:
    """Tell whether a text can be a reference below a header that names references."""
    line = reference(text)
    is_short = len(line) <= _LONGEST_REFERENCE and len(line.split()) <= _MOST_WORDS
    return is_short and not _FILE.fullmatch(line) and _may_be_reference(line)


def _may_be_reference(text: str) -> bool:
    if not any(map(str.isdigit, text)) or _MONEY.search(text) or _CLOCK.search(text):
        return False
    return not is_day(text)


@kept(4096)
def reference(text: str) -> str:
    """Return the reference of a cell: its first line with figures, without the links to files."""
    lines = text.split("\n")
    line = next((line for line in lines if any(map(str.isdigit, line))), lines[0])
    line = _TOOLS.sub("", line)
    head = _BEHIND.split(line)[0]
    if head != line and _is_code(head):
        return head
    leading = None if _is_code(line) else _LEADING.match(line)
    return leading[1] if leading else line


@kept(4096)
def is_day(text: str) -> bool:
    """Tell whether a cell is a date, even if the order of its figures is not known."""
    if len(text) > _LONGEST_DAY:
        return False
    rest = text
    if figures := _figures(text):
        rest = text[: figures.start()] + text[figures.end() :]
    elif read := printed_dates(whole := _whole_years(text), _RULES):
        rest = whole[: read[0].start] + whole[read[-1].end :]
    return rest != text and sum(map(str.isalpha, rest)) <= _BESIDE_A_DAY


def is_month_and_day(text: str) -> bool:
    """Tell whether a cell prints only a month and a day."""
    return month_day(text, _RULES) is not None


class Days:
    """Reads the days of a page. The page's own days or its host tell the order of figures."""

    def __init__(self, texts: Iterable[str], url: str | None) -> None:
        self.month_first = _order(texts, url)

    def read(self, text: str) -> date | None:
        """Return the first day that a cell prints, or ``None`` if it prints none."""
        if len(text) > _LONGEST_DAY:
            return None
        days = _printed(_whole_years(text), self.month_first)
        return days[0] if days else None


def _figures(text: str) -> re.Match[str] | None:
    return _FIGURES.search(text) if len(text) <= _LONGEST_DAY else None


@kept(4096)
def _printed(text: str, month_first: bool | None) -> list[date]:  # noqa: FBT001
    rules = _RULES._replace(month_first=month_first)
    return [printed.day for printed in printed_dates(text, rules) if printed.day]


def _whole_years(text: str) -> str:
    """Write a year of two digits with four: ``6/23/22``, ``31Dec22``."""
    if match := _SHORT_YEAR.search(text):
        century = "20" if int(match[2]) < 70 else "19"  # noqa: PLR2004
        text = f"{text[: match.start(2)]}{century}{text[match.start(2) :]}"
    return _TOUCHING.sub(" ", text) if text[:1].isdigit() else text


def _order(texts: Iterable[str], url: str | None) -> bool | None:
    """Tell whether the month stands first: a number above 12 is a day; else the country decides."""
    matches = [match for match in map(_figures, texts) if match]
    firsts, seconds = {int(m[1]) for m in matches}, {int(m[3]) for m in matches}
    is_first, is_second = (max(parts, default=0) <= 12 for parts in (firsts, seconds))  # noqa: PLR2004
    if not (is_first and is_second):
        return None if is_first == is_second else is_first
    host = (urlsplit(url).hostname or "") if url else ""
    end = host.rpartition(".")[2]
    if end in common.MONTH_FIRST_HOSTS:
        return True
    return False if end in common.DAY_FIRST_HOSTS else None
