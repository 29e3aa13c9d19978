"""Whether bytes could be a page of a portal: a glance that costs a fraction of parsing them."""

from __future__ import annotations

import re
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
_ALONE: Final = rb"(?:^|[>\n|])\s*%b\s*(?:[<\n|]|$)"


class Signs:
    """Looks for the phrases that head the parts of the portals' pages, and for status numbers.

    A page on which a reader would find neither is another site's. Phrases that markup
    divides are not seen: a page that shows nothing else is taken for another's.
    """

    def __init__(self, portals: Portals) -> None:
        phrases = {phrase for portal in portals.members for phrase in _phrases(portal)}
        # A single word stands in many pages: only where it stands alone it is a heading.
        self._words = {phrase for phrase in phrases if phrase.isalpha()}
        self._phrases = tuple(sorted(phrases - self._words))
        self._alone = {word: re.compile(_ALONE % re.escape(word)) for word in self._words}
        forms = "|".join(n.form for portal in portals.members for n in portal.status_numbers)
        self._number = re.compile(rf"(?<!\d)(?:{forms or '(?!)'})(?!\d)".encode())

    def on(self, body: bytes | str) -> bool:
        """Tell whether any of the signs stands on a page."""
        data = (body.encode("utf-8", "replace") if isinstance(body, str) else body).lower()
        if any(phrase in data for phrase in self._phrases):
            return True
        if any(word in data and self._alone[word].search(data) for word in self._words):
            return True
        return _EIGHT in data.translate(_DIGITS) and self._number.search(data) is not None


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
