"""Tells text that a program wrote, where a person's should stand."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from shio_scraper.portals.leftovers import NOTHING, WRITTEN

_NOTHING: Final = re.compile(NOTHING, re.IGNORECASE)
_WRITTEN: Final = [(re.compile(form, re.IGNORECASE), signs) for form, signs in WRITTEN.items()]
_OF_WRITTEN: Final = tuple({sign for signs in WRITTEN.values() for sign in signs})
_OF_LONG: Final = tuple(sign for sign in _OF_WRITTEN if not sign.isalpha())
_OF_ADDRESSES: Final = ("://", "www.", "@")
_SIGNS: Final = re.compile(r"[{}\[\]<>=;_|\\^~]")
_LOOKED_AT: Final = 5_000
_LONG: Final = 240
"""Characters from which on a text is no message, so that words like "error" say nothing."""
_SHORT: Final = 60
"""Characters of a text that may stand on each page: what it tells is kept."""
_FEW_SIGNS: Final = 3
_MOST_SIGNS: Final = 0.04
"""Share of a text's characters that may be signs of a program's."""
_LONGEST_WORD: Final = 45
"""Letters, without a space or hyphen between them."""
_LONG_WORD: Final = re.compile(rf"[A-Za-z]{{{_LONGEST_WORD + 1},}}|[A-Za-z0-9+/=]{{60,}}")
_TOGETHER: Final = 12
"""Characters for each word of a longer Latin text, from which on its spaces are lost."""
_TYPOGRAPHIC: Final = dict.fromkeys(map(ord, "“”‘’–—…"))
_FEW_WORDS: Final = 8
_SHORT_WORDS: Final = 3
_MOST_LETTERS: Final = 0.5
"""Share of a text's words that may be single letters."""


def is_nothing(value: str) -> bool:
    """Tell whether a value only says that there is none.

    >>> is_nothing("undefined")
    True
    """
    return _NOTHING.fullmatch(value) is not None


def machine_text(text: str) -> str | None:
    """Return what of ``text``, of its first 5,000 characters, a program wrote.

    >>> machine_text("Opening of ${article.title}")
    '${article.title}'
    """
    return _of_short(text) if len(text) <= _SHORT else _look(text[:_LOOKED_AT])


def _look(text: str) -> str | None:
    lower = text.lower()
    looked_for = _OF_LONG if len(text) > _LONG else _OF_WRITTEN
    if signs := {sign for sign in looked_for if sign in lower}:
        for form, of_form in _WRITTEN:
            if not signs.isdisjoint(of_form) and (match := form.search(text)):
                return match[0]
    return _unlike_words(text)


_of_short = lru_cache(maxsize=2048)(_look)


def _unlike_words(text: str) -> str | None:
    """Return a text, or a part of it, that has the form of a program's, and not of words."""
    words = text.split()
    if any(sign in text for sign in _OF_ADDRESSES):
        words = [word for word in words if not any(sign in word for sign in _OF_ADDRESSES)]
        text = " ".join(words)
    if len(_SIGNS.findall(text)) > max(_FEW_SIGNS, _MOST_SIGNS * len(text)):
        return text
    if max(map(len, words), default=0) > _LONGEST_WORD and (found := _LONG_WORD.search(text)):
        return found[0]
    if len(text) > max(_SHORT, _TOGETHER * len(words)) and text.translate(_TYPOGRAPHIC).isascii():
        return text
    if len(words) < _FEW_WORDS or len(text) > _SHORT_WORDS * len(words):
        return None
    letters = sum(len(word) == 1 and word.isascii() and word.isalpha() for word in words)
    return text if letters > _MOST_LETTERS * len(words) else None
