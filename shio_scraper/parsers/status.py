"""Status rows → records, with the upper bound of their date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from shio_scraper.items import StatusKind, StatusWord
from shio_scraper.parsers.days import latest, month_day, portal_day
from shio_scraper.parsers.frame import Frame, Role
from shio_scraper.parsers.rows import Row, Rows, rows_of

_Bound: TypeAlias = tuple[date | None, int | None]
"""A day, and the block of the row that it is the upper bound of; the capture's has none."""
_Told: TypeAlias = tuple[StatusKind | None, int | None]
"""A row's kind, and the block of the heading where that tells it."""
_KINDS: dict[Role, StatusKind] = {Role.APPLICATION: "application", Role.INQUIRY: "inquiry"}


class StatusRow(NamedTuple):
    """A row, read. ``kind`` is ``None`` where neither number nor heading tells it.

    ``position`` is its first block; ``heading_at`` the heading's where that told the kind;
    ``bound_at`` the row's whose date bounds this one's, ``bound`` the bound.
    """

    position: int
    row: Row
    kind: StatusKind | None
    serial: str | None
    month_day: str | None
    latest_date: date | None
    status: StatusWord | None
    heading_at: int | None
    bound: date | None
    bound_at: int | None


def read_rows(frame: Frame) -> Iterator[StatusRow]:
    """Yield the page's rows from top to bottom.

    Rows of one list run newest first, so each row's date is bounded by the row above
    it, the first one's by the day of the capture (PORTAL.md, status rows).
    """
    fetched_at = frame.page.fetched_at
    today = portal_day(fetched_at, frame.portal.zone) if fetched_at else None
    bounds: dict[StatusKind | None, _Bound] = {}
    below = _Below(rows_of(frame.portal))
    headings = [i for i, role in enumerate(frame.roles) if role in _KINDS]
    for position in sorted({*headings, *frame.rows}):
        if frame.roles[position] in _KINDS:
            # Two headings in a row head two lists side by side: neither is right above its rows.
            beside = below.heading is not None and below.is_firm is None
            heading = _KINDS[frame.roles[position]]
            below = _Below(below.rows, heading, position, is_firm=False if beside else None)
            bounds.clear()
        for row in frame.rows.get(position, ()):
            told = below.kind(row)
            bound = bounds.get(told[0], (today, None))
            status_row = _read(below.rows, position, row, told, bound)
            if status_row.latest_date:
                bounds[told[0]] = status_row.latest_date, position
            yield status_row


@dataclass(slots=True)
class _Below:
    """The rows below one heading.

    The number's form tells the kind, since headings are lost in some renderings. But
    where the first number below a heading has another list's form, the heading tells.
    """

    rows: Rows
    heading: StatusKind | None = None
    heading_at: int | None = None
    is_firm: bool | None = None

    def kind(self, row: Row) -> _Told:
        """Return the kind of the next row, and the heading's block where that tells it."""
        shown = self.rows.kind(row.number) if row.number else None
        if self.is_firm is None and row.number:
            self.is_firm = shown not in {None, self.heading} and self.heading is not None
        if self.is_firm or shown is None:
            return self.heading, self.heading_at
        return shown, None


def _read(rows: Rows, position: int, row: Row, told: _Told, bounded: _Bound) -> StatusRow:
    kind, heading_at = told
    bound, bound_at = bounded
    values = _values(rows, row, kind, bound)
    return StatusRow(position, row, kind, *values, heading_at, bound, bound_at)


@lru_cache(maxsize=4096)
def _values(
    rows: Rows, row: Row, kind: StatusKind | None, bound: date | None
) -> tuple[str | None, str | None, date | None, StatusWord | None]:
    """Return serial, day, latest date and status: the sidebar's rows are the same on every page."""
    day = month_day(row.day, rows.dates) if row.day else None
    return (
        rows.serial(row.number, kind) if row.number else None,
        day,
        latest(day, bound) if day and bound else None,
        rows.word(row.word) if row.word else None,
    )
