"""A page of a site that has no map yet, and tests for the kind of the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar
from urllib.parse import urlsplit

from shio_scraper.addresses import without_session
from shio_scraper.extraction import read_capture
from shio_scraper.items import Article, Event, Faq, PressConference
from shio_scraper.pages import Capture, Page, UnreadableError
from shio_scraper.parsers import Extraction
from shio_scraper.parsers.lists import linked_items
from shio_scraper.portals import ANY_SITE, FamilyKind, Portal

_FEW: Final = 3
"""A list has at least this many items."""
_TEXT: Final = 150
"""An article without a date has at least this many characters."""

Test: TypeAlias = Callable[[Extraction], bool]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Specimen:
    """A page that was read without a map, by the words that all sites share."""

    capture: Capture
    url: str
    page: Page
    language: str

    @property
    def host(self) -> str:
        """The host, with the port if the address names one."""
        return urlsplit(self.url).netloc

    @property
    def path(self) -> str:
        """The path and the query."""
        parts = urlsplit(self.url)
        return f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts of the page's blocks."""
        return tuple(block.text for block in self.page.blocks)

    def by(self, portal: Portal) -> Extraction | None:
        """Return the page as read by a map; ``None`` if it cannot be read."""
        try:
            return read_capture(self.capture, portal=portal)
        except UnreadableError:
            return None


def specimens(captures: Iterable[Capture]) -> Iterator[Specimen]:
    """Yield the pages that can be read and have an address."""
    for capture in captures:
        try:
            read = read_capture(capture, portal=ANY_SITE)
        except UnreadableError:
            continue
        if capture.url:
            yield Specimen(capture, without_session(capture.url), read.page, read.language or "und")


def distinct(pages: Collection[Specimen]) -> list[Specimen]:
    """Return the pages without duplicates: of pages with the same text the shortest address."""
    shortest: dict[tuple[str, ...], Specimen] = {}
    for page in sorted(pages, key=lambda page: len(page.url)):
        shortest.setdefault(page.texts, page)
    urls = {page.url for page in shortest.values()}
    return [page for page in pages if page.url in urls]


def counted(count: int) -> str:
    """Return a number of pages with its noun: ``1 page``, ``2 pages``."""
    return f"{count} page" if count == 1 else f"{count} pages"


def lists_others(read: Extraction) -> bool:
    """Tell whether a page has several items, most of them with a day, or many items."""
    items = linked_items(read.frame)
    dated = sum(item.day is not None for item in items)
    return len(items) >= _FEW and (dated * 2 > len(items) or len(items) >= 2 * _FEW)


def lists_any(read: Extraction) -> bool:
    """Tell whether a page has several items."""
    return len(linked_items(read.frame)) >= _FEW


def lists_events(read: Extraction) -> bool:
    """Tell whether most items of a page lead to events."""
    items = linked_items(read.frame)
    return bool(items) and sum(item.address.kind == "event" for item in items) * 2 > len(items)


def _first(read: Extraction, kind: type[T]) -> T | None:
    """Return the first record if it is of the given kind, else ``None``."""
    return next((record for record in read.records[:1] if isinstance(record, kind)), None)


def _asks(read: Extraction) -> bool:
    return sum(isinstance(record, Faq) and bool(record.answer) for record in read.records) > 1


def _announces(read: Extraction) -> bool:
    event = _first(read, Event)
    return event is not None and bool(event.registration_deadline or event.ends)


def _confers(read: Extraction) -> bool:
    conference = _first(read, PressConference)
    kinds = Counter(turn.kind for turn in conference.turns) if conference else {}
    return bool(kinds.get("question") and kinds.get("answer"))


def _reports(read: Extraction) -> bool:
    article = _first(read, Article)
    return article is not None and bool(article.published and article.paragraphs)


def _stands(read: Extraction) -> bool:
    article = _first(read, Article)
    return article is not None and sum(map(len, article.paragraphs)) >= _TEXT


ONE_RECORD: Final[Mapping[FamilyKind, Test]] = {
    "questions": _asks,
    "event": _announces,
    "press_conference": _confers,
    "article": _reports,
    "standing": _stands,
}
"""Kinds of pages that list no others → their tests, the surest kind first."""
