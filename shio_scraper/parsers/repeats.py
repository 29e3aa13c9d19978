"""Finds the entries of lists on a page: groups of blocks made alike, each with a day or a link.

Days, or links, with the same path of elements mark the entries of a list. An entry is the largest
element around its mark that holds no other mark. If the entries are lines in one element, an entry
reaches to the next mark. On a portal, the map tells which links lead to items. There, an entry is
the largest element that holds the links to one item and to no other, however it is made.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from shio_scraper.pages import Lead
from shio_scraper.parsers.calendar import PUNCTUATION, Calendar, day_of
from shio_scraper.parsers.dates import split_dated
from shio_scraper.parsers.frame import Frame, Role
from shio_scraper.parsers.places import Places, reaches

_APART: Final = frozenset({"nav", "footer", "dialog"})
_NEVER: Final = frozenset({Role.FOOT, Role.FRAME, Role.ACCOUNT, Role.MORE})
_FEWEST: Final = 3
"""Fewest entries of a list: two days may belong to an article."""
_FEW: Final = 2
_LONGEST: Final = 300
"""Most characters of a line that holds an entry's day anywhere."""
_LONGEST_LIST: Final = 600
"""Most characters of a line that holds several entries."""
_OPENS_IN: Final = 40
"""Most characters before the day in a longer line."""
_MOST_BLOCKS: Final = 40
"""Most blocks of an entry."""
_LINK: Final = 12
"""Fewest characters, on average, of the texts of links that are titles."""
_MOST_OF: Final = 0.7
"""Least share of entries with a heading above them, for the headings to belong to the entries."""
_LISTED: Final = frozenset({"li", "tr", "article", "dd"})
"""Elements that hold an entry as a whole."""
_NEAR: Final = 5
"""Most blocks between two links to one item in the same entry."""
_ITEMS: Final = frozenset({"article", "event", "press_conference"})
LINES: Final = frozenset({Role.TEXT, Role.DATE})
"""Roles of the lines of an entry."""
LISTINGS: Final = frozenset({"listing", "event_listing"})
"""Kinds of pages that list other pages."""

Make = tuple[object, ...]
"""The tags of a block's element and of those around it; blocks made alike share it."""


class Entry(NamedTuple):
    """The blocks of one entry, and its ``mark``: the block with its day or link.

    ``list`` is the number of the list that the entry belongs to. ``span`` is the entry's part of
    the mark's text, if that block holds several entries.
    """

    blocks: range
    mark: int
    list: int = 0
    span: tuple[int, int] | None = None


class _Mark(NamedTuple):
    """Blocks with links to one item, its address, and the blocks around that belong to it alone."""

    blocks: range
    url: str
    reach: range


class Part(NamedTuple):
    """The entries in one element. Parts with the same ``of`` belong to one list."""

    of: tuple[int, Make]
    entries: list[Entry]


def entries(frame: Frame, calendar: Calendar) -> list[Entry]:
    """Return the entries of the page's lists, from top to bottom; none overlap."""
    repeats = _Repeats(frame, calendar)
    return repeats.dated() or repeats.linked()


class _Repeats:
    def __init__(self, frame: Frame, calendar: Calendar) -> None:
        self._frame = frame
        self._page = frame.page
        self._calendar = calendar
        self._places = Places(frame.page)

    def dated(self) -> list[Entry]:
        """Return the entries that are marked by days."""
        groups: dict[Make, list[int]] = defaultdict(list)
        several: list[Entry] = []
        for position in range(len(self._page.blocks)):
            if not self._may_hold(position):
                continue
            if spans := self._spans(position):
                several += [
                    Entry(range(position, position + 1), position, -1, span) for span in spans
                ]
            elif (where := self._day_in(position)) is not None:
                groups[(*self._places.path(position), where)].append(position)
        single = self._taken(marks for marks in groups.values() if len(marks) >= _FEW)
        taken = {position for entry in single for position in entry.blocks}
        return sorted(
            [*single, *(entry for entry in several if entry.mark not in taken)],
            key=lambda entry: (entry.mark, entry.span or (0, 0)),
        )

    def _spans(self, position: int) -> list[tuple[int, int]]:
        """Return the span of each entry in a block that is a list of days; else no span."""
        block = self._page.blocks[position]
        if len(block.text) > _LONGEST_LIST:
            return []
        days = self._calendar.days(block.text, position)
        length = sum(day.end - day.start for day in days)
        if len(days) < _FEWEST or 2 * length < len(block.text):
            return []
        starts = [0, *(day.start for day in days[1:])]
        return list(zip(starts, [*starts[1:], len(block.text)], strict=True))

    def linked(self) -> list[Entry]:
        """Return the entries that are marked by links only."""
        groups: dict[Make, list[int]] = defaultdict(list)
        for position, block in enumerate(self._page.blocks):
            if self._frame.roles[position] is Role.NAVIGATION or not self._may_hold(position):
                continue
            if any(_leads(anchor.href) for anchor in block.anchors):
                groups[self._places.path(position)].append(position)
        alike = [marks for marks in groups.values() if len(marks) >= _FEWEST]
        best = max(alike, key=self._length, default=[])
        return self._taken([best] if best and self._length(best) >= _LINK * len(best) else [])

    def _length(self, marks: list[int]) -> int:
        blocks = self._page.blocks
        return sum(min(len(blocks[i].anchors[0].text), 80) for i in marks)

    def _may_hold(self, position: int) -> bool:
        """Tell whether a block may mark an entry: it is no part of the frame."""
        node = self._page.node(position)
        if self._frame.roles[position] in _NEVER or node.part in _APART:
            return False
        return node.zone is None

    def _day_in(self, position: int) -> int | None:
        """Return the cell that holds a block's day, 0 without cells; ``None`` without a day."""
        block = self._page.blocks[position]
        if len(block.text) > _LONGEST and not block.cells:
            days = self._calendar.days(block.text[:_LONGEST], position)
            return 0 if days and days[0].start <= _OPENS_IN else None
        for number, cell in enumerate(block.cells or (block.text,)):
            if self._calendar.days(cell, position):
                return number
        return None

    def _taken(self, groups: Iterable[list[int]]) -> list[Entry]:
        """Return the entries of the groups from top to bottom.

        Where entries overlap, those of the larger group are taken.
        """
        taken: list[Entry] = []
        blocks: set[int] = set()
        for marks in sorted(groups, key=len, reverse=True):
            free = [entry for entry in self._entries(marks) if blocks.isdisjoint(entry.blocks)]
            if len(free) >= (_FEWEST if not taken else _FEW):
                taken += [entry._replace(list=len(taken)) for entry in free]
                blocks.update(i for entry in free for i in entry.blocks)
        return sorted(taken, key=lambda entry: entry.mark)

    def _entries(self, marks: list[int]) -> list[Entry]:
        """Return the entries around ``marks``, one for each mark."""
        around = reaches(self._page, [range(mark, mark + 1) for mark in marks], _MOST_BLOCKS)
        bare = [Entry(reach.blocks, mark) for reach, mark in zip(around, marks, strict=True)]
        return self._with_lines(bare)

    def _with_lines(self, bare: list[Entry]) -> list[Entry]:
        """Return entries that are single lines with the lines that belong to each.

        These are the lines to the next entry, or a heading above each entry.
        """
        alone = [e for e in bare if len(e.blocks) == 1 and not self._page.blocks[e.mark].cells]
        if 2 * len(alone) <= len(bare):
            return bare
        tags = {self._page.node(entry.mark).tag for entry in bare}
        if tags <= _LISTED and not any(b.mark - a.mark > 1 for a, b in pairwise(bare)):
            return bare
        above = self._lines_above(bare)
        lines = []
        for entry, after in zip(bare, [*bare[1:], None], strict=True):
            stop = after.blocks.start - above if after else self._end(entry)
            stop = min(stop, entry.blocks.stop + _MOST_BLOCKS)
            lines.append(
                Entry(range(entry.blocks.start - above, max(stop, entry.blocks.stop)), entry.mark)
            )
        return lines

    def _end(self, entry: Entry) -> int:
        """Return the end of the last entry's lines: that of the element around, or a heading."""
        node = self._page.node(entry.mark)
        around = self._page.nodes[node.parent] if node.end - node.start == 1 else node
        end = entry.blocks.stop
        tag = node.tag
        while end < around.end and end - entry.mark < _MOST_BLOCKS // 4:
            below = self._page.node(end)
            if below.heading and below.tag != tag:
                break
            end += 1
        return end

    def _lines_above(self, bare: list[Entry]) -> int:
        """Return 1 if a heading stands right above most entries, which are no headings; else 0."""
        nodes, blocks = self._page.nodes, self._page.blocks
        marks = {entry.mark for entry in bare}
        starts = (entry.blocks.start for entry in bare)
        heads = sum(
            start > 0
            and start - 1 not in marks
            and nodes[blocks[start - 1].node].heading is not None
            and nodes[blocks[start].node].heading is None
            for start in starts
        )
        return int(heads > _MOST_OF * len(bare))


class Leading:
    """Finds the entries that lead to a portal's items. ``links`` are the items' links, by block."""

    def __init__(self, frame: Frame, links: Mapping[int, Sequence[Lead]]) -> None:
        self._frame = frame
        self._page = frame.page
        self._links = links

    def parts(self) -> Iterator[Part]:
        """Yield the entries, in parts by the element that holds them."""
        groups: dict[tuple[int, str], dict[str, _Mark]] = defaultdict(dict)
        page, places = self._page, Places(self._page)
        marks = self._marks()
        around = reaches(page, [mark.blocks for mark in marks], _MOST_BLOCKS)
        for mark, reach in zip(marks, around, strict=True):
            tag = "" if reach.node is None else page.nodes[reach.node].tag
            groups[reach.holder, tag].setdefault(mark.url, mark._replace(reach=reach.blocks))
        for (holder, _), by_url in groups.items():
            run = list(by_url.values())
            if len(run) == 1:  # the blocks around a single mark need not belong to it
                run = [run[0]._replace(reach=run[0].blocks)]
            makes = Counter(places.path(mark.blocks.start) for mark in run)
            outer = holder if len(run) == 1 else page.nodes[holder].parent
            yield Part((outer, makes.most_common(1)[0][0]), list(self._entries(holder, run)))

    def _marks(self) -> list[_Mark]:
        """Return the marks of the items, from top to bottom.

        Links to one item close together (a picture, a title, "more") are one mark.
        """
        marks: list[_Mark] = []
        for position, links in self._links.items():
            url, blocks = links[0].address.url, range(position, position + 1)
            if marks and marks[-1].url == url and position - marks[-1].blocks.stop < _NEAR:
                blocks = range(marks.pop().blocks.start, position + 1)
            marks.append(_Mark(blocks, url, blocks))
        return marks

    def _entries(self, holder: int, run: Sequence[_Mark]) -> Iterator[Entry]:
        """Yield the entries in one element with the lines that follow each, or a day above each.

        A single entry may reach to the end of the page. If only a "read more" leads to the item,
        the lines above that link are the entry.
        """
        node = self._page.nodes[holder]
        before, last = (node.start, node.end) if len(run) > 1 else (0, len(self._page.blocks))
        above = self._days_above(run[0].reach, run[-1].reach.stop, before)
        starts = [mark.reach.start - above for mark in run]
        if starts[1:] and [mark.reach.stop for mark in run[:-1]] == starts[1:]:
            last = run[-1].reach.stop
        for mark, start, stop in zip(run, starts, [*starts[1:], last], strict=True):
            entry = range(start, self._plain(range(mark.reach.stop, stop), mark.url))
            if len(mark.reach) == 1 and self._leads_on_only(mark.reach.start):
                top = self._plain(range(mark.reach.start - 1, before - 1, -1), mark.url)
                entry = range(top + 1, mark.reach.stop)
            before = entry.stop
            yield Entry(entry, mark.blocks.start)

    def _days_above(self, own: range, end: int, first: int) -> int:
        """Return how many blocks right above each entry hold its day: none, one or two.

        ``own`` are the blocks of the first entry, ``end`` is the end of the last one. No block
        above ``first`` is looked at.
        """
        rules, blocks = self._frame.portal.dates, self._page.blocks
        parts = (part for i in own for part in (blocks[i].text, *blocks[i].parts))
        if self._is_day(range(end, end + 1)) or any(split_dated(part, rules) for part in parts):
            return 0
        spans = (range(own.start - n, own.start) for n in (1, 2) if own.start - n >= first)
        return next((len(span) for span in spans if self._is_day(span)), 0)

    def _is_day(self, positions: range) -> bool:
        texts = [block.text for block in self._page.blocks[positions.start : positions.stop]]
        return bool(texts) and day_of(*texts, rules=self._frame.portal.dates) is not None

    def _plain(self, positions: range, url: str) -> int:
        """Return the first of ``positions`` that is no line of the entry, else their end.

        ``url`` is the address of the entry's item.
        """
        for position in positions:
            leads = self._page.leads(position)
            target = next(filter(is_item, leads), None)
            is_line = self._frame.roles[position] in LINES
            leads_on = target.address.url == url if target else is_line
            if not leads_on or any(lead.address.kind in LISTINGS for lead in leads):
                return position
        return positions.stop

    def _leads_on_only(self, position: int) -> bool:
        """Tell whether a block is only a link that reads "more"."""
        return self._frame.labels.is_more(self._page.blocks[position].text.strip(PUNCTUATION))


def is_item(lead: Lead) -> bool:
    """Tell whether a link leads to an item of a list, such as an article."""
    return lead.address.kind in _ITEMS and bool(lead.address.portal_id)


def _leads(href: str) -> bool:
    return not href.startswith(("#", "mailto:", "tel:", "javascript:"))
