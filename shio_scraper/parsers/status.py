"""Status rows → records, with the upper bound of their date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from shio_scraper.items import StatusKind, StatusWord
from shio_scraper.parsers.dates import latest, month_day, portal_day
from shio_scraper.parsers.frame import Frame, Role
from shio_scraper.parsers.rows import Row, Rows, rows_of

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
    below = _Below(rows_of(frame.portal))
    headings = [i for i, role in enumerate(frame.roles) if role in _KINDS]
    for position in sorted({*headings, *frame.rows}):
        if frame.roles[position] in _KINDS:
            # Two headings in a row head two lists side by side: neither is right above its rows.
            beside = below.heading is not None and below.is_firm is None
            heading = _KINDS[frame.roles[position]]
            below = _Below(below.rows, heading, is_firm=False if beside else None)
            bounds.clear()
        for row in frame.rows.get(position, ()):
            kind = below.kind(row)
            status_row = _read(below.rows, row, kind, bounds.get(kind, today))
            bounds[kind] = status_row.latest_date or bounds.get(kind, today)
            yield position, status_row


@dataclass(slots=True)
class _Below:
    """The rows below one heading.

    The number's form tells the kind, since headings are lost in some renderings. But
    where the first number below a heading has another list's form, the heading tells.
    """

    rows: Rows
    heading: StatusKind | None = None
    is_firm: bool | None = None

    def kind(self, row: Row) -> StatusKind | None:
        """Return the kind of the next row."""
        shown = self.rows.kind(row.number) if row.number else None
        if self.is_firm is None and row.number:
            self.is_firm = shown not in {None, self.heading} and self.heading is not None
        return self.heading if self.is_firm or shown is None else shown


def _read(rows: Rows, row: Row, kind: StatusKind | None, bound: date | None) -> StatusRow:
    day = month_day(row.day) if row.day else None
    return StatusRow(
        row,
        kind,
        rows.serial(row.number, kind) if row.number else None,
        day,
        latest(day, bound) if day and bound else None,
        rows.word(row.word) if row.word else None,
    )
