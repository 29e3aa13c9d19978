"""What a WARC record holds: an HTTP response, or a resource without one; the page in it.

Transfer and content coding are undone (RFC 9110, 9112).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from fastwarc.warc import HeaderMap

from shio_scraper.archives.framing import Fields, fields_of
from shio_scraper.archives.reading import Skipped, passed_over
from shio_scraper.content_coding import PayloadError, uncoded
from shio_scraper.portals import Portals

OK: Final = 200
_NOT_MODIFIED: Final = 304
_REDIRECTS: Final = range(300, 400)
_WITH_HTTP: Final = {"response", "revisit"}
_WITHOUT_HTTP: Final = {"resource", "conversion"}
_TEXTS: Final = {"text/html", "application/xhtml+xml", "text/plain"}
_STATUS_LINE: Final = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})(?:[ \t\r\n]|\Z)", re.IGNORECASE)
_HEAD: Final = 1 << 16
"""Bytes of an HTTP head at most."""
_ROBOTS: Final = re.compile(r"[^/]*//[^/]*/+robots\.txt(?:[?#]|$)")
_NO_PAGE: Final = re.compile(
    r"(?:image|audio|video|font)/.*|text/(?:css|(?:java|ecma)script)|"
    r"application/(?:(?:x-)?(?:java|ecma)script|(?:.*\+)?json|(?:x-)?pdf|zip|(?:x-)?gzip|"
    r"msword|vnd\..*|font-.*|x-font-.*|x-shockwave-flash)"
)


@dataclass(frozen=True, slots=True)
class Message:
    """An answer. ``status`` is ``None`` where a revisit does not say it."""

    status: int | None
    headers: Fields
    payload: bytes

    @property
    def content_type(self) -> str | None:
        """The type that the answer claims."""
        return self.headers.get("content-type")

    def body(self, limit: int) -> bytes:
        """Return the page, of ``limit`` bytes at most. Raises ``PayloadError``."""
        transfer = self.headers.get("transfer-encoding", "")
        return decoded(self.payload, transfer, self.headers.get("content-encoding", ""), limit)

    @property
    def is_page(self) -> bool:
        """Tell whether it can be a page, or the error that stands for one."""
        is_redirect = self.status in _REDIRECTS and self.status != _NOT_MODIFIED
        return not is_redirect and not _NO_PAGE.fullmatch(media_type(self.content_type))


def target(record: Fields) -> str | None:
    """Return ``WARC-Target-URI``; WARC 1.0 has it in angle brackets in its grammar."""
    return _uri(record.get("warc-target-uri"))


def fetched_from(record: Fields) -> str | None:
    """Return ``WARC-Source-URI``, pywb's extension: where a copy was really fetched from."""
    return _uri(record.get("warc-source-uri"))


def passed(record: Fields, portals: Portals) -> Skipped | None:
    """Tell by a record's fields alone whether it is passed over.

    Records of unknown types are: WARC 1.1, section 5.5 ff., asks for it.
    """
    kind = record["warc-type"].lower()
    if kind in _WITHOUT_HTTP:
        if media_type(record.get("content-type")) not in _TEXTS:
            return Skipped.NOT_A_PAGE
    elif kind not in _WITH_HTTP:
        return Skipped.NOT_A_PAGE
    url = target(record)
    if url is None:
        return None
    return passed_over(url, portals) or (Skipped.NOT_A_PAGE if _ROBOTS.match(url) else None)


def message(record: Fields, block: bytes) -> Message | None:
    """Return what a record's block holds; ``None`` where it should be HTTP and is not."""
    kind = record["warc-type"].lower()
    if kind in _WITHOUT_HTTP:
        return Message(OK, {"content-type": record.get("content-type", "")}, block)
    if kind == "revisit" and not block.strip():
        return Message(None, {}, b"")
    status = _STATUS_LINE.match(block)
    if status is None:
        return None
    headers = HeaderMap()
    size = headers.parse(BytesIO(block[:_HEAD]))
    return Message(_status(record, int(status[1])), fields_of(headers), block[size:])


def _status(record: Fields, status: int) -> int | None:
    """A revisit "not modified" (WARC 1.1, section 6.7.3) stands for what was there before."""
    is_revisit = record["warc-type"].lower() == "revisit"
    return None if is_revisit and status == _NOT_MODIFIED else status


def media_type(content_type: str | None) -> str:
    """Return the type alone, in lower case; empty where none is said."""
    return (content_type or "").partition(";")[0].strip().lower()


def _uri(value: str | None) -> str | None:
    return value.strip("<> \t") or None if value else None


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
