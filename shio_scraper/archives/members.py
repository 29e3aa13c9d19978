"""WARC files, plain or of gzip members (RFC 1952) → their records, and the damaged places."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from tempfile import TemporaryFile
from typing import BinaryIO, Final

from fastwarc.stream_io import GzipReader
from fastwarc.warc import ArchiveIterator, HeaderMap, WarcRecord

from shio_scraper.archives.framing import (
    CHUNK,
    GARBAGE,
    HEAD,
    LONGEST_START,
    PATIENCE,
    START,
    BrokenError,
    Damage,
    Framing,
    Judge,
    Record,
    look,
    matches,
)

_MAGIC: Final = b"\x1f\x8b"
_MEMBER: Final = re.compile(rb"\x1f\x8b\x08[\x00-\x1f]")
"""Magic, the one method there is, and flags without the reserved bits (section 2.3)."""
_MEMBER_SIZE: Final = 4
_GZIP: Final = 16 + zlib.MAX_WBITS
_MARK: Final = b"WARC/"
_PIECE: Final = 1 << 14
"""Bytes inflated at once: at gzip's best ratio they become 16 MB."""


def records(
    stream: BinaryIO, name: str, judge: Judge, longest: int, start: int = 0
) -> Iterator[Record | Damage]:
    """Yield the records of a seekable stream and its damaged places, in their order.

    Blocks of more than ``longest`` bytes are not held. Raises the stream's own ``OSError``.
    """
    if not look(stream, start, 1):
        yield Damage(start, "empty")
        return
    kind = _Members if _is_gzip(stream, name, start) else Framing
    yield from kind(stream, judge, longest).records(start)


class _Members(Framing):
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
            with suppress(BrokenError):
                for piece in self._texts(at):
                    size += text.write(piece)
                    trusted = size - LONGEST_START
                    if size > PATIENCE:
                        break
                else:
                    trusted = size
            inside = Framing(text, self._judge, self._longest).records(0)
            found = (one for one in inside if isinstance(one, Record))
            for number, one in islice(enumerate(found), whole, None):
                if one.offset + one.length <= trusted:
                    length = self._read_to - at
                    yield replace(one, offset=at, number=number, length=length, ended=False)

    def _iterator(self, start: int) -> ArchiveIterator:
        self._file.seek(start)
        self._reader = GzipReader(self._file)
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

    def _measure(self, record: Record, following: int) -> None:
        record.ended = following != record.offset
        record.length = (following if record.ended else self._reader.inner_tell()) - record.offset

    def _end(self, record: Record) -> int:
        with TemporaryFile() as text:
            for piece in self._texts(record.offset):
                if not record.number:
                    text.write(piece)
            if not record.number:
                Framing(text, self._judge, 0)._end(replace(record, offset=0))  # noqa: SLF001
        return self._read_to

    def _texts(self, at: int) -> Iterator[bytes]:
        """Inflate a member up to its end, or to its damage; then raise ``BrokenError``."""
        inflate = zlib.decompressobj(_GZIP)
        self._read_to = at
        while not inflate.eof:
            piece = look(self._file, self._read_to, _PIECE)
            if not piece:
                raise BrokenError("cut off: its gzip member has no end")
            before = inflate.copy()
            try:
                yield inflate.decompress(piece)
            except zlib.error as error:
                yield _up_to_damage(before, piece)
                why = str(error).rpartition(": ")[2]
                raise BrokenError(f"gzip member: {why}, near byte {self._read_to}") from error
            self._read_to += len(piece) - len(inflate.unused_data)

    def _next(self, offset: int) -> int | None:
        return next_member(self._file, offset)

    def _damage(self, at: int) -> Damage:
        rest = look(self._file, at, _PIECE)
        text = _first(rest)
        if text is None or not _MARK.startswith(text):
            return Damage(at, "no gzip member begins here that holds a record", GARBAGE)
        if text != _MARK:
            return Damage(at, "cut off: its first bytes", GARBAGE)
        try:
            for _ in self._texts(at):
                pass
        except BrokenError as broken:
            return Damage(at, *broken.args)
        return Damage(at, "what its gzip member holds is no record")


def next_member(file: BinaryIO, offset: int) -> int | None:
    """Return where, from ``offset`` on, a gzip member begins that begins with a record."""
    places = matches(_MEMBER, file, offset, _MEMBER_SIZE)
    return next((at for at in places if _first(look(file, at, _PIECE)) == _MARK), None)


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
    data = look(stream, start, CHUNK)
    return data.startswith(_MAGIC) and not START.search(data)
