"""Finds the title line of a page: a title and its date, on one line or on two, with its byline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from shio_scraper.pages.page import MARK, Block
from shio_scraper.parsers.byline import bylines_of
from shio_scraper.parsers.date_forms import LOOK
from shio_scraper.parsers.dates import (
    Dated,
    Printed,
    lasts,
    parse_day,
    printed_dates,
    split_dated,
)
from shio_scraper.parsers.frame import CONTENT, Frame, Role
from shio_scraper.parsers.labels import any_of
from shio_scraper.parsers.records import Field
from shio_scraper.portals import ANY_SITE, common

MAX_TITLE: Final = 400
_MAX_BYLINE: Final = 160
_ENDS_LIKE_A_DATE: Final = "0123456789日)）]yZCT一二三四五六天"
_ENDS: Final = frozenset(f"{_ENDS_LIKE_A_DATE}:：]】小大")
"""The last characters of a line that ends in a date or in a byline."""
PLACE: Final = frozenset({Role.SECTION, Role.CATEGORY, Role.TABS, Role.EVENTS})
_PASSED_OVER: Final = frozenset({Role.PROMOTION, Role.TWIN})
_ABOVE_A_TITLE: Final = PLACE | _PASSED_OVER
_LABELLED: Final = frozenset(
    {Role.QUESTION, Role.ANSWER, Role.FIELD, Role.DATE, Role.FOOT, Role.NAVIGATION}
)
"""Roles that the words of a title may wrongly suggest. A block with such a role can still be a
title if it stands where titles stand."""
_SEPARATORS: Final = " -–—|"
_ONE_LINE: Final = "dated title line"
_TRAILING_DASH = re.compile(r"\s[-–—|]$")
OTHER_DAY: Final = re.compile(
    rf"(?:{any_of((*common.OTHER_DAYS, *common.UPDATE_LABELS))}\W{{0,6}}(?:on\s)?"
    rf"|\s{any_of(common.LEADS_TO_ANOTHER_DAY)})\Z",
    re.IGNORECASE,
)
"""The words before a day that is not the day of publication (an update, an event)."""


@dataclass(slots=True)
class Heading:
    """A title line: the blocks from ``start`` to before ``end``, read as a title and a date.

    ``rule`` names the rule that took the blocks as a heading, ``choice`` the reason why the
    heading is the page's title. ``score`` is the weight of all reasons. ``rivals`` are the other
    titles that the page could have, the best first.
    ``title_at`` is the block of the title's last line, ``day_at`` the block of the date.
    ``inside`` are blocks between title and date that are neither, such as a subtitle.
    ``dated`` is false for a title that was found without a date.
    ``listed`` marks the form of the listings: the date in words behind a dash.
    """

    start: int
    end: int
    title: str
    day: date | None
    rule: str
    title_at: int
    day_at: int | None = None
    dated: bool = True
    listed: bool = False
    inside: tuple[int, ...] = ()
    score: float = 0.0
    choice: str = ""
    rivals: tuple[str, ...] = ()

    @property
    def field(self) -> Field:
        """The title as a field; it has several blocks if a line break splits the title."""
        first = self.start if self.day_at != self.start else self.title_at
        blocks, rule = (
            range(first, self.title_at + 1),
            ", ".join(filter(None, (self.rule, self.choice))),
        )
        return Field(self.title, tuple(blocks), rule, rivals=self.rivals)


def dated_headings(frame: Frame) -> list[Heading]:
    """Return every line of the page that could be a title with its date, from top to bottom.

    Headings below the last block of content are left out, since no body can follow them, unless
    the page has no others.
    """
    if frame.headings is None:
        frame.headings = _dated_headings(frame)
    return frame.headings


def _dated_headings(frame: Frame) -> list[Heading]:
    headings: list[Heading] = []
    for position in _may_be_dated(frame):
        role = frame.roles[position]
        heading = _dated_heading(frame, position, role)
        if heading is None or not 0 < len(heading.title) <= MAX_TITLE:
            continue
        if not headings or heading.start >= headings[-1].end:
            headings.append(heading)
    last = max((i for i, role in enumerate(frame.roles) if role in CONTENT), default=0)
    return [h for h in headings if h.end <= last] or headings


def _may_be_dated(frame: Frame) -> Iterator[int]:
    """Yield the blocks that can be a title with its date.

    This is a quick test by role, place and last character; it rules out most blocks.
    """
    nodes, roles, above = frame.page.nodes, frame.roles, None
    below = [*roles[1:], None]
    for position, block in enumerate(frame.page.blocks):
        role = roles[position]
        if role is not Role.TEXT:
            may_be = role in _LABELLED
        else:
            may_be = (
                above in _ABOVE_A_TITLE
                or below[position] is Role.DATE
                or nodes[block.node].heading is not None
                or (
                    (block.text[-1] in _ENDS or MARK in block.marked)
                    and LOOK.search(block.text) is not None
                )
            )
        if may_be:
            yield position
        above = role


def _dated_heading(frame: Frame, position: int, role: Role) -> Heading | None:
    if role is not Role.TEXT and not _stands_like_a_title(frame, position):
        return None
    return _with_byline_below(frame, position) or _one_line(frame, position)


def _stands_like_a_title(frame: Frame, position: int) -> bool:
    """Tell whether a block is right below the section, or is a heading right above a date."""
    if is_placed(frame, position):
        return True
    dated = frame.roles[position + 1 : position + 2] == [Role.DATE]
    return dated and heading_tag(frame, position) is not None


def heading_tag(frame: Frame, position: int) -> str | None:
    """Return the tag of the heading element around a block; ``None`` if there is none."""
    return frame.page.node(position).heading


def is_placed(frame: Frame, position: int) -> bool:
    """Tell whether a block stands right below the section or subsection."""
    above = position - 1
    while above >= 0 and frame.roles[above] in _PASSED_OVER:
        above -= 1
    return above >= 0 and frame.roles[above] in PLACE


def _one_line(frame: Frame, position: int) -> Heading | None:
    """Read a title and its date from one block.

    The forms are ``TITLE   2023-02-06``, ``TITLE - 2016-10-14`` and
    ``<b>TITLE</b><i>2023-02-06</i>``.
    """
    block = frame.page.blocks[position]
    if len(block.text) > MAX_TITLE:
        return None
    dated = _split(frame, block)
    if dated is None or not dated.title:
        return _with_byline_inside(frame, position) if MARK in block.marked else None
    title = frame.labels.without_date_label(dated.title)
    if frame.labels.byline(title.rstrip(" |(（[")):  # a line of several dates
        return None
    rule = "dated title line, the date in an element of its own" if dated.apart else _ONE_LINE
    heading = Heading(
        position, position + 1, title, dated.day, rule, position, position, listed=dated.listed
    )
    return whole(frame, heading)


def _with_byline_inside(frame: Frame, position: int) -> Heading | None:
    """Read a title with date and source: ``<b>TITLE</b> <i>2023-02-06</i> <i>Source: X</i>``."""
    title, *rest = frame.page.blocks[position].parts
    byline = frame.labels.byline(" ".join(rest)) if rest else None
    if byline is None:
        return None
    day, end = byline[0].day, position + 1
    rule = "title line with date and source in elements of their own"
    return Heading(position, end, title, day, rule, position, position)


def _with_byline_below(frame: Frame, position: int) -> Heading | None:
    """Read a title from one block and its date from the byline in the next block."""
    block, below, tag = frame.page.blocks[position], position + 1, heading_tag(frame, position)
    if tag is None and not _may_have_byline(frame, position):
        return None
    printed = _byline(frame, position, below, tag) if below < len(frame.roles) else None
    if printed is None:
        return None
    day, title, split = printed.day, block.text, _split(frame, block)
    if split and split.day:
        in_words = printed.form not in {"figures", "han"}
        if split.day != day and split.numeric and (in_words or heading_tag(frame, below)):
            return None
        title = split.title if split.day == day else title
    rule = "title above its date line"
    heading = Heading(position, below + 1, title, day, rule, position, below)
    return whole(frame, heading)


def _may_have_byline(frame: Frame, position: int) -> bool:
    if is_placed(frame, position):
        return True
    below = position + 1
    if below == len(frame.roles) or frame.roles[below] is not Role.DATE:
        return False
    return not frame.page.blocks[position].text.endswith((".", "。"))


def _byline(frame: Frame, title: int, position: int, tag: str | None) -> Printed | None:
    """Return the date of the line at ``position`` if the line is the byline of ``title``."""
    text = frame.page.blocks[position].text
    role = frame.roles[position]
    of_event = _is_of_event(frame, position)
    if role is Role.DATE and not of_event:
        byline = frame.labels.byline(text)
        return byline and byline[0]
    is_long = len(text) > _MAX_BYLINE
    if role is not Role.TEXT or is_long or heading_tag(frame, position) or of_event:
        return None
    if not (tag or is_placed(frame, title)) or text.endswith((".", "。")):
        return None
    dates = printed_dates(text, frame.portal.dates)
    if len(dates) != 1 or _split(frame, frame.page.blocks[title]):
        return None
    opens = tag or not dates[0].start or frame.labels.opens_byline(text)
    anchors = frame.page.blocks[position].anchors
    if not opens or any(text.startswith(anchor.text) for anchor in anchors):
        return None
    before = text[: dates[0].start].rstrip(" :：|")
    # Sites without a map often print only the day of an update: take that day there.
    is_other = frame.portal is not ANY_SITE and OTHER_DAY.search(before)
    return None if is_other else dates[0]


def _is_of_event(frame: Frame, position: int) -> bool:
    """Tell whether a date is an event's: a span of time, or one of three dated lines in a row."""
    if any(lasts(block.text) for block in frame.page.blocks[position : position + 2]):
        return True
    return frame.roles[position : position + 3] == [Role.DATE] * 3


def _split(frame: Frame, block: Block) -> Dated | None:
    """Split a block that ends in a date, whether the date has an element of its own or not."""
    if block.text[-1] not in _ENDS_LIKE_A_DATE:
        return None
    parts, rules = block.parts, frame.portal.dates
    if len(parts) > 1 and (day := parse_day(parts[-1].strip("()（）[]-–— "), rules)):
        before = " ".join(parts[:-1]) if block.cells else block.text.removesuffix(parts[-1])
        if len(parts) > 2 and not parts[-2].strip(_SEPARATORS):  # noqa: PLR2004
            before = before.rstrip(_SEPARATORS)
        again = split_dated(before.strip(), rules)
        title = again.title if again and again.day == day else before
        title = _TRAILING_DASH.sub("", title.strip()).strip(" |")
        return Dated(title, day, listed=False, numeric=True, apart=True)
    return split_dated(block.text, rules)


def whole(frame: Frame, heading: Heading) -> Heading:
    """Extend ``heading``, in place, to all lines of its heading element; return it.

    Line breaks in a heading element split one title into several blocks. The title ends at the
    block that makes it longer than ``MAX_TITLE`` characters.
    """
    blocks, nodes = frame.page.blocks, frame.page.nodes
    node = blocks[heading.start].node
    text = heading.title or blocks[heading.start].text
    if nodes[node].tag == nodes[node].heading:
        first = nodes[node].start
        while heading.start > first and frame.roles[heading.start - 1] is Role.TEXT:
            if len(text) > MAX_TITLE:
                break
            heading.start -= 1
            text = f"{blocks[heading.start].text} {text}"
        while not heading.dated and heading.end < nodes[node].end:
            if len(text) > MAX_TITLE or frame.labels.is_furniture(blocks[heading.end].text):
                break
            text = f"{text} {blocks[heading.end].text}"
            heading.title_at = heading.end
            heading.end += 1
    heading.title = bylines_of(frame.portal).without_empty(text.strip())
    return heading
