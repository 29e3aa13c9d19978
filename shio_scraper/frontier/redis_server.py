"""The Redis server: reached, checked, and waited for while it is away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import cache
from importlib.resources import files
from typing import Any, Final, cast
from urllib.parse import urlsplit

from redis import Redis
from redis import asyncio as redis_async
from redis.backoff import NoBackoff
from redis.exceptions import (
    BusyLoadingError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
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

_OLDEST: Final = 7
_PATIENCE: Final = 10.0
"""Seconds to wait for an answer."""
_PAUSE: Final = 0.5
"""Seconds between two attempts at a server that is away."""
_AWAY: Final = (
    RedisConnectionError, RedisTimeoutError, BusyLoadingError, OutOfMemoryError, ReadOnlyError,
    OSError,
)  # fmt: skip
"""Errors that may pass; none of them leaves a step half done."""


class Server:
    """The server at ``location``, from the event loop."""

    def __init__(self, location: str) -> None:
        self._shown = shown(location)
        self._client = redis_async.Redis.from_url(
            location,
            socket_timeout=_PATIENCE,
            socket_connect_timeout=_PATIENCE,
            retry=redis_async.retry.Retry(NoBackoff(), 0),
        )
        self._away = False

    async def run(self, script: str, keys: list[str], *arguments: Any, wait: bool = True) -> Any:
        """Run a script of ``lua/``; while the server is away, ``wait`` for it.

        Raises ``FrontierError``.
        """
        registered = self._client.register_script(source(script))
        return await self._ask(lambda: registered(keys, arguments), wait=wait)

    async def hash(self, key: str, *, wait: bool = True) -> dict[bytes, bytes]:
        """Return a hash; waits, and raises, as ``run``."""
        found = await self._ask(lambda: cast("Any", self._client.hgetall(key)), wait=wait)
        return cast("dict[bytes, bytes]", found)

    async def forget(self, key: str, field: str) -> None:
        """Delete a field of a hash; waits, and raises, as ``run``."""
        await self._ask(lambda: cast("Any", self._client.hdel(key, field)), wait=True)

    async def _ask(self, question: Callable[[], Awaitable[Any]], *, wait: bool) -> Any:
        while True:
            try:
                result = await question()
            except _AWAY as error:
                if not wait:
                    raise FrontierError(f"Redis at {self._shown}: {_reason(error)}") from error
                self._note_away(error)
                # What is connected but idle is broken too, and would tell it once more later on.
                await self._client.connection_pool.disconnect(inuse_connections=False)
                await asyncio.sleep(_PAUSE)
            except RedisError as error:
                raise FrontierError(f"Redis at {self._shown}: {error}") from error
            else:
                self._note_back()
                return result

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

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


@cache
def source(script: str) -> str:
    """Return a script of ``lua/``, behind what all of them share."""
    folder = files(__package__) / "lua"
    return "".join((folder / f"{name}.lua").read_text("utf-8") for name in ("common", script))


def _reason(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".") or type(error).__name__
