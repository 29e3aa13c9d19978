"""The base of every command: its arguments, its output and its exit status.

This module stands outside of ``commands``, because Scrapy offers each command class in that package
as a command.
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
"""The names of an option, and the keyword arguments of ``add_argument`` for it."""


def option(*names: str, **how: Any) -> Option:
    """Declare an option of a command, with the arguments of ``add_argument``."""
    return names, how


STATE: Final = (
    option("--site", metavar="SITE", help="of this site: live, demo or a copy's address (live)"),
    option("--state", metavar="FILE", help="the state (SHIO_STATE, SHIO_DATA)"),
)
"""The options that name the state of a dataset."""
ARCHIVES: Final = option(
    "--archive", metavar="PATH", action="append", default=[],
    help="an archive, or a folder of them, outside the data (may be repeated)",
)  # fmt: skip
"""The option that names archives outside of the data folder."""


def add(parser: ArgumentParser, options: Iterable[Option]) -> None:
    """Add options to a parser."""
    for names, how in options:
        parser.add_argument(*names, **how)


class OwnCommand(ScrapyCommand):
    """A command that prints an answer, or one line that says what was wrong.

    ``failures`` are the exceptions, beside ``UsageError``, that ``answer`` may raise. The command
    prints such an exception as one line, without a traceback.
    """

    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False, **DEFAULTS}
    settings: Settings  # Scrapy sets it before it calls any method of the command
    usage: ClassVar[str] = "[options]"
    summary: ClassVar[str]
    about: ClassVar[str] = ""
    """The text that the command's help prints after the summary."""
    options: ClassVar[tuple[Option, ...]] = ()
    failures: ClassVar[tuple[type[Exception], ...]] = ()

    def __init__(self) -> None:
        super().__init__()
        self.name = type(self).__module__.rpartition(".")[2]

    def syntax(self) -> str:
        """Return the usage: the text that follows the command's name."""
        return self.usage

    def short_desc(self) -> str:
        """Return the line of the command in the list of all commands."""
        return self.summary

    def long_desc(self) -> str:
        """Return the text of the command's help."""
        return f"{self.summary}. {self.about}".rstrip()

    def add_options(self, parser: ArgumentParser) -> None:
        """Add Scrapy's options, and the command's own."""
        super().add_options(parser)
        say_errors_in_a_line(parser, self.name)
        add(parser, self.options)

    def process_options(self, args: list[str], opts: Namespace) -> None:
        """Read the options and check our settings. A wrong setting exits with status 2."""
        super().process_options(args, opts)
        try:
            no_other_option(self.left_over(args))
            check_settings(self.settings)
        except UsageError as error:
            fail(self.name, error)

    def left_over(self, args: list[str]) -> list[str]:
        """Return the arguments among which no option may be left."""
        return args

    def run(self, args: list[str], opts: Namespace) -> None:
        """Run the command. A wrong argument exits with status 2, a failure with status 1."""
        logging.getLogger("shio_scraper.dataset").addHandler(_Words())
        try:
            self.exitcode = self.answer(args, opts)
        except UsageError as error:
            fail(self.name, error)
        except self.failures as error:
            fail(self.name, error, FAILED)

    def answer(self, args: list[str], opts: Namespace) -> int:
        """Do the work of the command, and return its exit status."""
        raise NotImplementedError

    @property
    def data(self) -> Path:
        """The data folder."""
        return Path(self.settings["SHIO_DATA"])

    def state_path(self, opts: Namespace, site: str = LIVE, data: Path | None = None) -> Path:
        """Return the path of the state: of the site in ``--site``, else of ``site``.

        Raises ``UsageError`` if ``SHIO_STATE`` is off and no ``--state`` is given, and
        ``StateError`` if the site has no place for a state.
        """
        if opts.state:
            return Path(opts.state)
        site = site_given(opts) or site
        path = places.state_path(data or self.data, self.settings["SHIO_STATE"], site)
        if path is None:
            raise UsageError("SHIO_STATE is off: name a state by --state FILE")
        return path

    def known_state_path(self, opts: Namespace, data: Path | None = None) -> Path:
        """Return the path of the state. Raises ``UsageError`` if only other sites have a state."""
        data = data or self.data
        path = self.state_path(opts, data=data)
        others = [] if path.exists() or path.parent != data else places.sites(data)
        if others:
            raise UsageError(f"{path}: no state; there is one of --site {' | '.join(others)}")
        return path

    def run_places(self, name: str) -> list[Path]:
        """Return the folders that ``name`` may mean: a run's path, a run's name or ``latest``."""
        return [Path(name), self.data / "runs" / name, self.data / name]

    def run_folder(self, name: str) -> Path:
        """Return the folder of a run. ``name`` is the run's path, its name or ``latest``."""
        for folder in self.run_places(name):
            if folder.is_dir():
                return folder.resolve()
        raise UsageError(f"{name}: no such run: give a folder, or a name in {self.data}")


class _Words(logging.Handler):
    """Prints the log messages of the dataset, because a command writes no log."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print the message on standard error."""
        complain(record.getMessage())


def say_errors_in_a_line(parser: ArgumentParser, name: str) -> None:
    """Let a parser print an error as one line. By default argparse prints the usage, too."""
    vars(parser)["error"] = lambda message: fail(name, message.removeprefix("argument "))


# Functions that read arguments. Each raises ``UsageError`` for an argument that cannot be used.


def no_other_option(args: list[str]) -> None:
    """Refuse an option that the command does not have: Scrapy leaves it among the arguments."""
    for name in args:
        if name.startswith("-") and name != "-":
            raise UsageError(f"there is no option {name}: -h lists those that there are")


def no_argument(args: list[str]) -> None:
    """Raise ``UsageError`` if there is an argument: the command takes options only."""
    if args:
        raise UsageError(f"{' '.join(args)}: this command takes options only")


def only_argument(args: list[str], what: str) -> str:
    """Return the only argument. ``what`` says in the error what the argument names."""
    if len(args) != 1:
        raise UsageError(f"name one {what}")
    return args[0]


def need(what: str, extra: str, *modules: str) -> None:
    """Raise ``UsageError`` if a module that ``what`` needs is not installed."""
    if not all(map(find_spec, modules)):
        raise UsageError(f"{what} needs more: pip install 'shio-scraper[{extra}]'")


def day(value: str) -> date:
    """Read the day of an option, in UTC. Print the day if the user wrote words ("2 weeks ago")."""
    try:
        meant = told_day(value, datetime.now(UTC))
    except ValueError as error:
        raise ArgumentTypeError(f"{value} {error}") from error
    if value.strip() != str(meant):
        complain(f"{value}: {meant}")
    return meant


def count(value: str) -> int:
    """Read the number of an option. Raise ``ArgumentTypeError`` if it is below 1 or no number."""
    if not value.isdecimal() or not int(value):
        raise ArgumentTypeError(f"{value!r} is not a number from 1 on")
    return int(value)


def site_given(opts: Namespace) -> str | None:
    """Return the site that ``--site`` names; ``None`` without the option."""
    site: str | None = opts.site
    if site is None or site in {LIVE, DEMO} or "://" in site:
        return site and site.rstrip("/")
    raise UsageError(f"--site {site}: use {LIVE}, {DEMO} or the address of a copy")


def data_folder(name: str | Path) -> Path:
    """Return the path of a file or folder that has records."""
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


# Functions that print, and functions that end a command.


def write_lines(lines: Iterable[str | bytes]) -> None:
    """Write lines to standard output, and stop when the reader closes the pipe."""
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
    """Print a line on standard error: as text, or as an object if ``SHIO_LOG`` is "json"."""
    if logs_objects():
        line = as_json(time.time(), "ERROR", __name__, line)
    sys.stderr.write(printable(f"{line}\n"))


def fail(name: str, error: object, status: int = WRONG_USE) -> NoReturn:
    """Print one line, without passwords: why the command ``name`` ends. Exit with ``status``."""
    complain(f"scrapy {name}: {redact(told(error))}")
    sys.exit(status)


def told(error: object) -> str:
    """Return the message of an error; for an error of a file, its name and the system's message."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def leave() -> None:
    """Discard further output. Its reader went away, so that Python would fail when it flushes."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
