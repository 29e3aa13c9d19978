"""How far a listing is read: page by page, until it shows nothing new or only what is too old."""

from __future__ import annotations

from collections import defaultdict
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


class Paging:
    """Remembers what each listing showed.

    Past its end a listing repeats its last page: a page without a new item is the end.
    So is a page whose new items are all older than ``since``; pinned items that come
    again on every page are not new.
    """

    def __init__(self, arguments: PortalArguments) -> None:
        self._arguments = arguments
        self._seen: defaultdict[str, set[str]] = defaultdict(set)

    def new_items(self, here: Address, items: list[ListingItem]) -> list[ListingItem]:
        """Return the items that the listing did not show on an earlier page."""
        seen = self._seen[first_page(here)]
        new = [item for item in items if item.address.url not in seen]
        seen.update(item.address.url for item in new)
        return new

    def next_page(
        self, here: Address, new: list[ListingItem], linked: set[int] | None
    ) -> NextPage | None:
        """Return the page after ``here``, ``None`` where the listing ends for us.

        ``linked`` are the listing's pages that the page links to, ``None`` for none.
        """
        limit, since = self._arguments.max_pages, self._arguments.since
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
