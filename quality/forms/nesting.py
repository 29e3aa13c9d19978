"""Changes of nesting: elements are put into others, or taken out of them."""

from __future__ import annotations

from random import Random
from typing import Final

from lxml.html import HtmlElement

from quality.forms.elements import (
    body_of,
    elements,
    holds_blocks,
    is_block,
    leaves,
    new,
    some,
    wrap,
    wrap_inside,
)  # fmt: skip

_LOOSE: Final = ("p", "div", "h1", "h2", "h3", "h4", "ul", "ol", "table", "dl")
_INLINE: Final = ("span", "font", "em", "b", "i", "strong")


def blocks_wrapped(tree: HtmlElement, random: Random) -> None:
    """About half of the blocks stand in a ``<div>`` of their own."""
    for element in some(elements(tree, *_LOOSE), random):
        wrap(element, "div")


def blocks_wrapped_twice(tree: HtmlElement, random: Random) -> None:
    """About half of the blocks stand in two ``<div>``."""
    for element in some(elements(tree, *_LOOSE), random):
        wrap(wrap(element, "section"), "div")


def body_wrapped(tree: HtmlElement, _: Random) -> None:
    """All of the page is in a ``<div>``."""
    wrap_inside(body_of(tree), "div")


def body_wrapped_deep(tree: HtmlElement, _: Random) -> None:
    """All of the page is forty levels down."""
    for _level in range(40):
        wrap_inside(body_of(tree), "div")


def body_in_a_cell(tree: HtmlElement, _: Random) -> None:
    """All of the page is a cell of a layout table."""
    for tag in ("td", "tr", "table"):
        wrap_inside(body_of(tree), tag)


def page_in_a_form(tree: HtmlElement, _: Random) -> None:
    """All of the page is a form with a hidden state."""
    wrap_inside(body_of(tree), "form")
    next(body_of(tree).iter("form")).insert(0, new("input", type="hidden", value="2014-01-01"))


def text_in_spans(tree: HtmlElement, _: Random) -> None:
    """The content of each block of text is in a ``<span>``."""
    for element in leaves(tree):
        wrap_inside(element, "span")


def text_in_fonts(tree: HtmlElement, _: Random) -> None:
    """The content of each block of text is in ``<font>`` and ``<span>``, as by word processors."""
    for element in leaves(tree):
        wrap_inside(element, "span", lang="EN-US")
        wrap_inside(element, "font", face="Arial")


def text_in_bold(tree: HtmlElement, random: Random) -> None:
    """About half of the blocks of text are bold."""
    for element in some(leaves(tree), random):
        wrap_inside(element, "b")


def cells_in_divs(tree: HtmlElement, _: Random) -> None:
    """The content of each cell or item is in a ``<div>``."""
    for element in elements(tree, "td", "li", "dd"):
        wrap_inside(element, "div")


def divs_unwrapped(tree: HtmlElement, random: Random) -> None:
    """About half of the ``<div>`` and ``<form>`` that only hold blocks are gone."""
    for element in some(elements(tree, "div", "form"), random):
        if not (element.text or "").strip() and all(
            is_block(child) and not (child.tail or "").strip() for child in element
        ):
            element.drop_tag()


def inline_unwrapped(tree: HtmlElement, random: Random) -> None:
    """About half of the inline elements are gone, where white space keeps their text apart."""
    for element in some(elements(tree, *_INLINE), random):
        if not holds_blocks(element) and _is_apart(element):
            element.drop_tag()


def _is_apart(element: HtmlElement) -> bool:
    before = element.getprevious()
    text = (before.tail if before is not None else element.getparent().text) or " "
    after = element.tail or ("" if element.getnext() is not None else " ")
    return text[-1:].isspace() and after[:1].isspace()


FORMS: Final = (
    blocks_wrapped,
    blocks_wrapped_twice,
    body_wrapped,
    body_wrapped_deep,
    body_in_a_cell,
    page_in_a_form,
    text_in_spans,
    text_in_fonts,
    text_in_bold,
    cells_in_divs,
    divs_unwrapped,
    inline_unwrapped,
)
