"""The layout of a page: the tree of the parts that hold fields, without their texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, TypeAlias

from shio_scraper.pages import Page
from shio_scraper.parsers.accounting import OF_ITEMS
from shio_scraper.parsers.extract import Extraction
from shio_scraper.parsers.findings import Part
from shio_scraper.parsers.frame import Frame
from shio_scraper.parsers.roles import Role
from shio_scraper.parsers.rows import Row, rows_of
from shio_scraper.portals import Portal
from shio_scraper.texts import kept

Shape: TypeAlias = tuple[str, tuple[int | str, ...]]
"""An element: its tag, and what is in it: fields, and the numbers of other shapes."""
Shapes: TypeAlias = tuple[Shape, ...]
"""The distinct shapes of a page, those within before those around them: the root is the last."""

_HEADINGS: Final = frozenset({Role.APPLICATION, Role.INQUIRY, Role.FAQ})
_CELLS: Final = ("day", "number", "word")
_MAX_LINES: Final = 200
_MAX_INDENT: Final = 40


@dataclass(frozen=True, slots=True)
class Layout:
    """A layout. ``tree`` has an element a line, indented by its depth, with its fields.

    Siblings of one shape are one line, however many they are: a body of two paragraphs and one
    of twenty have the same layout, as have three rows and thirty.
    """

    fingerprint: str
    kind: str
    fields: tuple[str, ...]
    tree: tuple[str, ...]


def layout_of(extraction: Extraction, found: Sequence[Part]) -> Layout:
    """Return the layout of a page whose blocks are the parts ``found``."""
    shapes = _shapes(extraction.page, _labels(extraction.frame, found))
    return _layout(_kind(extraction, found), shapes)


def _kind(extraction: Extraction, found: Sequence[Part]) -> str:
    """Return what the page is: of what gave no record, what its address says."""
    for record in extraction.records[:1]:
        if record.type not in {"status", "faq"}:
            return record.type
    address = extraction.page.address
    if address and address.kind:
        return address.kind
    return "listing" if OF_ITEMS in found else "page"


def _labels(frame: Frame, found: Sequence[Part]) -> Iterator[tuple[int, str]]:
    """Yield the position of each block that holds fields, or heads those that do, and which."""
    rows = dict(_rows(frame))
    for position, (by, name) in enumerate(found):
        if by == "claimed":
            yield position, rows.get(position, name)
        elif by == "ignored" and frame.roles[position] in _HEADINGS:
            yield position, f"{frame.roles[position].value} heading"


def _rows(frame: Frame) -> Iterator[tuple[int, str]]:
    """Yield for each block of a row its kind and its cells; a row apart has a block a cell."""
    for position, rows in frame.rows.items():
        if frame.roles[position] is not Role.ROW:
            continue
        kinds, there = _of_rows(frame.portal, tuple(rows))
        if position not in frame.scattered:
            yield position, f"status ({kinds} {' '.join(there)})"
        else:
            for offset, name in enumerate(there):
                yield position + offset, f"status ({kinds} {name})"


@kept(4096)
def _of_rows(portal: Portal, rows: tuple[Row, ...]) -> tuple[str, list[str]]:
    kind = rows_of(portal).kind
    kinds = {kind(row.number or "") or "unknown" for row in rows}
    there = [name for name in _CELLS if all(getattr(row, name) for row in rows)]
    return " ".join(sorted(kinds)), there


def _shapes(page: Page, labels: Iterator[tuple[int, str]]) -> Shapes:
    blocks, nodes = page.blocks, page.nodes
    within: dict[int, list[int | str]] = {}
    alike: set[tuple[int, str, str]] = set()
    for position, label in labels:
        node = blocks[position].node
        own = nodes[node]
        if own.end - own.start == 1:  # most are: a paragraph, a row, a question
            shape_and_place = own.parent, own.tag, label
            if shape_and_place in alike:
                continue
            alike.add(shape_and_place)
        pieces = within.get(node)
        if pieces is None:
            pieces = within[node] = []
            _hang(page, within, node)
        if label not in pieces:
            pieces.append(label)
    numbers: dict[Shape, int] = {}
    shape_of: dict[int, int] = {}
    for node in sorted(within, reverse=True):
        pieces = [shape_of[p] if isinstance(p, int) else p for p in within[node]]
        shape = (nodes[node].tag, tuple(dict.fromkeys(pieces)))
        shape_of[node] = numbers.setdefault(shape, len(numbers))
    return tuple(numbers)


def _hang(page: Page, within: dict[int, list[int | str]], node: int) -> None:
    """Put a node into the one around it, and that one likewise, up to one that is there."""
    while node:
        parent = page.nodes[node].parent
        if parent in within:
            within[parent].append(node)
            return
        within[parent] = [node]
        node = parent


@kept(4096)
def _layout(kind: str, shapes: Shapes) -> Layout:
    lines = list(_lines(shapes))
    fields = sorted({name for _, pieces in shapes for name in _fields(pieces)})
    digest = sha256("\n".join([kind, *lines]).encode()).hexdigest()[:16]
    more = [f"… {len(lines) - _MAX_LINES} lines more"] if len(lines) > _MAX_LINES else []
    return Layout(digest, kind, tuple(fields), (*lines[:_MAX_LINES], *more))


def _fields(pieces: Sequence[int | str]) -> Iterator[str]:
    for piece in pieces:
        if isinstance(piece, str) and not piece.endswith(" heading"):
            yield from piece.partition(" (")[0].split(", ")


def _lines(shapes: Shapes) -> Iterator[str]:
    """Yield an element a line; those that hold one other and nothing else share its line."""
    waiting = [(len(shapes) - 1, 0)] if shapes else []
    while waiting:
        number, depth = waiting.pop()
        tags = [shapes[number][0]]
        pieces = shapes[number][1]
        while len(pieces) == 1 and isinstance(pieces[0], int):
            tag, pieces = shapes[pieces[0]]
            tags.append(tag)
        del tags[: tags[:2] == ["html", "html"]]  # the page, and the element that is all of it
        fields = ", ".join(piece for piece in pieces if isinstance(piece, str))
        yield f"{'  ' * min(depth, _MAX_INDENT)}{'/'.join(tags)}{': ' if fields else ''}{fields}"
        inner = [piece for piece in pieces if isinstance(piece, int)]
        waiting += [(piece, depth + 1) for piece in reversed(inner)]
