"""What the fields of a block left of it: text beside a title, a date, a source, a row's cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from shio_scraper.parsers.event import EventPage
from shio_scraper.parsers.extract import Extraction
from shio_scraper.parsers.frame import Frame
from shio_scraper.parsers.heading import Heading
from shio_scraper.parsers.labels import any_of
from shio_scraper.parsers.parts import own_reading
from shio_scraper.parsers.readings import ArticleReading
from shio_scraper.parsers.roles import Role
from shio_scraper.parsers.status import StatusRow
from shio_scraper.parsers.words import words_of
from shio_scraper.portals import Portal

_AROUND: Final = " -–—|()（）[]"
"""What may stand between a title and its date."""


def left_over(extraction: Extraction) -> Iterator[tuple[int, str]]:
    """Yield position and text of what stands in a claimed block and no field has.

    Of a sidebar that was read before nothing is told again.
    """
    frame, reading = extraction.frame, own_reading(extraction)
    if isinstance(reading, ArticleReading):
        yield from _beside_title(frame, reading.heading, reading.body.source.value)
        yield from _beside_source(frame, reading)
    elif reading:
        yield from _beside_title(frame, reading.heading, None)
    if isinstance(reading, EventPage):
        yield from _beside_contact(reading)
    read = {one.position for one in extraction.readings if isinstance(one, StatusRow)}
    for position in sorted(read - frame.scattered.keys()):
        rows = frame.rows[position]
        cells = [cell for row in rows for cell in (row.day, row.number, row.word)]
        if rest := _without(frame.page.blocks[position].text, cells):
            yield position, rest


def visible(text: str) -> int:
    """Return how many characters of a clean text are to be seen: all but its spaces."""
    return len(text) - text.count(" ")


def _beside_title(frame: Frame, heading: Heading, source: str | None) -> Iterator[tuple[int, str]]:
    for position in range(heading.start, heading.end):
        text = frame.page.blocks[position].text
        if frame.roles[position] is not Role.TITLE or text in heading.title:
            continue
        rest = _without(text, [heading.title, source])
        if not rest or frame.labels.moment.fullmatch(rest.strip(_AROUND)):
            continue
        rest = _without_labels(frame.portal, frame.labels.moment.sub(" ", rest))
        if rest and words_of(frame.portal).read(text).role not in frame.portal.vocabulary.ignored:
            yield position, rest


def _beside_source(frame: Frame, reading: ArticleReading) -> Iterator[tuple[int, str]]:
    for position in reading.body.source.blocks:
        if frame.roles[position] is Role.SOURCE:
            text = _without(frame.page.blocks[position].text, [reading.body.source.value])
            if rest := _without_labels(frame.portal, text):
                yield position, rest


def _beside_contact(event: EventPage) -> Iterator[tuple[int, str]]:
    """A second person is left over, and a number where the telephone has a field of its own."""
    if rest := event.beside_contact():
        yield event.blocks["contact"][0], rest


def _without(text: str, values: Iterable[str | None]) -> str:
    """Return ``text`` without ``values``; nothing where no letter or digit is left."""
    for value in filter(None, values):
        text = text.replace(value, " ", 1)
    return " ".join(text.split()) if any(map(str.isalnum, text)) else ""


def _without_labels(portal: Portal, text: str) -> str:
    return _without(_labels(portal).sub(" ", text), ()) if text else ""


@lru_cache
def _labels(portal: Portal) -> re.Pattern[str]:
    words = portal.vocabulary
    labels = any_of({*words.source_labels, *words.date_labels})
    return re.compile(rf"\b{labels}\s?(?:[:：]|$)|^{labels}\b", re.IGNORECASE)
