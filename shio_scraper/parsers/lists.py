"""Reads listings: the items with their date and teaser, and the numbers of the listing's pages.

Items are entries that repeat in one element, each with a link to an article or event. The listing
is the largest list of dated items, beside the pager if there is one. Links in menus and boxes
beside it are no items.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from shio_scraper.pages import Lead
from shio_scraper.parsers.dates import split_dated
from shio_scraper.parsers.frame import Frame, Role
from shio_scraper.parsers.heading import Heading
from shio_scraper.parsers.listed import Listed, ListingItem, read_item, read_postings
from shio_scraper.parsers.places import Places
from shio_scraper.parsers.repeats import LINES, LISTINGS, Leading, is_item
from shio_scraper.portals import ANY_SITE, Address

_NEAR: Final = 5
"""Most blocks from the last link of a list to its pager."""
MOST: Final = 4_000
"""Most blocks with links that are read as a listing: twice the links followed (SHIO_MAX_LINKS)."""


def read_items(frame: Frame) -> Sequence[Listed]:
    """Return the listing's items from top to bottom.

    In a text, items are lines in the listings' form. On a site without a map, they are entries
    that repeat.
    """
    if frame.portal is not ANY_SITE:
        return linked_items(frame) or _read_text(frame)
    if frame.items is None:
        frame.items = [], read_postings(frame)
    return frame.items[1]


def linked_items(frame: Frame) -> list[ListingItem]:
    """Return the listing's items that are links, from top to bottom.

    The entry of an item holds a date above, beside or below the title, and the teaser, which may
    be whole, cut off or missing. If only a "read more" leads to the item, the lines above that
    link are the item.
    """
    if frame.portal is ANY_SITE:
        return []
    if frame.items is None or frame.items[0] != frame.roles:
        links = _links_to_items(frame, MOST)
        frame.items = [*frame.roles], _largest(frame, links) if links else []
    return frame.items[1]


def left_out(frame: Frame) -> int:
    """Return how many blocks with links to items are left out because of ``MOST``."""
    is_large = len(frame.page.blocks) > MOST
    return max(0, len(_links_to_items(frame)) - MOST) if is_large else 0


def _links_to_items(frame: Frame, most: int | None = None) -> dict[int, list[Lead]]:
    """Return, by block, the links to items of the page's kind: events on a listing of events."""
    page = frame.page
    leads = ((i, list(filter(is_item, page.leads(i)))) for i in range(len(page.blocks)))
    by_block = dict(islice(((position, links) for position, links in leads if links), most))
    if page.address is None or page.address.kind not in LISTINGS:
        return by_block
    of_events = page.address.kind == "event_listing"
    of_kind = {
        position: [link for link in links if (link.address.kind == "event") is of_events]
        for position, links in by_block.items()
    }
    return {position: links for position, links in of_kind.items() if links} or by_block


def _largest(frame: Frame, links: dict[int, list[Lead]]) -> list[ListingItem]:
    """Return the items of the largest list, if possible of dated items and beside the pager."""
    lists: dict[tuple[object, ...], list[list[ListingItem]]] = defaultdict(list)
    for part in Leading(frame, links).parts():
        items = [read_item(frame, links, entry.blocks, entry.mark) for entry in part.entries]
        lists[part.of, _are_dated(items)].append(items)
    pagers = [i for i in range(len(frame.roles)) if _pages(frame, i)]

    def rank(parts: Sequence[Sequence[ListingItem]]) -> tuple[float, ...]:
        items = [item for part in parts for item in part]
        in_frame = frame.page.node(items[0].blocks[0]).zone is not None
        last = next(i for i in items[-1].blocks if i in links)
        is_paged = any(0 < i - last <= _NEAR for i in pagers)
        return (not in_frame, _are_dated(items), is_paged, len(items), -len(parts))

    return [item for part in max(lists.values(), key=rank) for item in _alike(part, links, frame)]


def _alike(
    items: Sequence[ListingItem], links: dict[int, list[Lead]], frame: Frame
) -> Iterator[ListingItem]:
    """Yield the items of a list that are made like a dated one; all if none is dated."""
    places = Places(frame.page)
    makes = [places.path(next(i for i in item.blocks if i in links)) for item in items]
    dated = {make for make, item in zip(makes, items, strict=True) if item.day}
    for make, item in zip(makes, items, strict=True):
        if not dated or make in dated:
            yield item


def _are_dated(items: Sequence[ListingItem]) -> bool:
    return sum(item.day is not None for item in items) * 2 > len(items)


_LONGEST_LINE: Final = 2_000
"""Most characters of a line that may be part of an item in a text."""


def _read_text(frame: Frame) -> list[Listed]:
    """Return the items of a page without links: a line in the listings' form begins each item."""
    items: list[Listed] = []
    is_within = False
    for position, block in enumerate(frame.page.blocks):
        is_line = len(block.text) <= _LONGEST_LINE
        dated = split_dated(block.text, frame.portal.dates) if is_line else None
        is_within = frame.roles[position] in LINES and (is_within or bool(dated))
        if not is_within:
            continue
        if dated and dated.listed and dated.title:
            items.append(Listed(None, dated.title, dated.day, blocks=[position]))
        elif items:
            items[-1].lines.append(block.text)
            items[-1].blocks.append(position)
    return items


def next_pages(frame: Frame) -> set[int] | None:
    """Return the numbers of the pages of this listing that the page links to; ``None`` for none."""
    here = frame.page.address
    if here is None or here.kind not in LISTINGS:
        return None
    first = here.first_page
    pages = {
        address.page_number
        for position in range(len(frame.roles))
        for _, address in frame.page.leads(position)
        if address.family is here.family and address.first_page == first
    }
    return pages or None


def is_listing(frame: Frame, headings: list[Heading]) -> bool:
    """Tell whether a page of unknown address is a listing: its dated lines link to other pages.

    A page without links is a listing if it has several dates in the listings' form, behind a dash.
    """
    if not headings:
        return False
    first, items = range(headings[0].start, headings[0].end), linked_items(frame)
    if len(items) > 1 and any(i in first for item in items for i in item.blocks):
        return True
    linked = [heading for heading in headings if _leads_elsewhere(frame, heading)]
    if linked:
        return len(linked) == len(headings) or headings[0] in linked
    if len(headings) > 1 and _side_by_side(frame, headings[0], headings[1]):
        return True
    return all(heading.listed for heading in headings) and not _is_alone(frame, headings[0])


def _is_alone(frame: Frame, first: Heading) -> bool:
    """Tell whether a title is the only one of the page, with more below it than a teaser.

    It must stand right below the section.
    """
    is_placed = first.start > 0 and frame.roles[first.start - 1] is Role.SECTION
    texts = frame.roles[first.end :].count(Role.TEXT)
    return is_placed and texts > 1 and len(_read_text(frame)) == 1


def _side_by_side(frame: Frame, one: Heading, other: Heading) -> bool:
    """Tell whether two dated lines of the same make follow each other without text between."""
    tags = {frame.page.node(heading.start).tag for heading in (one, other)}
    return len(tags) == 1 and not frame.roles[one.end : other.start].count(Role.TEXT)


def _leads_elsewhere(frame: Frame, heading: Heading) -> bool:
    own, positions = frame.page.address, range(heading.start, heading.end)
    targets = list(filter(None, (_target(frame, i) for i in positions)))
    if own:
        return any(target.url != own.url for target in targets)
    return bool(targets) or any(_is_unknown_link(frame, i, heading) for i in positions)


def _is_unknown_link(frame: Frame, position: int, heading: Heading) -> bool:
    """Tell whether the title is a link that a saved page without an address cannot resolve."""
    block = frame.page.blocks[position]
    if frame.page.nodes[block.node].heading == "h1" or frame.page.links(position):
        return False
    hrefs = (a.href for a in block.anchors if a.text and heading.title.startswith(a.text[:20]))
    return any(not href.startswith(("#", "javascript:")) for href in hrefs)


def _target(frame: Frame, position: int) -> Address | None:
    """Return the article or event that a block links to."""
    return next((lead.address for lead in frame.page.leads(position) if is_item(lead)), None)


def _pages(frame: Frame, position: int) -> bool:
    """Tell whether a block links to pages of a listing."""
    return any(address.kind in LISTINGS for _, address in frame.page.leads(position))
