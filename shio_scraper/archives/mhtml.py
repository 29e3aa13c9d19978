"""Pages saved with all that they show, as MHTML (RFC 2557): the first part of a message."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

from shio_scraper.archives.moments import moment
from shio_scraper.archives.reading import Found, Options, Skipped
from shio_scraper.archives.saved import Saved, TooLargeError, bytes_of, read_one, read_one_at
from shio_scraper.items import ArchivePosition
from shio_scraper.pages import Capture

_LARGEST: Final = 20
"""Times as many bytes as a page may have are read: pictures are in it."""


def read(path: Path, options: Options) -> Iterator[Found]:
    """Yield the page in ``path``."""
    yield read_one(path, options, _open)


def read_at(path: Path, position: ArchivePosition, options: Options) -> Capture:
    """Return the page in ``path``, if it is as long as it was. Raises ``ArchiveError``."""
    return read_one_at(path, position, options, _open)


def _open(path: Path, options: Options) -> Saved | Skipped:
    message = message_from_bytes(bytes_of(path, _LARGEST * options.max_page))
    parts = (part for part in message.walk() if part.get_content_type() == "text/html")
    page = next(parts, None)
    if page is None:
        return Skipped.NOT_A_PAGE
    body = page.get_payload(decode=True)
    assert isinstance(body, bytes)  # noqa: S101  (of a part that has no parts)
    if len(body) > options.max_page:
        raise TooLargeError(f"{len(body)} bytes, more than {options.max_page}")
    url, at = message["Snapshot-Content-Location"] or page["Content-Location"], None
    with suppress(TypeError, ValueError):  # none, or of no form that is known
        at = moment(parsedate_to_datetime(message["Date"]))
    return Saved(body, page["Content-Type"] or "text/html", url and str(url).strip(), at)
