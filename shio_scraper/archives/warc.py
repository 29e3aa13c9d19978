"""WARC 1.0 and 1.1 (ISO 28500), plain or gzip, and WET: text in WARC records.

https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Final

from shio_scraper.archives.holdings import Holdings, Original
from shio_scraper.archives.messages import message
from shio_scraper.archives.reading import ArchiveError, Found, Options, Skipped, Span, unreadable
from shio_scraper.archives.records import Damage, Record, hold_all, records, records_in
from shio_scraper.archives.sources import OPEN, WARCS, Source, members
from shio_scraper.archives.warc_pages import WarcPages, longest_block, record_at
from shio_scraper.items import ArchivePosition
from shio_scraper.pages import Capture, reject

_WHOLE: Final = Span(0, sys.maxsize)
_WACZ: Final = ".wacz"
_LONGEST: Final = 1 << 26
"""Maximum size in bytes of a block whose payload digest is checked.

Of a longer block, only the block digest is checked.
"""


def read(path: Path, options: Options) -> Iterator[Found]:
    """Yield what each record of a file holds, and a reject for each damaged place."""
    yield from read_sources([Source(path)], options)


def read_sources(sources: Iterable[Source], options: Options) -> Iterator[Found]:
    """Yield what files or entries of a ZIP hold.

    With ``options.holdings``, revisits wait there until ``waiting`` is called. Without it, they are
    resolved at the end, from the payloads in ``sources``.
    """
    with closing(Holdings()) as holdings:
        shared = options if options.holdings else replace(options, holdings=holdings)
        for source in sources:
            yield from _read(source, shared)
        if shared is not options:
            yield from waiting(shared)


def waiting(options: Options) -> Iterator[Found]:
    """Yield the revisits that waited, each with its payload or as a reject."""
    for place in options.holdings.waiting() if options.holdings else ():
        try:
            yield found_at(place, options)
        except ArchiveError as error:
            yield reject("read", "revisit_unresolved", str(error))


def found_at(place: Original, options: Options) -> Found:
    """Return what one record holds.

    A revisit's payload is searched in the archives that were read, and beside them. Raises
    ``ArchiveError``.
    """
    return _found(record_at(place.source, place.position, options), place.source, options)


def read_at(source: Source, position: ArchivePosition, options: Options) -> Capture:
    """Return the capture of one record after a check of its digests. Raises ``ArchiveError``."""
    where = f"{source.shown} at {position.offset}"
    record = record_at(source, position, options)
    if record.fields["warc-type"].lower() == "revisit":
        refers_to = record.fields.get("warc-refers-to", "another record")
        raise ArchiveError(f"{where}: a revisit, without a payload; it refers to {refers_to}")
    found = _found(record, source, options)
    if isinstance(found, Capture):
        return found
    if isinstance(found, Skipped):
        raise ArchiveError(f"{where}: {found.value}")
    why = found.detail or found.reason
    raise ArchiveError(why if why.startswith(where) else f"{where}: status {why}")


def _found(record: Record, source: Source, options: Options) -> Found:
    pages = WarcPages(source, options, is_last=True)
    record.passed = pages.judge(record.fields)
    return pages.found(record) or Skipped.NOT_A_PAGE


def capture_of_member(data: bytes, name: str, offset: int, length: int, options: Options) -> Found:
    """Return what a record holds that was fetched alone. The record is a gzip member or plain.

    ``offset`` and ``length`` are its place in the file ``name``. A revisit is a reject.
    """
    pages = WarcPages(Source(Path(name)), replace(options, holdings=None), name)
    first = next(records(BytesIO(data), name, pages.judge, longest_block(options)))
    first = replace(first, offset=offset)
    if isinstance(first, Record):
        first.length = length
    nothing = reject("read", "broken_record", f"{name} at {offset}: no record")
    return pages.found(first) or nothing


def last_whole_record(path: Path) -> int:
    """Return where the last whole record of a file ends, in bytes. 0 if there is none.

    Raises ``OSError``.
    """
    return max((record.offset + record.length for record in records_in(path)), default=0)


@dataclass(frozen=True, slots=True)
class Checked:
    """The check of a record or a damaged place of a WARC file: its place and its problems."""

    file: str
    offset: int
    record_id: str
    problems: tuple[str, ...] = ()


def is_checkable(path: Path) -> bool:
    """Tell whether a file with this name holds WARC records."""
    return path.name.removesuffix(OPEN).endswith((*WARCS, _WACZ))


def check(path: Path) -> Iterator[Checked]:
    """Yield the check of every record and damaged place of a WARC file, or of those in a WACZ.

    All digests are checked.
    """
    try:
        inside = members(path) if path.name.endswith(_WACZ) else [""]
        for source in (Source(path, name) for name in inside):
            with source.open() as stream:
                for found in records(stream, source.file, hold_all, _LONGEST):
                    if isinstance(found, Damage):
                        yield Checked(source.shown, found.offset, "", (found.why,))
                    else:
                        problems = tuple(_problems(found))
                        yield Checked(source.shown, found.offset, found.record_id, problems)
    except OSError as error:
        yield Checked(str(path), 0, "", (f"cannot be read: {error.strerror}",))


def _problems(record: Record) -> Iterator[str]:
    """Yield the digests of a whole record that do not match.

    A revisit holds no payload to check.
    """
    if not record.sound:
        yield "its block digest does not match"
    if record.fields["warc-type"].lower() == "revisit" or record.size > _LONGEST:
        return
    answer = message(record.fields, record.block)
    if answer and not answer.holds(record.fields.get("warc-payload-digest"), _LONGEST):
        yield "its payload digest does not match"


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
