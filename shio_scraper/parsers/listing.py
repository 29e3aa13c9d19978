"""Listings: items with their date and teaser, and the pages that follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from shio_scraper.parsers.dates import parse_day, split_dated
from shio_scraper.parsers.frame import Frame, Role
from shio_scraper.parsers.heading import Heading
from shio_scraper.portals import Address

_ITEM_KINDS = {"article", "event", "press_conference"}
_LINES = {Role.TEXT, Role.DATE}
_PUNCTUATION = " -–—|·•*[]()（）【】"
_LISTING_KINDS = {"listing", "event_listing"}


@dataclass(slots=True)
class ListingItem:
    """One item of a listing: the page it leads to, what the listing says of it, and where."""

    address: Address
    title: str
    day: date | None = None
    lines: list[str] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)

    @property
    def teaser(self) -> str | None:
        """The lines below the title, one text; ``None`` where the item has none."""
        return " ".join(self.lines) or None


def read_items(frame: Frame) -> list[ListingItem]:
    """Return the listing's items from top to bottom.

    An item begins at a link to an article or event and holds the lines below it, up to
    the next one: its date, then its teaser, be it whole, cut, or missing. Where only a
    "read more" leads on, the lines above it are the item.
    """
    items: dict[str, ListingItem] = {}
    current: ListingItem | None = None
    above: list[int] = []
    for position, block in enumerate(frame.page.blocks):
        address, words = _target(frame, position)
        plain = frame.roles[position] in _LINES and not _pages(frame, position)
        if address and address.url not in items:
            only_more = frame.labels.is_more(words)
            current = (
                _from_lines(frame, address, above) if only_more else _from_title(address, words)
            )
            current.blocks.append(position)
            items[address.url] = current
            _read_line(frame, current, _beside(block.text, words))
            current, above = (None, []) if only_more else (current, [])
        elif address and current and address.url == current.address.url:
            current.blocks.append(position)
            beside = _beside(block.text, words)
            _read_line(frame, current, beside if frame.labels.is_more(words) else beside or words)
        elif address or not plain:
            current, above = None, []
        elif current:
            current.blocks.append(position)
            _read_line(frame, current, block.text)
        else:
            above.append(position)
    return list(items.values())


def next_pages(frame: Frame) -> set[int] | None:
    """Return the pages of the same listing that the page links to; ``None`` for no such link."""
    here = frame.page.address
    if here is None or here.kind not in _LISTING_KINDS:
        return None
    pages = {
        address.page_number
        for address in _addresses(frame)
        if address.first_page == here.first_page
    }
    return pages or None


def is_listing(frame: Frame, headings: list[Heading]) -> bool:
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
    positions = range(heading.start, heading.end)
    targets = [_target(frame, i)[0] for i in positions]
    if any(target is not None and (own is None or target.url != own.url) for target in targets):
        return True
    return own is None and any(_is_unknown_link(frame, i, heading) for i in positions)


def _is_unknown_link(frame: Frame, position: int, heading: Heading) -> bool:
    """Tell whether the title is a link that a saved page without an address cannot resolve."""
    block = frame.page.blocks[position]
    if frame.page.nodes[block.node].heading == "h1" or frame.page.links(position):
        return False
    hrefs = (a.href for a in block.anchors if a.text and heading.title.startswith(a.text[:20]))
    return any(not href.startswith(("#", "javascript:")) for href in hrefs)


def _target(frame: Frame, position: int) -> tuple[Address | None, str]:
    """Return the article or event that a block links to, and the link's words."""
    found: tuple[Address | None, str] = None, ""
    for link in frame.page.links(position):
        address = frame.portal.locate(link.url)
        if address and address.kind in _ITEM_KINDS and address.portal_id and not found[1]:
            found = address, link.text
    return found


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


def _from_title(address: Address, words: str) -> ListingItem:
    dated = split_dated(words)
    if dated and dated.title:
        return ListingItem(address, dated.title, dated.day)
    return ListingItem(address, words)


def _from_lines(frame: Frame, address: Address, above: list[int]) -> ListingItem:
    """Make the item of the lines above its link: the last dated one is its title."""
    lines = [frame.page.blocks[position].text for position in above]
    dated = [(i, d) for i, d in enumerate(map(split_dated, lines)) if d and d.title]
    if not dated:
        return ListingItem(address, lines[0] if lines else "", None, lines[1:], list(above))
    start, heading = dated[-1]
    return ListingItem(address, heading.title, heading.day, lines[start + 1 :], above[start:])


def _beside(text: str, words: str) -> str:
    """Return what stands beside a link in its block."""
    return text.replace(words, " ", 1).strip(_PUNCTUATION) if words else text


def _read_line(frame: Frame, item: ListingItem, text: str) -> None:
    """Read a line of an item: its date, if it has none yet, else its teaser."""
    text = frame.labels.without_more(text).strip()
    if not text:
        return
    day = parse_day(text.strip(_PUNCTUATION)) if item.day is None and not item.lines else None
    if day:
        item.day = day
    elif any(map(str.isalnum, text)):
        item.lines.append(text)
