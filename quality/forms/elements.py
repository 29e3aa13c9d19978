"""Functions on elements that the changes of form share."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

from lxml import etree
from lxml.html import HtmlElement, builder

BLOCKS: Final = frozenset(
    (
        "address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt",
        "fieldset", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "html", "li",
        "main", "nav", "ol", "p", "pre", "section", "table", "tbody", "td", "tfoot", "th",
        "thead", "tr", "ul",
    )
)  # fmt: skip
HIDDEN: Final = frozenset(
    (
        "head", "noscript", "script", "select", "style", "template", "textarea", "title",
    )
)  # fmt: skip
HEADINGS: Final = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])


def body_of(tree: HtmlElement) -> HtmlElement:
    """Return the body."""
    return next(tree.iter("body"))


def elements(tree: HtmlElement, *tags: str) -> list[HtmlElement]:
    """Return the visible elements below the body, in order: of ``tags``, or of all tags."""
    return [one for one in _visible(body_of(tree)) if not tags or one.tag in tags]


def _visible(element: HtmlElement) -> Iterator[HtmlElement]:
    for child in element:
        if isinstance(child.tag, str) and child.tag not in HIDDEN:
            yield child
            yield from _visible(child)


def some(found: list[HtmlElement], random: Random) -> list[HtmlElement]:
    """Return about half of the elements, in order."""
    return [one for one in found if random.random() < 0.5]


def is_block(element: HtmlElement) -> bool:
    """Tell whether an element stands on lines of its own."""
    return element.tag in BLOCKS


def holds_blocks(element: HtmlElement) -> bool:
    """Tell whether an element holds a block."""
    return any(is_block(one) for one in element.iterdescendants(tag=etree.Element))


def leaves(tree: HtmlElement) -> list[HtmlElement]:
    """Return the blocks that hold text and no other block."""
    return [
        one
        for one in elements(tree)
        if is_block(one) and not holds_blocks(one) and "".join(one.itertext()).strip()
    ]


def new(tag: str, text: str = "", **attributes: str) -> HtmlElement:
    """Return a new element."""
    element: HtmlElement = builder.E(tag, text, **attributes)
    return element


def wrap(element: HtmlElement, tag: str, **attributes: str) -> HtmlElement:
    """Put an element into a new element, which takes its place."""
    around = new(tag, **attributes)
    around.tail, element.tail = element.tail, None
    element.getparent().replace(element, around)
    around.append(element)
    return around


def wrap_inside(element: HtmlElement, tag: str, **attributes: str) -> None:
    """Put the whole content of an element into a new element within it."""
    inner = new(tag, **attributes)
    inner.text, element.text = element.text, None
    inner.extend(list(element))
    element.append(inner)


def retag(element: HtmlElement, tag: str) -> None:
    """Change the tag of an element."""
    element.tag = tag


def put_before(element: HtmlElement, other: HtmlElement) -> None:
    """Put the new element ``other`` in front of an element."""
    parent = element.getparent()
    parent.insert(parent.index(element), other)


def text_holders(tree: HtmlElement) -> Iterator[tuple[HtmlElement, str]]:
    """Yield every visible text: the element, and whether it is its ``text`` or its ``tail``."""
    root = body_of(tree)
    for element in (root, *elements(tree)):
        if element.tag not in {"pre", "br", "hr", "img", "input"} and (element.text or "").strip():
            yield element, "text"
        if element is not root and (element.tail or "").strip():
            yield element, "tail"
