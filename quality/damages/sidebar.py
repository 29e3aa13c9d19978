"""Damage to rows and pairs: their headings, their cells, their form."""

from __future__ import annotations

import re
from random import Random
from typing import Final

from fixtures.portal_builder.sidebar import HEADINGS, SIGN_IN
from quality.damages.changes import Gold, Result, mapped, substituted, with_fields, without
from quality.sample import Json

_NUMBER: Final = r"(?<![\d.])(0?2\d{4})(\d{2,3})(?!\d)"
_DAY: Final = r"(?<![\d-])(?:\d\d-\d\d|\d\d月\d\d日)(?![\d-])"
_WORDS: Final = r"(?<=[>\s;])(?:Processing|Received|Completed|受理中|已办结)(?=[<\s])"


def _names(part: str) -> str:
    return "|".join(re.escape(name) for (_, which), name in HEADINGS.items() if which == part)


def _heading(text: str, gold: Gold, part: str, by: str) -> Result:
    return substituted(text, gold, rf"(?<=>)(?:{_names(part)})(?=<)", by)


def _rows(text: str, gold: Gold, pattern: str, by: str) -> Result:
    """Replace text in the page's lists of rows, which begin at the first of their headings."""
    start = min(
        (m.start() for part in ("application", "inquiry") for m in re.finditer(_names(part), text)),
        default=None,
    )
    if start is None:
        return None
    result = substituted(text[start:], gold, pattern, by)
    return (text[:start] + result[0], gold) if result else None


def application_heading_lost(text: str, gold: Gold, _: Random) -> Result:
    """The heading of the applications is gone."""
    return _heading(text, gold, "application", "")


def inquiry_heading_lost(text: str, gold: Gold, _: Random) -> Result:
    """The heading of the inquiries is gone."""
    return _heading(text, gold, "inquiry", "")


def faq_heading_lost(text: str, gold: Gold, _: Random) -> Result:
    """The heading of the pairs is gone."""
    return _heading(text, gold, "faq", "")


def headings_translated(text: str, gold: Gold, _: Random) -> Result:
    """The headings of the rows are in Spanish."""
    first = _heading(text, gold, "application", "Estado de las solicitudes")
    return _heading(first[0], gold, "inquiry", "Estado de las consultas") if first else None


def numbers_lost(text: str, gold: Gold, _: Random) -> Result:
    """The rows have no numbers."""
    return _gone(_rows(text, gold, _NUMBER, ""))


def numbers_in_another_form(text: str, gold: Gold, _: Random) -> Result:
    """The numbers have letters."""
    result = _rows(text, gold, _NUMBER, r"SH-\2")
    return result and (result[0], mapped(gold, "status", _lettered))


def _lettered(row: Json) -> Json:
    number = f"SH-{row['serial']}"
    key = f"status/{row['kind']}/{number}"
    return {**row, "number": number, "serial": number, "key": key}


def days_lost(text: str, gold: Gold, _: Random) -> Result:
    """The rows have no day."""
    result = _rows(text, gold, _DAY, "")
    return result and (result[0], with_fields(gold, "status", month_day=None))


def days_in_another_form(text: str, gold: Gold, _: Random) -> Result:
    """The days are written out."""
    return _rows(text, gold, _DAY, "16 Apr")


def words_lost(text: str, gold: Gold, _: Random) -> Result:
    """The rows have no word."""
    result = _rows(text, gold, _WORDS, "")
    return result and (result[0], with_fields(gold, "status", status=None, status_text=None))


def words_translated(text: str, gold: Gold, _: Random) -> Result:
    """The words are in Spanish."""
    result = _rows(text, gold, _WORDS, "En curso")
    changed = with_fields(gold, "status", status="other", status_text="En curso")
    return result and (result[0], changed)


def text_in_rows(text: str, gold: Gold, _: Random) -> Result:
    """The rows say more."""
    return _rows(text, gold, f"({_WORDS})", r"\1 Join our list")


def more_in_a_row(text: str, gold: Gold, _: Random) -> Result:
    """The rows have a second date."""
    return _rows(text, gold, f"({_WORDS})", r"\1 12:30")


def sidebar_cut_from_the_rows(text: str, gold: Gold, _: Random) -> Result:
    """The page stops at its first row: those behind are gone."""
    match = re.search(rf"(?<=>)(?:{_names('application')})(?=<)", text)
    if match is None or not any(word[0] in text for word in SIGN_IN.values()):
        return None
    return text[: match.end()] + "</body></html>", without(gold, "status", "faq")


def answers_lost(text: str, gold: Gold, _: Random) -> Result:
    """The answers are empty behind their labels."""
    result = substituted(text, gold, r"(?<=>)((?:A|答)\s*[:：])[^<]*", r"\1")
    return result and (result[0], with_fields(gold, "faq", answer=None, answer_truncated=False))


def _gone(result: Result) -> Result:
    return result and (result[0], without(result[1], "status"))


DAMAGES: Final = (
    application_heading_lost,
    inquiry_heading_lost,
    faq_heading_lost,
    headings_translated,
    numbers_lost,
    numbers_in_another_form,
    days_lost,
    days_in_another_form,
    words_lost,
    words_translated,
    text_in_rows,
    more_in_a_row,
    sidebar_cut_from_the_rows,
    answers_lost,
)
