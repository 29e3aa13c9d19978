"""Leases and checkpoints: when a request is wholly done, and acknowledged with what it gave.

A lease is one request in hand, until nothing of it is left to do. Scrapy has no signal for that.
What comes of a request passes a spider middleware on its way to the engine, or the errback; each
piece is held until a signal says that it arrived.

A checkpoint is taken at a quiet moment, when no page lies between its capture and its last record.
So the files hold just what acknowledged pages gave, and what came since is done again after a
crash. Where a page takes its time, its capture and rejects may be kept twice then; records never.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Final

from scrapy import Request, signals
from scrapy.exceptions import IgnoreRequest
from scrapy.utils.asyncgen import as_async_generator
from scrapy.utils.asyncio import AsyncioLoopingCall, create_looping_call
from scrapy.utils.defer import ensure_awaitable
from scrapy.utils.spider import iterate_spider_output
from twisted.python.failure import Failure

from shio_scraper.component import Component, Meta, end_crawl
from shio_scraper.frontier.store import (
    LEASE_LOST,
    Checkpoint,
    FrontierError,
    LeaseLostError,
    Memo,
)

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.internet.task import LoopingCall

    from shio_scraper.frontier.sqlite import SqliteStore
    from shio_scraper.runs.outputs import Outputs

logger = logging.getLogger(__name__)

_EVERY: Final = 1.0
"""Seconds between two checkpoints."""
_HOLD: Final = 1
"""Checkpoints overdue, from which on no further request is taken until there is a quiet moment."""
_ENOUGH: Final = 5
"""Checkpoints overdue, from which on any moment will do: a page may wait for something else."""


class Lease:
    """One request in hand. ``settled`` is called once, when nothing of it is left to do.

    ``answered`` tells whether its response has come, ``failure`` why it failed, if it did.
    ``remembered`` and ``sighted`` are kept with its acknowledgement (``Checkpoint``).
    """

    __slots__ = (
        "_parts", "_settled", "answered", "failure", "id", "remembered", "sighted", "tracked"
    )  # fmt: skip

    def __init__(self, entry_id: Any, settled: Callable[[Lease], None]) -> None:
        self.id = entry_id
        self.answered = False
        self.failure: str | None = None
        self.tracked = False
        self.remembered: dict[str, Memo] = {}
        self.sighted: dict[str, Memo] = {}
        self._settled = settled
        self._parts = 1

    def hold(self) -> None:
        """One more piece is on its way."""
        self._parts += 1

    def release(self) -> None:
        """A piece arrived."""
        self._parts -= 1
        if self._parts == 0:
            self._settled(self)

    async def track(self, output: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Yield the requests and items of ``output``, holding each."""
        self.tracked = True
        try:
            async for piece in output:
                if piece is None:
                    continue
                if isinstance(piece, Request):
                    piece.meta.pop(Meta.LEASE, None)
                    piece.meta[Meta.PARENT] = self
                self.hold()
                yield piece
        finally:
            self.release()


class TrackedErrback:
    """The errback of a request in hand; ``original`` is the spider's, if it has one."""

    def __init__(self, lease: Lease, original: Callable[..., Any] | None) -> None:
        self._lease = lease
        self.original = original

    def __call__(self, failure: Failure) -> Any:
        """Return what the spider's errback gives, tracked; without one, the failure."""
        error = failure.value
        if not isinstance(error, IgnoreRequest):
            self._lease.failure = f"{type(error).__name__}: {error}"
        self._lease.tracked = True
        output: Any = failure
        try:
            if self.original:
                output = self.original(failure)
        except BaseException:
            self._lease.release()
            raise
        if isinstance(output, Failure):
            self._lease.release()
            return output
        return self._lease.track(_iterated(output))


async def _iterated(output: Any) -> AsyncIterator[Any]:
    async for piece in as_async_generator(await ensure_awaitable(iterate_spider_output(output))):
        yield piece


class LeaseMiddleware(Component):
    """Tracks what the callbacks of leased requests give, and where it arrives.

    It stands next to the engine.
    """

    listens: ClassVar[dict[str, Any]] = {
        "request_arrived": signals.request_scheduled,
        "item_arrived": (signals.item_scraped, signals.item_dropped, signals.item_error),
        "callback_failed": signals.spider_error,
        "answered": signals.response_downloaded,
    }

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._failing = {int(code) for code in crawler.settings.getlist("RETRY_HTTP_CODES")}

    async def process_spider_output(
        self, response: Response, result: AsyncIterator[Any]
    ) -> AsyncIterator[Any]:
        """Yield ``result``; hold each piece, where ``response`` is a leased request's."""
        lease = lease_of(response)
        if lease and response.status in self._failing:
            lease.failure = f"status {response.status}"
        async for piece in lease.track(result) if lease and not lease.tracked else result:
            yield piece

    def request_arrived(self, request: Request) -> None:
        """A new request goes to the scheduler, or what a redirect or retry made of a leased one."""
        parent = request.meta.pop(Meta.PARENT, None)
        lease: Lease | None = parent or request.meta.pop(Meta.LEASE, None)
        if lease:
            lease.release()

    def item_arrived(self, response: Any) -> None:
        """An item was written, dropped, or failed."""
        if lease := lease_of(response):
            lease.release()

    def callback_failed(self, failure: Failure, response: Any) -> None:
        """A callback raised an error."""
        lease = lease_of(response)
        if lease is None:
            return
        lease.failure = lease.failure or f"{type(failure.value).__name__}: {failure.value}"
        if not lease.tracked:
            lease.release()

    def answered(self, request: Request) -> None:
        """A response came."""
        lease: Lease | None = request.meta.get(Meta.LEASE)
        if lease:
            lease.answered = True


def lease_of(response: Any) -> Lease | None:
    """Return the lease behind a response, or behind the failure in its place."""
    request = getattr(response, "request", None)
    return request.meta.get(Meta.LEASE) if request else None


class Checkpoints:
    """Knows what is in hand and what is done, and acknowledges it every second."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._store: SqliteStore
        self._outputs: Outputs | None = None
        self.in_hand: set[Lease] = set()
        self.failed = False
        self._done: list[Lease] = []
        self._due = False
        self._overdue = 0
        self._task: asyncio.Task[None] | None = None
        self._timer: AsyncioLoopingCall | LoopingCall = create_looping_call(self.tick)

    def begin(self, store: SqliteStore, outputs: Outputs | None) -> None:
        """Begin to look at the clock."""
        self._store, self._outputs = store, outputs
        self._timer.start(_EVERY, now=False)

    def settle(self, lease: Lease) -> None:
        """Note that nothing of a request is left to do."""
        self.in_hand.discard(lease)
        self._done.append(lease)
        if self._due:
            # Not now: the signal that told of it may not have reached the feeds yet.
            asyncio.get_running_loop().call_soon(self.attempt)

    def attempt(self) -> None:
        """Take a checkpoint, where one is due and this is a quiet moment."""
        quiet = self._overdue >= _ENOUGH or not any(lease.answered for lease in self.in_hand)
        if self._due and quiet and self._task is None:
            self._task = asyncio.ensure_future(self._commit(self._snapshot()))
            self._due, self._overdue = False, 0

    def hold_back(self) -> bool:
        """Tell whether no request is to be taken until a checkpoint, overdue, was taken."""
        self.attempt()
        return _HOLD <= self._overdue < _ENOUGH or self.failed

    async def close(self) -> None:
        """Take the last checkpoint: nothing is in hand any more."""
        if self._timer.running:
            self._timer.stop()
        if self._task:
            await self._task
        await self._commit(self._snapshot())

    def fail(self, error: FrontierError | OSError) -> None:
        """End the crawl: from here on nothing is acknowledged, so that nothing is lost."""
        if self.failed:
            return
        self.failed = True
        logger.error("%s; the crawl stops here", error)
        if isinstance(error, LeaseLostError):
            self._crawler.signals.send_catch_log(LEASE_LOST)
        if self._crawler.stats:
            self._crawler.stats.set_value("frontier/error", str(error))
        end_crawl(self._crawler, "frontier_failed")

    @contextmanager
    def failing(self) -> Iterator[None]:
        """End the crawl where the store cannot be used."""
        try:
            yield
        except FrontierError as error:
            self.fail(error)

    def tick(self) -> None:
        """Look at what is done since the last time."""
        self._overdue += self._due
        self._due = self._due or bool(self._done)
        self.attempt()

    def _snapshot(self) -> Checkpoint | None:
        """Return what can be acknowledged; ``None`` where output failed and nothing can."""
        done, self._done = self._done, []
        try:
            lengths = self._outputs.sync() if self._outputs else {}
        except OSError as error:
            self.fail(error)
        if self.failed or (self._outputs and self._outputs.broken):
            return None
        return Checkpoint(
            done=[lease.id for lease in done if lease.failure is None],
            failed={lease.id: lease.failure for lease in done if lease.failure is not None},
            lengths=lengths,
            stats=self._counters(),
            remembered={key: memo for lease in done for key, memo in lease.remembered.items()},
            sighted={key: memo for lease in done for key, memo in lease.sighted.items()},
            written=self._outputs.noted() if self._outputs else {},
        )

    async def _commit(self, checkpoint: Checkpoint | None) -> None:
        try:
            with self.failing():
                if checkpoint:
                    await self._store.commit(checkpoint)
        finally:
            self._task = None

    def _counters(self) -> dict[str, Any]:
        """Return the stats that a resumed run goes on counting from."""
        stats = self._crawler.stats.get_stats() if self._crawler.stats else {}
        return {
            name: value
            for name, value in stats.items()
            if type(value) is int and not name.startswith("frontier/")
        }
