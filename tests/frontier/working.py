"""A worker in a test: one store, what it has in hand, and every step seen through to its end."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shio_scraper import frontier
from shio_scraper.frontier.sqlite import SqliteStore
from shio_scraper.frontier.store import Checkpoint, Counts, Crawl, Part

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

CRAWL = Crawl("abc", "portal", {"only": ["news"]})


@dataclass
class Worker:
    """A store that a worker has joined. ``part`` is what ``open`` found."""

    store: SqliteStore
    part: Part | None
    counted: Counts
    in_hand: dict[Any, bytes] = field(default_factory=dict)

    async def add(self, *pages: str | bytes, priority: int = 0, filtered: bool = True) -> None:
        """Store a request for each page, whose name is its data and its fingerprint."""
        for page in pages:
            data = page.encode() if isinstance(page, str) else page
            self.store.add(data, priority, data if filtered else None)
        await self.commit()

    async def take(self) -> str | None:
        """Lease what is due; return the page."""
        await self.commit()  # what was stored is stored, and what is due is at hand
        taken = self.store.take(idle=not self.in_hand)
        if taken is None:
            return None
        number, data = taken
        self.in_hand[number] = data
        return data.decode()

    async def take_all(self) -> list[str]:
        """Lease all that is due."""
        pages = []
        while page := await self.take():
            pages.append(page)
        return pages

    async def commit(
        self,
        *done: str,
        failed: Mapping[str, str] | None = None,
        lengths: Mapping[str, int] | None = None,
        stats: Mapping[str, Any] | None = None,
    ) -> None:
        """Acknowledge pages."""
        await self.store.commit(
            Checkpoint(
                done=[self.let_go(page) for page in done],
                failed={self.let_go(page): why for page, why in (failed or {}).items()},
                lengths=lengths or {},
                stats=stats or {},
            )
        )

    async def counts(self) -> Counts:
        """Return the crawl's counts."""
        await self.commit()
        return self.store.counts()

    def let_go(self, page: str) -> Any:
        found = next(key for key, data in self.in_hand.items() if data == page.encode())
        del self.in_hand[found]
        return found


@asynccontextmanager
async def working(
    location: str,
    crawl: Crawl = CRAWL,
    *,
    fresh: bool = False,
    folder: Path = Path("/runs/one"),
    lease: float = 60.0,
) -> AsyncIterator[Worker]:
    """Join ``crawl`` in the store at ``location``, in its part where it has one."""
    store = frontier.open_store(location, lease)
    try:
        part = await store.open(crawl, fresh=fresh)
        yield Worker(store, part, await store.join(part or Part(folder, "here")))
    finally:
        await store.close()
