"""Whether bytes could be a page of a portal: a glance that costs a fraction of parsing them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from shio_scraper.portals.portal import Portal

_ROLES: Final = frozenset({"section", "category", "application", "inquiry", "events"})
_CHARSETS: Final = ("utf-8", "gb18030")
_DIGITS: Final = bytes.maketrans(b"123456789", b"000000000")
_ALONE: Final = rb"(?:^|[>\n|])\s*%b\s*(?:[<\n|]|$)"


class Signs:
    """Looks for the phrases that head the portal's parts, and for its status numbers.

    A page on which a reader would find neither is another site's. Phrases that markup
    divides are not seen: a page that shows nothing else is taken for another's.
    """

    def __init__(self, portal: Portal) -> None:
        phrases = {
            phrase.lower().encode(charset)
            for role in _ROLES & portal.vocabulary.phrases.keys()
            for spelt in portal.vocabulary.phrases[role].values()
            for phrase in spelt
            for charset in _CHARSETS
        }
        # A single word stands in many pages: only where it stands alone it is a heading.
        self._words = {phrase for phrase in phrases if phrase.isalpha()}
        self._phrases = tuple(sorted(phrases - self._words))
        self._alone = {word: re.compile(_ALONE % re.escape(word)) for word in self._words}
        forms = "|".join(number.form for number in portal.status_numbers)
        self._number = re.compile(rf"(?<!\d)(?:{forms})(?!\d)".encode()) if forms else None

    def on(self, body: bytes | str) -> bool:
        """Tell whether any of the signs stands on a page."""
        data = (body.encode("utf-8", "replace") if isinstance(body, str) else body).lower()
        if any(phrase in data for phrase in self._phrases):
            return True
        if any(word in data and self._alone[word].search(data) for word in self._words):
            return True
        digits = self._number is not None and b"0" * 8 in data.translate(_DIGITS)
        return digits and self._number is not None and self._number.search(data) is not None


@lru_cache
def signs_of(portal: Portal) -> Signs:
    """Return the signs of ``portal``."""
    return Signs(portal)
