"""Where records seem to begin in a WARC file: by their first line, or a gzip member's magic."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final

START: Final = re.compile(rb"WARC/\d\.\d{1,2}[ \t]*\r?\n[^\x00-\x20:]{1,64}:")
LONGEST_START: Final = 128
MARK: Final = b"WARC/"
GZIP: Final = 16 + zlib.MAX_WBITS
CHUNK: Final = 1 << 16
_MAGIC: Final = b"\x1f\x8b"
_MEMBER: Final = re.compile(rb"\x1f\x8b\x08[\x00-\x1f]")
"""Magic, the one method there is, and flags without the reserved bits (RFC 1952, section 2.3)."""
_MEMBER_SIZE: Final = 4


def next_start(file: BinaryIO, offset: int) -> int | None:
    """Return where, from ``offset`` on, a plain record seems to begin."""
    return next(places(START, file, offset, LONGEST_START), None)


def next_member(file: BinaryIO, offset: int) -> int | None:
    """Return where, from ``offset`` on, a gzip member begins that begins with a record."""
    found = places(_MEMBER, file, offset, _MEMBER_SIZE)
    return next((at for at in found if first_bytes(look(file, at, CHUNK)) == MARK), None)


def first_bytes(member: bytes) -> bytes | None:
    """Return the first bytes of a gzip member's text; ``None`` where it is none."""
    try:
        return zlib.decompressobj(GZIP).decompress(member, len(MARK))
    except zlib.error:
        return None


def is_gzip(stream: BinaryIO, name: str, start: int) -> bool:
    """Tell by the name, unless the bytes say otherwise: damage may stand at the start."""
    if ".gz" in name.lower():
        return next_member(stream, start) is not None
    data = look(stream, start, CHUNK)
    return data.startswith(_MAGIC) and not START.search(data)


def places(pattern: re.Pattern[bytes], file: BinaryIO, offset: int, longest: int) -> Iterator[int]:
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
