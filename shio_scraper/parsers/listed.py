"""An item of a list: what its entry says, told apart into title, day and teaser."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Final

from shio_scraper.items import Link
from shio_scraper.pages import Anchor, Lead
from shio_scraper.parsers.dates import parse_day, split_dated
from shio_scraper.parsers.frame import Frame, Role
from shio_scraper.portals import Address, DateRules

PUNCTUATION: Final = " -–—|·•*[]()（）【】"
_BEFORE_A_DATE: Final = " -–—|·[(（【"
_MOST_DAYS: Final = 100
"""Dates in elements of their own that are looked for among an item's lines, at most."""
_LABEL: Final = re.compile(r"[^:：]{1,14}[:：]\s*")
LINES: Final = frozenset({Role.TEXT, Role.DATE})
"""What a line of an entry is."""
_WITHIN: Final = LINES | {Role.QUESTION, Role.ANSWER}


@dataclass(slots=True)
class Listed:
    """One item of a listing: the page it leads to, what the listing says of it, and where.

    ``address`` is ``None`` in a text, which has no links, and on a site that no map is of, where
    ``link`` is what it leads to. ``starts`` and ``ends`` are ISO 8601, where a time is printed.
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
        """The absolute address that it leads to; ``None`` where it leads to none."""
        return self.address.url if self.address else self.link

    @property
    def teaser(self) -> str | None:
        """The lines below the title, one text; ``None`` where the item has none."""
        return " ".join(self.lines) or None


@dataclass(slots=True)
class ListingItem(Listed):
    """An item that is a link."""

    address: Address


def read_item(
    frame: Frame, links: Mapping[int, Sequence[Lead]], entry: range, linked: int
) -> ListingItem:
    """Return the item of an entry, which leads to where the block ``linked`` does.

    Its title is its first link's words, or its first line. Its day stands in a line or an element
    of its own, in its title, or behind a label.
    """
    item = ListingItem(links[linked][0].address, "")
    rules, labels = frame.portal.dates, frame.labels
    for position in entry:
        if position in links or frame.roles[position] in _WITHIN:
            item.blocks.append(position)
            item.lines.append(_line(frame, item, links.get(position, ()), position))
    if item.day is None and (found := next(_days(frame, item), None)):
        item.day, start, rest = found
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
    """Return a block's text without its links' words; the first ones are the item's title."""
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
    """Give an item the title of its link, whole where the link is cut, without a date in it."""
    item.title = anchor.text
    for part in parts:
        if item.title.endswith(part) and (day := day_of(part, rules=rules)):
            item.title, item.day = item.title.removesuffix(part).rstrip(_BEFORE_A_DATE), day
    stem = item.title.rstrip(" .…")
    if anchor.title.startswith(stem) and stem != item.title:
        item.title = anchor.title


def _days(frame: Frame, item: ListingItem) -> Iterator[tuple[date, int, list[str]]]:
    """Yield days in lines or elements of their own; their first line, and what stays of these."""
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
    """Take the title of an item without linked words: the last dated line's, or the first line.

    ``linked`` is the block of its link, which may stand above the title.
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


def day_of(*texts: str, rules: DateRules) -> date | None:
    """Return the date that texts are together, punctuation around it apart.

    The day may stand above or below its month, each on a line of its own.
    """
    joined = (separator.join(texts).strip(PUNCTUATION) for separator in " -"[: len(texts)])
    return next(filter(None, (parse_day(text, rules) for text in joined)), None)
