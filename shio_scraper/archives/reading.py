"""What every reader of archives takes and gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol, TypeAlias

from shio_scraper.archives.holdings import Holdings
from shio_scraper.archives.mirrors import Copy
from shio_scraper.items import ArchivePosition, Reject
from shio_scraper.pages import MAX_PAGE, Capture
from shio_scraper.portals import ALL, Portals


class Skipped(Enum):
    """Why something in an archive is passed over, unread; the stat ``skipped/…`` counts it."""

    OTHER_SITE = "other_site"
    """A page with an address that is not the portal's, or without one and not the portal's."""
    PRIVATE = "private"
    """A page behind a login."""
    NOT_A_PAGE = "not_a_page"
    """A request, a redirect, a robots.txt, an image …"""


Found: TypeAlias = Capture | Reject | Skipped
"""What a reader yields, one for each thing in the archive."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that the user names; ``None`` stands for the usual ones. In any case."""

    url: str | None = None
    html: str | None = None
    text: str | None = None
    date: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a file, in bytes: what begins from ``start`` on and before ``end``.

    WARC: ``start`` is where a record begins, JSON Lines: where a line does, with ``lines``
    before it. Parquet: row groups belong to the span that they begin in.
    """

    start: int
    end: int
    lines: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How archives are read. Pages of other sites than ``portals`` are passed over.

    ``max_page`` is in bytes, after content decoding.

    With ``holdings``, revisits whose payload was not seen yet wait there; with ``documents`` it
    notes too where those lie that records may link. With ``span``, only that stretch of the
    file is read: uncompressed or WARC, JSON Lines, Parquet.
    """

    portals: Portals = ALL
    max_page: int = MAX_PAGE
    columns: Columns = field(default_factory=Columns)
    copy: Copy | None = None
    """What addresses and paths are of, where a copy of a portal was archived."""
    any_type: bool = False
    """Whether what is no page by its media type is given too: a document."""
    holdings: Holdings | None = None
    documents: bool = False
    span: Span | None = None

    def original(self, url: str) -> str:
        """Return the portal's address of what a copy has at ``url``; of other pages their own."""
        return self.copy.original(url) if self.copy else url


class ArchiveError(Exception):
    """A place in an archive that cannot be read; the message is one line for the user."""


class Format(Protocol):
    """A format of archives: a module with these two functions.

    It never raises for what a file holds.
    """

    def read(self, path: Path, options: Options) -> Iterator[Found]:
        """Yield what the file holds, streaming; after what cannot be read the next is found."""
        ...

    def read_at(self, path: Path, position: ArchivePosition, options: Options) -> Capture:
        """Return the capture at one place. Raises ``ArchiveError``."""
        ...


def passed_over(url: str, portals: Portals) -> Skipped | None:
    """Tell whether a page of this address is passed over, before anything of it is read."""
    if portals.locate(url) is None:
        return Skipped.OTHER_SITE
    return Skipped.PRIVATE if portals.is_private(url) else None
