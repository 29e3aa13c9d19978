"""A capture by what a person knows of it: a record's key, its address, its place in an archive."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from shio_scraper import archives, runs, stored
from shio_scraper.archives.locate import Places, files_in, find_capture
from shio_scraper.archives.reading import ArchiveError, Options
from shio_scraper.pages import Capture
from shio_scraper.stored import Stored

_POSITION: Final = re.compile(r"(?P<file>.+\.\w+):(?P<offset>\d+)")


def find(what: str, data: Path, others: Iterable[Path], options: Options) -> Capture:
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
        found = [c for c in _captures(files_in(place), options) if _is_of(c, address, options)]
        if found:
            return found[-1]
    raise ArchiveError(f"{url}: no capture of it in {data}: give --archive, or FILE:OFFSET")


def _is_of(capture: Capture, address: str | None, options: Options) -> bool:
    return capture.url is not None and options.portals.canonical(capture.url) == address


def _captures(paths: Iterable[Path], options: Options) -> Iterator[Capture]:
    readable = (p for p in paths if archives.format_of(p) and not runs.is_output(p))
    for found in archives.read_all(readable, options):
        if isinstance(found, Capture):
            yield found


def _of_record(key: str, data: Path, others: list[Path], options: Options) -> Capture:
    for files in stored.record_files(data):
        lines = (line for file in files for line in stored.lines(file))
        found = [line for line in lines if isinstance(line, Stored) and line.key == key]
        if found:
            return _behind(found[-1], Places([data, *others]), options)
    raise ArchiveError(f"{key}: no record of this key in {data}")


def _behind(record: Stored, places: Places, options: Options) -> Capture:
    options = replace(options, columns=stored.columns(record.run))
    try:
        return find_capture(record.provenance, record.run, places, options)[1]
    except msgspec.ValidationError as error:
        raise ArchiveError(f"{record.key}: unusable provenance: {error}") from error
