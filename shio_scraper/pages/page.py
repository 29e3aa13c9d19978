"""A page as a reader sees it: an ordered sequence of blocks, each with its place in the tree."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from shio_scraper.items import ArchivePosition, Layout, Link
from shio_scraper.pages.said import Said
from shio_scraper.portals import Address, Portal
from shio_scraper.texts import clean

MARK: Final = "\x00"
"""The mark between inline elements in ``Block.marked``. No other text of a page holds it."""
_MOST: Final = 15_000
"""Most blocks, or links, of a page."""


@dataclass(slots=True, kw_only=True)
class Capture:
    """One fetched copy of a page, from the live site or from an archive.

    ``url`` is the page's own address, ``fetched_url`` the address that answered (of a copy of
    the portal, of a replay). ``body`` is bytes after content decoding, or text. If the capture is
    ``rendered``, the body is what a browser showed after the page's scripts had run.
    """

    body: bytes | str
    url: str | None = None
    fetched_url: str | None = None
    fetched_at: datetime | None = None
    content_type: str | None = None
    archive: ArchivePosition | None = None
    rendered: bool = False


class Cell(NamedTuple):
    """A cell of a table row: its first block, whether it is a ``<th>``, and what it spans."""

    start: int
    head: bool = False
    columns: int = 1
    rows: int = 1


class Node(Struct, gc=False):
    """An element that holds blocks: those of the page from ``start`` to before ``end``.

    ``parent`` is the number of the element around. ``zone`` is the part of the frame that the
    markup names (``nav``, ``footer``). ``heading`` is the tag of the heading element around.
    ``part`` names the innermost element, or ``role``, that tells a purpose: ``nav``, ``footer``,
    ``aside``, ``header``, ``figure``, ``figcaption``, ``blockquote``, ``form``, ``dialog``,
    ``details``, ``summary``. These three hold for all elements inside too. ``bare`` marks a
    ``<div>`` or ``<section>`` without any attribute, which tells nothing of its content.
    ``cells`` are the cells of a table row, in their order.
    """

    tag: str
    parent: int
    start: int
    end: int
    zone: str | None = None
    heading: str | None = None
    part: str | None = None
    bare: bool = False
    cells: tuple[Cell, ...] = ()


class Anchor(NamedTuple):
    """A link as the markup has it: its visible text, its ``href`` and its ``title``."""

    text: str
    href: str
    title: str = ""


class Lead(NamedTuple):
    """A link to a page of the portal."""

    anchor: Anchor
    address: Address


class Image(NamedTuple):
    """A picture: the position of the block it stands in or before, its ``src`` and its ``alt``."""

    position: int
    source: str
    text: str


class Block(Struct, gc=False):
    """One visible piece: a line or paragraph, a heading, a list item, a table row.

    ``marked`` is the text with a ``MARK`` where an inline element begins or ends, which keeps
    neighbours apart that touch without a space. ``node`` is the number of the element that holds
    the block. ``cells`` are the texts of a table row's cells, empty for other blocks.
    ``soft`` says that only a line break divides the block from the one before.
    ``hidden`` says that no reader sees the block: only a page read ``with_hidden`` has such
    blocks.
    """

    text: str
    marked: str
    node: int
    anchors: tuple[Anchor, ...] = ()
    cells: tuple[str, ...] = ()
    soft: bool = False
    hidden: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        """The pieces of the text between inline elements; for a table row, its cells."""
        if self.cells:
            return tuple(cell for cell in self.cells if cell)
        if MARK not in self.marked:
            return (self.text,)
        return tuple(part for part in map(clean, self.marked.split(MARK)) if part)

    def without(self, anchors: Iterable[Anchor], between: str = "") -> str:
        """Return the text with ``between`` in place of the words of each of ``anchors``.

        ``anchors`` are links of the block, in order. If the text lacks the words of a link, the
        text from there on stays as it is.
        """
        pieces, at = [], 0
        for words in filter(None, (anchor.text for anchor in anchors)):
            start = self.text.find(words, at)
            if start < 0:
                break
            pieces += [self.text[at:start], between]
            at = start + len(words)
        return "".join([*pieces, self.text[at:]])


@dataclass(slots=True)
class Page:
    """A capture, read into blocks. ``nodes[0]`` is the root, and holds every block.

    ``portal`` is the portal by whose words the page is read, even if the address is no portal's.
    ``markup`` is the HTML of the page, empty for a plain text. It is kept because some pages can
    only be recognized by what a reader does not see. ``hidden`` is the number of characters that
    no reader sees. ``said`` is the metadata of the page. ``resolve`` returns the absolute address
    of an ``href``, ``locate`` the page of the portal that it leads to; both cache their results.
    ``reread`` reads the page again, with what no reader sees.
    """

    blocks: list[Block]
    nodes: list[Node]
    layout: Layout
    portal: Portal
    address: Address | None
    url: str | None
    fetched_url: str | None
    fetched_at: datetime | None
    body_sha256: str
    archive: ArchivePosition | None = None
    rendered: bool = False
    notes: Counter[str] = field(default_factory=Counter)
    truncated: bool = False
    unclosed: bool = False
    markup: str = ""
    resolve: Callable[[str], str | None] = lambda _: None
    locate: Callable[[str], Address | None] = lambda _: None
    images: list[Image] = field(default_factory=list)
    hidden: int = 0
    reread: Callable[[], tuple[list[Block], list[Node], list[Image]]] | None = None
    said: Said = field(default_factory=Said)

    def __repr__(self) -> str:
        """Return a short line, since ``scrapy shell`` prints it."""
        return f"<Page {self.url}: {len(self.blocks)} blocks>"

    def with_hidden(self) -> Page:
        """Return the page with blocks of what no reader sees too, ``<noscript>`` included."""
        if not self.hidden or self.reread is None:
            return self
        blocks, nodes, images = self.reread()
        return replace(self, blocks=blocks, nodes=nodes, images=images, reread=None)

    def without(self, dropped: Container[int]) -> Page:
        """Return the page without the blocks at the positions ``dropped``."""
        left = [i for i in range(len(self.blocks)) if i not in dropped]
        at = [bisect_left(left, i) for i in range(len(self.blocks) + 1)]
        nodes = [
            msgspec.structs.replace(
                node,
                start=at[node.start],
                end=at[node.end],
                cells=tuple(cell._replace(start=at[cell.start]) for cell in node.cells),
            )
            for node in self.nodes
        ]
        images = [image._replace(position=at[image.position]) for image in self.images]
        return replace(self, blocks=[self.blocks[i] for i in left], nodes=nodes, images=images)

    def node(self, position: int) -> Node:
        """Return the element that a block stands in."""
        return self.nodes[self.blocks[position].node]

    def make(self, position: int) -> tuple[int, str]:
        """Return the parent and the tag of a block's element: neighbours made alike share both."""
        node = self.node(position)
        return node.parent, node.tag

    def links(self, position: int) -> list[Link]:
        """Return the links of a block with absolute addresses, without those that have none."""
        anchors = self.blocks[position].anchors
        if not anchors:
            return []
        urls = ((anchor.text, self.resolve(anchor.href)) for anchor in anchors)
        return [Link(text=text, url=url) for text, url in urls if url]

    def leads(self, position: int) -> list[Lead]:
        """Return the links of a block to pages of the portal."""
        located = ((anchor, self.locate(anchor.href)) for anchor in self.blocks[position].anchors)
        return [Lead(anchor, address) for anchor, address in located if address]

    def ancestors(self, node: int) -> list[int]:
        """Return ``node`` and the nodes around it, the root last."""
        chain = [node]
        while chain[-1]:
            chain.append(self.nodes[chain[-1]].parent)
        return chain

    def path(self, position: int) -> str:
        """Return the path to a block: its elements from the body on, or its line in a plain text.

        The numbers in ``body/div[2]/table[1]/tr[3]`` count siblings with the same tag from 1.
        Only block-level elements are counted. If an element holds several blocks directly,
        the block's line follows: ``body/div[2] line 3``.
        """
        node = self.blocks[position].node
        start, end = self.nodes[node].start, self.nodes[node].end
        beside = [i for i in range(start, end) if self.blocks[i].node == node]
        line = f"line {beside.index(position) + 1}" if len(beside) > 1 else ""
        if self.nodes[0].tag == "text":
            return f"line {position + 1}"
        elements = [self._step(n) for n in reversed(self.ancestors(node)[:-1])]
        return " ".join(filter(None, ("/".join(filter(None, elements)), line)))

    def _step(self, number: int) -> str:
        """Return an element as a step of a path. The body has no number, ``<html>`` no step."""
        node = self.nodes[number]
        if node.tag in {"html", "body"}:
            return node.tag.removeprefix("html")
        before = self.nodes[node.parent : number]
        index = sum(other.parent == node.parent and other.tag == node.tag for other in before)
        return f"{node.tag}[{index + 1}]"


def check_number(count: int, what: str = "blocks") -> None:
    """Raise ``UnreadableError`` (``too_large``) for more than 15,000 blocks or links."""
    if count > _MOST:
        raise UnreadableError("too_large", f"a page of more than {_MOST:,} {what}")


class UnreadableError(Exception):
    """A capture that cannot become a page. ``reason`` is a code of ``docs/rejects.md``."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
