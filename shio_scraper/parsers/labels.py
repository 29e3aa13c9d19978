"""Labels, cut-off dots, source lines, gate notices, noise: what stands around a text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from shio_scraper.parsers.dates import DATE, parse_day
from shio_scraper.portal import Portal

_COLON = r"\s?[:：]\s?"
_CUT = re.compile(r"\s*(?:\.\.\.|…+)$")
_MAX_SOURCE: Final = 80
_SENTENCE_END = re.compile(r"[.!?]\s|[。！？；]")
_TRAILING = " \t.。,，;；"
_SCRIPT = re.compile(r"\(\s?function\s?\w*\s?\([\w$, ]*\)\s?\{")
_STYLE = re.compile(r"<\s+style=\"[\w-]+\s?:[^<>]*>?")
_CODE = re.compile(r"^(?:[{}()\[\];,]|(?:if|else|for|var|return|try|catch|function)\b).*[{};)]$|[{};]$")


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source beside a text: the text without it, and the source as printed."""

    rest: str
    source: str


class Labels:
    """The labels of a portal's vocabulary, compiled."""

    def __init__(self, portal: Portal) -> None:
        words = portal.vocabulary
        self._question = _leading(words.question_labels)
        self._answer = _leading(words.answer_labels)
        source = _any(words.source_labels)
        self._source = re.compile(rf"[(（]?\s?{source}{_COLON}(?P<value>.+)", re.IGNORECASE)
        self._source_label = re.compile(rf"{source}\s?[:：]", re.IGNORECASE)
        self._source_at_end = re.compile(
            rf"(?P<rest>.*\S)\s?[(（]\s?{source}{_COLON}(?P<value>[^()（）]+)[)）][.。]?", re.IGNORECASE
        )
        self._byline = re.compile(
            rf"(?:{source}{_COLON}(?P<before>.+?)[\s|]+)?"
            rf"(?:{_any(words.date_labels)}{_COLON})?[(（\[]?(?P<day>{DATE})[)）\]]?"
            rf"(?:\s\d\d?:\d\d(?::\d\d)?)?"
            rf"(?:[\s|]*[(（]?{source}{_COLON}(?P<after>.+?)[)）]?)?",
            re.IGNORECASE,
        )
        self._gate = re.compile(words.gate, re.IGNORECASE)

    def question(self, text: str) -> str | None:
        """Return ``text`` without its leading question labels; ``None`` where it has none."""
        return _strip(self._question, text)

    def answer(self, text: str) -> str | None:
        """Return ``text`` without its leading answer labels; ``None`` where it has none."""
        return _strip(self._answer, text)

    def source(self, text: str) -> str | None:
        """Return the source that ``text`` names, where it is a source line and no sentence."""
        match = self._source.fullmatch(text)
        return _source(match["value"]) if match else None

    def is_source_label(self, text: str) -> bool:
        """Tell whether ``text`` is a source label without its value."""
        return self._source_label.fullmatch(text) is not None

    def source_at_end(self, text: str) -> SourceLine | None:
        """Split a source in brackets off the end of ``text``."""
        match = self._source_at_end.fullmatch(text)
        source = _source(match["value"]) if match else None
        return SourceLine(match["rest"], source) if match and source else None

    def byline(self, text: str) -> tuple[str, str | None] | None:
        """Return the date, as printed, and the source of a line that holds no more than these."""
        match = self._byline.fullmatch(text.strip(" |"))
        if match is None:
            return None
        return match["day"], _source(match["before"] or match["after"] or "")

    def split_gate(self, text: str) -> tuple[str, str] | None:
        """Split ``text`` before the notice that asks to log in for the rest."""
        match = self._gate.search(text)
        return (text[: match.start()].strip(" (（[…"), match[0]) if match else None


@lru_cache
def labels_of(portal: Portal) -> Labels:
    """Return the compiled labels of ``portal``."""
    return Labels(portal)


def strip_cut(text: str) -> tuple[str, bool]:
    """Take the dots of a cut-off text away; tell whether there were any.

    >>> strip_cut("Log on to http://touch.shio.gov....")
    ('Log on to http://touch.shio.gov.', True)
    """
    match = _CUT.search(text)
    return (text[: match.start()], True) if match else (text, False)


def strip_noise(text: str) -> str:
    """Take script text and word-processor leftovers out of ``text`` (PORTAL.md, noise)."""
    while match := _SCRIPT.search(text):
        text = f"{text[: match.start()]} {text[_script_end(text, match.end()) :]}"
    return " ".join(_STYLE.sub(" ", text).split())


def opens_script(text: str) -> bool:
    """Tell whether script text starts in ``text`` and does not end in it."""
    match = _SCRIPT.search(text)
    return match is not None and _balance(text, match.end()) is None


def is_code(text: str) -> bool:
    """Tell whether a line goes on a script that an earlier line began."""
    return _CODE.search(text) is not None


def is_day_line(text: str) -> bool:
    """Tell whether ``text`` is a full date and nothing else."""
    return parse_day(text.strip("()（）[]")) is not None


def _any(labels: Iterable[str]) -> str:
    return "(?:" + "|".join(map(re.escape, sorted(labels, key=len, reverse=True))) + ")"


def _leading(labels: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\s*(?:{_any(labels)}\s*[:：]\s*)+", re.IGNORECASE)


def _strip(label: re.Pattern[str], text: str) -> str | None:
    match = label.match(text)
    return text[match.end() :].rstrip() if match else None


def _source(value: str) -> str | None:
    value = value.strip(_TRAILING)
    if value.endswith((")", "）")) and not re.search(r"[(（]", value):
        value = value[:-1].rstrip(_TRAILING)
    if not value or len(value) > _MAX_SOURCE or _SENTENCE_END.search(value):
        return None
    return value


def _script_end(text: str, start: int) -> int:
    """Return where the script that opened its brace before ``start`` ends."""
    end = _balance(text, start)
    if end is None:
        return len(text)
    call = re.compile(r"\s?\)?\s?\([^()]*\)\s?\)?\s?;?").match(text, end)
    return call.end() if call else end


def _balance(text: str, start: int) -> int | None:
    depth = 1
    for brace in re.compile(r"[{}]").finditer(text, start):
        depth += 1 if brace[0] == "{" else -1
        if not depth:
            return brace.end()
    return None
