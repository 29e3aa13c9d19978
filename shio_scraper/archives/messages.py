"""What a WARC record holds: an HTTP response, or a resource without one; and the page in it.

Transfer coding and content coding are decoded (RFC 9110, 9112). Digests have the form that
WARC uses, ``algorithm:value`` (WARC 1.1, sections 5.8 and 5.9).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Final, TypeAlias

from fastwarc.warc import HeaderMap

from shio_scraper.archives.reading import Options, Skipped, passed_over
from shio_scraper.content_coding import PayloadError, uncoded

OK: Final = 200
_NOT_MODIFIED: Final = 304
_REDIRECTS: Final = range(300, 400)
_WITH_HTTP: Final = {"response", "revisit"}
_WITHOUT_HTTP: Final = {"resource", "conversion"}
_TEXTS: Final = {"text/html", "application/xhtml+xml", "text/plain"}
_STATUS_LINE: Final = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})(?:[ \t\r\n]|\Z)", re.IGNORECASE)
_HEAD: Final = 1 << 16
"""Maximum size of an HTTP header section in bytes."""
_ROBOTS: Final = re.compile(r"[^/]*//[^/]*/+robots\.txt(?:[?#]|$)")
_NO_PAGE: Final = re.compile(
    r"(?:image|audio|video|font)/.*|text/(?:css|(?:java|ecma)script)|"
    r"application/(?:(?:x-)?(?:java|ecma)script|(?:.*\+)?json|(?:x-)?pdf|zip|(?:x-)?gzip|"
    r"msword|vnd\..*|font-.*|x-font-.*|x-shockwave-flash)"
)
_CHUNK_LINE: Final = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_CHUNK_END: Final = re.compile(rb"\r?\n|\Z")

_SIZES: Final = {"md5": 16, "sha1": 20, "sha256": 32, "sha512": 64}
"""Algorithm → the number of bytes in its digests."""
_HEX: Final = re.compile(r"[0-9A-F]+")
_BASE32: Final = re.compile(r"[A-Z2-7]+")
_BITS: Final = 5
"""Bits of a base 32 digit."""
_AS_DIGITS: Final = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHIJKLMNOPQRSTUV"
)
"""Base 32 digits of RFC 4648 → those of ``int``, which needs a fiftieth of ``b32decode``'s time."""

Fields: TypeAlias = dict[str, str]
"""Names in lower case → values. If a name comes twice, the first value counts."""


@dataclass(frozen=True, slots=True)
class Message:
    """A response. ``status`` is ``None`` if a revisit does not say it."""

    status: int | None
    headers: Fields
    payload: bytes

    @property
    def content_type(self) -> str | None:
        """The content type that the response claims."""
        return self.headers.get("content-type")

    @property
    def is_page(self) -> bool:
        """Tell whether the response can be a page, or the error page in its place."""
        is_redirect = self.status in _REDIRECTS and self.status != _NOT_MODIFIED
        return not is_redirect and not is_no_page(_media_type(self.content_type))

    def body(self, limit: int) -> bytes:
        """Return the decoded page, of at most ``limit`` bytes. Raises ``PayloadError``.

        A payload that is not in chunks, or is plain text, is taken as it is, whatever the headers
        claim.
        """
        return uncoded(self._joined(), self.headers.get("content-encoding", ""), limit)

    def holds(self, digest: str | None, limit: int) -> bool:
        """Tell whether a payload digest matches a form of the payload that WARC writers digest.

        A digest that is missing or unknown counts as a match.
        """
        return any(holds(digest, [form]) for form in self._forms(limit))

    def _forms(self, limit: int) -> Iterator[bytes]:
        """Yield the payload as sent, then without its chunks, then without its content coding."""
        yield self.payload
        try:
            yield self._joined()
            yield self.body(limit)
        except PayloadError:
            return

    def _joined(self) -> bytes:
        is_chunked = "chunked" in self.headers.get("transfer-encoding", "").lower()
        return _dechunked(self.payload) if is_chunked else self.payload


def fields_of(headers: HeaderMap) -> Fields:
    """Return all fields as FastWARC read them. To ask FastWARC for each field is slow."""
    return {name.lower(): value for name, value in reversed(headers.items())}


@lru_cache(maxsize=64)
def normal(digest: str) -> str | None:
    """Return a digest in its normal form, in hexadecimal.

    ``None`` for an unknown form or algorithm.

    The last results are cached, because a record's own digest is asked for several times.

    >>> normal("SHA-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    'sha1:0000000000000000000000000000000000000000'
    """
    name, _, value = digest.strip().partition(":")
    algorithm = name.lower().replace("-", "")
    size = _SIZES.get(algorithm)
    if size is None:
        return None
    value = value.strip().rstrip("=").upper()
    if len(value) == 2 * size:
        return f"{algorithm}:{value.lower()}" if _HEX.fullmatch(value) else None
    spare = _BITS * len(value) - 8 * size
    if not (_BASE32.fullmatch(value) and 0 <= spare < _BITS):
        return None
    return f"{algorithm}:{int(value.translate(_AS_DIGITS), 32) >> spare:0{2 * size}x}"


def holds(digest: str | None, pieces: Iterable[bytes]) -> bool:
    """Tell whether ``digest`` matches the bytes. A digest that is missing or unknown matches.

    All ``pieces`` are consumed in any case.
    """
    known = normal(digest) if digest else None
    algorithm, _, value = known.partition(":") if known else ("md5", "", None)
    hasher = hashlib.new(algorithm, usedforsecurity=False)
    for piece in pieces:
        if known:
            hasher.update(piece)
    return known is None or hasher.hexdigest() == value


def address(field: str | None) -> str | None:
    """Return the address in a field. The grammar of WARC 1.0 puts it in angle brackets."""
    return (field or "").strip("<> \t") or None


def passed(record: Fields, options: Options) -> Skipped | None:
    """Tell from a record's fields alone whether the record is passed over.

    Records of unknown types are passed over, as WARC 1.1, section 5.5 ff., asks.
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
    """Tell whether no page has this media type: an image's, a style sheet's, a document's."""
    return _NO_PAGE.fullmatch(media_type) is not None


def is_rendered(record: Fields) -> bool:
    """Tell whether a record holds the page as a browser rendered it: a conversion to HTML."""
    is_html = _media_type(record.get("content-type")) == "text/html"
    return is_html and record["warc-type"].lower() == "conversion"


def message(record: Fields, block: bytes) -> Message | None:
    """Return what a record's block holds. ``None`` if the block should be HTTP and is not."""
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
    # A "not modified" revisit (WARC 1.1, section 6.7.3) has the status of its original.
    status = int(line[1])
    is_unsaid = kind == "revisit" and status == _NOT_MODIFIED
    return Message(None if is_unsaid else status, fields_of(headers), block[size:])


def _media_type(content_type: str | None) -> str:
    """Return the media type without parameters, in lower case. Empty if no type is given."""
    return (content_type or "").partition(";")[0].strip().lower()


def _dechunked(payload: bytes) -> bytes:
    """Return a chunked body (RFC 9112, section 7.1) in one piece. Raises ``PayloadError``."""
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
