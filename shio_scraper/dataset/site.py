"""Whose page a capture is: one state holds one site."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from shio_scraper.portals import ALL

LIVE: Final = "live"
DEMO: Final = "demo"
ARCHIVE: Final = "archive"
"""The site of a run that read files: each capture tells its own."""
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


def site_of(fetched_url: str | None) -> str:
    """Return the site that a capture was fetched from.

    A service's replay of the portal names it, and is of the live portal; so is a capture
    without an address.

    >>> site_of("https://web.archive.org/web/2016id_/http://touch.shio.gov.cn/")
    'live'
    >>> site_of("http://127.0.0.1:8000/jsp/zfxw_detail_en.jsp?id=1")
    'http://127.0.0.1:8000'
    """
    if fetched_url is None or ALL.of(fetched_url) or any(host in fetched_url for host in ALL.hosts):
        return LIVE
    parts = urlsplit(fetched_url)
    return f"{parts.scheme}://{parts.netloc}"


def is_of(fetched_url: str | None, site: str) -> bool:
    """Tell whether a capture may be of ``site``; the demo is served on loopback, at any port."""
    found = site_of(fetched_url)
    if site == DEMO:
        return found != LIVE and urlsplit(found).hostname in _LOOPBACK
    return site == found or site.startswith(f"{found}/")
