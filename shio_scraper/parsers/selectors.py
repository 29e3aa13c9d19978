"""What a map's selectors find on a page: CSS, by field, of a family whose form does not tell."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from parsel import Selector
from parsel.csstranslator import HTMLTranslator

from shio_scraper.pages import Page
from shio_scraper.pages.html import read_html
from shio_scraper.parsers.dates import find
from shio_scraper.parsers.heading import Heading
from shio_scraper.texts import clean

RULE = "selector of the map"


class Selected(NamedTuple):
    """The first thing that a selector finds: its text, and its blocks, none for an attribute."""

    text: str
    blocks: range


def select(page: Page) -> dict[str, Selected | None]:
    """Return what each selector of the page's family finds, by field; ``None`` for nothing."""
    family = page.address.family if page.address else None
    if family is None or not family.selectors or not page.markup:
        return {}
    document = Selector(text=page.markup, type="html")
    return {name: _first(page, document, css) for name, css in family.selectors.items()}


def heading_of(found: Selected | None) -> Heading | None:
    """Return the title that a selector finds, its day not known yet."""
    if not found or not found.blocks:
        return None
    first, last = found.blocks[0], found.blocks[-1]
    return Heading(first, last + 1, found.text, None, RULE, last, dated=False)


def date_heading(page: Page, heading: Heading, found: Selected | None) -> None:
    """Give a title the day that a selector finds, where it finds one."""
    days = find(found.text, page.portal.dates) if found else []
    if found and days:
        heading.day, heading.dated, heading.rule = days[0].day, True, f"{heading.rule}, day: {RULE}"
        heading.day_at = found.blocks[0] if found.blocks else None
        if heading.day_at == heading.end:
            heading.end += 1


def container(page: Page, found: Selected | None) -> int | None:
    """Return the innermost node that holds all that a selector finds."""
    if not found or not found.blocks:
        return None
    first, end = found.blocks[0], found.blocks[-1] + 1
    around = [i for i, node in enumerate(page.nodes) if node.start <= first and node.end >= end]
    return max(around, key=lambda i: (page.nodes[i].start - page.nodes[i].end, i))


def _first(page: Page, document: Selector, css: str) -> Selected | None:
    for element in document.xpath(_xpath(css)):
        if isinstance(element.root, str):  # ::text, ::attr(…)
            texts = [clean(element.root)]
        else:
            texts = [block.text for block in read_html(element.get().encode()).blocks]
        if any(texts):
            return Selected(" ".join(texts), _place(page, texts))
    return None


@lru_cache
def _xpath(css: str) -> str:
    return HTMLTranslator().css_to_xpath(css)


def _place(page: Page, texts: list[str]) -> range:
    """Return the blocks that hold ``texts``: a run of the same, or one of which they are part."""
    here, count = [block.text for block in page.blocks], len(texts)
    for start in range(len(here) - count + 1):
        if here[start : start + count] == texts:
            return range(start, start + count)
    within = next((i for i, text in enumerate(here) if count == 1 and texts[0] in text), None)
    return range(0) if within is None else range(within, within + 1)
