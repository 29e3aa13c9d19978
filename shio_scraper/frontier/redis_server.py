"""The Redis server: reached, checked, and waited for while it is away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from redis import Redis
from redis import asyncio as redis_async
from redis.backoff import NoBackoff
from redis.exceptions import (
    BusyLoadingError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    WatchError,
)
from redis.exceptions import (
    ConnectionError as RedisConnectionError,
)
from redis.exceptions import (
    TimeoutError as RedisTimeoutError,
)
from redis.retry import Retry

from shio_scraper.frontier.store import FrontierError

logger = logging.getLogger(__name__)

NAMES: Final = "shio-scraper:"
"""What all names in Redis begin with."""
_OLDEST: Final = 7
_PATIENCE: Final = 10.0
"""Seconds to wait for an answer."""
_BATCH: Final = 5_000
"""Fields that are read at once."""
_PAUSE: Final = 0.5
"""Seconds between two attempts at a server that is away."""
_AWAY: Final = (
    RedisConnectionError, RedisTimeoutError, BusyLoadingError, OutOfMemoryError, ReadOnlyError,
    OSError,
)  # fmt: skip
"""Errors that may pass; none of them leaves a transaction half done."""

T = TypeVar("T")


class Server:
    """The server at ``location``, from the event loop."""

    def __init__(self, location: str) -> None:
        self._shown = shown(location)
        self.client = redis_async.Redis.from_url(
            location,
            socket_timeout=_PATIENCE,
            socket_connect_timeout=_PATIENCE,
            retry=redis_async.retry.Retry(NoBackoff(), 0),
        )
        self._away = False

    async def ask(self, question: Callable[[], Awaitable[T]], *, wait: bool = True) -> T:
        """Return the answer to ``question``, which may be put twice.

        It is put again where it watched what another worker changed, and, if ``wait``, while the
        server is away. Raises ``FrontierError``.
        """
        while True:
            try:
                answer = await question()
            except WatchError:
                continue
            except _AWAY as error:
                if not wait:
                    raise FrontierError(f"Redis at {self._shown}: {_reason(error)}") from error
                self._note_away(error)
                # What is connected but idle is broken too, and would tell it once more later on.
                await self.client.connection_pool.disconnect(inuse_connections=False)
                await asyncio.sleep(_PAUSE)
            except RedisError as error:
                raise FrontierError(f"Redis at {self._shown}: {error}") from error
            else:
                self._note_back()
                return answer

    @asynccontextmanager
    async def watching(self, *names: str) -> AsyncIterator[Any]:
        """Give a pipeline whose transaction fails where others change ``names`` meanwhile.

        Its commands are sent at once, after ``multi`` they are queued: the types know but one.
        """
        async with self.client.pipeline() as pipe:
            await pipe.watch(*names)
            yield pipe

    async def hash(self, key: str) -> dict[bytes, bytes]:
        """Return a hash, which may be large."""

        async def read() -> dict[bytes, bytes]:
            pairs = self.client.hscan_iter(key, count=_BATCH)
            return {field: value async for field, value in pairs}

        return await self.ask(read)

    async def forget(self, key: str, field: str) -> None:
        """Delete a field of a hash."""
        client: Any = self.client
        await self.ask(lambda: client.hdel(key, field))

    async def now(self) -> float:
        """Return the server's time, in seconds since 1970."""
        seconds, micro = await self.ask(self.client.time)
        return float(seconds) + float(micro) / 1e6

    async def close(self) -> None:
        """Let go of the connections."""
        await self.client.aclose()

    def _note_away(self, error: Exception) -> None:
        if not self._away:
            logger.warning(
                "Redis at %s is away (%s): waiting for it, nothing is lost",
                self._shown, _reason(error),
            )  # fmt: skip
        self._away = True

    def _note_back(self) -> None:
        if self._away:
            logger.info("Redis at %s is back: the crawl goes on", self._shown)
        self._away = False


def connect(location: str) -> Redis:
    """Return a client that waits for each answer. Raises ``FrontierError``."""
    try:
        client = Redis.from_url(
            location,
            socket_timeout=_PATIENCE,
            socket_connect_timeout=_PATIENCE,
            retry=Retry(NoBackoff(), 0),
        )
        version = str(client.info("server")["redis_version"])
    except (RedisError, OSError, ValueError) as error:
        raise FrontierError(f"Redis at {shown(location)}: {_reason(error)}") from error
    if int(version.partition(".")[0]) < _OLDEST:
        client.close()
        raise FrontierError(
            f"Redis at {shown(location)} is version {version}: {_OLDEST} or newer is needed"
        )
    return client


def shown(location: str) -> str:
    """Return ``location`` without user and password."""
    parts = urlsplit(location)
    return (parts.netloc.rpartition("@")[2] + parts.path) or location


def _reason(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".") or type(error).__name__
