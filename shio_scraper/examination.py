"""What one capture gives, and what is odd about it: the way in for those who call from Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TypeAlias

from shio_scraper.auditing import Auditor
from shio_scraper.extracting import read_capture, reject
from shio_scraper.items import AuditEvent, RecordType, Reject
from shio_scraper.pages import Capture, Page, UnreadableError
from shio_scraper.parsers import Extraction
from shio_scraper.parsers.listing import read_items
from shio_scraper.parsers.listing_item import Listed
from shio_scraper.parsers.template import Template, learn
from shio_scraper.portals import Portal

_LISTINGS = frozenset({"listing", "event_listing"})

Body: TypeAlias = bytes | str
Moment: TypeAlias = datetime | str


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a listing: where it leads, absolute, and what the listing says of it.

    ``url`` is ``None`` in a text, which has no links.
    """

    title: str
    url: str | None
    portal_id: str | None
    day: date | None
    teaser: str | None


@dataclass(frozen=True, slots=True)
class Examination:
    """All that one capture gives.

    ``events`` are the audit's findings, ``notes`` count what was odd or is worth counting, by
    name. ``items`` and ``next_page``, an absolute address, are a listing's. ``page`` is ``None``
    where the capture is no page.
    """

    records: list[RecordType] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    events: list[AuditEvent] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    items: list[Item] = field(default_factory=list)
    next_page: str | None = None
    page: Page | None = None


def parse_page(
    body: Body,
    url: str | None = None,
    fetched_at: Moment | None = None,
    *,
    portal: Portal | None = None,
    template: Template | None = None,
) -> list[RecordType | Reject]:
    """Return the records of one capture, the page's article or event first, rejects last.

    Args:
        body: the page after content decoding, as bytes or text, HTML or plain text.
        url: its address, in any form that leads to it.
        fetched_at: when it was fetched; ISO 8601 as text; UTC where it has no offset.
        portal: the map to read it by; without one its address tells, else its form alone.
        template: what its layout's pages have in common.

    Never raises for what a page holds: what cannot be used is a ``Reject``.

    >>> [record.type for record in parse_page("04-16 21315227 Processing")]
    ['status']
    """
    found = _read(_capture(body, url, fetched_at), portal, template)
    return [found] if isinstance(found, Reject) else [*found.records, *found.rejects]


def examine_page(
    body: Body,
    url: str | None = None,
    fetched_at: Moment | None = None,
    *,
    portal: Portal | None = None,
    template: Template | None = None,
) -> Examination:
    """Return all that one capture gives; the arguments are those of ``parse_page``."""
    found = _read(_capture(body, url, fetched_at), portal, template)
    if isinstance(found, Reject):
        return Examination(rejects=[found])
    items = list(map(_item, read_items(found.frame))) if _is_listing(found) else []
    audited = Auditor(lambda *_: None, ()).audit(found)
    return Examination(
        records=found.records,
        rejects=found.rejects,
        events=[remark for remark in audited if isinstance(remark, AuditEvent)],
        notes=found.notes,
        items=items,
        next_page=_next_page(found) if items else None,
        page=found.page,
    )


def learn_template(
    pages: Iterable[tuple[Body, str | None]], *, portal: Portal | None = None
) -> Template:
    """Return what a few pages of one layout, each a body and its address, have in common.

    Pages that cannot be read teach nothing. Raises ``ValueError`` for fewer than three others.
    """
    found = (_read(_capture(body, url, None), portal, None) for body, url in pages)
    return learn([one for one in found if not isinstance(one, Reject)])


def _capture(body: Body, url: str | None, fetched_at: Moment | None) -> Capture:
    if isinstance(fetched_at, str):
        fetched_at = datetime.fromisoformat(fetched_at)
    return Capture(body=body, url=url, fetched_at=_utc(fetched_at) if fetched_at else None)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # the ends of the calendar
        return moment.replace(tzinfo=UTC)


def _read(
    capture: Capture, portal: Portal | None, template: Template | None
) -> Extraction | Reject:
    try:
        return read_capture(capture, portal=portal, template=template)
    except UnreadableError as error:
        return reject(capture, "read", error.reason, error.detail, portal)


def _is_listing(extraction: Extraction) -> bool:
    address = extraction.page.address
    return address is not None and address.kind in _LISTINGS


def _item(item: Listed) -> Item:
    url, portal_id = (item.address.url, item.address.portal_id) if item.address else (None, None)
    return Item(item.title, url, portal_id, item.day, item.teaser)


def _next_page(extraction: Extraction) -> str | None:
    """Return the address of the listing's next page, as a crawl asks for it.

    It need not be there: where no link leads on, "next" may be a script.
    """
    here = extraction.page.address
    return here.page(here.page_number + 1) if here else None
