"""Where the prose of a page is: by sentences, and by what stands beside them."""

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
"""Characters of prose that make an article of a page of any site."""
_ANSWERED: Final = 200
"""Characters above the heading of what readers wrote, at least; twice that above a line that is
in no heading element: a button to it stands above the text."""
_MOST: Final = 800
"""Characters that one block counts for, at most: a page is more than its longest paragraph."""
_LINKED: Final = 0.55
"""The part of a text in links, from which on it leads elsewhere and says nothing itself."""
_VOTES: Final = (4, 2, 1)
"""What a text counts for the element that holds it, and for those around."""
_FURTHER: Final = 0.7
"""What is left of an element's votes for each other with prose that stands above it."""
_GOES_ON: Final = 1.6
"""How many times more an element around holds, at least, to be the one of the text."""
_BETWEEN: Final = 0.4
"""Characters that are none among a text in parts, for each that is, at most."""
_ALIKE: Final = 0.6
_CLUTTER: Final = 1.0
"""What a character beside the prose counts against it."""
_PAIRS: Final = frozenset({Role.QUESTION, Role.ANSWER})
_KNOWN: Final = SIDEBAR | _PAIRS | {Role.DATE, Role.FIELD}
"""What no heading of comments is taken for."""
_TEASER: Final = 60
"""Characters of a labelled question or answer, from which on it is no teaser of the sidebar."""
_OF_FIGURES: Final = frozenset({"figure", "figcaption"})
_APART: Final = frozenset({"nav", "footer", "figure", "figcaption", "dialog"})


def is_prose(text: str) -> bool:
    """Tell a sentence from a word or two of the frame."""
    if len(text) >= _PROSE or text.endswith(SENTENCE_END):
        return True
    return sum("\u4e00" <= c <= "\u9fff" for c in text) >= _CJK_PROSE


def has_prose(frame: Frame, start: int = 0, end: int | None = None) -> bool:
    """Tell whether any text between two blocks reads as prose."""
    below = zip(frame.page.blocks[start:end], frame.roles[start:end], strict=True)
    return any(role in CONTENT and is_prose(block.text) for block, role in below)


class Prose:
    """How much each block of a page reads as prose, and which elements hold the most of it."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._page = frame.page
        self._bylines = bylines_of(frame.portal)
        self._containers: dict[tuple[int, int | None], int | None] = {}

    @cached_property
    def weights(self) -> list[int]:
        """The characters of prose in each block; an ideograph counts for two."""
        found, total = [0] * len(self._page.blocks), 0
        for position in range(len(found)):
            if total >= _ANSWERED and self._heads_comments(position, total):
                break
            found[position] = self._weigh(position)
            total += found[position]
        return found

    @cached_property
    def _weighty(self) -> list[int]:
        """The blocks of prose."""
        return [i for i, weight in enumerate(self.weights) if weight]

    @cached_property
    def _sums(self) -> list[int]:
        return [0, *accumulate(self.weights)]

    def between(self, first: int, end: int) -> int:
        """Return the characters of prose from block ``first`` to ``end``."""
        return self._sums[end] - self._sums[first]

    @cached_property
    def _lines(self) -> Counter[int]:
        """How many blocks stand in each node itself."""
        return Counter(block.node for block in self._page.blocks)

    @cached_property
    def text(self) -> list[int]:
        """The blocks of prose in the element that holds the most of the page's."""
        node = self.container()
        if node is None:
            return []
        start, end = self._page.nodes[node].start, self._page.nodes[node].end
        return [i for i in range(start, end) if self.weights[i]]

    @cached_property
    def sums(self) -> list[int]:
        """The characters of ``text`` above each of its blocks, and of all of them."""
        return [0, *accumulate(self.weights[i] for i in self.text)]

    def within(self, node: int, start: int = 0) -> int:
        """Return the characters of prose in ``node``, from block ``start`` on."""
        first, end = self._page.nodes[node].start, self._page.nodes[node].end
        return self._sums[max(end, start)] - self._sums[max(first, start)]

    def container(self, start: int = 0, end: int | None = None) -> int | None:
        """Return the element that holds the page's text, below ``start``; ``None`` without prose.

        Each text votes for the element that holds it, and less for those around. Of two that
        hold about as much the one nearer to ``start`` wins: comments and teasers come later.
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
        """Return the element around ``node`` that holds more than it does."""
        nodes = self._page.nodes
        start, end = nodes[node].start, nodes[node].end
        while node and (nodes[node].start, nodes[node].end) == (start, end):
            node = nodes[node].parent
        return node

    def _whole(self, node: int, start: int) -> int:
        """Return the element around ``node`` that holds the most text, less what is none.

        So where each section, or each paragraph, stands in an element of its own; not where
        tools, teasers or comments would come along.
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
        """Tell whether what ``node`` adds to ``inner`` is set as its text is."""
        within, beside = Counter[str](), Counter[str]()
        first, end = self._page.nodes[inner].start, self._page.nodes[inner].end
        for position in range(max(self._page.nodes[node].start, start), self._page.nodes[node].end):
            if weight := self.weights[position]:
                tag = self._page.node(position).tag
                (within if first <= position < end else beside)[tag] += weight
        same = sum(weight for tag, weight in beside.items() if tag in within)
        return same >= _ALIKE * beside.total()

    def _is_parted(self, node: int, child: int, start: int) -> bool:
        """Tell whether all prose in ``node`` stands in children of the same tag as ``child``."""
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
        """Return the characters of prose in ``node`` less what is none, and how many these are."""
        first, end = self._page.nodes[node].start, self._page.nodes[node].end
        first = max(first, start)
        clutter = self._clutter[max(end, first)] - self._clutter[first]
        return self.within(node, start) - _CLUTTER * clutter, clutter

    @cached_property
    def _clutter(self) -> list[int]:
        """The characters above each block that are neither prose nor its heading, nor a caption."""
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
        """Return how many elements with prose, by their ``ends``, stand above ``node``."""
        first = bisect_left(self._weighty, max(self._page.nodes[node].start, start))
        return bisect_right(ends, self._weighty[first]) if first < len(self._weighty) else len(ends)

    def holder(self, position: int) -> int:
        """Return the element that a block is a piece of: a line's own, a paragraph's parent."""
        node = self._page.blocks[position].node
        if self._lines[node] > 1 or not node:
            return node
        return self._page.nodes[node].parent

    def _heads_comments(self, position: int, above: int) -> bool:
        """Tell the heading of what readers wrote: a button to it may stand in the text, too."""
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
        """Tell whether the text around a line goes on below it, in the same element."""
        above = next(filter(self._weigh, reversed(range(position))))
        below = range(position + 1, len(self._page.blocks))
        following = next(filter(self._weigh, below), None)
        return following is not None and self.holder(following) == self.holder(above)

    def _is_teaser(self, position: int) -> bool:
        """Tell a line below a heading that leads to another page, and alone there."""
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
        """Return the characters of prose in a text; what costs least is asked first."""
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
