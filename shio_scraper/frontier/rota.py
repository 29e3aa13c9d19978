"""Crawls on Redis, all at once: which portal a worker takes next; what others see of them."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from shio_scraper.frontier import resuming
from shio_scraper.frontier.database import Database, State
from shio_scraper.frontier.redis_server import (
    NAMES,
    Fields,
    Keys,
    Row,
    Server,
    at_once,
    copy,
    packed,
    unpacked,
)
from shio_scraper.frontier.store import Crawl, CrawlState, FrontierError

logger = logging.getLogger(__name__)

ANY_ROUND: Final = "1"
"""The name of whichever round is under way."""
_POLL: Final = 0.5
"""Seconds between two looks of a worker that stands by."""


class _Turn(NamedTuple):
    """How a crawl stands: when it ended, who has its portal, whether for this crawl."""

    crawl: Crawl
    ended: float
    worker: str | None
    is_at_it: bool


class Rota:
    """The crawls of one command, a portal each, that workers at ``location`` share.

    Whoever starts first begins a round, in which each is crawled once; who comes later joins it.
    ``round_name`` names that of a worker that was in one before.
    """

    def __init__(
        self, location: str, name: str, crawls: Sequence[Crawl], round_name: str | None
    ) -> None:
        self._server = Server(location)
        self._client = self._server.client
        self._key = f"{NAMES}round:{name}"
        self._crawls = crawls
        self.round_name = round_name

    async def next(self, *, fresh: bool) -> Crawl | None:
        """Return a crawl that no worker has, once there is one; ``None`` when all are done.

        Before, what workers on this machine left is put in order; ``fresh`` forgets the crawls.
        Raises ``FrontierError`` where a worker is at one that is to be forgotten.
        """
        try:
            await resuming.tidy(self._server)
            if self.round_name is None:
                await self._server.ask(lambda: self._join(fresh=fresh))
            elif self.round_name == ANY_ROUND:
                self.round_name = await self._server.ask(self._current)
            if self.round_name is None:
                return None
            told = False
            while due := await self._server.ask(self._due):
                free = [turn.crawl for turn in due if turn.worker is None]
                if free:
                    return free[0]
                if not told:
                    who = ", ".join(f"{turn.crawl.leased} ({turn.worker})" for turn in due)
                    logger.info("Standing by: other workers have %s", who)
                told = True
                await asyncio.sleep(_POLL)
            return None
        finally:
            await self._server.close()

    async def _join(self, *, fresh: bool) -> None:
        """Join the round that is under way, or begin one."""
        async with self._server.watching(self._key) as pipe:
            if not fresh and await self._due():
                self.round_name = await self._current()
                return
            if fresh:
                await self._check_idle()
            seconds, micro = await pipe.time()
            pipe.multi()
            pipe.set(self._key, name := f"{seconds}.{micro:06}")
            for keys in map(Keys.of, self._crawls if fresh else ()):
                pipe.delete(keys.crawl, keys.requests, keys.written)
            await pipe.execute()
        self.round_name = name

    async def _due(self) -> list[_Turn]:
        """Return the crawls that are not done in this round; none where another one began."""
        current = await self._current()
        if current is None or self.round_name not in {None, current}:
            return []
        turns = [await self._turn(crawl) for crawl in self._crawls]
        return [turn for turn in turns if turn.ended < float(current)]

    async def _current(self) -> str | None:
        found = await self._client.get(self._key)
        return found.decode() if found else None

    async def _turn(self, crawl: Crawl) -> _Turn:
        keys = Keys.of(crawl)
        token = await self._client.get(keys.lease)
        holder, ended = await self._client.hmget(keys.crawl, ["holder", "ended"])
        worker = token.decode().partition(" ")[0] if token else None
        return _Turn(crawl, float(ended or 0), worker, token is not None and token == holder)

    async def _check_idle(self) -> None:
        for crawl in self._crawls:
            if (turn := await self._turn(crawl)).is_at_it:
                raise FrontierError(f"this crawl is running already, on {turn.worker}")


class RedisKeeper:
    """The crawls of a server, as ``scrapy frontier`` looks at them and changes them."""

    def __init__(self, location: str) -> None:
        self._location = location

    def crawls(self) -> Iterator[CrawlState]:
        """Yield the crawls, the newest first."""
        found = at_once(self._location, _crawls)
        database = Database.at(None)
        for crawl, fields, rows, _ in found:
            copy(database, crawl, fields, rows)
        known = {crawl.name: (crawl, is_running) for crawl, _, _, is_running in found}
        for state in database.crawls():
            crawl, is_running = known[state.crawl.name]
            yield replace(state, crawl=crawl, is_running=is_running)

    def requeue(self, crawl: Crawl) -> int:
        """Make the failed requests of a crawl due again; return how many."""
        return at_once(self._location, lambda server: _requeue(server, Keys.of(crawl)))

    def clear(self, crawl: Crawl) -> None:
        """Forget a crawl."""
        forgotten = Keys.of(crawl)[:3]
        at_once(self._location, lambda server: server.client.delete(*forgotten))


async def _crawls(server: Server) -> list[tuple[Crawl, Fields, Fields, bool]]:
    """Return what Redis holds of each crawl that began, and whether a worker has it."""
    kind, found = f"{NAMES}crawl:", []
    for name in [key.decode() async for key in server.client.scan_iter(f"{kind}*")]:
        fields = await server.hash(name)
        if b"began" not in fields:
            continue
        spider, arguments, leased = (
            fields[key].decode() for key in (b"spider", b"arguments", b"leased")
        )
        crawl = Crawl(name.removeprefix(kind), spider, json.loads(arguments), leased=leased)
        keys = Keys.of(crawl)
        is_running = await server.client.get(keys.lease) == fields.get(b"holder")
        found.append((crawl, fields, await server.hash(keys.requests), is_running))
    return found


async def _requeue(server: Server, keys: Keys) -> int:
    rows = [Row(*unpacked(data)) for data in (await server.hash(keys.requests)).values()]
    again = [
        row._replace(state=State.WAITING, reason=None) for row in rows if row.state == State.FAILED
    ]
    if again:
        await server.client.hset(keys.requests, mapping={row.key: packed(row) for row in again})
        await server.client.hdel(keys.crawl, "ended")
    return len(again)
