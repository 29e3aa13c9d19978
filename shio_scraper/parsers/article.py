"""Articles: title, day, section and body, and what the selectors of a map find of these."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import takewhile
from typing import Final

from parsel import Selector
from parsel.csstranslator import HTMLTranslator

from shio_scraper.pages import Page
from shio_scraper.pages.html import read_html
from shio_scraper.parsers.body import Body, read_body
from shio_scraper.parsers.dateline import find_day, settle_day
from shio_scraper.parsers.dates import find
from shio_scraper.parsers.days import portal_day
from shio_scraper.parsers.doubts import doubts
from shio_scraper.parsers.frame import Frame, Role
from shio_scraper.parsers.heading import Heading, dated_headings, heading_tag
from shio_scraper.parsers.interstitial import is_stranger, says_not_found
from shio_scraper.parsers.lists import is_listing
from shio_scraper.parsers.prose import ENOUGH, SENTENCE_END, Prose, has_prose
from shio_scraper.parsers.records import NOT_THERE, Field, own_fields
from shio_scraper.parsers.result import Extraction, Selected
from shio_scraper.parsers.roles import words_of
from shio_scraper.parsers.status import SIDEBAR_FORM
from shio_scraper.parsers.title import (
    choose,
    read_title,
    rivals,
    section_and_category,
    section_heading,
)
from shio_scraper.portals import ANY_SITE
from shio_scraper.texts import clean

_OF_ARTICLE: Final = frozenset({Role.TITLE, Role.PARAGRAPH, Role.SOURCE, Role.GATE, Role.SPEAKER})
_HEAD_LISTS: Final = frozenset({Role.APPLICATION, Role.INQUIRY, Role.FAQ})
"""Roles of a title that heads rows or question and answer pairs, and so heads no article."""
_SELECTED: Final = "selector of the map"


def shows_article(frame: Frame) -> bool:
    """Tell whether a page shows an article: a dated title above prose, or, on any site, prose."""
    if frame.portal is ANY_SITE:
        prose = Prose(frame)
        if sum(prose.weights[i] for i in prose.text) >= ENOUGH:
            return True
    headings = dated_headings(frame)
    if not headings:
        return False
    title = choose(frame, headings)
    dated = [heading for heading in headings if heading.start >= title.start]
    return not is_listing(frame, dated) and has_prose(frame, title.end)


def lost_article(frame: Frame) -> bool:
    """Tell whether prose stands below a section: this is an article whose title line was lost."""
    sections = [i for i, role in enumerate(frame.roles) if role in {Role.SECTION, Role.CATEGORY}]
    if not sections or Role.TABS in frame.roles:
        return False
    pairs = (i for i, role in enumerate(frame.roles) if role in SIDEBAR_FORM)
    return has_prose(frame, sections[0], next(pairs, None))


def read_article(result: Extraction, rule: str) -> bool:
    """Read the page's article, which ``rule`` recognised. Notes and rejects say what is missing."""
    frame = result.frame
    prose = Prose(frame)
    result.selected = _select(result.page)
    heading = page_title(result, prose)
    if heading is None or words_of(frame.portal).read(heading.title).role in _HEAD_LISTS:
        return True
    headings = dated_headings(frame)
    twins = [] if frame.portal is ANY_SITE else rivals(frame, heading, headings)
    if twins:
        result.reject("two_titles", f"{heading.title!r} and {twins[0].title!r}")
        return True
    section, category = section_and_category(frame, heading)
    node = _container(result.page, result.selected.get("paragraphs"))
    body = read_body(frame, heading, prose=prose, container=node)
    if source := result.selected.get("source"):
        named = frame.labels.source(source.text) or source.text
        body.source = Field(named, tuple(source.blocks), _SELECTED)
        for position in source.blocks:
            frame.roles[position] = Role.SOURCE
    if not heading.dated and not body.paragraphs.value:
        result.reject("no_title", "an article's address, but neither date nor body")
        return True
    if frame.portal is not ANY_SITE and is_cut(frame, body):
        result.reject("truncated", "the page ends within the article")
        return True
    published = read_published(result, heading)
    fields = {
        **own_fields(
            frame.page, frame.language, "article", rule, title=heading.field, day=published
        ),
        "section": section,
        "category": category,
        "published": published,
        "paragraphs": body.paragraphs,
        "source": body.source,
        "gated": body.gated,
        "teaser": Field(None, (), "the listing, not this page"),
        "images": body.images,
        "attachments": body.attachments,
        "links": body.links,
    }
    result.add(fields, doubts(frame, heading, fields, prose))
    result.notes.update(body.notes)
    result.note("second_title", any(h.start in body.blocks and not h.listed for h in headings))
    result.note("no_body", not body.paragraphs.value)
    return True


def page_title(result: Extraction, prose: Prose) -> Heading | None:
    """Return the title of the page, or ``None`` if it has none. A reject then says why."""
    frame = result.frame
    heading = _selected_heading(result.selected.get("title")) or read_title(frame, prose)
    if heading is None:
        if not says_not_found(result):
            result.reject("no_title", "an article's address, but no title")
        return None
    _select_day(result.page, heading, result.selected.get("published"))
    if not heading.dated:
        find_day(frame, heading, prose)
    if frame.portal is ANY_SITE:
        settle_day(frame, heading)
    return heading if heading.dated else _undated_title(result, heading)


def _undated_title(result: Extraction, heading: Heading) -> Heading | None:
    """Return the title of a page without a day, or ``None`` if it is no title. Rejects say why."""
    frame = result.frame
    if says_not_found(result):
        return None
    if frame.portal is not ANY_SITE and is_stranger(frame):
        result.instead = True
        result.reject("no_frame", f"neither a date nor the portal's frame: {heading.title!r}")
        return None
    if not heading.title.endswith((".", "。")) or heading_tag(frame, heading.start):
        return heading
    # The heading is the first sentence of the text, not a title.
    if result.kind == "standing":
        return section_heading(frame, heading.start) or heading
    result.reject("no_title", f"an article's address, but no title above {heading.title!r}")
    return None


def read_published(result: Extraction, heading: Heading) -> Field:
    """Return the date that the page prints. A note says why there is none, or no possible one."""
    day, page = heading.day, result.page
    blocks = () if heading.day_at is None else (heading.day_at,)
    if day is None:
        result.note("bad_date" if heading.dated else "no_date")
        return Field(None, blocks, "no such day in the calendar" if heading.dated else NOT_THERE)
    if page.fetched_at and day > portal_day(page.fetched_at, page.portal.zone):
        result.note("future_date")
        return Field(None, blocks, "a day after the day of the capture is no date")
    portal_id = page.address.portal_id if page.address else None
    match = re.fullmatch(page.portal.id_date, portal_id or "")
    if match and "".join(match.groups()) != day.isoformat().replace("-", ""):
        result.note("id_date_mismatch")
    return Field(day, blocks, heading.rule)


def is_cut(frame: Frame, body: Body) -> bool:
    """Tell whether the page ends within the body. Then no part of the frame follows the body."""
    page = frame.page
    after = takewhile(lambda role: role not in _OF_ARTICLE, reversed(frame.roles))
    if any(role in SIDEBAR_FORM or role is Role.FOOT for role in after):
        return False
    if page.truncated or not page.unclosed:
        return page.truncated
    if body.source.value or body.gated.value:
        return False
    text = body.paragraphs.value
    return not text or not text[-1].endswith(SENTENCE_END)


def _select(page: Page) -> dict[str, Selected | None]:
    """Return the match of each selector of the page's family by field; ``None`` if none matches."""
    family = page.address.family if page.address else None
    if family is None or not family.selectors or not page.markup:
        return {}
    document = Selector(text=page.markup, type="html")
    return {name: _first(page, document, css) for name, css in family.selectors.items()}


def _selected_heading(selected: Selected | None) -> Heading | None:
    """Return the title that a selector finds. Its day is not known yet."""
    if not selected or not selected.blocks:
        return None
    first, last = selected.blocks[0], selected.blocks[-1]
    return Heading(first, last + 1, selected.text, None, _SELECTED, last, dated=False)


def _select_day(page: Page, heading: Heading, selected: Selected | None) -> None:
    """Give a title the day that a selector finds, if the selector finds a day."""
    days = find(selected.text, page.portal.dates) if selected else []
    if selected and days:
        heading.day, heading.dated = days[0].day, True
        heading.rule = f"{heading.rule}, day: {_SELECTED}"
        heading.day_at = selected.blocks[0] if selected.blocks else None
        if heading.day_at == heading.end:
            heading.end += 1


def _container(page: Page, selected: Selected | None) -> int | None:
    """Return the innermost node that holds everything that a selector finds."""
    if not selected or not selected.blocks:
        return None
    first, end = selected.blocks[0], selected.blocks[-1] + 1
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
    """Return the blocks whose texts are ``texts``, or the block that contains a single text."""
    page_texts, count = [block.text for block in page.blocks], len(texts)
    for start in range(len(page_texts) - count + 1):
        if page_texts[start : start + count] == texts:
            return range(start, start + count)
    within = next((i for i, text in enumerate(page_texts) if count == 1 and texts[0] in text), None)
    return range(0) if within is None else range(within, within + 1)
