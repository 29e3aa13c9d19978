"""``scrapy fixture``: a page of a run becomes a recorded case, which a person then accepts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from scrapy.exceptions import UsageError

from shio_scraper import archives, parse_page, runs
from shio_scraper.archives.locate import Places, files_in, find_capture
from shio_scraper.archives.reading import ArchiveError, Options
from shio_scraper.audit import cases
from shio_scraper.command import OwnCommand, say
from shio_scraper.commands.locations import add_archives, archive_places
from shio_scraper.items import RecordType, Reject
from shio_scraper.pages import Capture
from shio_scraper.runs import stored
from shio_scraper.runs.stored import Stored

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from scrapy.settings import BaseSettings

_POSITION: Final = re.compile(r"(?P<file>.+\.\w+):(?P<offset>\d+)")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")


def _find(what: str, data: Path, others: Iterable[Path], options: Options) -> Capture:
    """Return the newest capture of the runs below ``data`` that ``what`` names.

    That is a key (``article/en/2241``), an address, or ``FILE:OFFSET`` as ``scrapy drift`` prints
    it. ``others`` are more places of archives. Raises ``ArchiveError``, with one line.
    """
    others = list(others)
    if match := _POSITION.fullmatch(what):
        return _at(match["file"], int(match["offset"]), [data, *others], options)
    if what.startswith(("http://", "https://")):
        return _of_page(what, data, others, options)
    return _of_record(what, data, others, options)


def _at(name: str, offset: int, places: list[Path], options: Options) -> Capture:
    near = Path(name)
    paths = [near] if near.is_file() else [s.path for s in Places(places).find(name, places[0])]
    for path in paths:
        for capture in _captures([path], options):
            if capture.archive and capture.archive.offset == offset:
                return capture
    where = paths[0] if paths else f"{name}: no such file"
    raise ArchiveError(f"{where}: no capture at {offset}" if paths else str(where))


def _of_page(url: str, data: Path, others: list[Path], options: Options) -> Capture:
    """Return the last capture of a page: of the newest run that has any, then of ``others``."""
    address = options.portals.canonical(url)
    for place in (*reversed(runs.all_below(data)), *others):
        captures = [c for c in _captures(files_in(place), options) if _is_of(c, address, options)]
        if captures:
            return captures[-1]
    raise ArchiveError(f"{url}: no capture of it in {data}: give --archive, or FILE:OFFSET")


def _is_of(capture: Capture, address: str | None, options: Options) -> bool:
    return capture.url is not None and options.portals.canonical(capture.url) == address


def _captures(paths: Iterable[Path], options: Options) -> Iterator[Capture]:
    readable = (p for p in paths if archives.format_of(p) and not runs.is_output(p))
    for one in archives.read_all(readable, options):
        if isinstance(one, Capture):
            yield one


def _of_record(key: str, data: Path, others: list[Path], options: Options) -> Capture:
    for files in stored.record_files(data):
        lines = (line for file in files for line in stored.lines(file))
        records = [line for line in lines if isinstance(line, Stored) and line.key == key]
        if records:
            return _behind(records[-1], Places([data, *others]), options)
    raise ArchiveError(f"{key}: no record of this key in {data}")


def _behind(record: Stored, places: Places, options: Options) -> Capture:
    options = replace(options, columns=stored.columns(record.run))
    try:
        return find_capture(record.provenance, record.run, places, options)[1]
    except msgspec.ValidationError as error:
        raise ArchiveError(f"{record.key}: unusable provenance: {error}") from error


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
        capture = _find(what, Path(settings["SHIO_DATA"]), others, options)
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
