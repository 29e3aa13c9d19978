"""``scrapy fixture``: records a page of a run as a case, which a person then accepts."""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec
from scrapy.exceptions import UsageError

from shio_scraper import archives, parse_page, runs
from shio_scraper.archives.locate import Places, find_capture
from shio_scraper.archives.reading import ArchiveError, Options
from shio_scraper.audit import cases
from shio_scraper.command import ARCHIVES, OwnCommand, archive_places, option, say
from shio_scraper.items import RecordType, Reject
from shio_scraper.pages import Capture
from shio_scraper.runs import stored
from shio_scraper.runs.stored import Stored

_POSITION: Final = re.compile(r"(?P<file>.+\.\w+):(?P<offset>\d+)")
_HERE: Final = Path("fixtures/cases")
"""Where the cases of a checkout lie, if the package is installed elsewhere."""
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")


class Command(OwnCommand):
    """Exit status: 0 if it was done; 1 if the page cannot be found or read; 2 for wrong use."""

    usage = "[options] add KEY|URL|FILE:OFFSET | accept NAME"
    summary = "Record a page of a run as a case, or accept a recorded case"
    failures = (ArchiveError, OSError)
    options = (
        option("--name", help="the case's name, which should say what the case is about"),
        option(
            "--cases",
            metavar="DIR",
            help=f"the folder of all cases ({_HERE}, else that of the package)",
        ),
        ARCHIVES,
    )

    def answer(self, args: list[str], opts: Namespace) -> int:
        """Add a case, or accept one."""
        match args:
            case ["add", what]:
                name = opts.name
            case ["accept", what]:
                name = what
            case _:
                raise UsageError("use add KEY|URL|FILE:OFFSET, or accept NAME")
        folder = Path(opts.cases or (_HERE if _HERE.is_dir() else cases.CASES))
        if name is not None and not _NAME.fullmatch(name):
            raise UsageError(f"{name!r} is no name of a case: a-z, 0-9, _ and -")
        if not folder.is_dir():
            raise UsageError(f"{folder}: no such folder: give the checkout's with --cases")
        if args[0] == "accept":
            say(_accept(folder / what))
            return 0
        options = Options(max_page=self.settings.getint("SHIO_MAX_PAGE"))
        capture = _find(what, self.data, archive_places(opts), options)
        records = parse_page(capture.body, capture.url, capture.fetched_at)
        case = folder / (name or _name(records))
        if case.exists():
            raise UsageError(f"{case} is there already: give another --name")
        cases.add(case, capture, records)
        say(cases.to_do(case))
        return 0


def _accept(case: Path) -> str:
    """Accept a case, and return a line that says so."""
    if not case.is_dir():
        raise UsageError(f"{case}: no such case")
    if cases.is_accepted(case):
        return f"{case.name} was accepted before"
    cases.accept(case)
    return f"{case.name} is accepted"


def _name(records: Sequence[RecordType | Reject]) -> str:
    """Return a name for a case: from the key of its first record, or from the reject's reason."""
    first = records[0] if records else None
    if isinstance(first, Reject):
        return first.reason
    return re.sub(r"[^a-z0-9]+", "_", first.key.lower()).strip("_") if first else "page"


def _find(what: str, data: Path, others: list[Path], options: Options) -> Capture:
    """Return the newest capture of the runs below ``data`` that ``what`` names.

    ``what`` is a key (``article/en/2241``), an address, or ``FILE:OFFSET`` as ``scrapy drift``
    prints it. ``others`` are more places of archives. Raises ``ArchiveError`` with a message of
    one line if there is no such capture.
    """
    places = [data, *others]
    if position := _POSITION.fullmatch(what):
        return _at(position["file"], int(position["offset"]), places, options)
    if what.startswith(("http://", "https://")):
        return _of_page(what, data, others, options)
    for files in stored.record_files(data):
        lines = (line for file in files for line in stored.lines(file))
        records = [line for line in lines if isinstance(line, Stored) and line.key == what]
        if records:
            return _behind(records[-1], Places(places), options)
    raise ArchiveError(f"{what}: no record of this key in {data}")


def _at(name: str, offset: int, places: list[Path], options: Options) -> Capture:
    near = Path(name)
    paths = [near] if near.is_file() else [s.path for s in Places(places).find(name, places[0])]
    for path in paths:
        for capture in _captures([path], options):
            if capture.archive and capture.archive.offset == offset:
                return capture
    where = f"{paths[0]}: no capture at {offset}" if paths else f"{name}: no such file"
    raise ArchiveError(where)


def _of_page(url: str, data: Path, others: list[Path], options: Options) -> Capture:
    """Return the last capture of a page, from the newest run with a capture, else from ``others``.

    Raises ``ArchiveError`` if there is none.
    """
    address, last = options.portals.canonical(url), None
    for place in (*reversed(runs.all_below(data)), *others):
        for capture in _captures(archives.files(str(place)), options):
            if capture.url and options.portals.canonical(capture.url) == address:
                last = capture
        if last:
            return last
    raise ArchiveError(f"{url}: no capture of it in {data}: give --archive, or FILE:OFFSET")


def _captures(paths: Iterable[Path], options: Options) -> Iterator[Capture]:
    readable = (p for p in paths if archives.format_of(p) and not runs.is_output(p))
    return (read for read in archives.read_all(readable, options) if isinstance(read, Capture))


def _behind(record: Stored, places: Places, options: Options) -> Capture:
    options = replace(options, columns=stored.columns(record.run))
    try:
        return find_capture(record.provenance, record.run, places, options)[1]
    except msgspec.ValidationError as error:
        raise ArchiveError(f"{record.key}: unusable provenance: {error}") from error
