"""A stream of bytes with the next of them at hand."""

from __future__ import annotations

import io
from typing import BinaryIO, Final, Protocol

CHUNK: Final = 1 << 16


class Readable(Protocol):
    """What is read: a file, or a gzip member."""

    def read(self, size: int, /) -> bytes:
        """Return some of the next bytes, at most ``size``; none at the end."""
        ...

    def seek(self, position: int, /) -> object:
        """Go to a place."""
        ...


class Lookahead:
    """``stream`` from ``start`` on. ``size`` is the stream's, ``None`` where it is not known."""

    def __init__(self, stream: Readable, start: int = 0, size: int | None = None) -> None:
        self.size = size
        self._stream = stream
        self._data = b""
        self._used = 0
        self._read_to = start
        self._moved = True

    @property
    def position(self) -> int:
        """The place of the next byte."""
        return self._read_to - len(self._data) + self._used

    def go(self, position: int) -> None:
        """Go to a place; one in the bytes at hand costs nothing."""
        if 0 <= position - self._read_to + len(self._data) <= len(self._data):
            self._used = position - self._read_to + len(self._data)
            return
        self._data = b""
        self._used = 0
        self._read_to = position
        self._moved = True

    def at_hand(self, size: int) -> bytes:
        """Return at most ``size`` of the next bytes without passing them, or reading any."""
        return self._data[self._used : self._used + size]

    def ahead(self, size: int) -> bytes:
        """Return the next ``size`` bytes without passing them; fewer at the end only."""
        while len(self._data) - self._used < size:
            more = self._more(max(CHUNK, size - len(self._data) + self._used))
            if not more:
                break
            self._data = self._data[self._used :] + more
            self._used = 0
        return self._data[self._used : self._used + size]

    def take(self, size: int) -> bytes:
        """Pass some of the next bytes, at most ``size``; return them, none at the end."""
        if self._used == len(self._data):
            self._data = self._more(CHUNK)
            self._used = 0
        piece = self._data[self._used : self._used + size]
        self._used += len(piece)
        return piece

    def skip(self, size: int) -> None:
        """Pass ``size`` bytes, which ``ahead`` has shown."""
        self._used += size

    def look(self, position: int, size: int) -> bytes | None:
        """Return bytes further on without reading what lies between; ``None`` if that cannot be."""
        start = position - self._read_to + len(self._data)
        if start >= 0 and start + size <= len(self._data):
            return self._data[start : start + size]
        if self.size is None:
            return None
        self._stream.seek(position)
        self._moved = True
        return self._stream.read(size)

    def _more(self, size: int) -> bytes:
        if self._moved:
            self._stream.seek(self._read_to)
            self._moved = False
        data = self._stream.read(size)
        self._read_to += len(data)
        return data


def size_of(stream: BinaryIO) -> int:
    """Return the size of a seekable stream, in bytes."""
    return stream.seek(0, io.SEEK_END)
