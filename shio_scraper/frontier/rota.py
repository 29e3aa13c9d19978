"""The crawls on Redis: chooses the next portal of a worker; shows and changes the crawls."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import msgspec

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
)
from shio_scraper.frontier.store import Crawl, CrawlState, FrontierError

logger = logging.getLogger(__name__)

ANY_ROUND: Final = "1"
"""Means the round that is under way, whichever it is."""
_POLL: Final = 0.5
"""Seconds between two attempts of a worker that stands by."""


class Rota:
    """The crawls of one command, one for each portal, that workers at ``location`` share.

    The first worker begins a round, in which each portal is crawled once. Later workers join the
    round. ``round_name`` is the round that this worker was in before it started itself anew.
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
        """Return a crawl that no worker has, as soon as there is one; ``None`` when all are done.

        First, the runs that workers on this machine left are put in order. ``fresh`` deletes the
        crawls and begins anew. Raises ``FrontierError`` if a worker has a crawl to delete.
        """
        try:
            await resuming.tidy(self._server)
            if self.round_name is None:
                await self._server.ask(lambda: self._join(fresh=fresh))
            elif self.round_name == ANY_ROUND:
                self.round_name = await self._server.ask(self._current)
            if self.round_name is None:
                return None
            is_logged = False
            while due := await self._server.ask(self._due):
                for crawl, worker in due:
                    if worker is None:
                        return crawl
                if not is_logged:
                    who = ", ".join(f"{crawl.leased} ({worker})" for crawl, worker in due)
                    logger.info("Standing by: other workers have %s", who)
                is_logged = True
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
            for crawl in self._crawls if fresh else ():
                if (worker := await self._worker(crawl)) and await self._is_at(crawl):
                    raise FrontierError(f"this crawl is running already, on {worker}")
            seconds, micro = await pipe.time()
            pipe.multi()
            pipe.set(self._key, name := f"{seconds}.{micro:06}")
            for keys in map(Keys.of, self._crawls if fresh else ()):
                pipe.delete(keys.crawl, keys.requests, keys.written)
            await pipe.execute()
        self.round_name = name

    async def _due(self) -> list[tuple[Crawl, str | None]]:
        """Return each crawl that is not done in this round, and the host that has its portal.

        Return an empty list if another round has begun.
        """
        current, due = await self._current(), []
        if current is None or self.round_name not in {None, current}:
            return []
        for crawl in self._crawls:
            ended = await self._client.hget(Keys.of(crawl).crawl, "ended")
            if float(ended or 0) < float(current):
                due.append((crawl, await self._worker(crawl)))
        return due

    async def _current(self) -> str | None:
        name = await self._client.get(self._key)
        return name.decode() if name else None

    async def _worker(self, crawl: Crawl) -> str | None:
        """Return the host that has the portal of ``crawl``, with this crawl or another one."""
        token = await self._client.get(Keys.of(crawl).lease)
        return token.decode().partition(" ")[0] if token else None

    async def _is_at(self, crawl: Crawl) -> bool:
        """Tell whether the worker that has the portal of ``crawl`` runs this crawl."""
        keys = Keys.of(crawl)
        holder = await self._client.hget(keys.crawl, "holder")
        return bool(await self._client.get(keys.lease) == holder)


class RedisKeeper:
    """The keeper with which ``scrapy frontier`` shows and changes the crawls of a server."""

    def __init__(self, location: str) -> None:
        self._location = location

    def crawls(self) -> Iterator[CrawlState]:
        """Yield the crawls, the newest first."""
        stored = at_once(self._location, _crawls)
        database = Database.at(None)
        for crawl, fields, rows, _ in stored:
            copy(database, crawl, fields, rows)
        known = {crawl.name: (crawl, is_running) for crawl, _, _, is_running in stored}
        for state in database.crawls():
            crawl, is_running = known[state.crawl.name]
            yield replace(state, crawl=crawl, is_running=is_running)

    def requeue(self, crawl: Crawl) -> int:
        """Make the failed requests of a crawl due again, and return how many there are."""
        return at_once(self._location, lambda server: _requeue(server, Keys.of(crawl)))

    def clear(self, crawl: Crawl) -> None:
        """Delete a crawl with its requests."""
        keys = Keys.of(crawl)[:3]
        at_once(self._location, lambda server: server.client.delete(*keys))


async def _crawls(server: Server) -> list[tuple[Crawl, Fields, Fields, bool]]:
    """Return each crawl that began, its two hashes in Redis, and whether a worker runs it."""
    kind, crawls = f"{NAMES}crawl:", []
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
        crawls.append((crawl, fields, await server.hash(keys.requests), is_running))
    return crawls


async def _requeue(server: Server, keys: Keys) -> int:
    stored = (await server.hash(keys.requests)).values()
    rows = [msgspec.msgpack.decode(data, type=Row) for data in stored]
    again = [
        row._replace(state=State.WAITING, reason=None) for row in rows if row.state == State.FAILED
    ]
    if again:
        await server.client.hset(keys.requests, mapping={row.key: packed(row) for row in again})
        await server.client.hdel(keys.crawl, "ended")
    return len(again)
