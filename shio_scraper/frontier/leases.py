"""Leases and checkpoints: a request is acknowledged, with its results, when it is wholly done.

A lease is one request in hand: the store gave it out, and it is not acknowledged. Scrapy holds the
request in its downloader, then in its scraper, until all results of the callback or errback have
arrived: requests in the scheduler, items with every listener of the signals. A redirect or retry is
stored as a request of its own before the first request is released.

A checkpoint is taken at a quiet moment, when no page is between its capture and its last record.
So the files hold exactly the results of acknowledged pages. After a crash the later requests are
done again. If a page takes very long, a checkpoint is taken all the same; after a crash its capture
and rejects may then be stored twice, but its records never.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final

from scrapy import Request, signals
from scrapy.exceptions import IgnoreRequest
from scrapy.utils.asyncio import AsyncioLoopingCall, create_looping_call

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
    from twisted.python.failure import Failure

    from shio_scraper.frontier.sqlite import SqliteStore
    from shio_scraper.runs.outputs import Outputs

logger = logging.getLogger(__name__)

_EVERY: Final = 1.0
"""Seconds between two checkpoints."""
_HOLD: Final = 1
"""Number of missed checkpoints after which no request is taken until there is a quiet moment."""
_ENOUGH: Final = 5
"""Number of missed checkpoints after which any moment is used, because a page may wait for long."""


@dataclass(slots=True, eq=False)
class Lease:
    """One request in hand. ``id`` is its id in the store.

    ``answered`` tells whether the response has come, or whether it is known that none comes.
    ``failure`` is the reason if the request failed.
    ``remembered`` and ``sighted`` are stored with the acknowledgement (``Checkpoint``).
    """

    id: int
    request: Request
    answered: bool = False
    failure: str | None = None
    remembered: dict[str, Memo] = field(default_factory=dict)
    sighted: dict[str, Memo] = field(default_factory=dict)


class LeasedErrback:
    """The errback of a request in hand. ``original`` is the errback of the spider, if any."""

    def __init__(self, lease: Lease, original: Callable[..., Any] | None) -> None:
        self._lease = lease
        self.original = original

    def __call__(self, failure: Failure) -> Any:
        """Note why the request failed. Return the spider's errback's result, or the failure."""
        self._lease.answered = True
        if not isinstance(failure.value, IgnoreRequest):
            self._lease.failure = _cause(failure)
        return self.original(failure) if self.original else failure


def lease_of(response: Any) -> Lease | None:
    """Return the lease of the request of a response, or of a failure in its place; or ``None``."""
    request = getattr(response, "request", None)
    return request.meta.get(Meta.LEASE) if request else None


def _cause(failure: Failure) -> str:
    return f"{type(failure.value).__name__}: {failure.value}"


class Checkpoints(Component):
    """Tracks the requests in hand, and acknowledges the finished ones every second."""

    listens: ClassVar[dict[str, Any]] = {
        "answered": signals.response_downloaded,
        "received": signals.response_received,
        "callback_failed": signals.spider_error,
    }

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._failing = {int(code) for code in crawler.settings.getlist("RETRY_HTTP_CODES")}
        self._store: SqliteStore
        self._outputs: Outputs | None = None
        self._in_hand: list[Lease] = []
        self.failed = False
        self._done: list[Lease] = []
        self._due = False
        self._overdue = 0
        self._task: asyncio.Task[None] | None = None
        self._timer: AsyncioLoopingCall | LoopingCall = create_looping_call(self.tick)

    def begin(self, store: SqliteStore, outputs: Outputs | None) -> None:
        """Begin to take checkpoints regularly."""
        self._store, self._outputs = store, outputs
        self._timer.start(_EVERY, now=False)

    def lease(self, number: int, request: Request) -> None:
        """Note that ``request`` is in hand. Its lease goes into its ``meta`` and errback."""
        lease = request.meta[Meta.LEASE] = Lease(number, request)
        request.errback = LeasedErrback(lease, request.errback)
        self._in_hand.append(lease)

    def give_up(self, number: int, why: str) -> None:
        """Note a stored request that cannot be restored as a failed one."""
        self._done.append(Lease(number, Request("data:,"), failure=why))

    def has_in_hand(self) -> bool:
        """Tell whether a request is in hand. Note requests as done that Scrapy no longer holds."""
        engine = self.crawler.engine
        assert engine  # noqa: S101  (the engine calls this)
        slot = engine.scraper.slot
        active = engine.downloader.active | (slot.active if slot else set())
        self._done += [lease for lease in self._in_hand if lease.request not in active]
        self._in_hand = [lease for lease in self._in_hand if lease.request in active]
        return bool(self._in_hand)

    def hold_back(self) -> bool:
        """Tell whether no request may be taken, because a checkpoint is overdue."""
        self._attempt()
        return _HOLD <= self._overdue < _ENOUGH or self.failed

    async def close(self) -> None:
        """Take the last checkpoint. No request is in hand any more."""
        if self._timer.running:
            self._timer.stop()
        if self._task:
            await self._task
        self.has_in_hand()
        await self._commit(self._snapshot())

    def fail(self, error: FrontierError | OSError) -> None:
        """End the crawl. From now on nothing is acknowledged, so that nothing is lost."""
        if self.failed:
            return
        self.failed = True
        logger.error("%s; the crawl stops here", error)
        if isinstance(error, LeaseLostError):
            self.crawler.signals.send_catch_log(LEASE_LOST)
        self.stats.set_value("frontier/error", str(error))
        end_crawl(self.crawler, "frontier_failed")

    @contextmanager
    def failing(self) -> Iterator[None]:
        """End the crawl if the store cannot be used."""
        try:
            yield
        except FrontierError as error:
            self.fail(error)

    def tick(self) -> None:
        """Find the requests that are done since the last tick, and try to take a checkpoint."""
        self.has_in_hand()
        self._overdue += self._due
        self._due = self._due or bool(self._done)
        self._attempt()

    def answered(self, request: Request) -> None:
        """Note that the response to a request came. Before it is archived may be a quiet moment."""
        self._attempt()
        lease: Lease | None = request.meta.get(Meta.LEASE)
        if lease:
            lease.answered = True

    def received(self, response: Response) -> None:
        """Note as a failure a status that is still wrong after all retries."""
        lease = lease_of(response)
        if lease and response.status in self._failing:
            lease.failure = f"status {response.status}"

    def callback_failed(self, failure: Failure, response: Any) -> None:
        """Note that a callback raised an error."""
        if lease := lease_of(response):
            lease.failure = lease.failure or _cause(failure)

    def _attempt(self) -> None:
        """Take a checkpoint, if one is due and this is a quiet moment."""
        if not self._due or self._task:
            return
        self.has_in_hand()
        if self._overdue >= _ENOUGH or not any(lease.answered for lease in self._in_hand):
            self._task = asyncio.ensure_future(self._commit(self._snapshot()))
            self._due, self._overdue = False, 0

    def _snapshot(self) -> Checkpoint | None:
        """Return the checkpoint of everything that is done; ``None`` if an output failed."""
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
        """Return the stats from which a resumed run goes on counting."""
        return {
            name: value
            for name, value in self.stats.get_stats().items()
            if type(value) is int and not name.startswith("frontier/")
        }
