"""The Redis server: connects to it, checks it, waits while it is away; the form of its data."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar
from urllib.parse import urlsplit

import msgspec
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

from shio_scraper.frontier.database import Database
from shio_scraper.frontier.store import Crawl, FrontierError, Memo, Part

logger = logging.getLogger(__name__)

NAMES: Final = "shio-scraper:"
"""The prefix of all our keys in Redis."""
LEFT: Final = f"{NAMES}left"
_OLDEST: Final = 7
_PATIENCE: Final = 10.0
"""Seconds to wait for an answer."""
_BATCH: Final = 5_000
"""The number of fields that are read at once."""
_PAUSE: Final = 0.5
"""Seconds between two attempts to reach a server that is away."""
_AWAY: Final = (
    RedisConnectionError, RedisTimeoutError, BusyLoadingError, OutOfMemoryError, ReadOnlyError,
    OSError,
)  # fmt: skip
"""Errors that may pass. None of them leaves a transaction half done."""

T = TypeVar("T")


class Keys(NamedTuple):
    """The keys of a crawl in Redis. ``memory`` belongs to the crawl's site."""

    crawl: str
    requests: str
    written: str
    lease: str
    memory: str

    @classmethod
    def of(cls, crawl: Crawl) -> Keys:
        """Return the keys of ``crawl``."""
        return cls(
            crawl=f"{NAMES}crawl:{crawl.name}",
            requests=f"{NAMES}requests:{crawl.name}",
            written=f"{NAMES}written:{crawl.name}",
            lease=f"{NAMES}lease:{crawl.leased or crawl.name}",
            memory=f"{NAMES}memory:{crawl.site}",
        )


class Row(NamedTuple):
    """A request as Redis stores it, under its fingerprint, or under its id if it has none."""

    id: int
    fingerprint: bytes | None
    priority: int
    state: int
    data: bytes
    reason: str | None

    @property
    def key(self) -> bytes:
        """The field of the hash under which the request is stored."""
        return self.fingerprint or b"#%d" % self.id


def packed(what: Row | Memo) -> bytes:
    """Return the stored form of a request, or of a memo of a site."""
    return msgspec.msgpack.encode(what)


def parts_text(what: Part | tuple[Part, Part]) -> bytes:
    """Return the stored form of a part, or of a part and its successor."""
    return msgspec.json.encode(what, enc_hook=str)


def from_text(text: bytes, kind: type[T]) -> T:
    """Return the object that ``parts_text`` turned into ``text``."""
    return msgspec.json.decode(text, type=kind, dec_hook=lambda path, value: path(value))


class Server:
    """The client of the server at ``location``, for use in an event loop."""

    def __init__(self, location: str) -> None:
        self._shown = urlsplit(location).netloc.rpartition("@")[2] + urlsplit(location).path
        try:
            self.client: Any = redis_async.Redis.from_url(  # its type hints are incomplete
                location,
                socket_timeout=_PATIENCE,
                socket_connect_timeout=_PATIENCE,
                retry=redis_async.retry.Retry(NoBackoff(), 0),
            )
        except ValueError as error:
            raise self._failure(error) from error
        self._away = False

    async def ask(self, question: Callable[[], Awaitable[T]], *, wait: bool = True) -> T:
        """Return the answer to ``question``. It may be asked several times.

        It is asked again if another worker changed a watched key, and, if ``wait``, while the
        server is away. Raises ``FrontierError``.
        """
        while True:
            try:
                answer = await question()
            except WatchError:
                continue
            except _AWAY as error:
                if not wait:
                    raise self._failure(error) from error
                if not self._away:
                    logger.warning(
                        "Redis at %s is away (%s): waiting for it, nothing is lost",
                        self._shown, _reason(error),
                    )  # fmt: skip
                self._away = True
                # The idle connections are broken, too, and would fail once more later.
                await self.client.connection_pool.disconnect(inuse_connections=False)
                await asyncio.sleep(_PAUSE)
            except RedisError as error:
                raise self._failure(error) from error
            else:
                if self._away:
                    logger.info("Redis at %s is back: the crawl goes on", self._shown)
                self._away = False
                return answer

    @asynccontextmanager
    async def watching(self, *names: str) -> AsyncIterator[Any]:
        """Yield a pipeline whose transaction fails if others change the keys ``names`` meanwhile.

        Its commands are sent at once. After ``multi`` they are queued.
        """
        async with self.client.pipeline() as pipe:
            await pipe.watch(*names)
            yield pipe

    async def hash(self, key: str) -> dict[bytes, bytes]:
        """Return all fields of a hash, which may be large."""

        async def read() -> dict[bytes, bytes]:
            pairs = self.client.hscan_iter(key, count=_BATCH)
            return {field: value async for field, value in pairs}

        return await self.ask(read)

    async def now(self) -> float:
        """Return the server's time, in seconds since 1970."""
        seconds, micro = await self.ask(self.client.time)
        return float(seconds) + float(micro) / 1e6

    async def left(self) -> list[tuple[Part, Part]]:
        """Return each part whose crawl went on in another run, and the part of that run."""
        pairs = (await self.hash(LEFT)).values()
        return [from_text(pair, tuple[Part, Part]) for pair in pairs]

    async def forget(self, part: Part) -> None:
        """Delete the note about a part that was left, because it is in order now."""
        await self.ask(lambda: self.client.hdel(LEFT, name_of(part)))

    async def check(self) -> None:
        """Raise ``FrontierError`` if the server is away or too old."""
        info = await self.ask(lambda: self.client.info("server"), wait=False)
        version = str(info["redis_version"])
        if int(version.partition(".")[0]) < _OLDEST:
            raise FrontierError(
                f"Redis at {self._shown} is version {version}: {_OLDEST} or newer is needed"
            )

    async def close(self) -> None:
        """Close the connections."""
        await self.client.aclose()

    def _failure(self, error: Exception) -> FrontierError:
        return FrontierError(f"Redis at {self._shown}: {_reason(error)}")


Fields: TypeAlias = dict[bytes, bytes]
"""The fields of a hash in Redis."""


def copy(database: Database, crawl: Crawl, fields: Fields, requests: Fields) -> None:
    """Copy a crawl from its hashes in Redis into a database."""
    began, ended = (
        datetime.fromtimestamp(float(text), UTC) if (text := fields.get(key)) else None
        for key in (b"began", b"ended")
    )
    with database.transaction():
        number = database.open_crawl(crawl, fresh=True)
        database.set_times(number, began=began, ended=ended)
        rows = [(number, *msgspec.msgpack.decode(data, type=Row)) for data in requests.values()]
        database.executemany("INSERT INTO requests VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        if part := fields.get(b"part"):
            database.save_part(number, from_text(part, Part))


def check(location: str) -> None:
    """Raise ``FrontierError`` if the server at ``location`` is away or too old."""
    at_once(location, Server.check)


def at_once(location: str, question: Callable[[Server], Awaitable[T]]) -> T:
    """Return the answer of the server at ``location`` when no event loop runs.

    Raises ``FrontierError``.
    """

    async def answer() -> T:
        server = Server(location)
        try:
            return await server.ask(lambda: question(server), wait=False)
        finally:
            await server.close()

    loop = asyncio.new_event_loop()  # ``asyncio.run`` would leave no loop for Scrapy
    try:
        return loop.run_until_complete(answer())
    finally:
        loop.close()


def name_of(part: Part) -> str:
    """Return the field under which the note about a left part is stored."""
    return f"{part.host}:{part.folder}"


def _reason(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".") or type(error).__name__
