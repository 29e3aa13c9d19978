"""HTML → blocks, split where a reader sees a new piece."""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml import etree

from shio_scraper.cleaning import clean
from shio_scraper.items import Link
from shio_scraper.pages.page import Block, Node, UnreadableError

Resolve = Callable[[str, str | None], str | None]
"""Makes an ``href`` absolute, given the page's ``<base href>``; ``None`` for no address."""

_BLOCK = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup html legend li main menu nav ol "
    "p pre section summary table tbody tfoot thead ul".split()
)
_CELL = frozenset(("td", "th"))
_BREAK = frozenset(("br", "hr"))
_SKIP = frozenset(
    "script style noscript noframes template head title textarea select option datalist iframe "
    "object embed applet svg canvas audio video map".split()
)
# libxml2 nests a <dd> that the next one closes; a reader sees them side by side.
_SIBLINGS = frozenset(("dd", "dt"))
_ZONES = frozenset(("nav", "footer"))
_KINDS = {
    **dict.fromkeys(_BLOCK, "block"),
    **dict.fromkeys(_CELL, "cell"),
    **dict.fromkeys(_BREAK, "break"),
    **dict.fromkeys(_SKIP, "skip"),
    "tr": "row",
    "a": "link",
}
_HIDDEN = etree.XPath(
    "//*[@hidden or contains(translate(@style, 'DISPLAYNOE ', 'displaynoe'), 'display:none')]"
)
_MAY_HIDE = re.compile(rb"display\s*:\s*none|\shidden", re.IGNORECASE)
_BASE = etree.XPath("string(//base/@href)")


def read_html(body: bytes, resolve: Resolve) -> tuple[list[Block], list[Node]]:
    """Return the blocks and nodes of ``body``, which is UTF-8.

    Raises ``UnreadableError``: ``empty`` where nothing is to be seen, ``too_deep`` where
    libxml2 dropped the rest of the page (past about 2,048 levels of nesting).
    """
    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableError("empty", "no element in the page") from error
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise UnreadableError("too_deep", "markup nested too deep: the rest of the page is cut")
    hidden = set(_HIDDEN(root)) if _MAY_HIDE.search(body) else set()
    base = _BASE(root) or None
    reader = _Reader(lambda href: resolve(href, base))
    reader.read(root, hidden)
    return reader.blocks, reader.nodes


class _Reader:
    """Walks a tree once and collects its blocks."""

    def __init__(self, resolve: Callable[[str], str | None]) -> None:
        self.blocks: list[Block] = []
        self.nodes: list[Node] = [Node("html", 0, 0, 0)]
        self._resolve = resolve
        self._node = 0
        self._open: list[int] = [0]
        self._ended: set[int] = set()
        self._raw: list[str] = []
        self._links: list[Link] = []
        self._href: str | None = None
        self._link_from = 0
        self._link_kept = False
        self._soft = False
        self._rows: list[tuple[int, int, list[int]]] = []

    def read(self, root: etree._Element, hidden: set[etree._Element]) -> None:
        """Read ``root`` to its end."""
        walker = etree.iterwalk(root, events=("start", "end"))
        kinds = _KINDS
        raw = self._raw
        for event, element in walker:
            tag = element.tag
            kind = kinds.get(tag)
            if event == "start":
                if kind == "skip" or (hidden and element in hidden):
                    walker.skip_subtree()
                    continue
                if kind is not None:
                    self._enter(kind, element)
                text = element.text
                if text:
                    raw.append(text) if tag != "pre" else self._preformatted(text)
            else:
                if kind is not None and kind != "skip" and not (hidden and element in hidden):
                    self._leave(kind)
                tail = element.tail
                if tail:
                    raw.append(tail)
        self._flush()
        self.nodes[0].end = len(self.blocks)

    def _enter(self, kind: str, element: etree._Element) -> None:
        if kind == "link":
            self._open_link(element.get("href"))
            return
        self._flush()
        if kind == "break":
            self._soft = element.tag == "br"
            return
        self._open_node(element.tag)
        if kind == "row":
            self._rows.append((len(self.blocks), self._node, []))
        elif kind == "cell" and self._rows:
            self._rows[-1][2].append(len(self.blocks))

    def _leave(self, kind: str) -> None:
        if kind == "link":
            self._close_link()
        elif kind != "break":
            self._flush()
            if kind == "row" and self._rows:
                self._join_row(*self._rows.pop())
            self._close_node()

    def _open_node(self, tag: str) -> None:
        self._soft = False
        start = len(self.blocks)
        parent = self._node
        while tag in _SIBLINGS and self.nodes[parent].tag in _SIBLINGS:
            self._end(parent)
            parent = self.nodes[parent].parent
        zone = tag if tag in _ZONES else self.nodes[parent].zone
        self.nodes.append(Node(tag, parent, start, start, zone))
        self._node = len(self.nodes) - 1
        self._open.append(self._node)

    def _close_node(self) -> None:
        self._end(self._open.pop())
        self._node = self._open[-1]
        self._soft = False

    def _end(self, node: int) -> None:
        if node not in self._ended:
            self._ended.add(node)
            self.nodes[node].end = len(self.blocks)

    def _open_link(self, href: str | None) -> None:
        self._close_link()
        self._href = self._resolve(href) if href else None
        self._link_from = len(self._raw)
        self._link_kept = False

    def _close_link(self) -> None:
        if self._href is not None:
            self._keep_link(bare=not self._link_kept)
            self._href = None

    def _keep_link(self, *, bare: bool) -> None:
        if self._href is None:
            return
        text = clean("".join(self._raw[self._link_from :]))
        if text or bare:
            self._links.append(Link(text=text, url=self._href))
            self._link_kept = True

    def _preformatted(self, text: str) -> None:
        """A line break in ``<pre>`` is one that a reader sees."""
        first, *rest = text.splitlines() or [text]
        self._raw.append(first)
        for line in rest:
            self._flush()
            self._soft = True
            self._raw.append(line)

    def _flush(self) -> None:
        """Close the block at hand. A link that goes on beyond it belongs to both."""
        self._keep_link(bare=False)
        raw = self._raw
        if raw:
            text = clean("".join(raw))
            if text:
                links = tuple(self._links)
                self.blocks.append(Block(text, tuple(raw), self._node, links, (), self._soft))
                self._links.clear()
            raw.clear()
        self._soft = False
        self._link_from = 0

    def _join_row(self, first: int, node: int, starts: list[int]) -> None:
        """Make one block of a row whose cells hold one piece each; else it is layout."""
        ends = [*starts[1:], len(self.blocks)]
        cells = [self.blocks[start:end] for start, end in zip(starts, ends, strict=True)]
        plain = all(len(cell) <= 1 and not any(b.cells for b in cell) for cell in cells)
        if len(cells) < 2 or not plain or not any(cells):  # noqa: PLR2004
            return
        texts = tuple(cell[0].text if cell else "" for cell in cells)
        links = tuple(link for cell in cells for block in cell for link in block.links)
        text = " ".join(text for text in texts if text)
        self.blocks[first:] = [Block(text, (text,), node, links, texts)]
        for inner in self.nodes[node + 1 :]:
            inner.start, inner.end = min(inner.start, first + 1), min(inner.end, first + 1)

