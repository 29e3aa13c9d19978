"""Where the state and the runs lie."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.exceptions import UsageError

from shio_scraper import runs

if TYPE_CHECKING:
    import argparse

    from scrapy.settings import BaseSettings


def add_state_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that names the state."""
    parser.add_argument("--state", metavar="FILE", help="the state (SHIO_STATE, SHIO_DATA)")


def state_path(given: str | None, settings: BaseSettings) -> Path:
    """Return where the state lies. Raises ``UsageError`` where none is kept."""
    if given:
        return Path(given)
    path = runs.state_path(Path(settings["SHIO_DATA"]), settings["SHIO_STATE"])
    if path is None:
        raise UsageError("SHIO_STATE is off: name a state by --state FILE")
    return path


def run_folder(name: str, settings: BaseSettings) -> Path:
    """Return the folder of a run, given by its path or its name. Raises ``UsageError``."""
    for folder in (Path(name), Path(settings["SHIO_DATA"]) / "runs" / name):
        if folder.is_dir():
            return folder.resolve()
    raise UsageError(f"{name}: no such run: give a folder, or a name in {settings['SHIO_DATA']}")
