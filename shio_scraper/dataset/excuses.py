"""Pages that a run saw but could not read: nothing that stands there has gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from shio_scraper.items import Reject
from shio_scraper.portal import TOUCH_SHANGHAI

LISTING_FAILED: Final = "listing_failed"
"""What narrows the scope of a run that could not read a list: all behind it is missing."""
_NOT_THERE: Final = {"404", "410"}
_LISTS: Final = {"home", "listing", "event_listing"}


def excused(rejects: Path) -> Iterator[str]:
    """Yield the addresses of the rejects in a file that do not say: there is no such page.

    Raises ``OSError`` and ``ValueError``.
    """
    with rejects.open("rb") as stream:
        for line in stream:
            reject = _decode(line)
            if reject.url and not _is_not_there(reject):
                yield reject.url


def is_list(url: str) -> bool:
    """Tell whether an address is of a page that leads to others.

    >>> is_list("https://touch.shio.gov.cn/jsp/zfxw_default_en.jsp?siteId=7")
    True
    """
    address = TOUCH_SHANGHAI.locate(url)
    return address is not None and address.kind in _LISTS


def _decode(line: bytes) -> Reject:
    try:
        return msgspec.json.decode(line, type=Reject)
    except msgspec.MsgspecError as error:
        raise ValueError(f"no reject: {error}") from error


def _is_not_there(reject: Reject) -> bool:
    if reject.reason == "not_found":
        return True
    return reject.reason == "http_status" and reject.detail in _NOT_THERE
