"""What a frontier's store must do, whatever keeps it: SQLite for one machine, Redis for several."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

LAST: Final = -1_000
"""Priority from which down a request is due only when nothing else is waiting or in hand.

Until then, a request for the same page at a higher priority takes its place.
"""
NEVER: Final = -1_000_000
"""Priority of a request that is not to be made: its page counts as seen."""


REJOIN: Final = "SHIO_REJOIN"
"""Environment variable of a worker that starts again, since others took over what it had."""


class FrontierError(Exception):
    """A store that cannot be used; the message is one line for the user."""


class LeasesLostError(FrontierError):
    """Others took over what this worker had in hand; ``ended``: and finished the crawl."""

    def __init__(self, message: str, *, ended: bool = False) -> None:
        super().__init__(message)
        self.ended = ended


class Entry(NamedTuple):
    """A request as it is stored. ``fingerprint`` is ``None`` where it is not to be filtered."""

    data: bytes
    priority: int
    fingerprint: bytes | None


class Memo(NamedTuple):
    """What is remembered under a key, beyond the crawl.

    ``due`` is a number by which ``Store.due`` finds it, ``None`` for what need not be found.
    """

    value: bytes
    due: int | None = None


class Taken(NamedTuple):
    """A request that was leased: its id in the store and its bytes."""

    id: Any
    data: bytes


@dataclass(frozen=True, slots=True)
class Crawl:
    """One set of arguments of one spider. ``name`` tells it from others.

    What it remembers is shared by the crawls of its ``site``.
    """

    name: str
    spider: str
    arguments: Mapping[str, Any]
    site: str = ""


@dataclass(slots=True)
class Part:
    """One worker's share of a crawl: its run's folder, and what of it is acknowledged.

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


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is acknowledged in one step: requests that are done, and the output they gave.

    ``failed`` has the reason of each that is to be kept for another try. ``remembered`` takes
    the place of what the site's memory holds under the same keys, ``sighted`` fills its gaps.
    ``written`` are the identities of records that this worker claimed and wrote.
    """

    done: list[Any]
    failed: dict[Any, str]
    lengths: Mapping[str, int]
    stats: Mapping[str, Any]
    remembered: Mapping[str, Memo] = field(default_factory=dict)
    sighted: Mapping[str, Memo] = field(default_factory=dict)
    written: Sequence[bytes] = ()


@dataclass(frozen=True, slots=True)
class CrawlState:
    """A crawl as ``scrapy frontier show`` tells it."""

    crawl: Crawl
    began: datetime
    ended: datetime | None
    counts: Counts
    parts: list[Part]
    failures: list[tuple[str, str]]
    """Address and reason of requests that failed."""


class Store(Protocol):
    """The requests of one crawl. Only the ``async`` methods may wait for the network.

    All raise ``FrontierError`` where the store cannot be used.
    """

    @property
    def durable(self) -> bool:
        """Whether the store outlives the process."""
        ...

    @property
    def shared(self) -> bool:
        """Whether several workers may join one crawl."""
        ...

    @property
    def filtered(self) -> int:
        """Requests that turned out to be known after ``add``."""
        ...

    async def open(self, crawl: Crawl, *, fresh: bool) -> list[Part]:
        """Open ``crawl``, and return its parts, if it was cut off; ``fresh`` forgets it before."""
        ...

    async def join(self, part: Part) -> Counts:
        """Work on ``part``, a new one or one of ``open``'s: its leases come back."""
        ...

    def add(self, entry: Entry) -> bool:
        """Store a request; return ``False`` for one whose page is known."""
        ...

    def take(self, *, idle: bool) -> Taken | None:
        """Lease the request that is due, if one is; ``idle``: this worker has none in hand."""
        ...

    def has_pending(self) -> bool:
        """Tell whether a request waits, or, where workers share, is in another's hand."""
        ...

    async def commit(self, checkpoint: Checkpoint) -> None:
        """Acknowledge, in one step; what was added before is stored before.

        Raises ``LeasesLostError``.
        """
        ...

    async def recall(self, keys: Iterable[str]) -> dict[str, bytes]:
        """Return what the site's memory holds of ``keys``."""
        ...

    def due(self, since: int) -> AsyncIterator[tuple[str, bytes]]:
        """Yield key and value of all in the site's memory whose ``due`` is not below ``since``.

        What is committed meanwhile may be among it or not. Memory does not grow with it.
        """
        ...

    async def counts(self) -> Counts:
        """Return the crawl's counts."""
        ...

    async def end(self) -> None:
        """Forget the crawl, but for its failed requests: it is complete."""
        ...

    async def close(self) -> None:
        """Let go of the store; leases come back with the next ``join``, or in time."""
        ...


class SharedStore(Store, Protocol):
    """A store that several workers share."""

    @property
    def session_name(self) -> str:
        """What names this worker."""
        ...

    async def claim(self, owner: Any, identity: bytes, digest: bytes) -> int:
        """Ask to write a record for the request ``owner``; ``None`` for no request.

        Return 0 where it is this worker's to write; 1 where it is written already, 2 with
        another content; 3 and 4 where it is another request's, not yet acknowledged.
        """
        ...

    def keep_spare(self, identity: bytes, data: bytes) -> None:
        """Store a request that gives a record, for the case that the one who claimed it does not.

        Called before the request whose record was refused is acknowledged.
        """
        ...

    async def permits(self, *arguments: Any) -> list[int]:
        """Ask for permits to make requests (``lua/permits.lua``)."""
        ...

    async def left(self) -> list[Part]:
        """Return the parts of workers, dead or alive, that did not end in order."""
        ...

    async def let_go(self, part: Part) -> None:
        """Forget a part that is cut back, unless this crawl may go on in it."""
        ...

    async def has_ended(self) -> bool:
        """Tell whether the crawl is complete."""
        ...


class Keeper(Protocol):
    """What ``scrapy frontier`` does with the crawls of a store."""

    def crawls(self) -> Iterator[CrawlState]:
        """Yield the crawls of the store, the newest first."""
        ...

    def requeue(self, name: str) -> int:
        """Make the failed requests of a crawl due again; return how many."""
        ...

    def clear(self, name: str) -> int:
        """Forget a crawl; return how many requests it had waiting."""
        ...
