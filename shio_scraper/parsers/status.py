"""Status rows → records, with the upper bound of their date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from shio_scraper.items import StatusKind, StatusWord
from shio_scraper.parsers.dates import latest, month_day, portal_day
from shio_scraper.parsers.frame import Frame, Role
from shio_scraper.parsers.rows import Row, rows_of

_KINDS: dict[Role, StatusKind] = {Role.APPLICATION: "application", Role.INQUIRY: "inquiry"}


@dataclass(frozen=True, slots=True)
class StatusRow:
    """A row, read. ``kind`` is ``None`` where neither number nor heading tells it."""

    row: Row
    kind: StatusKind | None
    serial: str | None
    month_day: str | None
    latest_date: date | None
    status: StatusWord | None


def read_rows(frame: Frame) -> Iterator[tuple[int, StatusRow]]:
    """Yield the page's rows from top to bottom, each with its block's position.

    Rows of one list run newest first, so each row's date is bounded by the row above
    it, the first one's by the day of the capture (PORTAL.md, status rows).
    """
    fetched_at = frame.page.fetched_at
    today = portal_day(fetched_at) if fetched_at else None
    bounds: dict[StatusKind | None, date | None] = {}
    heading: StatusKind | None = None
    headings = [i for i, role in enumerate(frame.roles) if role in _KINDS]
    for position in sorted({*headings, *frame.rows}):
        if frame.roles[position] in _KINDS:
            heading = _KINDS[frame.roles[position]]
            bounds.clear()
        for row in frame.rows.get(position, ()):
            status_row = _read(frame, row, heading, bounds, today)
            bounds[status_row.kind] = status_row.latest_date or bounds.get(status_row.kind, today)
            yield position, status_row


def _read(
    frame: Frame,
    row: Row,
    heading: StatusKind | None,
    bounds: dict[StatusKind | None, date | None],
    today: date | None,
) -> StatusRow:
    rows = rows_of(frame.portal)
    kind, serial = rows.serial(row.number, heading) if row.number else (heading, None)
    day = month_day(row.day) if row.day else None
    bound = bounds.get(kind, today)
    return StatusRow(
        row,
        kind,
        serial,
        day,
        latest(day, bound) if day and bound else None,
        rows.word(row.word) if row.word else None,
    )
