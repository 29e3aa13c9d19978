"""Which site a capture is of, and where the state and the payloads of a site lie."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from shio_scraper.dataset.state import State, StateError
from shio_scraper.portals import ALL
from shio_scraper.runs import manifest, stored

LIVE: Final = "live"
DEMO: Final = "demo"
ARCHIVE: Final = "archive"
"""The site of a run that read files: each capture tells its own."""
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")

_STATE: Final = "state"
_NO_WORDS: Final = re.compile(r"[^a-z0-9]+")


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


def state_path(data: Path, setting: str, site: str) -> Path | None:
    """Return where the state of ``site`` lies, by ``SHIO_STATE``; ``None`` where it is off.

    A setting that names a file is that file, whatever the site. Raises ``StateError`` where the
    state of another site stands in the way, and cannot be moved.
    """
    if setting == "off":
        return None
    if setting:
        return Path(setting)
    _make_way(data)
    return _place(data, site)


def payloads_path(data: Path, setting: str, site: str) -> Path | None:
    """Return where the payloads of ``site``'s runs are known, by ``SHIO_PAYLOADS``."""
    if setting == "off":
        return None
    return Path(setting) if setting else _place(data, site, "payloads")


def sites(data: Path) -> list[str]:
    """Return the sites of which a data folder has a state."""
    return sorted(site for path in data.glob("state*.db") if (site := _held(path)))


def site_of_run(folder: Path, data: Path) -> str | None:
    """Return the site of the run in ``folder``; ``None`` where it read files, and has no record.

    Files are of the site that their first capture was fetched from. One from loopback is the
    demo's, which is served at any port, unless ``data`` knows a copy at its address.
    Raises ``OSError`` and ``ValueError``.
    """
    run = manifest.read(folder)
    if run.site != ARCHIVE:
        return run.site
    first = next(stored.records(folder), None)
    if first is None:
        return None
    url = first.provenance.fetched_url
    site = site_of(url)
    return DEMO if is_of(url, DEMO) and not _place(data, site).exists() else site


def _place(data: Path, site: str, what: str = _STATE) -> Path:
    name = _NO_WORDS.sub("-", site.casefold()).strip("-")
    return data / (f"{what}.db" if site == LIVE else f"{what}-{name}.db")


def _make_way(data: Path) -> None:
    """Move a state of 0.1, which knew one place for every site, to that of its own site."""
    old = _place(data, LIVE)
    site = _held(old)
    if site is None or site == LIVE:
        return
    new = _place(data, site)
    try:
        _fold(old)
        with suppress(FileNotFoundError):  # another process was faster
            os.link(old, new)
            old.unlink()
    except (OSError, sqlite3.Error) as error:
        raise StateError(
            f"{old} is of site={site}, and cannot be moved to {new}: {error}"
        ) from error


def _fold(path: Path) -> None:
    """Bring what waits in a write-ahead log into the file, which nobody else may have open."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for mode in ("DELETE", "WAL"):
            database.execute(f"PRAGMA journal_mode = {mode}")


def _held(path: Path) -> str | None:
    """Return the site of a state; ``None`` where there is none, or it cannot be read."""
    if not path.is_file():
        return None
    with suppress(StateError), State.open(path) as state:
        return state.site
    return None
