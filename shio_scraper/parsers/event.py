"""Events: a title, labelled fields, a body."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from shio_scraper.items import Link
from shio_scraper.parsers.article import read_body
from shio_scraper.parsers.dates import parse_moment
from shio_scraper.parsers.frame import Frame, Role
from shio_scraper.parsers.heading import Heading
from shio_scraper.portal import Portal

_PHONE = re.compile(r"[+(（]?\d[\d\s()（）+/;、-]{4,}\d(?:\s?(?:ext\.?|转|x)\s?\d+)?", re.IGNORECASE)
_COMMA = re.compile(r"\s*[,，、;；]\s*")


@dataclass(slots=True)
class EventPage:
    """An event, read."""

    title: str
    fields: dict[str, str] = field(default_factory=dict)
    paragraphs: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def moment(self, name: str) -> str | None:
        """Return field ``name`` as ISO 8601, ``None`` where it is missing or no date."""
        value = self.fields.get(name)
        moment = parse_moment(value) if value else None
        if value and moment is None:
            self.notes.append(f"bad_{name}")
        return moment

    def contact_and_phone(self) -> tuple[str | None, str | None]:
        """Return the contact's name and the telephone; ``Contact:NAME,PHONE`` holds both."""
        contact, phone = self.fields.get("contact"), self.fields.get("phone")
        if contact:
            name, *rest = _COMMA.split(contact)
            number = ", ".join(rest)
            if rest and _PHONE.fullmatch(rest[0]):
                return name or None, phone or number
            if _PHONE.fullmatch(contact) and not phone:
                return None, contact
        return contact or None, phone or None


def read_event(frame: Frame) -> EventPage | None:
    """Return the event of the page; ``None`` where no field stands below a title."""
    first = next((i for i, role in enumerate(frame.roles) if role is Role.FIELD), None)
    if first is None:
        return None
    start = _title(frame, first)
    if start is None:
        return None
    event = EventPage(frame.page.blocks[start].text)
    end = _read_fields(frame, event, first)
    frame.roles[start] = Role.TITLE
    body = read_body(frame, Heading(start, end, event.title, None))
    frame.roles[start + 1 : end] = [Role.FIELD] * (end - start - 1)
    event.paragraphs, event.links = body.paragraphs, body.links
    if body.source:
        event.paragraphs = [*event.paragraphs, _printed_source(frame)]
    event.notes += body.notes
    return event


def _title(frame: Frame, first: int) -> int | None:
    """Return the position of the title: the text right above the fields."""
    return next(
        (
            i
            for i in reversed(range(first))
            if frame.roles[i] in {Role.TEXT, Role.QUESTION, Role.ANSWER}
        ),
        None,
    )


def _read_fields(frame: Frame, event: EventPage, first: int) -> int:
    """Read the fields from ``first`` on; return where they end. The first value of a name counts."""
    pattern = _field_pattern(frame.portal)
    names = {name.casefold(): to for name, to in frame.portal.vocabulary.event_fields.items()}
    waiting: str | None = None
    for position in range(first, len(frame.roles)):
        text = frame.page.blocks[position].text
        if frame.roles[position] is not Role.FIELD:
            if waiting is None or frame.roles[position] not in {Role.TEXT, Role.DATE}:
                return position
            event.fields.setdefault(waiting, text)
            waiting = None
            continue
        *_, waiting = [
            _keep(event, names[name.casefold()], value) for name, value in _pairs(pattern, text)
        ]
    return len(frame.roles)


def _keep(event: EventPage, name: str, value: str) -> str | None:
    """Keep a field; return its name where the value is still to come."""
    if value:
        event.fields.setdefault(name, value)
        return None
    return name


def _pairs(pattern: re.Pattern[str], text: str) -> Sequence[tuple[str, str]]:
    """Part ``Label:value`` fields on one line."""
    matches = list(pattern.finditer(text))
    ends = [*(m.start() for m in matches[1:]), len(text)]
    return [
        (m["name"], text[m.end() : end].strip(" |")) for m, end in zip(matches, ends, strict=True)
    ]


@lru_cache
def _field_pattern(portal: Portal) -> re.Pattern[str]:
    names = sorted(portal.vocabulary.event_fields, key=len, reverse=True)
    return re.compile(rf"(?P<name>{'|'.join(map(re.escape, names))})\s?[:：]", re.IGNORECASE)


def _printed_source(frame: Frame) -> str:
    """An event has no source field: its source line stays text."""
    return next(
        block.text
        for block, role in zip(frame.page.blocks, frame.roles, strict=True)
        if role is Role.SOURCE
    )
