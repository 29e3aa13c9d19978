"""Whether bytes could be a page of a portal: a glance that costs a fraction of parsing them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from typing import Final

from shio_scraper.portals.portal import Portal
from shio_scraper.portals.portals import Portals

_ROLES: Final = frozenset(
    {"section", "category", "application", "inquiry", "events", "promotion", "twin"}
)
_CHARSETS: Final = ("utf-8", "gb18030")
_DIGITS: Final = bytes.maketrans(b"123456789", b"000000000")
_EIGHT: Final = b"0" * 8
_BEFORE: Final = re.compile(rb"(?:^|[>\n|])\s*$")
_AFTER: Final = re.compile(rb"\s*(?:[<\n|]|$)")
_BESIDE: Final = b">|\n\t\r\f\v "
_LAST_OF_ASCII: Final = 0x7F
_NEAR: Final = 80
"""Bytes before a word that are looked at."""


class Signs:
    """Looks for the phrases that head the parts of the portals' pages, and for status numbers.

    A page on which a reader would find neither is another site's. Phrases that markup
    divides are not seen: a page that shows nothing else is taken for another's.
    """

    def __init__(self, portals: Portals) -> None:
        phrases = {phrase for portal in portals.members for phrase in _phrases(portal)}
        # A single word stands in many pages: only where it stands alone it is a heading.
        self._words = {phrase for phrase in phrases if phrase.isalpha()}
        rest = phrases - self._words
        self._phrases = _by_word({phrase for phrase in rest if phrase.isascii()})
        for phrase in sorted(phrase for phrase in rest if not phrase.isascii()):
            self._phrases.setdefault(_rarest(phrase), []).append(phrase)
        forms = "|".join(n.form for portal in portals.members for n in portal.status_numbers)
        self._number = re.compile(rf"(?<!\d)(?:{forms or '(?!)'})(?!\d)".encode())

    def on(self, body: bytes | str) -> bool:
        """Tell whether any of the signs stands on a page."""
        data = (body.encode("utf-8", "replace") if isinstance(body, str) else body).lower()
        for part, phrases in self._phrases.items():
            if part in data and any(phrase in data for phrase in phrases):
                return True
        if any(_stands_alone(word, data) for word in self._words):
            return True
        return _EIGHT in data.translate(_DIGITS) and self._number.search(data) is not None


def _rarest(phrase: bytes) -> bytes:
    """Return the byte of a phrase that no English page has: one byte is found at once."""
    return next(bytes([code]) for code in phrase if code > _LAST_OF_ASCII)


def _by_word(phrases: set[bytes]) -> dict[bytes, list[bytes]]:
    """Group phrases by a word that they share, to be looked for first; one alone by itself."""
    left = set(phrases)
    found: dict[bytes, list[bytes]] = {}
    while left:
        counts = Counter(word for phrase in left for word in phrase.split())
        word = max(counts, key=lambda word: (counts[word] * len(word), word))
        if counts[word] == 1:
            return found | {phrase: [phrase] for phrase in left}
        found[word] = [phrase for phrase in left if word in phrase]
        left.difference_update(found[word])
    return found


def _stands_alone(word: bytes, data: bytes) -> bool:
    """Tell whether nothing but markup or the end of a line stands beside a word, anywhere."""
    start = data.find(word)
    while start >= 0:
        end = start + len(word)
        if (
            data[start - 1 : start] in _BESIDE  # nothing is, at the start
            and _BEFORE.search(data, max(0, start - _NEAR), start)
            and _AFTER.match(data, end)
        ):
            return True
        start = data.find(word, end)
    return False


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
