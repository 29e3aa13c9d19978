"""Which part of a page each block is: a field's, one that is ignored by name, or nobody's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeAlias

from shio_scraper.pages import Anchor
from shio_scraper.parsers.article import leads_away
from shio_scraper.parsers.event import EventPage
from shio_scraper.parsers.extract import Extraction
from shio_scraper.parsers.frame import Frame
from shio_scraper.parsers.heading import Heading
from shio_scraper.parsers.listing_item import Listed
from shio_scraper.parsers.press_conference import PressReading
from shio_scraper.parsers.readings import ArticleReading
from shio_scraper.parsers.roles import Role
from shio_scraper.portals import Portal

OwnReading: TypeAlias = ArticleReading | EventPage | PressReading
By: TypeAlias = Literal["claimed", "ignored", "unclaimed"]


class Part(NamedTuple):
    """Who took a block: the fields that claimed it, or the name of an ignored part."""

    by: By
    name: str = ""


UNCLAIMED: Final = Part("unclaimed")
OF_ITEMS: Final = Part("claimed", "items")
_OF_ITEM: Final = Part("ignored", "fields of items")
_OF_LIST: Final = Part("ignored", "headings of lists")
_LINK: Final = Part("ignored", "links")
_FURNITURE: Final = Part("ignored", "furniture")
_SHARED: Final = Part("ignored", "frame of the layout")
_EMPTY_FIELD: Final = Part("ignored", "empty fields")
_OWN: Final = frozenset(
    {Role.TITLE, Role.PARAGRAPH, Role.SOURCE, Role.GATE, Role.FIELD, Role.VALUE, Role.SPEAKER}
)
_CLAIMED: Final[Mapping[str, str]] = {
    Role.TITLE: "title",
    Role.PARAGRAPH: "paragraphs",
    Role.SOURCE: "source",
    Role.GATE: "gated",
    Role.ROW: "status",
    Role.QUESTION: "question",
    Role.ANSWER: "answer",
    Role.NUMBERED: "faq",
    Role.SPEAKER: "speakers",
}


def own_reading(extraction: Extraction) -> OwnReading | None:
    """Return what the page's own article, event or press conference was made of: it comes first."""
    first = extraction.readings[0] if extraction.readings else None
    return first if isinstance(first, OwnReading) else None


def main_container(extraction: Extraction) -> range:
    """Return the blocks of the smallest element with the title and the body of the page's record.

    A page without an article or event of its own is all main.
    """
    page, roles = extraction.page, extraction.frame.roles
    if own_reading(extraction) is None:
        return range(len(roles))
    first = next(i for i, role in enumerate(roles) if role in _OWN)
    last = next(i for i in reversed(range(len(roles))) if roles[i] in _OWN)
    for number in page.ancestors(page.blocks[first].node):
        node = page.nodes[number]
        if node.end > last:
            break
    return range(node.start, node.end)


def parts(extraction: Extraction, main: range, items: Iterable[Listed] = ()) -> list[Part]:
    """Return the part of each block; ``items`` are the page's, where it is a listing."""
    reading = own_reading(extraction)
    by_role = _by_role(extraction.frame.portal, has_own=reading is not None)
    found = [by_role[role] for role in extraction.frame.roles]
    if isinstance(reading, ArticleReading):
        _claim_title(found, reading.heading, ("published", reading.published.blocks))
        _claim(found, "section", reading.section.blocks)
        _claim(found, "category", reading.category.blocks)
    elif isinstance(reading, PressReading):
        _claim_title(found, reading.heading, ("published", reading.published.blocks))
    elif reading:
        _claim_fields(extraction, found, reading)
    for item in items:
        for position in item.blocks:
            found[position] = OF_ITEMS
    if UNCLAIMED in found:
        _ignore(extraction.frame, found, main if reading else range(0))
    if OF_ITEMS in found:
        _ignore_beside_items(extraction.frame, found)
    return found


def _ignore(frame: Frame, found: list[Part], main: range) -> None:
    """Name furniture, and what is nothing but a link: beside a body one to the portal's pages."""
    for position, part in enumerate(found):
        if part is not UNCLAIMED:
            continue
        block = frame.page.blocks[position]
        if position not in main:
            found[position] = _in_frame(frame.portal, block.text, block.anchors)
        elif block.anchors:
            found[position] = _LINK if leads_away(frame, position) else UNCLAIMED
        else:
            found[position] = _in_frame(frame.portal, block.text, ())


@lru_cache(maxsize=16384)
def _in_frame(portal: Portal, text: str, anchors: tuple[Anchor, ...]) -> Part:
    """Return the part of a text that no phrase is. The frame repeats, so parts are kept."""
    for anchor in anchors:
        text = text.replace(anchor.text, "", 1) if anchor.text else text
    if not any(map(str.isalnum, text)):
        return _LINK
    for known in portal.vocabulary.furniture:
        text = text.replace(known, " ")
    return UNCLAIMED if any(map(str.isalnum, text)) else _FURNITURE


def _ignore_beside_items(frame: Frame, found: list[Part]) -> None:
    """Name the fields of events in a listing, whose own pages are read, and headings of lists."""
    for position, part in enumerate(found):
        if part is UNCLAIMED and frame.roles[position] is Role.FIELD:
            found[position] = _OF_ITEM
        is_heading = frame.page.nodes[frame.page.blocks[position].node].heading
        if (
            part is UNCLAIMED
            and is_heading
            and {OF_ITEMS, _LINK} & {*found[position + 1 : position + 2]}
        ):
            found[position] = _OF_LIST


@lru_cache
def _by_role(portal: Portal, *, has_own: bool) -> dict[Role, Part]:
    """Return the part of each role; without a record of its own a page has no title or body."""
    ignored = {role: Part("ignored", name) for role, name in portal.vocabulary.ignored.items()}
    ignored[Role.FRAME] = _SHARED
    taken = {role: name for role, name in _CLAIMED.items() if has_own or role not in _OWN}
    claimed = {role: Part("claimed", name) for role, name in taken.items()}
    return {role: claimed.get(role) or ignored.get(role, UNCLAIMED) for role in Role}


def _claim_title(found: list[Part], heading: Heading, dated: tuple[str, tuple[int, ...]]) -> None:
    """Tell the title's blocks from that of its date, which may be the same."""
    name, blocks = dated
    for position in blocks:
        both = f"title, {name}" if position in heading.title_blocks else name
        found[position] = Part("claimed", both)


def _claim(found: list[Part], name: str, blocks: Iterable[int]) -> None:
    """Give blocks to a field; one that stands on the title's line shares it."""
    for position in blocks:
        before = found[position]
        both = f"{before.name}, {name}" if before.by == "claimed" else name
        found[position] = Part("claimed", both)


def _claim_fields(extraction: Extraction, found: list[Part], event: EventPage) -> None:
    for name, blocks in event.blocks.items():
        _claim(found, name, blocks)
    for position, part in enumerate(found):
        text = extraction.page.blocks[position].text
        if part is UNCLAIMED and text.endswith((":", "：")) and _is_field(extraction, position):
            found[position] = _EMPTY_FIELD


def _is_field(extraction: Extraction, position: int) -> bool:
    return extraction.frame.roles[position] is Role.VALUE
