"""A record as a reader wants to read it: its facts, who speaks, its paragraphs, where it leads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

from shio_scraper.items import (
    Article,
    Document,
    Event,
    Faq,
    PressConference,
    RecordType,
    Row,
    leads_of,
)

Block: TypeAlias = tuple[str, ...]
"""How a piece is shown, and its text: ``p``aragraph, ``h``eading, ``f``act with its name before
it, ``a`` link with its address behind it."""

_FACTS: Final = {
    "Registration until": "registration_deadline", "Ends": "ends", "Contact": "contact",
    "Telephone": "phone",
}  # fmt: skip


def blocks(record: RecordType) -> Iterator[Block]:
    """Yield what a record says beside its title, in the order of its page."""
    if isinstance(record, Event):
        facts = ((name, getattr(record, field)) for name, field in _FACTS.items())
        yield from (("f", name, str(value)) for name, value in facts if value)
    if isinstance(record, Faq) and record.answer:
        yield from (("p", line) for line in record.answer.split("\n"))
    if isinstance(record, PressConference):
        yield from _conference(record)
    if isinstance(record, Article | Event):
        yield from (("p", text) for text in record.paragraphs)
    if isinstance(record, Row):
        yield from (("f", *cell) for cell in record.columns.items())
    if isinstance(record, Document):
        yield "f", record.media_type or "no form told", f"{record.bytes:,} bytes"
        yield from (("f", "Linked by", key) for key in record.linked_by)
    yield from _leads(record)


def _conference(record: PressConference) -> Iterator[Block]:
    yield from (("f", speaker.name, speaker.role or "") for speaker in record.speakers)
    for turn in record.turns:
        yield "h", turn.speaker or "–"
        yield from (("p", text) for text in turn.paragraphs)


def _leads(record: RecordType) -> Iterator[Block]:
    """Yield the pictures, the links, and the documents below the text."""
    if isinstance(record, Article):
        yield from (("a", f"Picture: {image.text}", image.url) for image in record.images)
    if isinstance(record, Article | Event | PressConference):
        leads = leads_of(record)
        yield from dict.fromkeys(("a", lead.text or lead.url, lead.url) for lead in leads)
