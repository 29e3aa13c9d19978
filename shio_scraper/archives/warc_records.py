"""WARC records one after another, as FastWARC reads them; behind damage the next one is found.

A record is whole where the next one or the end of the file stands where its length leads. Behind
a damaged place the next record is looked for from its second byte on: it may have seemed to hold
others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, TypeAlias

from fastwarc.stream_io import WarcReader
from fastwarc.warc import ArchiveIterator, HeaderMap, WarcRecord

from shio_scraper.archives.digests import holds
from shio_scraper.archives.marks import CHUNK, LONGEST_START, START, look, next_start
from shio_scraper.archives.reading import Skipped

HEAD: Final = 1 << 20
"""Bytes of a header at most."""
_TYPE: Final = re.compile(rb"\nWARC-Type[ \t]*:", re.IGNORECASE)
_LENGTH: Final = re.compile(r"[0-9]{1,18}")
_BREAKS: Final = b"\r\n"
_END: Final = b"\r\n\r\n"
"""Of a header, as FastWARC takes it, and of a record."""
_PREFIX: Final = 1 << 16
"""Bytes that are held of a block longer than allowed, to tell what it is."""
PATIENCE: Final = 1 << 26
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


class BrokenError(Exception):
    """What begins like a record is none; ``args`` are why, and perhaps that it is garbage."""


GARBAGE: Final = True


class PlainRecords:
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
                last = self._record(found, at)
                last.number = number
        except BrokenError as broken:
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
        elif look(self._file, at, CHUNK).strip(_BREAKS):
            yield self._damage(at)

    def _record(self, found: WarcRecord, offset: int) -> Record:
        """Return a record and pass its block. Raises ``BrokenError``, ``OSError``."""
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
            raise BrokenError(f"cut off: {read} of {size} bytes")
        if not sound and START.search(held):
            raise BrokenError("another record begins within its length")
        return Record(fields, offset, size, bytes(held), sound, passed)

    def _check_one(self, offset: int, headers: HeaderMap) -> None:
        """Raise ``BrokenError`` where another header begins: FastWARC reads both as one."""
        head = self._head(offset)
        second = START.search(head, 1)
        if second or len(headers.get_multiple("warc-type")) > 1:
            is_garbage = second is not None and not _TYPE.search(head, 0, second.start())
            raise BrokenError("another header begins within its header", is_garbage)

    def _head(self, offset: int) -> bytes:
        return b"".join(look(self._file, offset, HEAD).partition(_END)[:2])

    def _iterator(self, start: int) -> ArchiveIterator:
        self._file.seek(start)
        return ArchiveIterator(self._file, parse_http=False, max_header_len=HEAD)

    def _place(self, found: WarcRecord) -> int:
        return found.stream_pos

    def _measured(self, record: Record, following: int) -> Record:
        """Return a record with its length, given where the next one begins."""
        record.length = following - record.offset
        return record

    def _end(self, record: Record) -> int:
        """Return where a record ends that none follows; where it begins if it is not whole."""
        block_end = record.offset + len(self._head(record.offset)) + record.size
        rest = look(self._file, block_end, LONGEST_START)
        if rest.startswith(_END) or not rest.strip(_BREAKS):
            return block_end + min(len(rest), len(_END))
        return record.offset

    def _next(self, offset: int) -> int | None:
        """Return where the next record seems to begin, from ``offset`` on."""
        return next_start(self._file, offset)

    def _damage(self, at: int) -> Damage:
        """Return what stands at a place where no record can be read."""
        if START.match(look(self._file, at, LONGEST_START)):
            return Damage(at, "its header is cut off or has no end")
        return Damage(at, "no WARC record, or cut off in its first line", GARBAGE)

    def _behind(self, offset: int) -> int:
        """Return from where on to look for a record behind a damaged place."""
        read_to = self._file.tell()
        self._wasted += max(0, read_to - offset - CHUNK)
        return offset + 1 if self._wasted <= PATIENCE + 8 * offset else max(read_to, offset + 1)


def hold_all(record: Fields) -> None:
    """Judge no record to be passed over."""


def pass_all(record: Fields) -> Skipped:  # noqa: ARG001
    """Judge every record to be passed over: only its place and its fields are asked for."""
    return Skipped.NOT_A_PAGE


def _pieces(reader: WarcReader, held: bytearray, most: int) -> Iterator[bytes]:
    """Read a block, and hold its first ``most`` bytes."""
    while piece := reader.read(CHUNK):
        held += piece[: most - len(held)]
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
