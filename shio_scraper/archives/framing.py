"""The records of a WARC file, as FastWARC reads them; behind damage the next one is found.

A record is whole where the next one or the end of the file stands where its length leads; by
then the checksum of its gzip member holds. Behind a damaged place the next record is looked
for from its second byte on: it may have seemed to hold others.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from tempfile import TemporaryFile
from typing import BinaryIO, Final, TypeAlias

from fastwarc.stream_io import GzipReader, WarcReader
from fastwarc.warc import ArchiveIterator, HeaderMap, WarcRecord

from shio_scraper.archives.digests import holds
from shio_scraper.archives.reading import Skipped

_MAGIC: Final = b"\x1f\x8b"
_MEMBER: Final = re.compile(rb"\x1f\x8b\x08[\x00-\x1f]")
"""Magic, the one method there is, and flags without the reserved bits (RFC 1952, 2.3)."""
_MEMBER_SIZE: Final = 4
_GZIP: Final = 16 + zlib.MAX_WBITS
_MARK: Final = b"WARC/"
_START: Final = re.compile(rb"WARC/\d\.\d{1,2}[ \t]*\r?\n[^\x00-\x20:]{1,64}:")
_FIRST_LINE: Final = re.compile(rb"W(?:A(?:R(?:C(?:/[\d.]{0,4}\r?)?)?)?)?")
_LONGEST_START: Final = 128
_HEAD: Final = 1 << 20
"""Bytes of a header at most."""
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_TYPE: Final = re.compile(rb"\nWARC-Type[ \t]*:", re.IGNORECASE)
_LENGTH: Final = re.compile(r"[0-9]{1,18}")
_BREAKS: Final = b"\r\n"
_END: Final = re.compile(rb"(?:\r?\n){0,2}")
_CHUNK: Final = 1 << 16
_PIECE: Final = 1 << 14
"""Bytes inflated at once: at gzip's best ratio they become 16 MB."""
_PREFIX: Final = 1 << 16
"""Bytes that are held of a block longer than allowed, to tell what it is."""
_PATIENCE: Final = 1 << 26
"""Bytes that are read again behind damage, and eight times what was passed; then no more,
or records made to overlap would take time without end."""

Fields: TypeAlias = HeaderMap
"""Named fields, in any case; of a name that comes twice the first counts."""

Judge: TypeAlias = Callable[[Fields], Skipped | None]
"""Tells from a record's fields why it is passed over; the block of others is held."""


@dataclass(slots=True)
class Record:
    """A whole record. ``offset`` and ``length`` are bytes of the file: its gzip member's.

    Of a member with several records it is the ``number``-th, from 0 on, and ``length`` is what
    must be read for it; the last one has ``ended`` the member. ``block`` is only the start of
    one longer than allowed; ``sound`` says that the block's digest holds, or is none.
    """

    fields: Fields
    offset: int
    size: int
    block: bytes
    sound: bool
    passed: Skipped | None
    number: int = 0
    length: int = 0
    ended: bool = True

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


_GARBAGE: Final = True
_NO_END: Final = "no end of a record where its length leads"


class _BrokenError(Exception):
    """What begins like a record is none; ``args`` are why, and perhaps that it is garbage."""


def records(
    stream: BinaryIO, name: str, judge: Judge, longest: int, start: int = 0
) -> Iterator[Record | Damage]:
    """Yield the records of a seekable stream and its damaged places, in their order.

    Blocks of more than ``longest`` bytes are not held. Raises the stream's own ``OSError``.
    """
    if not _look(stream, start, 1):
        yield Damage(start, "empty")
        return
    kind = _Members if _is_gzip(stream, name, start) else _Text
    yield from kind(stream, judge, longest).records(start)


class _Text:
    """Records one after another, in a plain file."""

    def __init__(self, file: BinaryIO, judge: Judge, longest: int) -> None:
        self._file = file
        self._judge = judge
        self._longest = longest
        self._size = file.seek(0, os.SEEK_END)
        self._wasted = 0

    def records(self, start: int) -> Iterator[Record | Damage]:
        """Yield the records from ``start`` on, and the damaged places; garbage is one."""
        at: int | None = start
        damaged = False
        while at is not None:
            damage = None
            for found in self._run(at):
                if isinstance(found, Damage):
                    damage = found
                else:
                    damaged = False
                    yield found
            if damage is None:
                return
            if not (damage.garbage and damaged):
                yield damage
            damaged = True
            at = self._next(self._behind(damage.offset))

    def _run(self, start: int) -> Iterator[Record | Damage]:
        """Yield records up to the first damaged place, and that."""
        last: Record | None = None
        at = start
        try:
            with _reading():
                for found in self._iterator(start):
                    place = self._place(found)
                    if last:
                        self._measure(last, place)
                        yield last
                    before, last, at = last, None, place
                    last = self._record(found, at)
                    if before and before.offset == at:
                        last.number = before.number + 1
            if last:
                at = self._end(last)
                last.length = at - last.offset
                yield last
        except _BrokenError as broken:
            yield Damage(at, *broken.args)
            return
        if _look(self._file, at, _CHUNK).strip(_BREAKS):
            yield self._damage(at)

    def _record(self, found: WarcRecord, offset: int) -> Record:
        """Return a record and pass its block. Raises ``_BrokenError``, ``OSError``."""
        fields = found.headers
        size = self._length(fields, offset)
        passed = self._judge(fields)
        block = _Block(found.reader, size)
        block.hold = 0 if passed else size if size <= self._longest else _PREFIX
        sound = holds(fields.get("warc-block-digest"), block.pieces())
        if block.read < size:
            raise _BrokenError(f"cut off: {block.read} of {size} bytes")
        if block.nested and not sound:
            raise _BrokenError("another record begins within its length")
        return Record(fields, offset, size, b"".join(block.held), sound, passed)

    def _length(self, fields: Fields, offset: int) -> int:
        """Return a record's length. Raises ``_BrokenError``."""
        names = fields.keys()
        if len(set(names)) < len(names):
            self._check_one(offset, fields)
        length = fields.get("content-length")
        if "warc-type" not in fields:
            raise _BrokenError("no WARC-Type, or its header is cut off", _GARBAGE)
        if length is None:
            raise _BrokenError("no Content-Length, or its header is cut off")
        if not _LENGTH.fullmatch(length):
            raise _BrokenError(f"its Content-Length is {length[:40]!r}")
        return int(length)

    def _check_one(self, offset: int, fields: Fields) -> None:
        """Raise ``_BrokenError`` where another header begins: FastWARC reads both as one."""
        head = _look(self._file, offset, _HEAD)
        end = _HEAD_END.search(head)
        second = _START.search(head, 1, end.end() if end else _HEAD)
        if second or len(fields.get_multiple("warc-type")) > 1:
            is_garbage = second is not None and not _TYPE.search(head, 0, second.start())
            raise _BrokenError("another header begins within its header", is_garbage)

    def _iterator(self, start: int) -> ArchiveIterator:
        self._file.seek(start)
        return ArchiveIterator(self._file, parse_http=False, max_header_len=_HEAD)

    def _place(self, found: WarcRecord) -> int:
        return found.stream_pos

    def _measure(self, record: Record, following: int) -> None:
        """Note how long a record is that another one follows."""
        record.length = following - record.offset

    def _end(self, record: Record) -> int:
        """Return where a record ends that nothing whole follows. Raises ``_BrokenError``."""
        head = _HEAD_END.search(_look(self._file, record.offset, _HEAD))
        block = record.offset + (head.end() if head else 0)
        return block + record.size + _blank(_look(self._file, block + record.size, _LONGEST_START))

    def _next(self, offset: int) -> int | None:
        """Return where the next record seems to begin, from ``offset`` on."""
        return next(_matches(_START, self._file, offset, _LONGEST_START), None)

    def _damage(self, at: int) -> Damage:
        """Return what stands at a place where nothing can be read."""
        rest = _look(self._file, at, _LONGEST_START)
        if _START.match(rest):
            return Damage(at, "its header has no end")
        if _FIRST_LINE.fullmatch(rest):
            return Damage(at, "cut off: its first line", _GARBAGE)
        size = (self._next(at) or self._size) - at
        return Damage(at, f"{size} bytes that are no WARC record", _GARBAGE)

    def _behind(self, offset: int) -> int:
        """Return from where on to look for a record behind a damaged place."""
        read_to = self._file.tell()
        self._wasted += max(0, read_to - offset - _CHUNK)
        return offset + 1 if self._wasted <= _PATIENCE + 8 * offset else max(read_to, offset + 1)


class _Members(_Text):
    """Gzip members with a record each, or several."""

    _reader: GzipReader
    _read_to = 0
    """Where what was inflated by ``_texts`` ends, in the file."""

    def records(self, start: int) -> Iterator[Record | Damage]:
        """Yield what there is; of a damaged member with several records those that are whole."""
        at, whole = start, 0
        for found in super().records(start):
            yield found
            if isinstance(found, Record):
                at, whole = found.offset, found.number + 1
            elif not found.garbage:
                yield from self._rest(found.offset, whole if at == found.offset else 0)

    def _rest(self, at: int, whole: int) -> Iterator[Record]:
        """Yield the whole records of a damaged member behind its first ``whole`` ones."""
        with TemporaryFile() as text:
            size = trusted = 0
            with suppress(_BrokenError):
                for piece in self._texts(at):
                    size += text.write(piece)
                    trusted = size - _LONGEST_START
                    if size > _PATIENCE:
                        break
                else:
                    trusted = size
            inside = _Text(text, self._judge, self._longest).records(0)
            found = (one for one in inside if isinstance(one, Record))
            for number, one in islice(enumerate(found), whole, None):
                if one.offset + one.length <= trusted:
                    length = self._read_to - at
                    yield replace(one, offset=at, number=number, length=length, ended=False)

    def _iterator(self, start: int) -> ArchiveIterator:
        self._file.seek(start)
        self._reader = GzipReader(self._file)
        return ArchiveIterator(self._reader, parse_http=False, max_header_len=_HEAD)

    def _place(self, found: WarcRecord) -> int:  # noqa: ARG002
        return self._reader.frame_start_position() or 0

    def _record(self, found: WarcRecord, offset: int) -> Record:
        record = super()._record(found, offset)
        if self._place(found) != offset:
            raise _BrokenError("its length leads beyond its gzip member")
        return record

    def _check_one(self, offset: int, fields: Fields) -> None:  # noqa: ARG002
        if len(fields.get_multiple("warc-type")) > 1:
            raise _BrokenError("another header begins within its header")

    def _measure(self, record: Record, following: int) -> None:
        record.ended = following != record.offset
        record.length = (following if record.ended else self._reader.inner_tell()) - record.offset

    def _end(self, record: Record) -> int:
        head, tail, size = b"", b"", 0
        for text in self._texts(record.offset):
            head += text[: _HEAD - len(head)]
            tail = (tail + text)[-_LONGEST_START:]
            size += len(text)
        if not record.number:
            begins = _HEAD_END.search(head)
            rest = size - record.size - (begins.end() if begins else 0)
            if not 0 <= rest <= len(tail):
                raise _BrokenError(_NO_END)
            _blank(tail[len(tail) - rest :])
        return self._read_to

    def _texts(self, at: int) -> Iterator[bytes]:
        """Inflate a member up to its end, or to its damage; then raise ``_BrokenError``."""
        inflate = zlib.decompressobj(_GZIP)
        self._read_to = at
        while not inflate.eof:
            piece = _look(self._file, self._read_to, _PIECE)
            if not piece:
                raise _BrokenError("cut off: its gzip member has no end")
            before = inflate.copy()
            try:
                yield inflate.decompress(piece)
            except zlib.error as error:
                yield _up_to_damage(before, piece)
                why = str(error).rpartition(": ")[2]
                raise _BrokenError(f"gzip member: {why}, near byte {self._read_to}") from error
            self._read_to += len(piece) - len(inflate.unused_data)

    def _next(self, offset: int) -> int | None:
        return next_member(self._file, offset)

    def _damage(self, at: int) -> Damage:
        rest = _look(self._file, at, _PIECE)
        text = _first(rest)
        if text is None or not _MARK.startswith(text):
            return Damage(at, "no gzip member begins here that holds a record", _GARBAGE)
        if text != _MARK:
            return Damage(at, "cut off: its first bytes", _GARBAGE)
        try:
            for _ in self._texts(at):
                pass
        except _BrokenError as broken:
            return Damage(at, *broken.args)
        return Damage(at, "what its gzip member holds is no record")


@dataclass(slots=True)
class _Block:
    """A record's block as it is read: how far, what is held, whether a record seems to begin."""

    reader: WarcReader
    size: int
    hold: int = 0
    read: int = 0
    nested: bool = False
    held: list[bytes] = field(default_factory=list)

    def pieces(self) -> Iterator[bytes]:
        """Read it."""
        before = b""
        while piece := self.reader.read(min(self.size - self.read, _CHUNK)):
            self.read += len(piece)
            self.nested = self.nested or _START.search(before + piece) is not None
            before = piece[-_LONGEST_START:]
            if self.hold > 0:
                self.held.append(piece[: self.hold])
                self.hold -= len(piece)
            yield piece


@contextmanager
def _reading() -> Iterator[None]:
    """End where FastWARC can read no more; errors of the file itself have a number."""
    try:
        yield
    except OSError as error:
        if error.errno is not None:
            raise


def next_member(file: BinaryIO, offset: int) -> int | None:
    """Return where, from ``offset`` on, a gzip member begins that begins with a record."""
    places = _matches(_MEMBER, file, offset, _MEMBER_SIZE)
    return next((at for at in places if _first(_look(file, at, _PIECE)) == _MARK), None)


def _first(member: bytes) -> bytes | None:
    """Return the first bytes of a gzip member's text; ``None`` where it is none."""
    try:
        return zlib.decompressobj(_GZIP).decompress(member, len(_MARK))
    except zlib.error:
        return None


def _up_to_damage(inflate: zlib._Decompress, piece: bytes) -> bytes:
    """Return what a piece holds before its damage; zlib alone gives all of a piece or nothing."""
    text = bytearray()
    with suppress(zlib.error):
        for byte in range(len(piece)):
            text += inflate.decompress(piece[byte : byte + 1])
    return bytes(text)


def _is_gzip(stream: BinaryIO, name: str, start: int) -> bool:
    """Tell by the name, unless the bytes say otherwise: damage may stand at the start."""
    if ".gz" in name.lower():
        return next_member(stream, start) is not None
    data = _look(stream, start, _CHUNK)
    return data.startswith(_MAGIC) and not _START.search(data)


def _matches(
    pattern: re.Pattern[bytes], file: BinaryIO, offset: int, longest: int
) -> Iterator[int]:
    """Yield where a pattern of at most ``longest`` bytes stands, from ``offset`` on."""
    while data := _look(file, offset, _CHUNK):
        yield from (offset + match.start() for match in pattern.finditer(data))
        offset += len(data) if len(data) < _CHUNK else len(data) - longest + 1


def _look(file: BinaryIO, offset: int, size: int) -> bytes:
    """Return bytes of a place, and go back to where the file was."""
    there = file.tell()
    file.seek(offset)
    data = file.read(size)
    file.seek(there)
    return data


def _blank(rest: bytes) -> int:
    """Return how many bytes of what follows a block end its record. Raises ``_BrokenError``."""
    end = _END.match(rest)
    assert end  # noqa: S101  (or nothing)
    if rest.startswith(b"\r\n\r\n") or not rest.strip(_BREAKS):
        return end.end()
    raise _BrokenError(_NO_END)
