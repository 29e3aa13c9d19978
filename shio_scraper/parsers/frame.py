"""Which block plays which part: the first pass over a page, before any record is made.

A block is known by what a reader sees: a phrase that stands alone, a leading label,
the form of a row or a date, the zone that the markup itself names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Final

from shio_scraper.items import Language
from shio_scraper.pages import Block, Page
from shio_scraper.pages.page import Anchor
from shio_scraper.parsers.labels import Labels, labels_of
from shio_scraper.parsers.rows import Row, Rows, rows_of
from shio_scraper.portal import Portal, fold


class Role(StrEnum):
    """The part that a block plays on its page."""

    TEXT = "text"
    TITLE = "title"
    DATE = "date"
    PARAGRAPH = "paragraph"
    SOURCE = "source"
    GATE = "gate"
    NOISE = "noise"
    SECTION = "section"
    CATEGORY = "category"
    TABS = "tabs"
    NAVIGATION = "navigation"
    ACCOUNT = "account"
    APPLICATION = "application"
    INQUIRY = "inquiry"
    ROW = "row"
    MORE = "more"
    FAQ = "faq"
    QUESTION = "question"
    ANSWER = "answer"
    EVENTS = "events"
    FIELD = "field"
    FOOT = "foot"
    ASIDE = "aside"


CONTENT: Final = frozenset(
    {Role.TEXT, Role.QUESTION, Role.ANSWER, Role.DATE, Role.FIELD, Role.SOURCE}
)
"""What an article's body can be made of."""

SIDEBAR: Final = frozenset(
    {Role.ACCOUNT, Role.APPLICATION, Role.INQUIRY, Role.ROW, Role.MORE, Role.FAQ}
)
"""What the sidebar shows and a body never does."""

_HAN: Final = re.compile("[\u4e00-\u9fff]")
_MAY_BE_ROW: Final = re.compile(r"\d[-/.月]\d|\d{8}|\d\s|\s\d")
_ROW_OPENS_IN: Final = 60
_MAX_PHRASE: Final = 60
_MAX_STRIP: Final = 240
_MAX_FOOT: Final = 300
_DIGIT = re.compile("[0-9]")
_CRUMB = re.compile("[>»›]")
_STRENGTH = ("navigation", "more", "events", "account", "faq", "inquiry", "application")
"""Of several phrases in one block the one that tells most gives the role."""
_HEADINGS = {Role.APPLICATION, Role.INQUIRY}
_OPENS_ROWS = {Role.ROW, Role.MORE, *_HEADINGS}
_LOOSE = {Role.TEXT, Role.DATE}
_PAIRS = {Role.QUESTION, Role.ANSWER}


@dataclass(slots=True)
class Frame:
    """A page with the role of each of its blocks, and what the roles were read from."""

    page: Page
    portal: Portal
    labels: Labels
    roles: list[Role] = field(default_factory=list)
    rows: dict[int, list[Row]] = field(default_factory=dict)
    sections: dict[int, tuple[str | None, str | None]] = field(default_factory=dict)
    votes: Counter[Language] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the text of a block tells by itself."""

    role: Role
    may_be_row: bool = False
    section: str | None = None
    category: str | None = None
    votes: tuple[Language, ...] = ()


class _Words:
    """Reads short texts by the vocabulary. The frame repeats, so readings are kept."""

    def __init__(self, portal: Portal) -> None:
        words = portal.vocabulary
        self._labels = labels_of(portal)
        self._roles = words.roles
        alternatives = _any(self._roles)
        between = r"[\s|>»›·:：/+()（）\[\]【】-]*"
        self._each = re.compile(alternatives, re.IGNORECASE)
        self._strip = re.compile(rf"{between}(?:(?:{alternatives}){between})+", re.IGNORECASE)
        places = [p for p, (role, _) in self._roles.items() if role in {"section", "category"}]
        self._place = re.compile(_any(places), re.IGNORECASE)
        self._foot = re.compile(words.foot, re.IGNORECASE)
        self._leaf = re.compile(words.leaf, re.IGNORECASE)
        self._field = re.compile(rf"(?:{_any(words.event_fields)})\s?[:：]", re.IGNORECASE)
        self.read = lru_cache(maxsize=16384)(self._read)

    def _read(self, text: str) -> _Reading:
        hit = self._roles.get(fold(text)) if len(text) <= _MAX_PHRASE else None
        if hit:
            return self._phrase(text, *hit)
        if self._strip.fullmatch(text) or (_CRUMB.search(text) and self._place.search(text)):
            return self._several(text)
        may_be_row = _MAY_BE_ROW.search(text, 0, _ROW_OPENS_IN) is not None
        return _Reading(self._alone(text), may_be_row)

    def _alone(self, text: str) -> Role:
        labels = self._labels
        if labels.question(text) is not None:
            return Role.QUESTION
        if labels.answer(text) is not None:
            return Role.ANSWER
        if self._field.match(text):
            return Role.FIELD
        if _DIGIT.search(text) and labels.byline(text):
            return Role.DATE
        if self._foot.search(text):
            return Role.FOOT
        return Role.NAVIGATION if self._leaf.match(text) else Role.TEXT

    def _phrase(self, text: str, role: str, language: Language | None) -> _Reading:
        return _Reading(
            Role(role),
            section=text if role == "section" else None,
            category=text if role == "category" else None,
            votes=(language,) if language else (),
        )

    def _several(self, text: str) -> _Reading:
        """Read several phrases in one block: a breadcrumb, tabs, the sign-in line."""
        hits = [(m[0], *self._roles[fold(m[0])]) for m in self._each.finditer(text)]
        votes = tuple(language for _, _, language in hits if language)
        roles = Counter(role for _, role, _ in hits)
        if roles["category"] > 1:
            return _Reading(Role.TABS, votes=votes)
        section = next((phrase for phrase, role, _ in hits if role == "section"), None)
        category = next((phrase for phrase, role, _ in hits if role == "category"), None)
        if section or category:
            role = Role.CATEGORY if category else Role.SECTION
            return _Reading(role, section=section, category=category, votes=votes)
        return _Reading(Role(max(roles, key=_STRENGTH.index)), votes=votes)


@lru_cache
def _words(portal: Portal) -> _Words:
    return _Words(portal)


def label(page: Page, portal: Portal) -> Frame:
    """Return the frame of ``page``: every block with its role."""
    frame = Frame(page, portal, labels_of(portal))
    words, rows = _words(portal), rows_of(portal)
    in_status = False
    for position, block in enumerate(page.blocks):
        role = _role(frame, words, rows, position, in_status=in_status)
        in_status = role in _OPENS_ROWS or (in_status and rows.is_cell(block.text))
        frame.roles.append(role)
    _join_scattered_rows(frame, rows)
    _keep_true_headings(frame)
    return frame


def _role(frame: Frame, words: _Words, rows: Rows, position: int, *, in_status: bool) -> Role:
    block = frame.page.blocks[position]
    if len(block.text) > _MAX_STRIP:
        return _long_role(frame, block)
    reading = words.read(block.text)
    for language in reading.votes:
        frame.votes[language] += 1
    if reading.section or reading.category:
        frame.sections[position] = (reading.section, reading.category)
    if reading.may_be_row and (found := rows.read(block, in_status=in_status)):
        frame.rows[position] = list(found)
        _vote_for_row(frame, block.text)
        return Role.ROW
    if reading.role is not Role.TEXT:
        return reading.role
    if block.anchors and _is_tools(frame.portal, block.text, block.anchors):
        return Role.NAVIGATION
    return _zone_role(frame, block)


def _vote_for_row(frame: Frame, text: str) -> None:
    frame.votes["zh" if _HAN.search(text) else "en"] += 1


def _long_role(frame: Frame, block: Block) -> Role:
    if frame.labels.question(block.text) is not None:
        return Role.QUESTION
    if frame.labels.answer(block.text) is not None:
        return Role.ANSWER
    return _zone_role(frame, block)


def _zone_role(frame: Frame, block: Block) -> Role:
    zone = frame.page.nodes[block.node].zone
    if zone is None:
        return Role.TEXT
    return Role.FOOT if zone == "footer" else Role.NAVIGATION


def _any(phrases: Iterable[str]) -> str:
    longest_first = sorted(filter(None, phrases), key=len, reverse=True)
    return "|".join(re.escape(phrase) for phrase in longest_first)


@lru_cache(maxsize=16384)
def _is_tools(portal: Portal, text: str, anchors: tuple[Anchor, ...]) -> bool:
    """Tell whether a block is a strip of links, or nothing but links to the login."""
    if is_link_strip(text, anchors):
        return True
    if not all(portal.is_private(anchor.href) for anchor in anchors):
        return False
    linked = sum(len(anchor.text) for anchor in anchors)
    return linked >= len(text.replace(" | ", ""))


def is_link_strip(text: str, anchors: tuple[Anchor, ...]) -> bool:
    """Tell whether a block is several links and nothing but punctuation between them."""
    if len(anchors) < 2:  # noqa: PLR2004
        return False
    rest = text
    for anchor in anchors:
        rest = rest.replace(anchor.text, "", 1) if anchor.text else rest
    return not any(c.isalnum() for c in rest)


def _join_scattered_rows(frame: Frame, rows: Rows) -> None:
    """Find rows whose cells are blocks of their own (definition lists, ``<div>`` cells)."""
    blocks, roles = frame.page.blocks, frame.roles
    opened = [i for i, role in enumerate(roles) if role in _LOOSE and blocks[i].text[0].isdigit()]
    for position in opened:
        if roles[position] is Role.ROW:
            continue
        in_status = position > 0 and roles[position - 1] in _OPENS_ROWS
        printed, roles[position] = roles[position], Role.TEXT
        found = rows.gather(blocks, roles, position, in_status=in_status)
        if found is None:
            roles[position] = printed
            continue
        frame.rows[position] = [found[0]]
        _vote_for_row(frame, " ".join(filter(None, (found[0].day, found[0].word))))
        roles[position : position + found[1]] = [Role.ROW] * found[1]


def _keep_true_headings(frame: Frame) -> None:
    """A status or FAQ heading heads something; elsewhere these are words of the text."""
    roles = frame.roles
    headings = [i for i, role in enumerate(roles) if role in _HEADINGS or role is Role.FAQ]
    for position in reversed(headings):
        following = roles[position + 1 : position + 3]
        if roles[position] in _HEADINGS and not (
            Role.ROW in following or _OPENS_ROWS.intersection(following[:1])
        ):
            roles[position] = Role.TEXT
        if roles[position] is Role.FAQ and not _PAIRS.intersection(following):
            roles[position] = Role.TEXT
