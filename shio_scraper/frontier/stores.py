"""Which store ``SHIO_FRONTIER`` names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shio_scraper.frontier.sqlite import SqliteStore
from shio_scraper.frontier.sqlite_keeper import SqliteKeeper
from shio_scraper.frontier.store import FrontierError, Keeper, Store

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

MEMORY: Final = "memory"


def default_location(settings: BaseSettings) -> str:
    """Return where the frontier of crawls that can be resumed is."""
    return str(settings["SHIO_FRONTIER"] or Path(settings["SHIO_DATA"]) / "frontier.db")


def location(settings: BaseSettings) -> str:
    """Return where the frontier is: ``memory``, a file, or a Redis address."""
    return str(settings["SHIO_FRONTIER"] or MEMORY)


def remembers(location: str) -> bool:
    """Tell whether the store there can keep what updates go by."""
    return not location.startswith("redis")


def open_store(location: str, wake: Callable[[], None]) -> Store:
    """Return the store at ``location``. Raises ``FrontierError``.

    ``wake`` is called when a request came from afar while none was at hand.
    """
    del wake
    return SqliteStore(None if location == MEMORY else Path(location))


def open_keeper(location: str) -> Keeper:
    """Return what looks at the crawls of the store at ``location``. Raises ``FrontierError``."""
    if location == MEMORY:
        raise FrontierError("a frontier in memory cannot be looked at from outside")
    return SqliteKeeper(Path(location))
