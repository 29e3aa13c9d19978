"""Which heading is the title of the page, and what stands above it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from shio_scraper.parsers.frame import SIDEBAR, Frame, Role
from shio_scraper.parsers.heading import MAX_TITLE, PLACE, Heading, heading_tag, is_placed, whole

_TOP: Final = "h1"


def undated_heading(frame: Frame) -> Heading | None:
    """Return the likeliest title of an article whose page prints no date."""
    for position in _undated_places(frame):
        if len(frame.page.blocks[position].text) <= MAX_TITLE:
            return whole(frame, Heading(position, position + 1, "", None, dated=False))
    return None


def choose(frame: Frame, headings: list[Heading]) -> Heading:
    """Return the heading that is the page's title: below the section, or in a heading element."""
    for heading in headings:
        if is_placed(frame, heading.start):
            return heading
    for heading in headings:
        if heading_tag(frame, heading.start):
            return heading
    return headings[0]


def rivals(frame: Frame, chosen: Heading, headings: list[Heading]) -> list[Heading]:
    """Return the headings that have as good a claim to be the title as the chosen one.

    Below a section too, or in the same heading element with nothing to tell them apart;
    a dated heading further down is a heading of the body.
    """
    tag = heading_tag(frame, chosen.start)
    return [
        other
        for other in headings
        if other.title != chosen.title
        and not other.listed
        and (
            is_placed(frame, other.start)
            or (
                tag is not None
                and heading_tag(frame, other.start) == tag
                and (tag == _TOP or other.start == chosen.end)
            )
        )
    ]


def section_and_category(frame: Frame, heading: Heading) -> tuple[str | None, str | None]:
    """Return the section and the subsection that stand above the title, as printed."""
    category = _unlisted_category(frame, heading.start - 1)
    for position in reversed(range(heading.start)):
        if frame.roles[position] in SIDEBAR:
            break
        section, subsection = frame.sections.get(position, (None, None))
        if subsection and category is None and not _in_strip(frame, position):
            category = subsection
        if section:
            return section, category
    return None, category


def _unlisted_category(frame: Frame, position: int) -> str | None:
    """Return a subsection that the vocabulary does not list: between the section and the title."""
    if position < 1 or frame.roles[position] is not Role.TEXT or not is_placed(frame, position):
        return None
    text = frame.page.blocks[position].text
    pattern = frame.portal.vocabulary.category
    return text if re.fullmatch(pattern, text) else None


def _undated_places(frame: Frame) -> Iterator[int]:
    """Yield where an undated title may stand: best first."""
    roles = frame.roles
    texts = [i for i, role in enumerate(roles) if role is Role.TEXT]
    tagged = [i for i in texts if heading_tag(frame, i)]
    last_place = max((i for i, role in enumerate(roles) if role in PLACE), default=-1)
    yield from (i for i in tagged if i > last_place >= 0)
    yield from (i for i in texts if is_placed(frame, i))
    yield from tagged
    sidebar = next((i for i, role in enumerate(roles) if role in SIDEBAR), len(roles))
    yield from [i for i in texts if i < sidebar] or texts


def _in_strip(frame: Frame, position: int) -> bool:
    """Tell whether a subsection is one of several side by side: tabs, not a place."""
    beside = (position - 1, position + 1)
    roles = frame.roles
    return any(0 <= i < len(roles) and roles[i] is Role.CATEGORY for i in beside)
