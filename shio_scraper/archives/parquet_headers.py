"""What the pages of a Parquet column ask for when they are unpacked, by their headers alone.

``pyarrow`` unpacks a page whole before anything can be asked of it. Page headers are Thrift
structs in the compact protocol:
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
"""

from __future__ import annotations

from typing import BinaryIO, Final

_HEADERS: Final = (1 << 9, 1 << 20)
"""Bytes in which a header is looked for."""
_PAGE_TYPE, _UNPACKED, _PACKED = 1, 2, 3
"""Fields of a page's header."""
_DICTIONARY: Final = 2
"""The type of a page that is kept while the others of its column are read."""
_TRUTHS, _NUMBERS, _BINARY, _STRUCT = (1, 2), (4, 5, 6), 8, 12
"""Types of the compact protocol that page headers have."""
_LAST_BYTE: Final = 0x80
_DEPTH: Final = 8


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

    def struct(self, depth: int = _DEPTH) -> dict[int, int]:
        """Read a struct; return its numbers by field, the rest is passed over."""
        if not depth:
            raise ValueError("structs in structs without end")
        found: dict[int, int] = {}
        name = 0
        while head := self._byte():
            more, kind = divmod(head, 16)
            name = name + more if more else _signed(self._varint())
            if kind in _NUMBERS:
                found[name] = _signed(self._varint())
            elif kind == _BINARY:
                size = self._varint()
                self.at += size
            elif kind == _STRUCT:
                self.struct(depth - 1)
            elif kind not in _TRUTHS:
                raise ValueError(f"a value of type {kind}, which no page header has")
        return found

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
