"""Follows a listing: its items, its next page, and where it ends its watermark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final

from scrapy import Request

from shio_scraper.crawl.page_memory import Item, Reading, Watermark
from shio_scraper.frontier.store import NEVER
from shio_scraper.pages.rejects import reject
from shio_scraper.parsers import Extraction
from shio_scraper.parsers.listing import linked_items, next_pages
from shio_scraper.parsers.listing_item import ListingItem
from shio_scraper.portals import Address
from shio_scraper.spiders.arguments import PortalArguments

if TYPE_CHECKING:
    from shio_scraper.spiders.portal import PortalSpider

LISTING_FIRST: Final = 10
"""Priority: listings before what they lead to, so that teasers reach their article."""


class Listings:
    """Reads the listings of ``spider``, each page from the one before.

    What a page must know of those before travels with its request, for whichever worker reads it.
    """

    def __init__(self, spider: PortalSpider) -> None:
        self._spider = spider

    def follow(
        self,
        extraction: Extraction,
        here: Address,
        watermark: Watermark | None,
        *,
        past_end: bool = False,
        first: Sequence[str] = (),
        before: Sequence[str] = (),
        **reached_by: Any,
    ) -> Iterator[Any]:
        """Request the listing's items and its next page; where it ends, yield its watermark.

        ``first`` and ``before`` are what the first page and the one before showed.
        """
        items = linked_items(extraction.frame)
        if not items and past_end:
            self._spider.count("listings/ended_without_items")
        elif not items:
            yield reject("parse", "no_items", "a listing's address, but no item", extraction.page)
            return
        new = new_items(items, {*first, *before})
        most = self._spider.settings.getint("SHIO_MAX_LINKS")
        if len(new) > most:
            detail = f"{len(new)} new items on a page: SHIO_MAX_LINKS"
            yield reject("fetch", "endless", detail, extraction.page)
            self._spider.links.are_followed(item.address.url for item in new[most:])
            new = new[:most]
        yield from self._request_items(new)
        if not self._spider.asks_for(here):
            return
        linked = next_pages(extraction.frame)
        self._count(here, new, linked)
        reading = self._reading(new, here, watermark, **reached_by)
        if end := self._end(here, new, reading):
            if end is End.ENDLESS:
                detail = f"page {here.page_number} of a listing: SHIO_MAX_LISTING_PAGES"
                yield reject("fetch", "endless", detail, extraction.page)
            yield from self._mark(end, reading, watermark)
            return
        after, shown = next_page(here, linked), [i.address.url for i in items]
        yield self._spider.request(
            after.url,
            priority=LISTING_FIRST,
            past_end=after.guessed,
            first=first or shown,
            before=shown,
            newest=reading.newest,
            quiet=reading.quiet,
        )

    def ended(self, newest: Sequence[Item]) -> Iterator[Watermark]:
        """Yield the watermark of a listing whose guessed next page is not there."""
        yield from self._mark(End.LAST, Reading(tuple(newest)), None)

    def _count(self, here: Address, new: list[ListingItem], linked: set[int] | None) -> None:
        """Count what the listing says of itself, against what was read."""
        stats, name = self._spider.crawler.stats, here.first_page
        if stats is None:
            return
        name = name.removeprefix(here.portal.origin)
        stats.inc_value(f"listings/pages{name}")
        if here.kind == "listing":
            stats.inc_value(f"listings/items{name}", len(new))
        stats.max_value(f"listings/last_page{name}", max(linked or {here.page_number}))

    def _reading(
        self,
        new: list[ListingItem],
        here: Address,
        watermark: Watermark | None,
        *,
        newest: Sequence[Item] = (),
        quiet: int = 0,
        **_: Any,
    ) -> Reading:
        """Return how far the listing was read, this page included."""
        # What day events are listed by is not known: none is told to be old by it.
        by_day = here.kind == "listing"
        items = [(item.address.url, item.day if by_day else None) for item in new]
        holds = watermark is not None and watermark.holds_for(self._spider.arguments.since)
        return Reading(tuple(newest), quiet).after(items, watermark if holds else None)

    def _end(self, here: Address, new: list[ListingItem], reading: Reading) -> End | None:
        beyond = self._spider.settings.getint("SHIO_UPDATE_PAGES_BEYOND")
        at_watermark = self._spider.is_update and reading.quiet > beyond
        most = self._spider.settings.getint("SHIO_MAX_LISTING_PAGES")
        return end_at(self._spider.arguments, here, new, at_watermark=at_watermark, most=most)

    def _mark(self, end: End, reading: Reading, watermark: Watermark | None) -> Iterator[Watermark]:
        mark = watermark_at(end, self._spider.arguments, reading, watermark)
        if mark:
            yield mark

    def _request_items(self, items: list[ListingItem]) -> Iterator[Request]:
        for item in items:
            covered = self._spider.arguments.covers(item.day)
            if not covered:
                self._spider.count("not_asked_for/listed")
            if not covered or self._spider.asks_for(item.address):
                self._spider.links.are_followed([item.address.url])
                yield self._spider.request(
                    item.address.url,
                    priority=0 if covered else NEVER,
                    teaser=item.teaser,
                    listed=item.day.isoformat() if item.day else None,
                )


class End(Enum):
    """Why a listing is read no further."""

    LAST = auto()
    """It shows nothing that it did not show before."""
    WATERMARK = auto()
    """An earlier crawl read it from here on."""
    SINCE = auto()
    """All is older than what was asked for."""
    LIMIT = auto()
    """So many pages were asked for."""
    ENDLESS = auto()
    """It has more pages than any listing of the portal can have."""


@dataclass(frozen=True, slots=True)
class NextPage:
    """A listing's next page. ``guessed``: no link names it, so it need not be there."""

    url: str
    guessed: bool


def new_items(items: list[ListingItem], shown: set[str]) -> list[ListingItem]:
    """Return the items that the listing did not show before.

    Past its end a listing repeats its last page; pinned items come again on every page.
    """
    return [item for item in items if item.address.url not in shown]


def end_at(
    arguments: PortalArguments,
    here: Address,
    new: list[ListingItem],
    *,
    at_watermark: bool,
    most: int,
) -> End | None:
    """Return why the listing ends for us at the page ``here``, ``None`` where it goes on.

    ``most`` is the number of pages from which on it has no end of its own.
    """
    limit, since = arguments.max_pages, arguments.since
    if not new or not here.is_paged:
        return End.LAST
    if at_watermark:
        return End.WATERMARK
    if since and _all_before(since, new):
        return End.SINCE
    if limit and here.page_number >= limit:
        return End.LIMIT
    return End.ENDLESS if here.page_number >= most else None


def next_page(here: Address, linked: set[int] | None) -> NextPage:
    """Return the page after ``here``.

    ``linked`` are the listing's pages that the page links to, ``None`` for none.
    """
    # Where no link leads on, "next" may be a script: asking costs one request a listing.
    guessed = max(linked or {0}) <= here.page_number
    return NextPage(here.page(here.page_number + 1), guessed)


def watermark_at(
    end: End, arguments: PortalArguments, reading: Reading, watermark: Watermark | None
) -> Watermark | None:
    """Return the watermark that a reading leaves; ``None`` where it stopped short of one."""
    if end is End.LAST:
        return reading.at_end()
    if end is End.WATERMARK and watermark:
        return reading.at_watermark(watermark)
    if end is End.SINCE and arguments.since:
        return reading.at_day(arguments.since, watermark)
    return None


def _all_before(since: date, items: list[ListingItem]) -> bool:
    days = [item.day for item in items if item.day]
    return bool(days) and all(day < since for day in days)
