"""The Zstandard frames of a file (RFC 8878), and the dictionary that a WARC of them begins with.

https://iipc.github.io/warc-specifications/specifications/warc-zstd/
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

import zstandard

from shio_scraper.archives.marks import MARK, look, places

_FRAME: Final = re.compile(re.escape(zstandard.FRAME_HEADER))
_DICTIONARY_FRAME: Final = 0x184D2A5D
_HEAD: Final = struct.Struct("<II")
_LARGEST: Final = 1 << 23
"""Bytes of a dictionary at most, packed or not."""
_PIECE: Final = 1 << 10
"""Bytes that are unpacked at once: at zstd's best ratio they become 32 MB."""
_BLOCK: Final = 1 << 18
"""Bytes of which a frame's first block is no longer."""


def begins_zstd(file: BinaryIO) -> bool:
    """Tell by its first bytes whether a file is of frames."""
    magics = (zstandard.FRAME_HEADER, struct.pack("<I", _DICTIONARY_FRAME))
    return look(file, 0, _HEAD.size).startswith(magics)


def has_frame(file: BinaryIO, offset: int) -> bool:
    """Tell whether a frame seems to begin somewhere from ``offset`` on."""
    return next(_frames(file, offset), None) is not None


def _frames(file: BinaryIO, offset: int) -> Iterator[int]:
    return places(_FRAME, file, offset, len(zstandard.FRAME_HEADER))


class Frames:
    """The frames of ``file``, all of one dictionary. Raises ``ZstdError`` where that is none."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.dictionary = _dictionary(file)
        held = zstandard.ZstdCompressionDict(self.dictionary) if self.dictionary else None
        self._zstd = zstandard.ZstdDecompressor(dict_data=held)

    def unpacker(self) -> Any:
        """Return what unpacks a frame: it has ``decompress`` and ``eof``."""
        return self._zstd.decompressobj()

    def first_bytes(self, at: int) -> bytes | None:
        """Return the first bytes of a frame's text; ``None`` where it is none."""
        unpacker, text, data = self.unpacker(), b"", look(self._file, at, _BLOCK)
        try:
            for start in range(0, len(data), _PIECE):
                text += unpacker.decompress(data[start : start + _PIECE])
                if unpacker.eof or len(text) >= len(MARK):
                    break
        except zstandard.ZstdError:
            return None
        return text[: len(MARK)]

    def next(self, offset: int) -> int | None:
        """Return where, from ``offset`` on, a frame begins that begins with a record."""
        found = _frames(self._file, offset)
        return next((at for at in found if self.first_bytes(at) == MARK), None)


def _dictionary(file: BinaryIO) -> bytes | None:
    """Return the dictionary, which may itself be packed; ``None`` where the file has none."""
    head = look(file, 0, _HEAD.size)
    magic, size = _HEAD.unpack(head) if len(head) == _HEAD.size else (0, 0)
    if magic != _DICTIONARY_FRAME:
        return None
    if size > _LARGEST:
        raise zstandard.ZstdError(f"{size} bytes, more than {_LARGEST}")
    data = look(file, _HEAD.size, size)
    if data.startswith(zstandard.FRAME_HEADER):
        unpacked = zstandard.frame_content_size(data)
        if not 0 <= unpacked <= _LARGEST:
            raise zstandard.ZstdError(f"{unpacked} bytes, more than {_LARGEST}")
        return zstandard.ZstdDecompressor().decompress(data)
    if len(data) < size:
        raise zstandard.ZstdError("cut off")
    return data
