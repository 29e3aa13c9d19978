"""``scrapy dataset add``: take runs into the state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shio_scraper.commands.dataset.places import add_state_option, run_folder, state_path
from shio_scraper.commands.stdout import complain, say
from shio_scraper.dataset.intake import IntakeError, take_in
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
    """Take in each run; one that cannot be taken in does not stop the others."""
    folders = [run_folder(name, settings) for name in opts.runs]
    refused = 0
    with State.open(state_path(opts.state, settings), create=True) as state:
        for folder in folders:
            try:
                say(f"{take_in(state, folder, unfinished=opts.unfinished)}")
            except IntakeError as error:
                complain(f"scrapy dataset add: {error}")
                refused += 1
    return 1 if refused else 0
