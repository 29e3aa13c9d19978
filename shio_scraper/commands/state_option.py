"""Where the state lies that a command is to read or write."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.exceptions import UsageError

from shio_scraper.dataset import places
from shio_scraper.dataset.places import DEMO, LIVE

if TYPE_CHECKING:
    import argparse

    from scrapy.settings import BaseSettings


def add_state_option(parser: argparse.ArgumentParser) -> None:
    """Add the options that name the state."""
    parser.add_argument(
        "--site", metavar="SITE", help="of this site: live, demo or the address of a copy (live)"
    )
    parser.add_argument("--state", metavar="FILE", help="the state (SHIO_STATE, SHIO_DATA)")


def state_path(opts: argparse.Namespace, settings: BaseSettings, site: str = LIVE) -> Path:
    """Return where the state lies: of the site that is given, else of ``site``.

    Raises ``UsageError`` where none is kept, ``StateError`` where it has no place.
    """
    if opts.state:
        return Path(opts.state)
    data = Path(settings["SHIO_DATA"])
    path = places.state_path(data, settings["SHIO_STATE"], site_given(opts) or site)
    if path is None:
        raise UsageError("SHIO_STATE is off: name a state by --state FILE")
    return path


def known_state_path(opts: argparse.Namespace, settings: BaseSettings) -> Path:
    """Return where a state lies that is there, as ``state_path`` does.

    Raises ``UsageError`` where states of other sites alone are there.
    """
    path, data = state_path(opts, settings), Path(settings["SHIO_DATA"])
    others = [] if path.exists() or path.parent != data else places.sites(data)
    if others:
        raise UsageError(f"{path}: no state; there is one of --site {' | '.join(others)}")
    return path


def site_given(opts: argparse.Namespace) -> str | None:
    """Return the site of ``--site``. Raises ``UsageError``."""
    site: str | None = opts.site
    if site is None or site in {LIVE, DEMO} or "://" in site:
        return site and site.rstrip("/")
    raise UsageError(f"--site {site}: use {LIVE}, {DEMO} or the address of a copy")
