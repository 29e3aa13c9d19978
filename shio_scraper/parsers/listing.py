"""Listings: items with their date and teaser, and the pages that follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from shio_scraper.parsers.dates import parse_day, split_dated
from shio_scraper.parsers.frame import Frame, Role
from shio_scraper.parsers.heading import Heading
from shio_scraper.portal import Address

_ITEM_KINDS = {"article", "event"}
_LISTING_KINDS = {"listing", "event_listing"}


@dataclass(slots=True)
class ListingItem:
    """One item of a listing: the page it leads to, what the listing says of it."""

    address: Address
    title: str
    day: date | None = None
    teaser: str | None = None
    _lines: list[str] = field(default_factory=list, repr=False)


def read_items(frame: Frame) -> list[ListingItem]:
    """Return the listing's items from top to bottom.

    An item begins at a link to an article or event and holds the lines below it, up to
    the next one: its date, then its teaser, be it whole, cut, or missing.
    """
    items: dict[str, ListingItem] = {}
    current: ListingItem | None = None
    for position, block in enumerate(frame.page.blocks):
        address = _target(frame, position)
        if address and address.url not in items:
            current = ListingItem(address, block.text)
            items[address.url] = current
            _read_title(current, block.text)
        elif address and current and address.url == current.address.url:
            _read_line(current, frame.roles[position], block.text)
        elif _pages(frame, position):
            current = None
        elif frame.roles[position] in {Role.TEXT, Role.DATE} and not address:
            if current:
                _read_line(current, frame.roles[position], block.text)
        elif frame.roles[position] is not Role.NAVIGATION or _pages(frame, position):
            current = None
    return [_finished(item) for item in items.values()]


def next_pages(frame: Frame) -> set[int] | None:
    """Return the pages of the same listing that the page links to; ``None`` for no such link."""
    here = frame.page.address
    if here is None or here.kind not in _LISTING_KINDS:
        return None
    pages = {
        address.page_number
        for address in _addresses(frame)
        if address.family is here.family and _listing(address) == _listing(here)
    }
    return pages or None


def is_listing(headings: list[Heading], frame: Frame) -> bool:
    """Tell a listing of unknown address from an article: its dated lines lead elsewhere.

    Without links, several dates in the listings' form behind a dash tell.
    """
    own = frame.page.address
    linked = [h for h in headings if _leads_elsewhere(frame, h, own)]
    if linked:
        return len(linked) == len(headings) or headings[0] in linked
    if len(headings) > 1 and _side_by_side(frame, headings[0], headings[1]):
        return True
    return bool(headings) and all(h.listed for h in headings)


def _side_by_side(frame: Frame, one: Heading, other: Heading) -> bool:
    """Tell whether two dated lines of the same make follow each other without text between."""
    blocks, nodes = frame.page.blocks, frame.page.nodes
    tags = {nodes[blocks[heading.start].node].tag for heading in (one, other)}
    return len(tags) == 1 and not frame.roles[one.end : other.start].count(Role.TEXT)


def _leads_elsewhere(frame: Frame, heading: Heading, own: Address | None) -> bool:
    targets = [_target(frame, i) for i in range(heading.start, heading.end)]
    return any(t is not None and (own is None or t.url != own.url) for t in targets)


def _target(frame: Frame, position: int) -> Address | None:
    for link in frame.page.links(position):
        address = frame.portal.locate(link.url)
        if address and address.kind in _ITEM_KINDS and address.portal_id:
            return address
    return None


def _pages(frame: Frame, position: int) -> bool:
    """Tell whether a block links to pages of a listing."""
    links = frame.page.links(position)
    addresses = (frame.portal.locate(link.url) for link in links)
    return any(address and address.kind in _LISTING_KINDS for address in addresses)


def _addresses(frame: Frame) -> Iterator[Address]:
    for position in range(len(frame.roles)):
        for link in frame.page.links(position):
            if address := frame.portal.locate(link.url):
                yield address


def _listing(address: Address) -> dict[str, str]:
    return {name: value for name, value in address.query.items() if name != "p_page"}


def _read_title(item: ListingItem, text: str) -> None:
    dated = split_dated(text)
    if dated and dated.title:
        item.title, item.day = dated.title, dated.day


def _read_line(item: ListingItem, role: Role, text: str) -> None:
    if item.day is None and not item._lines and role is Role.DATE:
        item.day = parse_day(text.strip("()（）[]"))
    elif role is Role.TEXT:
        item._lines.append(text)


def _finished(item: ListingItem) -> ListingItem:
    item.teaser = " ".join(item._lines) or None
    return item
