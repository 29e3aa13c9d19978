"""What two pages of a kind have in common: pieces of markup, and what each of them reads as."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, TypeAlias
from uuid import uuid4

from msgspec.structs import replace

from shio_scraper.pages.html import Markup, Reader, State
from shio_scraper.pages.page import Block, Node

SIGN: Final = f"{uuid4().hex} "
"""What our comments begin with: no page can know it."""
SHORTEST: Final = 300
"""Bytes of a piece that is worth it."""
_MOST: Final = 2_000
"""Tags and comments of a page that is compared."""
_PLACES: Final = 32
"""Places for which a piece is kept as it stood there."""
_TOKEN: Final = re.compile(
    rb"<!--(?:(?!-->).)*(?:-->)?|<(script|style|title|textarea)\b(?:(?!</\1).)*|<|[^<]+",
    re.IGNORECASE | re.DOTALL,
)
_ROOTS: Final = re.compile(rb"</?(?:html|head|body|frameset)\b", re.IGNORECASE)
"""Tags that libxml2 counts where they are out of place."""
Place: TypeAlias = tuple[int, int, int]
"""The numbers of the next node, of the next block, and of the node around."""


@dataclass(slots=True)
class Piece:
    """A piece of markup that leaves the elements open that it finds open, and what it reads as.

    ``nodes`` and ``blocks`` are as they were on the page where it was first seen, at ``place``:
    the numbers of the first node and block, and of the node around.
    """

    body: bytes
    before: State
    after: State
    nodes: list[Node]
    blocks: list[Block]
    place: Place
    _moved: dict[Place, tuple[list[Node], list[Block]]] = field(default_factory=dict)

    def at(self, place: Place) -> tuple[list[Node], list[Block]]:
        """Return nodes and blocks as they are at ``place``."""
        if place not in self._moved:
            if len(self._moved) == _PLACES:
                self._moved.clear()
            self._moved[place] = self._move(*place)
        return self._moved[place]

    def _move(self, node: int, block: int, around: int) -> tuple[list[Node], list[Block]]:
        first_node, first_block, _ = self.place

        def moved(number: int) -> int:
            return around if number < first_node else number - first_node + node

        nodes = [
            replace(
                each,
                parent=moved(each.parent),
                start=each.start - first_block + block,
                end=each.end - first_block + block,
            )
            for each in self.nodes
        ]
        return nodes, [replace(each, node=moved(each.node)) for each in self.blocks]


def comment(number: int) -> bytes:
    """Return the comment that stands for, or before, a piece."""
    return f"<!--{SIGN}{number}-->".encode()


def pieces(body: bytes, other: bytes, plain: Markup) -> Iterator[Piece]:
    """Yield the pieces of ``body`` that ``other`` holds too; ``plain`` is what is read of it."""
    places = [(offset, run) for run, of in enumerate(_repeated(body, other)) for offset in of]
    parts: list[bytes] = []
    last = 0
    for number, (offset, _) in enumerate(places):
        parts += body[last:offset], comment(number)
        last = offset
    marker = _Marker(places)
    marked = marker.read(b"".join((*parts, body[last:])))
    if marked != plain:
        return
    marks, start = marker.marks, 0
    while start < len(marks):
        end = _balanced(marks, start)
        piece = body[marks[start].offset : marks[end].offset]
        if _is_whole(piece):
            yield _piece(piece, marks[start], marks[end], marked)
        start = max(end, start + 1)


@dataclass(frozen=True, slots=True)
class _Mark:
    """A tag in a run of repeated ones: what is read there, and the least that was open before."""

    offset: int
    run: int
    state: State
    place: Place
    lowest: int


class _Marker(Reader):
    """Notes the state at each of our comments."""

    def __init__(self, places: Sequence[tuple[int, int]]) -> None:
        super().__init__()
        self.marks: list[_Mark] = []
        self._places = places
        self._lowest = 0

    def end(self, tag: str) -> None:
        """Take an end tag."""
        super().end(tag)
        self._lowest = min(self._lowest, len(self.tags))

    def comment(self, text: str) -> None:
        """Take a comment."""
        if not text.startswith(SIGN):
            return
        if state := self.state():
            offset, run = self._places[int(text.removeprefix(SIGN))]
            self.marks.append(_Mark(offset, run, state, self.place, self._lowest))
            self._lowest = len(self.tags)


def _is_whole(piece: bytes) -> bool:
    """Tell a piece that is worth it, and that reads the same whatever follows it."""
    return len(piece) >= SHORTEST and piece.rstrip().endswith(b">") and _ROOTS.search(piece) is None


def _repeated(body: bytes, other: bytes) -> Iterator[list[int]]:
    """Yield what both pages hold, in the same order: where its tags begin, but for the first."""
    tokens, others = _tokens(body), _tokens(other)
    if max(len(tokens), len(others)) > _MOST:
        return
    counts, places = Counter(tokens), {token: i for i, token in enumerate(others)}
    unique = Counter(others)
    offsets = [0, *accumulate(map(len, tokens))]
    position = other_position = 0
    while position < len(tokens):
        token = tokens[position]
        there = places.get(token, -1)
        if counts[token] != 1 or unique[token] != 1 or there < other_position:
            position += 1
            continue
        length = _alike(tokens[position:], others[there:])
        yield offsets[position + 1 : position + length]
        position, other_position = position + length, there + length


def _tokens(body: bytes) -> list[bytes]:
    """Split ``body`` before its tags and comments; what is no markup inside is not split."""
    tokens: list[bytes] = []
    for match in _TOKEN.finditer(body):
        if tokens and not match[0].startswith(b"<"):
            tokens[-1] += match[0]
        else:
            tokens.append(match[0])
    return tokens


def _alike(tokens: Sequence[bytes], others: Sequence[bytes]) -> int:
    """Return how many tokens are the same from the beginning."""
    pairs = zip(tokens, others, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(tokens), len(others)))


def _piece(body: bytes, first: _Mark, last: _Mark, markup: Markup) -> Piece:
    (node, block, _), (last_node, last_block, _) = first.place, last.place
    nodes, blocks = markup.nodes[node:last_node], markup.blocks[block:last_block]
    return Piece(body, first.state, last.state, nodes, blocks, first.place)


def _balanced(marks: Sequence[_Mark], start: int) -> int:
    """Return the last mark at which all is open that is open at ``start``, and nothing else."""
    state, best = marks[start].state, start
    for number in range(start + 1, len(marks)):
        if marks[number].run != marks[start].run or marks[number].lowest < len(state.tags):
            break
        if marks[number].state.goes_on(state):
            best = number
    return best
