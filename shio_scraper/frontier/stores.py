"""Which store ``SHIO_FRONTIER`` names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shio_scraper.frontier.sqlite import SqliteStore
from shio_scraper.frontier.store import Store

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

MEMORY: Final = "memory"


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
