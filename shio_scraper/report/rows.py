"""A record → its row in the page's table; for any class of records."""

from __future__ import annotations

from typing import Any, Final

from shio_scraper.items import ArchivePosition, RecordType, Status
from shio_scraper.report.summary import Row

_DATES: Final = ("published", "latest_date", "ends", "registration_deadline")
"""The fields that date a record; the first that it has."""


def row(record: RecordType, seen: str) -> Row:
    """Return the row of a record; ``seen`` tells a reader when it was."""
    provenance = record.provenance
    place = provenance.archive
    at = provenance.fetched_at
    return Row(
        type=record.type,
        key=record.key,
        language=record.language,
        date=_date(record),
        title=title(record),
        section=section(record) or "",
        source=getattr(record, "source", None) or "",
        url=record.url,
        fetched_at=f"{at:%Y-%m-%d %H:%M:%S}" if at else "",
        fetched_url=provenance.fetched_url if provenance.fetched_url != record.url else None,
        body_sha256=provenance.body_sha256,
        layout=provenance.layout,
        parser=provenance.parser,
        archive=_place(place) if place else "",
        seen=seen,
    )


def title(record: RecordType) -> str:
    """Return what a reader knows a record by."""
    if isinstance(record, Status):
        return f"{record.number} {record.status_text or '–'}"
    return str(getattr(record, "title", None) or getattr(record, "question", record.key))


def section(record: Any) -> str | None:
    """Return the subsection that a record stands in, or the section; ``None`` for neither."""
    found: str | None = getattr(record, "category", None) or getattr(record, "section", None)
    return found or (record.kind if isinstance(record, Status) else None)


def cut(text: str, length: int) -> str:
    """Return ``text`` no longer than ``length``.

    >>> cut("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _place(place: ArchivePosition) -> str:
    return f"{place.file}, byte {place.offset}, {place.length} bytes, {place.record_id}"


def _date(record: RecordType) -> str:
    dates = (getattr(record, name, None) for name in _DATES)
    return next((str(day)[:10] for day in dates if day), "")
