"""Content coding of an HTTP message undone (RFC 9110, section 8.4): the same, live or archived."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Final

import brotli  # type: ignore[import-untyped]  # ships no types
import zstandard

_UNSAID: Final = {"", "identity"}
_TEXT: Final = re.compile(rb"[\t\n\f\r\x20-\x7e\x80-\xff]{1,256}")
_ZLIB: Final = zlib.MAX_WBITS
_GZIP: Final = 16 + _ZLIB
_RAW: Final = -_ZLIB
_ZSTD_WINDOW: Final = 1 << 23
"""RFC 9659: no more is needed for HTTP."""
_ZSTD_PIECE: Final = 1 << 8
"""Bytes decompressed at once: at zstd's best ratio they become 8 MB."""
_GZIP_MAGIC: Final = b"\x1f\x8b"
_PIECE: Final = 1 << 14
"""Bytes inflated at once: zlib copies what of them follows a member's end."""


class PayloadError(Exception):
    """A payload that cannot be decoded; ``reason`` is a code of ``docs/rejects.md``."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def uncoded(body: bytes, codings: str, limit: int) -> bytes:
    """Return ``body`` without its codings, of ``limit`` bytes at most. Raises ``PayloadError``.

    ``codings`` is the value of ``Content-Encoding``, in quotes or not. Plain text is taken as it
    is, whatever the header claims, as browsers take it under a name that is no coding's.
    """
    named = [name.strip(" \t\"'").lower() for name in codings.split(",")]
    unknown = [name for name in named if name not in _DECODERS and name not in _UNSAID]
    for name in reversed(named):
        if name in _DECODERS:
            body = _decoded(body, name, limit)
    if unknown and body and not _is_plain(body):
        raise PayloadError("content_encoding", f"unknown: {unknown[-1][:40]}")
    _check_size(body, limit)
    return body


def _decoded(data: bytes, coding: str, limit: int) -> bytes:
    if not data:
        return data
    try:
        return _DECODERS[coding](data, limit)
    except (zlib.error, brotli.error, zstandard.ZstdError, EOFError) as error:
        if _is_plain(data):
            return data
        raise PayloadError("content_encoding", f"{coding}: {error}") from error


def _is_plain(data: bytes) -> bool:
    """Tell whether data starts like text, and not like what was compressed."""
    text = _TEXT.match(data)
    return text is not None and text.end() == min(len(data), 256)


def _gunzip(data: bytes, limit: int) -> bytes:
    """Undo gzip; several members are one body, what follows them is passed over."""
    body = bytearray()
    at = 0
    while at == 0 or data.startswith(_GZIP_MAGIC, at):
        text, at = _inflate(data, at, limit - len(body), _GZIP)
        body += text
    return bytes(body)


def _undeflate(data: bytes, limit: int) -> bytes:
    """Undo ``deflate``: zlib as RFC 9110 has it, or without its header as many servers have it."""
    try:
        return bytes(_inflate(data, 0, limit, _ZLIB)[0])
    except zlib.error:
        return bytes(_inflate(data, 0, limit, _RAW)[0])


def _inflate(data: bytes, at: int, limit: int, wbits: int) -> tuple[bytearray, int]:
    """Return the text that begins at a place, and where it ends. Raises ``EOFError`` if cut off."""
    inflate = zlib.decompressobj(wbits)
    text = bytearray()
    while not inflate.eof:
        piece = data[at : at + _PIECE]
        if not piece:
            raise EOFError("cut off")
        text += inflate.decompress(piece, limit + 1 - len(text))
        _check_size(text, limit)
        at += len(piece)
    return text, at - len(inflate.unused_data)


def _unbrotli(data: bytes, limit: int) -> bytes:
    decoder = brotli.Decompressor()
    body = bytearray(decoder.process(data, output_buffer_limit=limit + 1))
    while not decoder.is_finished() and len(body) <= limit:
        more = decoder.process(b"", output_buffer_limit=limit + 1)
        if not more:
            raise EOFError("cut off")
        body += more
    _check_size(body, limit)
    return bytes(body)


def _unzstd(data: bytes, limit: int) -> bytes:
    """Undo zstd; several frames are one body."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    body = bytearray()
    frame: Any = None
    rest = memoryview(data)
    while rest:
        frame = frame or decompressor.decompressobj()
        piece, rest = rest[:_ZSTD_PIECE], rest[_ZSTD_PIECE:]
        body += frame.decompress(piece)
        _check_size(body, limit)
        if frame.eof:
            unused = len(frame.unused_data)
            rest = memoryview(data)[len(data) - len(rest) - unused :]
            frame = None
    if frame:
        raise EOFError("cut off")
    return bytes(body)


def _check_size(body: bytes | bytearray, limit: int) -> None:
    if len(body) > limit:
        raise PayloadError("too_large", f"more than {limit} bytes")


_DECODERS: Final[Mapping[str, Callable[[bytes, int], bytes]]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _undeflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
