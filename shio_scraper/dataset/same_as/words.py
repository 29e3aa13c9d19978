"""Texts as words, by which they are compared."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable
from typing import Final
from unicodedata import normalize

_HAN: Final = "\u3400-\u9fff\uf900-\ufaff"
_WORD: Final = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+")
_NUMBER: Final = re.compile(r"\S*\d\S*")
_RUN: Final = 4
"""Words of a run (a shingle)."""


def words(text: str) -> list[str]:
    """Return the words of a text, without case and punctuation; a Chinese character is a word.

    >>> words("“5G网络” opens, New Year's Day")
    ['5g', '网', '络', 'opens', 'new', 'year', 's', 'day']
    """
    if not text.isascii():
        text = normalize("NFKC", text)
    return _WORD.findall(text.casefold())


def runs(text: list[str]) -> list[str]:
    """Return each run of four words.

    >>> runs(["a", "b", "c", "d", "e"])
    ['a b c d', 'b c d e']
    """
    return list(map(" ".join, zip(*(text[start:] for start in range(_RUN)), strict=False)))


def jaccard(one: Iterable[str], two: Iterable[str]) -> float:
    """Return the share of what both hold in what either holds."""
    first, second = set(one), set(two)
    either = len(first | second)
    return len(first & second) / either if either else 1.0


def dice(one: Iterable[Hashable], two: Iterable[Hashable]) -> float:
    """Return the share of what both hold in the mean of what each holds, repeats counted."""
    first, second = Counter(one), Counter(two)
    total = first.total() + second.total()
    return 2 * (first & second).total() / total if total else 1.0


def numbers(text: str) -> list[str]:
    """Return the words of a text that hold a digit.

    >>> numbers("the 2nd of 83 stations")
    ['2nd', '83']
    """
    return _NUMBER.findall(text)
