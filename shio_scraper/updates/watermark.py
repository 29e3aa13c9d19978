"""How far a listing was read: its newest items then, and where an update may stop.

A watermark is not one item, which may be deleted or pinned, but the newest items as they stood
when a reading had come to the listing's end or to the watermark before. A page of which every
item is known is quiet. An update stops when so many quiet pages came in a row: as long as fewer
old items than they hold stand above the new ones (pinned, say), no new item is missed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Final, TypeAlias

Item: TypeAlias = tuple[str, date | None]
"""An item's canonical address, and its day where the listing is sorted by it."""

DEPTH: Final = 200
"""Items that a watermark holds: more than two pages, so that some may vanish."""


@dataclass(frozen=True)
class Watermark:
    """The newest items of a listing, the newest first.

    Where the reading stopped at a day that was asked for, ``since`` is that day: what is
    older was not looked at.
    """

    items: tuple[Item, ...] = ()
    since: date | None = None

    def knows(self, item: Item) -> bool:
        """Tell whether ``item`` was there: it is held, or older than all that is."""
        url, day = item
        return url in self._urls or bool(day and self._oldest and day < self._oldest)

    def holds_for(self, since: date | None) -> bool:
        """Tell whether all that an update from ``since`` on asks for was looked at."""
        return self.since is None or (since is not None and since >= self.since)

    @cached_property
    def _urls(self) -> frozenset[str]:
        return frozenset(url for url, _ in self.items)

    @cached_property
    def _oldest(self) -> date | None:
        """The last day, not the least: a pinned item at the top may be of any age."""
        return next((day for _, day in reversed(self.items) if day), None)


@dataclass(frozen=True)
class Reading:
    """How far a listing was read this time: its newest items, and how many quiet pages in a row."""

    newest: tuple[Item, ...] = ()
    quiet: int = 0

    def after(self, items: Iterable[Item], watermark: Watermark | None) -> Reading:
        """Return the reading after a page with ``items`` that were not shown on those before."""
        page = tuple(items)
        is_quiet = watermark is not None and all(map(watermark.knows, page))
        return Reading(_newest(self.newest, page), self.quiet + 1 if is_quiet else 0)

    def at_end(self) -> Watermark:
        """Return the watermark of a listing that was read to its end."""
        return Watermark(self.newest)

    def at_watermark(self, watermark: Watermark) -> Watermark:
        """Return the watermark of a listing that was read to an older one."""
        return replace(watermark, items=_newest(self.newest, watermark.items))

    def at_day(self, since: date, watermark: Watermark | None) -> Watermark | None:
        """Return the watermark of a listing that was read as far back as ``since``.

        ``None`` where the one before reaches further back.
        """
        if watermark and (watermark.since is None or watermark.since < since):
            return None
        return Watermark(self.newest, since)


def _newest(items: tuple[Item, ...], older: tuple[Item, ...]) -> tuple[Item, ...]:
    """Return the first of ``items`` and then ``older``, each once."""
    if len(items) >= DEPTH:
        return items
    merged = dict(older) | dict(items)
    order = dict.fromkeys(url for url, _ in items + older)
    return tuple((url, merged[url]) for url in order)[:DEPTH]
