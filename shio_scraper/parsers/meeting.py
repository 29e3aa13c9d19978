"""Reads meetings on any site: the meetings of a list, and the meeting that a page is about.

An item of a list is a meeting if it has a place or an agenda, or if its name says so. An ``Event``
in the markup counts only if the page also prints its name and its day.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date, time
from typing import Final

from shio_scraper.items import Attachment
from shio_scraper.parsers.calendar import Calendar, clock_spans
from shio_scraper.parsers.dates import machine_day
from shio_scraper.parsers.frame import Frame, Role
from shio_scraper.parsers.listed import Listed, lasting
from shio_scraper.parsers.records import (
    NOTHING,
    Field,
    Fields,
    digest,
    key_prefix,
    page_url,
    unique,
)
from shio_scraper.portals import list_words
from shio_scraper.texts import fold

_HELD: Final = re.compile(list_words.MEETING_NOUNS, re.IGNORECASE)
_AGENDA: Final = re.compile(list_words.AGENDA, re.IGNORECASE)
_WHEN: Final = re.compile(rf"(?:{list_words.WHEN})\s*(?:[:：]\s*|\Z|(?=\d))", re.IGNORECASE)
_WHERE: Final = re.compile(rf"(?:{list_words.PLACE})\s*(?:[:：]\s*|\Z)", re.IGNORECASE)
_LIST: Final = "an item of a list"
_FEWEST: Final = 2
_TEASER: Final = 500
"""Most characters of a meeting's teaser in a list: a part of an article has more."""
_BELOW: Final = 6
"""Most blocks from a heading to the day of the meeting below it."""
_LONGEST: Final = 200
"""Most characters of a line with a time or a place."""
_NEVER: Final = frozenset({Role.NAVIGATION, Role.FOOT, Role.FRAME})
_APART: Final = frozenset({"nav", "footer", "aside", "dialog"})


def is_meeting(item: Listed) -> bool:
    """Tell whether an item is a meeting or an event, not news or a document with a day."""
    if item.day is None or len(item.teaser or "") > _TEASER:
        return False
    has_agenda = any(_AGENDA.search(link.text) for link in item.documents)
    return bool(item.place) or has_agenda or _HELD.search(item.title) is not None


def meetings(items: Collection[Listed], taken: Collection[int]) -> list[Listed]:
    """Return the meetings among a page's items; none if most items with a day are no meetings.

    Items in blocks that are ``taken`` by another record are left out.
    """
    dated = [item for item in items if item.day]
    of_meetings = [item for item in dated if is_meeting(item)]
    if len(of_meetings) < _FEWEST or 2 * len(of_meetings) < len(dated):
        return []
    return [item for item in of_meetings if not any(block in taken for block in item.blocks)]


def fields_of(frame: Frame, item: Listed) -> Fields:
    """Return the fields of the event that is an item of a list."""
    blocks = tuple(item.blocks)
    said = f"{item.title} {item.starts or item.day} {item.place or ''}"
    key = f"event/{frame.language.value}/{key_prefix(frame.page)}{digest(said)}"
    starts = item.starts or (item.day.isoformat() if item.day else None)
    documents = [Attachment(url=link.url, text=link.text) for link in item.documents]
    links = [link for link in item.links if link not in item.documents]
    return {
        "type": Field("event", (), _LIST),
        "key": Field(key, blocks, "language, and digest of title, time and place"),
        "language": frame.language,
        "url": page_url(frame.page),
        "portal_id": NOTHING,
        "title": Field(item.title, blocks, f"{_LIST}, or the heading above"),
        "registration_deadline": NOTHING,
        "starts": Field(starts, blocks, f"{_LIST}: its day, and the time behind it"),
        "ends": Field(item.ends, blocks, f"{_LIST}: the second time") if item.ends else NOTHING,
        "place": Field(item.place, blocks, f"{_LIST}: a label, or the form of a place"),
        "contact": NOTHING,
        "phone": NOTHING,
        "documents": Field(documents, blocks, f"{_LIST}: its files"),
        "paragraphs": Field([], (), _LIST),
        "links": Field(links, blocks, _LIST),
    }


def page_meeting(frame: Frame) -> Fields | None:
    """Return the time and place of the meeting that the page is about.

    Return ``None`` if the page is about no meeting, or about several. The title is among the
    fields if the markup names the meeting.
    """
    calendar = Calendar(frame)
    said = _said(frame, calendar) or _labelled(frame, calendar)
    return said or _below_its_name(frame, calendar)


def _said(frame: Frame, calendar: Calendar) -> Fields | None:
    """Return the fields of the one event in the page's markup, if its name and day are printed."""
    events = {(name, starts, ends, place) for name, starts, ends, place in frame.page.said.events}
    if len({(name, starts) for name, starts, *_ in events}) != 1:
        return None
    name, starts, ends, place = max(events, key=lambda event: len("".join(event)))
    day, plain = machine_day(starts), fold(name).casefold()
    if day is None or not plain:
        return None
    blocks = frame.page.blocks
    named = next((i for i, b in enumerate(blocks) if plain in fold(b.text).casefold()), None)
    if named is None or (printed := _prints(frame, calendar, day)) is None:
        return None
    at, clocks = printed
    place = "" if _WHERE.fullmatch(place) else place
    where = next((i for i, block in enumerate(blocks) if place and place in block.text), None)
    rule = "the page's markup of an event, and the day is printed"
    meeting = _when(day, clocks, (at,), rule)
    ends_on = machine_day(ends)
    if meeting["ends"] is NOTHING and ends_on and ends_on > day:
        meeting["ends"] = Field(ends_on.isoformat(), (at,), rule)
    if where is not None:
        meeting["place"] = Field(place, (where,), rule)
    return {**meeting, "title": Field(name, (named,), rule)}


def _when(day: date, clocks: tuple[time, ...], blocks: tuple[int, ...], rule: str) -> Fields:
    """Return start and end of a meeting by the times ``clocks`` of a day; its place is unknown."""
    starts, ends = lasting(day, clocks)
    return {
        "starts": Field(starts or day.isoformat(), blocks, rule),
        "ends": Field(ends, blocks, rule) if ends else NOTHING,
        "place": NOTHING,
    }


def _prints(frame: Frame, calendar: Calendar, day: date) -> tuple[int, tuple[time, ...]] | None:
    """Return the block that prints ``day``, and the times of day in it or right below it.

    If several blocks print the day, the first with a time is returned.
    """
    first = None
    blocks = frame.page.blocks
    for position, block in enumerate(blocks):
        if any(printed.day == day for printed in calendar.days(block.text, position)):
            for text in (line.text for line in blocks[position : position + 2]):
                if len(text) <= _LONGEST and (clocks := clock_spans(text)):
                    return position, tuple(clock for *_, clock in clocks)
            first = position if first is None else first
    return None if first is None else (first, ())


def _labelled(frame: Frame, calendar: Calendar) -> Fields | None:
    """Return the fields behind labels, if they give one day and its time or place."""
    days: dict[date, tuple[time, ...]] = {}
    times: tuple[time, ...] = ()
    when: list[int] = []
    place, where = "", (0, 0)
    for position, text in _lines(frame):
        if match := _WHEN.match(text):
            at, line = _value(frame, position, text[match.end() :])
            clocks = tuple(clock for *_, clock in clock_spans(line))
            printed = [day.day for day in calendar.days(line, at) if day.day]
            times = times or clocks
            days.update(dict.fromkeys(printed[:1], clocks))
            when += [position, at] if printed or clocks else []
        elif not place and (match := _WHERE.match(text)):
            at, place = _value(frame, position, text[match.end() :])
            where = (position, at)
    if len(days) != 1 or not (times or place):
        return None
    ((day, clocks),) = days.items()
    rule = "a label, and what stands behind it"
    meeting = _when(day, clocks or times, unique(when), rule)
    return {**meeting, "place": Field(place, unique(where), rule)} if place else meeting


def _below_its_name(frame: Frame, calendar: Calendar) -> Fields | None:
    """Return the fields of a day with its time right below the heading that names a meeting."""
    blocks = frame.page.blocks
    first = (i for i, _ in enumerate(blocks) if frame.page.node(i).heading == "h1")
    position = next(first, None)
    if position is None or not _HELD.search(blocks[position].text):
        return None
    for at, block in enumerate(blocks[position + 1 : position + _BELOW], position + 1):
        days = calendar.days(block.text, at) if len(block.text) <= _LONGEST else []
        clocks = tuple(clock for *_, clock in clock_spans(block.text))
        if len(days) == 1 and days[0].day and clocks:
            return _when(
                days[0].day, clocks, (at,), "a day with a time, below the name of a meeting"
            )
    return None


def _lines(frame: Frame) -> Iterator[tuple[int, str]]:
    for position, block in enumerate(frame.page.blocks):
        is_apart = frame.page.nodes[block.node].part in _APART
        if len(block.text) <= _LONGEST and frame.roles[position] not in _NEVER and not is_apart:
            yield position, block.text


def _value(frame: Frame, position: int, rest: str) -> tuple[int, str]:
    """Return a label's value and its block: the rest of the label's line, else the next line."""
    below = frame.page.blocks[position + 1 : position + 2]
    if rest.strip() or not below or len(below[0].text) > _LONGEST:
        return position, rest.strip()
    return position + 1, below[0].text
