"""Events: a title, labelled fields in any order and any markup, and a body."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from shio_scraper.parsers.body import read_body
from shio_scraper.parsers.byline import bylines_of
from shio_scraper.parsers.dates import parse_moment
from shio_scraper.parsers.edges import is_linked
from shio_scraper.parsers.frame import CONTENT, SIDEBAR, Frame, Role
from shio_scraper.parsers.heading import Heading, dated_headings
from shio_scraper.parsers.interstitial import says_not_found
from shio_scraper.parsers.labels import any_of
from shio_scraper.parsers.prose import Prose, is_prose
from shio_scraper.parsers.records import NOTHING, Field, Fields, own_fields
from shio_scraper.parsers.result import Extraction
from shio_scraper.parsers.title import read_title
from shio_scraper.portals import DateRules, Portal, common
from shio_scraper.texts import fold

_LABEL: Final = re.compile(r"[\w /]{2,30}[:：]\s?\S")
_OPENS: Final = r"(?:(?<![a-z])|(?-i:(?<=[a-z])(?=[A-Z])))"
"""Where a label may begin: not within a word, though the element before it may end with one."""
_AROUND: Final = " ,，、;；|()（）"
_MOMENTS: Final = ("registration_deadline", "ends")
_PAIR: Final = 2
_TERMS: Final = frozenset({"dt", "th", "td", "tr"})
"""Elements in which a label needs no colon."""


def shows_event(frame: Frame) -> bool:
    """Tell whether a page shows one event: event fields, and no article's title above these."""
    if Role.FIELD not in frame.roles or not _ends_once(frame):
        return False
    first = frame.roles.index(Role.FIELD)
    return Role.EVENTS in frame.roles or not any(h.start <= first for h in dated_headings(frame))


def read_event(result: Extraction, rule: str, known: Fields | None = None) -> bool:
    """Read the page's event, which ``rule`` recognised. ``known`` are fields read elsewhere."""
    frame = result.frame
    if not known and Role.FIELD not in frame.roles and says_not_found(result):
        return True
    first = next((i for i in range(len(frame.roles)) if _is_field(frame, i)), None)
    heading = read_title(frame, Prose(frame), above=first)
    if heading is None:
        result.reject("no_event", "an event's address, but no title")
        return True
    labelled: Fields = {}
    values = _read_fields(frame, labelled, first) if first is not None else set()
    heading.inside = tuple(_unknown_fields(frame, heading, values))
    for position in (*values, *heading.inside):
        frame.roles[position] = Role.VALUE
    container = _container(frame, heading, values)
    body = read_body(frame, heading, keep_source=True, container=container)
    moments = {name: _moment(labelled.get(name, NOTHING), frame.portal.dates) for name in _MOMENTS}
    day = moments["ends" if moments["ends"].value else "registration_deadline"]
    contact, phone = _contact_and_phone(labelled, frame.labels.phone)
    fields = {
        **own_fields(frame.page, frame.language, "event", rule, title=heading.field, day=day),
        **moments,
        "starts": NOTHING,
        "place": NOTHING,
        "contact": contact,
        "phone": phone,
        "documents": body.attachments,
        "paragraphs": body.paragraphs,
        "links": body.links,
    }
    result.add(fields | (known or {}))
    for name in _MOMENTS:
        result.note(f"bad_{name}", name in labelled and moments[name].value is None)
    result.notes.update(body.notes)
    return True


def _moment(printed: Field, rules: DateRules) -> Field:
    """Return a field in ISO 8601. Its value is ``None`` if it is missing or no date."""
    moment = parse_moment(printed.value, rules) if printed.value else None
    if printed.value and moment is None:
        return printed._replace(value=None, rule="labelled field, but no date of a known form")
    return printed._replace(value=moment)


def _contact_and_phone(labelled: Fields, form: re.Pattern[str]) -> tuple[Field, Field]:
    """Return the contact's name and the telephone number; ``Contact:NAME,PHONE`` holds both.

    Any other text in the contact's field, such as a second person, becomes a rival.
    """
    contact, phone = (labelled.get(name, NOTHING) for name in ("contact", "phone"))
    name, printed = contact.value or "", fold(contact.value or "")
    numbers = [match[0].lstrip("(") for match in form.finditer(printed)]
    if numbers:
        before, _, behind = printed.partition(numbers[0])
        name = _trimmed(before) or _trimmed(behind.rpartition(numbers[-1])[2])
        if not phone.value:
            phone = Field(", ".join(numbers), contact.blocks, "number in the contact field")
            printed = form.sub(" ", printed)
    name = _trimmed(name)
    if numbers:
        rest = printed.replace(name, "", 1).strip(_AROUND)
        rule = "contact field, before its number" if name else "contact field, a number alone"
        contact = contact._replace(rule=rule, rivals=(rest,) if rest else ())
    number = _trimmed(fold(phone.value or "")) or None
    return contact._replace(value=name or None), phone._replace(value=number)


def _is_field(frame: Frame, position: int) -> bool:
    """Tell whether a block begins with a known label."""
    return frame.roles[position] is Role.FIELD or _term(frame, position) is not None


def _term(frame: Frame, position: int) -> tuple[str, str] | None:
    """Return field and value of a label that needs no colon, as it stands in a cell or a term."""
    block = frame.page.blocks[position]
    if frame.roles[position] not in CONTENT - {Role.FIELD} or len(block.cells) > _PAIR:
        return None
    if frame.page.nodes[block.node].tag not in _TERMS:
        return None
    label, *value = block.cells or (block.text,)
    name = _fields_of(frame.portal)[1].get(label.casefold().strip(" :：|"))
    return (name, " ".join(value)) if name else None


def _ends_once(frame: Frame) -> bool:
    """Tell whether fields give one end, of event or registration. A list of events gives many."""
    moments: dict[str, set[str]] = {}
    for position, role in enumerate(frame.roles):
        for name, value in _pairs(frame, position) if role is Role.FIELD else ():
            if name in _MOMENTS:
                moments.setdefault(name, set()).add(value)
    return bool(moments) and all(len(values) == 1 for values in moments.values())


def _read_fields(frame: Frame, labelled: Fields, first: int) -> set[int]:
    """Read the fields from ``first`` on and return their blocks. A name's first value counts."""
    values: set[int] = set()
    waiting: str | None = None
    label = first
    for position in range(first, len(frame.roles)):
        text = frame.page.blocks[position].text
        if pairs := list(_pairs(frame, position)):
            values.add(position)
            *_, waiting = [_keep(labelled, name, value, position) for name, value in pairs]
            label = position
        elif waiting and _is_value(frame, labelled, waiting, text):
            _keep(labelled, waiting, text, label, position)
            values.add(position)
            waiting = None
        elif frame.roles[position] in SIDEBAR or (is_prose(text) and not _LABEL.match(text)):
            break
    return values


def _is_value(frame: Frame, labelled: Fields, name: str, text: str) -> bool:
    """Tell whether a line is the value of the field above, not text that follows an empty field.

    The fields of a page have the same form: if one has its value next to its label, all have.
    """
    if name in _MOMENTS:
        return parse_moment(text, frame.portal.dates) is not None
    if name == "phone":
        return frame.labels.phone.fullmatch(fold(text)) is not None
    is_beside = any(len(field.blocks) == 1 for field in labelled.values())
    return not is_prose(text) and not _LABEL.match(text) and not is_beside


def _keep(labelled: Fields, name: str, value: str, *blocks: int) -> str | None:
    """Keep a field. Return its name if its value still has to come."""
    if value:
        is_one = len(blocks) == 1
        rule = "labelled field" if is_one else "field label, its value in the next block"
        labelled.setdefault(name, Field(value, blocks, rule))
        return None
    return name


def _unknown_fields(frame: Frame, heading: Heading, values: set[int]) -> Iterator[int]:
    """Yield the lines among the fields, of the same make, whose labels no map has: they are text.

    Bylines and tools among the fields are left out.
    """
    makes = {frame.page.make(position) for position in values}
    bylines = bylines_of(frame.portal)
    for position in range(heading.end, max(values, default=0)):
        block = frame.page.blocks[position]
        is_text = frame.roles[position] in CONTENT and position not in values
        if is_text and frame.page.make(position) in makes and _LABEL.match(block.text):
            is_byline = bool(bylines.of(block)) or frame.labels.is_furniture(block.text)
            if not (is_byline or is_linked(block) or is_prose(block.text)):
                yield position


def _container(frame: Frame, heading: Heading, values: set[int]) -> int | None:
    """Return the element that holds the text around or below the fields; ``None`` for no fields.

    If the text stands below the fields, blocks above them are no text: decks, captions.
    """
    if not values:
        return None
    prose, page, last = Prose(frame), frame.page, max(values)
    around = page.ancestors(page.blocks[last].node)
    near = next((node for node in around if prose.within(node, heading.end)), 0)
    is_below = 2 * prose.within(near, last + 1) >= prose.within(near, heading.end)
    start = last + 1 if is_below else heading.end
    container = prose.container(start, page.nodes[near].end)
    below = range(last, page.nodes[container or 0].end)
    makes = {frame.page.make(position) for position in below if prose.weights[position]}
    for position in range(heading.end, last) if makes else ():
        if frame.roles[position] in CONTENT and frame.page.make(position) not in makes:
            frame.roles[position] = Role.ASIDE
    return container


def _pairs(frame: Frame, position: int) -> Iterator[tuple[str, str]]:
    """Split the fields of one block (``Label:value``, or cells) into pairs of name and value."""
    if term := _term(frame, position):
        yield term
        return
    pattern, names = _fields_of(frame.portal)
    text = frame.page.blocks[position].text
    if frame.roles[position] not in CONTENT or not pattern.match(text):
        return
    matches = list(pattern.finditer(text))
    ends = [*(match.start() for match in matches[1:]), len(text)]
    for match, end in zip(matches, ends, strict=True):
        yield names[match["name"].casefold()], text[match.end() : end].strip(" |")


def _trimmed(value: str) -> str:
    """Return a value without the signs around it. Brackets stay only if both are there."""
    value = value.rstrip(" ,，;；、|")
    return value.strip(_AROUND) if "(" not in value or ")" not in value else value


@lru_cache
def _fields_of(portal: Portal) -> tuple[re.Pattern[str], dict[str, str]]:
    """Return the pattern of the fields' labels, and the field that each label names."""
    labels = {**dict.fromkeys(common.PHONE_LABELS, "phone"), **portal.vocabulary.event_fields}
    pattern = re.compile(rf"{_OPENS}(?P<name>{any_of(labels)})\s?[:：]", re.IGNORECASE)
    return pattern, {label.casefold(): field for label, field in labels.items()}
