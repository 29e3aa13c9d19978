"""Reads HTML into blocks, split where a reader sees a new piece. HTML is parsed as browsers do."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Final, NamedTuple

from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser, LexborNode

from shio_scraper.addresses import link_of
from shio_scraper.pages.markup import has_too_many_attributes, is_eaten, is_too_deep
from shio_scraper.pages.page import (
    MARK,
    Anchor,
    Block,
    Cell,
    Image,
    Node,
    UnreadableError,
    check_number,
)
from shio_scraper.pages.said import Said, read_said
from shio_scraper.pages.styles import is_hidden
from shio_scraper.texts import clean

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
    "blockquote": "blockquote",
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
_SPECIAL = _HEADINGS | _ZONES | _PARTS.keys()
_OFTEN_HIDDEN: Final = frozenset({"noscript", "dialog"})
_WITHIN_LINES: Final = frozenset({"inline", "image", "skip"})
_BARE: Final = frozenset({"div", "section"})
_QUOTES: Final = frozenset({"figure", "blockquote"})
"""Elements that may have a ``<footer>`` of their own, which is no part of the frame."""
_MAX_DEPTH: Final = 2_000
_DEEPEST: Final = 128
"""Most nested elements that get a node. A block deeper inside belongs to the innermost node."""
_REPEATED: Final = frozenset({"ul", "ol", "table", "form"})
"""Elements that a site's frame is made of. The same one on several pages is read only once."""
_LONGEST_KNOWN: Final = 4_000
_MOST_KNOWN: Final = 500
_WIDEST: Final = 50
"""Most columns that a cell spans."""
_OPTIONS: Final = LexborDocumentOptions.WO_EVENTS.value


class Markup(NamedTuple):
    """The content of a page: its blocks, nodes and images, and its ``<base href>``.

    ``hidden`` is the number of characters that no reader sees, ``said`` the metadata of the page.
    ``is_eaten`` says that an unclosed comment or element holds the rest of the page.
    """

    blocks: list[Block]
    nodes: list[Node]
    images: list[Image] = []  # noqa: RUF012 - nothing is added to it
    base: str | None = None
    hidden: int = 0
    said: Said = Said()
    is_eaten: bool = False


def read_html(body: bytes, *, with_hidden: bool = False) -> Markup:
    """Return the content of ``body``, in UTF-8; ``with_hidden`` adds what no reader sees.

    Raises ``UnreadableError``: ``too_deep`` for markup nested past 2,000 levels, which is no
    page for readers; ``too_large`` for an element of over 3,000 attributes, or for over 15,000
    blocks or links.
    """
    if is_too_deep(body, scripting=not with_hidden):
        raise _too_deep()
    if has_too_many_attributes(body):
        raise UnreadableError("too_large", "an element of more than 3,000 attributes")
    # The content of <noscript> is text to a browser that runs scripts, and elements to others.
    tree = LexborHTMLParser(body, options=_OPTIONS, scripting=not with_hidden)
    reader = _Reader(with_hidden=with_hidden)
    reader.walk(tree.root)
    lower = body.lower()
    base = tree.css_first("base[href]") if b"<base" in lower else None
    href = base.attributes["href"] if base is not None else None
    said, is_cut = read_said(tree, lower), is_eaten(body, lower, _last(tree.root))
    return Markup(reader.blocks, reader.nodes, reader.images, href, reader.hidden, said, is_cut)


def _last(root: LexborNode | None) -> set[str]:
    """Return the names of the last element below ``root`` and of the elements around it.

    An empty name stands for a body without content.
    """
    names: list[str] = []
    while root is not None:
        names.append(root.tag or "")
        root = root.last_child
    return {*names, *([""] if names[-1:] == ["body"] else ())}


def _too_deep() -> UnreadableError:
    return UnreadableError("too_deep", f"markup nested past {_MAX_DEPTH} levels")


class _Reader:
    """Collects the blocks and nodes of a page in one walk over its tree.

    To read only a part of a page, ``place`` is the node around the part, and ``depth`` the number
    of nodes around it.
    """

    def __init__(self, *, with_hidden: bool, place: Node | None = None, depth: int = 1) -> None:
        self.blocks: list[Block] = []
        self.nodes: list[Node] = [copy(place) if place else Node("html", 0, 0, 0)]
        self.images: list[Image] = []
        self.hidden = 0
        self._with_hidden = with_hidden
        self._is_part = place is not None
        self._hidden_within = 0
        self._within_line: list[str] = []
        self._chunks: list[str] = []
        self._open = [0] * depth
        self._anchors: list[Anchor] = []
        self._links = 0
        self._href: str | None = None
        self._link_title = ""
        self._link_from = 0
        self._link_kept = False
        self._breaks = 0
        self._rows: list[tuple[int, list[Cell]]] = []
        self._preformatted = 0

    def walk(self, root: LexborNode | None) -> None:  # noqa: C901, PLR0912, PLR0915  (the hot loop)
        """Read ``root``, an element that holds blocks, and every node below it."""
        node, chunks, within, kinds = root, self._chunks, _WITHIN_LINES, _KINDS
        blocks, nodes, opened = self.blocks, self.nodes, self._open
        around: list[tuple[LexborNode, str, bool]] = []
        while node is not None:
            tag = node.tag or ""
            kind = kinds.get(tag, "inline")
            following = None
            if kind == "text":
                text = node.text_content or ""
                if self._preformatted and "\n" in text:
                    self._take_lines(text)
                elif chunks or not text.isspace():
                    chunks.append(text)
                following = node.next
            elif kind == "skip" and tag != "noscript":
                following = node.next
            else:
                attributes = node.attributes
                may_hide = "style" in attributes or "hidden" in attributes or tag in _OFTEN_HIDDEN
                hides = may_hide and _hides(tag, attributes)
                if hides and not self._takes_hidden(kind, node):
                    following = node.next
                else:
                    is_known = False
                    if kind in within:
                        if chunks:
                            chunks.append(MARK)
                        if kind == "image":
                            self._take_image(attributes)
                    elif kind == "link":
                        self._open_link(attributes)
                    else:
                        if chunks:
                            self._flush()
                        self._breaks = self._breaks + 1 if tag == "br" else 0
                        is_known = tag in _REPEATED and self._takes_known(node)
                        if kind != "break" and not is_known:
                            self._open_node(kind, tag, attributes)
                    if is_known:
                        following = node.next
                    else:
                        around.append((node, kind, hides))
                        if len(around) > _MAX_DEPTH:
                            raise _too_deep()
                        following = node.first_child
            while following is None and around:
                node, kind, hides = around.pop()
                if kind in within:
                    if chunks:
                        chunks.append(MARK)
                elif kind == "link":
                    self._close_link()
                elif kind != "break":
                    if chunks:
                        self._flush()
                    if kind == "row":
                        self._join_row(*self._rows.pop())
                    elif kind == "pre":
                        self._preformatted -= 1
                    nodes[opened.pop()].end = len(blocks)
                    self._breaks = 0
                if hides:
                    self._flush()
                    self._hidden_within -= 1
                following = node.next if around else None
            node = following
        self._flush()
        nodes[0].end = len(blocks)

    def _takes_known(self, element: LexborNode) -> bool:
        """Add a menu or a box from the cache; return false if ``element`` cannot be cached.

        An element can be cached if it has the same blocks wherever it stands: it is short, and no
        link continues into it. It is read into the cache the first time.
        """
        is_free = self._href is None and not self._anchors and not self._preformatted
        if self._is_part or self._with_hidden or not is_free:
            return False
        html, place, depth = element.html or "", self.nodes[self._open[-1]], len(self._open)
        if len(html) > _LONGEST_KNOWN:
            return False
        key = html, depth, place.zone, place.heading, place.part
        part = KNOWN.get(key)
        if part is None:
            if len(KNOWN) == _MOST_KNOWN:
                KNOWN.clear()
            part = _Reader(with_hidden=False, place=place, depth=depth)
            part.walk(element)
            KNOWN[key] = part
        self._add(part)
        return True

    def _add(self, part: _Reader) -> None:
        """Append the blocks, nodes and images of ``part`` to those of the page."""
        around, shift, start = self._open[-1], len(self.nodes) - 1, len(self.blocks)
        for node in map(copy, part.nodes[1:]):
            node.parent = node.parent + shift if node.parent else around
            node.start += start
            node.end += start
            if node.cells:
                node.cells = tuple(cell._replace(start=cell.start + start) for cell in node.cells)
            self.nodes.append(node)
        for block in map(copy, part.blocks):
            block.node += shift
            self.blocks.append(block)
        self.images += [image._replace(position=image.position + start) for image in part.images]
        self._anchors += part._anchors
        self.hidden += part.hidden
        self._links += part._links
        self._breaks = 0
        check_number(len(self.blocks))
        check_number(self._links, "links")

    def _take_lines(self, text: str) -> None:
        """Read preformatted text: each line break in it begins a new block."""
        first, *lines = text.split("\n")
        self._chunks.append(first)
        for line in lines:
            self._flush()
            self._breaks += 1
            self._chunks.append(line)

    def _takes_hidden(self, kind: str, node: LexborNode) -> bool:
        """Begin an element that no reader sees; return whether its content is read as blocks."""
        if not self._with_hidden:
            self.hidden += len(clean(node.text()))
            return False
        if kind == "inline" and any(map(str.strip, self._chunks)):
            # The line around it continues: the hidden text becomes a block behind that line.
            self._within_line.append(clean(node.text()))
            return False
        self._flush()
        self._hidden_within += 1
        return True

    def _take_image(self, attributes: Mapping[str, str | None]) -> None:
        if source := attributes.get("src"):
            text = clean(attributes.get("alt") or "")
            self.images.append(Image(len(self.blocks), source, text))

    def _open_node(self, kind: str, tag: str, attributes: Mapping[str, str | None]) -> None:
        nodes, parent, start = self.nodes, self._open[-1], len(self.blocks)
        number = len(nodes) if len(self._open) <= _DEEPEST else parent
        self._open.append(number)
        if kind == "row":
            self._rows.append((number, []))
        elif kind == "cell":
            if self._rows:
                self._rows[-1][1].append(_cell(start, tag, attributes))
        elif kind == "pre":
            self._preformatted += 1
        if number == parent:
            return
        around = nodes[parent]
        zone, heading, part = around.zone, around.heading, around.part
        if tag in _SPECIAL:
            zone = tag if tag in _ZONES and part not in _QUOTES else zone
            heading = tag if tag in _HEADINGS else heading
            part = _PARTS.get(tag, part)
        if "role" in attributes:
            part = _ROLES.get((attributes["role"] or "").lower(), part)
        bare = not attributes and tag in _BARE
        nodes.append(Node(tag, parent, start, start, zone, heading, part, bare))

    def _open_link(self, attributes: Mapping[str, str | None]) -> None:
        self._close_link()
        self._href, title = link_of(attributes), attributes.get("title")
        self._link_title = clean(title) if title else ""
        self._link_from = len(self._chunks)
        self._link_kept = False

    def _close_link(self) -> None:
        if self._href is not None:
            self._keep_link(self._href, bare=not self._link_kept)
            self._href = None
        if self._chunks:
            self._chunks.append(MARK)

    def _keep_link(self, href: str, *, bare: bool) -> None:
        text = clean("".join(self._chunks[self._link_from :]).replace(MARK, ""))
        if text or bare:
            self._anchors.append(Anchor(text, href, self._link_title))
            self._link_kept = True
            self._links += 1
            check_number(self._links, "links")

    def _flush(self) -> None:
        """Close the current block. A link that continues beyond it belongs to both blocks."""
        if self._href is not None:
            self._keep_link(self._href, bare=False)
        marked = "".join(self._chunks).rstrip(MARK)
        self._chunks.clear()
        self._link_from = 0
        number, is_hidden = self._open[-1], self._hidden_within > 0
        if text := clean(marked.replace(MARK, "")):
            anchors = tuple(self._anchors)
            self._anchors.clear()
            is_soft, self._breaks = self._breaks == 1, 0
            self.blocks.append(Block(text, marked, number, anchors, (), is_soft, is_hidden))
            check_number(len(self.blocks))
        if self._within_line:
            texts = filter(None, self._within_line)
            self.blocks += [Block(text, text, number, hidden=True) for text in texts]
            self._within_line.clear()

    def _join_row(self, number: int, cells: list[Cell]) -> None:
        """Join the blocks of a table row to one block, if no cell holds more than one block.

        A row with more blocks in a cell is layout, and stays as it is.
        """
        node = self.nodes[number]
        if node.tag == "tr":
            node.cells = tuple(cells)
        first = node.start
        starts = [cell.start for cell in cells]
        inside = self.blocks[first:]
        if len(starts) < 2 or starts[0] != first or not 0 < len(inside) <= len(starts):  # noqa: PLR2004
            return
        texts = [""] * len(starts)
        anchors: list[Anchor] = []
        ends = [*starts[1:], first + len(inside)]
        for index, start, end in zip(range(len(starts)), starts, ends, strict=True):
            if start == end:
                continue
            block = self.blocks[start]
            if end - start > 1 or block.cells:
                return
            texts[index] = block.text
            anchors += block.anchors
        text = " ".join(filter(None, texts))
        hidden = all(block.hidden for block in inside)
        row = Block(text, text, number, tuple(anchors), tuple(texts), hidden=hidden)
        self.blocks[first:] = [row]
        del self.nodes[number + 1 :]
        node.cells = tuple(cell._replace(start=first) for cell in node.cells)


KNOWN: Final[dict[tuple[str, int, str | None, str | None, str | None], _Reader]] = {}
"""The cache of menus and boxes, by their markup, their depth, and the zone, heading and part of the
node around."""


def _cell(start: int, tag: str, attributes: Mapping[str, str | None]) -> Cell:
    spans = (attributes.get(name) or "" for name in ("colspan", "rowspan"))
    columns, rows = (int(n) if n.isascii() and n.isdigit() and len(n) < 4 else 1 for n in spans)  # noqa: PLR2004
    return Cell(start, tag == "th", min(max(columns, 1), _WIDEST), max(rows, 1))


def _hides(tag: str, attributes: Mapping[str, str | None]) -> bool:
    """Tell whether an element hides its content."""
    if tag in _OFTEN_HIDDEN:
        return tag == "noscript" or "open" not in attributes or is_hidden(attributes)
    return is_hidden(attributes)
