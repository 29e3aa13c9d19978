"""HTML → blocks, split where a reader sees a new piece."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from lxml import etree

from shio_scraper.cleaning import clean
from shio_scraper.pages.page import MARK, Anchor, Block, Node, UnreadableError

_BLOCK = """
address article aside blockquote body caption center dd details dialog dir div dl dt fieldset
figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup html legend li main menu nav ol
p section summary table tbody tfoot thead ul
"""
_SKIP = """
script style noscript noframes template head title textarea select option datalist iframe
object embed applet svg canvas audio video map
"""
_KINDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(_BLOCK.split(), "block"),
    **dict.fromkeys(_SKIP.split(), "skip"),
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
_NO_DISPLAY = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_MAY_HIDE = etree.XPath("//@hidden | //@style")
_CUT: Final = "Excessive depth"
_OPEN: Final = -1
"""The end of a node that is not closed yet; the number of a node that holds no block yet."""


def read_html(body: bytes) -> tuple[list[Block], list[Node], str | None]:
    """Return the blocks and nodes of ``body``, which is UTF-8, and its ``<base href>``.

    Raises ``UnreadableError``: ``empty`` where nothing is to be seen, ``too_deep`` for
    markup nested past some 2,000 levels, where libxml2 stops reading.
    """
    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableError("empty", "no element in the page") from error
    if any(_CUT in error.message for error in parser.error_log):
        raise UnreadableError("too_deep", "markup nested past 2,000 levels")
    reader = _Reader()
    if root is None:  # lxml's stubs do not know: a page of comments has none
        return reader.blocks, reader.nodes, None
    reader.read(root)
    base = next((href for base in root.iter("base") if (href := base.get("href"))), None)
    return reader.blocks, reader.nodes, base


class _Reader:
    """Collects blocks on a walk through the tree."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.nodes: list[Node] = [Node("html", 0, 0, _OPEN)]
        self._chunks: list[str] = []
        self._tags: list[str] = ["html"]
        self._open: list[int] = [0]
        self._anchors: list[Anchor] = []
        self._href: str | None = None
        self._link_from = 0
        self._link_kept = False
        self._soft = False
        self._rows: list[tuple[int, list[int]]] = []
        self._preformatted = 0

    def read(self, root: etree._Element) -> None:
        """Read all that is seen of ``root``."""
        chunks = self._chunks
        hidden = _hidden(root)
        skipped = None
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            tag = element.tag
            kind = _KINDS.get(tag)
            if event == "end":
                if element is skipped:
                    skipped = None
                elif kind is None:
                    if chunks:
                        chunks.append(MARK)
                elif kind != "break":
                    self._close(kind)
                text = element.tail
            elif kind == "skip" or element in hidden:
                walk.skip_subtree()
                skipped = element
                continue
            else:
                if kind is None:
                    if chunks:
                        chunks.append(MARK)
                elif kind == "link":
                    self._open_link(element.get("href"))
                else:
                    self._open_block(kind, tag)
                text = element.text
            if text and (chunks or not text.isspace()):
                if self._preformatted:
                    self._read_lines(text)
                else:
                    chunks.append(text)
        self._flush()
        self.nodes[0].end = len(self.blocks)

    def _read_lines(self, text: str) -> None:
        """Read text in which a line break divides."""
        first, *lines = text.split("\n")
        self._chunks.append(first)
        for line in lines:
            self._flush()
            self._soft = True
            self._chunks.append(line)

    def _open_block(self, kind: str, tag: str) -> None:
        if self._chunks:
            self._flush()
        self._soft = tag == "br"
        if kind == "break":
            return
        if tag in _SIBLINGS and self._tags[-1] in _SIBLINGS:
            self._end_node()
        self._tags.append(tag)
        self._open.append(_OPEN)
        if kind == "row":
            self._rows.append((len(self.blocks), []))
        elif kind == "cell" and self._rows:
            self._rows[-1][1].append(len(self.blocks))
        elif kind == "pre":
            self._preformatted += 1

    def _close(self, kind: str) -> None:
        if kind == "link":
            self._close_link()
            return
        if self._chunks:
            self._flush()
        if kind == "row":
            self._join_row(self._open[-1], *self._rows.pop())
        elif kind == "pre":
            self._preformatted -= 1
        self._end_node()
        self._tags.pop()
        self._open.pop()
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
        text = _join(self._chunks[self._link_from :]).replace(MARK, "")
        text = clean(text)
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
        marked = _join(chunks)
        if text := clean(marked.replace(MARK, "")):
            anchors = tuple(self._anchors)
            self.blocks.append(Block(text, marked, self._node(), anchors, (), self._soft))
            self._anchors.clear()
        chunks.clear()
        self._soft = False
        self._link_from = 0

    def _node(self) -> int:
        """Return the innermost open node. A node is made when its first block is."""
        numbers, tags = self._open, self._tags
        level = len(numbers) - 1
        while numbers[level] == _OPEN:
            level -= 1
        number = numbers[level]
        for inner in range(level + 1, len(numbers)):
            if inner < len(tags) - 1 and _SIBLINGS.issuperset(tags[inner : inner + 2]):
                continue
            number = numbers[inner] = self._make_node(tags[inner], number)
        return number

    def _make_node(self, tag: str, parent: int) -> int:
        around = self.nodes[parent]
        zone = tag if tag in _ZONES else around.zone
        heading = tag if tag in _HEADINGS else around.heading
        self.nodes.append(Node(tag, parent, len(self.blocks), _OPEN, zone, heading))
        return len(self.nodes) - 1

    def _end_node(self) -> None:
        """End the innermost node, where it holds a block."""
        number = self._open[-1]
        if number != _OPEN:
            self.nodes[number].end = len(self.blocks)
            self._open[-1] = _OPEN

    def _join_row(self, node: int, first: int, starts: list[int]) -> None:
        """Make one block of a row whose cells hold one piece each; else it is layout."""
        if len(starts) < 2 or len(self.blocks) == first:  # noqa: PLR2004
            return
        ends = [*starts[1:], len(self.blocks)]
        cells = [self.blocks[start:end] for start, end in zip(starts, ends, strict=True)]
        if any(len(cell) > 1 or (cell and cell[0].cells) for cell in cells):
            return
        texts = tuple(cell[0].text if cell else "" for cell in cells)
        anchors = tuple(anchor for cell in cells for block in cell for anchor in block.anchors)
        text = " ".join(filter(None, texts))
        self.blocks[first:] = [Block(text, text, node, anchors, texts)]
        del self.nodes[node + 1 :]


def _join(chunks: list[str]) -> str:
    return chunks[0] if len(chunks) == 1 else "".join(chunks)


def _hidden(root: etree._Element) -> set[etree._Element]:
    """Return the elements that the markup itself hides."""
    return {
        attribute.getparent()
        for attribute in _MAY_HIDE(root)
        if attribute.attrname == "hidden" or _NO_DISPLAY.search(attribute)
    }
