"""Which store ``SHIO_FRONTIER`` names."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from shio_scraper.frontier import resuming
from shio_scraper.frontier.sqlite import SqliteStore
from shio_scraper.frontier.sqlite_keeper import SqliteKeeper
from shio_scraper.frontier.store import REJOIN, Crawl, FrontierError, Keeper, Store

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

MEMORY: Final = "memory"
_REDIS: Final = {"redis", "rediss", "unix"}


def default_location(settings: BaseSettings) -> str:
    """Return where the frontier of crawls that can be resumed is."""
    return str(settings["SHIO_FRONTIER"] or Path(settings["SHIO_DATA"]) / "frontier.db")


def location(settings: BaseSettings) -> str:
    """Return where the frontier is: ``memory``, a file, or a Redis address."""
    return str(settings["SHIO_FRONTIER"] or MEMORY)


def is_shared(location: str) -> bool:
    """Tell whether workers on several machines reach the store at ``location``."""
    return urlsplit(location).scheme in _REDIS


def check(location: str, crawl: Crawl | None = None) -> None:
    """Raise ``FrontierError`` where ``crawl`` cannot begin, nor go on: before anything is made."""
    if not is_shared(location):
        if location != MEMORY and crawl and Path(location).exists():
            resuming.check_running(SqliteKeeper(Path(location)).part(crawl.name))
        return
    if find_spec("redis") is None:
        raise FrontierError("SHIO_FRONTIER=redis://… needs more: pip install 'shio-scraper[redis]'")
    from shio_scraper.frontier.redis_server import connect  # noqa: PLC0415  (an extra)

    if REJOIN not in os.environ:  # one that worked there before waits for a server that is away
        connect(location).close()


def open_store(
    location: str,
    lease: float = 60.0,
    pause: float = 0.0,
    lost: Callable[[FrontierError], None] = lambda _: None,
) -> Store:
    """Return the store at ``location``. Raises ``FrontierError``.

    A worker that is not heard of for ``lease`` seconds loses its crawl, and ``lost`` is told;
    the next one begins no earlier than ``pause`` seconds after it.
    """
    if not is_shared(location):
        return SqliteStore(None if location == MEMORY else Path(location))
    from shio_scraper.frontier.redis import RedisStore  # noqa: PLC0415  (an extra)

    return RedisStore(location, lease, pause, lost)


def open_keeper(location: str) -> Keeper:
    """Return what looks at the crawls of the store at ``location``. Raises ``FrontierError``."""
    if location == MEMORY:
        raise FrontierError("a frontier in memory cannot be looked at from outside")
    if is_shared(location):
        check(location)
        from shio_scraper.frontier.redis_keeper import RedisKeeper  # noqa: PLC0415  (an extra)

        return RedisKeeper(location)
    return SqliteKeeper(Path(location))
