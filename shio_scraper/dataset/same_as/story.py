"""When two articles tell one story: by their words, not by chance, not by what all repeat."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Final
from unicodedata import normalize

_HAN: Final = "\u3400-\u9fff\uf900-\ufaff"
_WORD: Final = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+")
_NUMBER: Final = re.compile(r"\S*\d\S*")
_RUN: Final = 4
"""Words of a run (a shingle)."""

SIMILAR: Final = 0.6
"""The least likeness of two texts whose titles are alike."""
RETITLED: Final = 0.95
"""The same where the titles are not."""
LONG: Final = 50
"""Words from which on a text may be like another, or equal to one of another title."""
_SHORT: Final = 20
"""Words below which a text tells nothing."""
_ALIKE: Final = 0.5
"""The least likeness of titles that are alike, and of the numbers in two texts."""
_NEARLY: Final = 0.999
"""The most likeness of texts that are not equal."""


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


def number_of(text: str) -> int:
    """Return the number that stands for a text, of 63 bits."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) >> 1


@dataclass(frozen=True)
class Story:
    """A title and paragraphs as words, apart by spaces.

    ``is_common`` tells which paragraphs (by their number) stand in many texts: a
    notice, an address, a byline. They say nothing of the story.
    """

    title: str
    paragraphs: list[str]
    is_common: Callable[[int], bool]

    @classmethod
    def stored(cls, title: str, text: str, is_common: Callable[[int], bool]) -> Story:
        """Return the story of a stored title and text, a paragraph a line."""
        return cls(title, text.split("\n"), is_common)

    @cached_property
    def words(self) -> list[str]:
        """The words of the body that are the story's own."""
        own = (text for text in self.paragraphs if not self.is_common(number_of(text)))
        return " ".join(own).split()

    @cached_property
    def runs(self) -> list[str]:
        """The runs of four words."""
        return runs(self.words)

    @property
    def is_long(self) -> bool:
        """Tell whether the body is long enough to be like another."""
        return len(self.words) >= LONG

    @cached_property
    def digest(self) -> bytes | None:
        """What is equal for equal bodies, short ones also of equal titles; ``None``: too short."""
        if len(self.words) < _SHORT:
            return None
        title = "" if self.is_long else self.title
        text = "\n".join([title, " ".join(self.words)])
        return blake2b(text.encode(), digest_size=16).digest()

    def likeness(self, other: Story) -> float | None:
        """Return how alike two stories are, or ``None`` where they are two.

        A story told anew each day, with other numbers, is another.
        """
        if dice(self._numbers, other._numbers) < _ALIKE:
            return None
        is_retitled = dice(self.title.split(), other.title.split()) < _ALIKE
        found = jaccard(self.runs, other.runs)
        if found < (RETITLED if is_retitled else SIMILAR):
            return None
        return min(round(found, 3), _NEARLY)

    @cached_property
    def _numbers(self) -> list[str]:
        return numbers(" ".join([self.title, *self.words]))


def normal(text: str) -> str:
    """Return a text as words, apart by spaces."""
    return " ".join(words(text))
