"""Which portal of a crawl a worker takes next, where workers share them: one each."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from shio_scraper.frontier import resuming
from shio_scraper.frontier.redis import Keys, LeftParts
from shio_scraper.frontier.redis_server import NAMES, Server
from shio_scraper.frontier.store import Crawl, FrontierError

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
        self._client: Any = self._server.client
        self._key = f"{NAMES}round:{name}"
        self._crawls = crawls
        self.round_name = round_name

    async def next(self, *, fresh: bool) -> Crawl | None:
        """Return a crawl that no worker has, once there is one; ``None`` when all are done.

        Before, what workers on this machine left is put in order; ``fresh`` forgets the crawls.
        Raises ``FrontierError`` where a worker is at one that is to be forgotten.
        """
        try:
            await resuming.tidy(LeftParts(self._server))
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
