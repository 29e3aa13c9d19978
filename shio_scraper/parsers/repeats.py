"""What repeats on a page: entries of one make, each with a day or a link of its own.

Days, or links, that stand in elements of the same kind, one in the other, are the same part of
each entry. An entry reaches as far around its own as no other's stands in; where lines follow
each other in one element, as far as the next. Where a map tells which links lead to items, what
holds each of these and no other is an entry, whatever it is made of.
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
"""Entries of a list, at least: two days may be an article's."""
_FEW: Final = 2
_LONGEST: Final = 300
"""Characters of a line that holds an entry's day, at most."""
_LONGEST_LIST: Final = 600
"""Characters of a line of several entries, at most."""
_OPENS_IN: Final = 40
"""Characters before the day of a longer one."""
_MOST_BLOCKS: Final = 40
"""Blocks of an entry, at most."""
_LINK: Final = 12
"""Characters of the words of a link that are a title, at least, on the average."""
_MOST_OF: Final = 0.7
"""The part of a list's entries that have what all of them have, at least."""
_LISTED: Final = frozenset({"li", "tr", "article", "dd"})
"""Elements that hold an entry as a whole."""
_NEAR: Final = 5
"""Blocks between links to one item that are one entry's, at most."""
_ITEMS: Final = frozenset({"article", "event", "press_conference"})
LINES: Final = frozenset({Role.TEXT, Role.DATE})
"""What a line of an entry is."""
LISTINGS: Final = frozenset({"listing", "event_listing"})
"""Kinds of pages that list others."""

Make = tuple[object, ...]


class Entry(NamedTuple):
    """The blocks of one entry, and the one that its make was told by.

    ``list`` is the number of the list that it is of; ``span`` the part of that block's text that is
    the entry's, where it holds several.
    """

    blocks: range
    mark: int
    list: int = 0
    span: tuple[int, int] | None = None


class _Mark(NamedTuple):
    """Blocks that lead to one item, its address, and the blocks around that are its own."""

    blocks: range
    url: str
    reach: range


class Part(NamedTuple):
    """Entries in one element; parts ``of`` one list follow each other."""

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
        """Return the entries that have days."""
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
        found = self._taken(marks for marks in groups.values() if len(marks) >= _FEW)
        held = {position for entry in found for position in entry.blocks}
        return sorted(
            [*found, *(entry for entry in several if entry.mark not in held)],
            key=lambda entry: (entry.mark, entry.span or (0, 0)),
        )

    def _spans(self, position: int) -> list[tuple[int, int]]:
        """Return the parts of a block that is a list of days: links, cells, or one line."""
        block = self._page.blocks[position]
        if len(block.text) > _LONGEST_LIST:
            return []
        days = self._calendar.days(block.text, position)
        said = sum(one.end - one.start for one in days)
        if len(days) < _FEWEST or 2 * said < len(block.text):
            return []
        starts = [0, *(one.start for one in days[1:])]
        return list(zip(starts, [*starts[1:], len(block.text)], strict=True))

    def linked(self) -> list[Entry]:
        """Return the entries that have but links."""
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
        node = self._page.node(position)
        if self._frame.roles[position] in _NEVER or node.part in _APART:
            return False
        return node.zone is None

    def _day_in(self, position: int) -> int | None:
        """Return the cell that holds a block's day, 0 without cells; ``None`` for no day."""
        block = self._page.blocks[position]
        if len(block.text) > _LONGEST and not block.cells:
            days = self._calendar.days(block.text[:_LONGEST], position)
            return 0 if days and days[0].start <= _OPENS_IN else None
        for number, cell in enumerate(block.cells or (block.text,)):
            if self._calendar.days(cell, position):
                return number
        return None

    def _taken(self, groups: Iterable[list[int]]) -> list[Entry]:
        """Return the entries of the groups, the largest first, where they do not overlap."""
        found: list[Entry] = []
        taken: set[int] = set()
        for marks in sorted(groups, key=len, reverse=True):
            own = [entry for entry in self._entries(marks) if taken.isdisjoint(entry.blocks)]
            if len(own) >= (_FEWEST if not found else _FEW):
                found += [entry._replace(list=len(found)) for entry in own]
                taken.update(i for entry in own for i in entry.blocks)
        return sorted(found, key=lambda entry: entry.mark)

    def _entries(self, marks: list[int]) -> list[Entry]:
        """Return the entries around ``marks``, one for each."""
        owns = reaches(self._page, [range(mark, mark + 1) for mark in marks], _MOST_BLOCKS)
        found = [Entry(own.blocks, mark) for own, mark in zip(owns, marks, strict=True)]
        return self._with_lines(found)

    def _with_lines(self, found: list[Entry]) -> list[Entry]:
        """Give entries that are lines among others those that follow, or stand above, each."""
        alone = [e for e in found if len(e.blocks) == 1 and not self._page.blocks[e.mark].cells]
        if 2 * len(alone) <= len(found):
            return found
        tags = {self._page.node(entry.mark).tag for entry in found}
        if tags <= _LISTED and not any(b.mark - a.mark > 1 for a, b in pairwise(found)):
            return found
        above = self._lines_above(found)
        lines = []
        for entry, after in zip(found, [*found[1:], None], strict=True):
            stop = after.blocks.start - above if after else self._end(entry)
            stop = min(stop, entry.blocks.stop + _MOST_BLOCKS)
            lines.append(
                Entry(range(entry.blocks.start - above, max(stop, entry.blocks.stop)), entry.mark)
            )
        return lines

    def _end(self, entry: Entry) -> int:
        """Return where the last entry's lines end: with the element that it stands in."""
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

    def _lines_above(self, found: list[Entry]) -> int:
        """Return 1 where above most entries stands a line of another make that is a heading's."""
        nodes, blocks = self._page.nodes, self._page.blocks
        marks = {entry.mark for entry in found}
        starts = (entry.blocks.start for entry in found)
        heads = sum(
            start > 0
            and start - 1 not in marks
            and nodes[blocks[start - 1].node].heading is not None
            and nodes[blocks[start].node].heading is None
            for start in starts
        )
        return int(heads > _MOST_OF * len(found))


class Leading:
    """Finds the entries that lead to items; ``links`` are these, by block."""

    def __init__(self, frame: Frame, links: Mapping[int, Sequence[Lead]]) -> None:
        self._frame = frame
        self._page = frame.page
        self._links = links

    def parts(self) -> Iterator[Part]:
        """Yield the entries, part by part of each list."""
        found: dict[tuple[int, str], dict[str, _Mark]] = defaultdict(dict)
        page, places = self._page, Places(self._page)
        marks = self._marks()
        owns = reaches(page, [mark.blocks for mark in marks], _MOST_BLOCKS)
        for mark, own in zip(marks, owns, strict=True):
            tag = "" if own.node is None else page.nodes[own.node].tag
            found[own.holder, tag].setdefault(mark.url, mark._replace(reach=own.blocks))
        for (holder, _), by_url in found.items():
            run = list(by_url.values())
            if len(run) == 1:  # what else stands around it need not be its own
                run = [run[0]._replace(reach=run[0].blocks)]
            makes = Counter(places.path(mark.blocks.start) for mark in run)
            around = holder if len(run) == 1 else page.nodes[holder].parent
            yield Part((around, makes.most_common(1)[0][0]), list(self._entries(holder, run)))

    def _marks(self) -> list[_Mark]:
        """Return what leads to each item: a picture, a title, "more" may follow each other."""
        marks: list[_Mark] = []
        for position, links in self._links.items():
            url, blocks = links[0].address.url, range(position, position + 1)
            if marks and marks[-1].url == url and position - marks[-1].blocks.stop < _NEAR:
                blocks = range(marks.pop().blocks.start, position + 1)
            marks.append(_Mark(blocks, url, blocks))
        return marks

    def _entries(self, holder: int, run: Sequence[_Mark]) -> Iterator[Entry]:
        """Yield the entries in one element with the lines that follow each, or a day above it.

        One alone may reach as far as the page. Where only a "read more" leads on, the lines above
        it are the entry.
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
        """Return how many blocks of a day stand above each entry: none, one, or two."""
        rules, blocks = self._frame.portal.dates, self._page.blocks
        parts = (part for i in own for part in (blocks[i].text, *blocks[i].parts))
        if self._is_day(range(end, end + 1)) or any(split_dated(one, rules) for one in parts):
            return 0
        spans = (range(own.start - n, own.start) for n in (1, 2) if own.start - n >= first)
        return next((len(span) for span in spans if self._is_day(span)), 0)

    def _is_day(self, positions: range) -> bool:
        texts = [block.text for block in self._page.blocks[positions.start : positions.stop]]
        return bool(texts) and day_of(*texts, rules=self._frame.portal.dates) is not None

    def _plain(self, positions: range, url: str) -> int:
        """Return the first of ``positions`` that is no line of an entry, else where they stop."""
        for position in positions:
            leads = self._page.leads(position)
            target = next(filter(is_item, leads), None)
            is_line = self._frame.roles[position] in LINES
            leads_on = target.address.url == url if target else is_line
            if not leads_on or any(lead.address.kind in LISTINGS for lead in leads):
                return position
        return positions.stop

    def _leads_on_only(self, position: int) -> bool:
        """Tell whether a block is but a link that reads "more"."""
        return self._frame.labels.is_more(self._page.blocks[position].text.strip(PUNCTUATION))


def is_item(lead: Lead) -> bool:
    """Tell a link to what lists lead to."""
    return lead.address.kind in _ITEMS and bool(lead.address.portal_id)


def _leads(href: str) -> bool:
    return not href.startswith(("#", "mailto:", "tel:", "javascript:"))
