"""Layouts: the tree of the elements that hold fields, without their texts, and the known layouts.

A site's known layouts are those of its earlier runs and of the accepted cases. A new layout is
reported with what it changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeAlias

from shio_scraper import runs
from shio_scraper.audit import cases
from shio_scraper.items import PageLayout
from shio_scraper.pages import Page, UnreadableError, read
from shio_scraper.parsers.accounting import OF_ITEMS, account
from shio_scraper.parsers.extract import Extraction, extract
from shio_scraper.parsers.findings import Part
from shio_scraper.parsers.frame import Frame
from shio_scraper.parsers.roles import Role, Row
from shio_scraper.parsers.rows import rows_of
from shio_scraper.parsers.template import Template
from shio_scraper.portals import Portal
from shio_scraper.runs import manifest, stored
from shio_scraper.texts import kept

Shape: TypeAlias = tuple[str, tuple[int | str, ...]]
"""An element: its tag, and its content: fields, and the numbers of other shapes."""
Shapes: TypeAlias = tuple[Shape, ...]
"""The distinct shapes of a page. Inner shapes come before those around them: the root is last."""

_HEADINGS: Final = frozenset({Role.APPLICATION, Role.INQUIRY, Role.FAQ})
_CELLS: Final = ("day", "number", "word")
_MAX_LINES: Final = 200
_MAX_INDENT: Final = 40


@dataclass(frozen=True, slots=True)
class Layout:
    """A layout. ``tree`` has a line for each element, indented by its depth, with its fields.

    Siblings of one shape are one line, however many they are. A body of two paragraphs has the
    same layout as one of twenty, and three rows have the same layout as thirty.
    """

    fingerprint: str
    kind: str
    fields: tuple[str, ...]
    tree: tuple[str, ...]


def layout_of(extraction: Extraction, found: Sequence[Part]) -> Layout:
    """Return the layout of a page. ``found`` has the part of each of its blocks."""
    shapes = _shapes(extraction.page, _labels(extraction.frame, found))
    return _layout(_kind(extraction, found), shapes)


def _kind(extraction: Extraction, parts: Sequence[Part]) -> str:
    """Return the type of the page's record, or without a record the kind that its address says."""
    for record in extraction.records[:1]:
        if record.type not in {"status", "faq"}:
            return record.type
    address = extraction.page.address
    if address and address.kind:
        return address.kind
    return "listing" if OF_ITEMS in parts else "page"


def _labels(frame: Frame, parts: Sequence[Part]) -> Iterator[tuple[int, str]]:
    """Yield position and label of each block that holds fields or is the heading of such blocks."""
    rows = dict(_rows(frame))
    for position, (by, name) in enumerate(parts):
        if by == "claimed":
            yield position, rows.get(position, name)
        elif by == "ignored" and frame.roles[position] in _HEADINGS:
            yield position, f"{frame.roles[position].value} heading"


def _rows(frame: Frame) -> Iterator[tuple[int, str]]:
    """Yield for each block of a row the row's kind and cells. Some rows have a block per cell."""
    for position, rows in frame.rows.items():
        if frame.roles[position] is not Role.ROW:
            continue
        kinds, filled = _of_rows(frame.portal, tuple(rows))
        if position not in frame.scattered:
            yield position, f"status ({kinds} {' '.join(filled)})"
        else:
            for offset, name in enumerate(filled):
                yield position + offset, f"status ({kinds} {name})"


@kept(4096)
def _of_rows(portal: Portal, rows: tuple[Row, ...]) -> tuple[str, list[str]]:
    kind = rows_of(portal).kind
    kinds = {kind(row.number or "") or "unknown" for row in rows}
    filled = [name for name in _CELLS if all(getattr(row, name) for row in rows)]
    return " ".join(sorted(kinds)), filled


def _shapes(page: Page, labels: Iterator[tuple[int, str]]) -> Shapes:
    blocks, nodes = page.blocks, page.nodes
    within: dict[int, list[int | str]] = {}
    alike: set[tuple[int, str, str]] = set()
    for position, label in labels:
        node = blocks[position].node
        element = nodes[node]
        if element.end - element.start == 1:  # most elements: a paragraph, a row, a question
            shape_and_place = element.parent, element.tag, label
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
    """Put a node into its parent, and the parent into its own, up to one that is already there."""
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
    """Yield a line for each element. An element that holds only one other shares its line."""
    waiting = [(len(shapes) - 1, 0)] if shapes else []
    while waiting:
        number, depth = waiting.pop()
        tags = [shapes[number][0]]
        pieces = shapes[number][1]
        while len(pieces) == 1 and isinstance(pieces[0], int):
            tag, pieces = shapes[pieces[0]]
            tags.append(tag)
        del tags[: tags[:2] == ["html", "html"]]  # the page, and the element that fills it
        fields = ", ".join(piece for piece in pieces if isinstance(piece, str))
        yield f"{'  ' * min(depth, _MAX_INDENT)}{'/'.join(tags)}{': ' if fields else ''}{fields}"
        inner = [piece for piece in pieces if isinstance(piece, int)]
        waiting += [(piece, depth + 1) for piece in reversed(inner)]


FILE: Final = "layouts.jsonl"
_PAGES: Final = "drift/layouts/"
_SAME_SITE: Final = frozenset({"live", "archive"})
"""Sites whose runs read the portal's own pages."""


@dataclass(frozen=True, slots=True)
class Known:
    """A layout and the name of the run or case in which it was seen first."""

    layout: Layout | PageLayout
    where: str


def known_before(run: Path, site: str, folder: Path = cases.CASES) -> dict[str, Known]:
    """Return by fingerprint the layouts that were known before the run in the folder ``run``.

    These are the layouts of the accepted cases in ``folder``, and of the earlier complete runs of
    ``site`` beside ``run``. Incomplete runs and trials teach nothing: a layout that broke a run
    would otherwise be known the next time.
    """
    known = dict(_of_cases(folder))
    for earlier in runs.all_below(run.parents[1]):
        if earlier.name < run.name and _teaches(earlier, site):
            with suppress(OSError):  # a run that cannot be read teaches nothing
                for seen in of_run(earlier):
                    known.setdefault(seen.fingerprint, Known(seen, earlier.name))
    return known


def of_run(run: Path) -> Iterator[PageLayout]:
    """Yield the layouts that a run saw, in its order. Raises ``OSError`` while it reads."""
    return filter(None, stored.of_kind(PageLayout, run / FILE))


def pages_of(run: Path) -> dict[str, int]:
    """Return how many pages of a run had each layout; empty if the run has not ended."""
    return {
        name.removeprefix(_PAGES): count
        for name, count in stored.stats(run).items()
        if name.startswith(_PAGES)
    }


def _teaches(run: Path, site: str) -> bool:
    if not (run / FILE).is_file():
        return False
    try:
        made = manifest.read(run)
    except (OSError, ValueError):
        return False
    same = made.site == site or {made.site, site} <= _SAME_SITE
    return same and made.outcome == "complete" and not made.trial


@cache
def _of_cases(folder: Path) -> dict[str, Known]:
    known: dict[str, Known] = {}
    for case in filter(cases.is_accepted, cases.folders(folder)):
        with suppress(UnreadableError):
            extraction = extract(read(cases.load(case)))
            if result := account(extraction):
                layout = layout_of(extraction, result.parts)
                known.setdefault(layout.fingerprint, Known(layout, f"case {case.name}"))
    return known


class Drift:
    """The layouts of the run in a folder. ``new`` are those that were not known before.

    Raises ``OSError`` if the run has no layouts, ``ValueError`` if its manifest cannot be read.
    """

    def __init__(self, run: Path) -> None:
        self._run = run
        self._known = known_before(run.absolute(), manifest.read(run).site)
        self._pages = pages_of(run)
        self._seen = list(of_run(run))
        self.new = [layout for layout in self._seen if layout.fingerprint not in self._known]
        self.templates = self._new_templates()

    def report(self) -> Iterator[str]:
        """Yield the lines of the report."""
        counts = f"{len(self._seen)} layouts, {len(self.new)} new; {len(self._known)} known before"
        yield f"{self._run.name}: {counts}"
        for layout in self._seen:
            if layout not in self.new:
                where = self._known[layout.fingerprint].where
                count = f"{self._count(layout)}, first in {where}"
                yield f"known {layout.fingerprint} ({layout.kind}): {count}"
        for layout in self.new:
            yield ""
            yield from self._new(layout)
        for template in self.templates:
            yield ""
            yield from _frame(template)

    def _new_templates(self) -> list[Template]:
        """Return the templates that no earlier run began with or learnt."""
        before = (run for run in runs.all_below(self._run.parents[1]) if run.name < self._run.name)
        known = {template.digest for run in before for template in stored.templates(run)}
        return [
            template for template in stored.templates(self._run) if template.digest not in known
        ]

    def _count(self, layout: PageLayout) -> str:
        pages = self._pages.get(layout.fingerprint)
        return "pages not counted yet" if pages is None else f"{pages} pages"

    def _new(self, layout: PageLayout) -> Iterator[str]:
        yield f"new {layout.fingerprint} ({layout.kind}): {self._count(layout)}"
        yield f"  first page: {layout.url or 'without address'}{_place(layout)}"
        yield f"  fills: {', '.join(layout.fields) or 'nothing'}"
        yield from _not_filled(layout, self._known)
        if nearest := _nearest(layout, self._known):
            yield f"  nearest: {nearest.layout.fingerprint}, first in {nearest.where}"
            yield from _difference(nearest.layout, layout)
        else:
            yield "  nothing like it is known:"
            yield from (f"    {line}" for line in layout.tree)


def _frame(template: Template) -> Iterator[str]:
    """Yield lines on a template that is new because the frame fitted no known template."""
    yield f"template {template.digest} ({template.layout}) is new; links of its frame stand at:"
    yield from (f"    {place}" for place in sorted(template.tree))


def _place(layout: PageLayout) -> str:
    at = layout.provenance.archive
    return f" ({at.file}:{at.offset})" if at else ""


def _not_filled(layout: PageLayout, known: Mapping[str, Known]) -> Iterator[str]:
    """Yield which fields other layouts of the kind fill and this one does not, and vice versa."""
    alike = [other.layout for other in known.values() if other.layout.kind == layout.kind]
    others = {name for other in alike for name in other.fields}
    if missing := sorted(others.difference(layout.fields)):
        yield f"  does not fill, as others of its kind do: {', '.join(missing)}"
    if others and (more := sorted(set(layout.fields) - others)):
        yield f"  fills, as no other of its kind does: {', '.join(more)}"


def _nearest(layout: PageLayout, known: Mapping[str, Known]) -> Known | None:
    """Return the known layout with the most similar tree: of the same kind, else of any kind."""
    same = [k for k in known.values() if k.layout.kind == layout.kind]
    matcher = SequenceMatcher(b=layout.tree, autojunk=False)

    def likeness(other: Known) -> float:
        matcher.set_seq1(other.layout.tree)
        return matcher.ratio()

    return max(same or known.values(), key=likeness, default=None)


def _difference(old: Layout | PageLayout, new: PageLayout) -> Iterator[str]:
    names = (f"{old.fingerprint} known", f"{new.fingerprint} new")
    for line in unified_diff(old.tree, new.tree, *names, n=2, lineterm=""):
        yield f"    {line}"
