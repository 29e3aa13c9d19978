"""Places of blocks in a page's tree: their path, and the elements that hold one or several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from shio_scraper.pages import Page


class Reach(NamedTuple):
    """The blocks of an element, its number (``None`` for no element), and the element around."""

    blocks: range
    node: int | None
    holder: int


def reaches(page: Page, owns: Sequence[range], most: int | None = None) -> list[Reach]:
    """Return, for each range of ``owns``, the largest element around it that holds no other range.

    The ranges must be in order. An element holds at most ``most`` blocks.
    """
    stops = [-1, *(own.stop - 1 for own in owns)]
    starts = [*(own.start for own in owns[1:]), len(page.blocks)]
    limits = zip(owns, stops, starts, strict=False)
    return [_reach(page, *limit, most or len(page.blocks)) for limit in limits]


def _reach(page: Page, own: range, before: int, behind: int, most: int) -> Reach:
    reach = Reach(own, None, 0)
    for number in page.ancestors(page.blocks[own.start].node):
        node = page.nodes[number]
        if node.start <= before or node.end > behind or node.end - node.start > most:
            return reach._replace(holder=number)
        covers = range(node.start, node.end) if node.end >= own.stop else reach.blocks
        reach = Reach(covers, number, node.parent)
    return reach


class Places:
    """The places of a page's blocks. Each is computed once."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._paths: dict[int, tuple[str, ...]] = {}
        self._chains: dict[int, list[int]] = {}

    def chain(self, position: int) -> list[int]:
        """Return a block's node and the nodes around it, the root last."""
        node = self._page.blocks[position].node
        if node not in self._chains:
            self._chains[node] = self._page.ancestors(node)
        return self._chains[node]

    def path(self, position: int) -> tuple[str, ...]:
        """Return the tags of a block's node and of the nodes around it, innermost first."""
        node = self._page.blocks[position].node
        if node not in self._paths:
            self._paths[node] = tuple(self._page.nodes[n].tag for n in self.chain(position))
        return self._paths[node]

    def around(self, run: Sequence[int]) -> int:
        """Return the innermost node that holds all blocks of ``run``."""
        shared = set(self.chain(run[0]))
        for position in run[1:]:
            shared &= set(self.chain(position))
        return max(shared)

    def child(self, around: int, position: int) -> int | None:
        """Return the child of ``around`` that holds a block; ``None`` if ``around`` is its node."""
        chain = self.chain(position)
        index = chain.index(around)
        return chain[index - 1] if index else None
