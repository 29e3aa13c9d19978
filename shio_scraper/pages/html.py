"""HTML → blocks, split where a reader sees a new piece."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from lxml import etree

from shio_scraper.addresses import link_of
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
_OF_HEAD = frozenset(
    [
        "base",
        "basefont",
        "bgsound",
        "link",
        "meta",
        "noscript",
        "script",
        "style",
        "template",
        "title",
    ]
)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_ZONES = frozenset(("nav", "footer"))
# libxml2 nests a <dd> that the next one closes; a reader sees them side by side.
_SIBLINGS = frozenset(("dd", "dt"))
_SPECIAL = _HEADINGS | _ZONES | _SIBLINGS
_NO_DISPLAY = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_MAX_DEPTH: Final = 2_000
_SHORT: Final = 80
"""Characters of a text that is kept, and recognised when it comes again."""
_BODY: Final = ["html", "body"]
_HEAD: Final = ["html", "head"]
_OF_HEAD_ALONE: Final = 2
"""Nodes of a page that holds no more than its head: the page and ``<html>``."""
_OPEN: Final = -1
"""The end of a node that is not closed yet."""


class State(NamedTuple):
    """What decides how the rest of a page is read.

    ``tags`` are the elements that are open, ``around`` what the innermost kept one passes on,
    ``cells`` how many the row at hand has, ``pending`` white space and marks of the block at hand.
    """

    tags: tuple[str, ...]
    around: tuple[str, str | None, str | None]
    skipping: int
    in_head: bool
    base: str | None
    cells: int
    soft: bool
    pending: str

    def goes_on(self, before: State) -> bool:
        """Tell whether nothing but the block at hand is other than ``before``."""
        return self[:-2] == before[:-2]


class Markup(NamedTuple):
    """What a page's markup holds: its blocks and nodes, and its ``<base href>``."""

    blocks: list[Block]
    nodes: list[Node]
    base: str | None


class Reader:
    """Collects blocks and nodes as the parser goes (lxml's parser target interface).

    One reads many pages, one after the other: to make a parser takes as long as to read a page.
    ``tags`` are the elements that are open.
    """

    def __init__(self) -> None:
        self._chunks: list[str] = []
        self.data = self._chunks.append
        target: Any = self  # the stubs ask for methods that lxml does not
        self._parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, target=target)

    def read(self, body: bytes) -> Markup:
        """Return what ``body``, which is UTF-8, holds.

        No tree is built: libxml2 would cut it at some depth, and lose what follows
        ``</html>``, in silence. Raises ``UnreadableError``: ``empty`` where nothing is to be
        seen, ``too_deep`` for markup nested past 2,000 levels, which no reader would take
        for a page.
        """
        self._begin()
        try:
            etree.fromstring(body, self._parser)
        except etree.XMLSyntaxError as error:
            raise UnreadableError("empty", "no element in the page") from error
        return Markup(self.blocks, self.nodes, self.base)

    def _begin(self) -> None:
        self.blocks: list[Block] = []
        self.nodes: list[Node] = [Node("html", 0, 0, _OPEN)]
        self.base: str | None = None
        self.tags: list[str] = []
        self._chunks.clear()
        self._open: list[int] = [0]
        self._anchors: list[Anchor] = []
        self._href: str | None = None
        self._link_from = 0
        self._link_kept = False
        self._soft = False
        self._rows: list[tuple[int, list[int]]] = []
        self._skipping = 0
        self._skip_from = 0
        self._in_head = False
        self._preformatted = 0
        self._split_to = 0
        self._is_special = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take a start tag."""
        self.tags.append(tag)
        if self._is_special:
            if self._skipping:
                self._skip(tag, attributes)
                return
            self._split_lines()
        kind = _KINDS.get(tag)
        if kind == "skip" or (
            attributes and ("style" in attributes or "hidden" in attributes)
            and _is_hidden(attributes)
        ):  # fmt: skip
            self._skipping, self._is_special = 1, True
            self._skip_from = len(self._chunks)
            self._in_head = tag == "head"
        elif kind is None:
            if self._chunks:
                self._chunks.append(MARK)
        elif kind == "link":
            self._open_link(link_of(attributes))
        else:
            if self._chunks:
                self._flush()
            self._soft = tag == "br"
            if kind != "break":
                self._open_node(kind, tag)

    def end(self, tag: str) -> None:
        """Take an end tag, written or implied."""
        self.tags.pop()
        if self._is_special:
            if self._skipping:
                self._unskip()
                return
            self._split_lines()
        kind = _KINDS.get(tag)
        if kind is None:
            if self._chunks:
                self._chunks.append(MARK)
        elif kind == "link":
            self._close_link()
        elif kind not in {"break", "skip"}:  # of what is skipped, only a head that ended before
            if self._chunks:
                self._flush()
            self._close_node(kind)

    def close(self) -> None:
        """Take the end of the page."""
        self._flush()
        self.nodes[0].end = len(self.blocks)

    @property
    def place(self) -> tuple[int, int, int]:
        """The numbers of the next node, of the next block, and of the node around."""
        return len(self.nodes), len(self.blocks), self._open[-1]

    def state(self) -> State | None:
        """Return the state, ``None`` in the midst of a text, a link or preformatted lines.

        Nor outside of head and body: there libxml2 goes by what it saw before.
        """
        if self.tags[:2] != _BODY and (self.tags != _HEAD or len(self.nodes) > _OF_HEAD_ALONE):
            return None
        chunks = self._chunks[: self._skip_from] if self._skipping else self._chunks
        pending = "".join(chunks)
        if pending.replace(MARK, "").strip() or self._href is not None or self._anchors:
            return None
        if self._preformatted:
            return None
        around = self.nodes[self._open[-1]]
        return State(
            tuple(self.tags),
            (around.tag, around.zone, around.heading),
            self._skipping,
            bool(self._skipping) and self._in_head,
            self.base,
            len(self._rows[-1][1]) if self._rows else 0,
            self._soft,
            pending,
        )

    def put_in(self, nodes: list[Node], blocks: list[Block], after: State) -> None:
        """Take what was read of a piece of markup before, as it is here."""
        if self._skipping:
            return
        if nodes or blocks:
            self.nodes[self._open[-1]].end = _OPEN
        self.nodes += nodes
        self.blocks += blocks
        self._chunks[:] = [after.pending] if after.pending else []
        self._link_from = self._split_to = 0
        self._soft = after.soft

    def _skip(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self._in_head and self._skipping == 1 and tag not in _OF_HEAD:
            # libxml2 leaves elements that HTML 4 lacks in a head that nobody closed; it ends
            # with the first element that is none of its own (HTML, 13.2.6.4.4).
            self._in_head = False
            self._unskip()
            self.tags.pop()
            self.start(tag, attributes)
            return
        self._skipping += 1
        if tag == "base":
            self.base = self.base or attributes.get("href")

    def _unskip(self) -> None:
        self._skipping -= 1
        if not self._skipping:
            self._is_special = self._preformatted > 0
            del self._chunks[self._skip_from :]

    def _split_lines(self) -> None:
        """End a block at each line break since the last tag."""
        fresh = self._chunks[self._split_to :]
        del self._chunks[self._split_to :]
        for chunk in fresh:
            first, *lines = chunk.split("\n")
            self._chunks.append(first)
            for line in lines:
                self._flush()
                self._soft = True
                self._chunks.append(line)
        self._split_to = len(self._chunks)

    def _open_node(self, kind: str, tag: str) -> None:
        nodes, start, parent = self.nodes, len(self.blocks), self._open[-1]
        around = nodes[parent]
        zone, heading = around.zone, around.heading
        if tag in _SPECIAL:
            while tag in _SIBLINGS and around.tag in _SIBLINGS:
                around.end, parent = start, around.parent
                around = nodes[parent]
            zone = tag if tag in _ZONES else around.zone
            heading = tag if tag in _HEADINGS else around.heading
        around.end = _OPEN
        number = len(nodes)
        self._open.append(number)
        nodes.append(Node(tag, parent, start, _OPEN, zone, heading))
        if kind != "block":
            self._open_table_part(kind, number)
        if number > _MAX_DEPTH and len(self._open) > _MAX_DEPTH:
            raise UnreadableError("too_deep", f"markup nested past {_MAX_DEPTH} levels")

    def _open_table_part(self, kind: str, number: int) -> None:
        if kind == "row":
            self._rows.append((number, []))
        elif kind == "pre":
            self._preformatted += 1
            self._is_special = True
        elif self._rows:
            self._rows[-1][1].append(len(self.blocks))

    def _close_node(self, kind: str) -> None:
        if kind != "block":
            self._close_table_part(kind)
        node = self.nodes[self._open.pop()]
        if node.end == _OPEN:
            node.end = len(self.blocks)
        self._soft = False

    def _close_table_part(self, kind: str) -> None:
        if kind == "row":
            self._join_row(*self._rows.pop())
        elif kind == "pre":
            self._preformatted -= 1
            self._is_special = self._preformatted > 0

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
        text = _text("".join(self._chunks[self._link_from :]))
        if text or bare:
            self._anchors.append(Anchor(text, href))
            self._link_kept = True

    def _flush(self) -> None:
        """Close the block at hand. A link that goes on beyond it belongs to both."""
        if self._href is not None:
            self._keep_link(self._href, bare=False)
        chunks = self._chunks
        marked = chunks[0] if len(chunks) == 1 else "".join(chunks)
        chunks.clear()
        self._link_from = self._split_to = 0
        if not marked.isspace():
            marked = marked.rstrip(MARK)
            if text := _text(marked):
                self._add_block(text, marked)
        self._soft = False

    def _add_block(self, text: str, marked: str) -> None:
        number = self._open[-1]
        self.nodes[number].end = _OPEN
        anchors = tuple(self._anchors) if self._anchors else ()
        self.blocks.append(Block(text, marked, number, anchors, (), self._soft))
        if anchors:
            self._anchors.clear()

    def _join_row(self, number: int, starts: list[int]) -> None:
        """Make one block of a row whose cells hold one piece each; else it is layout."""
        first = self.nodes[number].start
        inside = self.blocks[first:]
        if len(starts) < 2 or starts[0] != first or not 0 < len(inside) <= len(starts):  # noqa: PLR2004
            return
        ends = [*starts[1:], len(self.blocks)]
        cells = [self.blocks[start:end] for start, end in zip(starts, ends, strict=True)]
        if any(len(cell) > 1 or (cell and cell[0].cells) for cell in cells):
            return
        texts = tuple([cell[0].text if cell else "" for cell in cells])
        anchors = tuple([anchor for block in inside for anchor in block.anchors])
        text = " ".join(filter(None, texts))
        self.blocks[first:] = [Block(text, text, number, anchors, texts)]
        del self.nodes[number + 1 :]


def _text(marked: str) -> str:
    """Return the text of a piece. A page's frame is the same again and again: it is kept."""
    return _kept_text(marked) if len(marked) <= _SHORT else _clean_text(marked)


def _clean_text(marked: str) -> str:
    return clean(marked.replace(MARK, "") if MARK in marked else marked)


_kept_text = lru_cache(maxsize=8192)(_clean_text)


def _is_hidden(attributes: Mapping[str, str]) -> bool:
    if "hidden" in attributes:
        return True
    return "style" in attributes and _hides(attributes["style"])


@lru_cache(maxsize=1024)
def _hides(style: str) -> bool:
    return _NO_DISPLAY.search(style) is not None
