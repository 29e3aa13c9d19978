"""What is stored of crawls, whatever keeps it: SQLite on one machine, or Redis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from shio_scraper import runs

LAST: Final = -1_000
"""Priority from which down a request is due only when nothing else is waiting or in hand.

Until then, a request for the same page at a higher priority takes its place.
"""
WAITING: Final = 2 * LAST
"""Priority of a page that waits for its layout's template: due when nothing at ``LAST`` is."""
KEEPSAKE: Final = 3 * LAST
"""Priority of what gives no page: a linked document, an image. No page waits for one."""
READ: Final = "READ"
"""Method of a request that asks nobody: it carries a page, which is to be read."""
RENDER: Final = "RENDER"
"""Method of a request that carries a page, which a browser is to show."""
RENDERED_LAST: Final = LAST - 500
"""Its priority: no page waits for a browser, but those that wait for their template."""
CARRYING: Final = frozenset({READ, RENDER})
"""Methods of requests that carry a page: it was downloaded before."""
NEVER: Final = -1_000_000
"""Priority of a request that is not to be made: its page counts as seen."""

REJOIN: Final = "SHIO_REJOIN"
"""Environment variable of a worker that joins a crawl under way and begins none.

It holds when the round began that the worker is in, in seconds since 1970, or 1 for any.
"""
LEASE_LOST: Final = object()
"""Signal: a portal is another worker's now.

Who listens may end the process, or start anew: nothing of the crawl is acknowledged any more.
"""


class FrontierError(Exception):
    """A store that cannot be used; the message is one line for the user."""


class LeaseLostError(FrontierError):
    """The portal is another worker's: nothing that this one says of it counts."""


class Memo(NamedTuple):
    """What is remembered under a key, beyond the crawl.

    ``due`` is a number by which ``Store.due`` finds it, ``None`` for what need not be found.
    """

    value: bytes
    due: int | None = None


@dataclass(frozen=True, slots=True)
class Crawl:
    """One set of arguments of one spider. ``name`` tells it from others.

    What it remembers is shared by the crawls of its ``site``. ``leased`` names what it asks, of
    which no two workers may ask at once; empty for nothing.
    """

    name: str
    spider: str
    arguments: Mapping[str, Any]
    site: str = ""
    leased: str = ""


@dataclass(slots=True)
class Part:
    """The run that a crawl's records go to: its folder, and what of it is acknowledged.

    ``lengths`` are the bytes of each output file, by its path below the folder.
    """

    folder: Path
    host: str
    lengths: dict[str, int] = field(default_factory=dict)
    stats: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counts:
    """Requests of a crawl by what became of them."""

    waiting: int = 0
    leased: int = 0
    failed: int = 0
    done: int = 0

    @property
    def to_do(self) -> int:
        """What waits, or is in hand."""
        return self.waiting + self.leased


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is acknowledged in one step: requests that are done, and the output they gave.

    ``failed`` has the reason of each that is to be kept for another try. ``remembered`` takes
    the place of what the site's memory holds under the same keys, ``sighted`` fills its gaps.
    ``written`` are the records in the run's files, identity and content hash, that were not among
    those of the checkpoint before.
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
    """A crawl as ``scrapy frontier show`` tells it."""

    crawl: Crawl
    began: datetime
    ended: datetime | None
    counts: Counts
    part: Part | None
    is_running: bool
    failures: list[tuple[str, str]]
    """Address and reason of requests that failed."""


def check_running(part: Part | None) -> None:
    """Raise ``FrontierError`` where a process works on ``part``."""
    if part and runs.is_locked(part.folder):
        raise FrontierError(f"this crawl is running already, in {part.folder}")
