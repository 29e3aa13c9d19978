"""Which heading is the title of the page, and what stands above it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from shio_scraper.parsers.frame import SIDEBAR, Frame, Role
from shio_scraper.parsers.heading import MAX_TITLE, PLACE, Heading, heading_tag, is_placed, whole
from shio_scraper.parsers.origin import Origin

_TOP: Final = "h1"
_NO_PLACE: Final = Origin(None, (), "not above the title")


def undated_heading(frame: Frame) -> Heading | None:
    """Return the likeliest title of an article whose page prints no date."""
    for position, rule in _undated_places(frame):
        if len(frame.page.blocks[position].text) <= MAX_TITLE:
            heading = Heading(position, position + 1, "", None, rule, position, dated=False)
            return whole(frame, heading)
    return None


def section_heading(frame: Frame, below: int) -> Heading | None:
    """Return the section above ``below`` as the title of a page that has no other."""
    for position in reversed(range(below)):
        section = frame.sections.get(position, (None, None))[0]
        if section:
            rule = "the section: a sentence stands below it, and no title"
            return Heading(position, position + 1, section, None, rule, position, dated=False)
    return None


def choose(frame: Frame, headings: list[Heading]) -> Heading:
    """Return the heading that is the page's title: below the section, or in a heading element."""
    for heading in headings:
        if is_placed(frame, heading.start):
            heading.choice = "right below the section"
            return heading
    for heading in headings:
        if heading_tag(frame, heading.start):
            heading.choice = "in a heading element"
            return heading
    headings[0].choice = "the first of the page"
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


def section_and_category(frame: Frame, heading: Heading) -> tuple[Origin, Origin]:
    """Return the section and the subsection that stand above the title, as printed."""
    category = _unlisted_category(frame, heading.start - 1)
    above = heading.end if heading.start in frame.sections else heading.start
    for position in reversed(range(above)):
        if frame.roles[position] in SIDEBAR:
            break
        section, subsection = frame.sections.get(position, (None, None))
        if subsection and category.value is None and not _in_strip(frame, position):
            category = Origin(subsection, (position,), "subsection of the vocabulary, above")
        if section:
            return Origin(section, (position,), "section of the vocabulary, above"), category
    return _NO_PLACE, category


def _unlisted_category(frame: Frame, position: int) -> Origin:
    """Return a subsection that the vocabulary does not list: between the section and the title."""
    if position < 1 or frame.roles[position] is not Role.TEXT or not is_placed(frame, position):
        return _NO_PLACE
    text = frame.page.blocks[position].text
    if not re.fullmatch(frame.portal.vocabulary.category, text):
        return _NO_PLACE
    return Origin(text, (position,), "form of a subsection, between section and title")


def _undated_places(frame: Frame) -> Iterator[tuple[int, str]]:
    """Yield where an undated title may stand, and why: best first."""
    roles = frame.roles
    texts = [i for i, role in enumerate(roles) if role is Role.TEXT]
    tagged = [i for i in texts if heading_tag(frame, i)]
    last_place = max((i for i, role in enumerate(roles) if role in PLACE), default=-1)
    sidebar = next((i for i, role in enumerate(roles) if role in SIDEBAR), len(roles))
    above = [i for i in texts if i < sidebar]
    places = (
        (
            [i for i in tagged if i > last_place >= 0],
            "undated, a heading below the section",
        ),
        ([i for i in texts if is_placed(frame, i)], "undated, right below the section"),
        (tagged, "undated, the first heading"),
        (above or texts, "undated, the first text" + (" above the sidebar" if above else "")),
    )
    for positions, rule in places:
        yield from ((position, rule) for position in positions)


def _in_strip(frame: Frame, position: int) -> bool:
    """Tell whether a subsection is one of several side by side: tabs, not a place."""
    beside = (position - 1, position + 1)
    roles = frame.roles
    return any(0 <= i < len(roles) and roles[i] is Role.CATEGORY for i in beside)
