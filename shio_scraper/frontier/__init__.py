"""The frontier: the requests of a crawl that are due, in the store that ``SHIO_FRONTIER`` names."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from shio_scraper.frontier.database import Database, Failed
from shio_scraper.frontier.sqlite import SqliteStore
from shio_scraper.frontier.store import REJOIN, Crawl, FrontierError, check_running

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

    from shio_scraper.frontier.rota import RedisKeeper

MEMORY: Final = "memory"
_REDIS: Final = {"redis", "rediss", "unix"}


def default_location(settings: BaseSettings) -> str:
    """Return the location of the frontier of crawls that can be resumed."""
    return str(settings["SHIO_FRONTIER"] or Path(settings["SHIO_DATA"]) / "frontier.db")


def location(settings: BaseSettings) -> str:
    """Return the location of the frontier: ``memory``, a file, or a Redis address."""
    return str(settings["SHIO_FRONTIER"] or MEMORY)


def is_shared(location: str) -> bool:
    """Tell whether workers on several machines can share the store at ``location``."""
    return urlsplit(location).scheme in _REDIS


def check(location: str, crawl: Crawl | None = None) -> None:
    """Raise ``FrontierError`` if ``crawl`` can neither begin nor go on. Nothing is created yet."""
    if is_shared(location):
        if find_spec("redis") is None:
            need = "pip install 'shio-scraper[redis]'"
            raise FrontierError(f"SHIO_FRONTIER=redis://… needs more: {need}")
        from shio_scraper.frontier.redis_server import check  # noqa: PLC0415  (an extra)

        # A worker that has used the server before waits for it instead, if it is away.
        if REJOIN not in os.environ:
            check(location)
    elif location != MEMORY and crawl and Path(location).exists():
        database = Database.look(Path(location))
        check_running(database.part(database.number(crawl)))


def open_store(
    location: str,
    lease: float = 60.0,
    pause: float = 0.0,
    failed: Failed = lambda _: None,
) -> SqliteStore:
    """Return the store at ``location``. Raises ``FrontierError``.

    A worker that gives no sign of life for ``lease`` seconds loses its crawl. The next worker
    begins no earlier than ``pause`` seconds after it. The store calls ``failed`` with each error
    before it raises the error.
    """
    if not is_shared(location):
        return SqliteStore(None if location == MEMORY else Path(location), failed)
    from shio_scraper.frontier.redis import RedisStore  # noqa: PLC0415  (an extra)

    return RedisStore(location, lease, pause, failed)


def open_keeper(location: str) -> Database | RedisKeeper:
    """Return the keeper of the crawls at ``location``, to show and change them from outside.

    Raises ``FrontierError``.
    """
    if location == MEMORY:
        raise FrontierError("a frontier in memory cannot be looked at from outside")
    if not is_shared(location):
        return Database.look(Path(location))
    check(location)
    from shio_scraper.frontier.rota import RedisKeeper  # noqa: PLC0415  (an extra)

    return RedisKeeper(location)
