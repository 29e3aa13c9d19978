"""Status rows → records, with the upper bound of their date; whose rows and pairs are.

The same sidebar of rows and pairs stands on every page: what it shows is of no page's own.
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
from shio_scraper.parsers.rows import Row, Rows, rows_of

_Bound: TypeAlias = tuple[date | None, tuple[int, ...]]
"""A day, and the block of the row that it is the upper bound of; the capture's has none."""
_KINDS: Final[dict[Role, StatusKind]] = {Role.APPLICATION: "application", Role.INQUIRY: "inquiry"}
_BOXES: Final = frozenset({*_KINDS, Role.FAQ})
SIDEBAR_FORM: Final = SIDEBAR | {Role.QUESTION, Role.ANSWER}
"""What the sidebar is made of."""
_NO_CELL: Final = "no such cell in the row"


def read_rows(frame: Frame) -> Iterator[tuple[Row, Fields | None]]:
    """Yield the page's rows from top to bottom, as printed, and the fields of each.

    These are ``None`` where the row has no number, or neither number nor heading tells its kind.
    The number's form tells the kind, since headings are lost in some renderings; but where the
    first number below a heading has another list's form, the heading tells. Rows of one list run
    newest first, so each row's date is bounded by the row above it, the first one's by the day of
    the capture (PORTAL.md, status rows).
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
            # Two headings in a row head two lists side by side: neither is right above its rows.
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
    """Yield the block of each cell; a row is one block, or as many as it has cells."""
    place = position
    for cell in row:
        yield () if cell is None else (place,)
        place += cell is not None and position in frame.scattered


def sidebar_form(frame: Frame, language: Language) -> int:
    """Return what tells one form of rows and pairs from another, 0 where the page has none."""
    form = tuple(
        (role, block.text)
        for block, role in zip(frame.page.blocks, frame.roles, strict=True)
        if role in SIDEBAR_FORM
    )
    return hash((language, form)) if form else 0


def own_urls(frame: Frame) -> list[Field]:
    """Return for each block the address its row or pair has: none in a sidebar.

    A page of unknown address without an article shows rows or pairs of its own, and
    the sidebar's beside them: the box that heads several kinds.
    """
    roles, address = frame.roles, frame.page.address
    own, none = page_url(frame), Field(None, (), "read in a sidebar: not of this page alone")
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
    """Part the roles where a box ends: at text, at the sign-in block, at a heading again."""
    box: list[Role] = []
    for role in roles:
        ends = role in {Role.ACCOUNT, Role.TEXT} or (role in _BOXES and role in box)
        if ends and box:
            yield box
            box = []
        box.append(role)
    yield box
