"""HTML → blocks, split where a reader sees a new piece."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from lxml import etree

from shio_scraper.cleaning import clean
from shio_scraper.pages.page import MARK, Anchor, Block, Node, UnreadableError

_BLOCK = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup html legend li main menu nav ol "
    "p pre section summary table tbody tfoot thead ul".split()
)
_SKIP = frozenset(
    "script style noscript noframes template head title textarea select option datalist iframe "
    "object embed applet svg canvas audio video map".split()
)
_KINDS: Final = {
    **dict.fromkeys(_BLOCK, "block"),
    **dict.fromkeys(_SKIP, "skip"),
    **dict.fromkeys(("td", "th"), "cell"),
    **dict.fromkeys(("br", "hr"), "break"),
    "tr": "row",
    "pre": "pre",
    "a": "link",
}
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_ZONES = frozenset(("nav", "footer"))
# libxml2 nests a <dd> that the next one closes; a reader sees them side by side.
_SIBLINGS = frozenset(("dd", "dt"))
_SPECIAL = _HEADINGS | _ZONES | _SIBLINGS
_NO_DISPLAY = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_MAX_DEPTH: Final = 2_000
_OPEN: Final = -1
"""The end of a node that is not closed yet."""


def read_html(body: bytes) -> tuple[list[Block], list[Node], str | None]:
    """Return the blocks and nodes of ``body``, which is UTF-8, and its ``<base href>``.

    No tree is built: libxml2 would cut it at some depth, in silence. Raises
    ``UnreadableError``: ``empty`` where nothing is to be seen, ``too_deep`` for
    markup nested past 2,000 levels, which no reader would take for a page.
    """
    reader = _Reader()
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, target=reader)
    try:
        etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableError("empty", "no element in the page") from error
    return reader.blocks, reader.nodes, reader.base


class _Reader:
    """Collects blocks as the parser goes (lxml's parser target interface)."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.nodes: list[Node] = [Node("html", 0, 0, _OPEN)]
        self.base: str | None = None
        self._open: list[int] = [0]
        self._chunks: list[str] = []
        self._anchors: list[Anchor] = []
        self._href: str | None = None
        self._link_from = 0
        self._link_kept = False
        self._soft = False
        self._rows: list[tuple[int, int, list[int]]] = []
        self._depth = 0
        self._skipping = 0
        self._preformatted = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take a start tag."""
        self._depth += 1
        if self._skipping:
            self._skipping += 1
            if tag == "base":
                self.base = self.base or attributes.get("href")
            return
        kind = _KINDS.get(tag)
        if kind == "skip" or (attributes and _is_hidden(attributes)):
            self._skipping = 1
        elif kind is None:
            if self._chunks:
                self._chunks.append(MARK)
        elif kind == "link":
            self._open_link(attributes.get("href"))
        else:
            if self._chunks:
                self._flush()
            self._soft = tag == "br"
            if kind != "break":
                self._open_node(kind, tag)

    def end(self, tag: str) -> None:
        """Take an end tag, written or implied."""
        self._depth -= 1
        if self._skipping:
            self._skipping -= 1
            return
        kind = _KINDS.get(tag)
        if kind is None:
            if self._chunks:
                self._chunks.append(MARK)
        elif kind == "link":
            self._close_link()
        elif kind != "break":
            if self._chunks:
                self._flush()
            self._close_node(kind)

    def data(self, text: str) -> None:
        """Take text: a whole text node, or a part of one around a character reference."""
        if self._skipping:
            return
        if self._preformatted and "\n" in text:
            first, *lines = text.split("\n")
            self._chunks.append(first)
            for line in lines:
                self._flush()
                self._soft = True
                self._chunks.append(line)
        elif self._chunks or not text.isspace():
            self._chunks.append(text)

    def close(self) -> None:
        """Take the end of the page."""
        self._flush()
        self.nodes[0].end = len(self.blocks)

    def _open_node(self, kind: str, tag: str) -> None:
        nodes, start = self.nodes, len(self.blocks)
        parent = self._open[-1]
        around = nodes[parent]
        zone, heading = around.zone, around.heading
        if tag in _SPECIAL:
            while tag in _SIBLINGS and around.tag in _SIBLINGS:
                around.end, parent = start, around.parent
                around = nodes[parent]
            zone = tag if tag in _ZONES else around.zone
            heading = tag if tag in _HEADINGS else around.heading
        self._open.append(len(nodes))
        nodes.append(Node(tag, parent, start, _OPEN, zone, heading))
        if kind == "row":
            self._rows.append((start, len(nodes) - 1, []))
        elif kind == "cell" and self._rows:
            self._rows[-1][2].append(start)
        elif kind == "pre":
            self._preformatted += 1
        if self._depth > _MAX_DEPTH:
            raise UnreadableError("too_deep", f"markup nested past {_MAX_DEPTH} levels")

    def _close_node(self, kind: str) -> None:
        if kind == "row" and self._rows:
            self._join_row(*self._rows.pop())
        elif kind == "pre":
            self._preformatted -= 1
        node = self.nodes[self._open.pop()]
        if node.end == _OPEN:
            node.end = len(self.blocks)
        self._soft = False

    def _open_link(self, href: str | None) -> None:
        self._close_link()
        self._href = href
        self._link_from = len(self._chunks)
        self._link_kept = False

    def _close_link(self) -> None:
        if self._href is not None:
            self._keep_link(self._href, bare=not self._link_kept)
            self._href = None
        if self._chunks:
            self._chunks.append(MARK)

    def _keep_link(self, href: str, *, bare: bool) -> None:
        chunks = self._chunks[self._link_from :]
        text = clean(chunks[0] if len(chunks) == 1 else "".join(chunks).replace(MARK, ""))
        if text or bare:
            self._anchors.append(Anchor(text, href))
            self._link_kept = True

    def _flush(self) -> None:
        """Close the block at hand. A link that goes on beyond it belongs to both."""
        if self._href is not None:
            self._keep_link(self._href, bare=False)
        chunks = self._chunks
        while chunks and chunks[-1] is MARK:
            chunks.pop()
        marked = chunks[0] if len(chunks) == 1 else "".join(chunks)
        if text := clean(marked.replace(MARK, "") if MARK in marked else marked):
            anchors = tuple(self._anchors) if self._anchors else ()
            self.blocks.append(Block(text, marked, self._open[-1], anchors, (), self._soft))
            self._anchors.clear()
        chunks.clear()
        self._soft = False
        self._link_from = 0

    def _join_row(self, first: int, node: int, starts: list[int]) -> None:
        """Make one block of a row whose cells hold one piece each; else it is layout."""
        if len(starts) < 2 or len(self.blocks) == first:  # noqa: PLR2004
            return
        ends = [*starts[1:], len(self.blocks)]
        cells = [self.blocks[start:end] for start, end in zip(starts, ends, strict=True)]
        if any(len(cell) > 1 or (cell and cell[0].cells) for cell in cells):
            return
        texts = tuple(cell[0].text if cell else "" for cell in cells)
        anchors = tuple(anchor for cell in cells for block in cell for anchor in block.anchors)
        text = " ".join(text for text in texts if text)
        self.blocks[first:] = [Block(text, text, node, anchors, texts)]
        for inner in self.nodes[node + 1 :]:
            inner.start, inner.end = min(inner.start, first + 1), min(inner.end, first + 1)


def _is_hidden(attributes: Mapping[str, str]) -> bool:
    if "hidden" in attributes:
        return True
    style = attributes.get("style")
    return style is not None and _NO_DISPLAY.search(style) is not None
