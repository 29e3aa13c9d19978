"""What a frontier's store must do, whatever keeps it: SQLite on one machine, or Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

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
        """Whether workers on other machines may go on with the crawl."""
        ...

    async def open(self, crawl: Crawl, *, fresh: bool) -> Part | None:
        """Open ``crawl``, and return its part, if it was cut off; ``fresh`` forgets it before.

        Raises ``LeaseLostError`` where it is another worker's.
        """
        ...

    async def join(self, part: Part) -> Counts:
        """Work on ``part``, a new one or that of ``open``: what was in hand waits again."""
        ...

    def add(self, entry: Entry) -> bool:
        """Store a request; return ``False`` for one whose page is known."""
        ...

    def take(self, *, idle: bool) -> Taken | None:
        """Lease the request that is due, if one is; ``idle``: this worker has none in hand."""
        ...

    def has_pending(self) -> bool:
        """Tell whether a request waits."""
        ...

    def at(self, priority: int) -> list[bytes]:
        """Return the requests of a priority that are not done, in their order."""
        ...

    async def commit(self, checkpoint: Checkpoint) -> None:
        """Acknowledge, in one step; what was added before is stored before.

        Raises ``LeaseLostError``.
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
        """Let go of the store, and of the crawl."""
        ...


class Left(Protocol):
    """The parts, of any crawl, that nobody goes on with: their crawls went on in other runs."""

    async def parts(self) -> list[tuple[Part, Part]]:
        """Return the parts, each with its successor."""
        ...

    async def forget(self, part: Part) -> None:
        """Forget a part that is put in order."""
        ...


class SharedStore(Store, Protocol):
    """A store that workers on several machines reach. One of them has the crawl, by a lease."""

    async def ready(self) -> None:
        """Wait until the lease is surely this worker's. Raises ``LeaseLostError``."""
        ...

    @property
    def written(self) -> Mapping[bytes, bytes]:
        """Return identity and content hash of the records that the crawl's runs hold."""
        ...

    def leave(self, part: Part, successor: Part) -> None:
        """Note that nobody goes on with ``part``, but in ``successor``; kept by ``join``."""
        ...

    @property
    def left(self) -> Left:
        """Return the parts that were left."""
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


class Recall:
    """The memory of a crawl's site, and what waits.

    ``fail`` is told of a ``FrontierError`` before it is raised.
    """

    def __init__(self, store: Store, fail: Callable[[FrontierError], None]) -> None:
        self._store = store
        self._fail = fail

    @property
    def durable(self) -> bool:
        """Whether what is remembered outlives the process."""
        return self._store.durable

    def at(self, priority: int) -> list[bytes]:
        """Return the requests of a priority that are not done."""
        try:
            return self._store.at(priority)
        except FrontierError as error:
            self._fail(error)
            raise

    async def recall(self, keys: Iterable[str]) -> dict[str, bytes]:
        """Return what is remembered of ``keys``."""
        try:
            return await self._store.recall(keys)
        except FrontierError as error:
            self._fail(error)
            raise

    async def due(self, since: int) -> AsyncIterator[tuple[str, bytes]]:
        """Yield key and value of all whose ``due`` is not below ``since``."""
        try:
            async for found in self._store.due(since):
                yield found
        except FrontierError as error:
            self._fail(error)
            raise
