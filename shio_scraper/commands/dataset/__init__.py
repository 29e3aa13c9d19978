"""``scrapy dataset``: the state of all runs; a module for each of its sub-commands."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, ClassVar, Final, NoReturn, Protocol

from scrapy.exceptions import UsageError

from shio_scraper.commands.dataset import add, build, diff, rebuild, show
from shio_scraper.commands.stdout import complain
from shio_scraper.dataset.builds.error import BuildError
from shio_scraper.dataset.intake import IntakeError
from shio_scraper.dataset.state import StateError
from shio_scraper.own_command import OwnCommand

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

_USAGE: Final = 2


class SubCommand(Protocol):
    """What a module of a sub-command has."""

    HELP: str

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what follows the sub-command's name."""
        ...

    def run(self, opts: argparse.Namespace, settings: BaseSettings) -> int:
        """Do it, and return the exit status.

        Raises ``UsageError``, ``IntakeError``, ``StateError`` and ``BuildError`` for what is told
        in one line.
        """
        ...


SUBCOMMANDS: Final[dict[str, SubCommand]] = {
    "add": add, "rebuild": rebuild, "show": show, "build": build, "diff": diff,
}  # fmt: skip


class Command(OwnCommand):
    """Exit status: 0, 1 for a failure, 2 for a wrong argument."""

    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """Return what follows the command's name."""
        return f"{'|'.join(SUBCOMMANDS)} …"

    def short_desc(self) -> str:
        """Return the command's line in the list of all."""
        return "The dataset that runs add up to"

    def long_desc(self) -> str:
        """Return what the command's help says."""
        return ". ".join(f"{name}: {sub.HELP}" for name, sub in SUBCOMMANDS.items())

    def run(self, args: list[str], opts: argparse.Namespace) -> None:  # noqa: ARG002
        """Run a sub-command; Scrapy's own options are taken out of ``args`` before."""
        assert self.settings is not None  # noqa: S101  (Scrapy sets it)
        given = _parser().parse_args(args)
        try:
            self.exitcode = SUBCOMMANDS[given.subcommand].run(given, self.settings)
        except (UsageError, IntakeError, StateError, BuildError) as error:
            complain(f"scrapy dataset {given.subcommand}: {error}")
            self.exitcode = _USAGE if isinstance(error, UsageError) else 1


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong."""

    def error(self, message: str) -> NoReturn:
        self.exit(_USAGE, f"{self.prog}: {message}\n")


def _parser() -> _Parser:
    parser = _Parser(prog="scrapy dataset", allow_abbrev=False)
    subparsers = parser.add_subparsers(dest="subcommand", required=True)
    for name, sub in SUBCOMMANDS.items():
        sub.add_options(subparsers.add_parser(name, help=sub.HELP, allow_abbrev=False))
    return parser
