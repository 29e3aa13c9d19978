"""Templates: what the pages of one layout have in common is the site's frame, learnt from a few.

A text is frame where it stands at the same place of the tree on nearly all of the pages, digits
aside. A sentence among the paragraphs of the body stays the body's, however many share it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from hashlib import sha256
from math import ceil
from typing import TYPE_CHECKING, Final

import msgspec

from shio_scraper.parsers.byline import bylines_of
from shio_scraper.parsers.dates import find
from shio_scraper.parsers.prose import Prose
from shio_scraper.parsers.roles import CONTENT, Role

if TYPE_CHECKING:
    from shio_scraper.parsers.extract import Extraction
    from shio_scraper.parsers.frame import Frame

FEWEST: Final = 3
"""Pages that a template is learnt from, at least."""
_NEARLY_ALL: Final = 0.8
_DIGITS: Final = re.compile(r"\d+")
_LONGEST: Final = 400
"""Characters of a text of the frame, at most."""

Place = str
"""The tags from the root to a block, with a slash between."""


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The frame of a layout: ``texts`` are place and text, digits folded, of each of its blocks."""

    texts: frozenset[tuple[Place, str]] = frozenset()

    @classmethod
    def from_json(cls, text: bytes | str) -> Template:
        """Return the template that ``to_json`` wrote. Raises ``msgspec.DecodeError``."""
        return msgspec.json.decode(text, type=cls)

    def to_json(self) -> bytes:
        """Return the template as JSON, the same for the same content."""
        return msgspec.json.encode(self, order="sorted")

    @property
    def digest(self) -> str:
        """The first 16 hex digits of SHA-256 over the template's content."""
        return sha256(self.to_json()).hexdigest()[:16]

    def mark(self, frame: Frame) -> None:
        """Give the blocks of the frame their role: they are no text, title, byline or question."""
        sight = _Sight(frame)
        for position, role in enumerate(frame.roles):
            if role in CONTENT and sight.form(position) in self.texts and not sight.says(position):
                frame.roles[position] = Role.NAVIGATION


def learn(pages: Sequence[Extraction]) -> Template:
    """Return what ``pages``, as read without a template, have in common.

    Raises ``ValueError`` for fewer than three.
    """
    if len(pages) < FEWEST:
        raise ValueError(f"a template is learnt from {FEWEST} pages at least, not {len(pages)}")
    sights = [_Sight(page.frame) for page in pages]
    counts = Counter(form for sight in sights for form in sight.forms)
    least = ceil(_NEARLY_ALL * len(pages))
    shared = {form for form, count in counts.items() if count >= least}
    sentences = {form for sight in sights for form in sight.sentences(shared)}
    return Template(frozenset(shared - sentences))


class _Sight:
    """The blocks of one page by place and text."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._places: dict[int, Place] = {0: ""}

    @cached_property
    def forms(self) -> set[tuple[Place, str]]:
        """Place and text of each block that can be the frame's."""
        return {
            self.form(position)
            for position, block in enumerate(self._frame.page.blocks)
            if len(block.text) <= _LONGEST and not self.says(position)
        }

    def form(self, position: int) -> tuple[Place, str]:
        """Return place and text of a block, each number in it as one digit."""
        block = self._frame.page.blocks[position]
        return self._place(block.node), _DIGITS.sub("0", block.text)

    def says(self, position: int) -> bool:
        """Tell whether a block has a value of the page's own: a date, a labelled source."""
        frame = self._frame
        block = frame.page.blocks[position]
        if any(one.value and one.kind != "count" for one in bylines_of(frame.portal).of(block)):
            return True
        return (
            bool(find(block.text, first_year=1900)) or frame.labels.source(block.text) is not None
        )

    def sentences(self, shared: Iterable[tuple[Place, str]]) -> Iterator[tuple[Place, str]]:
        """Yield the shared texts that stand as prose among prose of the page's own."""
        shared, prose = set(shared), Prose(self._frame)
        weighed = [(i, self.form(i)) for i, weight in enumerate(prose.weights) if weight]
        own = {prose.holder(i) for i, form in weighed if form not in shared}
        for position, form in weighed:
            if form in shared and prose.holder(position) in own:
                yield form

    def _place(self, node: int) -> Place:
        if node not in self._places:
            one = self._frame.page.nodes[node]
            self._places[node] = f"{self._place(one.parent)}/{one.tag}"
        return self._places[node]
