"""The edges of a body: which blocks of a container are its text, and which stand around it.

The paragraphs of a body have the same make: the same elements between the container and the block,
bare elements left out. A block of another make stays if its form belongs in a text (a subheading,
a list). Otherwise it is removed: tools, credits, captions, lists of links.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from shio_scraper.parsers.byline import bylines_of
from shio_scraper.parsers.prose import Prose, is_prose

if TYPE_CHECKING:
    from shio_scraper.pages import Block
    from shio_scraper.parsers.frame import Frame

_MAIN: Final = 0.12
"""A make is one of the body's from this share of the prose on."""
_WHOLE: Final = 0.5
"""One make holds the text from this share of the prose on. Below it, sections divide the text."""
_LINKED: Final = 0.7
_BOX: Final = 12
"""The most blocks of a box with a form."""
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_OF_TEXT: Final = frozenset(
    {"li", "dt", "dd", "td", "th", "tr", "p", "blockquote", "pre", "caption", "strong", "center"}
)
_NO_TEXT: Final = frozenset(
    {"figure", "figcaption", "aside", "nav", "footer", "form", "button", "fieldset", "menu"}
    | {"dialog"}
)
_LISTS: Final = frozenset({("ul", "li"), ("ol", "li")})

Make = tuple[str, ...]


class Edges:
    """Separates the text of one container from what stands around it."""

    def __init__(self, frame: Frame, prose: Prose, container: int) -> None:
        self._frame = frame
        self._page = frame.page
        self._weights = prose.weights
        self._container = container
        self._bylines = bylines_of(frame.portal)
        self._makes: dict[int, Make] = {}
        self._apart = _NO_TEXT

    def own(self, found: Sequence[int]) -> list[int]:
        """Return the positions in ``found`` that are text of the body, in their order."""
        if self._holds_others(found):
            self._apart = _NO_TEXT | {"article"}
        heavy = [i for i in found if self._weights[i] and not self._is_apart(i)]
        weights = self._weigh(heavy)
        most = max(weights, key=lambda make: weights[make], default=())
        if boxed := self._forms({i for i in heavy if self._make(i) == most}):
            found = [i for i in found if i not in boxed]
            heavy = [i for i in heavy if i not in boxed]
            weights = self._weigh(heavy)
        parted = weights and max(weights.values()) < _WHOLE * weights.total()
        least = 0 if parted else _MAIN * weights.total()
        main = {make for make, weight in weights.items() if weight >= least}
        if heavy and not parted and not self._frame.portal.has_leads:
            main = self._among(main, heavy, weights)
        text = {position for position in heavy if self._make(position) in main}
        prose = [i for i, position in enumerate(found) if position in text]
        prose = [i for i in prose if not self._is_labelled(found[i])] or prose
        if not prose:
            return list(found)
        first, last = prose[0], prose[-1]
        inside = [found[i] for i in range(first, last + 1) if self._belongs(found[i], main)]
        above = self._reach(list(reversed(found[:first])), main)
        below = self._reach(list(found[last + 1 :]), main)
        return self._without_hanging([*reversed(above), *inside, *below])

    def _weigh(self, heavy: Iterable[int]) -> Counter[Make]:
        """Return how many characters of prose each make has."""
        weights: Counter[Make] = Counter()
        for position in heavy:
            weights[self._make(position)] += self._weights[position]
        return weights

    def _holds_others(self, positions: Iterable[int]) -> bool:
        """Tell whether the text contains other articles, each shorter than the text itself."""
        weights: Counter[int] = Counter()
        within = self._page.nodes[self._container + 1 :]
        for position in positions if any(node.tag == "article" for node in within) else ():
            weights[self._article(position)] += self._weights[position]
        return len(weights) > 1 and max(weights, key=lambda node: weights[node]) == 0

    def _article(self, position: int) -> int:
        """Return the ``<article>`` within the container that holds a block, or 0 for none."""
        if "article" not in self._make(position):
            return 0
        around = self._page.ancestors(self._page.blocks[position].node)
        return next(node for node in around if self._page.nodes[node].tag == "article")

    def _forms(self, text: set[int]) -> set[int]:
        """Return the blocks of boxes around a form, as far as these hold nothing of the text."""
        nodes, boxed = self._page.nodes, set[int]()
        end = nodes[self._container].end
        forms = [n for n, node in enumerate(nodes) if node.tag == "form" and node.end <= end]
        for form in forms if forms and forms[-1] > self._container else ():
            chain = self._page.ancestors(form)
            box = range(0)
            for node in chain[: chain.index(self._container)] if self._container in chain else ():
                around = range(nodes[node].start, nodes[node].end)
                if len(around) > _BOX or not text.isdisjoint(around):
                    break
                box = around
            boxed.update(box)
        return boxed

    def _among(self, makes: set[Make], heavy: list[int], weights: Counter[Make]) -> set[Make]:
        """Leave out makes that stand only above or below the text: a lead, a line on the author."""
        most = max(makes, key=lambda make: weights[make])
        heaviest = [i for i in heavy if self._make(i) == most]
        return makes & {self._make(i) for i in heavy if heaviest[0] <= i <= heaviest[-1]}

    def _make(self, position: int) -> Make:
        node = self._page.blocks[position].node
        if node not in self._makes:
            tags: list[str] = []
            above = node
            while above and above != self._container:
                if above == node or not self._page.nodes[above].bare:
                    tags.append(self._page.nodes[above].tag)
                above = self._page.nodes[above].parent
            self._makes[node] = tuple(reversed(tags))
        return self._makes[node]

    def _is_apart(self, position: int) -> bool:
        """Tell whether the markup itself sets a block apart from a text."""
        return not self._apart.isdisjoint(self._make(position))

    def _belongs(self, position: int, main: set[Make]) -> bool:
        """Tell whether a block between paragraphs is text."""
        block, make = self._page.blocks[position], self._make(position)
        if self._is_apart(position) and make not in main:
            return False
        if make in main:
            return not (is_linked(block) and self._frame.labels.is_furniture(block.text))
        if self._leads_away(position) or self._is_labelled(position):
            return False
        if self._weights[position] or is_prose(block.text):
            return True
        return bool(make) and (make[-1] in _OF_TEXT or not _HEADINGS.isdisjoint(make))

    def _reach(self, outwards: list[int], main: set[Make]) -> list[int]:
        """Return the short lines that continue the text, from its prose outwards."""
        reached: list[int] = []
        for position in outwards:
            block, make = self._page.blocks[position], self._make(position)
            is_like = make in main or make in _LISTS or (len(make) == 1 and make[0] in _HEADINGS)
            if not is_like or self._leads_away(position) or self._is_apart(position):
                break
            if self._is_labelled(position):
                if self._frame.labels.is_related(block.text):
                    break
                continue
            reached.append(position)
            if self._is_source(position):
                break
        return reached

    def _without_hanging(self, positions: list[int]) -> list[int]:
        """Leave out lines at the end that head nothing: a heading, a label without its value."""
        while positions:
            block, make = self._page.blocks[positions[-1]], self._make(positions[-1])
            heads = bool(make) and make[-1] in _HEADINGS
            if not (heads or (block.text.endswith((":", "：")) and not is_prose(block.text[:-1]))):
                break
            positions.pop()
        return positions

    def _is_labelled(self, position: int) -> bool:
        block = self._page.blocks[position]
        is_byline = len(self._bylines.of(block)) > 1
        return is_byline or self._frame.labels.is_furniture(block.text)

    def _leads_away(self, position: int) -> bool:
        """Tell whether a block links to another page. A heading that links to itself does not."""
        block = self._page.blocks[position]
        heads = self._page.nodes[block.node].heading is not None
        is_own = heads and all(anchor.href.startswith("#") for anchor in block.anchors)
        return is_linked(block) and not is_own

    def _is_source(self, position: int) -> bool:
        return self._frame.labels.source(self._page.blocks[position].text) is not None


def is_linked(block: Block) -> bool:
    """Tell whether a block is one link or several, with little other text."""
    if not block.anchors:
        return False
    linked = sum(len(anchor.text) for anchor in block.anchors)
    return linked >= _LINKED * len(block.text)
