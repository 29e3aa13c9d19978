"""Gzip members (RFC 1952): one inflated as it is read, and the next one behind damage."""

from __future__ import annotations

import re
import zlib
from contextlib import suppress
from typing import BinaryIO, Final

MAGIC: Final = b"\x1f\x8b"
_HEADER: Final = re.compile(rb"\x1f\x8b\x08[\x00-\x1f]")
"""Magic, the one method there is, and flags without the reserved bits (section 2.3)."""
_GZIP: Final = 16 + zlib.MAX_WBITS
_PIECE: Final = 1 << 14
_CHUNK: Final = 1 << 16


class DamagedError(Exception):
    """A member that cannot be inflated; the message says why."""


class Member:
    """The gzip member at ``offset`` of ``file``, inflated; its checksum holds once it ended.

    ``size`` are the bytes of the file that what was read so far needed: the whole
    member's once it has ``ended``.
    """

    def __init__(self, file: BinaryIO, offset: int) -> None:
        self.offset = offset
        self._file = file
        self._restart()

    def read(self, size: int) -> bytes:
        """Return at most ``size`` bytes of text, none at the end. Raises ``DamagedError``."""
        while not self.ended:
            if self._failure:
                raise DamagedError(self._failure)
            data = self._inflated(self._rest or self._piece(), size)
            if data:
                return data
        return b""

    def seek(self, position: int) -> None:
        """Go to a place of the text, from the member's start. Raises ``DamagedError``."""
        self._restart()
        while position > 0:
            data = self.read(min(position, _CHUNK))
            if not data:
                return
            position -= len(data)

    def _restart(self) -> None:
        self.ended = False
        self.size = 0
        self._inflate = zlib.decompressobj(_GZIP)
        self._rest = b""
        self._fed = 0
        self._failure = ""

    def _piece(self) -> bytes:
        self._file.seek(self.offset + self._fed)
        piece = self._file.read(_PIECE)
        if not piece:
            raise DamagedError("cut off")
        self._fed += len(piece)
        return piece

    def _inflated(self, piece: bytes, size: int) -> bytes:
        before = self._inflate.copy() if self.size else None
        try:
            data = self._inflate.decompress(piece, size)
        except zlib.error as error:
            self._failure = str(error).rpartition(": ")[2]
            return _up_to_damage(before or zlib.decompressobj(_GZIP), piece)
        self.ended = self._inflate.eof
        # At the end zlib may leave what follows in both.
        inflate = self._inflate
        self._rest = inflate.unused_data if self.ended else inflate.unconsumed_tail
        self.size = self._fed - len(self._rest)
        return data


def next_member(file: BinaryIO, offset: int, start: bytes) -> int | None:
    """Return where, from ``offset`` on, a member begins whose text begins with ``start``."""
    while True:
        file.seek(offset)
        data = file.read(_CHUNK)
        for header in _HEADER.finditer(data):
            if _begins(file, offset + header.start(), start):
                return offset + header.start()
        if len(data) < _CHUNK:
            return None
        offset += len(data) - 3


def _begins(file: BinaryIO, offset: int, start: bytes) -> bool:
    member = Member(file, offset)
    text = b""
    try:
        while len(text) < len(start):
            data = member.read(len(start) - len(text))
            if not data:
                return False
            text += data
    except DamagedError:
        pass
    return text == start


def _up_to_damage(inflate: zlib._Decompress, piece: bytes) -> bytes:
    """Return what a piece holds before its damage; zlib alone gives all of a piece or nothing."""
    text = bytearray()
    with suppress(zlib.error):
        for byte in range(len(piece)):
            text += inflate.decompress(piece[byte : byte + 1])
    return bytes(text)
