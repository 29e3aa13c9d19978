"""Whether bytes could be a page of a portal: a glance that costs a fraction of parsing them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from typing import Final, NamedTuple

from shio_scraper.portals.portal import Portal
from shio_scraper.portals.portals import Portals
from shio_scraper.portals.vocabulary import NEVER

_ROLES: Final = frozenset(
    {"section", "category", "application", "inquiry", "events", "promotion", "twin"}
)
_CHARSETS: Final = ("utf-8", "gb18030")
_WORD: Final = re.compile(rb"\w+")
_DIGITS: Final = bytes.maketrans(b"123456789", b"000000000")
_EIGHT: Final = b"0" * 8
_BEFORE: Final = re.compile(rb"(?:^|[>\n|])\s*$")
_AFTER: Final = re.compile(rb"\s*(?:[<\n|]|$)")
_BESIDE: Final = b">|\n\t\r\f\v "
_LAST_OF_ASCII: Final = 0x7F
_NEAR: Final = 80
"""Bytes before a word that are looked at."""


class _Phrase(NamedTuple):
    """A phrase, by a word of it that is looked for.

    A single word stands in many pages: only where it stands ``alone`` it is a heading.
    """

    text: bytes
    offset: int
    alone: bool


class Signs:
    """Looks for the phrases that head the parts of the portals' pages, and for status numbers.

    A page on which a reader would find neither is another site's. Phrases that markup
    divides are not seen: a page that shows nothing else is taken for another's.
    """

    def __init__(self, portals: Portals) -> None:
        phrases = {phrase for portal in portals.members for phrase in _phrases(portal)}
        ascii_ = {phrase for phrase in phrases if phrase.isascii()}
        self._by_word = _by_word(ascii_)
        self._by_byte: dict[bytes, list[bytes]] = {}
        for phrase in sorted(phrases - ascii_):
            self._by_byte.setdefault(_rarest(phrase), []).append(phrase)
        lines = "|".join(sign for portal in portals.members for sign in portal.signs)
        flags = re.MULTILINE | re.IGNORECASE
        self._lines = re.compile((lines or NEVER).encode(), flags)
        forms = "|".join(n.form for portal in portals.members for n in portal.status_numbers)
        self._number = re.compile(rf"(?<!\d)(?:{forms or NEVER})(?!\d)".encode())

    def on(self, body: bytes | str) -> bool:
        """Tell whether any of the signs stands on a page."""
        data = (body.encode("utf-8", "replace") if isinstance(body, str) else body).lower()
        for byte, others in self._by_byte.items():
            if byte in data and any(phrase in data for phrase in others):
                return True
        if any(_is_any_on(data, word, phrases) for word, phrases in self._by_word.items()):
            return True
        if self._lines.search(data):
            return True
        return _EIGHT in data.translate(_DIGITS) and self._number.search(data) is not None


def _rarest(phrase: bytes) -> bytes:
    """Return the byte of a phrase that no English page has: one byte is found at once."""
    return next(bytes([code]) for code in phrase if code > _LAST_OF_ASCII)


def _by_word(phrases: set[bytes]) -> dict[bytes, list[_Phrase]]:
    """Group phrases by a word that they share, so that a page is searched for few words."""
    left = set(phrases)
    grouped: dict[bytes, list[_Phrase]] = {}
    while left:
        counts = Counter(word for phrase in left for word in _WORD.findall(phrase))
        word = max(counts, key=lambda word: (counts[word] * len(word), word))
        if counts[word] == 1:
            return grouped | {text: [_Phrase(text, 0, text.isalpha())] for text in left}
        group = sorted(phrase for phrase in left if word in phrase)
        grouped[word] = [_Phrase(text, text.index(word), text.isalpha()) for text in group]
        left.difference_update(group)
    return grouped


def _is_any_on(data: bytes, word: bytes, phrases: list[_Phrase]) -> bool:
    """Tell whether a phrase stands around a place of ``word``."""
    at = data.find(word)
    while at >= 0:
        for text, offset, alone in phrases:
            start = at - offset
            stands = start >= 0 and data.startswith(text, start)
            if stands and (not alone or _stands_alone(data, start, start + len(text))):
                return True
        at = data.find(word, at + 1)
    return False


def _stands_alone(data: bytes, start: int, end: int) -> bool:
    """Tell whether nothing but markup or the end of a line stands beside a word."""
    return (
        data[start - 1 : start] in _BESIDE  # nothing is, at the start
        and _BEFORE.search(data, max(0, start - _NEAR), start) is not None
        and _AFTER.match(data, end) is not None
    )


def _phrases(portal: Portal) -> Iterator[bytes]:
    """Yield what heads parts of a portal's pages, as the bytes of a page may have it."""
    for role in _ROLES & portal.vocabulary.phrases.keys():
        for spelt in portal.vocabulary.phrases[role].values():
            for phrase in spelt:
                for text in (phrase.lower(), escape(phrase.lower(), quote=False)):
                    yield from (text.encode(charset) for charset in _CHARSETS)


@lru_cache
def signs_of(portals: Portals) -> Signs:
    """Return the signs of ``portals``."""
    return Signs(portals)
