"""Strict accounting: which field took each visible character of a page, and what none took."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from shio_scraper.parsers.body import leads_away
from shio_scraper.parsers.dates import without_dates
from shio_scraper.parsers.findings import UNCLAIMED, Finding, Part, find
from shio_scraper.parsers.frame import Frame
from shio_scraper.parsers.labels import any_of
from shio_scraper.parsers.listed import Listed
from shio_scraper.parsers.lists import read_items
from shio_scraper.parsers.records import Fields, lines
from shio_scraper.parsers.result import Extraction
from shio_scraper.parsers.roles import Role, words_of
from shio_scraper.portals import Portal
from shio_scraper.texts import kept

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
    Role.RECORD: "columns",
}
_BY_BLOCK: Final = (
    "published",
    "section",
    "category",
    "registration_deadline",
    "starts",
    "ends",
    "place",
    "documents",
    "contact",
    "phone",
)
"""Fields whose blocks have no role of their own, or share a role with another field."""


@dataclass(slots=True)
class Account:
    """What took the blocks of a page.

    ``main`` are the positions of the main container: the smallest element that holds the title
    and body of the article or event. On other pages it is the whole page. ``claimed``,
    ``ignored`` and ``unclaimed`` count the visible characters of the main container, without
    white space. Their sum is the number of all of these characters. ``findings`` are those of
    the whole page.
    """

    parts: list[Part]
    main: range
    claimed: int = 0
    ignored: int = 0
    unclaimed: int = 0
    findings: list[Finding] = field(default_factory=list)


def account(extraction: Extraction) -> Account | None:
    """Return the account of a page, or ``None`` if the page as a whole was rejected."""
    if any(reject.costs_page for reject in extraction.rejects):
        return None
    items = [] if extraction.own else read_items(extraction.frame)
    main = main_container(extraction)
    result = Account(parts(extraction, main, items), main)
    beside = dict(_left_over(extraction))
    result.findings += find(extraction, result.parts, items)
    result.findings += [Finding("left_over", text, position) for position, text in beside.items()]
    _count(result, extraction, beside)
    return result


def _count(result: Account, extraction: Extraction, beside: dict[int, str]) -> None:
    counts = {"claimed": 0, "ignored": 0, "unclaimed": 0}
    start, end = result.main.start, result.main.stop
    blocks = extraction.page.blocks
    for block, part in zip(blocks[start:end], result.parts[start:end], strict=True):
        counts[part[0]] += _visible(block.text)
    for position, text in beside.items():
        if position in result.main:
            counts["claimed"] -= _visible(text)
            counts["unclaimed"] += _visible(text)
    # Parsers removed script text and leftovers from some paragraphs: no field has these characters.
    noise = sum(
        _visible(blocks[line.blocks[0]].text) - _visible(line.value)
        for line in lines(extraction.own or {})
        if extraction.frame.roles[line.blocks[0]] is Role.PARAGRAPH
    )
    result.claimed = counts["claimed"] - noise
    result.ignored = counts["ignored"] + noise
    result.unclaimed = counts["unclaimed"]


def _visible(text: str) -> int:
    """Return the number of visible characters of a clean text: all characters but its spaces."""
    return len(text) - text.count(" ")


def main_container(extraction: Extraction) -> range:
    """Return the blocks of the smallest element with the title and the body of the page's record.

    A page without an article or event of its own has the whole page as its main container.
    """
    page, roles = extraction.page, extraction.frame.roles
    if extraction.own is None:
        return range(len(roles))
    first = next(i for i, role in enumerate(roles) if role in _OWN)
    last = next(i for i in reversed(range(len(roles))) if roles[i] in _OWN)
    for number in page.ancestors(page.blocks[first].node):
        node = page.nodes[number]
        if node.end > last:
            break
    return range(node.start, node.end)


def parts(extraction: Extraction, main: range, items: Iterable[Listed] = ()) -> list[Part]:
    """Return the part of each block. ``items`` are the items of the page if it is a listing."""
    own, frame = extraction.own, extraction.frame
    by_role = _by_role(frame.portal, has_own=own is not None)
    block_parts = [by_role[role] for role in frame.roles]
    if own:
        _claim(block_parts, own)
        for position, part in enumerate(block_parts):
            is_value = part is UNCLAIMED and frame.roles[position] is Role.VALUE
            if is_value and frame.page.blocks[position].text.endswith((":", "：")):
                block_parts[position] = _EMPTY_FIELD
    for item in items:
        for position in item.blocks:
            block_parts[position] = OF_ITEMS
    if UNCLAIMED in block_parts:
        _ignore(frame, block_parts, main if own else range(0))
    if OF_ITEMS in block_parts:
        _ignore_beside_items(frame, block_parts)
    return block_parts


@lru_cache
def _by_role(portal: Portal, *, has_own: bool) -> dict[Role, Part]:
    """Return the part of each role. A page without a record of its own has no title or body."""
    ignored = {role: Part("ignored", name) for role, name in portal.vocabulary.ignored.items()}
    ignored[Role.FRAME] = _SHARED
    taken = {role: name for role, name in _CLAIMED.items() if has_own or role not in _OWN}
    claimed = {role: Part("claimed", name) for role, name in taken.items()}
    return {role: claimed.get(role) or ignored.get(role, UNCLAIMED) for role in Role}


def _claim(block_parts: list[Part], own: Fields) -> None:
    """Give blocks to their fields. Fields can share a block: a title line with date and section."""
    for name in _BY_BLOCK:
        for position in own[name].blocks if name in own else ():
            before = block_parts[position]
            is_alone = name == "published" and position not in own["title"].blocks
            is_shared = before.by == "claimed" and not is_alone
            block_parts[position] = Part("claimed", f"{before.name}, {name}" if is_shared else name)


def _ignore(frame: Frame, block_parts: list[Part], main: range) -> None:
    """Name the unclaimed blocks that are furniture or only links.

    Outside the main container every link counts. Inside it, only a link to another page of the
    portal counts.
    """
    for position, part in enumerate(block_parts):
        if part is not UNCLAIMED:
            continue
        block = frame.page.blocks[position]
        if position not in main:
            block_parts[position] = _in_frame(frame.portal, block.without(block.anchors))
        elif block.anchors:
            block_parts[position] = _LINK if leads_away(frame, position) else UNCLAIMED
        else:
            block_parts[position] = _in_frame(frame.portal, block.text)


@kept(4096)
def _in_frame(portal: Portal, text: str) -> Part:
    """Return the part of a text without its links and without a phrase's role.

    The result is cached because the frame repeats on every page.
    """
    if not any(map(str.isalnum, text)):
        return _LINK
    for known in portal.vocabulary.furniture:
        text = text.replace(known, " ")
    return UNCLAIMED if any(map(str.isalnum, text)) else _FURNITURE


def _ignore_beside_items(frame: Frame, block_parts: list[Part]) -> None:
    """Name headings of lists, and event fields in a listing: the event's own page is read too."""
    for position, part in enumerate(block_parts):
        if part is not UNCLAIMED:
            continue
        if frame.roles[position] is Role.FIELD:
            block_parts[position] = _OF_ITEM
        is_heading = frame.page.node(position).heading
        if is_heading and {OF_ITEMS, _LINK} & {*block_parts[position + 1 : position + 2]}:
            block_parts[position] = _OF_LIST


def _left_over(extraction: Extraction) -> Iterator[tuple[int, str]]:
    """Yield position and text of each remainder in a claimed block that no field took.

    A sidebar that was already read on another page is not reported again.
    """
    frame, own = extraction.frame, extraction.own or {}
    if own:
        yield from _beside_title(frame, own)
    if "source" in own:
        yield from _beside_source(frame, own)
    if "contact" in own:
        yield from ((own["contact"].blocks[0], rest) for rest in own["contact"].rivals)
    read = {
        i for fields in extraction.fields if "serial" in fields for i in fields["number"].blocks
    }
    for position in sorted(read & frame.rows.keys() - frame.scattered.keys()):
        cells = [cell for row in frame.rows[position] for cell in row]
        if rest := _without(frame.page.blocks[position].text, cells):
            yield position, rest


def _beside_title(frame: Frame, own: Fields) -> Iterator[tuple[int, str]]:
    title, source = own["title"].value, own["source"].value if "source" in own else None
    for position, role in enumerate(frame.roles):
        text = frame.page.blocks[position].text
        if role is not Role.TITLE or text in title:
            continue
        rest = _without(text, [title, source])
        rest = _without_labels(frame.portal, without_dates(rest, frame.portal.dates))
        if rest and words_of(frame.portal).read(text).role not in frame.portal.vocabulary.ignored:
            yield position, rest


def _beside_source(frame: Frame, own: Fields) -> Iterator[tuple[int, str]]:
    for position in own["source"].blocks:
        if frame.roles[position] is Role.SOURCE:
            text = _without(frame.page.blocks[position].text, [own["source"].value])
            if rest := _without_labels(frame.portal, text):
                yield position, rest


def _without(text: str, values: Iterable[str | None]) -> str:
    """Return ``text`` without ``values``, or an empty text if no letter or digit is left."""
    for value in filter(None, values):
        text = text.replace(value, " ", 1)
    return " ".join(text.split()) if any(map(str.isalnum, text)) else ""


def _without_labels(portal: Portal, text: str) -> str:
    return _without(_labels(portal).sub(" ", text), ()) if text else ""


@lru_cache
def _labels(portal: Portal) -> re.Pattern[str]:
    words = portal.vocabulary
    labels = any_of({*words.source_labels, *words.date_labels})
    return re.compile(rf"\b{labels}\s?(?:[:：]|$)|^{labels}\b", re.IGNORECASE)
