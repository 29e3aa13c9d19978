"""Records of a WARC file in gzip members (RFC 1952) or Zstandard frames, and its damaged places.

Of a member or frame the checksum holds before its last record is taken for whole.
https://iipc.github.io/warc-specifications/specifications/warc-zstd/
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from typing import Any, BinaryIO, Final

import zstandard
from fastwarc.stream_io import GzipReader, WarcReader, ZstdReader
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
from shio_scraper.archives.zstd_frames import Frames, begins_zstd, has_frame

_SMALL: Final = 1 << 6
"""Bytes of a damaged member that are unpacked at once: all or nothing of them is given."""


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
    yield from _kind(stream, name, start)(stream, judge, longest).records(start)


def _kind(stream: BinaryIO, name: str, start: int) -> type[PlainRecords]:
    """Tell by the name, unless the bytes say otherwise: damage may stand at the start."""
    if ".zst" in name.lower() and has_frame(stream, start):
        return ZstdRecords
    if is_gzip(stream, name, start):
        return GzipRecords
    return ZstdRecords if begins_zstd(stream) else PlainRecords


class GzipRecords(PlainRecords):
    """Gzip members with a record each, or several."""

    _reader: WarcReader
    _bad: str = "its gzip member is damaged or cut off"
    _unknown: str = "no gzip member begins here that holds a record"
    _beyond: str = "its length leads beyond its gzip member"
    _empty: bytes = gzip.compress(b"")

    def _run(self, start: int) -> Iterator[Record | Damage]:
        """Yield what there is; of a damaged member with several records those that are whole."""
        at, whole = start, 0
        for found in super()._run(start):
            if isinstance(found, Record):
                at, whole = found.offset, found.number + 1
            elif not found.garbage:
                first = whole if at == found.offset else 0
                if not (yield from self._inside(found.offset, first)):
                    yield Damage(found.offset, self._bad)
                    return
            yield found

    def _inside(self, at: int, whole: int) -> Generator[Record, None, bool]:
        """Yield the whole records of a damaged member behind its first ``whole`` ones.

        Return whether its checksum holds, as far as it is read.
        """
        unpacker, text = self._unpacker(), bytearray()
        self._file.seek(at)
        with suppress(zlib.error, zstandard.ZstdError):
            while not unpacker.eof and len(text) < PATIENCE and (piece := self._file.read(_SMALL)):
                text += unpacker.decompress(piece)
        trusted = len(text) if unpacker.eof else len(text) - LONGEST_START
        length = self._file.tell() - at
        found = PlainRecords(BytesIO(text), self._judge, self._longest).records(0)
        for number, one in enumerate(one for one in found if isinstance(one, Record)):
            if number >= whole and one.offset + one.length <= trusted:
                yield replace(one, offset=at, number=number, length=length)
        return unpacker.eof or len(text) >= PATIENCE

    def _unpacker(self) -> Any:
        return zlib.decompressobj(GZIP)

    def _iterator(self, start: int) -> ArchiveIterator:
        self._file.seek(start)
        self._reader = self._open(_Ended(self._file, self._empty))
        return ArchiveIterator(self._reader, parse_http=False, max_header_len=HEAD)

    def _open(self, file: _Ended) -> WarcReader:
        return GzipReader(file)

    def _place(self, found: WarcRecord) -> int:  # noqa: ARG002
        return self._reader.frame_start_position() or 0

    def _record(self, found: WarcRecord, offset: int) -> Record:
        record = super()._record(found, offset)
        if self._leads_beyond(offset, self._place(found)):
            raise BrokenError(self._beyond)
        return record

    def _leads_beyond(self, start: int, end: int) -> bool:
        """Tell whether a record cannot begin in one member and end in another."""
        return start != end

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

    def _first_bytes(self, at: int) -> bytes | None:
        return first_bytes(look(self._file, at, CHUNK))

    def _damage(self, at: int) -> Damage:
        text = self._first_bytes(at)
        if text is None or not MARK.startswith(text):
            return Damage(at, self._unknown, GARBAGE)
        return Damage(at, self._bad, text != MARK)


class ZstdRecords(GzipRecords):
    """Zstandard frames with a record each, several (``zstd FILE``), or a piece of one."""

    _bad = "its Zstandard frame is damaged or cut off"
    _unknown = "no Zstandard frame begins here that holds a record"
    _beyond = "its length leads into the frame of another record"
    _empty = zstandard.ZstdCompressor().compress(b"")

    def records(self, start: int) -> Iterator[Record | Damage]:
        """Yield the records from ``start`` on, and the damaged places."""
        try:
            self._frames = Frames(self._file)
        except zstandard.ZstdError as error:
            yield Damage(start, f"its dictionary cannot be read: {error}")
            return
        self._last_frame = start
        yield from super().records(start)

    def _open(self, file: _Ended) -> WarcReader:
        return ZstdReader(file, dictionary=self._frames.dictionary)

    def _unpacker(self) -> Any:
        return self._frames.unpacker()

    def _leads_beyond(self, start: int, end: int) -> bool:
        self._last_frame = end
        return start != end and self._first_bytes(end) == MARK

    def _end(self, record: Record) -> int:
        at = super()._end(record)
        return at if at > self._last_frame else record.offset

    def _next(self, offset: int) -> int | None:
        return self._frames.next(offset)

    def _first_bytes(self, at: int) -> bytes | None:
        return self._frames.first_bytes(at)


class _Ended:
    """A compressed file and an empty member: one cut off at its end is not followed by it."""

    def __init__(self, file: BinaryIO, end: bytes) -> None:
        self.seek, self.tell, self.close = file.seek, file.tell, file.close
        self._file = file
        self._end = BytesIO(end)

    def read(self, size: int = -1) -> bytes:
        """Read from the one, then from the other."""
        return self._file.read(size) or self._end.read(size)
