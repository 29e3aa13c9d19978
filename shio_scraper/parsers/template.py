"""Templates: what the pages of one layout have in common is the site's frame, learnt from a few.

A text is frame where it stands at the same place of the tree on nearly all of the pages, digits
aside. A sentence among the paragraphs of the body stays the body's, however many share it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from hashlib import sha256
from typing import Final, NamedTuple, TypeAlias

import msgspec

from shio_scraper.items import Language
from shio_scraper.parsers.byline import bylines_of
from shio_scraper.parsers.dates import find
from shio_scraper.parsers.edges import is_linked
from shio_scraper.parsers.frame import Frame, label
from shio_scraper.parsers.labels import labels_of
from shio_scraper.parsers.prose import Prose
from shio_scraper.parsers.records import NOTHING, Extraction, key_prefix
from shio_scraper.parsers.roles import Role
from shio_scraper.portals import ANY_SITE, Portal
from shio_scraper.texts import kept

_LOOSE: Final = frozenset({Role.TEXT, Role.DATE})
"""What has no other role: a labelled question, a row, a section are known by themselves."""
_VALUES: Final = frozenset({"source", "published"})
_DIGITS: Final = re.compile(r"\d+")
_LONGEST: Final = 400
"""Characters of a text of the frame, at most."""

Place: TypeAlias = str
"""The tags from the root to a block, with a slash between."""
Form: TypeAlias = tuple[Place, str]
"""A block by its place and its text."""


class Layout(NamedTuple):
    """What tells a layout: portal, family and language of its pages, and the tree of its frame.

    The tree is where on a page links stand: menus, boxes and foot, whatever the text between.
    """

    name: str
    tree: frozenset[Place]

    def fit(self, tree: frozenset[Place]) -> float:
        """Return how alike another tree is: the share of places, of all, that are in both."""
        return len(self.tree & tree) / len(self.tree | tree) if self.tree or tree else 1.0


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """The frame of a layout, which ``layout`` names and ``tree`` tells.

    ``texts`` are place and text, digits folded, of what stands still; ``places`` are where each
    page has a text that moves and is none of the article, ``links`` where it has links alone.
    """

    layout: str = ""
    tree: frozenset[Place] = frozenset()
    texts: frozenset[Form] = frozenset()
    places: frozenset[Place] = frozenset()
    links: frozenset[Place] = frozenset()

    @classmethod
    def from_json(cls, text: bytes | str) -> Template:
        """Return the template that ``to_json`` wrote. Raises ``msgspec.DecodeError``."""
        return msgspec.json.decode(text, type=cls)

    def to_json(self) -> bytes:
        """Return the template as JSON, the same for the same content."""
        return msgspec.json.encode(self, order="sorted")

    @cached_property
    def digest(self) -> str:
        """The first 16 hex digits of SHA-256 over the template's content."""
        return sha256(self.to_json()).hexdigest()[:16]

    def mark(self, frame: Frame) -> None:
        """Give the blocks of the frame their role: they are no text, title, byline or question."""
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
    """Return what tells the layout of a page; a plain text has none."""
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
        """Place and text of each block that can be the frame's."""
        count = len(self._frame.page.blocks)
        return {self.form(position) for position in range(count) if not self._opens(position)}

    def form(self, position: int) -> Form:
        """Return place and text of a block: as it stands where it names a day or a source.

        Elsewhere each number in it is one digit.
        """
        block = self._frame.page.blocks[position]
        return self.place(block.node), _form(block.text, self._frame.portal)

    def as_printed(self, position: int) -> Form:
        """Return place and text of a block as they stand."""
        block = self._frame.page.blocks[position]
        return self.place(block.node), block.text[:_LONGEST]

    def where(self, test: Callable[[int], bool]) -> set[Place]:
        """Return where blocks stand that pass a test."""
        blocks = enumerate(self._frame.page.blocks)
        return {self.place(block.node) for position, block in blocks if test(position)}

    def is_linked(self, position: int) -> bool:
        """Tell whether a block is links and little else."""
        return is_linked(self._frame.page.blocks[position])

    def is_text(self, position: int) -> bool:
        """Tell whether a block is more than links."""
        return not self.is_linked(position)

    def has_value(self, position: int) -> bool:
        """Tell whether a block names a source, or opens a value."""
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
        """Tell whether a block is a label whose value follows, or asks to log in."""
        block, labels = self._frame.page.blocks[position], self._frame.labels
        bylines = bylines_of(self._frame.portal).of(block)
        if any(one.kind in _VALUES and not one.value for one in bylines):
            return True
        return labels.is_source_label(block.text) or labels.split_gate(block.text) is not None

    def sentences(self, shared: set[Form]) -> Iterator[Form]:
        """Yield the shared texts that stand as paragraphs between those of the page's own."""
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
            one = self._frame.page.nodes[node]
            self._places[node] = f"{self.place(one.parent)}/{one.tag}"
        return self._places[node]


@kept(4096)
def _form(text: str, portal: Portal) -> str:
    """Return a text as it stands where it names a day or a source, else with each number as 0."""
    says = _names_source(text, portal) or find(text, portal.dates)
    return text[:_LONGEST] if says else _DIGITS.sub("0", text[:_LONGEST])


def _names_source(text: str, portal: Portal) -> bool:
    return labels_of(portal).source(text) is not None


FEWEST: Final = 3
"""Pages that a template is learnt from, at least."""
_NEARLY_ALL: Final = 0.8
_OWN: Final = (
    "title", "published", "source", "registration_deadline", "ends", "contact", "phone", "speakers",
)  # fmt: skip
"""Fields whose place is never the frame's."""


def learn(pages: Sequence[Extraction]) -> Template:
    """Return what ``pages``, as read without a template, have in common.

    Raises ``ValueError`` for fewer than three.
    """
    if len(pages) < FEWEST:
        raise ValueError(f"a template is learnt from {FEWEST} pages at least, not {len(pages)}")
    sights = [Sight(label(page.page)) for page in pages]
    counts = Counter(form for sight in sights for form in sight.forms)
    shared = {form for form, count in counts.items() if count >= _NEARLY_ALL * len(pages)}
    kept, values = set[Form](), Counter[Form]()
    for page, sight in zip(pages, sights, strict=True):
        kept.update(map(sight.form, _asked(page)))
        values.update({sight.form(position) for position in _values(page)})
    kept |= {form for form, count in values.items() if 2 * count >= len(pages)}
    labels, read = pages[0].frame.labels, set(_sources(pages))
    for form in shared:
        if source := labels.source(form[1]):
            stands_beside = counts[form] == len(pages) and read - {source}
            (kept.discard if stands_beside else kept.add)(form)
    kept |= {form for sight in sights for form in sight.sentences(shared - kept)}
    bodies = (_body(page, sight) for page, sight in zip(pages, sights, strict=True))
    kept |= {form for body in bodies if body <= shared - kept for form in body}
    first = pages[0]
    layout = layout_of(first.frame, first.language or "und") or Layout("", frozenset())
    return Template(*layout, frozenset(shared - kept), *_moving(pages, sights))


def _moving(
    pages: Sequence[Extraction], sights: Sequence[Sight]
) -> tuple[frozenset[Place], frozenset[Place]]:
    """Return the places of texts that move, outside of the body, and those of links alone."""
    counts = Counter(place for sight in sights for place in sight.where(lambda _: True))
    common = {place for place, count in counts.items() if count >= _NEARLY_ALL * len(pages)}
    pairs = list(zip(pages, sights, strict=True))
    own = {sight.form(position)[0] for page, sight in pairs for position in _values(page)}
    own |= {place for sight in sights for place in sight.where(sight.has_value)}
    links = common - own - {place for sight in sights for place in sight.where(sight.is_text)}
    bodies = [
        {sight.holder(i) for i, role in enumerate(page.frame.roles) if role is Role.PARAGRAPH}
        for page, sight in pairs
    ]
    read = Counter(place for body in bodies for place in body)
    if sum(map(bool, bodies)) < _NEARLY_ALL * len(pages):
        return frozenset(), frozenset(links)
    texts = tuple(f"{place}/" for place, count in read.items() if count > 1)
    return frozenset(p for p in common - own if not f"{p}/".startswith(texts)), frozenset(links)


def _body(page: Extraction, sight: Sight) -> set[Form]:
    """Return the paragraphs of a page's own text: no template takes all of them."""
    roles = enumerate(page.frame.roles)
    return {sight.form(position) for position, role in roles if role is Role.PARAGRAPH}


def _sources(pages: Sequence[Extraction]) -> Iterator[str]:
    """Yield the sources that were read: what stands beside another one is none."""
    for page in pages:
        if page.own and "source" in page.own and page.own["source"].value:
            yield page.own["source"].value


def _asked(page: Extraction) -> Iterator[int]:
    """Yield the blocks of questions and answers: those of a sidebar stand on every page."""
    for fields in page.fields:
        if "question" in fields:
            yield from (*fields["question"].blocks, *fields["answer"].blocks)


def _values(page: Extraction) -> Iterator[int]:
    """Yield the blocks that a record's title, day, source or an event's fields were read from."""
    own = page.own or {}
    for name in _OWN:
        yield from own.get(name, NOTHING).blocks
