"""Reads status rows into the fields of records, with the upper bound of their date.

The same sidebar of rows and pairs stands on every page, so its records have no address
(``own_urls``).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from shio_scraper.items import Language, StatusKind, StatusWord
from shio_scraper.parsers.days import latest, month_day, portal_day
from shio_scraper.parsers.frame import SIDEBAR, Frame, Role
from shio_scraper.parsers.records import Field, Fields, page_url
from shio_scraper.parsers.roles import Row
from shio_scraper.parsers.rows import Rows, rows_of

_Bound: TypeAlias = tuple[date | None, tuple[int, ...]]
"""An upper bound: a day, and the block of the row that gave it; none for the capture's day."""
_KINDS: Final[dict[Role, StatusKind]] = {Role.APPLICATION: "application", Role.INQUIRY: "inquiry"}
_BOXES: Final = frozenset({*_KINDS, Role.FAQ})
SIDEBAR_FORM: Final = SIDEBAR | {Role.QUESTION, Role.ANSWER}
"""Roles of blocks of the sidebar."""
_NO_CELL: Final = "no such cell in the row"


def read_rows(frame: Frame) -> Iterator[tuple[Row, Fields | None]]:
    """Yield the page's rows from top to bottom, as printed, and the fields of each.

    The fields are ``None`` if the row has no number, or if neither number nor heading tells its
    kind. The form of the number tells the kind, since some renderings lose the headings. If the
    first number below a heading has the form of another list, the heading tells the kind.
    The rows of a list run from new to old. So the date of each row is bounded by the row above,
    and the date of the first row by the day of the capture (PORTAL.md, status rows).
    """
    fetched_at = frame.page.fetched_at
    today = portal_day(fetched_at, frame.portal.zone) if fetched_at else None
    bounds: dict[StatusKind | None, _Bound] = {}
    urls, rows = own_urls(frame), rows_of(frame.portal)
    headings = {i for i, role in enumerate(frame.roles) if role in _KINDS}
    heading: StatusKind | None = None
    heading_at: tuple[int, ...] = ()
    is_firm: bool | None = None
    for position in sorted(headings | frame.rows.keys()):
        if position in headings:
            # Two headings without rows between head two lists side by side: neither is firm.
            is_firm = False if heading and is_firm is None else None
            heading, heading_at = _KINDS[frame.roles[position]], (position,)
            bounds.clear()
        for row in frame.rows.get(position, ()):
            shown = rows.kind(row.number) if row.number else None
            if is_firm is None and row.number:
                is_firm = None not in {shown, heading} and shown != heading
            kind = Field(heading, heading_at) if is_firm or shown is None else Field(shown)
            bound = bounds.get(kind.value, (today, ()))
            values = _values(rows, row, kind.value, bound[0])
            if values.latest_date:
                bounds[kind.value] = values.latest_date, (position,)
            fields = None
            if kind.value and row.number:
                fields = _fields(frame, position, row, kind, values, bound)
                fields["url"] = urls[position]
            yield row, fields


class _Values(NamedTuple):
    """The values of a row's cells. They are cached: the sidebar repeats rows on every page."""

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


def _fields(  # noqa: PLR0917  (the parts of a row)
    frame: Frame, position: int, row: Row, kind: Field, values: _Values, bound: _Bound
) -> Fields:
    day, number, word = _cells(frame, position, row)
    is_odd = values.serial == row.number
    known = "status word of the vocabulary"
    status = f"not a {known}" if values.status == "other" else known
    form = f"form of {kind.value} numbers"
    bounded, bound_at = bound
    by = "the bound of the row above" if bound_at else "the day of the capture"
    such = "latest such day" if values.latest_date else "no such day"
    latest_date = Field(values.latest_date, (*day, *bound_at), f"{such} up to {by}")
    if values.month_day is None:
        latest_date = Field(None, day, "no day in the row to bound")
    elif bounded is None:
        latest_date = Field(None, (), "the capture has no time")
    of_day = "day of the row" if values.month_day else "no such day in the calendar"
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
        "month_day": Field(values.month_day, day, of_day if row.day else _NO_CELL),
        "latest_date": latest_date,
        "status": Field(values.status, word, status if word else _NO_CELL),
        "status_text": Field(row.word, word, "word of the row" if word else _NO_CELL),
    }


def _cells(frame: Frame, position: int, row: Row) -> Iterator[tuple[int, ...]]:
    """Yield the block of each cell. A row is one block, or has a block for each cell."""
    place = position
    for cell in row:
        yield () if cell is None else (place,)
        place += cell is not None and position in frame.scattered


def sidebar_form(frame: Frame, language: Language) -> int:
    """Return a hash of the page's rows and pairs; 0 if the page has none.

    Two pages with the same hash in one process have the same sidebar.
    """
    form = tuple(
        (role, block.text)
        for block, role in zip(frame.page.blocks, frame.roles, strict=True)
        if role in SIDEBAR_FORM
    )
    return hash((language, form)) if form else 0


def own_urls(frame: Frame) -> list[Field]:
    """Return for each block the address of a row or pair in it; none in a sidebar.

    A page without a known family and without an article shows rows or pairs of its own. Beside
    them may stand the sidebar: it is the box with headings of several kinds.
    """
    roles, address = frame.roles, frame.page.address
    own, none = page_url(frame.page), Field(None, (), "read in a sidebar: not of this page alone")
    if own.value is None:
        return [own] * len(roles)
    if (address and address.family) or Role.TITLE in roles:
        return [none] * len(roles)
    urls: list[Field] = []
    for box in _boxes(roles):
        kinds = len({role for role in box if role in _BOXES})
        urls += [own if kinds < 2 else none] * len(box)  # noqa: PLR2004
    return urls


def _boxes(roles: list[Role]) -> Iterator[list[Role]]:
    """Split the roles into boxes: at text, at the sign-in block, and at a repeated heading."""
    box: list[Role] = []
    for role in roles:
        ends = role in {Role.ACCOUNT, Role.TEXT} or (role in _BOXES and role in box)
        if ends and box:
            yield box
            box = []
        box.append(role)
    yield box
