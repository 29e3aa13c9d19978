"""What an HTTP message carries → the page: transfer and content coding undone (RFC 9110, 9112)."""

from __future__ import annotations

import re
from typing import Final

from shio_scraper.content_coding import PayloadError, uncoded

_CHUNK_LINE: Final = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_CHUNK_END: Final = re.compile(rb"\r?\n|\Z")


def decoded(payload: bytes, transfer: str, content: str, limit: int) -> bytes:
    """Return the body that ``payload`` is, of ``limit`` bytes at most. Raises ``PayloadError``.

    ``transfer`` and ``content`` are the codings that its headers claim. What is no chunks, or
    plain text, whatever they claim, is taken as it is.
    """
    if "chunked" in transfer.lower():
        payload = dechunked(payload)
    return uncoded(payload, content, limit)


def dechunked(payload: bytes) -> bytes:
    """Return a body in chunks (RFC 9112, section 7.1) in one piece. Raises ``PayloadError``."""
    pieces: list[bytes] = []
    at = 0
    while True:
        line = _CHUNK_LINE.match(payload, at)
        if line is None:
            break
        size = int(line[1], 16)
        if size == 0:
            return b"".join(pieces)
        piece = payload[line.end() : line.end() + size]
        if len(piece) < size:
            raise PayloadError("truncated", f"cut off in the chunk at byte {at}")
        end = _CHUNK_END.match(payload, line.end() + size)
        if end is None:
            break
        pieces.append(piece)
        at = end.end()
    if not pieces:
        return payload
    if at == len(payload):
        raise PayloadError("truncated", f"no last chunk after byte {at}")
    raise PayloadError("content_encoding", f"chunked: no chunk at byte {at}")
