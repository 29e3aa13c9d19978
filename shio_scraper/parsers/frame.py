"""Which block plays which part: the first pass over a page, before any record is made.

A block is known by what a reader sees: a phrase that stands alone, a leading label,
the form of a row or a date, the zone that the markup itself names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from shio_scraper.items import Language
from shio_scraper.pages import Anchor, Block, Page
from shio_scraper.parsers.labels import Labels, labels_of
from shio_scraper.parsers.promotion import name_promotions
from shio_scraper.parsers.roles import CONTENT, SIDEBAR, Role
from shio_scraper.parsers.rows import Row, Rows, rows_of
from shio_scraper.parsers.words import Words, words_of
from shio_scraper.portals import Portal

__all__ = ["CONTENT", "SIDEBAR", "Frame", "Role", "label"]

_HAN: Final = re.compile("[\u4e00-\u9fff]")
_MAX_STRIP: Final = 240
_HEADINGS = {Role.APPLICATION, Role.INQUIRY}
_OPENS_ROWS = {Role.ROW, Role.MORE, *_HEADINGS}
_LOOSE = {Role.TEXT, Role.DATE}
_PAIRS = {Role.QUESTION, Role.ANSWER}


@dataclass(slots=True)
class Frame:
    """A page with the role of each of its blocks, and what the roles were read from.

    ``scattered`` says of a row whose cells are blocks how many they are, ``votes`` which
    blocks speak for a language, one entry a vote; ``promotions`` were found and are ignored.
    """

    page: Page
    labels: Labels
    roles: list[Role] = field(default_factory=list)
    rows: dict[int, list[Row]] = field(default_factory=dict)
    scattered: dict[int, int] = field(default_factory=dict)
    sections: dict[int, tuple[str | None, str | None]] = field(default_factory=dict)
    promotions: int = 0
    votes: dict[Language, list[int]] = field(default_factory=lambda: {"en": [], "zh": []})

    @property
    def portal(self) -> Portal:
        """The portal by whose words the page is read."""
        return self.page.portal


def label(page: Page) -> Frame:
    """Return the frame of ``page``: every block with its role."""
    frame = Frame(page, labels_of(page.portal))
    words, rows = words_of(page.portal), rows_of(page.portal)
    in_status = False
    for position, block in enumerate(page.blocks):
        role = _role(frame, words, rows, position, in_status=in_status)
        in_status = role in _OPENS_ROWS or (in_status and rows.is_cell(block.text))
        frame.roles.append(role)
    _join_scattered_rows(frame, rows)
    _keep_true_headings(frame)
    frame.promotions = name_promotions(frame)
    return frame


def _role(frame: Frame, words: Words, rows: Rows, position: int, *, in_status: bool) -> Role:
    block = frame.page.blocks[position]
    if len(block.text) > _MAX_STRIP:
        return _long_role(frame, block)
    reading = words.read(block.text)
    for language in reading.votes:
        frame.votes[language].append(position)
    if reading.section or reading.category:
        frame.sections[position] = (reading.section, reading.category)
    if reading.may_be_row and (found := rows.read(block, in_status=in_status)):
        frame.rows[position] = list(found)
        _vote_for_row(frame, position, block.text)
        return Role.ROW
    if reading.role is not Role.TEXT:
        return reading.role
    if block.anchors and _is_tools(frame.portal, block.text, block.anchors):
        return Role.NAVIGATION
    return _zone_role(frame, block)


def _vote_for_row(frame: Frame, position: int, text: str) -> None:
    frame.votes["zh" if _HAN.search(text) else "en"].append(position)


def _long_role(frame: Frame, block: Block) -> Role:
    if frame.labels.question(block.text) is not None:
        return Role.QUESTION
    if frame.labels.answer(block.text) is not None:
        return Role.ANSWER
    return _zone_role(frame, block)


def _zone_role(frame: Frame, block: Block) -> Role:
    zone = frame.page.nodes[block.node].zone
    # An article's own <footer> may hold its source.
    if zone is None or frame.labels.source(block.text):
        return Role.TEXT
    return Role.FOOT if zone == "footer" else Role.NAVIGATION


@lru_cache(maxsize=16384)
def _is_tools(portal: Portal, text: str, anchors: tuple[Anchor, ...]) -> bool:
    """Tell whether a block is a strip of links, or nothing but links to the login."""
    if _is_link_strip(text, anchors):
        return True
    if not all(portal.is_private(anchor.href) for anchor in anchors):
        return False
    linked = sum(len(anchor.text) for anchor in anchors)
    return linked >= len(text.replace(" | ", ""))


def _is_link_strip(text: str, anchors: tuple[Anchor, ...]) -> bool:
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
        frame.scattered[position] = found[1]
        _vote_for_row(frame, position, " ".join(filter(None, (found[0].day, found[0].word))))
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
