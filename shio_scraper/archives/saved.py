"""Saved pages, one a file: HTML or plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from shio_scraper.archives.moments import moment
from shio_scraper.archives.reading import ArchiveError, Found, Options, passed_over
from shio_scraper.archives.sources import place, shown
from shio_scraper.items import ArchivePosition
from shio_scraper.pages import Capture
from shio_scraper.pages.rejects import reject

_SAVED_FROM: Final = re.compile(rb"<!-- saved from url=\(\d+\)(\S+) -->")
"""What browsers write on top of a page that they save ("Mark of the Web")."""
_REPLAY: Final = re.compile(r"https?://[^/]+/(?:\S*?/)??([0-9]{14})(?:[a-z]{2}_)?/(https?://\S+)")
"""The address of a capture in a Wayback Machine: time, perhaps how it is shown, address."""
_TYPES: Final = {".txt": "text/plain"}


class _TooLargeError(Exception):
    """A file of more bytes than a page may have."""


def read(path: Path, options: Options) -> Iterator[Found]:
    """Yield the page saved in ``path``, with its address where the browser noted it."""
    try:
        capture = _capture(path, options)
    except _TooLargeError as error:
        yield reject("read", "too_large", f"{shown(path)}: {error}")
    except OSError as error:
        yield reject("read", "unreadable_file", f"{shown(path)}: {error.strerror}")
    else:
        yield (passed_over(capture.url, options.portals) if capture.url else None) or capture


def read_at(path: Path, position: ArchivePosition, options: Options) -> Capture:
    """Return the page saved in ``path``, if it is as long as it was.

    Raises ``ArchiveError``.
    """
    try:
        capture = _capture(path, options)
    except _TooLargeError as error:
        raise ArchiveError(f"{shown(path)}: {error}") from error
    except OSError as error:
        raise ArchiveError(f"{shown(path)}: {error.strerror}") from error
    if len(capture.body) != position.length or position.offset:
        detail = f"{len(capture.body)} bytes, not the {position.length} that were read then"
        raise ArchiveError(f"{shown(path)}: {detail}")
    return capture


def original(url: str) -> tuple[str, str] | None:
    """Return the address and the time (14 digits) that a replay's address is of.

    >>> original("https://web.archive.org/web/20160102030405id_/http://touch.shio.gov.cn/")
    ('http://touch.shio.gov.cn/', '20160102030405')
    """
    match = _REPLAY.fullmatch(url)
    return (match[2], match[1]) if match and moment(match[1]) else None


def _capture(path: Path, options: Options) -> Capture:
    """Read the file, unless it is too large. Raises ``OSError`` and ``_TooLargeError``."""
    with path.open("rb") as file:
        size = path.stat().st_size
        if size > options.max_page:
            raise _TooLargeError(f"{size} bytes, more than {options.max_page}")
        body = file.read(options.max_page)
    saved_from = _SAVED_FROM.search(body, 0, 2048)
    url = saved_from[1].decode("ascii", "replace") if saved_from else None
    replayed = original(url) if url else None
    return Capture(
        body=body,
        url=replayed[0] if replayed else url,
        fetched_url=url if replayed else None,
        fetched_at=moment(replayed[1]) if replayed else None,
        content_type=_TYPES.get(path.suffix.lower(), "text/html"),
        archive=place(path, 0, len(body), "file"),
    )
