"""What is odd on a page: text that nobody claims, and claimed text that looks like another field.

docs/trust.md lists the events. Each names what a change of the portal, or damage, leaves behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final, NamedTuple

from shio_scraper.items import AuditEventName
from shio_scraper.parsers.article import Body
from shio_scraper.parsers.boxes import missing
from shio_scraper.parsers.dates import parse_moment, split_dated
from shio_scraper.parsers.event import EventPage
from shio_scraper.parsers.extract import Extraction
from shio_scraper.parsers.faq import Pair
from shio_scraper.parsers.frame import Frame
from shio_scraper.parsers.heading import Heading, heading_tag
from shio_scraper.parsers.interstitial import speaks_instead, titles_another
from shio_scraper.parsers.labels import strip_cut
from shio_scraper.parsers.listing_item import Listed
from shio_scraper.parsers.machine_text import is_nothing, machine_text
from shio_scraper.parsers.parts import UNCLAIMED, Part, own_reading
from shio_scraper.parsers.prose import SENTENCE_END, is_prose
from shio_scraper.parsers.readings import ArticleReading
from shio_scraper.parsers.roles import Role
from shio_scraper.parsers.status import StatusRow
from shio_scraper.parsers.words import words_of
from shio_scraper.portals import fold
from shio_scraper.portals.machine_text import ZERO_DAYS

_LABEL: Final = re.compile(r"[\w /'’()-]{1,30}[:：]\s?\S")
_LONGEST_DATE: Final = 30
_WORD: Final = re.compile(r"[^\W_]")
_MAX_LABELLED: Final = 80
_MAX_HEADING: Final = 60
_ENDS: Final = (*SENTENCE_END, ":", "：", ";", "；", "'", "’", "]", "】", "》")
_BRACKETED: Final = re.compile(r"[(（](.{1,60})[)）]")
_TAG: Final = re.compile(r"</?[a-zA-Z]\w*\b[^<>]*>")
_TAIL: Final = 3
"""How many lines at the end of an article may hold its source, an editor, an attachment."""
_STATUS: Final = frozenset({Role.APPLICATION, Role.INQUIRY, Role.ROW})
_OF_FRAME: Final = frozenset({Role.NAVIGATION, Role.FOOT})
_HEADED: Final = frozenset({*_STATUS, Role.QUESTION, Role.ANSWER, Role.FAQ, Role.MORE})


class Finding(NamedTuple):
    """Something odd: what it is, its text, and the block; ``None`` for what is not there."""

    event: AuditEventName
    text: str
    block: int | None


def find(
    extraction: Extraction, found: Sequence[Part], items: Sequence[Listed]
) -> Iterator[Finding]:
    """Yield what is odd on a page whose blocks are the parts ``found``."""
    frame, reading = extraction.frame, own_reading(extraction)
    if UNCLAIMED in found:
        yield from _unclaimed(frame, found, is_event=isinstance(reading, EventPage))
    if reading:
        yield from _in_title(frame, reading.heading)
    if isinstance(reading, ArticleReading):
        yield from _in_article(frame, reading.body)
    elif isinstance(reading, EventPage):
        yield from _in_event(frame, reading)
    yield from _by_machine(extraction, found)
    yield from _prose_in_frame(frame)
    yield from _of_rows(extraction)
    yield from _of_pairs(extraction)
    yield from (
        Finding("selector_found_nothing", name, None)
        for name, selected in extraction.selected.items()
        if selected is None
    )
    yield from (Finding("missing_part", what, None) for what in missing(extraction))
    yield from _of_items(frame, items)


def _unclaimed(frame: Frame, found: Sequence[Part], *, is_event: bool) -> Iterator[Finding]:
    """Name each block that nobody claims by what stands around it."""
    for position, part in enumerate(found):
        if part is UNCLAIMED:
            text = frame.page.blocks[position].text
            yield Finding(_kind(frame, position, text, is_event=is_event), text, position)


def _kind(frame: Frame, position: int, text: str, *, is_event: bool) -> AuditEventName:
    roles = frame.roles
    above = roles[position - 1] if position else None
    following = roles[position + 1 : position + 3]
    if above in _STATUS and (any(map(str.isdigit, text)) or Role.ROW in following[:1]):
        return "row_form"
    if len(text) <= _MAX_HEADING and not text.endswith(SENTENCE_END):
        if _HEADED.intersection(following) or heading_tag(frame, position):
            return "unknown_heading"
        beside = is_event or above in {Role.TITLE, Role.PARAGRAPH}
        if beside and roles[position] not in {Role.FIELD, Role.VALUE} and _LABEL.match(text):
            return "unknown_label"
    return "unclaimed_text"


def _in_title(frame: Frame, heading: Heading) -> Iterator[Finding]:
    """A title that is a phrase, an undated sentence, or has no word in it, is some other line."""
    title = heading.title
    has_word = len(title) > _LONGEST_DATE or _WORD.search(frame.labels.date.sub("", title))
    is_phrase = _is_phrase(frame, title) or titles_another(title) or is_nothing(title)
    is_other = is_phrase or title in frame.portal.vocabulary.furniture or strip_cut(title)[1]
    if not has_word or is_other or _is_sentence(frame, heading):
        yield Finding("odd_title", heading.title, heading.title_at)


def _is_sentence(frame: Frame, heading: Heading) -> bool:
    """Tell whether an undated title is the first sentence of the text, as where it was lost."""
    is_loose = not heading.dated and heading_tag(frame, heading.start) is None
    return is_loose and heading.title.endswith((".", "。"))


def _in_article(frame: Frame, body: Body) -> Iterator[Finding]:
    """What looks like something else at the ends of a body, or among its lines."""
    if body.paragraphs:
        yield from _at_ends(frame, body)
        yield from _among_lines(frame, body)


def _at_ends(frame: Frame, body: Body) -> Iterator[Finding]:
    """A line that may be a field whose label is not known, or no sentence; a body that stops."""
    for position, text in body.lines[-_TAIL:]:
        if is_labelled(_unbracketed(text)):
            yield Finding("unknown_label", text, position)
    last = _unbracketed(body.paragraphs[-1])
    is_open = not last.endswith(_ENDS) and not is_labelled(last)
    if not body.gated and (is_open or any(strip_cut(text)[1] for text in body.paragraphs)):
        yield Finding("open_end", body.paragraphs[-1], body.joined[-1][-1])
    first, position = body.paragraphs[0], body.joined[0][0]
    if len(body.paragraphs) > 1 and not is_prose(first) and not heading_tag(frame, position):
        yield Finding("stray_line", first, position)


def _among_lines(frame: Frame, body: Body) -> Iterator[Finding]:
    """A line that is another part's, or that stands there twice."""
    is_alone, above = len(body.paragraphs) == 1, ""
    for position, text in body.lines:
        is_odd = _TAG.fullmatch(text) or (is_alone and speaks_instead(text))
        if is_odd or _is_phrase(frame, text):
            yield Finding("stray_line", text, position)
        if text == above and is_prose(text):
            yield Finding("repeated_line", text, position)
        above = text


def _unbracketed(text: str) -> str:
    """Return a short line without the brackets around it, as some sources stand in them."""
    match = _BRACKETED.fullmatch(text)
    return match[1] if match else text


def _in_event(frame: Frame, event: EventPage) -> Iterator[Finding]:
    """A line among an event's text that looks like one of its fields."""
    last = max(chain.from_iterable(event.blocks.values()), default=0)
    for position, text in event.body.lines:
        is_value = parse_moment(text, event.dates) or frame.labels.phone.fullmatch(text)
        if is_labelled(text) or is_value:
            yield Finding("unknown_label", text, position)
        elif position < last and not is_prose(text):
            yield Finding("stray_line", text, position)


def is_labelled(text: str) -> bool:
    """Tell whether a line has the form of a labelled field, and is no sentence.

    >>> is_labelled("Editor: Zhu Lan"), is_labelled("He said: we will see.")
    (True, False)
    """
    short = len(text) <= _MAX_LABELLED and not text.endswith(SENTENCE_END)
    return short and _LABEL.match(text) is not None


def _by_machine(extraction: Extraction, found: Sequence[Part]) -> Iterator[Finding]:
    """A field that holds what a template, a failing program or a banner printed, or no value."""
    for position, part in enumerate(found):
        if part.by == "claimed":
            text = extraction.frame.page.blocks[position].text
            source = extraction.frame.labels.source(text)
            if machine_text(text) or (source and is_nothing(source)):
                yield Finding("machine_text", text, position)
    own = own_reading(extraction)
    if own and own.heading.day and own.heading.day.isoformat() in ZERO_DAYS:
        yield Finding("machine_text", own.heading.day.isoformat(), own.heading.day_at)


def _of_pairs(extraction: Extraction) -> Iterator[Finding]:
    """An answer that is its question again."""
    for reading in extraction.readings:
        if isinstance(reading, Pair) and reading.answer == reading.question:
            yield Finding("repeated_line", " ".join(reading.answer), reading.first)


def _prose_in_frame(frame: Frame) -> Iterator[Finding]:
    """A sentence that the markup calls navigation or a footer may be the body's."""
    for position, block in enumerate(frame.page.blocks):
        if len(block.text) > _MAX_LABELLED and not block.anchors and _is_text(frame, position):
            yield Finding("prose_in_frame", block.text, position)


def _is_text(frame: Frame, position: int) -> bool:
    if frame.roles[position] not in _OF_FRAME:
        return False
    text = frame.page.blocks[position].text
    return text.endswith(SENTENCE_END) and words_of(frame.portal).read(text).role is Role.TEXT


def _is_phrase(frame: Frame, text: str) -> bool:
    """Tell whether a short text is one of the frame's phrases."""
    return len(text) <= _MAX_HEADING and fold(text) in frame.portal.vocabulary.roles


def _of_rows(extraction: Extraction) -> Iterator[Finding]:
    for reading in extraction.readings:
        if not isinstance(reading, StatusRow):
            continue
        if reading.status == "other":
            yield Finding("unknown_status_word", reading.row.word or "", reading.position)
        if reading.row.number and reading.serial == reading.row.number:
            yield Finding("row_form", reading.row.number, reading.position)


def _of_items(frame: Frame, items: Sequence[Listed]) -> Iterator[Finding]:
    # What day events are listed by is not known; elsewhere an item is a link like any other.
    address = frame.page.address
    is_dated = address is not None and address.kind == "listing"
    for item in items:
        if is_dated and item.day is None:
            yield Finding("undated_item", item.title, item.blocks[0])
        for position in item.blocks[1:]:
            text = frame.page.blocks[position].text
            dated = split_dated(text, frame.portal.dates)
            if dated and dated.title and dated.title not in item.title:
                yield Finding("item_without_link", text, position)
