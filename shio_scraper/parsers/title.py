"""The title of a page: every line that could be it is scored, and the best one taken.

A title is said again by the page itself (``<title>``, ``og:title``), stands in a heading element,
right above the prose, with the day of publication behind it or beside. No one of these decides.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

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
from shio_scraper.parsers.origin import Origin
from shio_scraper.parsers.prose import Prose
from shio_scraper.portals import Portal, fold

_NO_PLACE: Final = Origin(None, (), "not above the title")
_TAGS: Final = {"h1": 1.6, "h2": 1.2, "h3": 0.9, "h4": 0.6, "h5": 0.4, "h6": 0.3}
_MAY_BE: Final = frozenset({Role.TEXT, Role.QUESTION, Role.ANSWER, Role.FIELD, Role.DATE})
_NO_LETTER: Final = re.compile(r"[\W\d_]+")
_PLAIN: Final = re.compile(r"[\W_]+")
_SEGMENTS: Final = re.compile(r"\s*[|_»·•>]+\s*|\s+[-–—:]+\s+|-{2,}|[-–—](?=[^-–—]*$)|\s{2,}")
_HAN: Final = re.compile("[\u3400-\u9fff]")
_LEAST: Final = 0.5
"""The score of a line that may be a title, at least."""
_CLOSE: Final = 0.6
"""How much less a rival scores than the title, at most."""
_FAR: Final = 30
_SENTENCE: Final = 160


@dataclass(slots=True)
class Scored:
    """A line that could be the title, and how much speaks for it."""

    heading: Heading
    score: float
    why: str


def read_title(
    frame: Frame, prose: Prose, above: int | None = None
) -> tuple[Heading | None, list[Scored]]:
    """Return the title of the page, and what else could be it, the best first.

    ``above`` is the first field of an event: the title stands above it, and has no day.
    """
    scored = sorted(_scored(frame, prose, above), key=lambda one: -one.score)
    if not scored or scored[0].score < _LEAST:
        return None, scored
    best = scored[0]
    best.heading.choice = best.why
    rivals = [one for one in scored[1:] if best.score - one.score <= _CLOSE]
    return best.heading, [one for one in rivals if one.heading.title != best.heading.title]


def _scored(frame: Frame, prose: Prose, above: int | None) -> Iterator[Scored]:
    said = Said(frame)
    for heading in _candidates(frame, said, above):
        has_word = heading.day is not None or not _NO_LETTER.fullmatch(heading.title)
        if 0 < len(heading.title) <= MAX_TITLE and has_word:
            yield _score(frame, said, heading, prose)


def _candidates(frame: Frame, said: Said, above: int | None) -> Iterator[Heading]:
    dated = dated_headings(frame) if above is None else []
    taken = {position for heading in dated for position in range(heading.start, heading.end)}
    yield from (replace(heading) for heading in dated)
    for position, role in enumerate(frame.roles[:above]):
        if position in taken or len(frame.page.blocks[position].text) > MAX_TITLE:
            continue
        text = frame.page.blocks[position].text
        if role in _MAY_BE or (role is not Role.FRAME and said.likeness(text) == 1):
            rule = "undated" if above is None else "above the fields"
            plain = Heading(position, position + 1, "", None, rule, position, dated=False)
            yield whole(frame, plain)


def _score(frame: Frame, said: Said, heading: Heading, prose: Prose) -> Scored:
    page, at = frame.page, heading.title_at
    block, tag = page.blocks[at], heading_tag(frame, at)
    likeness = said.likeness(heading.title)
    points = {
        "as the page names itself": 2.6 * likeness,
        f"in <{tag}>": _TAGS.get(tag or "", 0.0),
        "right below the section": 1.4 * is_placed(frame, heading.start),
        "with its date": 1.2 * (heading.dated and heading.day is not None),
        "above the prose": _place(heading, prose),
    }
    against = (
        (1.5, is_linked(block) and not likeness),
        (2.5, not heading.dated and _is_label(frame, heading.title)),
        (1.0, heading.title.endswith((":", "："))),
        (1.2, heading.title.endswith((".", "。", ";", "；")) and not tag and likeness < 1),
        (1.5, fold(heading.title) in frame.portal.vocabulary.roles),
        (4.0, fold(heading.title) in _names(frame.portal)),
        (0.8, len(heading.title) < (3 if _HAN.search(heading.title) else 6)),
        (1.5, frame.roles[at] in SIDEBAR or page.nodes[block.node].zone is not None),
        (1.0, len(heading.title) > _SENTENCE),
    )
    score = sum(points.values()) - sum(weight for weight, holds in against if holds)
    return Scored(heading, score, max(points, key=lambda name: points[name]))


def _place(heading: Heading, prose: Prose) -> float:
    """Return what the place of a line says: right above the text of the page, or within it."""
    text = prose.text
    below = bisect_left(text, heading.end)
    if not text:
        return 0.0
    if below == len(text):
        return -2.5
    above = prose.sums[bisect_left(text, heading.start)]
    near = 1 - min(text[below] - heading.end, _FAR) / _FAR
    return 0.8 * near - 3 * above / prose.sums[-1]


@lru_cache
def _names(portal: Portal) -> frozenset[str]:
    """Return what the site itself is called, on every page."""
    return frozenset(map(fold, (portal.title, *portal.vocabulary.furniture)))


def _is_label(frame: Frame, title: str) -> bool:
    labels = frame.labels
    return (
        labels.is_furniture(title)
        or labels.is_source_label(title)
        or labels.source(title) is not None
    )


class Said:
    """What the page calls itself, and how like a text is to it."""

    def __init__(self, frame: Frame) -> None:
        self.names: dict[str, float] = {}
        for title in titles(frame):
            parts = [part for part in _SEGMENTS.split(title) if part and part.strip()]
            self._add(title, 1.0)
            for index, part in enumerate(parts):
                self._add(part, 1.0 if not index else 0.6)
        self._whole = [_plain(title) for title in titles(frame)]

    def likeness(self, text: str) -> float:
        """Return how much ``text`` is what the page calls itself: 0 to 1."""
        plain = _plain(text)
        if not plain or not self.names:
            return 0.0
        if plain in self.names:
            return self.names[plain]
        best = 0.0
        for name in self._whole:
            if len(plain) >= 4 and plain in name:  # noqa: PLR2004
                best = max(
                    best, 0.95 if name.startswith(plain) else 0.5 + 0.4 * len(plain) / len(name)
                )
            elif len(name) >= 4 and name in plain:  # noqa: PLR2004
                best = max(best, 0.9 * len(name) / len(plain))
        return best

    def _add(self, name: str, weight: float) -> None:
        plain = _plain(name)
        if plain:
            self.names[plain] = max(weight, self.names.get(plain, 0.0))


def titles(frame: Frame) -> list[str]:
    """Return the names that the page's markup gives it, its ``<title>`` first."""
    said = frame.page.said
    return [name for name in (said.title, *said.titles) if name]


def _plain(text: str) -> str:
    return _PLAIN.sub("", text.casefold())


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
                and (tag == "h1" or other.start == chosen.end)
            )
        )
    ]


def section_heading(frame: Frame, below: int) -> Heading | None:
    """Return the section above ``below`` as the title of a page that has no other."""
    for position in reversed(range(below)):
        section = frame.sections.get(position, (None, None))[0]
        if section:
            rule = "the section: a sentence stands below it, and no title"
            return Heading(position, position + 1, section, None, rule, position, dated=False)
    return None


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


def _in_strip(frame: Frame, position: int) -> bool:
    """Tell whether a subsection is one of several side by side: tabs, not a place."""
    beside = (position - 1, position + 1)
    roles = frame.roles
    return any(0 <= i < len(roles) and roles[i] is Role.CATEGORY for i in beside)
