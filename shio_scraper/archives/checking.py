"""WARC files → every record's digests checked, and every damaged place told, as they are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shio_scraper.archives.framed_records import records
from shio_scraper.archives.messages import message
from shio_scraper.archives.sources import OPEN, Source, members
from shio_scraper.archives.warc_records import Damage, Record, hold_all

_ENDS: Final = (".warc", ".warc.gz", ".warc.zst")
_WACZ: Final = ".wacz"
_LONGEST: Final = 1 << 26
"""Bytes of a block whose payload is checked for itself; of longer ones the block's digest is."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A record of a WARC file, or a damaged place: where it lies, and what is wrong with it."""

    file: str
    offset: int
    record_id: str
    problems: tuple[str, ...] = ()


def is_checkable(path: Path) -> bool:
    """Tell whether a file of this name holds WARC records."""
    return path.name.removesuffix(OPEN).endswith((*_ENDS, _WACZ))


def check(path: Path) -> Iterator[Checked]:
    """Yield every record and damaged place of a WARC file, or of those in a WACZ."""
    try:
        for source in _sources(path):
            yield from _check(source)
    except OSError as error:
        yield Checked(str(path), 0, "", (f"cannot be read: {error.strerror}",))


def _sources(path: Path) -> Iterator[Source]:
    if path.name.endswith(_WACZ):
        yield from (Source(path, name) for name in members(path))
    else:
        yield Source(path)


def _check(source: Source) -> Iterator[Checked]:
    with source.open() as stream:
        for found in records(stream, source.file, hold_all, _LONGEST):
            if isinstance(found, Damage):
                yield Checked(source.shown, found.offset, "", (found.why,))
            else:
                problems = tuple(_problems(found))
                yield Checked(source.shown, found.offset, found.record_id, problems)


def _problems(record: Record) -> Iterator[str]:
    """Yield which digests of a whole record do not hold; a revisit's payload is another's."""
    if not record.sound:
        yield "its block digest does not hold"
    if record.fields["warc-type"].lower() == "revisit" or record.size > _LONGEST:
        return
    answer = message(record.fields, record.block)
    if answer and not answer.holds(record.fields.get("warc-payload-digest"), _LONGEST):
        yield "its payload digest does not hold"
