"""The types that every reader of archives takes and returns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any, Final, TypeAlias

from shio_scraper.archives.holdings import Holdings
from shio_scraper.archives.mirrors import Copy
from shio_scraper.archives.sources import TooLargeError
from shio_scraper.items import ArchivePosition, Reject
from shio_scraper.pages import MAX_PAGE, Capture, reject
from shio_scraper.portals import ALL, Portals

_DAY: Final = r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
_CLOCK: Final = r"([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:[.,][0-9]+)?"
_OFFSET: Final = r"([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)"
_ISO: Final = re.compile(f"{_DAY}(?:[Tt ]{_CLOCK} ?{_OFFSET}?)?")
"""Matches ISO 8601, extended form: a day, or a day and a time, with an offset or without."""
_CDX: Final = re.compile(r"[0-9]{14}")
_NUMBER: Final = re.compile(r"([0-9]{9,13})(?:\.[0-9]+)?")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS: Final = range(631_152_000, 4_102_444_800)
"""Seconds since 1970 for 1990 to 2099. In these years seconds and milliseconds never overlap."""
_MILLI: Final = 1000


class Skipped(Enum):
    """Why a thing in an archive is passed over unread.

    The stat ``skipped/…`` counts each reason.
    """

    OTHER_SITE = "other_site"
    """A page of another site. Its address shows that or, without an address, the page itself."""
    PRIVATE = "private"
    """A page behind a login."""
    NOT_A_PAGE = "not_a_page"
    """A request, a redirect, a robots.txt, an image and the like."""


Found: TypeAlias = Capture | Reject | Skipped
"""What a reader yields: one of these for each thing in the archive."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that the user names, matched in any case. ``None`` stands for the usual names."""

    url: str | None = None
    html: str | None = None
    text: str | None = None
    date: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a file, in bytes: all that begins at ``start`` or later, and before ``end``.

    In WARC, ``start`` is where a record begins. In JSON Lines, it is where a line begins, and
    ``lines`` counts the lines before it. In Parquet, a row group belongs to the span in which the
    group begins.
    """

    start: int
    end: int
    lines: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How archives are read. Pages of sites other than ``portals`` are passed over.

    ``max_page`` is in bytes, after content decoding. With ``holdings``, revisits whose payload was
    not seen yet wait there. With ``documents``, the places of documents that records may link to
    are stored there too. With ``span``, only that part of the file is read; the file must be
    WARC, Parquet or uncompressed JSON Lines. With ``at``, the reader of a table may leave
    out all other rows.
    """

    portals: Portals = ALL
    max_page: int = MAX_PAGE
    columns: Columns = field(default_factory=Columns)
    copy: Copy | None = None
    """The copy that addresses and paths belong to, if a copy of a portal was archived."""
    any_type: bool = False
    """Whether things that are no page by their media type, such as documents, are yielded too."""
    holdings: Holdings | None = None
    documents: bool = False
    span: Span | None = None
    at: ArchivePosition | None = None

    def original(self, url: str) -> str:
        """Return the portal's address for a ``url`` in the copy.

        Any other ``url`` is returned as it is.
        """
        return self.copy.original(url) if self.copy else url


Reader: TypeAlias = Callable[[Path, Options], Iterator[Found]]
"""Yields what a file holds while the file is read.

Behind a damaged place, it finds the next thing. No content of a file makes it raise an exception.
"""


class ArchiveError(Exception):
    """Raised if a place in an archive cannot be read. The message is one line for the user."""


def passed_over(url: str, portals: Portals) -> Skipped | None:
    """Tell from the address alone whether a page is passed over."""
    if portals.locate(url) is None:
        return Skipped.OTHER_SITE
    return Skipped.PRIVATE if portals.is_private(url) else None


def unreadable(name: str, error: OSError) -> Reject:
    """Return the reject for a file that cannot be read or is too large."""
    reason = "too_large" if isinstance(error, TooLargeError) else "unreadable_file"
    return reject("read", reason, f"{name}: {error.strerror}")


def moment(value: Any) -> datetime | None:
    """Return the time that ``value`` stands for, in UTC and whole seconds.

    ``None`` if it is no time. Known forms are ISO 8601 (without an offset: UTC; a day alone: its
    first second), ``YYYYMMDDhhmmss``, seconds or milliseconds since 1970 as text or number, and
    ``datetime``.
    """
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    try:
        if isinstance(value, datetime):
            return _utc(value)
        if isinstance(value, str):
            return _written(value.strip())
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _counted(int(value))
    except (ValueError, OverflowError):
        pass
    return None


def since_epoch(seconds: int) -> datetime | None:
    """Return the time ``seconds`` after the start of 1970. ``None`` outside the calendar."""
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None


def _written(text: str) -> datetime | None:
    if _CDX.fullmatch(text):
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    if number := _NUMBER.fullmatch(text):
        return _counted(int(number[1]))
    if match := _ISO.fullmatch(text):
        day, clock, offset = match.groups()
        return _utc(datetime.fromisoformat(f"{day}T{clock or '00:00'}{(offset or 'Z').upper()}"))
    return None


def _counted(number: int) -> datetime | None:
    if number in _SECONDS:
        return since_epoch(number)
    if number // _MILLI in _SECONDS:
        return since_epoch(number // _MILLI)
    return _written(str(number)) if number > _SECONDS[-1] * _MILLI else None


def _utc(time: datetime) -> datetime:
    whole = time.replace(microsecond=0)
    return whole.astimezone(UTC) if whole.tzinfo else whole.replace(tzinfo=UTC)
