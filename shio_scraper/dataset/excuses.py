"""Pages that a run saw but could not read: nothing that stands there has gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from shio_scraper.items import Reject
from shio_scraper.portals import ALL

_BEHIND: Final = {
    "home": ("article", "event", "press_conference"),
    "listing": ("article",),
    "event_listing": ("event",),
}
"""The types of records that a page of a kind leads to."""


def excused(rejects: Path) -> Iterator[str]:
    """Yield the addresses of the rejects in a file that do not say: there is no such page.

    Raises ``OSError`` and ``ValueError``.
    """
    with rejects.open("rb") as stream:
        for line in stream:
            reject = _decode(line)
            if reject.url and not reject.says_none:
                yield reject.url


def types_behind(url: str) -> tuple[str, ...]:
    """Return the types of records that are missing where the page of an address is.

    >>> types_behind("https://touch.shio.gov.cn/jsp/zfxw_default_en.jsp?siteId=7")
    ('article',)
    """
    address = ALL.locate(url)
    return _BEHIND.get(address.kind or "", ()) if address else ()


def _decode(line: bytes) -> Reject:
    try:
        return msgspec.json.decode(line, type=Reject)
    except msgspec.MsgspecError as error:
        raise ValueError(f"no reject: {error}") from error
