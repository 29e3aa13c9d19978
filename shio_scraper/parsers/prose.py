"""Finds the prose of a page: weighs each block, and finds the element that holds the most prose."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from shio_scraper.parsers.byline import bylines_of
from shio_scraper.parsers.roles import CONTENT, SIDEBAR, Role

if TYPE_CHECKING:
    from shio_scraper.parsers.frame import Frame

SENTENCE_END: Final = (".", "!", "?", "。", "！", "？", "”", '"', "…", ")", "）", "۔", "؟", "।")
_PROSE: Final = 40
_CJK_PROSE: Final = 12
_CJK: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_COUNT: Final = re.compile(r"\d")
_STOP: Final = re.compile(r"[.!?,;:。！？，；：、۔؟،؛।]")
ENOUGH: Final = 140
"""Fewest characters of prose of an article on a site without a map."""
_ANSWERED: Final = 200
"""Fewest characters of prose above the heading of readers' comments. A line in no heading element
needs twice as many: a button that leads to the comments stands above the text."""
_MOST: Final = 800
"""Most characters that one block counts for: one long paragraph must not outweigh a page."""
_LINKED: Final = 0.55
"""Largest share of a text in links. A text with more leads elsewhere, and is no prose."""
_VOTES: Final = (4, 2, 1)
"""Votes of a text for the element that holds it, and for the two elements around."""
_FURTHER: Final = 0.7
"""Factor on an element's votes for each other element with prose that stands above it."""
_GOES_ON: Final = 1.6
"""Least factor by which an element around holds more prose, to be taken as the text's element."""
_BETWEEN: Final = 0.4
"""Most characters of clutter for each character of prose that an element around adds, if the text
is in parts."""
_ALIKE: Final = 0.6
"""Least share of the prose that an element around adds in elements of the tags of the text."""
_CLUTTER: Final = 1.0
"""Weight against an element of each character of clutter in it."""
_PAIRS: Final = frozenset({Role.QUESTION, Role.ANSWER})
_KNOWN: Final = SIDEBAR | _PAIRS | {Role.DATE, Role.FIELD}
"""Roles of blocks that are never the heading of comments."""
_TEASER: Final = 60
"""Fewest characters of a labelled question or answer that is prose. A shorter one is a teaser of
the sidebar."""
_OF_FIGURES: Final = frozenset({"figure", "figcaption"})
_APART: Final = frozenset({"nav", "footer", "figure", "figcaption", "dialog"})


def is_prose(text: str) -> bool:
    """Tell whether a text reads as a sentence, not as a word or two of the frame."""
    if len(text) >= _PROSE or text.endswith(SENTENCE_END):
        return True
    return sum("\u4e00" <= c <= "\u9fff" for c in text) >= _CJK_PROSE


def has_prose(frame: Frame, start: int = 0, end: int | None = None) -> bool:
    """Tell whether any text from block ``start`` to before ``end`` reads as prose."""
    below = zip(frame.page.blocks[start:end], frame.roles[start:end], strict=True)
    return any(role in CONTENT and is_prose(block.text) for block, role in below)


class Prose:
    """The prose of a page: the weight of each block, and the elements that hold the most prose."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._page = frame.page
        self._bylines = bylines_of(frame.portal)
        self._containers: dict[tuple[int, int | None], int | None] = {}

    @cached_property
    def weights(self) -> list[int]:
        """The characters of prose in each block. An ideograph counts twice.

        Blocks from the heading of readers' comments on have none.
        """
        weights, total = [0] * len(self._page.blocks), 0
        for position in range(len(weights)):
            if total >= _ANSWERED and self._heads_comments(position, total):
                break
            weights[position] = self._weigh(position)
            total += weights[position]
        return weights

    @cached_property
    def _weighty(self) -> list[int]:
        """The positions of the blocks with prose."""
        return [i for i, weight in enumerate(self.weights) if weight]

    @cached_property
    def _sums(self) -> list[int]:
        return [0, *accumulate(self.weights)]

    def between(self, first: int, end: int) -> int:
        """Return the characters of prose from block ``first`` to before ``end``."""
        return self._sums[end] - self._sums[first]

    @cached_property
    def _lines(self) -> Counter[int]:
        """The number of blocks that stand directly in each node."""
        return Counter(block.node for block in self._page.blocks)

    @cached_property
    def text(self) -> list[int]:
        """The blocks of prose in the element that holds the page's text (``container``)."""
        node = self.container()
        if node is None:
            return []
        start, end = self._page.nodes[node].start, self._page.nodes[node].end
        return [i for i in range(start, end) if self.weights[i]]

    @cached_property
    def sums(self) -> list[int]:
        """The characters of ``text`` above each of its blocks; the last number is that of all."""
        return [0, *accumulate(self.weights[i] for i in self.text)]

    def within(self, node: int, start: int = 0) -> int:
        """Return the characters of prose in ``node``, from block ``start`` on."""
        first, end = self._page.nodes[node].start, self._page.nodes[node].end
        return self._sums[max(end, start)] - self._sums[max(first, start)]

    def container(self, start: int = 0, end: int | None = None) -> int | None:
        """Return the element that holds the page's text, from block ``start`` to before ``end``.

        Return ``None`` if there is no prose. Each text votes for the element that holds it, and
        with less weight for the elements around. If two elements hold about the same, the one
        nearer to ``start`` wins: comments and teasers come later.
        """
        if (start, end) not in self._containers:
            self._containers[start, end] = self._container(start, end)
        return self._containers[start, end]

    def _container(self, start: int, end: int | None) -> int | None:
        held, votes = Counter[int](), Counter[int]()
        for position in self._weighty[bisect_left(self._weighty, start) :]:
            if end is not None and position >= end:
                break
            held[self.holder(position)] += self.weights[position]
        for holder, weight in held.items():
            node = holder
            for share in _VOTES:
                votes[node] += weight * share
                if not node:
                    break
                node = self._around(node)
        if not votes:
            return None
        ends = sorted(self._page.nodes[holder].end for holder in held) if start else []
        best = max(votes, key=lambda n: votes[n] * _FURTHER ** min(self._rank(n, ends, start), 12))
        return self._whole(best, start)

    def _around(self, node: int) -> int:
        """Return the nearest element around ``node`` that holds more blocks."""
        nodes = self._page.nodes
        start, end = nodes[node].start, nodes[node].end
        while node and (nodes[node].start, nodes[node].end) == (start, end):
            node = nodes[node].parent
        return node

    def _whole(self, node: int, start: int) -> int:
        """Return ``node``, or the element around it that holds the whole text.

        That is the element with the most prose less clutter. An element around is taken where
        each section or paragraph has an element of its own; not where it adds tools, teasers or
        comments.
        """
        best, (most, clutter) = node, self._holds(node, start)
        while node:
            child, node = node, self._page.nodes[node].parent
            net, beside = self._holds(node, start)
            if net <= min(most, _GOES_ON * most):
                continue
            gained = self.within(node, start) - self.within(best, start)
            is_clear = beside - clutter <= _BETWEEN * gained
            is_parted = is_clear and self._is_parted(node, child, start)
            if net > most * (1 if is_parted else _GOES_ON) and self._is_alike(node, best, start):
                best, most, clutter = node, net, beside
        return best

    def _is_alike(self, node: int, inner: int, start: int) -> bool:
        """Tell whether most prose that ``node`` adds to ``inner`` has tags that ``inner`` has."""
        within, beside = Counter[str](), Counter[str]()
        first, end = self._page.nodes[inner].start, self._page.nodes[inner].end
        for position in range(max(self._page.nodes[node].start, start), self._page.nodes[node].end):
            if weight := self.weights[position]:
                tag = self._page.node(position).tag
                (within if first <= position < end else beside)[tag] += weight
        same = sum(weight for tag, weight in beside.items() if tag in within)
        return same >= _ALIKE * beside.total()

    def _is_parted(self, node: int, child: int, start: int) -> bool:
        """Tell whether all prose in ``node`` stands in children with the same tag as ``child``."""
        nodes = self._page.nodes
        first, passed = max(nodes[node].start, start), 0
        for position in self._weighty[bisect_left(self._weighty, first) :]:
            if position >= nodes[node].end:
                break
            if position < passed:
                continue
            inner = self._page.blocks[position].node
            while inner != node and nodes[inner].parent != node:
                inner = nodes[inner].parent
            if nodes[inner].tag != nodes[child].tag:
                return False
            passed = nodes[inner].end if inner != node else passed
        return True

    def _holds(self, node: int, start: int) -> tuple[float, int]:
        """Return the characters of prose in ``node`` less its clutter, and the clutter."""
        first, end = self._page.nodes[node].start, self._page.nodes[node].end
        first = max(first, start)
        clutter = self._clutter[max(end, first)] - self._clutter[first]
        return self.within(node, start) - _CLUTTER * clutter, clutter

    @cached_property
    def _clutter(self) -> list[int]:
        """The characters of clutter above each block: neither prose, nor heading, nor caption."""
        nodes, weights = self._page.nodes, self.weights
        counts = [
            len(block.text)
            if not weights[position]
            and (block.anchors or nodes[block.node].heading is None)
            and nodes[block.node].part not in _OF_FIGURES
            else 0
            for position, block in enumerate(self._page.blocks)
        ]
        return [0, *accumulate(counts)]

    def _rank(self, node: int, ends: list[int], start: int) -> int:
        """Return how many elements with prose stand above ``node``.

        ``ends`` are the sorted ends of the elements with prose.
        """
        first = bisect_left(self._weighty, max(self._page.nodes[node].start, start))
        return bisect_right(ends, self._weighty[first]) if first < len(self._weighty) else len(ends)

    def holder(self, position: int) -> int:
        """Return the element whose text a block is part of.

        For one of several lines in an element that is the element, for a paragraph its parent.
        """
        node = self._page.blocks[position].node
        if self._lines[node] > 1 or not node:
            return node
        return self._page.nodes[node].parent

    def _heads_comments(self, position: int, above: int) -> bool:
        """Tell whether a block is the heading of readers' comments.

        A button that leads to the comments may stand within the text. It counts as the heading
        only if it has a number and the text does not continue below it.
        """
        block = self._page.blocks[position]
        is_known = self._frame.roles[position] in _KNOWN
        if is_known or not self._frame.labels.heads_comments(block.text):
            return False
        is_heading = self._page.nodes[block.node].heading is not None
        if not is_heading and above < 2 * _ANSWERED:
            return False
        is_button = block.anchors and not is_heading
        counts = _COUNT.search(block.text) is not None
        return not is_button or (counts and not self._goes_on(position))

    def _goes_on(self, position: int) -> bool:
        """Tell whether the text above a line continues below it, in the same element."""
        above = next(filter(self._weigh, reversed(range(position))))
        below = range(position + 1, len(self._page.blocks))
        following = next(filter(self._weigh, below), None)
        return following is not None and self.holder(following) == self.holder(above)

    def _is_teaser(self, position: int) -> bool:
        """Tell whether a line is a teaser: alone below a heading that links to another page."""
        blocks, nodes = self._page.blocks, self._page.nodes
        if not position:
            return False
        above = blocks[position - 1]
        if not above.anchors or nodes[above.node].heading is None:
            return False
        if all(anchor.href.startswith("#") for anchor in above.anchors):
            return False
        if sum(len(anchor.text) for anchor in above.anchors) < _LINKED * len(above.text):
            return False
        below = blocks[position + 1 : position + 2]
        return not below or nodes[below[0].node].parent != nodes[blocks[position].node].parent

    def _weigh(self, position: int) -> int:
        """Return the characters of prose in a block. The cheapest tests come first."""
        block = self._page.blocks[position]
        text = block.text
        is_ended = text.endswith(SENTENCE_END)
        is_short = len(text) < _PROSE and (2 * len(text) < _PROSE or text.isascii())
        if self._frame.roles[position] not in CONTENT or (is_short and not is_ended):
            return 0
        if len(block.cells) > 2 or self._page.nodes[block.node].part in _APART:  # noqa: PLR2004
            return 0
        is_pair = self._frame.roles[position] in _PAIRS and len(text) < _TEASER
        if is_pair or self._is_teaser(position):
            return 0
        if not is_ended and self._bylines.of(block):
            return 0
        linked = sum([len(anchor.text) for anchor in block.anchors])
        if linked > _LINKED * len(text) or not _STOP.search(text):
            return 0
        count = len(text) - linked + (0 if text.isascii() else len(_CJK.findall(text)))
        return min(count, _MOST) if count >= _PROSE or is_ended else 0
