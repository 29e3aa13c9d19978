"""Listings: items with their date and teaser, and the pages that follow.

Items are what repeats: siblings of one make, each with a link to an article or event. The
largest group of dated ones, beside the pager where one is, is the listing; links in menus and
boxes beside it are none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Final, NamedTuple

from shio_scraper.pages import Lead
from shio_scraper.parsers.dates import split_dated
from shio_scraper.parsers.frame import Frame, Role
from shio_scraper.parsers.heading import Heading
from shio_scraper.parsers.listing_item import (
    PUNCTUATION,
    Listed,
    ListingItem,
    day_of,
    name,
    take_day,
    take_title,
)
from shio_scraper.parsers.posting import read_postings
from shio_scraper.portals import ANY_SITE, Address

_ITEM_KINDS: Final = {"article", "event", "press_conference"}
_LINES: Final = {Role.TEXT, Role.DATE}
_WITHIN: Final = _LINES | {Role.QUESTION, Role.ANSWER}
_LISTING_KINDS: Final = {"listing", "event_listing"}
_LONGEST_ENTRY: Final = 20
"""Blocks of an entry that stands alone in its element, at most."""
_NEAR: Final = 5
"""Blocks from the last link of a list to those to its other pages, at most."""
MOST: Final = 4_000
"""Blocks of links that are read as a listing: twice as many as are followed (SHIO_MAX_LINKS)."""
_LEVELS: Final = 24
"""Elements around a link that are looked at, at most."""


class _Unit(NamedTuple):
    """An element, or a block, that holds links to items: from block ``start`` to ``end``."""

    start: int
    end: int


def read_items(frame: Frame) -> Sequence[Listed]:
    """Return the listing's items from top to bottom; those of a text are lines in its form.

    On a site that no map is of they are what repeats.
    """
    if frame.portal is not ANY_SITE:
        return linked_items(frame) or _read_text(frame)
    if frame.items is None:
        frame.items = [], read_postings(frame)
    return frame.items[1]


def linked_items(frame: Frame) -> list[ListingItem]:
    """Return the listing's items that are links, from top to bottom.

    What an item's entry holds is its own alone: a date above the title, beside or below it,
    the teaser, be it whole, cut, or missing. Where only a "read more" leads on, the lines
    above it are the item.
    """
    if frame.portal is ANY_SITE:
        return []
    if frame.items is None or frame.items[0] != frame.roles:
        links = _links_to_items(frame, MOST)
        frame.items = [*frame.roles], _Groups(frame, links).largest() if links else []
    return frame.items[1]


def left_out(frame: Frame) -> int:
    """Return how many blocks with links to items are more than are read as a listing."""
    is_large = len(frame.page.blocks) > MOST
    return max(0, len(_links_to_items(frame)) - MOST) if is_large else 0


def _links_to_items(frame: Frame, most: int | None = None) -> dict[int, list[Lead]]:
    """Return by block the links to what the page lists: events, or all else."""
    found: dict[int, list[Lead]] = {}
    page = frame.page
    for position in range(len(page.blocks)):
        if links := [one for one in page.leads(position) if _is_item(one.address)]:
            found[position] = links
        if len(found) == most:
            break
    if page.address is None or page.address.kind not in _LISTING_KINDS:
        return found
    of_events = page.address.kind == "event_listing"
    own = {
        position: [link for link in links if (link.address.kind == "event") is of_events]
        for position, links in found.items()
    }
    return {position: links for position, links in own.items() if links} or found


def _is_item(address: Address) -> bool:
    return address.kind in _ITEM_KINDS and bool(address.portal_id)


class _Groups:
    """Groups of entries of one make."""

    def __init__(self, frame: Frame, links: dict[int, list[Lead]]) -> None:
        self._frame = frame
        self._page = frame.page
        self._dates = frame.portal.dates
        self._links = links
        self._makes: dict[int, tuple[str, ...]] = {}
        self._items_of: dict[tuple[range, int], ListingItem] = {}

    def largest(self) -> list[ListingItem]:
        """Return the items of the largest group: of dated ones, beside the pager, if any."""
        groups: dict[tuple[object, ...], list[list[ListingItem]]] = defaultdict(list)
        for node, units in self._containers():
            items = self._items(node, units)
            dated = sum(item.day is not None for item in items) * 2 > len(items)
            parent = self._page.nodes[node].parent if node else -1
            makes = Counter(self._make(self._linked(unit)) for unit in units)
            # Lists that follow each other are one, parted.
            groups[parent, makes.most_common(1)[0][0], dated].append(items)
        parts = max(groups.values(), key=self._rank)
        return [item for part in parts for item in self._alike(part)]

    def _rank(self, parts: Sequence[Sequence[ListingItem]]) -> tuple[float, ...]:
        items = [item for part in parts for item in part]
        in_frame = self._page.nodes[self._page.blocks[items[0].blocks[0]].node].zone is not None
        dated = sum(item.day is not None for item in items) * 2 > len(items)
        last = next(i for i in items[-1].blocks if i in self._links)
        is_paged = any(0 < i - last <= _NEAR for i in self._pagers)
        return (not in_frame, dated, is_paged, len(items), -len(parts))

    @cached_property
    def _pagers(self) -> list[int]:
        """The blocks that lead to other pages of the listing."""
        return [i for i in range(len(self._page.blocks)) if _pages(self._frame, i)]

    def _alike(self, items: list[ListingItem]) -> list[ListingItem]:
        """Return the items of a list: dated, or made like one that is."""
        makes = [self._make(next(i for i in item.blocks if i in self._links)) for item in items]
        dated = {make for make, item in zip(makes, items, strict=True) if item.day}
        alike = (not dated or make in dated for make in makes)
        return [i for i, is_alike in zip(items, alike, strict=True) if is_alike or i.day]

    def _make(self, position: int) -> tuple[str, ...]:
        node = self._page.blocks[position].node
        if node not in self._makes:
            self._makes[node] = tuple(self._page.nodes[n].tag for n in self._around(position))
        return self._makes[node]

    def _around(self, position: int) -> Iterator[int]:
        """Yield the elements around a block that may be its entry's or its list's."""
        node = self._page.blocks[position].node
        for _ in range(_LEVELS):
            yield node
            if not node:
                return
            node = self._page.nodes[node].parent

    def _containers(self) -> Iterator[tuple[int, list[_Unit]]]:
        """Yield elements with their units of one tag, each of which leads to one page."""
        found: dict[tuple[int, str], dict[_Unit, set[str]]] = defaultdict(dict)
        for position, links in self._links.items():
            unit, tag = _Unit(position, position + 1), ""
            urls = {link.address.url for link in links}
            for node in self._around(position):
                place = self._page.nodes[node]
                around = self._page.nodes[place.parent]
                here = _Unit(place.start, place.end)
                # Of elements that hold nothing but each other, the innermost tells it all.
                if not tag or not node or not unit == here == (around.start, around.end):
                    found[node, tag].setdefault(unit, set()).update(urls)
                unit, tag = here, place.tag
        for (node, tag), units in found.items():
            seen: set[str] = set()
            own = []
            for unit, urls in units.items():
                own += [unit] if urls - seen else []
                seen |= urls
            is_small = own[-1].end - own[0].start <= _LONGEST_ENTRY
            if not tag or (len(own) * 2 > len(seen) and (len(own) > 1 or is_small)):
                yield node, own

    def _items(self, node: int, units: list[_Unit]) -> list[ListingItem]:
        """Return the items of an element's units; one alone may reach as far as the page."""
        place = self._page.nodes[node]
        before, last = (place.start, place.end) if len(units) > 1 else (0, len(self._page.blocks))
        above = self._dates_above(units, before)
        if len(units) > 1 and all(u.end == v.start - above for u, v in pairwise(units)):
            last = units[-1].end
        stops = [*(unit.start - above for unit in units[1:]), last]
        items = []
        for unit, stop in zip(units, stops, strict=True):
            end = self._plain(range(unit.end, stop), self._address(unit))
            entry = range(unit.start - above, end)
            if self._leads_on_only(unit):
                start = 1 + self._plain(range(unit.start - 1, before - 1, -1), self._address(unit))
                entry = range(start, unit.end)
            items.append(self._item(entry, unit))
            before = entry.stop
        return items

    def _dates_above(self, units: list[_Unit], first: int) -> int:
        """Return how many blocks of a date stand above each link: none, one, or two."""
        start, end = units[0].start, units[-1].end
        above = [block.text for block in self._page.blocks[max(start - 2, first) : start]]
        below = [block.text for block in self._page.blocks[end : end + 1]]
        if self._item(range(*units[0]), units[0]).day or self._day(*below):
            return 0
        return next((n for n in range(1, len(above) + 1) if self._day(*above[-n:])), 0)

    def _day(self, *texts: str) -> date | None:
        return day_of(*texts, rules=self._dates)

    def _linked(self, unit: _Unit) -> int:
        """Return the block of a unit's first link."""
        return next(i for i in range(*unit) if i in self._links)

    def _address(self, unit: _Unit) -> Address:
        return self._links[self._linked(unit)][0].address

    def _plain(self, positions: range, own: Address) -> int:
        """Return the first of ``positions`` that is no line of an entry, else where they stop."""
        for position in positions:
            target = _target(self._frame, position)
            is_line = target or self._frame.roles[position] in _LINES
            leads_away = target is not None and target.url != own.url
            if not is_line or leads_away or _pages(self._frame, position):
                return position
        return positions.stop

    def _leads_on_only(self, unit: _Unit) -> bool:
        """Tell whether a unit is but a link that reads "more"."""
        text = self._page.blocks[unit.start].text
        return unit.end - unit.start == 1 and self._frame.labels.is_more(text.strip(PUNCTUATION))

    def _item(self, entry: range, unit: _Unit) -> ListingItem:
        """Return the item of an entry, which is that of many elements around it."""
        key = entry, self._linked(unit)
        if key not in self._items_of:
            self._items_of[key] = self._read(*key)
        return self._items_of[key]

    def _read(self, entry: range, linked: int) -> ListingItem:
        """Return an item: its title is its first link's words, or its entry's first line."""
        address = self._links[linked][0].address
        item = ListingItem(address, "")
        for position in entry:
            if position in self._links or self._frame.roles[position] in _WITHIN:
                item.blocks.append(position)
                item.lines.append(self._line(item, address, position))
        parts = [part for i in item.blocks for part in self._page.blocks[i].parts]
        take_day(item, parts, self._dates)
        if not item.title:
            take_title(item, linked, self._dates)
        without_more = self._frame.labels.without_more
        lines = (without_more(line).strip() for line in item.lines)
        item.lines = [line for line in lines if any(map(str.isalnum, line)) and line != item.title]
        return item

    def _line(self, item: ListingItem, address: Address, position: int) -> str:
        """Return a block's text without its links' words; the first ones are the item's title."""
        block = self._page.blocks[position]
        untitled, words = not item.title, []
        for link in self._links.get(position, ()):
            if link.address.url != address.url or not link.anchor.text:
                continue
            if self._frame.labels.is_more(link.anchor.text):
                words.append(link.anchor)
            elif not item.title and not self._day(link.anchor.text):
                name(item, link.anchor, block.parts, self._dates)
                words.append(link.anchor)
        text = block.without(words, " ")
        return text.strip(PUNCTUATION) if untitled and item.title else text


_LONGEST_LINE: Final = 2_000
"""Characters of a line that may be an item's in a text."""


def _read_text(frame: Frame) -> list[Listed]:
    """Return the items of a page without links to any: lines in the listings' form head them."""
    items: list[Listed] = []
    is_within = False
    for position, block in enumerate(frame.page.blocks):
        is_line = len(block.text) <= _LONGEST_LINE
        dated = split_dated(block.text, frame.portal.dates) if is_line else None
        is_within = frame.roles[position] in _LINES and (is_within or bool(dated))
        if not is_within:
            continue
        if dated and dated.listed and dated.title:
            items.append(Listed(None, dated.title, dated.day, blocks=[position]))
        elif items:
            items[-1].lines.append(block.text)
            items[-1].blocks.append(position)
    return items


def next_pages(frame: Frame) -> set[int] | None:
    """Return the pages of the same listing that the page links to; ``None`` for no such link."""
    here = frame.page.address
    if here is None or here.kind not in _LISTING_KINDS:
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
    """Tell a listing of unknown address from an article: its dated lines lead elsewhere.

    Without links, several dates in the listings' form behind a dash tell.
    """
    own = frame.page.address
    items = linked_items(frame) if headings else []
    first = {i for h in headings[:1] for i in range(h.start, h.end)}
    if len(items) > 1 and any(first.intersection(item.blocks) for item in items):
        return True
    linked = [h for h in headings if _leads_elsewhere(frame, h, own)]
    if linked:
        return len(linked) == len(headings) or headings[0] in linked
    if len(headings) > 1 and _side_by_side(frame, headings[0], headings[1]):
        return True
    return bool(headings) and all(h.listed for h in headings) and not _is_alone(frame, headings)


def _is_alone(frame: Frame, headings: list[Heading]) -> bool:
    """Tell the one title of a page, right below its section and with more below than a teaser."""
    first = headings[0]
    is_placed = first.start > 0 and frame.roles[first.start - 1] is Role.SECTION
    texts = frame.roles[first.end :].count(Role.TEXT)
    return is_placed and texts > 1 and len(_read_text(frame)) == 1


def _side_by_side(frame: Frame, one: Heading, other: Heading) -> bool:
    """Tell whether two dated lines of the same make follow each other without text between."""
    blocks, nodes = frame.page.blocks, frame.page.nodes
    tags = {nodes[blocks[heading.start].node].tag for heading in (one, other)}
    return len(tags) == 1 and not frame.roles[one.end : other.start].count(Role.TEXT)


def _leads_elsewhere(frame: Frame, heading: Heading, own: Address | None) -> bool:
    positions = range(heading.start, heading.end)
    targets = [_target(frame, i) for i in positions]
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


def _target(frame: Frame, position: int) -> Address | None:
    """Return the article or event that a block links to."""
    found = (address for _, address in frame.page.leads(position) if _is_item(address))
    return next(found, None)


def _pages(frame: Frame, position: int) -> bool:
    """Tell whether a block links to pages of a listing."""
    return any(address.kind in _LISTING_KINDS for _, address in frame.page.leads(position))
