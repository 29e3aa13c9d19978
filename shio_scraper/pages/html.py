"""HTML → blocks, split where a reader sees a new piece. Pages are read as browsers parse them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser, LexborNode

from shio_scraper.addresses import link_of
from shio_scraper.cleaning import clean
from shio_scraper.pages.page import MARK, Anchor, Block, Image, Node, UnreadableError, check_number
from shio_scraper.pages.styles import is_hidden
from shio_scraper.pages.tokens import has_too_many_attributes, is_too_deep

_BLOCK = """
address article aside blockquote body caption center dd details dialog dir div dl dt fieldset
figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup html legend li main menu nav ol
p section summary table tbody tfoot thead ul
"""
_SKIP = """
script style noscript noframes template head title textarea select option datalist iframe
object embed applet svg canvas audio video map -comment -doctype
"""
_KINDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(_BLOCK.split(), "block"),
    **dict.fromkeys(_SKIP.split(), "skip"),
    **dict.fromkeys(("td", "th"), "cell"),
    **dict.fromkeys(("br", "hr"), "break"),
    "-text": "text",
    "tr": "row",
    "pre": "pre",
    "a": "link",
    "img": "image",
}
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_ZONES = frozenset(("nav", "footer"))
_PARTS: Final[Mapping[str, str]] = {
    **{tag: tag for tag in ("nav", "footer", "aside", "header", "figure", "form", "dialog")},
    **{tag: tag for tag in ("details", "summary", "figcaption")},
}
_ROLES: Final[Mapping[str, str]] = {
    "navigation": "nav",
    "contentinfo": "footer",
    "complementary": "aside",
    "banner": "header",
    "search": "form",
    "dialog": "dialog",
    "alertdialog": "dialog",
}
_SPECIAL = _HEADINGS | _ZONES
_MAX_DEPTH: Final = 2_000
_DEEPEST: Final = 128
"""Elements that hold blocks, one in the other, told apart; what is deeper is the last one's."""
_SHORT: Final = 80
"""Characters of a text that is kept, and recognised when it comes again."""
_OPEN: Final = -1
"""The end of a node that is not closed yet."""
_OPTIONS: Final = LexborDocumentOptions.WO_EVENTS.value


class Markup(NamedTuple):
    """What a page's markup holds: its blocks, nodes and images, and its ``<base href>``.

    ``hidden`` are the characters of what no reader sees.
    """

    blocks: list[Block]
    nodes: list[Node]
    images: list[Image] = []  # noqa: RUF012 - nothing is added to it
    base: str | None = None
    hidden: int = 0


def read_html(body: bytes, *, with_hidden: bool = False) -> Markup:
    """Return what ``body``, which is UTF-8, holds; ``with_hidden``: also what no reader sees.

    Raises ``UnreadableError``: ``too_deep`` for markup nested past 2,000 levels, which no
    reader would take for a page; ``too_large`` for an element of over 10,000 attributes, or
    for over 20,000 blocks.
    """
    if is_too_deep(body, scripting=not with_hidden):
        raise _too_deep()
    if has_too_many_attributes(body):
        raise UnreadableError("too_large", "an element of more than 10,000 attributes")
    # What stands in <noscript> is text to a browser that runs scripts, and elements to others.
    tree = LexborHTMLParser(body, options=_OPTIONS, scripting=not with_hidden)
    reader = _Reader(with_hidden=with_hidden)
    reader.walk(tree.root)
    base = tree.css_first("base[href]") if b"<base" in body or b"<BASE" in body else None
    href = base.attributes["href"] if base is not None else None
    return Markup(reader.blocks, reader.nodes, reader.images, href, reader.hidden)


def _too_deep() -> UnreadableError:
    return UnreadableError("too_deep", f"markup nested past {_MAX_DEPTH} levels")


class _Reader:
    """Collects blocks and nodes in one walk over a page's tree."""

    def __init__(self, *, with_hidden: bool) -> None:
        self.blocks: list[Block] = []
        self.nodes: list[Node] = [Node("html", 0, 0, _OPEN)]
        self.images: list[Image] = []
        self.hidden = 0
        self._with_hidden = with_hidden
        self._hidden_within = 0
        self._within_line: list[str] = []
        self._chunks: list[str] = []
        self._open: list[int] = [0]
        self._anchors: list[Anchor] = []
        self._href: str | None = None
        self._link_title = ""
        self._link_from = 0
        self._link_kept = False
        self._soft = False
        self._rows: list[tuple[int, list[int]]] = []
        self._preformatted = 0

    def walk(self, root: LexborNode | None) -> None:
        """Take every node below ``root``, whose kind is ``block``, and the root itself."""
        node = root
        around: list[tuple[LexborNode, str, bool]] = []
        while node is not None:
            kind = _KINDS.get(node.tag or "", "inline")
            if kind == "text":
                self._take_text(node.text_content or "")
            elif (hides := self._start(kind, node)) is not None:
                child = node.first_child
                if child is not None:
                    around.append((node, kind, hides))
                    if len(around) > _MAX_DEPTH:
                        raise _too_deep()
                    node = child
                    continue
                self._end(kind, hides=hides)
            following = node.next
            while following is None and around:
                node, kind, hides = around.pop()
                self._end(kind, hides=hides)
                following = node.next
            node = following
        self._flush()
        self.nodes[0].end = len(self.blocks)

    def _take_text(self, text: str) -> None:
        if not self._preformatted or "\n" not in text:
            self._chunks.append(text)
            return
        first, *lines = text.split("\n")
        self._chunks.append(first)
        for line in lines:
            self._flush()
            self._soft = True
            self._chunks.append(line)

    def _start(self, kind: str, node: LexborNode) -> bool | None:
        """Take an element's begin; tell whether it hides what it holds. ``None`` passes over it."""
        tag = node.tag or ""
        if kind == "skip" and tag != "noscript":
            return None
        attributes = node.attributes
        hides = kind == "skip" or (
            (tag == "dialog" and "open" not in attributes)
            or (bool(attributes) and is_hidden(attributes))
        )
        if hides:
            if not self._with_hidden:
                self.hidden += len(clean(node.text()))
                return None
            if kind == "inline" and any(map(str.strip, self._chunks)):
                # The line around it goes on: it comes behind.
                self._within_line.append(clean(node.text()))
                return None
            self._flush()
            self._hidden_within += 1
        self._open_element(kind, tag, attributes)
        return hides

    def _open_element(self, kind: str, tag: str, attributes: Mapping[str, str | None]) -> None:
        if kind in {"inline", "skip"}:
            if self._chunks:
                self._chunks.append(MARK)
        elif kind == "link":
            self._open_link(link_of(attributes), attributes.get("title"))
        elif kind == "image":
            self._take_image(attributes)
        else:
            if self._chunks:
                self._flush()
            self._soft = tag == "br"
            if kind != "break":
                self._open_node(kind, tag, attributes)

    def _end(self, kind: str, *, hides: bool) -> None:
        """Take an element's end."""
        if kind == "link":
            self._close_link()
        elif kind in {"block", "row", "cell", "pre"}:
            if self._chunks:
                self._flush()
            self._close_node(kind)
        elif kind != "break" and self._chunks:
            self._chunks.append(MARK)
        if hides:
            self._flush()
            self._hidden_within -= 1

    def _open_node(self, kind: str, tag: str, attributes: Mapping[str, str | None]) -> None:
        nodes, parent = self.nodes, self._open[-1]
        around = nodes[parent]
        around.end = _OPEN
        if len(self._open) > _DEEPEST:
            self._open.append(parent)
            self._open_table_part(kind, parent)
            return
        zone, heading, part = around.zone, around.heading, around.part
        if tag in _SPECIAL:
            zone = tag if tag in _ZONES else zone
            heading = tag if tag in _HEADINGS else heading
        part = _PARTS.get(tag, part)
        if "role" in attributes:
            part = _ROLES.get((attributes["role"] or "").lower(), part)
        number = len(nodes)
        self._open.append(number)
        nodes.append(Node(tag, parent, len(self.blocks), _OPEN, zone, heading, part))
        self._open_table_part(kind, number)

    def _open_table_part(self, kind: str, number: int) -> None:
        if kind == "row":
            self._rows.append((number, []))
        elif kind == "pre":
            self._preformatted += 1
        elif kind == "cell" and self._rows:
            self._rows[-1][1].append(len(self.blocks))

    def _close_node(self, kind: str) -> None:
        if kind == "row":
            self._join_row(*self._rows.pop())
        elif kind == "pre":
            self._preformatted -= 1
        node = self.nodes[self._open.pop()]
        if node.end == _OPEN:
            node.end = len(self.blocks)
        self._soft = False

    def _take_image(self, attributes: Mapping[str, str | None]) -> None:
        if self._chunks:
            self._chunks.append(MARK)
        if source := attributes.get("src"):
            text = clean(attributes.get("alt") or "")
            self.images.append(Image(len(self.blocks), source, text))

    def _open_link(self, href: str | None, title: str | None) -> None:
        self._close_link()
        self._href, self._link_title = href, clean(title or "")
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
            self._anchors.append(Anchor(text, href, self._link_title))
            self._link_kept = True

    def _flush(self) -> None:
        """Close the block at hand. A link that goes on beyond it belongs to both."""
        if self._href is not None:
            self._keep_link(self._href, bare=False)
        chunks = self._chunks
        marked = chunks[0] if len(chunks) == 1 else "".join(chunks)
        chunks.clear()
        self._link_from = 0
        if not marked.isspace():
            marked = marked.rstrip(MARK)
            if text := _text(marked):
                self._add_block(text, marked)
        for hidden in filter(None, self._within_line):
            self.blocks.append(Block(hidden, hidden, self._open[-1], hidden=True))
            check_number(self.blocks)
        self._within_line.clear()
        self._soft = False

    def _add_block(self, text: str, marked: str) -> None:
        number = self._open[-1]
        self.nodes[number].end = _OPEN
        anchors = tuple(self._anchors) if self._anchors else ()
        hidden = self._hidden_within > 0
        self.blocks.append(Block(text, marked, number, anchors, (), self._soft, hidden))
        check_number(self.blocks)
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
        hidden = all(block.hidden for block in inside)
        self.blocks[first:] = [Block(text, text, number, anchors, texts, hidden=hidden)]
        del self.nodes[number + 1 :]


def _text(marked: str) -> str:
    """Return the text of a piece. A page's frame is the same again and again: it is kept."""
    return _kept_text(marked) if len(marked) <= _SHORT else _clean_text(marked)


def _clean_text(marked: str) -> str:
    return clean(marked.replace(MARK, "") if MARK in marked else marked)


_kept_text = lru_cache(maxsize=8192)(_clean_text)
