"""A record for a reader: a row of the page's table, and the text that opens below the row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias

import msgspec

from shio_scraper.addresses import file_name
from shio_scraper.items import (
    Article,
    Document,
    Event,
    Faq,
    PressConference,
    RecordType,
    Row,
    Status,
    leads_of,
)

Block: TypeAlias = tuple[str, ...]
"""A form and its text. ``p``: paragraph, ``h``: heading, ``f``: fact, ``a``: link.

A fact is a name and a value, a link is a text and an address.
"""

COLUMNS: Final = {
    "date": "Date", "type": "Type", "title": "Record", "section": "Section",
    "fetched_at": "Captured (UTC)", "key": "Key", "language": "Language", "source": "Source",
    "seen": "Seen", "doubts": "Doubts", "url": "Page", "fetched_url": "Fetched from",
    "body_sha256": "SHA-256 of the body", "layout": "Layout", "parser": "Parser",
    "archive": "In the archive",
}  # fmt: skip
"""Key → heading of each column of the table of records."""
_DATES: Final = ("published", "latest_date", "ends", "registration_deadline", "date")
"""The fields that date a record. The first one that the record has is used."""
_FACTS: Final = {
    "Registration until": "registration_deadline", "Ends": "ends", "Contact": "contact",
    "Telephone": "phone",
}  # fmt: skip


class Entry(NamedTuple):
    """A record in the table: its cells in the order of ``COLUMNS``, and its blocks as JSON."""

    key: str
    date: str
    cells: tuple[str | None, ...]
    text: bytes


def entry(record: RecordType, seen: str) -> Entry:
    """Return the entry of a record. ``seen`` says when the record was seen. Times are UTC."""
    provenance = record.provenance
    place = provenance.archive
    cells = {
        "date": _date(record),
        "type": record.type,
        "title": title(record),
        "section": section(record),
        "fetched_at": moment(provenance.fetched_at),
        "key": record.key,
        "language": record.language,
        "source": getattr(record, "source", None) or "",
        "seen": seen,
        "doubts": ", ".join(record.doubts),
        "url": record.url,
        "fetched_url": provenance.fetched_url if provenance.fetched_url != record.url else None,
        "body_sha256": provenance.body_sha256,
        "layout": provenance.layout,
        "parser": provenance.parser,
        "archive": f"{place.file}, byte {place.offset}, {place.length} bytes, {place.record_id}"
        if place
        else "",
    }
    text = msgspec.json.encode(list(blocks(record)))
    return Entry(record.key, _date(record), tuple(map(cells.__getitem__, COLUMNS)), text)


def moment(time: datetime | None) -> str:
    """Return a time to the second. Empty if there is none."""
    return f"{time:%Y-%m-%d %H:%M:%S}" if time else ""


def title(record: RecordType) -> str:
    """Return the name of a record for a reader."""
    if isinstance(record, Status):
        return f"{record.number} {record.status_text or '–'}"
    if isinstance(record, Document):
        return file_name(record.url or record.key)
    if isinstance(record, Row):
        name = record.reference or next(iter(record.columns.values()), record.key)
        return f"{name} {record.status_text or ''}".strip()
    return str(getattr(record, "title", None) or getattr(record, "question", record.key))


def section(record: RecordType) -> str:
    """Return the subsection of a record, else its section. Empty if it has neither."""
    kind = record.kind if isinstance(record, Status) else ""
    return getattr(record, "category", None) or getattr(record, "section", None) or kind


def _date(record: RecordType) -> str:
    dates = (getattr(record, name, None) for name in _DATES)
    return next((str(day)[:10] for day in dates if day), "")


def blocks(record: RecordType) -> Iterator[Block]:
    """Yield the content of a record without its title, in the order of its page."""
    if isinstance(record, Event):
        facts = ((name, getattr(record, field)) for name, field in _FACTS.items())
        yield from (("f", name, str(value)) for name, value in facts if value)
    if isinstance(record, Faq) and record.answer:
        yield from (("p", line) for line in record.answer.split("\n"))
    if isinstance(record, PressConference):
        yield from (("f", speaker.name, speaker.role or "") for speaker in record.speakers)
        for turn in record.turns:
            yield "h", turn.speaker or "–"
            yield from (("p", text) for text in turn.paragraphs)
    if isinstance(record, Article | Event):
        yield from (("p", text) for text in record.paragraphs)
    if isinstance(record, Row):
        yield from (("f", *cell) for cell in record.columns.items())
    if isinstance(record, Document):
        yield "f", record.media_type or "no form told", f"{record.bytes:,} bytes"
        yield from (("f", "Linked by", key) for key in record.linked_by)
    if isinstance(record, Article):
        yield from (("a", f"Picture: {image.text}", image.url) for image in record.images)
    if isinstance(record, Article | Event | PressConference):
        leads = leads_of(record)
        yield from dict.fromkeys(("a", lead.text or lead.url, lead.url) for lead in leads)
