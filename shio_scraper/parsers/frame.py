"""The first pass over a page, before any record is made: which block plays which part.

A block is recognised by what a reader sees: a phrase that stands alone, a leading label, the form
of a row or a date. The zone that the markup names counts too.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, TypeAlias

from shio_scraper.items import Language
from shio_scraper.pages import Anchor, Block, Page
from shio_scraper.parsers.dates import split_dated
from shio_scraper.parsers.labels import Labels, labels_of
from shio_scraper.parsers.records import NOTHING, Field
from shio_scraper.parsers.roles import CONTENT, SIDEBAR, Place, Reading, Role, Row, words_of
from shio_scraper.parsers.rows import Rows, rows_of
from shio_scraper.portals import Portal, fold
from shio_scraper.texts import LONGEST

__all__ = ["CONTENT", "SIDEBAR", "Frame", "Role", "label"]

_HAN: Final = re.compile("[\u4e00-\u9fff]")
_MAX_STRIP: Final = 240
_MOST_LINES: Final = 9
_HEADINGS = {Role.APPLICATION, Role.INQUIRY}
_OPENS_ROWS = {Role.ROW, Role.MORE, *_HEADINGS}
_LOOSE = {Role.TEXT, Role.DATE}
_PAIRS = {Role.QUESTION, Role.ANSWER}


@dataclass(slots=True)
class Frame:
    """A page with the role of each of its blocks, and what the roles were read from.

    ``scattered`` gives the number of blocks of a row whose cells are blocks. ``votes`` lists, by
    language, the blocks that speak for it, one entry for each vote. ``promotions`` counts the
    promotions, which are ignored. ``headings`` caches the result of ``dated_headings``, and
    ``items`` that of ``linked_items`` with the roles it is valid for. ``language`` is the result
    of ``page_language``.
    """

    page: Page
    labels: Labels
    roles: list[Role] = field(default_factory=list)
    rows: dict[int, list[Row]] = field(default_factory=dict)
    scattered: dict[int, int] = field(default_factory=dict)
    sections: dict[int, Place] = field(default_factory=dict)
    promotions: int = 0
    language: Field = NOTHING
    votes: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    headings: list[Any] | None = None
    items: tuple[list[Role], list[Any]] | None = None

    @property
    def portal(self) -> Portal:
        """The portal whose words the page is read with."""
        return self.page.portal


def label(page: Page) -> Frame:
    """Return the frame of ``page``: each block with its role."""
    frame = Frame(page, labels_of(page.portal))
    rows, nodes = rows_of(page.portal), page.nodes
    in_status = False
    for position, block in enumerate(page.blocks):
        if len(block.text) > _MAX_STRIP:
            role = _long_role(frame, block)
        else:
            look = _look if _may_repeat(block) else _look.__wrapped__
            sight = look(
                page.portal, block.text, block.marked, block.cells, block.anchors,
                nodes[block.node].zone, in_status,
            )  # fmt: skip
            role = sight.role
            for language in sight.votes:
                frame.votes[language].append(position)
            if sight.place:
                frame.sections[position] = sight.place
            if sight.rows:
                frame.rows[position] = list(sight.rows)
        in_status = role in _OPENS_ROWS or (in_status and rows.is_cell(block.text))
        frame.roles.append(role)
    _join_scattered_rows(frame, rows)
    _keep_true_headings(frame)
    frame.promotions = name_promotions(page, frame.roles, frame.sections)
    return frame


def _may_repeat(block: Block) -> bool:
    """Tell whether a short block may be cached. A hostile block is long in its hidden parts."""
    length = len(block.marked) + len(block.cells)
    for anchor in block.anchors:
        length += len(anchor.href) + len(anchor.title) + 1
    return length <= LONGEST


@lru_cache(maxsize=4096)
def _look(  # noqa: PLR0917  (what a block is made of)
    portal: Portal,
    text: str,
    marked: str,
    cells: tuple[str, ...],
    anchors: tuple[Anchor, ...],
    zone: str | None,
    in_status: bool,  # noqa: FBT001
) -> Reading:
    """Return what a short block tells. The result is cached because the frame repeats."""
    reading = words_of(portal).read(text)
    if reading.may_be_row:
        block = Block(text, marked, 0, anchors, cells)
        if rows := rows_of(portal).read(block, in_status=in_status):
            return Reading(Role.ROW, (*reading.votes, _language(text)), reading.place, rows)
    if reading.role is not Role.TEXT:
        return reading
    labels = labels_of(portal)
    role = _zone_role(labels, text, zone)
    if anchors and _is_tools(portal, text, anchors) and labels.split_gate(text) is None:
        role = role if rows_of(portal).kind(text) else Role.NAVIGATION
    return Reading(role, reading.votes, reading.place)


def _language(row: str) -> Language:
    return "zh" if _HAN.search(row) else "en"


def _long_role(frame: Frame, block: Block) -> Role:
    if frame.labels.question(block.text) is not None:
        return Role.QUESTION
    if frame.labels.answer(block.text) is not None:
        return Role.ANSWER
    return _zone_role(frame.labels, block.text, frame.page.nodes[block.node].zone)


def _zone_role(labels: Labels, text: str, zone: str | None) -> Role:
    # An article's own <footer> may hold its source.
    if zone is None or labels.source(text):
        return Role.TEXT
    return Role.FOOT if zone == "footer" else Role.NAVIGATION


def _is_tools(portal: Portal, text: str, anchors: tuple[Anchor, ...]) -> bool:
    """Tell whether a block is a strip of links, or holds only links to the login."""
    if _is_link_strip(text, anchors):
        return True
    if not all(portal.is_private(anchor.href) for anchor in anchors):
        return False
    linked = sum(len(anchor.text) for anchor in anchors)
    return linked >= len(text.replace(" | ", ""))


def _is_link_strip(text: str, anchors: tuple[Anchor, ...]) -> bool:
    """Tell whether a block is several links with only punctuation between them.

    A sign that links a heading to itself does not count.
    """
    if sum(any(c.isalnum() for c in anchor.text) for anchor in anchors) < 2:  # noqa: PLR2004
        return False
    rest = text
    for anchor in anchors:
        rest = rest.replace(anchor.text, "", 1) if anchor.text else rest
    return not any(c.isalnum() for c in rest)


def _join_scattered_rows(frame: Frame, rows: Rows) -> None:
    """Find the rows whose cells are blocks of their own (definition lists, ``<div>`` cells)."""
    blocks, roles = frame.page.blocks, frame.roles
    opened = [i for i, role in enumerate(roles) if role in _LOOSE and blocks[i].text[0].isdigit()]
    for position in opened:
        if roles[position] is Role.ROW:
            continue
        in_status = position > 0 and roles[position - 1] in _OPENS_ROWS
        before, roles[position] = roles[position], Role.TEXT
        end = _row_end(frame.page, position)
        lines = rows.gather_lines(blocks[position:end])
        gathered = (
            (lines, end - position)
            if lines
            else rows.gather(blocks, roles, position, in_status=in_status)
        )
        if gathered is None:
            roles[position] = before
            continue
        frame.rows[position] = [gathered[0]]
        frame.scattered[position] = gathered[1]
        printed = " ".join(filter(None, (gathered[0].day, gathered[0].word)))
        frame.votes[_language(printed)].append(position)
        roles[position : position + gathered[1]] = [Role.ROW] * gathered[1]


def _row_end(page: Page, position: int) -> int:
    """Return where the table row that opens with a block ends, if its cells may hold several lines.

    Return ``position`` for no such row. A row of many lines is layout.
    """
    for number in page.ancestors(page.blocks[position].node):
        node = page.nodes[number]
        if node.start != position:
            break
        if node.tag == "tr":
            return node.end if node.end - position <= _MOST_LINES else position
    return position


def _keep_true_headings(frame: Frame) -> None:
    """Keep a status or FAQ heading only if it heads something: elsewhere it is a text's words."""
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


Sections: TypeAlias = dict[int, Place]
"""Section and subsection, by the block that names them."""

_NUMBERED: Final = re.compile(r"\W?\d{1,2}[.)、）]")
_BOX: Final = 4
"""The most blocks of a promotion's own box: title, image, teaser, "more"."""
_LONGEST: Final = 300
"""The most characters of a teaser."""


def name_promotions(page: Page, roles: list[Role], sections: Sections) -> int:
    """Give promotions their role: known titles, each with its teaser. Return how many there are."""
    if "promotion" not in page.portal.vocabulary.phrases:
        return 0
    _name_section(page, roles, sections)
    count = 0
    for position in [i for i, role in enumerate(roles) if role is Role.PROMOTION]:
        if _is_title(page, roles, position):
            roles[position] = Role.TEXT
            continue
        count += 1
        for beside in list(_beside(page, roles, position)):
            roles[beside] = Role.PROMOTION
    for position, role in enumerate(roles):
        if role is Role.MORE:
            roles[position] = Role.PROMOTION
    return count


def _name_section(page: Page, roles: list[Role], sections: Sections) -> None:
    """Take a promotion's title that is also a section's name as the section if it comes first."""
    if Role.SECTION in roles:
        return
    first = next((i for i, role in enumerate(roles) if role is not Role.NAVIGATION), 0)
    if _heads_promotion(page, roles, first):
        return
    text, known = page.blocks[first].text, page.portal.vocabulary.phrases.get("section", {})
    names = {fold(name) for phrases in known.values() for name in phrases}
    if roles[first] is Role.PROMOTION and fold(text) in names:
        roles[first] = Role.SECTION
        sections[first] = (text, None)


def _heads_promotion(page: Page, roles: list[Role], first: int) -> bool:
    """Tell whether the words head a teaser: they stand there once, and more promotion follows."""
    blocks = page.blocks
    again = any(
        role is Role.PROMOTION and fold(block.text) == fold(blocks[first].text)
        for block, role in zip(blocks[first + 1 :], roles[first + 1 :], strict=True)
    )
    below = roles[first + 1 : first + 3]
    return not again and below[:1] == [Role.TEXT] and below[-1] in {Role.PROMOTION, Role.MORE}


def _is_title(page: Page, roles: list[Role], position: int) -> bool:
    """Tell whether promotion words are the page's own title: a date or a list follows them."""
    below = position + 1
    if below == len(roles):
        return False
    return roles[below] is Role.DATE or _opens_list(page, position, below)


def _opens_list(page: Page, above: int, position: int) -> bool:
    """Tell whether a block is an item of a list that begins below ``above``."""
    if _NUMBERED.match(page.blocks[position].text):
        return True
    lists = {
        node for node in page.ancestors(page.blocks[position].node) if page.nodes[node].tag == "li"
    }
    return (
        bool(lists)
        and not lists & set(page.ancestors(page.blocks[above].node))
        and any(
            page.nodes[page.nodes[node].parent].end - page.nodes[node].end > 1 for node in lists
        )
    )


def _beside(page: Page, roles: list[Role], position: int) -> Iterator[int]:
    """Yield the other blocks of a promotion: those of its box, else the line below its title."""
    for node in page.ancestors(page.blocks[position].node):
        box = range(page.nodes[node].start, page.nodes[node].end)
        if len(box) > _BOX:
            break
        others = [i for i in box if i != position]
        if others and all(_may_be_teaser(page, roles, i) for i in others):
            yield from others
            return
    if position + 1 < len(roles) and _may_be_teaser(page, roles, position + 1):
        yield position + 1


def _may_be_teaser(page: Page, roles: list[Role], position: int) -> bool:
    """Tell whether a block may be a teaser. A title, with or without its date, may not."""
    if roles[position] in {Role.MORE, Role.NAVIGATION}:
        return True
    block = page.blocks[position]
    if roles[position] is not Role.TEXT or len(block.text) > _LONGEST:
        return False
    if page.nodes[block.node].heading or _NUMBERED.match(block.text):
        return False
    dated = split_dated(block.text, page.portal.dates)
    return roles[position + 1 : position + 2] != [Role.DATE] and not (dated and dated.day)
