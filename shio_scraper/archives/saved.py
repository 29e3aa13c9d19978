"""Saved pages, one a file: HTML or plain text by a browser, SingleFile or a mirroring tool; MHTML.

MHTML (RFC 2557) is a page with all that it shows. The page is the first part of a message.
"""

from __future__ import annotations

import re
from binascii import Error, a2b_base64
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from email.message import Message
from email.parser import HeaderParser
from email.utils import parsedate_to_datetime
from mimetypes import guess_type
from pathlib import Path
from quopri import decodestring
from typing import Final, NamedTuple

from shio_scraper.archives.messages import is_no_page
from shio_scraper.archives.mirrors import address_of
from shio_scraper.archives.reading import Found, Options, Skipped, moment, passed_over, unreadable
from shio_scraper.archives.sources import TooLargeError, place, shown
from shio_scraper.pages import Capture, is_html

_SAVED_FROM: Final = re.compile(rb"<!-- saved from url=\(\d+\)(\S+) -->")
"""The comment that browsers write on top of a page that they save ("Mark of the Web")."""
_SINGLE_FILE: Final = re.compile(
    rb"<!--\s*Page saved with SingleFile\s+url:\s*(\S+)(?:\s+saved date:\s*([^(<\n]*))?"
)
"""The comment of SingleFile. The time is as scripts print it.

Example: ``Mon Nov 30 2026 02:09:28 GMT+0000 (…)``.
"""
_TOP: Final = 1 << 14
_REPLAY: Final = re.compile(r"https?://[^/]+/(?:\S*?/)??([0-9]{14})(?:[a-z]{2}_)?/(https?://\S+)")
"""Matches the address of a replay: time, an optional modifier such as ``id_``, and page address."""
_TYPES: Final = {".txt": "text/plain"}
_PAGES: Final = (".html", ".htm", ".txt")
_MHTML: Final = (".mhtml", ".mht")
_HEAD: Final = 1 << 16
"""Maximum size in bytes of the headers of a part."""
_PACKED: Final = 4
"""Maximum encoded bytes for one byte of a page: three if quoted, and the line breaks."""
_DEPTH: Final = 3
"""Levels of nested parts that are opened. Pages saved with an alternative have two."""
_BLANK: Final = re.compile(rb"\r?\n\r?\n")


class _Saved(NamedTuple):
    """A page in a file: its bytes and type, with its address and the time of saving if noted."""

    body: bytes
    content_type: str
    url: str | None = None
    at: datetime | None = None


class _Part(NamedTuple):
    headers: Message
    body: bytes
    is_whole: bool


def read(path: Path, options: Options) -> Iterator[Found]:
    """Yield the page saved in ``path``. The file or its path tells the address."""
    opener = _message if path.suffix.lower() in _MHTML else _page
    try:
        saved = opener(path, options)
    except OSError as error:
        yield unreadable(shown(path), error)
        return
    if isinstance(saved, Skipped):
        yield saved
        return
    # The capture of a replay is the page that it replays; that of a copy is the portal's page.
    replayed = original(saved.url) if saved.url else None
    url, at = (replayed[0], moment(replayed[1])) if replayed else (saved.url, saved.at)
    page_url = options.original(url) if url else None
    passed = passed_over(page_url, options.portals) if page_url else None
    yield passed or Capture(
        body=saved.body,
        url=page_url,
        fetched_url=saved.url if page_url != saved.url else None,
        fetched_at=at,
        content_type=saved.content_type,
        archive=place(path, 0, len(saved.body), "file"),
    )


def original(url: str) -> tuple[str, str] | None:
    """Return the page address and the time (14 digits) of a replay. ``None`` if it is no replay.

    >>> original("https://web.archive.org/web/20160102030405id_/http://touch.shio.gov.cn/")
    ('http://touch.shio.gov.cn/', '20160102030405')
    """
    match = _REPLAY.fullmatch(url)
    return (match[2], match[1]) if match and moment(match[1]) else None


def _page(path: Path, options: Options) -> _Saved | Skipped:
    """Read a saved page. Pass over a mirror's file that is no page."""
    mirrored = address_of(path, options.portals, options.copy)
    if path.name.lower() == "robots.txt" or (mirrored and _is_no_page(mirrored)):
        return Skipped.NOT_A_PAGE
    with path.open("rb") as file:
        size = path.stat().st_size
        if size > options.max_page:
            raise TooLargeError(0, f"{size} bytes, more than {options.max_page}")
        body, end = file.read(options.max_page), path.suffix.lower()
    top = body[:_TOP]
    if mirrored and end not in _PAGES and not is_html(top.decode("latin-1")):
        return Skipped.NOT_A_PAGE
    url, at = (mirrored, None) if mirrored else _noted(top)
    return _Saved(body, _TYPES.get(end, "text/html"), url, at)


def _is_no_page(url: str) -> bool:
    media_type, _ = guess_type(url.partition("?")[0])
    return media_type is not None and is_no_page(media_type)


def _noted(top: bytes) -> tuple[str | None, datetime | None]:
    """Return the address and the time that a browser or SingleFile noted on top of a page."""
    if match := _SINGLE_FILE.search(top):
        url, date = (part.decode("ascii", "replace").strip() for part in match.groups(b""))
        at = None
        with suppress(ValueError):  # no time, or one of an unknown form
            at = moment(datetime.strptime(date, "%a %b %d %Y %H:%M:%S GMT%z"))
        return url, at
    saved_from = _SAVED_FROM.search(top[:2048])
    return (saved_from[1].decode("ascii", "replace") if saved_from else None), None


def _message(path: Path, options: Options) -> _Saved | Skipped:
    """Read only the page, which comes first in the message.

    The rest of the message, all that the page shows, may be of any size.
    """
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
        raise TooLargeError(0, f"a page of more than {options.max_page} bytes")
    url = message.headers["Snapshot-Content-Location"] or part.headers["Content-Location"]
    at: datetime | None = None
    with suppress(TypeError, ValueError):  # no time, or one of an unknown form
        at = moment(parsedate_to_datetime(message.headers["Date"]))
    address = "".join(url.split()) if url else None
    return _Saved(body, part.headers["Content-Type"] or "text/html", address, at)


def _part(data: bytes, *, is_whole: bool) -> _Part:
    blank = _BLANK.search(data, 0, _HEAD)
    start, end = blank.span() if blank else (min(len(data), _HEAD), len(data))
    return _Part(HeaderParser().parsestr(data[:start].decode("latin-1")), data[end:], is_whole)


def _first(part: _Part, boundary: str) -> _Part:
    """Return the first part of a multipart message."""
    mark = b"\n--" + boundary.encode("latin-1", "replace")
    _, *pieces = (b"\n" + part.body).split(mark, 2)
    if not pieces:
        return _Part(Message(), b"", part.is_whole)
    data = pieces[0].partition(b"\n")[2].removesuffix(b"\r")
    return _part(data, is_whole=len(pieces) > 1 or part.is_whole)


def _decoded(part: _Part) -> bytes:
    """Return the decoded body of a part.

    If it does not have the encoding that it claims, it stays.
    """
    coding = (part.headers["Content-Transfer-Encoding"] or "").strip().lower()
    if coding == "quoted-printable":
        return decodestring(part.body)
    with suppress(Error):
        return a2b_base64(part.body) if coding == "base64" else part.body
    return part.body
