"""Status rows → records, with the upper bound of their date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from shio_scraper.items import StatusKind, StatusWord
from shio_scraper.parsers.days import latest, month_day, portal_day
from shio_scraper.parsers.frame import Frame, Role
from shio_scraper.parsers.records import Field, Fields
from shio_scraper.parsers.rows import Row, Rows, rows_of
from shio_scraper.parsers.sidebar import own_urls

_Bound: TypeAlias = tuple[date | None, int | None]
"""A day, and the block of the row that it is the upper bound of; the capture's has none."""
_KINDS: dict[Role, StatusKind] = {Role.APPLICATION: "application", Role.INQUIRY: "inquiry"}


_NO_CELL: Final = "no such cell in the row"


def read_rows(frame: Frame) -> Iterator[tuple[Row, Fields | None]]:
    """Yield the page's rows from top to bottom, as printed, and the fields of each.

    These are ``None`` where the row has no number, or neither number nor heading tells its kind.
    Rows of one list run newest first, so each row's date is bounded by the row above
    it, the first one's by the day of the capture (PORTAL.md, status rows).
    """
    fetched_at = frame.page.fetched_at
    today = portal_day(fetched_at, frame.portal.zone) if fetched_at else None
    bounds: dict[StatusKind | None, _Bound] = {}
    urls = own_urls(frame)
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
            kind, heading_at = below.kind(row)
            bound = bounds.get(kind, (today, None))
            values = _values(below.rows, row, kind, bound[0])
            if values.latest_date:
                bounds[kind] = values.latest_date, position
            fields = None
            if kind and row.number:
                fields = _fields(frame, position, row, Field(kind, _at(heading_at)), values, bound)
                fields["url"] = urls[position]
            yield row, fields


def _at(position: int | None) -> tuple[int, ...]:
    return () if position is None else (position,)


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

    def kind(self, row: Row) -> tuple[StatusKind | None, int | None]:
        """Return the kind of the next row, and the heading's block where that tells it."""
        shown = self.rows.kind(row.number) if row.number else None
        if self.is_firm is None and row.number:
            self.is_firm = shown not in {None, self.heading} and self.heading is not None
        if self.is_firm or shown is None:
            return self.heading, self.heading_at
        return shown, None


class _Values(NamedTuple):
    """What the cells of a row say: the same rows stand in the sidebar of every page."""

    serial: str | None
    month_day: str | None
    latest_date: date | None
    status: StatusWord | None


@lru_cache(maxsize=4096)
def _values(rows: Rows, row: Row, kind: StatusKind | None, bound: date | None) -> _Values:
    day = month_day(row.day, rows.dates) if row.day else None
    return _Values(
        rows.serial(row.number, kind) if row.number else None,
        day,
        latest(day, bound) if day and bound else None,
        rows.word(row.word) if row.word else None,
    )


def _fields(  # noqa: PLR0917  (what a row is made of)
    frame: Frame, position: int, row: Row, kind: Field, values: _Values, bound: _Bound
) -> Fields:
    day, number, word = _cells(frame, position, row)
    is_odd = values.serial == row.number
    known = "status word of the vocabulary"
    status = f"not a {known}" if values.status == "other" else known
    form = f"form of {kind.value} numbers"
    return {
        "type": Field("status", number, "form of a status row"),
        "key": Field(
            f"status/{kind.value}/{frame.portal.key_prefix}{values.serial}",
            number,
            "kind and running number",
        ),
        "language": frame.language,
        "kind": Field(
            kind.value, kind.blocks or number, "heading above the row" if kind.blocks else form
        ),
        "number": Field(row.number, number, "number of the row"),
        "serial": Field(
            values.serial,
            number,
            "number of no known form" if is_odd else "number without the layout's prefix",
        ),
        "month_day": _month_day(row, values, day),
        "latest_date": _latest_date(values, day, bound),
        "status": Field(values.status, word, status if word else _NO_CELL),
        "status_text": Field(row.word, word, "word of the row" if word else _NO_CELL),
    }


def _cells(frame: Frame, position: int, row: Row) -> Iterator[tuple[int, ...]]:
    """Yield the block of each cell; a row is one block, or as many as it has cells."""
    place = position
    for cell in row:
        yield () if cell is None else (place,)
        place += cell is not None and position in frame.scattered


def _month_day(row: Row, values: _Values, day: tuple[int, ...]) -> Field:
    if not row.day:
        return Field(None, (), _NO_CELL)
    rule = "day of the row" if values.month_day else "no such day in the calendar"
    return Field(values.month_day, day, rule)


def _latest_date(values: _Values, day: tuple[int, ...], bounded: _Bound) -> Field:
    bound, bound_at = bounded
    if values.month_day is None:
        return Field(None, day, "no day in the row to bound")
    if bound is None:
        return Field(None, (), "the capture has no time")
    by = "the day of the capture" if bound_at is None else "the bound of the row above"
    such = "latest such day" if values.latest_date else "no such day"
    return Field(values.latest_date, (*day, *_at(bound_at)), f"{such} up to {by}")
