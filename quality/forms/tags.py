"""Changes of tags: an element is replaced by another of its kind."""

from __future__ import annotations

from random import Random
from typing import Final

from lxml.html import HtmlElement

from quality.forms.elements import HEADINGS, elements, holds_blocks, retag


def paragraphs_are_divs(tree: HtmlElement, _: Random) -> None:
    """``<p>`` is ``<div>``."""
    for element in elements(tree, "p"):
        retag(element, "div")


def divs_are_paragraphs(tree: HtmlElement, _: Random) -> None:
    """A ``<div>`` that holds text alone is ``<p>``."""
    for element in elements(tree, "div"):
        if not holds_blocks(element):
            retag(element, "p")


def divs_are_sections(tree: HtmlElement, random: Random) -> None:
    """``<div>`` is ``<section>`` or ``<article>``."""
    for element in elements(tree, "div"):
        retag(element, random.choice(("section", "article")))


def headings_of_another_level(tree: HtmlElement, random: Random) -> None:
    """Headings have another level."""
    for element in elements(tree, *HEADINGS):
        retag(element, f"h{random.randint(1, 6)}")


def headings_are_divs(tree: HtmlElement, _: Random) -> None:
    """Headings are ``<div>``."""
    for element in elements(tree, *HEADINGS):
        retag(element, "div")


def cells_are_headers(tree: HtmlElement, _: Random) -> None:
    """``<td>`` is ``<th>``."""
    for element in elements(tree, "td"):
        retag(element, "th")


def inline_tags_changed(tree: HtmlElement, random: Random) -> None:
    """Inline elements have other tags."""
    for element in elements(tree, "span", "em", "b", "i", "strong", "font"):
        if not holds_blocks(element):
            retag(element, random.choice(("span", "em", "b", "i", "strong", "font", "u", "tt")))


def spans_are_custom_elements(tree: HtmlElement, _: Random) -> None:
    """``<span>`` is an element that HTML does not know."""
    for element in elements(tree, "span", "font"):
        retag(element, "x-text")


FORMS: Final = (
    paragraphs_are_divs,
    divs_are_paragraphs,
    divs_are_sections,
    headings_of_another_level,
    headings_are_divs,
    cells_are_headers,
    inline_tags_changed,
    spans_are_custom_elements,
)
