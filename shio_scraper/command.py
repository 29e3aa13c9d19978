"""What every command shares: its frame, its settings, what it prints, how it ends.

It lies beside ``commands``, whose every class of a command Scrapy takes for one.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import time
from argparse import ArgumentTypeError
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, date, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal, NoReturn, TypeAlias

import msgspec
from msgspec import Meta
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from shio_scraper import logs
from shio_scraper import settings as project
from shio_scraper.parsers.days import told_day
from shio_scraper.portals import PortalError, register_all
from shio_scraper.redaction import printable, redact
from shio_scraper.runs.verdict import FAILED, WRONG_USE

if TYPE_CHECKING:
    import argparse

    from scrapy.settings import BaseSettings

_OURS: Final = "SHIO_"
_KNOWN: Final = {name: value for name, value in vars(project).items() if name.startswith(_OURS)}
_LIMIT: TypeAlias = Annotated[float, Meta(ge=0, le=sys.float_info.max)]
_LIMITS: TypeAlias = dict[str, _LIMIT]
_FROM_ONE: TypeAlias = Annotated[int, Meta(ge=1)]
_FROM_NONE: TypeAlias = Annotated[int, Meta(ge=0)]
_SIZES: Final = (
    "SHIO_MAX_PAGE", "SHIO_ARCHIVE_FILE_SIZE", "SHIO_MAX_DOCUMENT", "SHIO_MAX_REQUISITE",
)  # fmt: skip
_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?) ?([kMGT])(i?)B", re.IGNORECASE)
_POWERS: Final = "kmgt"
_FORMS: Final[dict[str, tuple[Any, str]]] = {
    **{n: (_LIMIT, "a number from 0 on") for n, v in _KNOWN.items() if isinstance(v, int | float)},
    **{n: (_LIMITS, "a JSON object of numbers") for n, v in _KNOWN.items() if isinstance(v, dict)},
    **dict.fromkeys(_SIZES, (_FROM_ONE, "a number of bytes from 1 on, or as 20 MB")),
    "SHIO_ARCHIVE_MAX": (_FROM_NONE, "a number of bytes from 0 on, or as 200 GB"),
    "SHIO_GONE_AFTER": (_FROM_ONE, "a number from 1 on"),
    "SHIO_UPDATE_PAGES_BEYOND": (_FROM_NONE, "a number from 0 on"),
    "SHIO_UPDATE_YOUNG_DAYS": (_FROM_NONE, "a number from 0 on"),
    "SHIO_LEASE": (Annotated[float, Meta(gt=0, le=sys.float_info.max)], "a number of seconds"),
    "SHIO_BROWSER": (str, "a path or a name"),
    "SHIO_RENDER_SECONDS": (Annotated[float, Meta(gt=0, le=86_400)], "a number of seconds"),
    "SHIO_RENDER_MEMORY": (_FROM_ONE, "a number of bytes from 1 on"),
    "SHIO_CONTACTS": (Literal["on", "off"], "on or off"),
    "SHIO_LOG": (Literal["text", "json"], "text or json"),
}
"""What each of our settings must be, as a type, and in words."""


class OwnCommand(ScrapyCommand):
    """A command that answers, and says in one line what was wrong.

    ``failures`` are what ``answer`` raises beside ``UsageError`` for what is told in one line.
    """

    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {
        "LOG_ENABLED": False,
        **{name: value for name, value in vars(project).items() if name.startswith(_OURS)},
    }
    usage: ClassVar[str]
    summary: ClassVar[str]
    about: ClassVar[str] = ""
    """What its help says behind the summary."""
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

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's own options; argparse would print the usage with each error."""
        super().add_options(parser)
        vars(parser)["error"] = lambda message: fail(self.name, message.removeprefix("argument "))

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Read the options. Exits with 2 where a setting of ours has no such name."""
        super().process_options(args, opts)
        assert self.settings is not None  # noqa: S101  (Scrapy sets it)
        try:
            check_settings(self.settings)
        except UsageError as error:
            fail(self.name, error)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Answer; a wrong argument ends it with 2, a failure with 1."""
        assert self.settings is not None  # noqa: S101  (Scrapy sets it)
        logging.getLogger("shio_scraper.dataset").addHandler(_Words())
        try:
            self.exitcode = self.answer(args, opts, self.settings)
        except UsageError as error:
            fail(self.name, error)
        except self.failures as error:
            fail(self.name, error, FAILED)

    def answer(self, args: list[str], opts: argparse.Namespace, settings: BaseSettings) -> int:
        """Do what is asked for, and return the exit status."""
        raise NotImplementedError


class _Words(logging.Handler):
    """Prints what a command that writes no log must tell all the same."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print a line on standard error."""
        complain(record.getMessage())


def check_settings(settings: BaseSettings) -> None:
    """Give our settings their types, and register the user's portals.

    Raise ``UsageError`` for a setting ``SHIO_…`` that there is not, for a value of another form,
    and for a portal that is none.
    """
    for name in sorted(name for name in settings if name.startswith(_OURS)):
        if name not in _KNOWN:
            raise UsageError(f"there is no setting {name}{meant(name, _KNOWN, 1)}")
    for name, (form, what) in _FORMS.items():
        _settle(settings, name, form, what)
    try:
        register_all(settings.getlist("SHIO_PORTALS"))
    except PortalError as error:
        raise UsageError(str(error)) from error


def _settle(settings: BaseSettings, name: str, form: Any, what: str) -> None:
    """Give a setting its type. Raises ``UsageError``."""
    try:
        given = settings.getdict(name) if form is _LIMITS else settings[name]
        if name in {*_SIZES, "SHIO_ARCHIVE_MAX"}:
            given = _bytes(given)
        value = msgspec.convert(given, form, strict=False)
    except (msgspec.ValidationError, TypeError, ValueError) as error:
        raise UsageError(f"{name}={settings[name]!r} is not {what}") from error
    if isinstance(settings[name], str):  # of the command line
        settings.set(name, value, settings.getpriority(name) or "cmdline")


def _bytes(given: Any) -> Any:
    """Return the number of bytes that a size says; anything else as it is.

    >>> _bytes("1.5 GB"), _bytes("2MiB"), _bytes("3000")
    (1500000000, 2097152, '3000')
    """
    found = _SIZE.fullmatch(given.strip()) if isinstance(given, str) else None
    if not found:
        return given
    power = _POWERS.index(found[2].lower()) + 1
    return round(float(found[1]) * (1024 if found[3] else 1000) ** power)


def meant(name: str, known: Iterable[str], most: int = 3) -> str:
    """Return the end of an error about a name that nothing has: the names that are like it.

    >>> meant("articel/en/1", ["article/en/1", "event/en/1"], 1)
    ': did you mean article/en/1?'
    """
    near = get_close_matches(name, list(known), most)
    return f": did you mean {', '.join(near)}?" if near else ""


def only_argument(args: list[str], what: str) -> str:
    """Return the one argument. Raises ``UsageError`` where there is none, or more."""
    if len(args) != 1:
        raise UsageError(f"name one {what}")
    return args[0]


def day(value: str) -> date:
    """Read an option's day, by UTC; say which one words came to."""
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


def write_lines(lines: Iterable[bytes]) -> None:
    """Write lines, as long as anyone reads them."""
    try:
        for line in lines:
            say(line.decode())
        sys.stdout.flush()
    except BrokenPipeError:
        leave()


def say(text: object, end: str = "\n") -> None:
    """Print text for people on standard output."""
    sys.stdout.write(printable(f"{text}{end}"))


def complain(line: str) -> None:
    """Print a line for people on standard error, or an object where the log is one of objects."""
    if logs.are_objects():
        line = logs.as_json(time.time(), "ERROR", __name__, line)
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
    """Where the reader went away, Python would fail once more as it flushes."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
