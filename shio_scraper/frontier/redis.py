"""The frontier on Redis (7 or newer), which outlives a machine.

One worker has a crawl, by a lease that the worker renews. It works on a copy of the crawl, in an
SQLite store of its own. From time to time it writes the changes to Redis, in one transaction that
watches the lease. So if another worker has taken over the crawl, a late write of the first worker
changes nothing.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterable, Mapping
from socket import gethostname
from typing import Any, Final
from uuid import uuid4

import msgspec

from shio_scraper.frontier.database import Failed
from shio_scraper.frontier.redis_server import (
    LEFT,
    Keys,
    Row,
    Server,
    copy,
    name_of,
    packed,
    parts_text,
)
from shio_scraper.frontier.sqlite import SqliteStore
from shio_scraper.frontier.store import (
    REJOIN,
    Checkpoint,
    Counts,
    Crawl,
    FrontierError,
    LeaseLostError,
    Memo,
    Part,
)

_SURE: Final = 0.75
"""The share of the lease's time, counted from the renewal, for which the lease is surely ours."""
_BEATS: Final = 6
"""How often a lease is renewed within the time after which it would run out."""
_BATCH: Final = 5_000
"""The number of fields that are sent at once."""
_FIND: Final = """
SELECT id, fingerprint, priority, state, data, reason FROM requests WHERE crawl = ?
"""


class RedisStore(SqliteStore):
    """The requests of one crawl: a local copy, and the data in Redis.

    ``failed`` is also called when another worker has the lease.
    """

    shared = True

    def __init__(self, location: str, lease: float, pause: float, failed: Failed) -> None:
        super().__init__(None, failed)
        self.durable = True
        self.server = Server(location)
        self._seconds, self._pause, self._tell = lease, pause, failed
        self._round = float(os.environ.get(REJOIN) or "inf")
        """When the worker's round began. A crawl that has ended since is not begun anew."""
        self._token = f"{gethostname()} {uuid4().hex}".encode()
        self._one_at_a_time = asyncio.Lock()
        self._sure_until = 0.0
        self._beats: asyncio.Task[None] | None = None
        self._keys: Keys
        self._fields: dict[str, str] = {}
        self._number = -1
        """The number of the last step. If Redis has another number, it has lost what we wrote."""
        self._changed: set[int] = set()
        self._memos: dict[str, bool] = {}
        """Key in the site's memory that this worker wrote → whether Redis lacks the last value."""
        self.written: dict[bytes, bytes] = {}
        """Identity → content hash of the records in the runs of the crawl."""
        self._new: dict[bytes, bytes] = {}
        self._leaving: dict[str, bytes] = {}

    async def open(self, crawl: Crawl, *, fresh: bool) -> Part | None:
        """Take the lease, copy the data of ``crawl`` from Redis, and open the crawl in the copy."""
        keys = self._keys = Keys.of(crawl)
        arguments = json.dumps(crawl.arguments)
        self._fields = {"spider": crawl.spider, "arguments": arguments, "leased": crawl.leased}
        stored = await self.server.ask(self._take_lease)
        goes_on = b"began" in stored and b"ended" not in stored and not fresh
        self._fields["began"] = (
            stored[b"began"].decode() if goes_on else repr(await self.server.now())
        )
        if goes_on:
            self.written = await self.server.hash(keys.written)
            copy(self._database, crawl, stored, await self.server.hash(keys.requests))
        memos = await self.server.hash(keys.memory)
        known = {
            key.decode(): msgspec.msgpack.decode(memo, type=Memo) for key, memo in memos.items()
        }
        with self._database.transaction():
            self._database.remember(crawl.site, known)
        return await super().open(crawl, fresh=not goes_on)

    async def join(self, part: Part) -> Counts:
        """Work on ``part``, and renew the lease regularly from now on."""
        counts = await super().join(part)
        await self._write()
        self._beats = asyncio.ensure_future(self._renew())
        return counts

    def add(self, data: bytes, priority: int, fingerprint: bytes | None) -> bool:
        """Store a request. Return ``False`` if its page is known already."""
        added = super().add(data, priority, fingerprint)
        if added:
            self._changed.add(self._last_id)
        return added

    async def commit(self, checkpoint: Checkpoint) -> None:
        """Acknowledge a checkpoint, in the copy and in Redis. Raises ``LeaseLostError``."""
        async with self._one_at_a_time:
            await super().commit(checkpoint)
            self._changed.update(checkpoint.done, checkpoint.failed)
            self._memos |= dict.fromkeys((*checkpoint.remembered, *checkpoint.sighted), True)
            self._new |= checkpoint.written
            await self.server.ask(self._step)

    async def ready(self) -> None:
        """Wait until the lease is surely this worker's. Raises ``LeaseLostError``."""
        if asyncio.get_running_loop().time() < self._sure_until:
            return
        try:
            await self._write()
        except FrontierError as error:
            self._tell(error)
            raise

    def leave(self, part: Part, successor: Part) -> None:
        """Note that the crawl goes on in ``successor`` instead of ``part``. ``join`` stores it."""
        self._leaving = {name_of(part): parts_text((part, successor))}

    async def end(self) -> None:
        """Note that the crawl is complete."""
        await super().end()
        self._fields["ended"] = repr(await self.server.now())
        await self._write()

    async def close(self) -> None:
        """Release the lease, and close the copy.

        The lease runs out only after the delay between two pages: the next worker keeps the delay.
        """
        if self._beats:
            self._beats.cancel()
        try:
            if self._sure_until:
                await self.server.ask(self._give_lease, wait=False)
        finally:
            await self.server.close()
            await super().close()

    async def _take_lease(self) -> dict[bytes, bytes]:
        """Take the lease and the crawl; return the crawl's fields. Raises ``LeaseLostError``."""
        began = asyncio.get_running_loop().time()
        async with self.server.watching(self._keys.lease, self._keys.crawl) as pipe:
            if await pipe.get(self._keys.lease) not in {None, self._token}:
                raise LeaseLostError("another worker was faster, and crawls it now")
            stored: dict[bytes, bytes] = await pipe.hgetall(self._keys.crawl)
            if float(stored.get(b"ended", 0)) >= self._round:
                raise LeaseLostError("another worker came to its end meanwhile")
            pipe.multi()
            pipe.hset(self._keys.crawl, "holder", self._token)
            await self._hold(pipe, began)
        return stored

    async def _hold(self, pipe: Any, began: float) -> None:
        """Set the lease for its full time, and execute the queued commands with it."""
        pipe.set(self._keys.lease, self._token, px=round(self._seconds * 1000))
        await pipe.execute()
        self._sure_until = began + self._seconds * _SURE

    async def _give_lease(self) -> None:
        async with self.server.watching(self._keys.lease) as pipe:
            if await pipe.get(self._keys.lease) == self._token:
                pipe.multi()
                pipe.pexpire(self._keys.lease, round(self._pause * 1000))
                await pipe.execute()

    async def _renew(self) -> None:
        """Renew the lease again and again. Call ``failed`` if the lease is lost."""
        try:
            while True:
                await asyncio.sleep(self._seconds / _BEATS)
                await self._write()
        except FrontierError as error:
            self._tell(error)

    async def _write(self) -> None:
        async with self._one_at_a_time:
            await self.server.ask(self._step)

    async def _step(self) -> None:
        """Write the changes to Redis and renew the lease. Raises ``LeaseLostError``.

        A step can be repeated if its answer was lost. If Redis has lost earlier writes, everything
        is written: after a loss of power the server may lack its last second.
        """
        began = asyncio.get_running_loop().time()
        async with self.server.watching(self._keys.lease, self._keys.crawl) as pipe:
            lease = await pipe.get(self._keys.lease)
            holder, number = await pipe.hmget(self._keys.crawl, ["holder", "number"])
            if not {lease, holder} <= {None, self._token}:
                raise LeaseLostError("another worker took over: Redis did not hear of this one")
            changed = set(self._changed)
            pipe.multi()
            self._queue(pipe, whole=number != b"%d" % self._number)
            await self._hold(pipe, began)
        self._number += 1
        self._changed -= changed
        self._memos = dict.fromkeys(self._memos, False)
        self.written |= self._new
        self._new = {}

    def _queue(self, pipe: Any, *, whole: bool) -> None:
        """Queue the commands of a step: of all data if ``whole``, else of the changes."""
        keys = self._keys
        if whole:
            pipe.delete(keys.crawl, keys.requests, keys.written)
            _set(pipe, LEFT, self._leaving)
        _set(pipe, keys.requests, self._requests(None if whole else self._changed))
        _set(pipe, keys.written, (self.written if whole else {}) | self._new)
        if "ended" in self._fields:
            pipe.delete(keys.written)
        lacking = [key for key, new in self._memos.items() if new or whole]
        memos = {key: self._database.memo(self._site, key) for key in lacking}
        _set(pipe, keys.memory, {key: packed(memo) for key, memo in memos.items() if memo})
        pipe.hdel(keys.crawl, "part")
        if part := self._database.part(self._crawl):
            pipe.hset(keys.crawl, "part", parts_text(part))
        counted = {"holder": self._token, "number": self._number + 1}
        pipe.hset(keys.crawl, mapping=self._fields | counted)

    def _requests(self, changed: Iterable[int] | None) -> dict[bytes, bytes]:
        """Return the rows of the changed requests, or of all requests (``None``)."""
        if changed is None:
            found = self._database.ask(_FIND, self._crawl)
        else:  # a request at LAST may have been replaced, so that its id is gone
            by_id = f"{_FIND} AND id = ?"
            found = [row for n in changed for row in self._database.ask(by_id, self._crawl, n)]
        return {row.key: packed(row) for row in (Row(*fields) for fields in found)}


def _set(pipe: Any, key: str, fields: Mapping[Any, Any]) -> None:
    rows = list(fields.items())
    for start in range(0, len(rows), _BATCH):
        pipe.hset(key, mapping=dict(rows[start : start + _BATCH]))
