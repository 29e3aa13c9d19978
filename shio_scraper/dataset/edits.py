"""What changed in a value, in place: the words that are gone, and those that came."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, Final, Literal, TypeAlias

Edit: TypeAlias = tuple[Literal["=", "-", "+"], str]
"""A stretch of text that stayed, went or came."""

_WORD: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[^\W\u3400-\u9fff\uf900-\ufaff]+|\s+|.")
_MOST: Final = 2_000
"""Words up to which two texts are compared word by word; what differs of longer ones is whole."""
_PAIRS: Final = 50_000
"""The same for pairs of equal words, one in each: a text of one word has a square of them."""
_AROUND: Final = 12
"""Words and spaces that are kept of what stayed, on each side of a change."""


def text_of(value: Any) -> str:
    r"""Return a field's value as a reader sees it, a list's elements on lines of their own.

    >>> text_of([{"text": "a page", "url": "https://a.example/"}, None, "end"])
    'a page https://a.example/\n\nend'
    """
    if isinstance(value, list):
        return "\n".join(map(text_of, value))
    if isinstance(value, dict):
        return " ".join(filter(None, map(text_of, value.values())))
    return "" if value is None else str(value)


def edits(old: Any, new: Any) -> Iterator[Edit]:
    """Yield what stayed, went and came between two values, what stayed cut to its ends.

    >>> list(edits("Line 3 opens", "Line 3 is open"))
    [('=', 'Line 3 '), ('-', 'opens'), ('+', 'is open')]
    """
    before, now = (_WORD.findall(text_of(value)) for value in (old, new))
    first = _alike(before, now)
    last = _alike(before[first:][::-1], now[first:][::-1])
    yield from _kept(before[:first], at_end=True)
    ends = len(before) - last, len(now) - last
    yield from _changed(before[first : ends[0]], now[first : ends[1]])
    yield from _kept(before[ends[0] :], at_begin=True)


def marked(found: Iterable[Edit]) -> str:
    """Return edits as ``git diff --word-diff`` writes them, on one line.

    >>> marked(edits("Line 3 opens", "Line 3 is open"))
    'Line 3 [-opens-]{+is open+}'
    """
    forms = {"=": "{}", "-": "[-{}-]", "+": "{{+{}+}}"}
    text = "".join(forms[how].format(text) for how, text in found)
    return " ¶ ".join(line for line in text.splitlines() if line.strip())


def _alike(one: list[str], other: list[str]) -> int:
    """Return how many words two texts begin with alike."""
    pairs = enumerate(zip_longest(one, other))
    return next((number for number, (a, b) in pairs if a != b), len(one))


def _changed(before: list[str], now: list[str]) -> Iterator[Edit]:
    counts = Counter(word for word in now if not word.isspace())
    if max(len(before), len(now)) > _MOST or sum(counts[word] for word in before) > _PAIRS:
        yield from _replaced(before, now)
        return
    matcher = SequenceMatcher(str.isspace, before, now, autojunk=False)
    for how, start, end, first, last in matcher.get_opcodes():
        if how == "equal":
            yield from _kept(before[start:end], at_begin=True, at_end=True)
        else:
            yield from _replaced(before[start:end], now[first:last])


def _replaced(before: list[str], now: list[str]) -> Iterator[Edit]:
    if before:
        yield "-", "".join(before)
    if now:
        yield "+", "".join(now)


def _kept(words: list[str], *, at_begin: bool = False, at_end: bool = False) -> Iterator[Edit]:
    """Yield what stayed, but for its middle; a text's own begin and end are left out."""
    if len(words) > _AROUND * (at_begin + at_end):
        begin, end = words[:_AROUND] if at_begin else [], words[-_AROUND:] if at_end else []
        words = [*begin, "…", *end]
    if words:
        yield "=", "".join(words)
