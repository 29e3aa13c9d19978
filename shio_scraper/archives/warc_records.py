"""The records of a WARC file, as FastWARC reads them; behind damage the next one is found.

A record is whole where the next one or the end of the file stands where its length leads; by
then the checksum of its gzip member (RFC 1952) holds. Behind a damaged place the next record is
looked for from its second byte on: it may have seemed to hold others.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from io import BytesIO
from typing import BinaryIO, Final, TypeAlias

from fastwarc.stream_io import GzipReader, WarcReader
from fastwarc.warc import ArchiveIterator, HeaderMap, WarcRecord

from shio_scraper.archives.digests import holds
from shio_scraper.archives.reading import Skipped

_START: Final = re.compile(rb"WARC/\d\.\d{1,2}[ \t]*\r?\n[^\x00-\x20:]{1,64}:")
_LONGEST_START: Final = 128
_MARK: Final = b"WARC/"
_MAGIC: Final = b"\x1f\x8b"
_MEMBER: Final = re.compile(rb"\x1f\x8b\x08[\x00-\x1f]")
"""Magic, the one method there is, and flags without the reserved bits (section 2.3)."""
_MEMBER_SIZE: Final = 4
_GZIP: Final = 16 + zlib.MAX_WBITS
_HEAD: Final = 1 << 20
"""Bytes of a header at most."""
_TYPE: Final = re.compile(rb"\nWARC-Type[ \t]*:", re.IGNORECASE)
_LENGTH: Final = re.compile(r"[0-9]{1,18}")
_BREAKS: Final = b"\r\n"
_END: Final = b"\r\n\r\n"
"""Of a header, as FastWARC takes it, and of a record."""
_CHUNK: Final = 1 << 16
_PREFIX: Final = 1 << 16
"""Bytes that are held of a block longer than allowed, to tell what it is."""
_SMALL: Final = 1 << 6
"""Bytes of a damaged gzip member that are inflated at once: zlib gives all or nothing of them."""
_PATIENCE: Final = 1 << 26
"""Bytes that are read again behind damage, and eight times what was passed; then no more,
or records made to overlap would take time without end. Of a damaged member: its text at most."""

Fields: TypeAlias = dict[str, str]
"""Names in lower case → values, the first where a name comes twice."""

Judge: TypeAlias = Callable[[Fields], Skipped | None]
"""Tells from a record's fields why it is passed over; the block of others is held."""


@dataclass(slots=True)
class Record:
    """A whole record. ``offset`` and ``length`` are bytes of the file: its gzip member's.

    Of a member with several records it is the ``number``-th, from 0 on, and ``length`` is what
    must be read for it. ``block`` is only the start of one longer than allowed, and empty of one
    that is passed over; ``sound`` says that the block's digest holds, or is none.
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
        """``WARC-Record-ID`` as written; where it is missing, the place."""
        inner = f"+{self.number}" if self.number else ""
        return self.fields.get("warc-record-id") or f"offset:{self.offset}{inner}"


@dataclass(frozen=True, slots=True)
class Damage:
    """A damaged place; ``garbage`` where nothing there looks like a record."""

    offset: int
    why: str
    garbage: bool = False


class _BrokenError(Exception):
    """What begins like a record is none; ``args`` are why, and perhaps that it is garbage."""


_GARBAGE: Final = True
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
    kind = _Gzip if _is_gzip(stream, name, start) else _Plain
    yield from kind(stream, judge, longest).records(start)


class _Plain:
    """Records one after another."""

    def __init__(self, file: BinaryIO, judge: Judge, longest: int) -> None:
        self._file = file
        self._judge = judge
        self._longest = longest
        self._wasted = 0

    def records(self, start: int) -> Iterator[Record | Damage]:
        """Yield the records from ``start`` on, and the damaged places."""
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
        """Yield records up to the first damaged place, and that; what is inside it follows."""
        at = start
        last: Record | None = None
        try:
            for found in self._iterator(start):
                place = self._place(found)
                number = last.number + 1 if last and last.offset == place else 0
                if last:
                    yield self._measured(last, place)
                at, last = place, None
                last = replace(self._record(found, at), number=number)
        except _BrokenError as broken:
            yield Damage(at, *broken.args)
            return
        except OSError as error:  # FastWARC's have no number, those of the file itself have one
            if error.errno is not None:
                raise
        if last:
            at = self._end(last)
            if at > last.offset:
                yield self._measured(last, at)
                last = None
        if last:
            yield Damage(at, "no end of a record where its length leads")
        elif look(self._file, at, _CHUNK).strip(_BREAKS):
            yield self._damage(at)

    def _record(self, found: WarcRecord, offset: int) -> Record:
        """Return a record and pass its block. Raises ``_BrokenError``, ``OSError``."""
        fields = fields_of(found.headers)
        if len(fields) < len(found.headers):
            self._check_one(offset, found.headers)
        size = _length(fields)
        passed = self._judge(fields)
        held, sound = bytearray(), True
        if passed:
            found.reader.consume()
        else:
            most = size if size <= self._longest else _PREFIX
            sound = holds(fields.get("warc-block-digest"), _pieces(found.reader, held, most))
        read = found.reader.tell()
        if read < size:
            raise _BrokenError(f"cut off: {read} of {size} bytes")
        if not sound and _START.search(held):
            raise _BrokenError("another record begins within its length")
        return Record(fields, offset, size, bytes(held), sound, passed)

    def _check_one(self, offset: int, headers: HeaderMap) -> None:
        """Raise ``_BrokenError`` where another header begins: FastWARC reads both as one."""
        head = self._head(offset)
        second = _START.search(head, 1)
        if second or len(headers.get_multiple("warc-type")) > 1:
            is_garbage = second is not None and not _TYPE.search(head, 0, second.start())
            raise _BrokenError("another header begins within its header", is_garbage)

    def _head(self, offset: int) -> bytes:
        return b"".join(look(self._file, offset, _HEAD).partition(_END)[:2])

    def _iterator(self, start: int) -> ArchiveIterator:
        self._file.seek(start)
        return ArchiveIterator(self._file, parse_http=False, max_header_len=_HEAD)

    def _place(self, found: WarcRecord) -> int:
        return found.stream_pos

    def _measured(self, record: Record, following: int) -> Record:
        """Return a record with its length, given where the next one begins."""
        record.length = following - record.offset
        return record

    def _end(self, record: Record) -> int:
        """Return where a record ends that none follows; where it begins if it is not whole."""
        block_end = record.offset + len(self._head(record.offset)) + record.size
        rest = look(self._file, block_end, _LONGEST_START)
        if rest.startswith(_END) or not rest.strip(_BREAKS):
            return block_end + min(len(rest), len(_END))
        return record.offset

    def _next(self, offset: int) -> int | None:
        """Return where the next record seems to begin, from ``offset`` on."""
        return next(matches(_START, self._file, offset, _LONGEST_START), None)

    def _damage(self, at: int) -> Damage:
        """Return what stands at a place where no record can be read."""
        if _START.match(look(self._file, at, _LONGEST_START)):
            return Damage(at, "its header is cut off or has no end")
        return Damage(at, "no WARC record, or cut off in its first line", _GARBAGE)

    def _behind(self, offset: int) -> int:
        """Return from where on to look for a record behind a damaged place."""
        read_to = self._file.tell()
        self._wasted += max(0, read_to - offset - _CHUNK)
        return offset + 1 if self._wasted <= _PATIENCE + 8 * offset else max(read_to, offset + 1)


class _Gzip(_Plain):
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
        inflate, text = zlib.decompressobj(_GZIP), bytearray()
        self._file.seek(at)
        with suppress(zlib.error):
            while not inflate.eof and len(text) < _PATIENCE and (piece := self._file.read(_SMALL)):
                text += inflate.decompress(piece)
        trusted = len(text) if inflate.eof else len(text) - _LONGEST_START
        length = self._file.tell() - at
        found = _Plain(BytesIO(text), self._judge, self._longest).records(0)
        for number, one in enumerate(one for one in found if isinstance(one, Record)):
            if number >= whole and one.offset + one.length <= trusted:
                yield replace(one, offset=at, number=number, length=length)
        return inflate.eof or len(text) >= _PATIENCE

    def _iterator(self, start: int) -> ArchiveIterator:
        self._file.seek(start)
        self._reader = GzipReader(_Ended(self._file))
        return ArchiveIterator(self._reader, parse_http=False, max_header_len=_HEAD)

    def _place(self, found: WarcRecord) -> int:  # noqa: ARG002
        return self._reader.frame_start_position() or 0

    def _record(self, found: WarcRecord, offset: int) -> Record:
        record = super()._record(found, offset)
        if self._place(found) != offset:
            raise _BrokenError("its length leads beyond its gzip member")
        return record

    def _check_one(self, offset: int, headers: HeaderMap) -> None:  # noqa: ARG002
        if len(headers.get_multiple("warc-type")) > 1:
            raise _BrokenError("another header begins within its header")

    def _measured(self, record: Record, following: int) -> Record:
        is_last = following != record.offset
        return super()._measured(record, following if is_last else self._reader.inner_tell())

    def _end(self, record: Record) -> int:
        return self._reader.frame_start_position() or record.offset

    def _next(self, offset: int) -> int | None:
        return next_member(self._file, offset)

    def _damage(self, at: int) -> Damage:
        text = _first(look(self._file, at, _CHUNK))
        if text is None or not _MARK.startswith(text):
            return Damage(at, "no gzip member begins here that holds a record", _GARBAGE)
        return Damage(at, _BAD_MEMBER, text != _MARK)


class _Ended:
    """A gzip file and an empty member: one that is cut off at its end is not followed by it."""

    def __init__(self, file: BinaryIO) -> None:
        self.seek, self.tell, self.close = file.seek, file.tell, file.close
        self._file = file
        self._end = BytesIO(gzip.compress(b""))

    def read(self, size: int = -1) -> bytes:
        """Read from the one, then from the other."""
        return self._file.read(size) or self._end.read(size)


def hold_all(record: Fields) -> None:
    """Judge no record to be passed over."""


def pass_all(record: Fields) -> Skipped:  # noqa: ARG001
    """Judge every record to be passed over: only its place and its fields are asked for."""
    return Skipped.NOT_A_PAGE


def next_member(file: BinaryIO, offset: int) -> int | None:
    """Return where, from ``offset`` on, a gzip member begins that begins with a record."""
    places = matches(_MEMBER, file, offset, _MEMBER_SIZE)
    return next((at for at in places if _first(look(file, at, _CHUNK)) == _MARK), None)


def _first(member: bytes) -> bytes | None:
    """Return the first bytes of a gzip member's text; ``None`` where it is none."""
    try:
        return zlib.decompressobj(_GZIP).decompress(member, len(_MARK))
    except zlib.error:
        return None


def _is_gzip(stream: BinaryIO, name: str, start: int) -> bool:
    """Tell by the name, unless the bytes say otherwise: damage may stand at the start."""
    if ".gz" in name.lower():
        return next_member(stream, start) is not None
    data = look(stream, start, _CHUNK)
    return data.startswith(_MAGIC) and not _START.search(data)


def _pieces(reader: WarcReader, held: bytearray, most: int) -> Iterator[bytes]:
    """Read a block, and hold its first ``most`` bytes."""
    while piece := reader.read(_CHUNK):
        held += piece[: most - len(held)]
        yield piece


def fields_of(headers: HeaderMap) -> Fields:
    """Return named fields as FastWARC read them; to ask it for each takes long."""
    return {name.lower(): value for name, value in reversed(headers.items())}


def _length(fields: Fields) -> int:
    """Return a record's length. Raises ``_BrokenError``."""
    length = fields.get("content-length")
    if "warc-type" not in fields:
        raise _BrokenError("no WARC-Type, or its header is cut off", _GARBAGE)
    if not length:
        raise _BrokenError("no Content-Length, or its header is cut off")
    if not _LENGTH.fullmatch(length):
        raise _BrokenError(f"its Content-Length is {length[:40]!r}")
    return int(length)


def matches(pattern: re.Pattern[bytes], file: BinaryIO, offset: int, longest: int) -> Iterator[int]:
    """Yield where a pattern of at most ``longest`` bytes stands, from ``offset`` on."""
    while data := look(file, offset, _CHUNK):
        yield from (offset + match.start() for match in pattern.finditer(data))
        offset += len(data) if len(data) < _CHUNK else len(data) - longest + 1


def look(file: BinaryIO, offset: int, size: int) -> bytes:
    """Return bytes of a place, and go back to where the file was."""
    there = file.tell()
    file.seek(offset)
    data = file.read(size)
    file.seek(there)
    return data
