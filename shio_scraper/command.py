"""What every command shares: its frame, what its arguments name, what it prints, how it ends.

It lies beside ``commands``, whose every class of a command Scrapy takes for one.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, Final, NoReturn, TypeAlias

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError
from scrapy.settings import Settings

from shio_scraper.configuration import DEFAULTS, check_settings
from shio_scraper.dataset import places
from shio_scraper.dataset.places import DEMO, LIVE
from shio_scraper.parsers.days import told_day
from shio_scraper.redaction import as_json, logs_objects, printable, redact
from shio_scraper.runs import stored
from shio_scraper.runs.outcome import FAILED, WRONG_USE

Option: TypeAlias = tuple[tuple[str, ...], dict[str, Any]]
"""An option's names, and what argparse is told of it."""


def option(*names: str, **how: Any) -> Option:
    """Declare an option of a command, as ``add_argument`` takes it."""
    return names, how


STATE: Final = (
    option("--site", metavar="SITE", help="of this site: live, demo or a copy's address (live)"),
    option("--state", metavar="FILE", help="the state (SHIO_STATE, SHIO_DATA)"),
)
"""The options that name a dataset's state."""
ARCHIVES: Final = option(
    "--archive", metavar="PATH", action="append", default=[],
    help="an archive, or a folder of them, outside the data (may be repeated)",
)  # fmt: skip
"""The option that says where archives lie, beside the data."""


def add(parser: ArgumentParser, options: Iterable[Option]) -> None:
    """Add options to a parser."""
    for names, how in options:
        parser.add_argument(*names, **how)


class OwnCommand(ScrapyCommand):
    """A command that answers, and says in one line what was wrong.

    ``failures`` are what ``answer`` raises beside ``UsageError`` for what is told in one line.
    """

    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False, **DEFAULTS}
    settings: Settings  # Scrapy sets it before anything is asked of a command
    usage: ClassVar[str] = "[options]"
    summary: ClassVar[str]
    about: ClassVar[str] = ""
    """What its help says behind the summary."""
    options: ClassVar[tuple[Option, ...]] = ()
    failures: ClassVar[tuple[type[Exception], ...]] = ()

    def __init__(self) -> None:
        super().__init__()
        self.name = type(self).__module__.rpartition(".")[2]

    def syntax(self) -> str:
        """Return what follows the command's name."""
        return self.usage

    def short_desc(self) -> str:
        """Return the command's line in the list of all."""
        return self.summary

    def long_desc(self) -> str:
        """Return what the command's help says."""
        return f"{self.summary}. {self.about}".rstrip()

    def add_options(self, parser: ArgumentParser) -> None:
        """Add Scrapy's options, and the command's own."""
        super().add_options(parser)
        say_errors_in_a_line(parser, self.name)
        add(parser, self.options)

    def process_options(self, args: list[str], opts: Namespace) -> None:
        """Read the options, and check our settings; a wrong one ends the command with 2."""
        super().process_options(args, opts)
        try:
            check_settings(self.settings)
        except UsageError as error:
            fail(self.name, error)

    def run(self, args: list[str], opts: Namespace) -> None:
        """Answer; a wrong argument ends it with 2, a failure with 1."""
        logging.getLogger("shio_scraper.dataset").addHandler(_Words())
        try:
            self.exitcode = self.answer(args, opts)
        except UsageError as error:
            fail(self.name, error)
        except self.failures as error:
            fail(self.name, error, FAILED)

    def answer(self, args: list[str], opts: Namespace) -> int:
        """Do what is asked for, and return the exit status."""
        raise NotImplementedError

    @property
    def data(self) -> Path:
        """The data folder."""
        return Path(self.settings["SHIO_DATA"])

    def state_path(self, opts: Namespace, site: str = LIVE, data: Path | None = None) -> Path:
        """Return where the state lies: of the site that is given, else of ``site``.

        Raises ``UsageError``, and ``StateError`` where it has no place.
        """
        if opts.state:
            return Path(opts.state)
        site = site_given(opts) or site
        path = places.state_path(data or self.data, self.settings["SHIO_STATE"], site)
        if path is None:
            raise UsageError("SHIO_STATE is off: name a state by --state FILE")
        return path

    def known_state_path(self, opts: Namespace, data: Path | None = None) -> Path:
        """Return where the state lies, unless states of other sites alone are there."""
        data = data or self.data
        path = self.state_path(opts, data=data)
        others = [] if path.exists() or path.parent != data else places.sites(data)
        if others:
            raise UsageError(f"{path}: no state; there is one of --site {' | '.join(others)}")
        return path

    def run_places(self, name: str) -> list[Path]:
        """Return where a run may lie that is given by its path, its name or ``latest``."""
        return [Path(name), self.data / "runs" / name, self.data / name]

    def run_folder(self, name: str) -> Path:
        """Return a run's folder, given by its path, its name or ``latest``."""
        for folder in self.run_places(name):
            if folder.is_dir():
                return folder.resolve()
        raise UsageError(f"{name}: no such run: give a folder, or a name in {self.data}")


class _Words(logging.Handler):
    """Prints what the dataset logs: a command writes no log."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print a line on standard error."""
        complain(record.getMessage())


def say_errors_in_a_line(parser: ArgumentParser, name: str) -> None:
    """Let a parser say what is wrong in a line; argparse would print the usage with it."""
    vars(parser)["error"] = lambda message: fail(name, message.removeprefix("argument "))


# What arguments name. Each raises ``UsageError`` where that is not there.


def no_argument(args: list[str]) -> None:
    """Refuse arguments, where a command takes options only."""
    if args:
        raise UsageError(f"{' '.join(args)}: it takes options only")


def only_argument(args: list[str], what: str) -> str:
    """Return the one argument."""
    if len(args) != 1:
        raise UsageError(f"name one {what}")
    return args[0]


def need(what: str, extra: str, *modules: str) -> None:
    """Raise ``UsageError`` where modules that ``what`` needs are not installed."""
    if not all(map(find_spec, modules)):
        raise UsageError(f"{what} needs more: pip install 'shio-scraper[{extra}]'")


def day(value: str) -> date:
    """Read an option's day, by UTC; where words give it, say which day it is."""
    try:
        meant = told_day(value, datetime.now(UTC))
    except ValueError as error:
        raise ArgumentTypeError(f"{value} {error}") from error
    if value.strip() != str(meant):
        complain(f"{value}: {meant}")
    return meant


def count(value: str) -> int:
    """Read an option's number, from 1 on."""
    if not value.isdecimal() or not int(value):
        raise ArgumentTypeError(f"{value!r} is not a number from 1 on")
    return int(value)


def site_given(opts: Namespace) -> str | None:
    """Return the site of ``--site``."""
    site: str | None = opts.site
    if site is None or site in {LIVE, DEMO} or "://" in site:
        return site and site.rstrip("/")
    raise UsageError(f"--site {site}: use {LIVE}, {DEMO} or the address of a copy")


def data_folder(name: str | Path) -> Path:
    """Return where records lie."""
    place = Path(name)
    if not place.exists():
        raise UsageError(f"{name}: no such file or folder")
    try:
        if not stored.record_files(place):
            raise UsageError(f"{name}: no run in it: give a data folder, a run's or a .jsonl file")
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror}") from error
    return place


def archive_places(opts: Namespace) -> list[Path]:
    """Return the places of archives that ``--archive`` names."""
    for name in opts.archive:
        if not Path(name).exists():
            raise UsageError(f"--archive {name}: no such file or folder")
    return [Path(name) for name in opts.archive]


# What is printed, and how a command ends.


def write_lines(lines: Iterable[str | bytes]) -> None:
    """Write lines, as long as anyone reads them."""
    try:
        for line in lines:
            say(line if isinstance(line, str) else line.decode())
        sys.stdout.flush()
    except BrokenPipeError:
        leave()


def say(text: object, end: str = "\n") -> None:
    """Print text for people on standard output."""
    sys.stdout.write(printable(f"{text}{end}"))


def complain(line: str) -> None:
    """Print a line for people on standard error, or an object where the log is one of objects."""
    if logs_objects():
        line = as_json(time.time(), "ERROR", __name__, line)
    sys.stderr.write(printable(f"{line}\n"))


def fail(name: str, error: object, status: int = WRONG_USE) -> NoReturn:
    """Say in one line why the command ``name`` ends, without passwords; exit with ``status``."""
    complain(f"scrapy {name}: {redact(told(error))}")
    sys.exit(status)


def told(error: object) -> str:
    """Return what an error says: of a file, its name and what the system said."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def leave() -> None:
    """Send further output nowhere: its reader went away, and Python would fail as it flushes."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
