"""Which block plays which part: the first pass over a page, before any record is made.

A block is known by what a reader sees: a phrase that stands alone, a leading label,
the form of a row or a date, the zone that the markup itself names.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Final

from shio_scraper.items import Language
from shio_scraper.pages import Block, Page
from shio_scraper.parsers.labels import Labels, labels_of
from shio_scraper.parsers.rows import Row, Rows, rows_of
from shio_scraper.portal import Portal, Vocabulary, fold


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
_CRUMB = re.compile("[>»›]")
_STRENGTH = ("navigation", "more", "events", "account", "faq", "inquiry", "application")
"""Of several phrases in one block the one that tells most gives the role."""
_HEADINGS = {Role.APPLICATION, Role.INQUIRY}
_OPENS_ROWS = {Role.ROW, Role.MORE, *_HEADINGS}
_PAIRS = {Role.QUESTION, Role.ANSWER}


@dataclass(slots=True)
class Frame:
    """A page with the role of each of its blocks, and what the roles were read from."""

    page: Page
    portal: Portal
    labels: Labels
    roles: list[Role]
    rows: dict[int, list[Row]] = field(default_factory=dict)
    sections: dict[int, tuple[str | None, str | None]] = field(default_factory=dict)
    votes: Counter[Language] = field(default_factory=Counter)


class _Phrases:
    """The vocabulary's phrases, as one pattern for blocks that hold several of them."""

    def __init__(self, words: Vocabulary) -> None:
        self.roles = words.roles
        alternatives = "|".join(re.escape(p) for p in sorted(self.roles, key=len, reverse=True) if p)
        between = r"[\s|>»›·:：/+()（）\[\]【】-]*"
        self.each = re.compile(alternatives, re.IGNORECASE)
        self.strip = re.compile(rf"{between}(?:(?:{alternatives}){between})+", re.IGNORECASE)
        places = (p for p, (role, _) in self.roles.items() if role in {"section", "category"})
        self.place = re.compile("|".join(map(re.escape, places)), re.IGNORECASE)
        self.foot = re.compile(words.foot, re.IGNORECASE)
        self.leaf = re.compile(words.leaf, re.IGNORECASE)
        names = "|".join(map(re.escape, words.event_fields))
        self.field = re.compile(rf"(?:{names})\s?[:：]", re.IGNORECASE)


@lru_cache
def _phrases(portal: Portal) -> _Phrases:
    return _Phrases(portal.vocabulary)


def label(page: Page, portal: Portal) -> Frame:
    """Return the frame of ``page``: every block with its role."""
    frame = Frame(page, portal, labels_of(portal), [])
    phrases, rows = _phrases(portal), rows_of(portal)
    in_status = False
    for position, block in enumerate(page.blocks):
        role = _role(frame, phrases, rows, position, in_status=in_status)
        in_status = role in _OPENS_ROWS or (in_status and rows.is_cell(block.text))
        frame.roles.append(role)
    _join_scattered_rows(frame, rows)
    _keep_true_headings(frame)
    return frame


def _role(
    frame: Frame, phrases: _Phrases, rows: Rows, position: int, *, in_status: bool
) -> Role:
    block = frame.page.blocks[position]
    text = block.text
    if len(text) <= _MAX_PHRASE and (hit := phrases.roles.get(fold(text))):
        return _phrase(frame, position, *hit)
    if _MAY_BE_ROW.search(text, 0, _ROW_OPENS_IN) and (found := rows.read(block, in_status=in_status)):
        frame.rows[position] = found
        frame.votes["zh" if _HAN.search(text) else "en"] += 1
        return Role.ROW
    if frame.labels.question(text) is not None:
        return Role.QUESTION
    if frame.labels.answer(text) is not None:
        return Role.ANSWER
    if len(text) <= _MAX_STRIP:
        return _short_role(frame, phrases, position, block)
    return _zone_role(frame, block)


def _short_role(frame: Frame, phrases: _Phrases, position: int, block: Block) -> Role:
    text = block.text
    if phrases.field.match(text):
        return Role.FIELD
    if any(c.isdigit() for c in text) and frame.labels.byline(text):
        return Role.DATE
    if phrases.strip.fullmatch(text) or (_CRUMB.search(text) and phrases.place.search(text)):
        return _strip_role(frame, phrases, position, text)
    if phrases.foot.search(text):
        return Role.FOOT
    if phrases.leaf.match(text) or is_link_strip(block) or _is_private(frame, block):
        return Role.NAVIGATION
    return _zone_role(frame, block)


def _zone_role(frame: Frame, block: Block) -> Role:
    zone = frame.page.nodes[block.node].zone
    if zone is None:
        return Role.TEXT
    return Role.FOOT if zone == "footer" else Role.NAVIGATION


def _phrase(frame: Frame, position: int, role: str, language: Language | None) -> Role:
    if language:
        frame.votes[language] += 1
    text = frame.page.blocks[position].text
    if role == "section":
        frame.sections[position] = (text, None)
    elif role == "category":
        frame.sections[position] = (None, text)
    return Role(role)


def _strip_role(frame: Frame, phrases: _Phrases, position: int, text: str) -> Role:
    """The role of several phrases in one block: a breadcrumb, tabs, the sign-in line."""
    hits = [(m[0], *phrases.roles[fold(m[0])]) for m in phrases.each.finditer(text)]
    frame.votes.update(language for _, _, language in hits if language)
    roles = Counter(role for _, role, _ in hits)
    if roles["category"] > 1:
        return Role.TABS
    section = next((phrase for phrase, role, _ in hits if role == "section"), None)
    category = next((phrase for phrase, role, _ in hits if role == "category"), None)
    if section or category:
        frame.sections[position] = (section, category)
        return Role.CATEGORY if category else Role.SECTION
    return Role(max(roles, key=_STRENGTH.index))


def _is_private(frame: Frame, block: Block) -> bool:
    """Tell whether a block is only a way to the login."""
    return bool(block.links) and all(frame.portal.is_private(link.url) for link in block.links)


def is_link_strip(block: Block) -> bool:
    """Tell whether ``block`` is several links and nothing but punctuation between them."""
    if len(block.links) < 2:  # noqa: PLR2004
        return False
    rest = block.text
    for link in block.links:
        rest = rest.replace(link.text, "", 1) if link.text else rest
    return not any(c.isalnum() for c in rest)


def _join_scattered_rows(frame: Frame, rows: Rows) -> None:
    """Find rows whose cells are blocks of their own (definition lists, ``<div>`` cells)."""
    blocks, roles = frame.page.blocks, frame.roles
    in_status = False
    position = 0
    while position < len(blocks):
        role = roles[position]
        size = 0
        if role in {Role.TEXT, Role.DATE} and blocks[position].text[0].isdigit():
            roles[position] = Role.TEXT
            found = rows.gather(blocks, roles, position, in_status=in_status)
            if found:
                row, size = found
                frame.rows[position] = [row]
                roles[position : position + size] = [Role.ROW] * size
        in_status = size > 0 or role in _OPENS_ROWS
        roles[position] = Role.ROW if size else role
        position += max(size, 1)


def _keep_true_headings(frame: Frame) -> None:
    """A status or FAQ heading heads something; elsewhere these are words of the text."""
    roles = frame.roles
    for position in reversed(range(len(roles))):
        following = roles[position + 1 : position + 3]
        if roles[position] in _HEADINGS and not (
            Role.ROW in following or _OPENS_ROWS.intersection(following[:1])
        ):
            roles[position] = Role.TEXT
        if roles[position] is Role.FAQ and not _PAIRS.intersection(following):
            roles[position] = Role.TEXT
