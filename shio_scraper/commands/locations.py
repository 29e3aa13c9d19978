"""Finds what a command reads or writes: the state, runs, records, archives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.exceptions import UsageError

from shio_scraper.dataset import places
from shio_scraper.dataset.places import DEMO, LIVE
from shio_scraper.runs import stored

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


def add_archives(parser: argparse.ArgumentParser) -> None:
    """Add the option that says where archives lie, beside the data."""
    parser.add_argument(
        "--archive",
        metavar="PATH",
        action="append",
        default=[],
        help="an archive, or a folder of them, outside the data (may be repeated)",
    )


def run_folder(name: str, settings: BaseSettings) -> Path:
    """Return a run's folder, given by its path, its name or ``latest``. Raises ``UsageError``."""
    data = Path(settings["SHIO_DATA"])
    for folder in (Path(name), data / "runs" / name, data / name):
        if folder.is_dir():
            return folder.resolve()
    raise UsageError(f"{name}: no such run: give a folder, or a name in {data}")


def data_folder(name: str) -> Path:
    """Return where records lie. Raises ``UsageError`` where there is none."""
    place = Path(name)
    if not place.exists():
        raise UsageError(f"{name}: no such file or folder")
    try:
        if not stored.record_files(place):
            raise UsageError(f"{name}: no run in it: give a data folder, a run's or a .jsonl file")
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror}") from error
    return place


def archive_places(names: list[str]) -> list[Path]:
    """Return the places of archives. Raises ``UsageError`` where one is not there."""
    for name in names:
        if not Path(name).exists():
            raise UsageError(f"--archive {name}: no such file or folder")
    return [Path(name) for name in names]
