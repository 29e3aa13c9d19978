"""The sidebar: what its form is, and which rows and pairs are a page's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from shio_scraper.items import Language
from shio_scraper.parsers.frame import SIDEBAR, Frame, Role
from shio_scraper.parsers.records import Field, page_url

_BOXES: Final = frozenset({Role.APPLICATION, Role.INQUIRY, Role.FAQ})
SIDEBAR_FORM: Final = SIDEBAR | {Role.QUESTION, Role.ANSWER}
"""What the sidebar is made of."""


def sidebar_form(frame: Frame, language: Language) -> int:
    """Return what tells one form of rows and pairs from another, 0 where the page has none."""
    form = tuple(
        (role, block.text)
        for block, role in zip(frame.page.blocks, frame.roles, strict=True)
        if role in SIDEBAR_FORM
    )
    return hash((language, form)) if form else 0


def own_urls(frame: Frame) -> list[Field]:
    """Return for each block the address its row or pair has: none in a sidebar.

    A page of unknown address without an article shows rows or pairs of its own, and
    the sidebar's beside them: the box that heads several kinds.
    """
    roles, address = frame.roles, frame.page.address
    own, none = page_url(frame), Field(None, (), "read in a sidebar: not of this page alone")
    if own.value is None:
        return [own] * len(roles)
    if (address and address.family) or Role.TITLE in roles:
        return [none] * len(roles)
    urls: list[Field] = []
    for box in _boxes(roles):
        kinds = len({role for role in box if role in _BOXES})
        urls += [own if kinds < 2 else none] * len(box)  # noqa: PLR2004
    return urls


def _boxes(roles: list[Role]) -> Iterator[list[Role]]:
    """Part the roles where a box ends: at text, at the sign-in block, at a heading again."""
    box: list[Role] = []
    for role in roles:
        ends = role in {Role.ACCOUNT, Role.TEXT} or (role in _BOXES and role in box)
        if ends and box:
            yield box
            box = []
        box.append(role)
    yield box
