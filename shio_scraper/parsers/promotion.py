"""Promotion: blocks that a portal shows on every page to lead to others. Named, and ignored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, TypeAlias

from shio_scraper.pages import Page
from shio_scraper.parsers.dates import split_dated
from shio_scraper.parsers.roles import Role
from shio_scraper.portals import fold

Sections: TypeAlias = dict[int, tuple[str | None, str | None]]
"""Section and subsection by the block that names them."""

_NUMBERED: Final = re.compile(r"\W?\d{1,2}[.)、）]")
_BOX: Final = 4
"""Blocks that a promotion of its own has at most: title, image, teaser, "more"."""
_LONGEST: Final = 300
"""Characters of a teaser, at most."""


def name_promotions(page: Page, roles: list[Role], sections: Sections) -> int:
    """Give promotion its role: known titles, each with its line of teaser. Return how many."""
    if "promotion" not in page.portal.vocabulary.phrases:
        return 0
    _name_section(page, roles, sections)
    found = 0
    for position in [i for i, role in enumerate(roles) if role is Role.PROMOTION]:
        if _is_title(page, roles, position):
            roles[position] = Role.TEXT
            continue
        found += 1
        for beside in list(_beside(page, roles, position)):
            roles[beside] = Role.PROMOTION
    for position, role in enumerate(roles):
        if role is Role.MORE:
            roles[position] = Role.PROMOTION
    return found


def _name_section(page: Page, roles: list[Role], sections: Sections) -> None:
    """A title of promotion that is a section too is one where it opens the page."""
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
    """Tell whether the words stand over a teaser: once, and more promotion follows that."""
    blocks = page.blocks
    again = any(
        role is Role.PROMOTION and fold(block.text) == fold(blocks[first].text)
        for block, role in zip(blocks[first + 1 :], roles[first + 1 :], strict=True)
    )
    below = roles[first + 1 : first + 3]
    return not again and below[:1] == [Role.TEXT] and below[-1] in {Role.PROMOTION, Role.MORE}


def _is_title(page: Page, roles: list[Role], position: int) -> bool:
    """Tell the title of the page from the same words over a teaser: a date or a list follows."""
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
    """Yield the blocks of a promotion beside its title: its box, else the line below it."""
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
    """Tell whether a block may be a teaser: not so a title, with its date or without."""
    if roles[position] in {Role.MORE, Role.NAVIGATION}:
        return True
    block = page.blocks[position]
    if roles[position] is not Role.TEXT or len(block.text) > _LONGEST:
        return False
    if page.nodes[block.node].heading or _NUMBERED.match(block.text):
        return False
    dated = split_dated(block.text, page.portal.dates)
    return roles[position + 1 : position + 2] != [Role.DATE] and not (dated and dated.day)
