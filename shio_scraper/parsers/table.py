"""Reads tables of records on sites without a map: applications, permits, decisions.

A table is one of records if one column holds references, and another column days or statuses, or
each row has a link of its own. It is also one if each row has a day and a link. Tables of layout,
calendars, forms and lists of fees have none of these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from shio_scraper.pages import Page
from shio_scraper.parsers import columns as form
from shio_scraper.parsers.cards import cards
from shio_scraper.parsers.frame import Frame, Role
from shio_scraper.parsers.grid import NO_PIECE, Grid, Line, Piece, boxes, tables
from shio_scraper.parsers.records import (
    NOTHING,
    Field,
    Fields,
    digest,
    key_prefix,
    page_url,
    unique,
)

_LEAST: Final = 2
_HIDDEN: Final = 200
"""Fewest hidden characters that may be a table."""
_MOST: Final = 0.7
_NEARLY_ALL: Final = 0.9
_FULL: Final = 0.6
"""Least share of rows that have a reference."""
_LONGEST_STATUS: Final = 120
_LONGEST_HEADER: Final = 90
_TITLES: Final = 3
"""First rows among which the row of headers is looked for, if the markup names none."""
_NO_COLUMN: Final = "no such column in the table"
_BY_HEADER, _BY_FORM = "header", "form"
_NONE: Final = (-1, "")


def read_rows(frame: Frame) -> Iterator[Fields]:
    """Yield the fields of the rows of the page's tables of records, table by table."""
    record_tables = list(_tables(frame.page))
    rows = [(table, row) for table in record_tables for row in table.rows]
    days = form.Days((piece.text for _, row in rows for piece in row), frame.page.url)
    uses = Counter(filter(None, (table.reference(row).text for table, row in rows)))
    for table in record_tables:
        for block in table.blocks:
            frame.roles[block] = Role.RECORD
        for row in table.rows:
            yield _fields(frame, table, row, days, uses)


def _tables(page: Page) -> Iterator[_Table]:
    """Yield the tables of records; none overlap, and those with headers come first."""
    grids = _continued([_with_heads(grid) for grid in tables(page)])
    named = [grid for grid in grids if grid.heads]
    bare = [grid for grid in grids if not grid.heads]
    of_cards = cards(page)
    taken: set[int] = set()
    for grid in (*named, *([of_cards] if of_cards else ()), *bare, *map(_with_heads, boxes(page))):
        if grid.rows and taken.isdisjoint(grid.blocks) and (table := _told(page, grid)):
            taken |= grid.blocks
            yield table


def with_records(page: Page) -> Page:
    """Return the page with its hidden tables of records, if it shows no such table.

    A script of the page would show them. All other hidden blocks are left out.
    """
    rows = sum(node.tag == "tr" for node in page.nodes)
    if page.hidden < _HIDDEN or page.markup.count("<tr") < rows + _LEAST or any(_tables(page)):
        return page
    whole = page.with_hidden()
    of_records = {block for table in _tables(whole) for block in table.blocks}
    hidden = {i for i, block in enumerate(whole.blocks) if block.hidden}
    return whole.without(hidden - of_records) if of_records else page


@dataclass(slots=True)
class _Table:
    """A grid of records.

    ``names`` are the names of its columns. ``of`` maps ``reference``, ``date`` and ``status`` to
    the number of their column, and to what told it: its header or its form.
    """

    grid: Grid
    rows: list[Line]
    names: list[str]
    of: dict[str, tuple[int, str]]

    @property
    def blocks(self) -> set[int]:
        """The blocks of the table's rows and headers."""
        return self.grid.blocks | {block for head in self.grid.heads for block in head.blocks}

    def piece(self, row: Line, name: str) -> Piece:
        """Return the piece of a row in the column of ``name``, empty if there is no such column."""
        return row[self.of[name][0]] if name in self.of else NO_PIECE

    def reference(self, row: Line) -> Piece:
        """Return the piece of a row that is its reference."""
        piece = self.piece(row, "reference")
        return piece._replace(text=form.reference(piece.text))


def _with_heads(grid: Grid) -> Grid:
    """Return a grid with its row of headers as heads, if the markup names no headers."""
    if grid.headed:
        return grid
    for at, row in enumerate(grid.rows[:_TITLES]):
        below = grid.rows[at + 1 :]
        if below and (_names(row) or _differs(row, below)):
            texts = [piece.text for piece in row]
            rows = [line for line in below if [piece.text for piece in line] != texts]
            return replace(grid, rows=rows, heads=row)
    return grid


def _names(row: Line) -> bool:
    """Tell whether a row names columns: two of its cells are known headers, and all are short."""
    texts = [piece.text for piece in row if piece.text]
    if any(len(text) > _LONGEST_HEADER or sum(map(str.isdigit, text)) > 1 for text in texts):
        return False
    tests = (form.names_reference, form.names_matter, form.names_day, form.names_status)
    return sum(any(test(text) for test in tests) for text in texts) >= _LEAST


def _continued(grids: Sequence[Grid]) -> list[Grid]:
    """Give each table without headers those of the table above, if it has as many columns."""
    above = Grid([])
    for grid in grids:
        if not grid.heads and above.heads and grid.width == len(above.heads):
            grid.heads, grid.title = above.heads, above.title
        above = grid
    return list(grids)


def _differs(first: Line, rest: Sequence[Line]) -> bool:
    """Tell whether the first row has no figures, and in one column nearly all rows below have."""
    if len(rest) < _LEAST or any(_has_figures(piece.text) for piece in first):
        return False
    return any(
        first[column].text
        and sum(_has_figures(row[column].text) for row in rest) >= _NEARLY_ALL * len(rest)
        for column in range(len(first))
    )


def _has_figures(text: str) -> bool:
    return any(map(str.isdigit, text))


def _told(page: Page, grid: Grid) -> _Table | None:
    """Return a grid as a table of records; ``None`` if it is no such table."""
    names = [head.text for head in grid.heads] or [""] * grid.width
    texts = [grid.column(column) for column in range(len(names))]
    full = [text if len(text) >= _FULL * len(grid.rows) else [] for text in texts]
    columns = {"date": _day(names, texts), "reference": _reference(names, full)}
    columns["status"] = _status(names, texts, {column[0] for column in columns.values() if column})
    of = {name: column for name, column in columns.items() if column}
    links = [_link(page, row) for row in grid.rows]
    if not _are_records(grid, of, links):
        return None
    rows = [
        row
        for row, link in zip(grid.rows, links, strict=True)
        if not _counts([piece.text for piece in row if piece.text])
        and (link or any(row[column].text for column, _ in of.values()))
    ]
    return _Table(grid, rows, _named(names), of)


def _are_records(grid: Grid, of: dict[str, tuple[int, str]], links: Sequence[str | None]) -> bool:
    """Tell whether a grid holds records, by its columns and by the links of its rows.

    A day and a link for each row are not enough: lists of meetings and of files have these too.
    """
    distinct = set(links) - {None}
    is_linked = len(distinct) >= _MOST * len(links) and len(distinct) >= _LEAST
    by = of.get("reference", _NONE)[1]
    if by == _BY_HEADER and not grid.boxed:
        return len(of) > 1 or is_linked or grid.width > _LEAST
    named = (*grid.heads, *(grid.rows[0] if not grid.heads else ()), grid.title)
    if any(form.names_meeting(piece.text) for piece in named):
        return False
    if by and grid.boxed:
        return len(of) > 1
    if by:
        return len(grid.rows) >= _LEAST and (len(of) > 1 or is_linked)
    is_dated = of.get("date", _NONE)[1] == _BY_HEADER
    return is_linked and is_dated and grid.headed and grid.width > 3  # noqa: PLR2004


def _reference(names: Sequence[str], texts: Sequence[Sequence[str]]) -> tuple[int, str] | None:
    """Return the column of references, and what told it: its header or its form."""
    for names_one in (form.names_reference, form.names_matter):
        for column, name in enumerate(names):
            counts = not form.names_matter(name) and _counts(texts[column])
            if names_one(name) and not counts and _are(texts[column], form.is_reference, _MOST):
                return column, _BY_HEADER
    for column, name in enumerate(names):
        is_other = form.names_day(name) or form.names_status(name) or form.names_other(name)
        are_own = len(set(texts[column])) >= _NEARLY_ALL * len(texts[column])
        if not is_other and are_own and _are(texts[column], form.is_code, _NEARLY_ALL):
            return column, _BY_FORM
    return None


def _counts(texts: Sequence[str]) -> bool:
    """Tell whether texts are the numbers of rows, one after the other, and no references."""
    if not all(text.strip(".").isdecimal() and len(text) <= 4 for text in texts):  # noqa: PLR2004
        return False
    numbers = [int(text.strip(".")) for text in texts]
    return len(numbers) < _LEAST or all(b == a + 1 for a, b in pairwise(numbers))


def _day(names: Sequence[str], texts: Sequence[Sequence[str]]) -> tuple[int, str] | None:
    for column, name in enumerate(names):
        share, by = (_MOST, _BY_HEADER) if form.names_day(name) else (_NEARLY_ALL, _BY_FORM)
        if _are(texts[column], form.is_day, share):
            return column, by
    return None


def _status(
    names: Sequence[str], texts: Sequence[Sequence[str]], taken: set[int]
) -> tuple[int, str] | None:
    free = [column for column in range(len(names)) if column not in taken]
    ranks = [(form.names_status(names[column]), -column) for column in free if texts[column]]
    for rank, column in sorted(ranks, reverse=True):
        is_short = all(len(text) <= _LONGEST_STATUS for text in texts[-column])
        if rank and is_short and not _are(texts[-column], form.is_day, _MOST):
            return -column, _BY_HEADER
    for column in free:
        if not names[column] and _are(texts[column], form.is_status, _NEARLY_ALL):
            return column, _BY_FORM
    return None


def _are(texts: Sequence[str], test: Callable[[str], bool], share: float) -> bool:
    """Tell whether ``share`` of ``texts``, or more, pass ``test``; false without texts."""
    return bool(texts) and sum(map(test, texts)) >= share * len(texts)


def _named(names: Sequence[str]) -> list[str]:
    """Return a name for each column, no two alike."""
    uses: Counter[str] = Counter()
    named = []
    for number, header in enumerate(names, 1):
        name = " ".join(header.split()) or f"Column {number}"
        uses[name] += 1
        named.append(name if uses[name] == 1 else f"{name} ({uses[name]})")
    return named


def _link(page: Page, row: Line, within: Piece = NO_PIECE) -> str | None:
    """Return the first link of a row to a page; a link in the piece ``within`` comes first."""
    blocks = unique(block for piece in row for block in piece.blocks)
    anchors = [anchor for block in blocks for anchor in page.blocks[block].anchors]
    anchors.sort(key=lambda anchor: not (anchor.text and anchor.text in within.text))
    urls = (page.resolve(a.href) for a in anchors if not a.href.startswith("#"))
    return next((url for url in urls if url and url.startswith("http")), None)


def _fields(frame: Frame, table: _Table, row: Line, days: form.Days, uses: Counter[str]) -> Fields:
    blocks = unique(block for piece in row for block in piece.blocks)
    reference, day, status = (
        table.reference(row), table.piece(row, "date"), table.piece(row, "status")
    )  # fmt: skip
    identity, by, told_by = reference.text, "reference", reference.blocks
    if uses[identity] != 1:
        identity, by = digest("\n".join(piece.text for piece in row)), "digest of its cells"
        told_by = blocks
    link = _link(frame.page, row, table.piece(row, "reference"))
    cells = {name: piece.text for name, piece in zip(table.names, row, strict=True) if piece.text}
    moment = days.read(day.text) if day.text else None
    title = table.grid.title
    return {
        "type": Field("row", blocks, "row of a table of records"),
        "key": Field(
            f"row/{frame.language.value}/{key_prefix(frame.page)}{identity}",
            told_by,
            f"language, host, and {by}",
        ),
        "language": frame.language,
        "url": Field(link, blocks, "link of the row") if link else page_url(frame.page),
        "table": Field(title.text, title.blocks, "caption, or heading above the table")
        if title.text
        else NOTHING,
        "columns": Field(cells, blocks, "cells of the row by their headers"),
        "reference": _field(table, "reference", reference, reference.text),
        "date": _field(table, "date", day, moment, "no day that can be told"),
        "status": _field(table, "status", status, status.text and form.status_word(status.text)),
        "status_text": _field(table, "status", status, status.text),
    }


def _field(
    table: _Table,
    name: str,
    piece: Piece,
    value: object,
    otherwise: str = "no such cell in the row",
) -> Field:
    if name not in table.of:
        return Field(None, (), _NO_COLUMN)
    rule = f"column told by its {table.of[name][1]}"
    return Field(value or None, piece.blocks, rule if value else otherwise)
