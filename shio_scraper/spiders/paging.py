"""How far a listing is read: page by page, until it shows nothing new or only what is too old."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from shio_scraper.parsers.listing import ListingItem
from shio_scraper.portal import Address
from shio_scraper.spiders.arguments import PortalArguments


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


def next_page(
    arguments: PortalArguments, here: Address, new: list[ListingItem], linked: set[int] | None
) -> NextPage | None:
    """Return the page after ``here``, ``None`` where the listing ends for us.

    That is a page without a ``new`` item, or with none that is as young as ``since``.
    ``linked`` are the listing's pages that the page links to, ``None`` for none.
    """
    limit, since = arguments.max_pages, arguments.since
    if not new or (limit and here.page_number >= limit) or (since and _all_before(since, new)):
        return None
    # Where no link leads on, "next" may be a script: asking costs one request a listing.
    guessed = max(linked or {0}) <= here.page_number
    start = first_page(here)
    number = f"p_page={here.page_number + 1}"
    return NextPage(f"{start}{'&' if '?' in start else '?'}{number}", guessed=guessed)


def first_page(address: Address) -> str:
    """Return the address of a listing's first page."""
    path = address.url.partition("?")[0]
    query = "&".join(f"{name}={value}" for name, value in address.query.items() if name != "p_page")
    return f"{path}?{query}" if query else path


def _all_before(since: date, items: list[ListingItem]) -> bool:
    days = [item.day for item in items if item.day]
    return bool(days) and all(day < since for day in days)
