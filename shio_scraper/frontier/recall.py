"""What components of a crawl may ask its store for; where it cannot answer, the crawl ends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable

from shio_scraper.frontier.store import FrontierError, Store


class Recall:
    """The memory of a crawl's site, and what waits.

    ``fail`` is told of a ``FrontierError`` before it is raised.
    """

    def __init__(self, store: Store, fail: Callable[[FrontierError], None]) -> None:
        self._store = store
        self._fail = fail

    @property
    def durable(self) -> bool:
        """Whether what is remembered outlives the process."""
        return self._store.durable

    def at(self, priority: int) -> list[bytes]:
        """Return the requests of a priority that are not done."""
        try:
            return self._store.at(priority)
        except FrontierError as error:
            self._fail(error)
            raise

    async def recall(self, keys: Iterable[str]) -> dict[str, bytes]:
        """Return what is remembered of ``keys``."""
        try:
            return await self._store.recall(keys)
        except FrontierError as error:
            self._fail(error)
            raise

    async def due(self, since: int) -> AsyncIterator[tuple[str, bytes]]:
        """Yield key and value of all whose ``due`` is not below ``since``."""
        try:
            async for found in self._store.due(since):
                yield found
        except FrontierError as error:
            self._fail(error)
            raise
