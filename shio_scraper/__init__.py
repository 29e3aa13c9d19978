"""Typed, clean, de-duplicated records from the press portal of Shanghai's Information Office."""

from __future__ import annotations

from datetime import UTC, datetime

from shio_scraper.items import RecordType, Reject
from shio_scraper.pages import Capture, UnreadableError, body_sha256, read
from shio_scraper.parsers import extract
from shio_scraper.portals import ALL

__all__ = ["parse_page"]


def parse_page(
    body: bytes | str, url: str | None = None, fetched_at: datetime | str | None = None
) -> list[RecordType | Reject]:
    """Return the records of one capture, the page's article or event first, rejects last.

    Args:
        body: the page after content decoding, as bytes or text, HTML or plain text.
        url: its address, in any form that leads to it.
        fetched_at: when it was fetched; ISO 8601 as text; UTC where it has no offset.

    Never raises for what a page holds: what cannot be used is a ``Reject``.

    >>> [record.type for record in parse_page("04-16 21315227 Processing")]
    ['status']
    """
    if isinstance(fetched_at, str):
        fetched_at = datetime.fromisoformat(fetched_at)
    fetched_at = _utc(fetched_at) if fetched_at else None
    capture = Capture(body=body, url=url, fetched_at=fetched_at)
    try:
        extraction = extract(read(capture))
    except UnreadableError as error:
        return [
            Reject(
                stage="read",
                reason=error.reason,
                detail=error.detail,
                url=ALL.canonical(url) if url else None,
                fetched_at=fetched_at,
                body_sha256=body_sha256(body),
            )
        ]
    return [*extraction.records, *extraction.rejects]


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # the ends of the calendar
        return moment.replace(tzinfo=UTC)
