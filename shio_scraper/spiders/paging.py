"""How far a listing is read: page by page, until it shows nothing new or only what is too old."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from shio_scraper.crawl.page_memory import Reading, Watermark
from shio_scraper.parsers.listing_item import ListingItem
from shio_scraper.portals import Address
from shio_scraper.spiders.arguments import PortalArguments


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
