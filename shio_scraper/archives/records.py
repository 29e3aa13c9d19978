"""WARC records one after another, read by FastWARC. Behind damage, the next record is found.

A record is whole if its length leads to the next record or to the end of the file. Behind a
damaged place, the search for the next record starts at the second byte of that place, because
a damaged record may seem to contain others. The last record of a gzip member or Zstandard frame
is whole only if the checksum of the member or frame matches.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

from fastwarc.stream_io import WarcReader
from fastwarc.warc import ArchiveIterator, HeaderMap, WarcRecord
from zstandard import ZstdError

from shio_scraper.archives.framing import (
    CHUNK,
    LONGEST_START,
    MARK,
    START,
    Ended,
    Gzip,
    look,
    next_start,
    packing_of,
)
from shio_scraper.archives.messages import Fields, fields_of, holds
from shio_scraper.archives.reading import Skipped
from shio_scraper.content_coding import ERRORS, unpacked

_HEAD: Final = 1 << 20
"""Maximum size of a record's header in bytes."""
_TYPE: Final = re.compile(rb"\nWARC-Type[ \t]*:", re.IGNORECASE)
_LENGTH: Final = re.compile(r"[0-9]{1,18}")
_BREAKS: Final = b"\r\n"
_END: Final = b"\r\n\r\n"
"""The end of a header, as FastWARC requires it, and the end of a record."""
_PREFIX: Final = 1 << 16
"""Bytes that are kept of a block that is too long, to tell what the block is."""
_PATIENCE: Final = 1 << 26
"""Maximum bytes that are read again behind damage, plus eight times the offset of the damage.

Without this limit, records that are made to overlap would take time without end. It is also the
maximum size of the unpacked text of a damaged member.
"""
_SMALL: Final = 1 << 6
"""Compressed bytes of a damaged member that are unpacked at once.

The decompressor gives all of their text or, on an error, nothing.
"""
_GARBAGE: Final = True

Judge: TypeAlias = Callable[[Fields], Skipped | None]
"""Tells from a record's fields why the record is passed over.

If it returns ``None``, the record's block is kept in memory.
"""


@dataclass(slots=True)
class Record:
    """A whole record.

    ``offset`` and ``length`` are in bytes of the file. Of a packed record they are its member's.

    In a member with several records, ``number`` counts the records from 0, and ``length`` is the
    number of bytes that must be read to get this one. If a block is too long, ``block`` is only its
    start. If the record is passed over, ``block`` is empty. ``sound`` is true if the block's digest
    matches or there is none.
    """

    fields: Fields
    offset: int
    size: int
    block: bytes
    sound: bool
    passed: Skipped | None
    number: int = 0
    length: int = 0

    @property
    def record_id(self) -> str:
        """``WARC-Record-ID`` as written. If it is missing, the place of the record."""
        inner = f"+{self.number}" if self.number else ""
        return self.fields.get("warc-record-id") or f"offset:{self.offset}{inner}"


@dataclass(frozen=True, slots=True)
class Damage:
    """A damaged place. ``garbage`` is true if nothing there looks like a record."""

    offset: int
    why: str
    garbage: bool = False


class _BrokenError(Exception):
    """Raised if bytes that begin like a record are none.

    ``args`` hold the reason and ``garbage``.
    """


def hold_all(record: Fields) -> None:
    """Pass over no record."""


def pass_all(record: Fields) -> Skipped:  # noqa: ARG001
    """Pass over every record. For callers that need only the records' places and fields."""
    return Skipped.NOT_A_PAGE


def records(
    stream: BinaryIO, name: str, judge: Judge, longest: int, start: int = 0
) -> Iterator[Record | Damage]:
    """Yield the records and damaged places of a seekable stream, in their order.

    Adjacent garbage is one damaged place. A block of more than ``longest`` bytes is kept only in
    part. Raises the stream's own ``OSError``.
    """
    if not look(stream, start, 1):
        yield Damage(start, "empty")
        return
    try:
        packing = packing_of(stream, name, start)
    except ZstdError as error:
        yield Damage(start, f"its dictionary cannot be read: {error}")
        return
    if packing:
        yield from _PackedRecords(stream, judge, longest, packing).records(start)
    else:
        yield from _Records(stream, judge, longest).records(start)


def records_in(path: Path) -> Iterator[Record]:
    """Yield the whole records of a file without their blocks. Raises ``OSError``."""
    with path.open("rb") as stream:
        for record in records(stream, path.name, pass_all, 0):
            if isinstance(record, Record):
                yield record


class _Records:
    """Reads the records of an uncompressed stream one after another."""

    def __init__(self, file: BinaryIO, judge: Judge, longest: int) -> None:
        self._file = file
        self._judge = judge
        self._longest = longest
        self._wasted = 0

    def records(self, start: int) -> Iterator[Record | Damage]:
        """Yield the records and the damaged places from ``start`` on."""
        at: int | None = start
        in_garbage = False
        while at is not None:
            damage = None
            for found in self._run(at):
                if isinstance(found, Record):
                    in_garbage = False
                    yield found
                else:
                    damage = found
            if damage is None:
                return
            at = self._next(self._behind(damage.offset))
            if not (damage.garbage and in_garbage):
                yield damage
            in_garbage = True

    def _run(self, start: int) -> Iterator[Record | Damage]:
        """Yield the records up to the first damaged place, then that place.

        Of a compressed member that is damaged, the whole records inside it follow.
        """
        at = start
        last: Record | None = None
        self._file.seek(start)
        stream = self._stream()
        try:
            for found in ArchiveIterator(stream, parse_http=False, max_header_len=_HEAD):
                place = self._place(found)
                number = last.number + 1 if last and last.offset == place else 0
                if last:
                    yield self._measured(last, place)
                at, last = place, None
                last = self._record(found, at)
                last.number = number
        except _BrokenError as broken:
            yield Damage(at, *broken.args)
            return
        except OSError as error:  # FastWARC's have no errno, those of the file itself have one
            if error.errno is not None:
                raise
        if last:
            at = self._end(last)
            if at > last.offset:
                yield self._measured(last, at)
                last = None
        if last:
            yield Damage(at, "no end of a record where its length leads")
        elif look(self._file, at, CHUNK).strip(_BREAKS):
            yield self._damage(at)

    def _record(self, found: WarcRecord, offset: int) -> Record:
        """Return a record and read past its block. Raises ``_BrokenError``, ``OSError``."""
        fields = fields_of(found.headers)
        if len(fields) < len(found.headers):
            self._check_one(offset, found.headers)
        size = _length(fields)
        passed = self._judge(fields)
        block, sound = bytearray(), True
        if passed:
            found.reader.consume()
        else:
            most = size if size <= self._longest else _PREFIX
            sound = holds(fields.get("warc-block-digest"), _pieces(found.reader, block, most))
        read = found.reader.tell()
        if read < size:
            raise _BrokenError(f"cut off: {read} of {size} bytes")
        if not sound and START.search(block):
            raise _BrokenError("another record begins within its length")
        return Record(fields, offset, size, bytes(block), sound, passed)

    def _check_one(self, offset: int, headers: HeaderMap) -> None:
        """Raise ``_BrokenError`` if another header begins here: FastWARC reads the two as one."""
        head = self._head(offset)
        second = START.search(head, 1)
        if second or len(headers.get_multiple("warc-type")) > 1:
            is_garbage = second is not None and not _TYPE.search(head, 0, second.start())
            raise _BrokenError("another header begins within its header", is_garbage)

    def _head(self, offset: int) -> bytes:
        return b"".join(look(self._file, offset, _HEAD).partition(_END)[:2])

    def _stream(self) -> BinaryIO | WarcReader:
        return self._file

    def _place(self, found: WarcRecord) -> int:
        return found.stream_pos

    def _measured(self, record: Record, following: int) -> Record:
        """Set and return a record's length.

        ``following`` is the place where the next record begins.
        """
        record.length = following - record.offset
        return record

    def _end(self, record: Record) -> int:
        """Return where the last record ends. If it is not whole, return where it begins."""
        block_end = record.offset + len(self._head(record.offset)) + record.size
        rest = look(self._file, block_end, LONGEST_START)
        if rest.startswith(_END) or not rest.strip(_BREAKS):
            return block_end + min(len(rest), len(_END))
        return record.offset

    def _next(self, offset: int) -> int | None:
        """Return where the next record seems to begin, from ``offset`` on."""
        return next_start(self._file, offset)

    def _damage(self, at: int) -> Damage:
        """Return the damage at a place where no record can be read."""
        if START.match(look(self._file, at, LONGEST_START)):
            return Damage(at, "its header is cut off or has no end")
        return Damage(at, "no WARC record, or cut off in its first line", _GARBAGE)

    def _behind(self, offset: int) -> int:
        """Return the offset from which to search for a record behind a damaged place."""
        read_to = self._file.tell()
        self._wasted += max(0, read_to - offset - CHUNK)
        return offset + 1 if self._wasted <= _PATIENCE + 8 * offset else max(read_to, offset + 1)


class _PackedRecords(_Records):
    """Reads records in gzip members or Zstandard frames."""

    _reader: WarcReader

    def __init__(self, file: BinaryIO, judge: Judge, longest: int, packing: Gzip) -> None:
        super().__init__(file, judge, longest)
        self._packing = packing
        self._last = 0
        """The offset of the member in which the current record ends."""

    def _run(self, start: int) -> Iterator[Record | Damage]:
        """Yield records and the first damage.

        Of a damaged member, yield the records that are whole.
        """
        at, whole = start, 0
        for found in super()._run(start):
            if isinstance(found, Record):
                at, whole = found.offset, found.number + 1
            elif not found.garbage:
                first = whole if at == found.offset else 0
                if not (yield from self._inside(found.offset, first)):
                    yield Damage(found.offset, f"its {self._packing.unit} is damaged or cut off")
                    return
            yield found

    def _inside(self, at: int, whole: int) -> Generator[Record, None, bool]:
        """Yield the whole records of a damaged member that follow its first ``whole`` ones.

        Return whether its checksum matches, as far as the member is read.
        """
        self._file.seek(at)
        text, is_sound, is_read = bytearray(), True, True
        try:
            for piece in unpacked(self._file.read, self._packing.unpacker, _SMALL, following=()):
                text += piece
                if len(text) >= _PATIENCE:
                    is_read = False
                    break
        except ERRORS:
            is_sound = False
        trusted = len(text) if is_sound and is_read else len(text) - LONGEST_START
        length = self._file.tell() - at
        found = _Records(BytesIO(text), self._judge, self._longest).records(0)
        for number, record in enumerate(record for record in found if isinstance(record, Record)):
            if number >= whole and record.offset + record.length <= trusted:
                yield replace(record, offset=at, number=number, length=length)
        return is_sound

    def _record(self, found: WarcRecord, offset: int) -> Record:
        record = super()._record(found, offset)
        self._last = self._place(found)
        if self._last != offset and self._packing.first_bytes(self._last) == MARK:
            raise _BrokenError(f"its length leads into the {self._packing.unit} of another record")
        return record

    def _check_one(self, offset: int, headers: HeaderMap) -> None:  # noqa: ARG002
        if len(headers.get_multiple("warc-type")) > 1:
            raise _BrokenError("another header begins within its header")

    def _stream(self) -> WarcReader:
        self._last = 0
        self._reader = self._packing.reader(Ended(self._file, self._packing.empty))
        return self._reader

    def _place(self, found: WarcRecord) -> int:  # noqa: ARG002
        return self._reader.frame_start_position() or 0

    def _measured(self, record: Record, following: int) -> Record:
        is_last = following != record.offset
        return super()._measured(record, following if is_last else self._reader.inner_tell())

    def _end(self, record: Record) -> int:
        at = self._reader.frame_start_position() or 0
        return at if at > self._last else record.offset

    def _next(self, offset: int) -> int | None:
        return self._packing.next(offset)

    def _damage(self, at: int) -> Damage:
        unit, text = self._packing.unit, self._packing.first_bytes(at)
        if text is None or not MARK.startswith(text):
            return Damage(at, f"no {unit} begins here that holds a record", _GARBAGE)
        return Damage(at, f"its {unit} is damaged or cut off", text != MARK)


def _pieces(reader: WarcReader, start: bytearray, most: int) -> Iterator[bytes]:
    """Yield the pieces of a block, and append its first ``most`` bytes to ``start``."""
    while piece := reader.read(CHUNK):
        start += piece[: most - len(start)]
        yield piece


def _length(fields: Fields) -> int:
    """Return the length of a record's block. Raises ``_BrokenError``."""
    length = fields.get("content-length")
    if "warc-type" not in fields:
        raise _BrokenError("no WARC-Type, or its header is cut off", _GARBAGE)
    if not length:
        raise _BrokenError("no Content-Length, or its header is cut off")
    if not _LENGTH.fullmatch(length):
        raise _BrokenError(f"its Content-Length is {length[:40]!r}")
    return int(length)
