"""Changes of white space, within texts and between elements."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

from lxml.html import HtmlElement

from quality.forms.elements import elements, is_block, text_holders

_NO_BREAK: Final = "\u00a0"


def _in_texts(tree: HtmlElement, change: Callable[[str], str]) -> None:
    for element, name in list(text_holders(tree)):
        setattr(element, name, change(getattr(element, name)))


def spaces_doubled(tree: HtmlElement, _: Random) -> None:
    """Every space is two."""
    _in_texts(tree, lambda text: text.replace(" ", "  "))


def spaces_are_no_break(tree: HtmlElement, _: Random) -> None:
    """Every space is a no-break space."""
    _in_texts(tree, lambda text: text.replace(" ", _NO_BREAK))


def lines_wrapped(tree: HtmlElement, random: Random) -> None:
    """Some spaces are line breaks of the source."""
    _in_texts(
        tree,
        lambda text: "".join(
            "\n    " if letter == " " and random.random() < 0.2 else letter for letter in text
        ),
    )


def zero_width_marks(tree: HtmlElement, _: Random) -> None:
    """Invisible marks stand before each text."""
    _in_texts(tree, lambda text: f"\u200b{text}\ufeff")


def indented(tree: HtmlElement, _: Random) -> None:
    """Blocks stand on indented lines of their own."""
    for element in elements(tree):
        if is_block(element):
            element.tail = f"{element.tail or ''}\n\t\t"
            element.text = f"\n\t\t{element.text or ''}"


def minified(tree: HtmlElement, _: Random) -> None:
    """There is no white space between blocks."""
    for element in elements(tree):
        if is_block(element):
            element.tail = (element.tail or "").strip() or None
            element.text = (element.text or "").lstrip() or None


FORMS: Final = (
    spaces_doubled,
    spaces_are_no_break,
    lines_wrapped,
    zero_width_marks,
    indented,
    minified,
)
