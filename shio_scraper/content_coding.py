"""Unpacks compressed data piece by piece; decodes HTTP content codings (RFC 9110, section 8.4).

Live and archived messages are decoded in the same way.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from io import BytesIO
from typing import Any, Final, TypeAlias

import brotli  # type: ignore[import-untyped]  # ships no types
import zstandard

ERRORS: Final = (EOFError, zlib.error, zstandard.ZstdError, brotli.error)
"""The errors of unpacking if the data are damaged or cut off."""
PIECE: Final = 1 << 12
"""Compressed bytes that are unpacked at once. At zlib's best ratio they become 4 MB."""
GZIP: Final = 16 + zlib.MAX_WBITS
_UNSAID: Final = {"", "identity"}
_TEXT: Final = re.compile(rb"[\t\n\f\r\x20-\x7e\x80-\xff]{1,256}")
_ZSTD_WINDOW: Final = 1 << 23
"""The largest window that HTTP needs (RFC 9659)."""
_ZSTD_PIECE: Final = 1 << 8
"""Compressed bytes that are unpacked at once. At zstd's best ratio they become 8 MB."""
_BROTLI_PIECE: Final = 1 << 20
_GZIP_MAGIC: Final = b"\x1f\x8b"

Unpacker: TypeAlias = Callable[[], Any]
"""Makes a decompressor for a member or frame, with ``decompress``, ``eof`` and ``unused_data``."""
gzip_unpacker: Final = partial(zlib.decompressobj, GZIP)


class PayloadError(Exception):
    """Raised if a payload cannot be decoded. ``reason`` is a code of ``docs/rejects.md``."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def unpacked(
    read: Callable[[int], bytes],
    unpacker: Unpacker,
    size: int = PIECE,
    following: tuple[bytes, ...] = (b"",),
) -> Iterator[bytes]:
    """Yield the data of a member or frame and of those that follow. ``read`` gives the bytes.

    Reading ends at data that do not begin like one of ``following``. Raises one of ``ERRORS``.
    """
    frame, rest, is_first = None, b"", True
    while piece := rest or read(size):
        if frame is None:
            if not (is_first or piece.startswith(following)):
                return
            frame, is_first = unpacker(), False
        yield frame.decompress(piece)
        rest = b""
        if frame.eof:
            rest, frame = frame.unused_data, None
    if frame is not None:
        raise EOFError("cut off")


def uncoded(body: bytes, codings: str, limit: int) -> bytes:
    """Return ``body`` without its codings, of at most ``limit`` bytes. Raises ``PayloadError``.

    ``codings`` is the value of ``Content-Encoding``, in quotes or not. Plain text is taken as it
    is, whatever the header claims. Browsers do the same if the name is no known coding.
    """
    named = [name.strip(" \t\"'").lower() for name in codings.split(",")]
    unknown = [name for name in named if name not in _DECODERS and name not in _UNSAID]
    for name in reversed(named):
        if name in _DECODERS and body:
            body = _decoded(body, name, limit)
    if unknown and body and not _is_plain(body):
        raise PayloadError("content_encoding", f"unknown: {unknown[-1][:40]}")
    if len(body) > limit:
        raise PayloadError("too_large", f"more than {limit} bytes")
    return body


def _decoded(data: bytes, coding: str, limit: int) -> bytes:
    try:
        return _joined(_DECODERS[coding](data), limit)
    except ERRORS as error:
        if _is_plain(data):
            return data
        raise PayloadError("content_encoding", f"{coding}: {error}") from error


def _joined(pieces: Iterable[bytes], limit: int) -> bytes:
    text = bytearray()
    for piece in pieces:
        text += piece
        if len(text) > limit:
            raise PayloadError("too_large", f"more than {limit} bytes")
    return bytes(text)


def _is_plain(data: bytes) -> bool:
    """Tell whether data start like text and not like compressed data."""
    text = _TEXT.match(data)
    return text is not None and text.end() == min(len(data), 256)


def _gunzip(data: bytes) -> Iterator[bytes]:
    """Decode gzip. Several members are one body. Data after them are ignored."""
    return unpacked(BytesIO(data).read, gzip_unpacker, following=(_GZIP_MAGIC,))


def _undeflate(data: bytes) -> Iterator[bytes]:
    """Decode ``deflate``: zlib as in RFC 9110, or without its header, as many servers send it."""
    try:
        zlib.decompressobj().decompress(data[:PIECE])
        wbits = zlib.MAX_WBITS
    except zlib.error:
        wbits = -zlib.MAX_WBITS
    return unpacked(BytesIO(data).read, partial(zlib.decompressobj, wbits), following=())


def _unbrotli(data: bytes) -> Iterator[bytes]:
    decoder = brotli.Decompressor()
    more = decoder.process(data, output_buffer_limit=_BROTLI_PIECE)
    while more:
        yield more
        more = decoder.process(b"", output_buffer_limit=_BROTLI_PIECE)
    if not decoder.is_finished():
        raise EOFError("cut off")


def _unzstd(data: bytes) -> Iterator[bytes]:
    """Decode zstd. Several frames are one body."""
    frames = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    return unpacked(BytesIO(data).read, frames.decompressobj, _ZSTD_PIECE)


_DECODERS: Final[Mapping[str, Callable[[bytes], Iterator[bytes]]]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _undeflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
