"""An item of a listing: what its entry says, told apart into title, day and teaser."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Final

from shio_scraper.items import Link
from shio_scraper.pages import Anchor
from shio_scraper.parsers.dates import parse_day, split_dated
from shio_scraper.portals import Address, DateRules

PUNCTUATION: Final = " -–—|·•*[]()（）【】"
_BEFORE_A_DATE: Final = " -–—|·[(（【"
_MOST_DAYS: Final = 100
"""Dates in elements of their own that are looked for among an item's lines, at most."""
_LABEL: Final = re.compile(r"[^:：]{1,14}[:：]\s*")


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


def name(item: ListingItem, anchor: Anchor, parts: Sequence[str], rules: DateRules) -> None:
    """Give an item the title of its link, whole where the link is cut, without a date in it."""
    item.title = anchor.text
    for part in parts:
        if item.title.endswith(part) and (day := day_of(part, rules=rules)):
            item.title, item.day = item.title.removesuffix(part).rstrip(_BEFORE_A_DATE), day
    stem = item.title.rstrip(" .…")
    if anchor.title.startswith(stem) and stem != item.title:
        item.title = anchor.title


def take_day(item: ListingItem, parts: Sequence[str], rules: DateRules) -> None:
    """Take an item's day from a line or an element of its own, its title, or a label."""
    for take in (_of_lines, _of_a_part, _of_the_title, _of_a_label):
        if item.day is None:
            take(item, parts, rules)


def _of_lines(item: ListingItem, _: Sequence[str], rules: DateRules) -> None:
    lines = item.lines
    for start, number in ((i, n) for n in (1, 2) for i in range(len(lines) + 1 - n)):
        if day := day_of(*lines[start : start + number], rules=rules):
            item.day, lines[start : start + number] = day, [""] * number
            return


def _of_a_part(item: ListingItem, parts: Sequence[str], rules: DateRules) -> None:
    lines = item.lines
    days = ((part, day) for part in parts if (day := day_of(part, rules=rules)))
    for part, day in islice(days, _MOST_DAYS):
        index = next((i for i, line in enumerate(lines) if part in line), None)
        if index is not None:
            item.day, lines[index] = day, lines[index].replace(part, " ", 1).strip(PUNCTUATION)
            return


def _of_the_title(item: ListingItem, _: Sequence[str], rules: DateRules) -> None:
    dated = split_dated(item.title, rules)
    if dated and dated.title:
        item.title, item.day = dated.title, dated.day


def _of_a_label(item: ListingItem, _: Sequence[str], rules: DateRules) -> None:
    for index, line in enumerate(item.lines):
        label = split_dated(line, rules)
        if label and _LABEL.fullmatch(label.title):
            item.day, item.lines[index] = label.day, ""
            return


def take_title(item: ListingItem, linked: int, rules: DateRules) -> None:
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
