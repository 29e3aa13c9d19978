"""Checkpoints: requests are acknowledged together with the output that they gave.

One is taken at a quiet moment, when no page lies between its capture and its last record. So
the files hold just what acknowledged pages gave, and what came since is done again after a crash.
Where a page takes its time, its capture and rejects may be kept twice after a crash; records never.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from scrapy.utils.asyncio import AsyncioLoopingCall, create_looping_call

from shio_scraper.component import end_crawl
from shio_scraper.frontier.store import LEASE_LOST, Checkpoint, FrontierError, LeaseLostError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from twisted.internet.task import LoopingCall

    from shio_scraper.frontier.leases import Lease
    from shio_scraper.frontier.sqlite import SqliteStore
    from shio_scraper.runs.outputs import Outputs

logger = logging.getLogger(__name__)

_EVERY: Final = 1.0
"""Seconds between two checkpoints."""
_HOLD: Final = 1
"""Checkpoints overdue, from which on no further request is taken until there is a quiet moment."""
_ENOUGH: Final = 5
"""Checkpoints overdue, from which on any moment will do: a page may wait for something else."""


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
