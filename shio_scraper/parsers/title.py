"""Finds the title of a page: scores every line that could be the title, and takes the best.

A title usually stands in the page's metadata too (``<title>``, ``og:title``), in a heading
element, right above the prose, and with the day of publication behind or beside it. None of these
signs decides alone.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from itertools import chain
from typing import Final

from shio_scraper.pages.page import MARK
from shio_scraper.parsers.edges import is_linked
from shio_scraper.parsers.frame import SIDEBAR, Frame, Role
from shio_scraper.parsers.heading import (
    MAX_TITLE,
    Heading,
    dated_headings,
    heading_tag,
    is_placed,
    whole,
)
from shio_scraper.parsers.prose import ENOUGH, Prose
from shio_scraper.parsers.records import Field
from shio_scraper.portals import ANY_SITE, Portal, fold

_NO_PLACE: Final = Field(None, (), "not above the title")
_TAGS: Final = {"h1": 2.0, "h2": 1.2, "h3": 0.9, "h4": 0.6, "h5": 0.4, "h6": 0.3}
_MAY_BE: Final = frozenset({Role.TEXT, Role.QUESTION, Role.ANSWER, Role.FIELD, Role.DATE})
_NO_LETTER: Final = re.compile(r"[\W\d_]+")
_HAN: Final = re.compile("[\u3400-\u9fff]")
_LIKE: Final = 2.6
_PLACED: Final = 1.4
_NEAR: Final = 0.8
"""Most points for a line that the metadata names (``_LIKE``), that stands right below the section
(``_PLACED``), or right above the prose (``_NEAR``)."""
_WITHIN: Final = 1.2
"""Points against a line that has a part of the text above it."""
_NAMED: Final = 0.75
"""Least likeness to a name in the metadata that makes a heading a possible title whatever its
role."""
_LEAST: Final = 0.5
"""Least score of a title."""
_CLOSE: Final = 0.6
"""Most points by which a rival scores less than the title."""
_FAR: Final = 30
_SENTENCE: Final = 160


def read_title(frame: Frame, prose: Prose, above: int | None = None) -> Heading | None:
    """Return the title of the page, with its rivals; ``None`` if no line scores enough.

    ``above`` is the block of an event's first field: an event's title stands above it, and has no
    day.
    """
    scored = _scored(frame, prose, above)
    scored.sort(key=lambda heading: (-heading.score, not heading.dated, heading.title_at))
    if not scored or scored[0].score < _LEAST:
        return None
    best = scored[0]
    near = (other.title for other in scored[1:] if best.score - other.score <= _CLOSE)
    best.rivals = tuple(title for title in near if title != best.title)
    return best


def _scored(frame: Frame, prose: Prose, above: int | None) -> list[Heading]:
    """Return the lines that could be the title, with their scores.

    Lines that cannot come near the best score are left out without being scored.
    """
    headings = dated_headings(frame) if above is None else []
    scored = [_score(frame, heading, prose) for heading in headings if _is_title(heading)]
    near = max((heading.score for heading in scored), default=0.0) - _CLOSE
    taken = {position for heading in headings for position in range(heading.start, heading.end)}
    nodes = frame.page.nodes
    tags = [nodes[block.node].heading for block in frame.page.blocks[:above]]
    in_headings = [position for position, tag in enumerate(tags) if tag]
    others = (position for position, tag in enumerate(tags) if not tag)
    rule = "undated" if above is None else "above the fields"
    for position in chain(in_headings, others):
        most = _LIKE + _NEAR + _TAGS.get(tags[position] or "", 0.0)
        if most + _PLACED < near:
            if tags[position] is None:
                break
            continue
        if position in taken or most + _PLACED * is_placed(frame, position) < near:
            continue
        if _may_be(frame, position):
            plain = Heading(position, position + 1, "", None, rule, position, dated=False)
            if _is_title(_named(frame, whole(frame, plain))):
                scored.append(_score(frame, plain, prose))
                near = max(near, scored[-1].score - _CLOSE)
    return scored


def _named(frame: Frame, heading: Heading) -> Heading:
    """Cut a heading, in place, down to the inline element that the metadata names; return it.

    This is for sites without a map: where a map is known, only the title stands in its place.
    """
    likeness, block = frame.page.said.likeness, frame.page.blocks[heading.start]
    if heading.end > heading.start + 1 or frame.portal is not ANY_SITE:
        return heading
    if MARK in block.marked and likeness(heading.title) < 1:
        parts = (part for part in block.parts if 2 * len(part) > len(block.text))
        heading.title = next((part for part in parts if likeness(part) == 1), heading.title)
    return heading


def _is_title(heading: Heading) -> bool:
    has_word = heading.day is not None or not _NO_LETTER.fullmatch(heading.title)
    return 0 < len(heading.title) <= MAX_TITLE and has_word


def _may_be(frame: Frame, position: int) -> bool:
    """Tell whether a block may be a title: by its role, or because the metadata names it."""
    text, role = frame.page.blocks[position].text, frame.roles[position]
    if len(text) > MAX_TITLE or role is Role.FRAME:
        return False
    named = 1.0 if heading_tag(frame, position) is None else _NAMED
    return role in _MAY_BE or frame.page.said.likeness(text) >= named


def _score(frame: Frame, heading: Heading, prose: Prose) -> Heading:
    """Set a heading's score, and its strongest reason as its choice; return the heading."""
    page, at, title = frame.page, heading.title_at, heading.title
    block, tag = page.blocks[at], heading_tag(frame, at)
    likeness = page.said.likeness(title)
    points = {
        "as the page names itself": _LIKE * likeness,
        f"in <{tag}>": _TAGS.get(tag or "", 0.0),
        "right below the section": _PLACED * is_placed(frame, heading.start),
        "with its date": 1.2 * (heading.dated and heading.day is not None),
        "above the prose": _place(heading, prose),
    }
    folded = fold(title)
    against = (
        (1.5, is_linked(block) and not likeness),
        (2.5, not heading.dated and _is_label(frame, title)),
        (1.0, title.endswith((":", "："))),
        (0.6 if tag else 1.2, title.endswith((".", "。", ";", "；")) and likeness < 1),
        (1.5, folded in frame.portal.vocabulary.roles),
        (4.0, folded in _names(frame.portal)),
        (0.8, len(title) < (3 if _HAN.search(title) else 6)),
        (1.5, frame.roles[at] in SIDEBAR or page.nodes[block.node].zone is not None),
        (1.0, len(title) > _SENTENCE),
    )
    heading.score = sum(points.values()) - sum(weight for weight, holds in against if holds)
    heading.choice = max(points, key=lambda name: points[name])
    return heading


def _place(heading: Heading, prose: Prose) -> float:
    """Return the points for a line's place: more right above the page's text, less within it."""
    text = prose.text
    below = bisect_left(text, heading.end)
    if not text:
        return 0.0
    if below == len(text):
        return -2.5
    above = prose.sums[bisect_left(text, heading.start)]
    near = 1 - min(text[below] - heading.end, _FAR) / _FAR
    return _NEAR * near - _WITHIN * (above >= ENOUGH) - 3 * above / prose.sums[-1]


@lru_cache
def _names(portal: Portal) -> frozenset[str]:
    """Return the names of the site itself, which stand on every page."""
    return frozenset(map(fold, (portal.title, *portal.vocabulary.furniture)))


def _is_label(frame: Frame, title: str) -> bool:
    labels = frame.labels
    return (
        labels.is_furniture(title)
        or labels.is_source_label(title)
        or labels.source(title) is not None
    )


def choose(frame: Frame, headings: list[Heading]) -> Heading:
    """Return the heading that is the page's title, and set its choice.

    It is the first one below the section, else the first in a heading element, else the first.
    """
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
    """Return the headings that could be the title as well as the chosen one.

    Such a heading also stands right below a section, or is in a heading element of the same tag:
    an ``h1``, or the next block. A dated heading further down is a heading of the body.
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
                and (tag == "h1" or other.start == chosen.end)
            )
        )
    ]


def section_heading(frame: Frame, below: int) -> Heading | None:
    """Return the section above block ``below`` as the title of a page that has no other title."""
    for position in reversed(range(below)):
        section = frame.sections.get(position, (None, None))[0]
        if section:
            rule = "the section: a sentence stands below it, and no title"
            return Heading(position, position + 1, section, None, rule, position, dated=False)
    return None


def section_and_category(frame: Frame, heading: Heading) -> tuple[Field, Field]:
    """Return the section and the subsection that stand above the title, as printed."""
    category = _unlisted_category(frame, heading.start - 1)
    above = heading.end if heading.start in frame.sections else heading.start
    for position in reversed(range(above)):
        if frame.roles[position] in SIDEBAR:
            break
        section, subsection = frame.sections.get(position, (None, None))
        if subsection and category.value is None and not _in_strip(frame, position):
            category = Field(subsection, (position,), "subsection of the vocabulary, above")
        if section:
            return Field(section, (position,), "section of the vocabulary, above"), category
    return _NO_PLACE, category


def _unlisted_category(frame: Frame, position: int) -> Field:
    """Return a subsection that the vocabulary does not list.

    It stands at ``position``, between the section and the title, and has a subsection's form.
    """
    if position < 1 or frame.roles[position] is not Role.TEXT or not is_placed(frame, position):
        return _NO_PLACE
    text = frame.page.blocks[position].text
    if not re.fullmatch(frame.portal.vocabulary.category, text):
        return _NO_PLACE
    return Field(text, (position,), "form of a subsection, between section and title")


def _in_strip(frame: Frame, position: int) -> bool:
    """Tell whether a subsection stands beside another one: these are tabs, not the page's place."""
    beside = (position - 1, position + 1)
    roles = frame.roles
    return any(0 <= i < len(roles) and roles[i] is Role.CATEGORY for i in beside)
