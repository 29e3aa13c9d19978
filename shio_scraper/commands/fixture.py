"""``scrapy fixture``: a page of a run becomes a recorded case, which a person then accepts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from scrapy.exceptions import UsageError

from shio_scraper import captures, cases, parse_page
from shio_scraper.archives.reading import ArchiveError, Options
from shio_scraper.command import OwnCommand, say
from shio_scraper.commands.explain import add_archives, archive_places
from shio_scraper.items import RecordType, Reject

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from scrapy.settings import BaseSettings

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")


class Command(OwnCommand):
    """Exit status: 0 where it was done, 1 where the page is not to be had, 2 for wrong use."""

    usage = "[options] add KEY|URL|FILE:OFFSET | accept NAME"
    summary = "Make a recorded case of a page, or accept one that was made so"
    failures = (ArchiveError, OSError)

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's own options."""
        super().add_options(parser)
        parser.add_argument("--name", help="the case's name; one that tells what it is about")
        parser.add_argument(
            "--cases", metavar="DIR", default=str(cases.CASES), help="the folder of all cases"
        )
        add_archives(parser)

    def answer(self, args: list[str], opts: argparse.Namespace, settings: BaseSettings) -> int:
        """Do one of the two."""
        action, what = _checked(args, opts)
        if action == "accept":
            say(_accept(Path(opts.cases) / what))
            return 0
        others = archive_places(opts.archive)
        options = Options(max_page=settings.getint("SHIO_MAX_PAGE"))
        capture = captures.find(what, Path(settings["SHIO_DATA"]), others, options)
        say(_add(capture, Path(opts.cases), opts.name))
        return 0


def _checked(args: list[str], opts: argparse.Namespace) -> tuple[str, str]:
    """Return what to do, and with what. Raises ``UsageError``."""
    if len(args) != 2 or args[0] not in {"add", "accept"}:  # noqa: PLR2004
        raise UsageError("use add KEY|URL|FILE:OFFSET, or accept NAME")
    name = opts.name if args[0] == "add" else args[1]
    if name is not None and not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no name of a case: a-z, 0-9, _ and -")
    if not Path(opts.cases).is_dir():
        raise UsageError(f"{opts.cases}: no such folder: give the checkout's with --cases")
    return args[0], args[1]


def _add(capture: Any, folder: Path, name: str | None) -> str:
    """Write the case; return what is to be done with it."""
    records = parse_page(capture.body, capture.url, capture.fetched_at)
    case = folder / (name or _name(records))
    if case.exists():
        raise UsageError(f"{case} is there already: give another --name")
    cases.add(case, capture, records)
    return cases.to_do(case)


def _accept(case: Path) -> str:
    if not case.is_dir():
        raise UsageError(f"{case}: no such case")
    if cases.is_accepted(case):
        return f"{case.name} was accepted before"
    cases.accept(case)
    return f"{case.name} is accepted"


def _name(records: Sequence[RecordType | Reject]) -> str:
    """Return a name by the first record's key, or by the reject's reason."""
    first = records[0] if records else None
    if isinstance(first, Reject):
        return first.reason
    return re.sub(r"[^a-z0-9]+", "_", first.key.lower()).strip("_") if first else "page"
