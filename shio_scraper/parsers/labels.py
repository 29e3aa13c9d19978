"""Recognizes what stands around a text: labels, cut-off dots, source lines, gate notices, noise."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from shio_scraper.parsers.dates import Printed, printed_dates, split_dated
from shio_scraper.portals import NEVER, Portal, common, fold

_COLON = r"\s?[:：]\s?"
_CLOSED: Final = (")", "）")
_MAX_SOURCE: Final = 80
_MAX_FURNITURE: Final = 120
_MAX_COMMENTS: Final = 60
_SENTENCE_END = re.compile(r"[a-z]{3}[.!?]\s|[。！？；]")
_NEXT_LABEL = re.compile(r"[\s|]+[A-Z][a-z]+\s?[:：]|[\s|]+[\u4e00-\u9fff]{2,5}\s?[:：]|\s?\|")
_MAX_WORDS: Final = 8
_MAX_LOWER_WORDS: Final = 3
_TRAILING = " \t.。,，;；"
_COMMENTS = re.compile(rf"[\W\d]*(?:{common.COMMENTS})[\W\d条]*", re.IGNORECASE)
_SCRIPT = re.compile(r"\(\s?function\s?\w*\s?\([\w$, ]*\)\s?\{")
_LEFT_OVER = re.compile(
    r"<[^\S\n]+style=\"[\w-]+\s?:[^<>\n]*(?:\n[\w-]+\s?:[^<>\"\n]*(?:\"\s?(?=>)|(?<=;)$))*>?"
    r"|&\\*;?nbsp\\*;",
    re.MULTILINE,
)
"""Left-overs of a word processor: a style, also over several lines, and a no-break space that was
escaped twice."""
_CODE = re.compile(
    r"(?:\n(?:(?:[{}()\[\];,]|(?:if|else|for|var|return|try|catch|function)\b).*[{};)]|.*[{};]))*$",
    re.MULTILINE,
)
"""The lines that continue a script that no brace closes."""
_LONGEST_SCRIPT: Final = 20_000
_NOISE: Final = ("function", "< ", "nbsp")


class Labels:
    """The labels of a portal's vocabulary, compiled to patterns."""

    def __init__(self, portal: Portal) -> None:
        words, dates = portal.vocabulary, any_of(portal.vocabulary.date_labels)
        self._dates = portal.dates
        self._question = _leading(words.question_labels)
        self._answer = _leading(words.answer_labels)
        source = any_of(words.source_labels)
        self._source = re.compile(rf"[\s(（\[【—–-]*{source}{_COLON}(?P<value>.+)", re.IGNORECASE)
        self._source_label = re.compile(rf"{source}\s?[:：]", re.IGNORECASE)
        self._source_at_end = re.compile(
            rf"(?P<rest>.*\S)\s?[(（]\s?{source}{_COLON}(?P<value>[^()（）]+)[)）][.。]?",
            re.IGNORECASE,
        )
        self._before_day = re.compile(
            rf"(?:{source}{_COLON}(?P<source>.+?)[\s|]+)?(?:{dates}\s?[:：]?\s?)?[(（\[]?",
            re.IGNORECASE,
        )
        self._behind_day = re.compile(
            rf"[)）\]]?(?:[\s|/\]]*[(（\[]?{source}{_COLON}(?P<source>.+?)[)）\]]?)?", re.IGNORECASE
        )
        self._before_update = re.compile(
            rf"[\s|/,(（\[]*{any_of(words.update_labels)}\s?[:：]?\s?\Z", re.IGNORECASE
        )
        self._opens_byline = re.compile(
            rf"(?:{dates}|{source})\b|.{{0,40}}(?:[:：|]|\bby\b)", re.IGNORECASE
        )
        self._date_label = re.compile(rf"\s{dates}\s?[:：]$", re.IGNORECASE)
        self._more = re.compile(rf"\W*(?:{words.more})\W*", re.IGNORECASE)
        self._more_at_end = re.compile(
            rf"\s+[\[(（【]?\s*(?:{words.more_at_end})\s*[»>\])）】]*$", re.IGNORECASE
        )
        answer = any_of(words.answer_labels)
        self._answer_within = re.compile(rf"(?<=[?？.!！。…])\s*(?={answer}\s?[:：])")
        self.phone = re.compile(
            rf"[+(（]?\d[\d\s()（）+/;、-]{{4,}}\d(?:\s?(?:{words.extension})\s?\d+)?",
            re.IGNORECASE,
        )
        around = r"[\s()（）\[\]【】|/·,，、;；\d.-]*"
        labels = any_of((*common.CREDIT_LABELS, *common.COUNTER_LABELS, *common.UPDATE_LABELS))
        tools = any_of((*common.TOOL_WORDS, *common.COUNTER_LABELS))
        self._credit = re.compile(rf"[\s(（\[【|*-]*{labels}\s?[:：(（].*", re.IGNORECASE)
        self._tools = re.compile(rf"{around}(?>{tools}[:：次条]?{around})+", re.IGNORECASE)
        self._related = frozenset(map(fold, common.RELATED))
        self._gate = re.compile(words.gate, re.IGNORECASE)
        self._gate_words = words.gate_words
        self._gate_goes_on = re.compile(words.gate_goes_on, re.IGNORECASE)

    def is_furniture(self, text: str) -> bool:
        """Tell whether a short text is no part of a body: a credit, count, tool or related heading.

        Examples are ``Editor: Zhu Lan``, ``【编辑：…】``, ``Print``, ``Related links:``.
        """
        if len(text) > _MAX_FURNITURE:
            return False
        return (
            self._credit.fullmatch(text) is not None or self.is_tool(text) or self.is_related(text)
        )

    def is_tool(self, text: str) -> bool:
        """Tell whether a text consists of the words of buttons and of counts only."""
        return self._tools.fullmatch(text) is not None

    def is_related(self, text: str) -> bool:
        """Tell whether a text is the heading of related news, attachments and the like."""
        return len(text) <= _MAX_FURNITURE and fold(text) in self._related

    @staticmethod
    def heads_comments(text: str) -> bool:
        """Tell whether a text is the heading of readers' comments, such as ``36 Comments``."""
        return len(text) <= _MAX_COMMENTS and _COMMENTS.fullmatch(text) is not None

    def question(self, text: str) -> str | None:
        """Return ``text`` without its leading question labels; ``None`` if it has no such label."""
        return _strip(self._question, text)

    def without_date_label(self, title: str) -> str:
        """Return a title without a date label at its end.

        Such a label remains when the date is cut off from ``TITLE Date: 2023-02-06``.
        """
        return self._date_label.sub("", title)

    def answer(self, text: str) -> str | None:
        """Return ``text`` without its leading answer labels; ``None`` if it has no such label."""
        return _strip(self._answer, text)

    def split_answer(self, text: str) -> tuple[str, str] | None:
        """Split a line into a question and its answer; ``None`` if it holds no such pair.

        The answer begins at an answer label behind the end of a sentence.
        """
        match = self._answer_within.search(text)
        return (text[: match.start()], text[match.end() :]) if match else None

    def is_more(self, text: str) -> bool:
        """Tell whether the words of a link only say that there is more to read."""
        return self._more.fullmatch(text) is not None

    def without_more(self, text: str) -> str:
        """Return a teaser without the words at its end that lead to the article."""
        return self._more_at_end.sub("", text)

    def source(self, text: str) -> str | None:
        """Return the source that ``text`` names; ``None`` if ``text`` is no source line."""
        match = self._source.fullmatch(text)
        return self._name(match["value"]) if match else None

    def opens_byline(self, text: str) -> bool:
        """Tell whether a line opens as a byline does: with a date or source label, or a name."""
        return self._opens_byline.match(text) is not None

    def is_source_label(self, text: str) -> bool:
        """Tell whether ``text`` is a source label without its value."""
        return self._source_label.fullmatch(text) is not None

    def source_at_end(self, text: str) -> tuple[str, str] | None:
        """Split a source in brackets off the end of ``text``.

        Return the rest and the source as printed; ``None`` if no source stands there.
        """
        if not text.rstrip(".。").endswith(_CLOSED):
            return None
        match = self._source_at_end.fullmatch(text)
        source = self._name(match["value"]) if match else None
        return (match["rest"], source) if match and source else None

    def byline(self, text: str) -> tuple[Printed, str | None] | None:
        """Return the date and source of a line that holds nothing else; ``None`` for another line.

        Of two dates, the one with an update label is left out: it is not the day of publication.
        """
        text = text.strip(" |")
        dates = printed_dates(text, self._dates)
        for printed in dates if len(dates) > 1 else ():
            if label := self._before_update.search(text, 0, printed.start):
                return self.byline(text[: label.start()] + text[printed.end :].lstrip(")）]|/, "))
        if len(dates) != 1:
            return None
        before = self._before_day.fullmatch(text, 0, dates[0].start)
        behind = self._behind_day.fullmatch(text, dates[0].end)
        if before is None or behind is None:
            return None
        return dates[0], self._name(before["source"] or behind["source"] or "")

    def split_gate(self, text: str) -> tuple[str, str] | None:
        """Split ``text`` before a gate notice, which asks to log in to read the rest.

        Return the text before the notice and the notice; ``None`` if ``text`` holds no notice.
        """
        if not holds_any(text, self._gate_words):
            return None
        match = self._gate.search(text)
        return (text[: match.start()].strip(" (（[…"), match[0]) if match else None

    def goes_on_gate(self, text: str) -> bool:
        """Tell whether ``text`` continues a gate notice: it says how to get an account."""
        return self._gate_goes_on.search(text) is not None

    def _name(self, value: str) -> str | None:
        """Return the name in the value of a source label; ``None`` if the value is a sentence."""
        if match := _NEXT_LABEL.search(value):
            value = value[: match.start()]
        if dated := split_dated(value.strip(), self._dates):
            value = dated.title or value
        value = value.strip(_TRAILING)
        for opening, closing in ("(（", ")）"), ("[【", "]】"):
            if value.endswith(tuple(closing)) and not any(c in value for c in opening):
                value = value[:-1].rstrip(_TRAILING)
        words = value.split()
        sentence = len(words) > (_MAX_LOWER_WORDS if value[:1].islower() else _MAX_WORDS)
        if not value or sentence or len(value) > _MAX_SOURCE or _SENTENCE_END.search(value):
            return None
        return value


@lru_cache
def labels_of(portal: Portal) -> Labels:
    """Return the compiled labels of ``portal``."""
    return Labels(portal)


def any_of(phrases: Iterable[str]) -> str:
    """Return a pattern that matches any of ``phrases``, the longest first.

    Without phrases, the pattern matches nothing.
    """
    longest_first = sorted(filter(None, phrases), key=len, reverse=True)
    return f"(?:{'|'.join(map(re.escape, longest_first)) or NEVER})"


def holds_any(text: str, words: Iterable[str]) -> bool:
    """Tell whether ``text``, in lower case, holds any of ``words``, which are in lower case."""
    lower = text.lower()
    for word in words:  # noqa: SIM110  (any() takes twice the time)
        if word in lower:
            return True
    return False


def strip_cut(text: str) -> tuple[str, bool]:
    """Return a text without the dots that mark it as cut off, and whether it had such dots.

    >>> strip_cut("Log on to http://touch.shio.gov....")
    ('Log on to http://touch.shio.gov.', True)
    """
    if text.endswith("..."):
        return text[:-3].rstrip(), True
    return (text.rstrip("…").rstrip(), True) if text.endswith("…") else (text, False)


def without_noise(lines: Sequence[str]) -> list[str]:
    """Return lines without script text and word-processor left-overs (PORTAL.md).

    Such noise may span several lines. The number of lines stays the same.

    >>> without_noise(['Read on. < style="margin: 0;', 'mso-x: 1">The quay', "is open."])
    ['Read on.', 'The quay', 'is open.']
    """
    text = "\n".join(lines)
    if not any(sign in text for sign in _NOISE):
        return list(lines)
    text = _LEFT_OVER.sub(lambda match: _breaks(match[0]), text)
    pieces, end = list[str](), 0
    while match := _SCRIPT.search(text, end):
        pieces.append(text[end : match.start()])
        end = _script_end(text, match.end())
        pieces.append(_breaks(text[match.start() : end]))
    return [" ".join(line.split()) for line in "".join([*pieces, text[end:]]).split("\n")]


def _breaks(text: str) -> str:
    """Return the replacement of noise: a space, and as many line breaks as ``text`` has."""
    return " " + "\n" * text.count("\n")


def _leading(labels: Iterable[str]) -> re.Pattern[str]:
    number_or_bullet = r"(?:[-*•·»]\s+|\d{1,2}[.)、]\s*)?"
    return re.compile(rf"\s*{number_or_bullet}(?:{any_of(labels)}\s*[:：]\s*)++", re.IGNORECASE)


def _strip(label: re.Pattern[str], text: str) -> str | None:
    match = label.match(text)
    return text[match.end() :].rstrip() if match else None


def _script_end(text: str, start: int) -> int:
    """Return the end of a script whose first brace opens just before ``start``.

    A call of the function behind its closing brace belongs to the script.
    """
    end = _balance(text, start)
    if end is None:
        line = text.find("\n", start)
        code = _CODE.match(text, line) if line >= 0 else None
        return code.end() if code else len(text) if line < 0 else line
    if call := re.compile(r"\s?\)?\s?\(").match(text, end):
        end = _balance(text, call.end(), "()") or end
    # If the function is an argument, the rest of the call follows: ``…}, onFailure);``.
    tail = re.compile(r"\s?,[^\n]*[;)](?=\n|\Z)|\s?\)?\s?;?").match(text, end)
    return tail.end() if tail else end


def _balance(text: str, start: int, brackets: str = "{}") -> int | None:
    """Return the end of the bracket that closes the one opened just before ``start``.

    Return ``None`` if no bracket closes it within the longest script.
    """
    depth = 1
    most = start + _LONGEST_SCRIPT
    for bracket in re.compile(f"[{re.escape(brackets)}]").finditer(text, start, most):
        depth += 1 if bracket[0] == brackets[0] else -1
        if not depth:
            return bracket.end()
    return None
