"""What a WARC record holds: an HTTP response, or a resource without one; the page in it.

Transfer and content coding are undone (RFC 9110, 9112).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from fastwarc.warc import HeaderMap

from shio_scraper.archives.digests import holds
from shio_scraper.archives.reading import Options, Skipped, passed_over
from shio_scraper.archives.records import Fields, fields_of
from shio_scraper.content_coding import PayloadError, uncoded

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
_CHUNK_LINE: Final = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_CHUNK_END: Final = re.compile(rb"\r?\n|\Z")


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

    @property
    def is_page(self) -> bool:
        """Tell whether it can be a page, or the error that stands for one."""
        is_redirect = self.status in _REDIRECTS and self.status != _NOT_MODIFIED
        return not is_redirect and not is_no_page(_media_type(self.content_type))

    def body(self, limit: int) -> bytes:
        """Return the page, of ``limit`` bytes at most. Raises ``PayloadError``.

        What is no chunks, or plain text, whatever the headers claim, is taken as it is.
        """
        return uncoded(self._joined(), self.headers.get("content-encoding", ""), limit)

    def holds(self, digest: str | None, limit: int) -> bool:
        """Tell whether a payload digest is one of what writers take it of, or is none."""
        return any(holds(digest, [form]) for form in self._forms(limit))

    def _forms(self, limit: int) -> Iterator[bytes]:
        """Yield the payload as it was sent, without its chunks, and without its content coding."""
        yield self.payload
        try:
            yield self._joined()
            yield self.body(limit)
        except PayloadError:
            return

    def _joined(self) -> bytes:
        is_chunked = "chunked" in self.headers.get("transfer-encoding", "").lower()
        return _dechunked(self.payload) if is_chunked else self.payload


def address(field: str | None) -> str | None:
    """Return the address in a field; WARC 1.0 has it in angle brackets in its grammar."""
    return (field or "").strip("<> \t") or None


def passed(record: Fields, options: Options) -> Skipped | None:
    """Tell by a record's fields alone whether it is passed over.

    Records of unknown types are: WARC 1.1, section 5.5 ff., asks for it.
    """
    kind = record["warc-type"].lower()
    if kind in _WITHOUT_HTTP:
        if _media_type(record.get("content-type")) not in _TEXTS:
            return Skipped.NOT_A_PAGE
    elif kind not in _WITH_HTTP:
        return Skipped.NOT_A_PAGE
    if record.get("warc-resource-type", "document").lower() != "document":  # Browsertrix's, too
        return Skipped.NOT_A_PAGE
    url = address(record.get("warc-target-uri"))
    if url is None:
        return None
    skipped = passed_over(options.original(url), options.portals)
    return skipped or (Skipped.NOT_A_PAGE if _ROBOTS.match(url) else None)


def is_no_page(media_type: str) -> bool:
    """Tell a media type of which no page is: an image's, a style's, a document's."""
    return _NO_PAGE.fullmatch(media_type) is not None


def is_rendered(record: Fields) -> bool:
    """Tell whether a record holds what a browser showed of a page: HTML that was converted."""
    is_html = _media_type(record.get("content-type")) == "text/html"
    return is_html and record["warc-type"].lower() == "conversion"


def message(record: Fields, block: bytes) -> Message | None:
    """Return what a record's block holds; ``None`` where it should be HTTP and is not."""
    kind = record["warc-type"].lower()
    if kind in _WITHOUT_HTTP:
        return Message(OK, {"content-type": record.get("content-type", "")}, block)
    if kind == "revisit" and not block.strip():
        return Message(None, {}, b"")
    line = _STATUS_LINE.match(block)
    if line is None:
        return None
    headers = HeaderMap()
    size = headers.parse(BytesIO(block[:_HEAD]))
    # A revisit "not modified" (WARC 1.1, section 6.7.3) stands for what was there before.
    status = int(line[1])
    is_unsaid = kind == "revisit" and status == _NOT_MODIFIED
    return Message(None if is_unsaid else status, fields_of(headers), block[size:])


def _media_type(content_type: str | None) -> str:
    """Return the type alone, in lower case; empty where none is said."""
    return (content_type or "").partition(";")[0].strip().lower()


def _dechunked(payload: bytes) -> bytes:
    """Return a body in chunks (RFC 9112, section 7.1) in one piece. Raises ``PayloadError``."""
    pieces: list[bytes] = []
    at = 0
    while line := _CHUNK_LINE.match(payload, at):
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
