"""The records of a WARC file (WARC 1.0, 1.1), each whole; behind damage the next one is found.

A record is whole where its length leads to the end of a record, and its gzip member's
checksum holds. What is damaged is read again from behind its header, for records that it
seemed to hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, TypeAlias

from shio_scraper.archives.digests import holds
from shio_scraper.archives.heads import Fields, fields
from shio_scraper.archives.members import MAGIC, DamagedError, Member, next_member
from shio_scraper.archives.reading import Skipped
from shio_scraper.archives.seekable import CHUNK, Lookahead, size_of

_MARK: Final = b"WARC/"
_VERSION: Final = re.compile(rb"WARC/\d\.\d{1,2}[ \t]*\r?\n")
_START: Final = re.compile(rb"WARC/\d\.\d{1,2}[ \t]*\r?\n[^\x00-\x20:]{1,64}:")
_FIRST_LINE: Final = re.compile(rb"W(?:A(?:R(?:C(?:/[\d.]{0,4}\r?)?)?)?)?")
_LONGEST_START: Final = 128
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_HEAD_SIZES: Final = (1 << 12, 1 << 16, 1 << 20)
"""Bytes in which the end of a header is looked for."""
_TYPE: Final = re.compile(rb"\nWARC-Type[ \t]*:", re.IGNORECASE)
_LENGTH: Final = re.compile(r"[0-9]{1,18}")
_END: Final = re.compile(rb"(?:\r?\n){0,2}")
_BREAKS: Final = b"\r\n"
_PREFIX: Final = 1 << 16
"""Bytes that are held of a block longer than allowed, to tell what it is."""
_PATIENCE: Final = 1 << 26
"""Bytes that are read again behind damage, and eight times what was passed; then no more,
or records made to overlap would take time without end."""

Judge: TypeAlias = Callable[[Fields], Skipped | None]
"""Tells from a record's fields why it is passed over; the block of others is held."""


@dataclass(slots=True)
class Record:
    """A whole record. ``offset`` and ``length`` are bytes of the file: its gzip member's.

    Of a member with several records ``length`` is what must be read for this one, and
    ``inner`` its place in the text. ``block`` is only the start of one longer than allowed.
    """

    fields: Fields
    offset: int
    length: int
    size: int
    block: bytes
    passed: Skipped | None
    inner: int = 0
    ended: bool = True

    @property
    def record_id(self) -> str:
        """``WARC-Record-ID`` as written; where it is missing, the place."""
        inner = f"+{self.inner}" if self.inner else ""
        return self.fields.get("warc-record-id") or f"offset:{self.offset}{inner}"


@dataclass(frozen=True, slots=True)
class Damage:
    """A damaged place; ``garbage`` where nothing there looks like a record."""

    offset: int
    why: str
    garbage: bool = False


class _BrokenError(Exception):
    """What begins like a record is none; a next one may begin from ``resume`` on."""

    def __init__(self, why: str, resume: int, *, plausible: bool = True) -> None:
        super().__init__(why)
        self.resume = resume
        self.plausible = plausible


def records(
    stream: BinaryIO, name: str, judge: Judge, longest: int, start: int = 0
) -> Iterator[Record | Damage]:
    """Yield the records of a seekable stream and its damaged places, in their order.

    Blocks of more than ``longest`` bytes are not held.
    """
    stream.seek(start)
    if not stream.read(1):
        yield Damage(start, "empty")
    elif _is_gzip(stream, name, start):
        yield from _Members(stream, judge, longest).records(start)
    else:
        yield from _Text(Lookahead(stream, start, size_of(stream)), judge, longest).records()


def _is_gzip(stream: BinaryIO, name: str, start: int) -> bool:
    """Tell by the name, unless the bytes say otherwise: damage may stand at the start."""
    if ".gz" in name.lower():
        return next_member(stream, start, _MARK) is not None
    stream.seek(start)
    data = stream.read(CHUNK)
    return data.startswith(MAGIC) and not _START.search(data)


class _Members:
    """Gzip members with a record each, or several."""

    def __init__(self, file: BinaryIO, judge: Judge, longest: int) -> None:
        self._file = file
        self._judge = judge
        self._longest = longest
        self._wasted = 0
        self._last: Record | Damage | None = None

    def records(self, offset: int) -> Iterator[Record | Damage]:
        at: int | None = offset
        while at is not None:
            self._file.seek(at)
            magic = self._file.read(len(MAGIC))
            if not magic:
                return
            if magic != MAGIC:
                cut = MAGIC.startswith(magic)
                why = "cut off: a first byte" if cut else "no gzip member begins here"
                yield from self._new([Damage(at, why, garbage=True)])
                at = next_member(self._file, at, _MARK)
                continue
            member = Member(self._file, at)
            try:
                yield from self._new(self._inside(member))
                at += member.size
            except DamagedError as error:
                if not (isinstance(self._last, Damage) and self._last.offset == at):
                    why = f"gzip member: {error}, near byte {at + member.size}"
                    yield from self._new([Damage(at, why)])
                at = next_member(self._file, self._behind(member), _MARK)

    def _new(self, found: Iterable[Record | Damage]) -> Iterator[Record | Damage]:
        """Yield what was found; garbage after garbage is one place."""
        for one in found:
            if not (_is_garbage(one) and _is_garbage(self._last)):
                yield one
            self._last = one

    def _inside(self, member: Member) -> Iterator[Record | Damage]:
        for found in _Text(Lookahead(member), self._judge, self._longest).records():
            if isinstance(found, Damage):
                where = f" (byte {found.offset} of the gzip member)" if found.offset else ""
                yield Damage(member.offset, found.why + where, found.garbage)
                continue
            found.inner, found.offset = found.offset, member.offset
            found.length, found.ended = member.size, member.ended
            yield found

    def _behind(self, member: Member) -> int:
        """Return from where on to look for the next member."""
        self._wasted += member.size
        if self._wasted > _PATIENCE + 8 * member.offset:
            return member.offset + max(1, member.size)
        return member.offset + 1


def _is_garbage(found: Record | Damage | None) -> bool:
    return isinstance(found, Damage) and found.garbage


class _Text:
    """Records one after another: a plain file, or the text of a gzip member."""

    def __init__(self, text: Lookahead, judge: Judge, longest: int) -> None:
        self._text = text
        self._judge = judge
        self._longest = longest
        self._wasted = 0

    def records(self) -> Iterator[Record | Damage]:
        text = self._text
        damaged = False
        while self._pass_breaks():
            start = text.position
            line = text.ahead(_LONGEST_START)
            if not _VERSION.match(line):
                self._find_start()
                if not damaged:
                    why = f"{text.position - start} bytes that are no WARC record"
                    why = "cut off: its first line" if _FIRST_LINE.fullmatch(line) else why
                    yield Damage(start, why, garbage=True)
                damaged = True
                continue
            try:
                record = self._record(start)
            except _BrokenError as broken:
                if broken.plausible or not damaged:
                    yield Damage(start, str(broken))
                damaged = True
                self._go_on(start, broken.resume)
            else:
                damaged = False
                yield record

    def _record(self, start: int) -> Record:
        """Read the record at ``start``. Raises ``_BrokenError``."""
        text = self._text
        head = self._head(start)
        found = fields(head)
        block = start + len(head)
        size = _size(found, block)
        self._look_at_end(block, size)
        text.skip(len(head))
        passed = self._judge(found)
        hold = 0 if passed else size if size <= self._longest else _PREFIX
        data, nested = self._block(size, hold)
        # Where no other record began, there is nothing to go back for.
        resume = block if nested else max(block, text.position - _LONGEST_START)
        if text.position - block < size:
            raise _BrokenError(_cut_off(text.position - block, size), resume)
        rest = text.ahead(_LONGEST_START)
        _check_end(rest, resume)
        if nested:
            self._check_nested(found, block, size, rest)
        end = _END.match(rest)
        text.skip(end.end() if end else 0)
        return Record(found, start, text.position - start, size, data, passed)

    def _head(self, start: int) -> bytes:
        """Return the header of the record at ``start``. Raises ``_BrokenError``."""
        # To read on may meet damage that is not this record's.
        data = self._text.at_hand(_HEAD_SIZES[0])
        end = _HEAD_END.search(data)
        for size in () if end else _HEAD_SIZES:
            data = self._text.ahead(size)
            end = _HEAD_END.search(data)
            if end or len(data) < size:
                break
        stop = end.end() if end else len(data)
        last = max((match.start() for match in _START.finditer(data, 1, stop)), default=0)
        resume = start + (last or max(1, stop - _LONGEST_START))
        if end is None:
            cut = len(data) < _HEAD_SIZES[-1]
            why = "cut off: its header" if cut else "its header has no end"
            raise _BrokenError(why, resume, plausible=_TYPE.search(data, 0, stop) is not None)
        head = data[:stop]
        if last and _TYPE.search(head, last):
            raise _BrokenError("another header begins within its header", resume)
        if not _TYPE.search(head):
            raise _BrokenError("no WARC-Type", start + stop, plausible=False)
        return head

    def _block(self, size: int, hold: int) -> tuple[bytes, bool]:
        """Pass ``size`` bytes. Return the first ``hold``, and whether a record seems to begin."""
        held, nested, before = [], False, b""
        while size > 0:
            piece = self._text.take(min(size, CHUNK))
            if not piece:
                break
            size -= len(piece)
            nested = nested or _START.search(before + piece) is not None
            before = piece[-_LONGEST_START:]
            if hold > 0:
                held.append(piece[:hold])
                hold -= len(piece)
        return b"".join(held), nested

    def _look_at_end(self, block: int, size: int) -> None:
        """Raise ``_BrokenError`` where a look at the record's end alone tells that it is none."""
        known = self._text.size
        if known is not None and block + size > known:
            raise _BrokenError(_cut_off(known - block, size), block)
        rest = self._text.look(block + size, _LONGEST_START)
        if rest is not None:
            _check_end(rest, block)

    def _check_nested(self, found: Fields, block: int, size: int, rest: bytes) -> None:
        """Tell an archive inside a page from a length that is too long by whole records."""
        text = self._text
        digest = found.get("warc-block-digest")
        if digest is None or text.size is None:
            sound = _is_followed(rest)
        else:
            text.go(block)
            sound = holds(digest, self._pieces(size))
        if not sound:
            raise _BrokenError("another record begins within its length", block)

    def _pieces(self, size: int) -> Iterator[bytes]:
        while size > 0 and (piece := self._text.take(min(size, CHUNK))):
            size -= len(piece)
            yield piece

    def _pass_breaks(self) -> bool:
        """Pass line breaks; tell whether anything follows."""
        while data := self._text.ahead(_LONGEST_START):
            breaks = len(data) - len(data.lstrip(_BREAKS))
            self._text.skip(breaks)
            if breaks < len(data):
                return True
        return False

    def _go_on(self, start: int, resume: int) -> None:
        """Find the next start of a record behind a damaged one."""
        text = self._text
        self._wasted += max(0, text.position - resume)
        if text.size is None:  # to go back is to inflate from the member's start
            self._wasted += resume if resume < text.position - CHUNK else 0
        if resume > text.position or self._wasted <= _PATIENCE + 8 * start:
            text.go(resume)
        self._find_start()

    def _find_start(self) -> None:
        """Go to where the next record seems to begin, or to the end."""
        while data := self._text.ahead(CHUNK):
            start = _START.search(data)
            if start:
                self._text.skip(start.start())
                return
            full = len(data) == CHUNK
            self._text.skip(len(data) - _LONGEST_START if full else len(data))


def _size(found: Fields, block: int) -> int:
    length = found.get("content-length")
    if length is None:
        raise _BrokenError("no Content-Length", block)
    if not _LENGTH.fullmatch(length):
        raise _BrokenError(f"its Content-Length is {length[:40]!r}", block)
    return int(length)


def _check_end(rest: bytes, resume: int) -> None:
    if not (_is_followed(rest) or rest.startswith(b"\r\n\r\n")):
        raise _BrokenError("no end of a record where its length leads", resume)


def _is_followed(rest: bytes) -> bool:
    """Tell whether a record or the end of the file follows."""
    return rest.lstrip(_BREAKS).startswith(_MARK) or not rest.strip(_BREAKS)


def _cut_off(there: int, size: int) -> str:
    return f"cut off: {max(0, there)} of {size} bytes"
