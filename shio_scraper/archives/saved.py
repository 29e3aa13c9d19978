"""Saved pages, one a file: HTML or plain text, by a browser, SingleFile or a mirroring tool."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from mimetypes import guess_type
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from shio_scraper.archives.messages import is_no_page
from shio_scraper.archives.mirrors import address_of
from shio_scraper.archives.moments import moment
from shio_scraper.archives.reading import ArchiveError, Found, Options, Skipped, passed_over
from shio_scraper.archives.sources import place, shown
from shio_scraper.items import ArchivePosition
from shio_scraper.pages import Capture, is_html
from shio_scraper.pages.rejects import reject

_SAVED_FROM: Final = re.compile(rb"<!-- saved from url=\(\d+\)(\S+) -->")
"""What browsers write on top of a page that they save ("Mark of the Web")."""
_SINGLE_FILE: Final = re.compile(
    rb"<!--\s*Page saved with SingleFile\s+url:\s*(\S+)(?:\s+saved date:\s*([^(<\n]*))?"
)
"""The time is as scripts print it: ``Mon Nov 30 2026 02:09:28 GMT+0000 (…)``."""
_TOP: Final = 1 << 14
_REPLAY: Final = re.compile(r"https?://[^/]+/(?:\S*?/)??([0-9]{14})(?:[a-z]{2}_)?/(https?://\S+)")
"""The address of a capture in a Wayback Machine: time, perhaps how it is shown, address."""
_TYPES: Final = {".txt": "text/plain"}
_PAGES: Final = (".html", ".htm", ".txt")


class TooLargeError(Exception):
    """A file of more bytes than a page may have."""


class Saved(NamedTuple):
    """A page in a file: its bytes and type, its address and when it was saved, where noted."""

    body: bytes
    content_type: str
    url: str | None = None
    at: datetime | None = None


Opener: TypeAlias = Callable[[Path, Options], Saved | Skipped]
"""Reads a file. Raises ``OSError``, ``TooLargeError``."""


def read(path: Path, options: Options) -> Iterator[Found]:
    """Yield the page saved in ``path``, with the address that it or its path says."""
    yield read_one(path, options, _open)


def read_at(path: Path, position: ArchivePosition, options: Options) -> Capture:
    """Return the page saved in ``path``, if it is as long as it was.

    Raises ``ArchiveError``.
    """
    return read_one_at(path, position, options, _open)


def read_one(path: Path, options: Options, opener: Opener) -> Found:
    """Return the page that a file holds."""
    try:
        found = opener(path, options)
    except TooLargeError as error:
        return reject("read", "too_large", f"{shown(path)}: {error}")
    except OSError as error:
        return reject("read", "unreadable_file", f"{shown(path)}: {error.strerror}")
    if isinstance(found, Skipped):
        return found
    capture = _capture(path, found, options)
    return (passed_over(capture.url, options.portals) if capture.url else None) or capture


def read_one_at(path: Path, position: ArchivePosition, options: Options, opener: Opener) -> Capture:
    """Return the page that a file holds. Raises ``ArchiveError``."""
    try:
        found = opener(path, options)
    except TooLargeError as error:
        raise ArchiveError(f"{shown(path)}: {error}") from error
    except OSError as error:
        raise ArchiveError(f"{shown(path)}: {error.strerror}") from error
    if isinstance(found, Skipped):
        raise ArchiveError(f"{shown(path)}: {found.value}")
    if len(found.body) != position.length or position.offset:
        detail = f"{len(found.body)} bytes, not the {position.length} that were read then"
        raise ArchiveError(f"{shown(path)}: {detail}")
    return _capture(path, found, options)


def original(url: str) -> tuple[str, str] | None:
    """Return the address and the time (14 digits) that a replay's address is of.

    >>> original("https://web.archive.org/web/20160102030405id_/http://touch.shio.gov.cn/")
    ('http://touch.shio.gov.cn/', '20160102030405')
    """
    match = _REPLAY.fullmatch(url)
    return (match[2], match[1]) if match and moment(match[1]) else None


def bytes_of(path: Path, longest: int) -> bytes:
    """Return the bytes of a file. Raises ``OSError``; ``TooLargeError`` beyond ``longest``."""
    with path.open("rb") as file:
        size = path.stat().st_size
        if size > longest:
            raise TooLargeError(f"{size} bytes, more than {longest}")
        return file.read(longest)


def _open(path: Path, options: Options) -> Saved | Skipped:
    """Read a saved page; of a mirror's files those that are none are passed over."""
    mirrored = address_of(path, options.portals, options.copy)
    if path.name.lower() == "robots.txt" or (mirrored and _is_no_page(mirrored)):
        return Skipped.NOT_A_PAGE
    body, end = bytes_of(path, options.max_page), path.suffix.lower()
    top = body[:_TOP]
    if mirrored and end not in _PAGES and not is_html(top.decode("latin-1")):
        return Skipped.NOT_A_PAGE
    url, at = (mirrored, None) if mirrored else _noted(top)
    return Saved(body, _TYPES.get(end, "text/html"), url, at)


def _is_no_page(url: str) -> bool:
    media_type, _ = guess_type(url.partition("?")[0])
    return media_type is not None and is_no_page(media_type)


def _noted(top: bytes) -> tuple[str | None, datetime | None]:
    """Return the address and the time that whoever saved a page noted on top of it."""
    if match := _SINGLE_FILE.search(top):
        url, date = (part.decode("ascii", "replace").strip() for part in match.groups(b""))
        at = None
        with suppress(ValueError):  # none, or of no form that is known
            at = moment(datetime.strptime(date, "%a %b %d %Y %H:%M:%S GMT%z"))
        return url, at
    saved_from = _SAVED_FROM.search(top[:2048])
    return (saved_from[1].decode("ascii", "replace") if saved_from else None), None


def _capture(path: Path, found: Saved, options: Options) -> Capture:
    """Return a saved page as a capture: of a replay as what it shows, of a copy as the portal's."""
    replayed = original(found.url) if found.url else None
    url, at = (replayed[0], moment(replayed[1])) if replayed else (found.url, found.at)
    own = options.original(url) if url else None
    return Capture(
        body=found.body,
        url=own,
        fetched_url=found.url if own != found.url else None,
        fetched_at=at,
        content_type=found.content_type,
        archive=place(path, 0, len(found.body), "file"),
    )
