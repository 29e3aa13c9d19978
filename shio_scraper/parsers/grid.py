"""What stands in rows and columns: tables with any spans, and the header of each cell.

A row holds no other row. A cell that spans several rows counts in each of them. A header that
spans several columns stands before each header below it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final, NamedTuple

from shio_scraper.pages import Page

_NARROW: Final = 2
_MOST_HEADERS: Final = 3
_LONGEST_HEADER: Final = 90
_OF_TABLES: Final = frozenset({"table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption"})
_LEAST_BOXES: Final = 3
_LEAST_PARTS: Final = 3
_MOST_IN_BOX: Final = 40
_ALIKE: Final = 0.7
"""The least share of boxes beside each other that have the same number of parts."""
_WIDEST: Final = 100
"""The most columns of a table."""


class Piece(NamedTuple):
    """The text of one cell, and the blocks that print it."""

    text: str
    blocks: tuple[int, ...] = ()
    head: bool = False


Line = list[Piece]
"""The pieces of a row, one for each column."""
NO_PIECE: Final = Piece("")


@dataclass(slots=True)
class Grid:
    """Rows below one line of headers. ``heads`` is empty if the first row is no header.

    ``title`` is the table's own title. ``headed`` says that the markup marks the headers.
    ``boxed`` says that boxes beside each other hold the rows, not a table.
    """

    rows: list[Line]
    heads: Line = field(default_factory=list)
    title: Piece = NO_PIECE
    headed: bool = False
    boxed: bool = False

    def column(self, number: int) -> list[str]:
        """Return the texts of a column without empty ones."""
        return [row[number].text for row in self.rows if row[number].text]

    @property
    def blocks(self) -> set[int]:
        """The blocks of the grid's rows."""
        return {block for row in self.rows for piece in row for block in piece.blocks}

    @property
    def width(self) -> int:
        """The number of columns."""
        return max(map(len, self.rows), default=0)


def tables(page: Page) -> Iterator[Grid]:
    """Yield the page's tables with two columns or more, from top to bottom."""
    headings = [i for i in range(len(page.blocks)) if page.node(i).heading]
    for table, rows in _rows(page).items():
        lines = _spanned(page, rows)
        width = max(map(len, lines), default=0)
        if width < _NARROW:
            continue
        above = list(takewhile(_is_alone, lines))
        title = next((p for line in reversed(above) for p in line if p.text), None)
        grid = _headed([line for line in lines if not _is_alone(line)], width)
        grid.title = title or _caption(page, table, headings) or NO_PIECE
        yield grid


def boxes(page: Page) -> Iterator[Grid]:
    """Yield rows without a table: boxes beside each other that have the same number of parts."""
    children: dict[int, list[int]] = defaultdict(list)
    for number, node in enumerate(page.nodes[1:], 1):
        if node.start < node.end or node.tag not in _OF_TABLES:
            children[node.parent].append(number)
    for rows in children.values():
        if len(rows) < _LEAST_BOXES or page.nodes[rows[0]].tag in _OF_TABLES:
            continue
        lines = [line for row in rows if len(line := _parts(page, row, children)) >= _LEAST_PARTS]
        width, count = Counter(map(len, lines)).most_common(1)[0] if lines else (0, 0)
        if count >= max(_LEAST_BOXES, _ALIKE * len(rows)):
            yield Grid([line for line in lines if len(line) == width], boxed=True)


def _parts(page: Page, row: int, children: Mapping[int, Sequence[int]]) -> Line:
    """Return the parts of a box: the boxes in it, or the inline elements of its only line."""
    node = page.nodes[row]
    if not 0 < node.end - node.start <= _MOST_IN_BOX:
        return []
    if not (inner := children.get(row, ())):
        parts = page.blocks[node.start].parts if node.end - node.start == 1 else ()
        return [Piece(part, (node.start,)) for part in parts]
    ranges = [range(page.nodes[number].start, page.nodes[number].end) for number in inner]
    if sum(map(len, ranges)) < node.end - node.start:
        return []
    return [_piece(page, within) for within in ranges]


def _piece(page: Page, within: range, *, head: bool = False) -> Piece:
    return Piece("\n".join(page.blocks[i].text for i in within), tuple(within), head)


def _rows(page: Page) -> dict[int, list[int]]:
    """Return the innermost rows of each table, by the numbers of their nodes."""
    table_of: list[int] = []
    row_of: list[int] = []
    outer: set[int] = set()
    by_table: dict[int, list[int]] = {}
    for number, node in enumerate(page.nodes):
        table = number if node.tag == "table" else (table_of[node.parent] if number else 0)
        row = row_of[node.parent] if number else 0
        table_of.append(table)
        if node.cells:
            outer.add(row)
            by_table.setdefault(table, []).append(number)
            row = number
        row_of.append(row)
    inner = {
        table: [
            row for row in rows if row not in outer and page.nodes[row].start < page.nodes[row].end
        ]
        for table, rows in by_table.items()
    }
    return {table: rows for table, rows in inner.items() if table and rows}


def _spanned(page: Page, rows: Sequence[int]) -> list[Line]:
    """Return the rows with a piece for each column; cells that span rows stand in each row."""
    lines: list[Line] = []
    reaching: dict[int, tuple[int, Piece]] = {}
    for row in rows:
        pieces = _pieces(page, row)
        line: Line = []
        for piece, cell in zip(pieces, page.nodes[row].cells, strict=True):
            _reach(line, reaching)
            first = len(line)
            for column in range(first, min(first + cell.columns, _WIDEST)):
                line.append(piece if column == first or piece.head else NO_PIECE)
                if cell.rows > 1:
                    reaching[column] = cell.rows - 1, line[-1]
        _reach(line, reaching)
        lines.append(line)
    return lines


def _reach(line: Line, reaching: dict[int, tuple[int, Piece]]) -> None:
    while (column := len(line)) in reaching:
        left, piece = reaching.pop(column)
        line.append(piece)
        if left > 1:
            reaching[column] = left - 1, piece


def _pieces(page: Page, row: int) -> Line:
    node = page.nodes[row]
    is_head = page.nodes[node.parent].tag == "thead"
    block = page.blocks[node.start] if node.start < node.end else None
    if block and block.cells:
        return [
            Piece(text, (node.start,), cell.head or is_head)
            for text, cell in zip(block.cells, node.cells, strict=True)
        ]
    ends = [*(cell.start for cell in node.cells[1:]), node.end]
    return [
        _piece(page, range(cell.start, end), head=cell.head or is_head)
        for cell, end in zip(node.cells, ends, strict=True)
    ]


def _is_alone(line: Line) -> bool:
    """Tell whether a row says only one thing: a title, a month, the number of pages."""
    return len({piece for piece in line if piece.text}) < _NARROW


def _headed(lines: list[Line], width: int) -> Grid:
    """Separate the rows from the headers above them, and leave out rows that repeat headers."""
    lines = [[*line, *([NO_PIECE] * (width - len(line)))] for line in lines]
    heads = list(takewhile(_is_head, lines))
    if heads and len(heads) <= _MOST_HEADERS:
        names = [_joined(column) for column in zip(*heads, strict=True)]
        texts = {tuple(p.text for p in line) for line in heads}
        below = [line for line in lines if tuple(p.text for p in line) not in texts]
        return Grid(below, names, headed=True)
    return Grid(lines)


def _is_head(line: Line) -> bool:
    pieces = [piece for piece in line if piece.text]
    return all(piece.head and len(piece.text) <= _LONGEST_HEADER for piece in pieces)


def _joined(column: Sequence[Piece]) -> Piece:
    """Return the headers of a column as one, from top to bottom."""
    texts = dict.fromkeys(piece.text for piece in column if piece.text)
    blocks = dict.fromkeys(block for piece in column for block in piece.blocks)
    return Piece(" ".join(texts), tuple(blocks), head=True)


def _caption(page: Page, table: int, headings: Sequence[int]) -> Piece | None:
    """Return the text of the table's ``<caption>``, or of the nearest heading above the table."""
    first, last = page.nodes[table].start, page.nodes[table].end
    for position in range(first, min(first + 2, last)):
        if page.node(position).tag == "caption":
            return Piece(page.blocks[position].text, (position,))
    above = bisect_left(headings, first)
    return Piece(page.blocks[headings[above - 1]].text, (headings[above - 1],)) if above else None
