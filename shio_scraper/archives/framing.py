"""Where records begin in a WARC file, in plain text, gzip members or Zstandard frames.

Gzip is RFC 1952. Zstandard is RFC 8878, and the file may begin with a dictionary:
https://iipc.github.io/warc-specifications/specifications/warc-zstd/
"""

from __future__ import annotations

import gzip
import re
import struct
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import Any, BinaryIO, Final

import zstandard
from fastwarc.stream_io import GzipReader, WarcReader, ZstdReader

from shio_scraper.content_coding import ERRORS, gzip_unpacker, unpacked

START: Final = re.compile(rb"WARC/\d\.\d{1,2}[ \t]*\r?\n[^\x00-\x20:]{1,64}:")
"""Matches the first line of a record and the name of its first field."""
LONGEST_START: Final = 128
MARK: Final = b"WARC/"
CHUNK: Final = 1 << 16
_DICTIONARY: Final = struct.pack("<I", 0x184D2A5D)
_HEAD: Final = struct.Struct("<4sI")
_LARGEST: Final = 1 << 23
"""Maximum size of a dictionary in bytes, compressed or not."""
_PIECE: Final = 1 << 10
"""Compressed bytes that are unpacked at once. At zstd's best ratio they become 32 MB."""
_BLOCK: Final = 1 << 18
"""Maximum compressed bytes of the first block of a frame."""


class Gzip:
    """The gzip members of a file. A member holds one record or several."""

    unit = "gzip member"
    magics: tuple[bytes, ...] = (b"\x1f\x8b",)
    empty = gzip.compress(b"")
    """A member that holds no data."""
    begins = re.compile(rb"\x1f\x8b\x08[\x00-\x1f]")
    """Matches the magic, the only compression method, and flags with all reserved bits zero."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def unpacker(self) -> Any:
        """Return a new decompressor for one member."""
        return gzip_unpacker()

    def reader(self, file: Any) -> WarcReader:
        """Return FastWARC's reader of a file's text."""
        return GzipReader(file)

    def places(self, offset: int) -> Iterator[int]:
        """Yield each offset, from ``offset`` on, at which a member seems to begin."""
        return places(self.begins, self._file, offset, 4)

    def next(self, offset: int) -> int | None:
        """Return the offset of the next member, from ``offset`` on, that starts with a record."""
        return next((at for at in self.places(offset) if self.first_bytes(at) == MARK), None)

    def first_bytes(self, at: int) -> bytes | None:
        """Return the first unpacked bytes of the member ``at``. ``None`` if it is no member."""
        text, position = b"", self._file.tell()
        self._file.seek(at)
        try:
            pieces = unpacked(self._file.read, self.unpacker, _PIECE, following=())
            for piece in islice(pieces, _BLOCK // _PIECE):
                text += piece
                if len(text) >= len(MARK):
                    break
        except EOFError:
            pass
        except ERRORS:
            return None
        finally:
            self._file.seek(position)
        return text[: len(MARK)]


class Zstd(Gzip):
    """The Zstandard frames of a file. All frames use the same dictionary.

    A frame holds one record, several (``zstd FILE``), or a part of one. Raises ``ZstdError`` if
    the dictionary is not valid.
    """

    unit = "Zstandard frame"
    magics = (zstandard.FRAME_HEADER, _DICTIONARY)
    empty = zstandard.ZstdCompressor().compress(b"")
    begins = re.compile(re.escape(zstandard.FRAME_HEADER))

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self._dictionary = _dictionary(file)
        dictionary = zstandard.ZstdCompressionDict(self._dictionary) if self._dictionary else None
        self._zstd = zstandard.ZstdDecompressor(dict_data=dictionary)

    def unpacker(self) -> Any:
        """Return a new decompressor for one frame."""
        return self._zstd.decompressobj()

    def reader(self, file: Any) -> WarcReader:
        """Return FastWARC's reader of a file's text."""
        return ZstdReader(file, dictionary=self._dictionary)


def packing_of(file: BinaryIO, name: str, start: int = 0) -> Gzip | None:
    """Return how the file is compressed. ``None`` if it is plain.

    The first bytes decide. If they show nothing, the name decides, because the start of the file
    may be damaged. Raises ``ZstdError``.
    """
    first, name, gz = look(file, start, _HEAD.size), name.lower(), Gzip(file)
    if first.startswith(Zstd.magics):
        return Zstd(file)
    if ".zst" in name and next(places(Zstd.begins, file, start, 4), None) is not None:
        return Zstd(file)
    is_gzip = first.startswith(Gzip.magics) or ".gz" in name
    return gz if is_gzip and gz.next(start) is not None else None


def next_start(file: BinaryIO, offset: int) -> int | None:
    """Return the offset of the next plain record, from ``offset`` on."""
    return next(places(START, file, offset, LONGEST_START), None)


def places(pattern: re.Pattern[bytes], file: BinaryIO, offset: int, longest: int) -> Iterator[int]:
    """Yield each offset from ``offset`` on where a pattern of at most ``longest`` bytes matches."""
    while data := look(file, offset, CHUNK):
        yield from (offset + match.start() for match in pattern.finditer(data))
        offset += len(data) if len(data) < CHUNK else len(data) - longest + 1


def look(file: BinaryIO, offset: int, size: int) -> bytes:
    """Return ``size`` bytes at ``offset``. The position of the file stays as it was."""
    position = file.tell()
    file.seek(offset)
    data = file.read(size)
    file.seek(position)
    return data


def _dictionary(file: BinaryIO) -> bytes | None:
    """Return the dictionary, which may itself be compressed. ``None`` if the file has none."""
    head = look(file, 0, _HEAD.size)
    magic, size = _HEAD.unpack(head) if len(head) == _HEAD.size else (b"", 0)
    if magic != _DICTIONARY:
        return None
    if size > _LARGEST:
        raise zstandard.ZstdError(f"{size} bytes, more than {_LARGEST}")
    data = look(file, _HEAD.size, size)
    if data.startswith(zstandard.FRAME_HEADER):
        size = zstandard.frame_content_size(data)
        if not 0 <= size <= _LARGEST:
            raise zstandard.ZstdError(f"{size} bytes, more than {_LARGEST}")
        data = zstandard.ZstdDecompressor().decompress(data)
    if len(data) < size:
        raise zstandard.ZstdError("cut off")
    return data


class Ended:
    """A compressed file with an empty member added at its end.

    FastWARC then reports a last member that is cut off: the added member does not follow it.
    """

    def __init__(self, file: BinaryIO, end: bytes) -> None:
        self.seek, self.tell, self.close = file.seek, file.tell, file.close
        self._file = file
        self._end = BytesIO(end)

    def read(self, size: int = -1) -> bytes:
        """Read from the file, then from the added member."""
        return self._file.read(size) or self._end.read(size)
