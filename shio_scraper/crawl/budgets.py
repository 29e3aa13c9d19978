"""What the forms of a site's addresses are worth: where pages give nothing new, it ends.

Calendars, facets, orders of a table and session ids make ever-new addresses of a few forms, and
pages that say again what others say. So each form of address has a credit: a page that gives
nothing new costs one, a page that does earns several.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from shio_scraper.survey.forms import shape

_CREDIT: Final = 40
"""Pages of a form that may give nothing new before any gave something."""
_EARNED: Final = 8
"""Pages more, for each that gave something."""
_DEEPEST: Final = 12
"""Parts of a path, at most."""
_REPEATED: Final = 2
"""Times that a part of a path may stand in it."""
_PARAMETERS: Final = 8
"""Parameters of an address, at most."""
_DATE: Final = re.compile(r"(?:19|20)\d\d(?:[-_]?\d\d){0,2}|\d{1,2}")


class Budgets:
    """Keeps the accounts of a crawl."""

    def __init__(self) -> None:
        self._barren: Counter[str] = Counter()
        self._paid: Counter[str] = Counter()

    def book(self, url: str, *, is_new: bool) -> None:
        """Note that a page gave something new, or not."""
        for account in _accounts(url):
            (self._paid if is_new else self._barren)[account] += 1

    def has_credit(self, url: str) -> bool:
        """Tell whether another page of this form of address may be fetched."""
        return all(
            self._barren[one] < _CREDIT + _EARNED * self._paid[one] for one in _accounts(url)
        )

    def pays(self, url: str) -> bool:
        """Tell whether pages of this form gave something new."""
        return self._paid[shape(url)] > 0


def is_trap(url: str) -> bool:
    """Tell an address that only a page that makes up addresses can have: it repeats itself.

    >>> is_trap("https://example.org/news/about/news/about/news/")
    True
    """
    parts = urlsplit(url)
    steps = [step for step in parts.path.split("/") if step]
    if len(steps) > _DEEPEST or len(parse_qsl(parts.query)) > _PARAMETERS:
        return True
    counts = Counter(step for step in steps if not _DATE.fullmatch(step))
    return any(count > _REPEATED for count in counts.values())


def _accounts(url: str) -> Iterator[str]:
    """Yield what an address is booked on: its form, and all that its path is asked for."""
    yield shape(url)
    path, mark, _ = url.partition("?")
    if mark:
        yield f"{shape(path)}?"
