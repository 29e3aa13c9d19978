"""WARC 1.0 and 1.1 (ISO 28500), plain or gzip, and WET: text in WARC records.

https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Final

from shio_scraper.archives.framed_records import records
from shio_scraper.archives.holdings import Holdings, Revisit
from shio_scraper.archives.reading import ArchiveError, Found, Options, Skipped, Span, unreadable
from shio_scraper.archives.sources import Source
from shio_scraper.archives.warc_pages import (
    WarcPages,
    elsewhere,
    longest_block,
    record_at,
    resolved,
)
from shio_scraper.archives.warc_records import Record, pass_all
from shio_scraper.items import ArchivePosition
from shio_scraper.pages import Capture
from shio_scraper.pages.rejects import reject

_WHOLE: Final = Span(0, sys.maxsize)


def read(path: Path, options: Options) -> Iterator[Found]:
    """Yield what each record of a file holds, and a reject for each damaged place."""
    yield from read_source(Source(path), options)


def read_source(source: Source, options: Options) -> Iterator[Found]:
    """Yield what a file holds, or an entry of a ZIP.

    Revisits wait in ``options.holdings`` for ``waiting``; without it they are resolved
    at the end, by what the file itself holds.
    """
    if options.holdings is not None:
        yield from _read(source, options)
        return
    with closing(Holdings()) as own:
        options = replace(options, holdings=own)
        yield from _read(source, options)
        yield from waiting(options)


def waiting(options: Options) -> Iterator[Found]:
    """Yield the revisits that waited for the end, with their payload or as rejects."""
    if options.holdings is None:
        return
    for revisit in options.holdings.waiting():
        yield again(revisit, options.holdings, options)


def again(revisit: Revisit, holdings: Holdings | None, options: Options) -> Found:
    """Return a revisit with its payload: of what was read, or beside it; else a reject."""
    original = holdings.find(revisit.refers_to) if holdings else None
    return resolved(revisit, original, options) if original else elsewhere(revisit, options)


def read_at(source: Source, position: ArchivePosition, options: Options) -> Capture:
    """Return the capture of one record, its digests checked. Raises ``ArchiveError``."""
    found = found_at(source, position, options)
    if isinstance(found, Capture):
        return found
    where = f"{source.shown} at {position.offset}"
    if isinstance(found, Skipped):
        raise ArchiveError(f"{where}: {found.value}")
    why = (found and (found.detail or found.reason)) or "no page"
    raise ArchiveError(why if why.startswith(where) else f"{where}: status {why}")


def found_at(source: Source, position: ArchivePosition, options: Options) -> Found | None:
    """Return what one record of a file holds, or of an entry of a ZIP. Raises ``ArchiveError``."""
    where = f"{source.shown} at {position.offset}"
    record = record_at(source, position, options)
    if record.fields["warc-type"].lower() == "revisit":
        refers_to = record.fields.get("warc-refers-to", "another record")
        raise ArchiveError(f"{where}: a revisit, without a payload; it refers to {refers_to}")
    pages = WarcPages(source, options)
    record.passed = pages.judge(record.fields)
    return pages.found(record)


def capture_of_member(data: bytes, name: str, offset: int, length: int, options: Options) -> Found:
    """Return what one record holds that was fetched alone, as a gzip member or plain.

    It lies at ``offset`` of the file ``name``. A revisit is a reject.
    """
    pages = WarcPages(Source(Path(name)), replace(options, holdings=None), name)
    first = next(records(BytesIO(data), name, pages.judge, longest_block(options)))
    first = replace(first, offset=offset)
    if isinstance(first, Record):
        first.length = length
    nothing = reject("read", "broken_record", f"{name} at {offset}: no record")
    return pages.found(first) or nothing


def last_whole_record(path: Path) -> int:
    """Return where the last whole record of a file ends, in bytes; 0 without one.

    Raises ``OSError``.
    """
    end = 0
    with path.open("rb") as stream:
        for record in records(stream, path.name, pass_all, 0):
            if isinstance(record, Record):
                end = record.offset + record.length
    return end


def _read(source: Source, options: Options) -> Iterator[Found]:
    pages = WarcPages(source, options)
    try:
        with source.open() as stream:
            longest, span = longest_block(options), options.span or _WHOLE
            for record in records(stream, source.file, pages.judge, longest, span.start):
                if record.offset >= span.end:
                    return
                found = pages.found(record)
                if found is not None:
                    yield found
    except OSError as error:
        yield unreadable(source.shown, error)
