"""What is remembered of a site, beyond its crawls: pages and listings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from shio_scraper.archives.payload_index import FirstCapture
from shio_scraper.frontier.recall import Recall
from shio_scraper.frontier.store import Memo
from shio_scraper.items import Article, Event, Language, Layout, PressConference, RecordType
from shio_scraper.portals import FamilyKind
from shio_scraper.updates.watermark import Watermark

ALWAYS: Final = date.max.toordinal()
"""``due`` of a page that is due until it is complete."""
OWN_PAGES: Final[frozenset[FamilyKind]] = frozenset({"article", "event", "press_conference"})
"""Kinds of pages with a record of their own."""
_PAGE, _LISTING, _SAMPLE = "page ", "listing ", "sample "

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class PageMemory:
    """A page as it was when it was last read; one that was only seen on another is as new.

    ``day`` is what an article prints, or the last of an event's. ``listed`` and ``teaser`` are
    what a listing said of it. ``scope`` and ``parser`` say what was taken from the page,
    and by what; ``parser`` is ``None`` where something was rejected.
    """

    complete: bool = False
    day: date | None = None
    listed: str | None = None
    teaser: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    scope: tuple[str, ...] = ()
    parser: str | None = None
    capture: FirstCapture | None = None

    @property
    def any_day(self) -> date | None:
        """The page's own day, or the one that a listing gave."""
        return self.day or (date.fromisoformat(self.listed) if self.listed else None)

    def take(self, record: RecordType) -> None:
        """Note what the page's own record says."""
        if isinstance(record, Article):
            self.complete = bool(record.paragraphs) and not record.gated
            self.day = record.published
        elif isinstance(record, PressConference):
            self.complete, self.day = bool(record.turns), record.published
        elif isinstance(record, Event):
            moments = (record.ends, record.registration_deadline)
            days = [date.fromisoformat(moment[:10]) for moment in moments if moment]
            self.complete, self.day = True, max(days, default=None)

    def due(self, kind: FamilyKind | None) -> int | None:
        """Return the day, as a number, from which on it counts whether the page is due.

        ``None`` where it never is, or where others lead to it whenever it is.
        """
        if kind not in OWN_PAGES:
            return None
        if not self.complete or (kind == "event" and self.day is None):
            return ALWAYS
        return self.day.toordinal() if self.day else None

    def memo(self, kind: FamilyKind | None) -> Memo:
        """Return the page as it is stored."""
        return Memo(_encode(self), self.due(kind))


class Memory:
    """Reads what earlier crawls of the site left. Raises ``FrontierError``."""

    def __init__(self, recall: Recall) -> None:
        self._recall = recall

    async def page(self, url: str) -> PageMemory | None:
        """Return what is known of the page at a canonical address."""
        return await self._find(page_key(url), PageMemory)

    async def listing(self, url: str) -> Watermark | None:
        """Return the watermark of the listing whose first page is ``url``."""
        return await self._find(listing_key(url), Watermark)

    async def sample(self, language: Language | None, layout: Layout) -> str | None:
        """Return the address of a page of a language and layout."""
        found = await self._value(sample_key(language, layout))
        return found.decode() if found else None

    async def due(self, since: int) -> AsyncIterator[tuple[str, PageMemory]]:
        """Yield address and memory of the pages that may be due."""
        async for key, value in self._recall.due(since):
            yield key.removeprefix(_PAGE), _decode(value, PageMemory) or PageMemory()

    async def _find(self, key: str, kind: type[T]) -> T | None:
        found = await self._value(key)
        return None if found is None else _decode(found, kind)

    async def _value(self, key: str) -> bytes | None:
        return (await self._recall.recall([key])).get(key)


def listing_memo(watermark: Watermark) -> Memo:
    """Return a watermark as it is stored."""
    return Memo(_encode(watermark))


def page_key(url: str) -> str:
    """Return the key of the page at a canonical address."""
    return _PAGE + url


def listing_key(url: str) -> str:
    """Return the key of the listing whose first page is ``url``."""
    return _LISTING + url


def sample_key(language: Language | None, layout: Layout) -> str:
    """Return the key of one page of a language and layout."""
    return f"{_SAMPLE}{language} {layout}"


def _encode(value: Any) -> bytes:
    return msgspec.msgpack.encode(value, enc_hook=str)


def _decode(value: bytes, kind: type[T]) -> T | None:
    """Return what was stored; ``None`` where it has a form of another version."""
    try:
        return msgspec.msgpack.decode(value, type=kind, dec_hook=_path)
    except msgspec.DecodeError:
        return None


def _path(kind: type[Any], value: Any) -> Path:
    return Path(kind(value))
