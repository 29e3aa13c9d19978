"""Promotion: blocks that a portal shows on every page to lead to others. Named, and ignored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from shio_scraper.parsers.dates import split_dated
from shio_scraper.parsers.roles import Role
from shio_scraper.portals import fold

if TYPE_CHECKING:
    from shio_scraper.parsers.frame import Frame

_NUMBERED: Final = re.compile(r"\W?\d{1,2}[.)、）]")
_BOX: Final = 4
"""Blocks that a promotion of its own has at most: title, image, teaser, "more"."""
_LONGEST: Final = 300
"""Characters of a teaser, at most."""


def name_promotions(frame: Frame) -> int:
    """Give promotion its role: known titles, each with its line of teaser. Return how many."""
    roles = frame.roles
    if "promotion" not in frame.portal.vocabulary.phrases:
        return 0
    _name_section(frame)
    found = 0
    for position in [i for i, role in enumerate(roles) if role is Role.PROMOTION]:
        if _is_title(frame, position):
            roles[position] = Role.TEXT
            continue
        found += 1
        for beside in list(_beside(frame, position)):
            roles[beside] = Role.PROMOTION
    for position, role in enumerate(roles):
        if role is Role.MORE:
            roles[position] = Role.PROMOTION
    return found


def _name_section(frame: Frame) -> None:
    """A title of promotion that is a section too is one where it opens the page."""
    roles, sections = frame.roles, frame.portal.vocabulary.phrases.get("section", {})
    if Role.SECTION in roles:
        return
    first = next((i for i, role in enumerate(roles) if role is not Role.NAVIGATION), 0)
    if _heads_promotion(frame, first):
        return
    text = frame.page.blocks[first].text
    names = {fold(name) for phrases in sections.values() for name in phrases}
    if roles[first] is Role.PROMOTION and fold(text) in names:
        roles[first] = Role.SECTION
        frame.sections[first] = (text, None)


def _heads_promotion(frame: Frame, first: int) -> bool:
    """Tell whether the words stand over a teaser: once, and more promotion follows that."""
    blocks, roles = frame.page.blocks, frame.roles
    again = any(
        role is Role.PROMOTION and fold(block.text) == fold(blocks[first].text)
        for block, role in zip(blocks[first + 1 :], roles[first + 1 :], strict=True)
    )
    below = roles[first + 1 : first + 3]
    return not again and below[:1] == [Role.TEXT] and below[-1] in {Role.PROMOTION, Role.MORE}


def _is_title(frame: Frame, position: int) -> bool:
    """Tell the title of the page from the same words over a teaser: a date or a list follows."""
    below = position + 1
    if below == len(frame.roles):
        return False
    return frame.roles[below] is Role.DATE or _opens_list(frame, position, below)


def _opens_list(frame: Frame, above: int, position: int) -> bool:
    """Tell whether a block is an item of a list that begins below ``above``."""
    page = frame.page
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


def _beside(frame: Frame, position: int) -> Iterator[int]:
    """Yield the blocks of a promotion beside its title: its box, else the line below it."""
    page = frame.page
    for node in page.ancestors(page.blocks[position].node):
        box = range(page.nodes[node].start, page.nodes[node].end)
        if len(box) > _BOX:
            break
        others = [i for i in box if i != position]
        if others and all(_may_be_teaser(frame, i) for i in others):
            yield from others
            return
    if position + 1 < len(frame.roles) and _may_be_teaser(frame, position + 1):
        yield position + 1


def _may_be_teaser(frame: Frame, position: int) -> bool:
    """Tell whether a block may be a teaser: not so a title, with its date or without."""
    roles, page = frame.roles, frame.page
    if roles[position] in {Role.MORE, Role.NAVIGATION}:
        return True
    block = page.blocks[position]
    if roles[position] is not Role.TEXT or len(block.text) > _LONGEST:
        return False
    if page.nodes[block.node].heading or _NUMBERED.match(block.text):
        return False
    dated = split_dated(block.text, frame.portal.dates)
    return roles[position + 1 : position + 2] != [Role.DATE] and not (dated and dated.day)
