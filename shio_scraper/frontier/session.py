"""A worker's session with Redis.

What the worker has to say is collected, and exchanged in the background: one script, one step,
numbered, so that one whose answer was lost can be repeated. What it leased lies ahead, at hand.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import chain
from typing import Any, Final, TypeAlias

from shio_scraper.frontier.store import (
    LAST,
    Checkpoint,
    Counts,
    FrontierError,
    LeasesLostError,
    Memo,
    Taken,
)

_AHEAD: Final = 16
"""Requests that are leased ahead."""
_LINGER: Final = 0.02
"""Seconds in which new requests gather before they are sent."""
_POLL: Final = 0.2
"""Seconds between two questions of a worker that has nothing to do."""

Exchange: TypeAlias = Callable[[int, int, list[Any]], Awaitable[Any]]
"""Sends number, how many requests are wanted, and the message; gives the answer of the script."""


@dataclass(slots=True)
class _Outbox:
    """What goes out in one exchange."""

    adds: list[tuple[bytes, int, bytes]] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    claims: list[tuple[str, bytes, bytes]] = field(default_factory=list)
    spares: list[tuple[bytes, bytes]] = field(default_factory=list)
    written: list[bytes] = field(default_factory=list)
    remembered: list[tuple[str, int | str, bytes]] = field(default_factory=list)
    sighted: list[tuple[str, int | str, bytes]] = field(default_factory=list)
    part: bytes = b""
    asked: list[asyncio.Future[int]] = field(default_factory=list)
    committed: list[asyncio.Future[None]] = field(default_factory=list)

    @property
    def futures(self) -> list[asyncio.Future[Any]]:
        """Who waits for the answer."""
        return [*self.asked, *self.committed]

    def message(self) -> list[Any]:
        """Return the arguments of ``lua/exchange.lua`` from the part on."""
        done = [(each,) for each in self.done]
        written = [(each,) for each in self.written]
        lists: list[list[Any]] = [
            self.adds, done, self.failed, self.claims, self.spares, written, self.remembered,
            self.sighted,
        ]  # fmt: skip
        return [self.part, *chain(*([len(each), *chain(*each)] for each in lists))]


class Session:
    """Collects, exchanges, and hands out. ``error`` is set when it is over."""

    def __init__(
        self, exchange: Exchange, counts: Counts, wake: Callable[[], None], lease: float
    ) -> None:
        self._exchange = exchange
        self._wake = wake
        self._heartbeat = lease / 6
        self._number = 0
        self._outbox, self._sent = _Outbox(), _Outbox()
        self._ahead: list[tuple[float, str, bytes]] = []
        self._before_last: set[str] = set()
        self._due = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._starving = self._dry = self._closing = False
        self.counts = counts
        self.filtered = 0
        self.error: FrontierError | None = None
        self._task = asyncio.ensure_future(self._run())
        self._task.add_done_callback(self._over)

    def add(self, fingerprint: bytes, order: int, data: bytes) -> None:
        """Store a request, soon."""
        self.check()
        self._outbox.adds.append((fingerprint, order, data))
        if self._starving:
            self._due.set()
        elif len(self._outbox.adds) == 1:
            self._plan(_LINGER)

    def take(self, *, idle: bool) -> Taken | None:
        """Return a request that was leased ahead; one at ``LAST`` behind all others in hand."""
        self.check()
        if len(self._ahead) <= _AHEAD // 2 and not self._dry:
            self._due.set()
        if self._ahead and (self._ahead[0][0] < -LAST or idle or not self._before_last):
            order, found, data = heappop(self._ahead)
            if order < -LAST:
                self._before_last.add(found)
            return Taken(found, data)
        if not self._starving:
            self._starving = True
            self._due.set()
        return None

    def has_pending(self) -> bool:
        """Tell whether a request waits, or is in anyone's hand."""
        if self.error:
            return False
        kept = self._ahead or self._outbox.adds or self._sent.adds
        return bool(kept or self.counts.waiting or self.counts.leased)

    async def commit(self, checkpoint: Checkpoint, part: bytes) -> None:
        """Acknowledge what ``checkpoint`` says, with what was added before."""
        self.check()
        self._outbox.done += checkpoint.done
        self._outbox.failed += checkpoint.failed.items()
        self._before_last.difference_update(checkpoint.done, checkpoint.failed)
        self._outbox.written += checkpoint.written
        self._outbox.remembered += map(_memory, checkpoint.remembered.items())
        self._outbox.sighted += map(_memory, checkpoint.sighted.items())
        self._outbox.part = part
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._outbox.committed.append(committed)
        self._due.set()
        await committed

    async def claim(self, owner: str, identity: bytes, digest: bytes) -> int:
        """Return the verdict on a record (``lua/exchange.lua``)."""
        self.check()
        asked: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._outbox.claims.append((owner, identity, digest))
        self._outbox.asked.append(asked)
        self._due.set()
        return await asked

    def keep_spare(self, identity: bytes, data: bytes) -> None:
        """Store a request that gives a record which another page, in hand, should give."""
        self._outbox.spares.append((identity, data))

    def check(self) -> None:
        """Raise what ended the session, if it is over."""
        if self.error:
            raise self.error

    async def close(self) -> None:
        """Stop exchanging; what is being exchanged comes to its end."""
        self._closing = True
        self._due.set()
        await asyncio.wait({self._task})
        if self._timer:
            self._timer.cancel()

    async def _run(self) -> None:
        while not self._closing:
            idle = _POLL if self._starving else self._heartbeat
            self._plan(_LINGER if self._outbox.adds else idle)
            await self._due.wait()
            self._due.clear()
            if not self._closing:
                await self._tell()

    def _plan(self, seconds: float) -> None:
        """Plan the next exchange."""
        if self._timer:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._due.set)

    async def _tell(self) -> None:
        self._sent, self._outbox = self._outbox, _Outbox()
        self._number += 1
        wanted = max(0, _AHEAD - len(self._ahead))
        answer = await self._exchange(self._number, wanted, self._sent.message())
        if answer is None:
            raise LeasesLostError("Redis did not hear of this worker, and gave others what it had")
        self._hear(*answer)

    def _hear(self, found: list[Any], verdicts: list[int], filtered: int, *counts: int) -> None:
        sent, self._sent = self._sent, _Outbox()
        self.filtered += filtered
        self.counts = Counts(*counts)
        for name, order, request in found:
            heappush(self._ahead, (float(order), name.decode(), request))
        self._dry = not found
        for asked, verdict in zip(sent.asked, verdicts, strict=True):
            _resolve(asked, verdict)
        for committed in sent.committed:
            _resolve(committed, None)
        if self._starving and (self._ahead or not self.has_pending()):
            self._starving = False
            self._wake()

    def _over(self, task: asyncio.Task[None]) -> None:
        """End the session: nothing of it is acknowledged any more."""
        cause = None if task.cancelled() else task.exception()
        if cause is None:
            return
        error = cause if isinstance(cause, FrontierError) else FrontierError(f"Redis: {cause!r}")
        self.error = error
        for outbox in (self._sent, self._outbox):
            for future in outbox.futures:
                if not future.done():
                    future.set_exception(error)
        self._wake()


def _memory(memo: tuple[str, Memo]) -> tuple[str, int | str, bytes]:
    key, (value, due) = memo
    return key, "" if due is None else due, value


def _resolve(future: asyncio.Future[Any], value: Any) -> None:
    if not future.done():  # whoever waited may be gone
        future.set_result(value)
