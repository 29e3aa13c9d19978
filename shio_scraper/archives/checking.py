"""WARC files → every record's digests checked, and every damaged place told.

The reader's framing tells where whole records lie and what is damaged, which ``warcio``
passes over in silence; ``warcio`` computes the digests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from warcio.archiveiterator import ArchiveIterator
from warcio.digestverifyingreader import DigestVerifyingReader
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecordLoader
from warcio.statusandheaders import StatusAndHeadersParserException

from shio_scraper.archives.framing import Damage, Record, records
from shio_scraper.archives.heads import Fields
from shio_scraper.archives.members import MAGIC, Member
from shio_scraper.archives.places import OPEN
from shio_scraper.archives.reading import Skipped
from shio_scraper.archives.sources import Source, members

_ENDS: Final = (".warc", ".warc.gz")
_WACZ: Final = ".wacz"
_PIECE: Final = 2**20
"""Bytes read at a time."""
_UNUSABLE: Final = (
    ArchiveLoadFailed,
    AttributeError,  # a field is missing
    EOFError,
    StatusAndHeadersParserException,
    TypeError,  # a digest's name is damaged
    ValueError,
)
"""What ``warcio`` raises for a record that is whole, but odd."""


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
    with source.open() as framed, source.open() as stream:
        for found in records(framed, source.file, _pass, 0):
            if isinstance(found, Damage):
                yield Checked(source.shown, found.offset, "", (found.why,))
            else:
                problems = tuple(_problems(stream, found))
                yield Checked(source.shown, found.offset, found.record_id, problems)


def _pass(record: Fields) -> Skipped:  # noqa: ARG001
    return Skipped.NOT_A_PAGE


def _problems(stream: BinaryIO, found: Record) -> Iterator[str]:
    """Yield which digests of a whole record do not hold."""
    opened = ArchiveIterator(_text(stream, found), check_digests=True)
    opened.loader = _Loader()
    try:
        record = next(opened)
        while record.raw_stream.read(_PIECE):
            pass
    except _UNUSABLE as error:
        yield f"its digests cannot be checked: {str(error).strip().partition(chr(10))[0]}"
    else:
        yield from record.digest_checker.problems


def _text(stream: BinaryIO, found: Record) -> Any:
    """Return the stream at a record's start, inflated."""
    stream.seek(found.offset)
    if stream.read(len(MAGIC)) != MAGIC:
        stream.seek(found.offset)
        return stream
    member = Member(stream, found.offset)
    member.seek(found.inner)
    return member


class _Loader(ArcWarcRecordLoader):  # type: ignore[misc]  # warcio ships no types
    """Checks the block of a ``revisit`` too; its payload is another record's."""

    def wrap_digest_verifying_stream(
        self, stream: Any, rec_type: str, rec_headers: Any, digest_checker: Any, length: Any = None
    ) -> tuple[Any, bool]:
        """Return ``stream`` as one that checks what is read of it, and whether it does."""
        block = rec_headers.get_header("WARC-Block-Digest")
        if rec_type != "revisit" or not block:
            found: tuple[Any, bool] = super().wrap_digest_verifying_stream(
                stream, rec_type, rec_headers, digest_checker, length
            )
            return found
        return DigestVerifyingReader(stream, length, digest_checker, block_digest=block), True
