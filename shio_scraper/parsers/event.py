"""Events: a title, labelled fields, a body."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from shio_scraper.parsers.article import Body, read_body
from shio_scraper.parsers.dates import parse_moment
from shio_scraper.parsers.frame import CONTENT, SIDEBAR, Frame, Role
from shio_scraper.parsers.heading import Heading, heading_tag
from shio_scraper.parsers.labels import any_of
from shio_scraper.parsers.prose import Prose, is_prose
from shio_scraper.parsers.title import read_title
from shio_scraper.portals import Portal

_LABEL = re.compile(r"[\w /]{2,30}[:：]\s?\S")
_TITLES = frozenset({Role.TEXT, Role.QUESTION, Role.ANSWER})
_ABOVE = SIDEBAR | {Role.EVENTS, Role.NAVIGATION, Role.TABS, Role.SECTION}
_COMMA = re.compile(r"\s*[,，、;；]\s*")
_MOMENTS: Final = frozenset({"registration_deadline", "ends"})


@dataclass(slots=True)
class EventPage:
    """An event, read. ``blocks`` says where each of its ``fields`` stands: label, value."""

    heading: Heading
    phone_form: re.Pattern[str]
    fields: dict[str, str] = field(default_factory=dict)
    blocks: dict[str, tuple[int, ...]] = field(default_factory=dict)
    body: Body = field(default_factory=Body)
    notes: list[str] = field(default_factory=list)
    contact_holds_phone: bool = False

    @property
    def title(self) -> str:
        """The title."""
        return self.heading.title

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
            parts = _COMMA.split(contact)
            number = next(
                (i for i, part in enumerate(parts) if self.phone_form.fullmatch(part)), None
            )
            if number is not None:
                self.contact_holds_phone = True
                name = ", ".join(parts[:number])
                return name or None, phone or ", ".join(parts[number:])
            contact = contact.rstrip(" ,，;；、")
        return contact or None, phone or None


def read_event(frame: Frame) -> EventPage | None:
    """Return the event of the page; ``None`` where it has no title."""
    fields = [i for i, role in enumerate(frame.roles) if role is Role.FIELD]
    heading = _title(frame, fields[0]) if fields else read_title(frame, Prose(frame))[0]
    if heading is None:
        return None
    event = EventPage(heading, frame.labels.phone)
    between = range(heading.end, fields[0] if fields else heading.end)
    heading.inside = tuple(i for i in between if frame.roles[i] in CONTENT)
    values = _read_fields(frame, event, fields[0]) if fields else set()
    if fields:
        last = max({*fields[:1], *values})
        within = range(fields[0], last)
        heading.inside += tuple(
            i for i in within if i not in values and frame.roles[i] in CONTENT - {Role.FIELD}
        )
        heading.end = last + 1
    body = read_body(frame, heading, keep_source=True)
    for position in values:
        frame.roles[position] = Role.FIELD
    event.body = body
    event.notes += body.notes
    return event


def _title(frame: Frame, first: int) -> Heading | None:
    """Return the title above the fields: in a heading element, else right above them.

    Where prose stands right above, the body comes before the fields, and the title
    before the body.
    """
    top = max((i for i in range(first) if frame.roles[i] in _ABOVE), default=-1) + 1
    texts = [i for i in range(top, first) if frame.roles[i] in _TITLES]
    texts = [i for i in texts if heading_tag(frame, i) or not _is_label(frame, i)] or texts
    if not texts:
        return None
    tagged = [i for i in texts if heading_tag(frame, i)]
    prose = is_prose(frame.page.blocks[texts[-1]].text)
    position = tagged[-1] if tagged else texts[0] if prose else texts[-1]
    rule = "heading element" if tagged else "first text" if prose else "line right"
    text = frame.page.blocks[position].text
    return Heading(position, position + 1, text, None, f"{rule} above the fields", position)


def _is_label(frame: Frame, position: int) -> bool:
    return _LABEL.match(frame.page.blocks[position].text) is not None


def shows_one(frame: Frame) -> bool:
    """Tell whether fields say when an event, or its registration, ends; a list says so of many."""
    pattern, names = _fields_of(frame.portal)
    moments: dict[str, set[str]] = {}
    for block, role in zip(frame.page.blocks, frame.roles, strict=True):
        for printed, value in _pairs(pattern, block.text) if role is Role.FIELD else ():
            if (name := names[printed.casefold()]) in _MOMENTS:
                moments.setdefault(name, set()).add(value)
    return bool(moments) and all(len(values) == 1 for values in moments.values())


def _read_fields(frame: Frame, event: EventPage, first: int) -> set[int]:
    """Read the fields from ``first`` on; return their blocks. The first value of a name counts."""
    pattern, names = _fields_of(frame.portal)
    values: set[int] = set()
    waiting: str | None = None
    label = first
    for position in range(first, len(frame.roles)):
        text = frame.page.blocks[position].text
        if frame.roles[position] is Role.FIELD:
            values.add(position)
            *_, waiting = [
                _keep(event, names[name.casefold()], value, position)
                for name, value in _pairs(pattern, text)
            ]
            label = position
        elif waiting and _is_value(frame, waiting, text):
            _keep(event, waiting, text, label, position)
            values.add(position)
            waiting = None
        elif frame.roles[position] in SIDEBAR or (is_prose(text) and not _LABEL.match(text)):
            break
    return values


def _is_value(frame: Frame, name: str, text: str) -> bool:
    """Tell a value on a line of its own from the text that follows an empty field."""
    if name in _MOMENTS:
        return parse_moment(text) is not None
    if name == "phone":
        return frame.labels.phone.fullmatch(text) is not None
    return not is_prose(text)


def _keep(event: EventPage, name: str, value: str, *blocks: int) -> str | None:
    """Keep a field; return its name where the value is still to come."""
    if value:
        event.fields.setdefault(name, value)
        event.blocks.setdefault(name, blocks)
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
def _fields_of(portal: Portal) -> tuple[re.Pattern[str], dict[str, str]]:
    """Return what finds the labels of fields, and the field that each of them names."""
    labels = portal.vocabulary.event_fields
    pattern = re.compile(rf"(?P<name>{any_of(labels)})\s?[:：]", re.IGNORECASE)
    return pattern, {label.casefold(): field for label, field in labels.items()}
