"""The frontier that outlives a machine, on Redis 7 or newer.

One worker has a crawl, by a lease that it renews. It works on a copy, an SQLite store of its own,
and writes behind: what changed since the last time goes to Redis in one transaction that watches
the lease. So what is late, of a worker that others took over from, changes nothing there.
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
"""Share of the lease for which it is surely ours, since it was renewed."""
_BEATS: Final = 6
"""How often a lease is renewed before it would run out."""
_BATCH: Final = 5_000
"""Fields that are sent at once."""
_FIND: Final = """
SELECT id, fingerprint, priority, state, data, reason FROM requests WHERE crawl = ?
"""


class RedisStore(SqliteStore):
    """The requests of one crawl: a copy at hand, and what Redis holds.

    ``failed`` is told once the lease is another worker's, too.
    """

    shared = True

    def __init__(self, location: str, lease: float, pause: float, failed: Failed) -> None:
        super().__init__(None, failed)
        self.durable = True
        self.server = Server(location)
        self._seconds, self._pause, self._tell = lease, pause, failed
        self._round = float(os.environ.get(REJOIN) or "inf")
        """When the worker's round began: a crawl that ended since is not begun anew."""
        self._token = f"{gethostname()} {uuid4().hex}".encode()
        self._one_at_a_time = asyncio.Lock()
        self._sure_until = 0.0
        self._beats: asyncio.Task[None] | None = None
        self._keys: Keys
        self._fields: dict[str, str] = {}
        self._number = -1
        """The last checkpoint; Redis has another number where it does not hold what we wrote."""
        self._changed: set[int] = set()
        self._memos: dict[str, bool] = {}
        """Keys of the site's memory that this worker wrote; whether Redis lacks the last value."""
        self.written: dict[bytes, bytes] = {}
        """Identity and content hash of the records that the crawl's runs hold."""
        self._new: dict[bytes, bytes] = {}
        self._leaving: dict[str, bytes] = {}

    async def open(self, crawl: Crawl, *, fresh: bool) -> Part | None:
        """Take the lease, copy what Redis holds, and open ``crawl`` there."""
        keys = self._keys = Keys.of(crawl)
        arguments = json.dumps(crawl.arguments)
        self._fields = {"spider": crawl.spider, "arguments": arguments, "leased": crawl.leased}
        found = await self.server.ask(self._take_lease)
        goes_on = b"began" in found and b"ended" not in found and not fresh
        self._fields["began"] = (
            found[b"began"].decode() if goes_on else repr(await self.server.now())
        )
        if goes_on:
            self.written = await self.server.hash(keys.written)
            copy(self._database, crawl, found, await self.server.hash(keys.requests))
        memos = await self.server.hash(keys.memory)
        known = {
            key.decode(): msgspec.msgpack.decode(memo, type=Memo) for key, memo in memos.items()
        }
        with self._database.transaction():
            self._database.remember(crawl.site, known)
        return await super().open(crawl, fresh=not goes_on)

    async def join(self, part: Part) -> Counts:
        """Work on ``part``, and renew the lease from now on."""
        counts = await super().join(part)
        await self._write()
        self._beats = asyncio.ensure_future(self._renew())
        return counts

    def add(self, data: bytes, priority: int, fingerprint: bytes | None) -> bool:
        """Store a request; return ``False`` for one whose page is known."""
        added = super().add(data, priority, fingerprint)
        if added:
            self._changed.add(self._last_id)
        return added

    async def commit(self, checkpoint: Checkpoint) -> None:
        """Acknowledge, in one step. Raises ``LeaseLostError``."""
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
        """Note that nobody goes on with ``part``, but in ``successor``; kept by ``join``."""
        self._leaving = {name_of(part): parts_text((part, successor))}

    async def end(self) -> None:
        """Note that the crawl is complete."""
        await super().end()
        self._fields["ended"] = repr(await self.server.now())
        await self._write()

    async def close(self) -> None:
        """Let go of the lease, and of the copy. The next worker keeps the delay between pages."""
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
            found: dict[bytes, bytes] = await pipe.hgetall(self._keys.crawl)
            if float(found.get(b"ended", 0)) >= self._round:
                raise LeaseLostError("another worker came to its end meanwhile")
            pipe.multi()
            pipe.hset(self._keys.crawl, "holder", self._token)
            await self._held(pipe, began)
        return found

    async def _held(self, pipe: Any, began: float) -> None:
        """Hold the lease from now on, with whatever else is queued."""
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
        """Renew the lease, again and again. Where it is lost, tell."""
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
        """Write what changed, and renew the lease, if it is not another worker's.

        A step whose answer was lost can be repeated. All is written where Redis does not hold what
        was written before: a server may come back from a loss of power without its last second.
        """
        began = asyncio.get_running_loop().time()
        async with self.server.watching(self._keys.lease, self._keys.crawl) as pipe:
            held = await pipe.get(self._keys.lease)
            holder, number = await pipe.hmget(self._keys.crawl, ["holder", "number"])
            if not {held, holder} <= {None, self._token}:
                raise LeaseLostError("another worker took over: Redis did not hear of this one")
            changed = set(self._changed)
            pipe.multi()
            self._queue(pipe, whole=number != b"%d" % self._number)
            await self._held(pipe, began)
        self._number += 1
        self._changed -= changed
        self._memos = dict.fromkeys(self._memos, False)
        self.written |= self._new
        self._new = {}

    def _queue(self, pipe: Any, *, whole: bool) -> None:
        """Queue the commands of a step."""
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
        """Return the rows of requests, of all or of those that changed."""
        if changed is None:
            found = self._database.ask(_FIND, self._crawl)
        else:  # one at LAST may have been replaced
            one = f"{_FIND} AND id = ?"
            found = [row for n in changed for row in self._database.ask(one, self._crawl, n)]
        return {row.key: packed(row) for row in (Row(*fields) for fields in found)}


def _set(pipe: Any, key: str, fields: Mapping[Any, Any]) -> None:
    rows = list(fields.items())
    for start in range(0, len(rows), _BATCH):
        pipe.hset(key, mapping=dict(rows[start : start + _BATCH]))
