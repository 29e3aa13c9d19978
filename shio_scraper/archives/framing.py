"""The records of a WARC file, as FastWARC reads them; behind damage the next one is found.

A record is whole where the next one or the end of the file stands where its length leads; by
then the checksum of its gzip member holds. Behind a damaged place the next record is looked
for from its second byte on: it may have seemed to hold others.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO, Final, TypeAlias

from fastwarc.stream_io import WarcReader
from fastwarc.warc import ArchiveIterator, HeaderMap, WarcRecord

from shio_scraper.archives.digests import holds
from shio_scraper.archives.reading import Skipped

START: Final = re.compile(rb"WARC/\d\.\d{1,2}[ \t]*\r?\n[^\x00-\x20:]{1,64}:")
_FIRST_LINE: Final = re.compile(rb"W(?:A(?:R(?:C(?:/[\d.]{0,4}\r?)?)?)?)?")
LONGEST_START: Final = 128
HEAD: Final = 1 << 20
"""Bytes of a header at most."""
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_TYPE: Final = re.compile(rb"\nWARC-Type[ \t]*:", re.IGNORECASE)
_LENGTH: Final = re.compile(r"[0-9]{1,18}")
_BREAKS: Final = b"\r\n"
_END: Final = re.compile(rb"(?:\r?\n){0,2}")
CHUNK: Final = 1 << 16
_PREFIX: Final = 1 << 16
"""Bytes that are held of a block longer than allowed, to tell what it is."""
PATIENCE: Final = 1 << 26
"""Bytes that are read again behind damage, and eight times what was passed; then no more,
or records made to overlap would take time without end."""

Fields: TypeAlias = dict[str, str]
"""Names in lower case → values, the first where a name comes twice."""

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


GARBAGE: Final = True
_NO_END: Final = "no end of a record where its length leads"


class BrokenError(Exception):
    """What begins like a record is none; ``args`` are why, and perhaps that it is garbage."""


class Framing:
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
        except BrokenError as broken:
            yield Damage(at, *broken.args)
            return
        if look(self._file, at, CHUNK).strip(_BREAKS):
            yield self._damage(at)

    def _record(self, found: WarcRecord, offset: int) -> Record:
        """Return a record and pass its block. Raises ``BrokenError``, ``OSError``."""
        fields = fields_of(found.headers)
        if len(fields) < len(found.headers):
            self._check_one(offset, found.headers)
        size = _length(fields)
        passed = self._judge(fields)
        block = _Block(found.reader, size)
        block.hold = 0 if passed else size if size <= self._longest else _PREFIX
        sound = holds(fields.get("warc-block-digest"), block.pieces())
        if block.read < size:
            raise BrokenError(f"cut off: {block.read} of {size} bytes")
        if block.nested and not sound:
            raise BrokenError("another record begins within its length")
        return Record(fields, offset, size, b"".join(block.held), sound, passed)

    def _check_one(self, offset: int, headers: HeaderMap) -> None:
        """Raise ``BrokenError`` where another header begins: FastWARC reads both as one."""
        head = look(self._file, offset, HEAD)
        end = _HEAD_END.search(head)
        second = START.search(head, 1, end.end() if end else HEAD)
        if second or len(headers.get_multiple("warc-type")) > 1:
            is_garbage = second is not None and not _TYPE.search(head, 0, second.start())
            raise BrokenError("another header begins within its header", is_garbage)

    def _iterator(self, start: int) -> ArchiveIterator:
        self._file.seek(start)
        return ArchiveIterator(self._file, parse_http=False, max_header_len=HEAD)

    def _place(self, found: WarcRecord) -> int:
        return found.stream_pos

    def _measure(self, record: Record, following: int) -> None:
        """Note how long a record is that another one follows."""
        record.length = following - record.offset

    def _end(self, record: Record) -> int:
        """Return where a record ends that nothing whole follows. Raises ``BrokenError``."""
        head = _HEAD_END.search(look(self._file, record.offset, HEAD))
        block = record.offset + (head.end() if head else 0)
        return block + record.size + _blank(look(self._file, block + record.size, LONGEST_START))

    def _next(self, offset: int) -> int | None:
        """Return where the next record seems to begin, from ``offset`` on."""
        return next(matches(START, self._file, offset, LONGEST_START), None)

    def _damage(self, at: int) -> Damage:
        """Return what stands at a place where nothing can be read."""
        rest = look(self._file, at, LONGEST_START)
        if START.match(rest):
            return Damage(at, "its header has no end")
        if _FIRST_LINE.fullmatch(rest):
            return Damage(at, "cut off: its first line", GARBAGE)
        size = (self._next(at) or self._size) - at
        return Damage(at, f"{size} bytes that are no WARC record", GARBAGE)

    def _behind(self, offset: int) -> int:
        """Return from where on to look for a record behind a damaged place."""
        read_to = self._file.tell()
        self._wasted += max(0, read_to - offset - CHUNK)
        return offset + 1 if self._wasted <= PATIENCE + 8 * offset else max(read_to, offset + 1)


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
        while piece := self.reader.read(min(self.size - self.read, CHUNK)):
            self.read += len(piece)
            self.nested = self.nested or START.search(before + piece) is not None
            before = piece[-LONGEST_START:]
            if self.hold > 0:
                self.held.append(piece[: self.hold])
                self.hold -= len(piece)
            yield piece


def fields_of(headers: HeaderMap) -> Fields:
    """Return named fields as FastWARC read them; to ask it for each takes long."""
    return {name.lower(): value for name, value in reversed(headers.items())}


def _length(fields: Fields) -> int:
    """Return a record's length. Raises ``BrokenError``."""
    length = fields.get("content-length")
    if "warc-type" not in fields:
        raise BrokenError("no WARC-Type, or its header is cut off", GARBAGE)
    if not length:
        raise BrokenError("no Content-Length, or its header is cut off")
    if not _LENGTH.fullmatch(length):
        raise BrokenError(f"its Content-Length is {length[:40]!r}")
    return int(length)


@contextmanager
def _reading() -> Iterator[None]:
    """End where FastWARC can read no more; errors of the file itself have a number."""
    try:
        yield
    except OSError as error:
        if error.errno is not None:
            raise


def matches(pattern: re.Pattern[bytes], file: BinaryIO, offset: int, longest: int) -> Iterator[int]:
    """Yield where a pattern of at most ``longest`` bytes stands, from ``offset`` on."""
    while data := look(file, offset, CHUNK):
        yield from (offset + match.start() for match in pattern.finditer(data))
        offset += len(data) if len(data) < CHUNK else len(data) - longest + 1


def look(file: BinaryIO, offset: int, size: int) -> bytes:
    """Return bytes of a place, and go back to where the file was."""
    there = file.tell()
    file.seek(offset)
    data = file.read(size)
    file.seek(there)
    return data


def _blank(rest: bytes) -> int:
    """Return how many bytes of what follows a block end its record. Raises ``BrokenError``."""
    end = _END.match(rest)
    assert end  # noqa: S101  (or nothing)
    if rest.startswith(b"\r\n\r\n") or not rest.strip(_BREAKS):
        return end.end()
    raise BrokenError(_NO_END)
