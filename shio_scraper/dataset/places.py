"""Which site a capture and the records are of, and where a site's state and payloads lie."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

from shio_scraper.dataset.state import State, StateError
from shio_scraper.portals import ALL, ANY_SITE, Portal
from shio_scraper.runs import manifest, stored

LIVE: Final = "live"
DEMO: Final = "demo"
ARCHIVE: Final = "archive"
"""The site of a run that read files. Each capture tells its own site."""
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")

_STATE: Final = "state"
_NO_WORDS: Final = re.compile(r"[^a-z0-9]+")
_UNLICENSED: Final = (
    "No licence: the texts belong to their publishers, and none of their pages that this "
    "project has seen grants one. Ask them before you publish texts again."
)


def site_of(fetched_url: str | None) -> str:
    """Return the site that a capture was fetched from.

    A service's replay of the portal has the portal's host in its address, and is of the live
    portal. A capture without an address is of the live portal too.

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
    """Tell whether a capture may be of ``site``. The demo is served on loopback, at any port."""
    own_site = site_of(fetched_url)
    if site == DEMO:
        return own_site != LIVE and urlsplit(own_site).hostname in _LOOPBACK
    return site == own_site or site.startswith(f"{own_site}/")


def state_path(data: Path, setting: str, site: str) -> Path | None:
    """Return the path of the state of ``site``, by ``SHIO_STATE``. ``None`` if the setting is off.

    If the setting names a file, it is that file for every site. Raises ``StateError`` if the state
    of another site has the path and cannot be moved.
    """
    if setting == "off":
        return None
    if setting:
        return Path(setting)
    _make_way(data)
    return _place(data, site)


def payloads_path(data: Path, setting: str, site: str) -> Path | None:
    """Return the path of the payload index of ``site``'s runs, by ``SHIO_PAYLOADS``."""
    if setting == "off":
        return None
    return Path(setting) if setting else _place(data, site, "payloads")


def sites(data: Path) -> list[str]:
    """Return the sites that have a state in a data folder."""
    return sorted(site for path in data.glob("state*.db") if (site := _site_in(path)))


def site_of_run(folder: Path, data: Path) -> str | None:
    """Return the site of the run in ``folder``. ``None`` if it read files and has no record.

    A run that read files is of the site that its first capture was fetched from. A capture from
    loopback is the demo's, at any port, unless ``data`` has the state of a copy at that address.
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
    """Move a state of version 0.1, which had one path for all sites, to the path of its site."""
    old = _place(data, LIVE)
    site = _site_in(old)
    if site is None or site == LIVE:
        return
    new = _place(data, site)
    try:
        with closing(sqlite3.connect(old, isolation_level=None)) as database:
            # Write the write-ahead log into the file. Fails if another process has the file open.
            for mode in ("DELETE", "WAL"):
                database.execute(f"PRAGMA journal_mode = {mode}")
        with suppress(FileNotFoundError):  # another process was faster
            os.link(old, new)
            old.unlink()
    except (OSError, sqlite3.Error) as error:
        raise StateError(
            f"{old} is of site={site}, and cannot be moved to {new}: {error}"
        ) from error


def _site_in(path: Path) -> str | None:
    """Return the site of a state. ``None`` if there is no state or it cannot be read."""
    if not path.is_file():
        return None
    with suppress(StateError), State.open(path) as state:
        return state.site
    return None


@dataclass(frozen=True)
class Subject:
    """What the records are about: the site of the state, and the portals of the records."""

    site: str
    title: str
    name: str
    """The name for machines."""
    publishers: str
    description: str
    """A sentence that says which site it is."""
    licence: str
    """What the publishers allow."""
    source: str
    """The portals and their publishers, as text."""
    sources: list[dict[str, str]]
    """The portals, in the form of the sources of a data package."""

    @classmethod
    def of(cls, site: str | None, keys: Iterable[str]) -> Self:
        """Return the subject of records with these keys."""
        named = set(map(ALL.of_key, keys))
        portals = [portal for portal in ALL.members if portal in named]
        if ANY_SITE in named:
            portals.append(_named_by(site or ""))
        titles = " and ".join(portal.title for portal in portals)
        kinds = ", ".join(sorted(frozenset().union(*(portal.gives for portal in portals))))
        publishers = ", ".join(
            dict.fromkeys(portal.publisher for portal in portals if portal.publisher)
        )
        by = f", published by {publishers}" if publishers else ""
        described = f"Records of {titles}{by}."
        licence = _licence(portals)
        if site == DEMO:
            publishers = "shio-scraper's DEMO"
            described = f"Records of the DEMO of {titles}: every one of them is invented."
            licence = "Its texts are this project's own: MIT licence."
        elif site not in {None, LIVE} and ANY_SITE not in named:
            described = f"Records of a copy of {titles}, at {site}."
        return cls(
            site=site or LIVE,
            title=f"{'DEMO of ' if site == DEMO else ''}{titles}: {kinds}",
            name="-".join(portal.name.replace("_", "-") for portal in portals),
            publishers=publishers,
            description=described,
            licence=licence,
            source=", ".join(filter(None, [titles, publishers])),
            sources=[
                {"title": f"{portal.title}, {publishers}", "path": f"{portal.origin}/"}
                for portal in portals
            ],
        )


def _licence(portals: list[Portal]) -> str:
    licences = [f"{portal.title}: {portal.licence}" for portal in portals if portal.licence]
    unlicensed = [portal.title for portal in portals if not portal.licence]
    names = f"{', '.join(unlicensed)}: " if licences and unlicensed else ""
    return "; ".join([*licences, *([names + _UNLICENSED] if unlicensed else [])])


def _named_by(site: str) -> Portal:
    """Return a portal for a site without a map. Only its address is known."""
    parts = urlsplit(site)
    name = f"{parts.netloc}{parts.path.rstrip('/')}" if parts.netloc else ANY_SITE.title
    origin = f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
    return replace(ANY_SITE, title=name, publisher=parts.hostname or "", origin=origin)
