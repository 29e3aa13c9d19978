"""Files of lines, plain or compressed → their lines, one at a time."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, cast

import zstandard

from shio_scraper.archives.reading import Span

DAMAGES: Final = (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError)
"""What reading raises where a compressed file is damaged or cut off."""
_CHUNK: Final = 1 << 16
_ZSTD_CHUNK: Final = 1 << 10
"""Bytes decompressed at once: at zstd's best ratio they become 32 MB."""
_WINDOW: Final = 1 << 31
"""Bytes that zstd may look back: its own limit (``--long=31``), memory is used as it fills."""


class Line(NamedTuple):
    """A line of a file: ``number`` from 1 on, its place in bytes of uncompressed text.

    ``data`` has no line break; it is ``None`` where the line is longer than allowed.
    """

    number: int
    offset: int
    length: int
    data: bytes | None


def uncompressed(path: Path) -> BinaryIO:
    """Open a file by the end of its name: gzip (RFC 1952), zstd (RFC 8878), or as it is.

    Members and frames follow one another. Raises ``OSError``; reading raises ``DAMAGES``.
    """
    name = path.name.lower()
    if name.endswith(".gz"):
        return cast("BinaryIO", gzip.open(path))
    file = path.open("rb")
    return io.BufferedReader(_Zstd(file), _CHUNK) if name.endswith(".zst") else file


def lines(stream: BinaryIO, longest: int, span: Span | None = None) -> Iterator[Line]:
    """Yield the lines of ``stream``; one of more than ``longest`` bytes is passed, not held."""
    span = span or Span(0, sys.maxsize)
    offset = span.start
    skip(stream, offset)
    for number in count(span.lines + 1):
        if offset >= span.end:
            return
        data = stream.readline(longest + 1)
        if not data:
            return
        whole = data.endswith(b"\n")
        size = len(data) if whole or len(data) <= longest else len(data) + _drain(stream)
        text = data.removesuffix(b"\n")
        if len(text) > longest:
            yield Line(number, offset, size, None)
        else:
            yield Line(number, offset, len(text), text)
        offset += size


def skip(stream: BinaryIO, size: int) -> None:
    """Read ``size`` bytes and forget them; where the stream can, go there at once."""
    if isinstance(stream, io.BufferedReader) and isinstance(stream.raw, io.FileIO):
        stream.seek(size)
        return
    while size > 0:
        piece = stream.read(min(size, _CHUNK))
        if not piece:
            return
        size -= len(piece)


def _drain(stream: BinaryIO) -> int:
    """Read the rest of a line; return its length with the line break."""
    size = 0
    while piece := stream.readline(_CHUNK):
        size += len(piece)
        if piece.endswith(b"\n"):
            break
    return size


class _Zstd(io.RawIOBase):
    """The text of a zstd file. The library's own reader ends at a cut without a word."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._zstd = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
        self._frame: Any = None
        self._rest = b""
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill ``buffer``; return how far, 0 at the end. Raises one of ``DAMAGES``."""
        while not self._ready:
            piece = self._rest or self._file.read(_ZSTD_CHUNK)
            if not piece:
                if self._frame:
                    raise EOFError("the file ends within a frame")
                return 0
            self._take(piece)
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()

    def _take(self, piece: bytes) -> None:
        self._frame = self._frame or self._zstd.decompressobj()
        self._ready = memoryview(self._frame.decompress(piece))
        self._rest = b""
        if self._frame.eof:
            self._rest = self._frame.unused_data
            self._frame = None
