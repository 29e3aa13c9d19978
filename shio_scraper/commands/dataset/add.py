"""``scrapy dataset add``: take runs into the state."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from shio_scraper.commands.dataset.places import add_state_option, run_folder, state_path
from shio_scraper.commands.stdout import complain, say
from shio_scraper.dataset.intake import IntakeError, take_in
from shio_scraper.dataset.places import site_of_run
from shio_scraper.dataset.site import LIVE
from shio_scraper.dataset.state import State

if TYPE_CHECKING:
    import argparse

    from scrapy.settings import BaseSettings

HELP: Final = "take runs into the state, each whole or not at all"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what follows the sub-command's name."""
    parser.add_argument("runs", metavar="RUN", nargs="+", help="a run's folder, or its name")
    parser.add_argument(
        "--unfinished", action="store_true", help="runs too that have not ended, as far as they are"
    )
    add_state_option(parser)


def run(opts: argparse.Namespace, settings: BaseSettings) -> int:
    """Take each run into the state of its site; one that cannot be does not stop the others."""
    refused = 0
    for folder in [run_folder(name, settings) for name in opts.runs]:
        site = _site(folder, settings)
        path = state_path(opts, settings, site)
        try:
            with State.open(path, create=True) as state:
                state.settle(site)
                say(f"{take_in(state, folder, unfinished=opts.unfinished)}")
        except IntakeError as error:
            complain(f"scrapy dataset add: {error}")
            refused += 1
    return 1 if refused else 0


def _site(folder: Path, settings: BaseSettings) -> str:
    try:
        return site_of_run(folder, Path(settings["SHIO_DATA"])) or LIVE
    except (OSError, ValueError):
        return LIVE  # the intake says what is wrong with it
