"""What the pages of a Parquet column ask for when they are unpacked, by their headers alone.

``pyarrow`` unpacks a page whole before anything can be asked of it. Page headers are Thrift
structs in the compact protocol:
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
"""

from __future__ import annotations

from enum import IntEnum
from typing import BinaryIO, Final

_HEADERS: Final = (1 << 9, 1 << 16, 1 << 20)
"""Bytes in which a header is looked for."""
_DICTIONARY: Final = 2
"""The type of a page that is kept while the others of its column are read."""
_PAGE_TYPE, _UNPACKED, _PACKED = 1, 2, 3
_LONG_LIST: Final = 15
_LAST_BYTE: Final = 0x80


class _Kind(IntEnum):
    """Types of the compact protocol."""

    STOP = 0
    TRUE = 1
    FALSE = 2
    BYTE = 3
    I16 = 4
    I32 = 5
    I64 = 6
    DOUBLE = 7
    BINARY = 8
    LIST = 9
    SET = 10
    MAP = 11
    STRUCT = 12


_TRUTHS: Final = {_Kind.TRUE, _Kind.FALSE}


class TooLargeError(ValueError):
    """What asks for more memory than it may have."""


class SpentError(TooLargeError):
    """A file that unpacks to more than it may."""


def demand(stream: BinaryIO, start: int, size: int) -> int:
    """Return the bytes that the pages of a column chunk need at once, at most.

    ``start`` and ``size`` are the chunk's in ``stream``. Raises ``ValueError`` for what is no
    page header.
    """
    at, kept, most = start, 0, 0
    while at < start + size:
        fields, length = _header(stream, at)
        packed, unpacked = fields.get(_PACKED, -1), fields.get(_UNPACKED, -1)
        if packed < 0 or unpacked < 0:
            raise ValueError(f"no page begins at byte {at}")
        if fields.get(_PAGE_TYPE) == _DICTIONARY:
            kept += unpacked
        most = max(most, packed + unpacked)
        at += length + packed
    return kept + most


def _header(stream: BinaryIO, at: int) -> tuple[dict[int, int], int]:
    """Return the numbers in a page's header, and how long it is."""
    for size in _HEADERS:
        stream.seek(at)
        header = _Thrift(stream.read(size))
        try:
            return header.struct(), header.at
        except IndexError:
            continue
    raise ValueError(f"no end of the page header at byte {at}")


class _Thrift:
    """Reads values one after another. Raises ``IndexError`` at the end of ``data``."""

    def __init__(self, data: bytes) -> None:
        self.at = 0
        self._data = data

    def struct(self, depth: int = 8) -> dict[int, int]:
        """Read a struct; return its numbers by field, the rest is passed over."""
        found: dict[int, int] = {}
        name = 0
        while head := self._byte():
            name = name + (head >> 4) if head >> 4 else _signed(self._varint())
            value = self._value(_Kind(head & 0xF), depth - 1)
            if value is not None:
                found[name] = value
        return found

    def _value(self, kind: _Kind, depth: int) -> int | None:
        """Read a value; return it if it is a number."""
        if depth < 0:
            raise ValueError("structs in structs without end")
        if kind in {_Kind.I16, _Kind.I32, _Kind.I64}:
            return _signed(self._varint())
        if kind is _Kind.STRUCT:
            self.struct(depth)
        elif kind in {_Kind.LIST, _Kind.SET}:
            head = self._byte()
            size = head >> 4 if head >> 4 < _LONG_LIST else self._varint()
            kind = _Kind(head & 0xF)
            for _ in range(size):  # here a truth value has a byte of its own
                self._value(_Kind.BYTE if kind in _TRUTHS else kind, depth - 1)
        elif kind is _Kind.MAP:
            raise ValueError("a map, which no page header has")
        else:
            self._skip({_Kind.BYTE: 1, _Kind.DOUBLE: 8}.get(kind, 0))
            self._skip(self._varint() if kind is _Kind.BINARY else 0)
        return None

    def _skip(self, size: int) -> None:
        if self.at + size > len(self._data):
            raise IndexError
        self.at += size

    def _byte(self) -> int:
        byte = self._data[self.at]
        self.at += 1
        return byte

    def _varint(self) -> int:
        number = 0
        for shift in range(0, 64, 7):
            byte = self._byte()
            number |= (byte & ~_LAST_BYTE) << shift
            if byte < _LAST_BYTE:
                return number
        raise ValueError("a number without end")


def _signed(number: int) -> int:
    return (number >> 1) ^ -(number & 1)
