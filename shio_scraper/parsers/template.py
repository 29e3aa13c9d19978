"""Templates: the site's frame, learnt from what a few pages of one layout have in common.

A text is part of the frame if it stands at the same place of the tree on nearly all pages; digits
may differ. A sentence between paragraphs of the body belongs to the body, even if all pages have
it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from hashlib import sha256
from typing import Final, NamedTuple, TypeAlias

import msgspec

from shio_scraper.items import Language
from shio_scraper.parsers.byline import bylines_of
from shio_scraper.parsers.dates import find
from shio_scraper.parsers.edges import is_linked
from shio_scraper.parsers.frame import Frame
from shio_scraper.parsers.labels import labels_of
from shio_scraper.parsers.prose import Prose
from shio_scraper.parsers.records import key_prefix
from shio_scraper.parsers.roles import Role
from shio_scraper.portals import ANY_SITE, Portal
from shio_scraper.texts import kept

_LOOSE: Final = frozenset({Role.TEXT, Role.DATE})
"""Roles of blocks that may be frame. A block with another role (a labelled question, a row, a
section) keeps that role."""
_VALUES: Final = frozenset({"source", "published"})
_DIGITS: Final = re.compile(r"\d+")
_LONGEST: Final = 400
"""Most characters of a text that are compared."""

Place: TypeAlias = str
"""The tags from the root to a block, with a slash between."""
Form: TypeAlias = tuple[Place, str]
"""The place and the text of a block."""


class Layout(NamedTuple):
    """What identifies a layout: the name and the tree of its frame.

    ``name`` holds portal, family and language of the pages. ``tree`` is the set of places where
    links stand (menus, boxes, foot); the text of a page does not change it.
    """

    name: str
    tree: frozenset[Place]

    def fit(self, tree: frozenset[Place]) -> float:
        """Return how alike another tree is, from 0 to 1: the share of all places that both have."""
        return len(self.tree & tree) / len(self.tree | tree) if self.tree or tree else 1.0


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """The frame of a layout. ``layout`` is the layout's name, ``tree`` the places of its links.

    ``texts`` are the place and text of each block that nearly all pages share, with each number
    as 0. ``places`` are places where pages have a text of their own that is not part of the
    article. ``links`` are places where pages have nothing but links.
    """

    layout: str = ""
    tree: frozenset[Place] = frozenset()
    texts: frozenset[Form] = frozenset()
    places: frozenset[Place] = frozenset()
    links: frozenset[Place] = frozenset()

    @classmethod
    def from_json(cls, text: bytes | str) -> Template:
        """Return the template that ``to_json`` wrote.

        Raises ``msgspec.DecodeError`` if ``text`` is no template.
        """
        return msgspec.json.decode(text, type=cls)

    def to_json(self) -> bytes:
        """Return the template as JSON. Equal templates give the same bytes."""
        return msgspec.json.encode(self, order="sorted")

    @cached_property
    def digest(self) -> str:
        """The first 16 hex digits of SHA-256 over the template's content."""
        return sha256(self.to_json()).hexdigest()[:16]

    def mark(self, frame: Frame) -> None:
        """Give ``Role.FRAME`` to the blocks that the template holds.

        Such a block is not taken as text, title, byline or question.
        """
        sight = Sight(frame)
        for position, role in enumerate(frame.roles):
            if role in _LOOSE and self._holds(sight, position):
                frame.roles[position] = Role.FRAME
        frame.headings = None

    def _holds(self, sight: Sight, position: int) -> bool:
        place, text = sight.as_printed(position)
        may_be = (place, text) in self.texts or (place, _DIGITS.sub("0", text)) in self.texts
        if may_be and sight.form(position) in self.texts:
            return True
        moves = place in self.places or (place in self.links and sight.is_linked(position))
        return moves and not sight.has_value(position)


def layout_of(frame: Frame, language: Language) -> Layout | None:
    """Return the layout of a page; ``None`` for a plain text."""
    page = frame.page
    if page.nodes[0].tag == "text":
        return None
    kind = (page.address.kind if page.address else None) or "page"
    name = key_prefix(page).removesuffix("-") if page.portal is ANY_SITE else page.portal.name
    sight = Sight(frame)
    linked = (block.node for i, block in enumerate(page.blocks) if sight.is_linked(i))
    return Layout(f"{name} {kind} {language}", frozenset(map(sight.place, linked)))


class Sight:
    """The blocks of one page by place and text."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._places: dict[int, Place] = {0: ""}

    @cached_property
    def forms(self) -> set[Form]:
        """Place and text of each block that can be part of the frame."""
        count = len(self._frame.page.blocks)
        return {self.form(position) for position in range(count) if not self._opens(position)}

    def form(self, position: int) -> Form:
        """Return place and text of a block, with each number as 0.

        A text that names a day or a source keeps its numbers.
        """
        block = self._frame.page.blocks[position]
        return self.place(block.node), _form(block.text, self._frame.portal)

    def as_printed(self, position: int) -> Form:
        """Return place and text of a block, with the numbers as printed."""
        block = self._frame.page.blocks[position]
        return self.place(block.node), block.text[:_LONGEST]

    def where(self, test: Callable[[int], bool]) -> set[Place]:
        """Return the places of the blocks whose positions pass ``test``."""
        blocks = enumerate(self._frame.page.blocks)
        return {self.place(block.node) for position, block in blocks if test(position)}

    def is_linked(self, position: int) -> bool:
        """Tell whether a block consists mostly of links."""
        return is_linked(self._frame.page.blocks[position])

    def is_text(self, position: int) -> bool:
        """Tell whether a block does not consist mostly of links."""
        return not self.is_linked(position)

    def has_value(self, position: int) -> bool:
        """Tell whether a block names a source, or is a label whose value follows."""
        return self._opens(position) or self._names_source(position)

    def holder(self, position: int) -> Place:
        """Return the place of the element that a block is a piece of."""
        return self.place(self._prose.holder(position))

    @cached_property
    def _prose(self) -> Prose:
        return Prose(self._frame)

    def _names_source(self, position: int) -> bool:
        return _names_source(self._frame.page.blocks[position].text, self._frame.portal)

    def _opens(self, position: int) -> bool:
        """Tell whether a block is a label whose value follows, or holds a gate notice."""
        block, labels = self._frame.page.blocks[position], self._frame.labels
        bylines = bylines_of(self._frame.portal).of(block)
        if any(byline.kind in _VALUES and not byline.value for byline in bylines):
            return True
        return labels.is_source_label(block.text) or labels.split_gate(block.text) is not None

    def sentences(self, shared: set[Form]) -> Iterator[Form]:
        """Yield the shared texts that are paragraphs among those that only this page has."""
        prose, forms = self._prose, list(map(self.form, range(len(self._frame.page.blocks))))
        own = [i for i, weight in enumerate(prose.weights) if weight and forms[i] not in shared]
        places = {(prose.holder(i), forms[i][0]) for i in own}
        for position, form in enumerate(forms):
            node = prose.holder(position)
            if form in shared and prose.weights[position] and (node, form[0]) in places:
                inside = self._frame.page.nodes[node]
                if any(forms[i] not in shared for i in range(position + 1, inside.end)):
                    yield form

    def place(self, node: int) -> Place:
        """Return the tags from the root to an element."""
        if node not in self._places:
            element = self._frame.page.nodes[node]
            self._places[node] = f"{self.place(element.parent)}/{element.tag}"
        return self._places[node]


@kept(4096)
def _form(text: str, portal: Portal) -> str:
    """Return a text with each number as 0; a text that names a day or a source as printed."""
    says = _names_source(text, portal) or find(text, portal.dates)
    return text[:_LONGEST] if says else _DIGITS.sub("0", text[:_LONGEST])


def _names_source(text: str, portal: Portal) -> bool:
    return labels_of(portal).source(text) is not None
