"""Pages saved with all that they show, as MHTML (RFC 2557): the first part of a message."""

from __future__ import annotations

import re
from binascii import Error, a2b_base64
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from email.message import Message
from email.parser import HeaderParser
from email.utils import parsedate_to_datetime
from pathlib import Path
from quopri import decodestring
from typing import Final, NamedTuple

from shio_scraper.archives.moments import moment
from shio_scraper.archives.reading import Found, Options, Skipped
from shio_scraper.archives.saved import Saved, TooLargeError, read_one, read_one_at
from shio_scraper.items import ArchivePosition
from shio_scraper.pages import Capture

_HEAD: Final = 1 << 16
"""Bytes of the headers of a part at most."""
_PACKED: Final = 4
"""Bytes that a byte of a page takes at most: quoted, three, and the breaks of lines."""
_DEPTH: Final = 3
"""Parts within parts that are opened: pages saved with an alternative have two."""
_BLANK: Final = re.compile(rb"\r?\n\r?\n")


class _Part(NamedTuple):
    headers: Message
    body: bytes
    is_whole: bool


def read(path: Path, options: Options) -> Iterator[Found]:
    """Yield the page in ``path``."""
    yield read_one(path, options, _open)


def read_at(path: Path, position: ArchivePosition, options: Options) -> Capture:
    """Return the page in ``path``, if it is as long as it was. Raises ``ArchiveError``."""
    return read_one_at(path, position, options, _open)


def _open(path: Path, options: Options) -> Saved | Skipped:
    """Read the page alone, which comes first: what it shows may be of any size."""
    longest = _PACKED * options.max_page + _HEAD
    with path.open("rb") as file:
        data = file.read(longest + 1)
    message = part = _part(data, is_whole=len(data) <= longest)
    for _ in range(_DEPTH):
        if boundary := part.headers.get_boundary():
            part = _first(part, boundary)
    if part.headers.get_content_type() != "text/html":
        return Skipped.NOT_A_PAGE
    body = _decoded(part)
    if len(body) > options.max_page or not part.is_whole:
        raise TooLargeError(f"a page of more than {options.max_page} bytes")
    url = message.headers["Snapshot-Content-Location"] or part.headers["Content-Location"]
    at: datetime | None = None
    with suppress(TypeError, ValueError):  # none, or of no form that is known
        at = moment(parsedate_to_datetime(message.headers["Date"]))
    address = "".join(url.split()) if url else None
    return Saved(body, part.headers["Content-Type"] or "text/html", address, at)


def _part(data: bytes, *, is_whole: bool) -> _Part:
    blank = _BLANK.search(data, 0, _HEAD)
    start, end = blank.span() if blank else (min(len(data), _HEAD), len(data))
    return _Part(HeaderParser().parsestr(data[:start].decode("latin-1")), data[end:], is_whole)


def _first(part: _Part, boundary: str) -> _Part:
    """Return the first part of several."""
    mark = b"\n--" + boundary.encode("latin-1", "replace")
    _, *pieces = (b"\n" + part.body).split(mark, 2)
    if not pieces:
        return _Part(Message(), b"", part.is_whole)
    data = pieces[0].partition(b"\n")[2].removesuffix(b"\r")
    return _part(data, is_whole=len(pieces) > 1 or part.is_whole)


def _decoded(part: _Part) -> bytes:
    """Return what a part holds; as it stands where that is not as it says."""
    coding = (part.headers["Content-Transfer-Encoding"] or "").strip().lower()
    if coding == "quoted-printable":
        return decodestring(part.body)
    with suppress(Error):
        return a2b_base64(part.body) if coding == "base64" else part.body
    return part.body
