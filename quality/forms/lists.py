"""Changes of tables, lists and lines into one another."""

from __future__ import annotations

from random import Random
from typing import Final

from lxml.html import HtmlElement

from quality.forms.elements import elements, holds_blocks, is_block, new, retag

_TO_DIV: Final = ("table", "thead", "tbody", "tfoot", "tr", "td", "th")


def tables_are_divs(tree: HtmlElement, _: Random) -> None:
    """Tables, rows and cells are ``<div>``."""
    for element in elements(tree, *_TO_DIV):
        retag(element, "div")


def data_tables_are_lists(tree: HtmlElement, _: Random) -> None:
    """A table of several columns is a list: a row an item, a cell a ``<span>``."""
    for table in elements(tree, "table"):
        rows = [row for row in table.iter("tr") if len(row) > 1]
        if not rows or any(holds_blocks(cell) for row in rows for cell in row):
            continue
        retag(table, "ul")
        for part in [*table.iter("tbody", "thead")]:
            part.drop_tag()
        for row in [*table.iter("tr")]:
            _row_to_item(row)


def _row_to_item(row: HtmlElement) -> None:
    retag(row, "li")
    for cell in row:
        retag(cell, "span")
        cell.tail = " "


def lists_are_tables(tree: HtmlElement, _: Random) -> None:
    """A list is a table of one column."""
    for element in elements(tree, "ul", "ol"):
        retag(element, "table")
    for item in elements(tree, "li"):
        retag(item, "td")
        row = new("tr")
        row.tail, item.tail = item.tail, None
        item.getparent().replace(item, row)
        row.append(item)


def lists_are_divs(tree: HtmlElement, _: Random) -> None:
    """Lists and items are ``<div>``."""
    for element in elements(tree, "ul", "ol", "li"):
        retag(element, "div")


def bullets_are_numbered(tree: HtmlElement, _: Random) -> None:
    """``<ul>`` is ``<ol>``."""
    for element in elements(tree, "ul"):
        retag(element, "ol")


def terms_are_divs(tree: HtmlElement, _: Random) -> None:
    """Definition lists are ``<div>``."""
    for element in elements(tree, "dl", "dt", "dd"):
        retag(element, "div")


def breaks_are_paragraphs(tree: HtmlElement, _: Random) -> None:
    """Each line before a ``<br>`` is a paragraph, if no line breaks inside a sentence."""
    for element in elements(tree, "div", "td", "dd", "li"):
        breaks = [child for child in element if child.tag == "br"]
        if breaks and not any(is_block(child) for child in element):
            _split(element, "p")


def breaks_are_divs(tree: HtmlElement, _: Random) -> None:
    """Each line before a ``<br>`` is a ``<div>``, if no line breaks inside a sentence."""
    for element in elements(tree, "div", "td", "dd", "li"):
        breaks = [child for child in element if child.tag == "br"]
        if breaks and not any(is_block(child) for child in element):
            _split(element, "div")


def _split(element: HtmlElement, tag: str) -> None:
    lines = [new(tag, element.text or "")]
    for child in list(element):
        if child.tag == "br":
            lines.append(new(tag, child.tail or ""))
        else:
            lines[-1].append(child)
    for child in list(element):
        element.remove(child)
    element.text = None
    element.extend([line for line in lines if len(line) or (line.text or "").strip()])


def breaks_doubled(tree: HtmlElement, _: Random) -> None:
    """``<br>`` is ``<br><br>`` between texts."""
    for element in elements(tree, "br"):
        second = new("br")
        second.tail, element.tail = element.tail, None
        element.addnext(second)


def paragraphs_are_breaks(tree: HtmlElement, _: Random) -> None:
    """Paragraphs that follow each other are lines of one paragraph."""
    for element in elements(tree, "p"):
        before = element.getprevious()
        if before is None or before.tag != "p" or (before.tail or "").strip():
            continue
        lead = new("br")
        lead.tail, element.text = element.text, None
        before.append(lead)
        before.extend(list(element))
        before.tail = element.tail
        element.getparent().remove(element)


FORMS: Final = (
    tables_are_divs,
    data_tables_are_lists,
    lists_are_tables,
    lists_are_divs,
    bullets_are_numbered,
    terms_are_divs,
    breaks_are_paragraphs,
    breaks_are_divs,
    breaks_doubled,
    paragraphs_are_breaks,
)
