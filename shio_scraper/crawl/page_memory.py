"""What the crawls of a site remember: pages, when a page is due, how far a listing was read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

import msgspec

from shio_scraper.archives.payload_index import FirstCapture
from shio_scraper.frontier.store import Memo
from shio_scraper.items import Article, Event, Language, Layout, PressConference, RecordType
from shio_scraper.parsers.days import portal_day
from shio_scraper.portals import FamilyKind, Portal

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

    from shio_scraper.frontier.sqlite import SqliteStore

ALWAYS: Final = date.max.toordinal()
"""The value of ``due`` of a page that is due until it is complete."""
OWN_PAGES: Final[frozenset[FamilyKind]] = frozenset({"article", "event", "press_conference"})
"""Kinds of pages with a record of their own."""
_PAGE: Final = "page "

T = TypeVar("T")
Item: TypeAlias = tuple[str, date | None]
"""An item's canonical address, and its day if the listing is sorted by day."""

DEPTH: Final = 200
"""The most items of a watermark. These are more than two pages, so that some items may vanish."""
EVENT_DAYS: Final = 7
"""Number of days after its end for which an event is read again."""


@dataclass(slots=True, kw_only=True)
class PageMemory:
    """A page as it was when it was last read. A page that was only linked so far has the defaults.

    ``day`` is the day that an article prints, or the last day of an event. ``listed`` and
    ``teaser`` are the day and the teaser in a listing. ``scope`` are the records that were asked
    for, and ``parser`` is the parser that read the page; ``None`` if something was rejected.
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
        """The page's own day, else the day in a listing."""
        return self.day or (date.fromisoformat(self.listed) if self.listed else None)

    def take(self, record: RecordType) -> None:
        """Take over the day from the page's own record, and whether the record is complete."""
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
        """Return the day, as an ordinal, from which the schedule counts when the page is due.

        Return ``None`` if the page is never due by itself, because other pages lead to it.
        """
        if kind not in OWN_PAGES:
            return None
        if not self.complete or (kind == "event" and self.day is None):
            return ALWAYS
        return self.day.toordinal() if self.day else None

    def memo(self, kind: FamilyKind | None) -> Memo:
        """Return the stored form of the page."""
        return Memo(_encode(self), self.due(kind))


class Memory:
    """Reads what earlier crawls of the site stored. Raises ``FrontierError``."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    def page(self, url: str) -> PageMemory | None:
        """Return the memory of the page at a canonical address; ``None`` if the page is new."""
        return self._find(page_key(url), PageMemory)

    def listing(self, url: str) -> Watermark | None:
        """Return the watermark of the listing whose first page is ``url``."""
        return self._find(listing_key(url), Watermark)

    def sample(self, language: Language | None, layout: Layout) -> str | None:
        """Return the address of one page of a language and layout; ``None`` if none is known."""
        url = self._store.recall(sample_key(language, layout))
        return url.decode() if url else None

    def due(self, since: int) -> Iterator[tuple[str, PageMemory]]:
        """Yield address and memory of each page that may be due."""
        for key, value in self._store.due(since):
            yield key.removeprefix(_PAGE), _decode(value, PageMemory) or PageMemory()

    def _find(self, key: str, kind: type[T]) -> T | None:
        value = self._store.recall(key)
        return None if value is None else _decode(value, kind)


def page_key(url: str) -> str:
    """Return the key of the page at a canonical address."""
    return _PAGE + url


def listing_key(url: str) -> str:
    """Return the key of the listing whose first page is ``url``."""
    return f"listing {url}"


def sample_key(language: Language | None, layout: Layout) -> str:
    """Return the key of one page of a language and layout."""
    return f"sample {language} {layout}"


def _encode(value: Any) -> bytes:
    return msgspec.msgpack.encode(value, enc_hook=str)


def _decode(value: bytes, kind: type[T]) -> T | None:
    """Return the stored object; ``None`` if another version stored it in another form."""
    try:
        return msgspec.msgpack.decode(value, type=kind, dec_hook=lambda kind, value: kind(value))
    except msgspec.DecodeError:
        return None


@dataclass(frozen=True)
class Watermark:
    """The newest items of a listing, the newest first: how far the listing was read.

    ``since`` is the day at which the reading stopped, if the crawl asked for no older items.
    """

    items: tuple[Item, ...] = ()
    since: date | None = None

    def knows(self, item: Item) -> bool:
        """Tell whether ``item`` was there: it is in the watermark, or older than all in it."""
        url, day = item
        return url in self._urls or bool(day and self._oldest and day < self._oldest)

    def holds_for(self, since: date | None) -> bool:
        """Tell whether the reading covered all items that an update from ``since`` on asks for."""
        return self.since is None or (since is not None and since >= self.since)

    def memo(self) -> Memo:
        """Return the stored form of the watermark."""
        return Memo(_encode(self))

    @cached_property
    def _urls(self) -> frozenset[str]:
        return frozenset(url for url, _ in self.items)

    @cached_property
    def _oldest(self) -> date | None:
        """The day of the last dated item. It need not be the earliest: a pinned item may be old."""
        return next((day for _, day in reversed(self.items) if day), None)


@dataclass(frozen=True)
class Reading:
    """How far this crawl read a listing: the newest items, and the quiet pages in a row.

    A page is quiet if the watermark knows all of its items.
    """

    newest: tuple[Item, ...] = ()
    quiet: int = 0

    def after(self, items: Iterable[Item], watermark: Watermark | None) -> Reading:
        """Return the reading after one more page, whose ``items`` were not on the pages before."""
        page = tuple(items)
        is_quiet = watermark is not None and all(map(watermark.knows, page))
        return Reading(_newest(self.newest, page), self.quiet + 1 if is_quiet else 0)

    def at_end(self) -> Watermark:
        """Return the new watermark after the listing was read to its end."""
        return Watermark(self.newest)

    def at_watermark(self, watermark: Watermark) -> Watermark:
        """Return the new watermark after the listing was read to the old ``watermark``."""
        return replace(watermark, items=_newest(self.newest, watermark.items))

    def at_day(self, since: date, watermark: Watermark | None) -> Watermark | None:
        """Return the new watermark after the listing was read back to the day ``since``.

        Return ``None`` if the old ``watermark`` reaches further back.
        """
        if watermark and (watermark.since is None or watermark.since < since):
            return None
        return Watermark(self.newest, since)


def _newest(items: tuple[Item, ...], older: tuple[Item, ...]) -> tuple[Item, ...]:
    """Return the first ``DEPTH`` of ``items`` and then ``older``, each item once."""
    if len(items) >= DEPTH:
        return items
    merged = dict(older) | dict(items)
    order = dict.fromkeys(url for url, _ in items + older)
    return tuple((url, merged[url]) for url in order)[:DEPTH]


@dataclass(frozen=True, slots=True)
class Schedule:
    """Tells which pages are due on the portal's day ``today``.

    An article is young, and therefore due, for ``young_days`` after its printed day.
    """

    today: date
    young_days: int

    @classmethod
    def of(cls, settings: BaseSettings, portal: Portal) -> Schedule:
        """Return the schedule of ``portal`` for now."""
        today = portal_day(datetime.now(UTC), portal.zone)
        return cls(today, settings.getint("SHIO_UPDATE_YOUNG_DAYS"))

    @property
    def since(self) -> int:
        """The lowest value of ``due`` that a due page may have."""
        return self.today.toordinal() - max(self.young_days, EVENT_DAYS)

    def is_due(self, page: PageMemory, kind: FamilyKind | None) -> bool:
        """Tell whether a page that was read or listed before is due."""
        if kind in {"article", "press_conference"}:
            return self._is_within(page.due(kind), self.young_days - 1)
        return kind != "event" or self._is_within(page.due(kind), EVENT_DAYS)

    def _is_within(self, due: int | None, days: int) -> bool:
        return due is not None and (due == ALWAYS or due + days >= self.today.toordinal())
