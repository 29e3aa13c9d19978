"""Reads the items of a list: from each entry the title, the day, the teaser and more.

On a portal, the map tells the address of an item; the link to it has the title. On any other site,
the title stands where the other entries of the list have theirs, and the entry may also have
times, a place and documents.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import islice, pairwise
from typing import Final

from shio_scraper.addresses import names_document
from shio_scraper.items import Link
from shio_scraper.pages import Anchor, Lead
from shio_scraper.parsers.calendar import PUNCTUATION, Calendar, day_of
from shio_scraper.parsers.dates import split_dated
from shio_scraper.parsers.frame import Frame, Role
from shio_scraper.parsers.pieces import (
    Piece,
    PieceReader,
    Reading,
    Slot,
    is_document,
    is_name,
    is_place,
    is_reference,
    labelled_place,
    meets,
    names_something,
    says_more,
)
from shio_scraper.parsers.repeats import LINES, Entry, entries
from shio_scraper.portals import Address, DateRules, list_words

_BEFORE_A_DATE: Final = " -–—|·[(（【"
_MOST_DAYS: Final = 100
"""Most dates in elements of their own that are searched for in an item's lines."""
_LABEL: Final = re.compile(r"[^:：]{1,14}[:：]\s*")
_WITHIN: Final = LINES | {Role.QUESTION, Role.ANSWER}
_TITLE_HEAD: Final = re.compile(rf"(?:{list_words.ITEM_TITLE})\W*", re.IGNORECASE)
_BESIDE: Final = frozenset({"nav", "footer", "aside", "dialog"})
_HEADINGS: Final = 30
"""Most headings above an entry that are tried as its title."""
_WEEK: Final = 7


@dataclass(slots=True)
class Listed:
    """One item of a listing: the page that it leads to, its values, and its blocks.

    ``address`` is ``None`` in a text, which has no links, and on a site without a map. There,
    ``link`` is the address that the item leads to. ``starts`` and ``ends`` are in ISO 8601, and
    ``None`` if no time is printed. ``lines`` are the lines of the teaser.
    """

    address: Address | None
    title: str
    day: date | None = None
    lines: list[str] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)
    link: str | None = None
    starts: str | None = None
    ends: str | None = None
    place: str | None = None
    links: list[Link] = field(default_factory=list)
    documents: list[Link] = field(default_factory=list)

    @property
    def url(self) -> str | None:
        """The absolute address that the item leads to; ``None`` without a link."""
        return self.address.url if self.address else self.link

    @property
    def teaser(self) -> str | None:
        """The lines of the teaser as one text; ``None`` if the item has none."""
        return " ".join(self.lines) or None


@dataclass(slots=True)
class ListingItem(Listed):
    """An item with a link to a page of the portal."""

    address: Address


def read_item(
    frame: Frame, links: Mapping[int, Sequence[Lead]], entry: range, linked: int
) -> ListingItem:
    """Return the item of an entry. It leads to the address of the link in the block ``linked``.

    The title is the text of the first link, or the first line. The day stands in a line or an
    element of its own, in the title, or behind a label.
    """
    item = ListingItem(links[linked][0].address, "")
    rules, labels = frame.portal.dates, frame.labels
    for position in entry:
        if position in links or frame.roles[position] in _WITHIN:
            item.blocks.append(position)
            item.lines.append(_line(frame, item, links.get(position, ()), position))
    if item.day is None and (day_at := next(_days(frame, item), None)):
        item.day, start, rest = day_at
        item.lines[start : start + len(rest)] = rest
    if item.day is None and (dated := split_dated(item.title, rules)) and dated.title:
        item.title, item.day = dated.title, dated.day
    if item.day is None:
        _take_labelled_day(item, rules)
    if not item.title:
        _take_title(item, linked, rules)
    lines = (labels.without_more(line).strip() for line in item.lines)
    item.lines = [line for line in lines if any(map(str.isalnum, line)) and line != item.title]
    return item


def _line(frame: Frame, item: ListingItem, links: Sequence[Lead], position: int) -> str:
    """Return a block's text without the text of the item's links; the first is taken as title."""
    block, rules = frame.page.blocks[position], frame.portal.dates
    untitled, words = not item.title, []
    for anchor, address in links:
        if address.url != item.address.url or not anchor.text:
            continue
        if frame.labels.is_more(anchor.text):
            words.append(anchor)
        elif not item.title and not day_of(anchor.text, rules=rules):
            _name(item, anchor, block.parts, rules)
            words.append(anchor)
    text = block.without(words, " ")
    return text.strip(PUNCTUATION) if untitled and item.title else text


def _name(item: ListingItem, anchor: Anchor, parts: Sequence[str], rules: DateRules) -> None:
    """Give an item the text of its link as title, without a date in it.

    If the text is cut off, the link's ``title`` attribute has the whole title.
    """
    item.title = anchor.text
    for part in parts:
        if item.title.endswith(part) and (day := day_of(part, rules=rules)):
            item.title, item.day = item.title.removesuffix(part).rstrip(_BEFORE_A_DATE), day
    stem = item.title.rstrip(" .…")
    if anchor.title.startswith(stem) and stem != item.title:
        item.title = anchor.title


def _days(frame: Frame, item: ListingItem) -> Iterator[tuple[date, int, list[str]]]:
    """Yield each day in lines or elements of its own, its first line, and the lines without it."""
    rules, lines = frame.portal.dates, item.lines
    for start, number in ((i, n) for n in (1, 2) for i in range(len(lines) + 1 - n)):
        if day := day_of(*lines[start : start + number], rules=rules):
            yield day, start, [""] * number
    parts = (part for i in item.blocks for part in frame.page.blocks[i].parts)
    days = ((part, day) for part in parts if (day := day_of(part, rules=rules)))
    for part, day in islice(days, _MOST_DAYS):
        index = next((i for i, line in enumerate(lines) if part in line), None)
        if index is not None:
            yield day, index, [lines[index].replace(part, " ", 1).strip(PUNCTUATION)]


def _take_labelled_day(item: ListingItem, rules: DateRules) -> None:
    for index, line in enumerate(item.lines):
        dated = split_dated(line, rules)
        if dated and _LABEL.fullmatch(dated.title):
            item.day, item.lines[index] = dated.day, ""
            return


def _take_title(item: ListingItem, linked: int, rules: DateRules) -> None:
    """Give a title to an item whose link has no text: from the last dated line, or the first line.

    ``linked`` is the block of the item's link, which may stand above the title.
    """
    split = [(i, split_dated(line, rules)) for i, line in enumerate(item.lines)]
    dated = [(i, d) for i, d in split if d and d.title]
    if dated and item.day is None:
        start, line = dated[-1]
        item.title, item.day = line.title, line.day
        above = [block for block in item.blocks[:start] if block == linked]
        item.lines, item.blocks = item.lines[start + 1 :], [*above, *item.blocks[start:]]
    else:
        item.title = next(filter(None, item.lines), "")


def read_postings(frame: Frame) -> list[Listed]:
    """Return the items of the lists on a page without a map, from top to bottom.

    Each item has a title. Neighbouring entries of one day are joined to one item if only one of
    them has a title.
    """
    calendar = Calendar(frame)
    pieces = PieceReader(frame, calendar)
    reader = _ItemReader(frame, pieces)
    read = [pieces.take(entry) for entry in entries(frame, calendar)]
    lists: dict[int, list[Reading]] = defaultdict(list)
    for reading in read:
        lists[reading.entry.list].append(reading)
    slots = {number: _title_slot(of_list) for number, of_list in lists.items()}
    grids = {number for number, of_list in lists.items() if _is_grid(of_list, slots[number])}
    items: list[Listed] = []
    last: tuple[Listed, Piece | None, int] | None = None
    for reading in read:
        if reading.entry.list in grids:
            continue
        title = _title(reading.pieces, slots[reading.entry.list])
        item = reader.item(reading, title)
        if last and last[0].day == item.day is not None:
            is_apart = last[2] != reading.entry.list and last[1] is None
            if is_apart or (last[1] is None) is not (title is None):
                _join(last[0], item, named=title)
                last = (last[0], last[1] or title, last[2])
                continue
        last = (item, title, reading.entry.list)
        items.append(item)
    named = (item for item in reversed(items) if item.title)
    distinct = {(item.title, item.day, item.starts, item.url): item for item in named}
    return list(reversed(distinct.values()))


def _is_grid(read: list[Reading], slot: Slot | None) -> bool:
    """Tell whether entries are the consecutive days of a calendar, and no list of meetings."""
    days = [moment.day for reading in read for moment in reading.moments[:1] if moment.day]
    following = sum(later - day == timedelta(1) for day, later in pairwise(days))
    return slot is None and len(days) > _WEEK and following > len(days) // 2


def _join(item: Listed, other: Listed, *, named: Piece | None) -> None:
    """Add the values of ``other`` to ``item``; its title too if ``named`` says that it has one."""
    if named:
        item.title, item.link = other.title, other.link
    item.link = item.link or other.link
    item.starts, item.ends = item.starts or other.starts, item.ends or other.ends
    item.place = item.place or other.place
    item.lines += other.lines
    item.blocks += other.blocks
    item.documents += other.documents
    item.links += other.links


def _title_slot(read: list[Reading]) -> Slot | None:
    """Return the slot of the names of a list's entries: by headings, columns, links and words."""
    names: dict[Slot, list[Piece]] = defaultdict(list)
    for reading in read:
        for slot, piece in {p.slot: p for p in reversed(reading.pieces) if is_name(p)}.items():
            names[slot].append(piece)
    order: dict[Slot, int] = {}
    for reading in read:
        for piece in reading.pieces:
            order.setdefault(piece.slot, len(order))

    def score(slot: Slot) -> float:
        pieces = names[slot]
        most = len(pieces)
        first = pieces[0]
        different = len({piece.text for piece in pieces}) / most
        length = sum(min(len(piece.text), 25) for piece in pieces) / most
        return (
            2.0 * most / len(read)
            + 1.5 * first.is_heading
            + 1.5 * bool(first.head and _TITLE_HEAD.fullmatch(first.head))
            + 0.8 * (sum(bool(p.url) and not names_document(p.url or "") for p in pieces) / most)
            + 0.3 * (sum(bool(p.url) for p in pieces) / most)
            + 0.6 * (sum(meets(p.text) for p in pieces) / most)
            + 0.8 * different
            + 0.02 * length
            - 0.1 * order[slot]
            - 1.5 * (sum(is_reference(p.text) for p in pieces) / most)
        )

    return max(names, key=score, default=None)


def _title(pieces: list[Piece], slot: Slot | None) -> Piece | None:
    """Return the piece that names an entry: the one in the list's slot, else the likeliest."""
    named = [piece for piece in pieces if is_name(piece)]
    for chosen in (
        (p for p in named if p.slot == slot),
        (p for p in named if p.is_heading),
        (p for p in named if p.url and not names_document(p.url)),
        iter(named),
    ):
        if piece := next(chosen, None):
            return piece
    return None


class _ItemReader:
    def __init__(self, frame: Frame, pieces: PieceReader) -> None:
        self._page = frame.page
        self._pieces = pieces
        self._heading_names: dict[int, str] = {}

    def item(self, read: Reading, title: Piece | None) -> Listed:
        """Return the item of an entry.

        Without a title in the entry, the title is that of a heading above, or of the page; it is
        empty if these are missing too.
        """
        entry, pieces, moments = read.entry, read.pieces, read.moments
        item = Listed(None, "", blocks=list(entry.blocks))
        dated = [(m.day, m) for m in moments if m.day]
        marked = [(day, m) for day, m in dated if m.position == entry.mark] or dated
        for day, moment in marked[:1]:
            alone = (m.times for m in moments if m.times and not m.day)
            item.day = day
            item.starts, item.ends = lasting(day, moment.times or next(alone, ()))
        item.title = title.text if title else self._above(entry)
        item.place, at = self._place(pieces, title)
        links = [Link(text=p.text, url=p.url) for p in pieces if p.url]
        item.links = links
        item.documents = [link for link in links if is_document(link)]
        leads = [link.url for link in links if link not in item.documents]
        item.link = (title and title.url) or next(
            iter([*leads, *(link.url for link in links)]), None
        )
        rest = (p.text for p in pieces if p is not title and p is not at and not p.url)
        item.lines = list(filter(says_more, rest))
        return item

    def _above(self, entry: Entry) -> str:
        """Return the nearest heading above an entry that says more than "Meetings 2024".

        Without such a heading, return the nearest, else the page's title.
        """
        nearest = ""
        last = bisect_left(self._headings, entry.blocks.start)
        for position in reversed(self._headings[max(last - _HEADINGS, 0) : last]):
            if text := self._named(position):
                nearest = nearest or text
                if names_something(text):
                    return text
        return nearest or self._page.said.title

    def _named(self, position: int) -> str:
        if position not in self._heading_names:
            read = self._pieces.take(Entry(range(position, position + 1), position))
            name = next(filter(is_name, read.pieces), None)
            self._heading_names[position] = name.text if name else ""
        return self._heading_names[position]

    @cached_property
    def _headings(self) -> list[int]:
        nodes = map(self._page.node, range(len(self._page.blocks)))
        return [i for i, node in enumerate(nodes) if node.heading and node.part not in _BESIDE]

    @staticmethod
    def _place(pieces: list[Piece], title: Piece | None) -> tuple[str | None, Piece | None]:
        for piece in pieces:
            if place := labelled_place(piece):
                return place, piece
        for piece in pieces:
            if piece is not title and not piece.url and is_place(piece.text):
                return piece.text, piece
        return None, None


def lasting(day: date, times: tuple[time, ...]) -> tuple[str | None, str | None]:
    """Return start and end, in ISO 8601, by the times of a day; ``None`` for a missing time.

    The second time is the end only if it is later than the first.
    """
    moments = [datetime.combine(day, clock).isoformat() for clock in times[:2]]
    starts = moments[0] if moments else None
    return starts, moments[1] if len(moments) > 1 and moments[1] > moments[0] else None
