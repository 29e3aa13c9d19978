"""An entry of a list on any site, told apart: title, day and time, place, teaser, documents."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Final

from shio_scraper.addresses import names_document
from shio_scraper.items import Link
from shio_scraper.parsers.calendar import Calendar
from shio_scraper.parsers.frame import Frame
from shio_scraper.parsers.listed import Listed
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
from shio_scraper.parsers.repeats import Entry, entries
from shio_scraper.portals import list_words

_TITLE_HEAD: Final = re.compile(rf"(?:{list_words.ITEM_TITLE})\W*", re.IGNORECASE)
_BESIDE: Final = frozenset({"nav", "footer", "aside", "dialog"})
_HEADINGS: Final = 30
"""Headings above an entry that are looked at, at most."""
_WEEK: Final = 7


def read_postings(frame: Frame) -> list[Listed]:
    """Return the items of the page's lists, from top to bottom; each has a title."""
    calendar = Calendar(frame)
    pieces = PieceReader(frame, calendar)
    reader = _ItemReader(frame, pieces)
    read = [pieces.take(entry) for entry in entries(frame, calendar)]
    lists: dict[int, list[Reading]] = defaultdict(list)
    for one in read:
        lists[one.entry.list].append(one)
    slots = {number: _title_slot(of_list) for number, of_list in lists.items()}
    grids = {number for number, of_list in lists.items() if _is_grid(of_list, slots[number])}
    found: list[Listed] = []
    last: tuple[Listed, Piece | None, int] | None = None
    for one in read:
        if one.entry.list in grids:
            continue
        title = _title(one.pieces, slots[one.entry.list])
        item = reader.item(one, title)
        if last and last[0].day == item.day is not None:
            is_apart = last[2] != one.entry.list and last[1] is None
            if is_apart or (last[1] is None) is not (title is None):
                _join(last[0], item, named=title)
                last = (last[0], last[1] or title, last[2])
                continue
        last = (item, title, one.entry.list)
        found.append(item)
    own = {(one.title, one.day, one.starts, one.url): one for one in reversed(found) if one.title}
    return list(reversed(own.values()))


def _is_grid(read: list[Reading], slot: Slot | None) -> bool:
    """Tell the days of a calendar, one after the other, from a list of meetings."""
    days = [moment.day for one in read for moment in one.moments[:1] if moment.day]
    following = sum(later - day == timedelta(1) for day, later in pairwise(days))
    return slot is None and len(days) > _WEEK and following > len(days) // 2


def _join(item: Listed, other: Listed, *, named: Piece | None) -> None:
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
    """Return where the names of a list's entries stand: by headings, columns, links, words."""
    held: dict[Slot, list[Piece]] = defaultdict(list)
    for one in read:
        for slot, piece in {p.slot: p for p in reversed(one.pieces) if is_name(p)}.items():
            held[slot].append(piece)
    order: dict[Slot, int] = {}
    for one in read:
        for piece in one.pieces:
            order.setdefault(piece.slot, len(order))

    def score(slot: Slot) -> float:
        pieces = held[slot]
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

    return max(held, key=score, default=None)


def _title(pieces: list[Piece], slot: Slot | None) -> Piece | None:
    """Return what names an entry: what stands where the others' names do, else the likeliest."""
    named = [piece for piece in pieces if is_name(piece)]
    for chosen in (
        (p for p in named if p.slot == slot),
        (p for p in named if p.is_heading),
        (p for p in named if p.url and not names_document(p.url)),
        iter(named),
    ):
        if found := next(chosen, None):
            return found
    return None


class _ItemReader:
    def __init__(self, frame: Frame, pieces: PieceReader) -> None:
        self._page = frame.page
        self._pieces = pieces
        self._heading_names: dict[int, str] = {}

    def item(self, read: Reading, title: Piece | None) -> Listed:
        """Return an entry's item; its title is empty where neither it nor the page names it."""
        entry, pieces, moments = read.entry, read.pieces, read.moments
        item = Listed(None, "", blocks=list(entry.blocks))
        dated = [(m.day, m) for m in moments if m.day]
        own = [(day, m) for day, m in dated if m.position == entry.mark] or dated
        for day, moment in own[:1]:
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
        """Return the heading above an entry that says more than "meetings", else the nearest."""
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
            pieces: list[Piece] = []
            self._pieces.read(position, pieces, [])
            found = next(filter(is_name, pieces), None)
            self._heading_names[position] = found.text if found else ""
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
    """Return from when to when something lasts that says these times of a day, ISO 8601."""
    moments = [datetime.combine(day, one).isoformat() for one in times[:2]]
    starts = moments[0] if moments else None
    return starts, moments[1] if len(moments) > 1 and moments[1] > moments[0] else None
