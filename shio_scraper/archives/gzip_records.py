"""The records of a WARC file, plain or of gzip members (RFC 1952), and its damaged places.

Of a gzip member the checksum holds before its last record is taken for whole.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from typing import BinaryIO, Final

from fastwarc.stream_io import GzipReader
from fastwarc.warc import ArchiveIterator, HeaderMap, WarcRecord

from shio_scraper.archives.marks import (
    CHUNK,
    GZIP,
    LONGEST_START,
    MARK,
    first_bytes,
    is_gzip,
    look,
    next_member,
)
from shio_scraper.archives.warc_records import (
    GARBAGE,
    HEAD,
    PATIENCE,
    BrokenError,
    Damage,
    Judge,
    PlainRecords,
    Record,
)

_SMALL: Final = 1 << 6
"""Bytes of a damaged gzip member that are inflated at once: zlib gives all or nothing of them."""
_BAD_MEMBER: Final = "its gzip member is damaged or cut off"


def records(
    stream: BinaryIO, name: str, judge: Judge, longest: int, start: int = 0
) -> Iterator[Record | Damage]:
    """Yield the records of a seekable stream and its damaged places, in their order.

    Garbage is one place. Blocks of more than ``longest`` bytes are not held. Raises the stream's
    own ``OSError``.
    """
    if not look(stream, start, 1):
        yield Damage(start, "empty")
        return
    kind = GzipRecords if is_gzip(stream, name, start) else PlainRecords
    yield from kind(stream, judge, longest).records(start)


class GzipRecords(PlainRecords):
    """Gzip members with a record each, or several."""

    _reader: GzipReader

    def _run(self, start: int) -> Iterator[Record | Damage]:
        """Yield what there is; of a damaged member with several records those that are whole."""
        at, whole = start, 0
        for found in super()._run(start):
            if isinstance(found, Record):
                at, whole = found.offset, found.number + 1
            elif not found.garbage:
                first = whole if at == found.offset else 0
                if not (yield from self._inside(found.offset, first)):
                    yield Damage(found.offset, _BAD_MEMBER)
                    return
            yield found

    def _inside(self, at: int, whole: int) -> Generator[Record, None, bool]:
        """Yield the whole records of a damaged member behind its first ``whole`` ones.

        Return whether its checksum holds, as far as it is read.
        """
        inflate, text = zlib.decompressobj(GZIP), bytearray()
        self._file.seek(at)
        with suppress(zlib.error):
            while not inflate.eof and len(text) < PATIENCE and (piece := self._file.read(_SMALL)):
                text += inflate.decompress(piece)
        trusted = len(text) if inflate.eof else len(text) - LONGEST_START
        length = self._file.tell() - at
        found = PlainRecords(BytesIO(text), self._judge, self._longest).records(0)
        for number, one in enumerate(one for one in found if isinstance(one, Record)):
            if number >= whole and one.offset + one.length <= trusted:
                yield replace(one, offset=at, number=number, length=length)
        return inflate.eof or len(text) >= PATIENCE

    def _iterator(self, start: int) -> ArchiveIterator:
        self._file.seek(start)
        self._reader = GzipReader(_Ended(self._file))
        return ArchiveIterator(self._reader, parse_http=False, max_header_len=HEAD)

    def _place(self, found: WarcRecord) -> int:  # noqa: ARG002
        return self._reader.frame_start_position() or 0

    def _record(self, found: WarcRecord, offset: int) -> Record:
        record = super()._record(found, offset)
        if self._place(found) != offset:
            raise BrokenError("its length leads beyond its gzip member")
        return record

    def _check_one(self, offset: int, headers: HeaderMap) -> None:  # noqa: ARG002
        if len(headers.get_multiple("warc-type")) > 1:
            raise BrokenError("another header begins within its header")

    def _measured(self, record: Record, following: int) -> Record:
        is_last = following != record.offset
        return super()._measured(record, following if is_last else self._reader.inner_tell())

    def _end(self, record: Record) -> int:
        return self._reader.frame_start_position() or record.offset

    def _next(self, offset: int) -> int | None:
        return next_member(self._file, offset)

    def _damage(self, at: int) -> Damage:
        text = first_bytes(look(self._file, at, CHUNK))
        if text is None or not MARK.startswith(text):
            return Damage(at, "no gzip member begins here that holds a record", GARBAGE)
        return Damage(at, _BAD_MEMBER, text != MARK)


class _Ended:
    """A gzip file and an empty member: one that is cut off at its end is not followed by it."""

    def __init__(self, file: BinaryIO) -> None:
        self.seek, self.tell, self.close = file.seek, file.tell, file.close
        self._file = file
        self._end = BytesIO(gzip.compress(b""))

    def read(self, size: int = -1) -> bytes:
        """Read from the one, then from the other."""
        return self._file.read(size) or self._end.read(size)
