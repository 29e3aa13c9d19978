"""The data of crawls in every kind of store: in SQLite on one machine, or in Redis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from shio_scraper import runs

LAST: Final = -1_000
"""A request of this priority or below is due only when no other request is waiting or in hand.

Until then, a request for the same page at a higher priority replaces it.
"""
WAITING: Final = 2 * LAST
"""The priority of a page that waits for the template of its layout. It is due after ``LAST``."""
KEEPSAKE: Final = 3 * LAST
"""The priority of a linked document or an image. Every page comes before these."""
READ: Final = "READ"
"""The method of a request that is not sent: it carries a page that is to be read."""
RENDER: Final = "RENDER"
"""The method of a request that carries a page that a browser is to render."""
RENDERED_LAST: Final = LAST - 500
"""The priority of a ``RENDER`` request: after all pages but those that wait for a template."""
CARRYING: Final = frozenset({READ, RENDER})
"""The methods of requests that carry a page, which was downloaded before."""
NEVER: Final = -1_000_000
"""The priority of a request that is never sent: its page counts as seen."""

REJOIN: Final = "SHIO_REJOIN"
"""Environment variable of a worker that only joins a round under way and never begins one.

The value is the time at which the worker's round began, in seconds since 1970, or 1 for any round.
"""
LEASE_LOST: Final = object()
"""Signal that another worker has the portal now.

A listener may end the process or start it anew, because nothing of the crawl is acknowledged from
now on.
"""


class FrontierError(Exception):
    """A store that cannot be used. The message is one line for the user."""


class LeaseLostError(FrontierError):
    """Another worker has the portal, so that nothing this worker writes counts any more."""


class Memo(NamedTuple):
    """A value in the memory of a site, which outlives the crawl.

    ``due`` is a number by which the store's ``due`` finds the memo; ``None`` if it never should.
    """

    value: bytes
    due: int | None = None


@dataclass(frozen=True, slots=True)
class Crawl:
    """A crawl: one set of arguments of one spider. Its ``name`` is unique.

    All crawls of a ``site`` share one memory. ``leased`` names the server that only one worker may
    use at a time; empty for none.
    """

    name: str
    spider: str
    arguments: Mapping[str, Any]
    site: str = ""
    leased: str = ""


@dataclass(slots=True)
class Part:
    """The run into which a crawl writes: its folder, its host, and what is acknowledged of it.

    ``lengths`` maps the path of each output file below the folder to its acknowledged bytes.
    """

    folder: Path
    host: str
    lengths: dict[str, int] = field(default_factory=dict)
    stats: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counts:
    """The number of requests of a crawl, by state."""

    waiting: int = 0
    leased: int = 0
    failed: int = 0
    done: int = 0

    @property
    def to_do(self) -> int:
        """The number of requests that are waiting or in hand."""
        return self.waiting + self.leased


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is acknowledged in one step: the requests that are done, and their output.

    ``failed`` maps each failed request, which is kept for another try, to its reason.
    ``remembered`` replaces memos of the site; ``sighted`` adds memos only where there is none.
    ``written`` maps identity to content hash of the records written since the last checkpoint.
    """

    done: list[Any]
    failed: dict[Any, str]
    lengths: Mapping[str, int]
    stats: Mapping[str, Any]
    remembered: Mapping[str, Memo] = field(default_factory=dict)
    sighted: Mapping[str, Memo] = field(default_factory=dict)
    written: Mapping[bytes, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CrawlState:
    """A crawl as ``scrapy frontier show`` prints it."""

    crawl: Crawl
    began: datetime
    ended: datetime | None
    counts: Counts
    part: Part | None
    is_running: bool
    failures: list[tuple[str, str]]
    """Address and reason of each failed request."""


def check_running(part: Part | None) -> None:
    """Raise ``FrontierError`` if a process works on ``part``."""
    if part and runs.is_locked(part.folder):
        raise FrontierError(f"this crawl is running already, in {part.folder}")
