"""Records as lists of labels and values below each other: repeated labels tell records apart.

Forms are ``Ref. No: X | Received: Y``, a row of two cells, and ``<dt>`` with ``<dd>``. A record is
the part of a page that holds one label of each kind, and its title without a label.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile
from typing import Final, NamedTuple

from shio_scraper.pages import Page
from shio_scraper.parsers import columns as form
from shio_scraper.parsers.grid import NO_PIECE, Grid, Line, Piece
from shio_scraper.parsers.places import reaches

_LABELLED: Final = re.compile(r"\s*([^:：|]{1,40}?)\s*[:：]\s*(\S.*)", re.DOTALL)
_BARE: Final = re.compile(r"\s*([^:：|]{1,40}?)\s*[:：]\s*")
_APART: Final = re.compile(r"\s*[|·•]\s*")
_LONGEST: Final = 40
_LEAST: Final = 2
_MOST_LABELS: Final = 50
_MOST_ABOVE: Final = 3
"""The most blocks above a record's labels that are its title."""


_ANCHORS: Final = (
    (form.names_reference, form.is_reference, _LEAST),
    (form.names_matter, form.is_reference, _LEAST),
    (form.names_day, form.is_day, _LEAST + 1),
)
"""What each record has once: tests of its label and its value, and the least number of values."""


class Said(NamedTuple):
    """A labelled value, and the blocks that print label and value."""

    label: str
    value: str
    blocks: tuple[int, ...]


def cards(page: Page) -> Grid | None:
    """Return the page's records that are lists of labels and values, as one grid."""
    pairs = list(_labelled(page))
    anchor = _anchor(pairs)
    if anchor is None:
        return None
    starts = [pair.blocks[0] for pair in pairs if pair.label == anchor]
    spans = _spans(page, starts)
    if spans is None:
        spans = _turns(page, pairs, starts)
    rows: list[list[Said]] = [[] for _ in spans]
    firsts = [span.start for span in spans]
    for pair in pairs:
        at = bisect_left(firsts, pair.blocks[0] + 1) - 1
        if at >= 0 and pair.blocks[0] in spans[at]:
            rows[at].append(pair)
    return _grid(page, spans, rows)


def _labelled(page: Page) -> Iterator[Said]:
    """Yield the labelled values of the page in their order."""
    texts = Counter(block.text for block in page.blocks)
    waiting: tuple[str, int] | None = None
    for position, block in enumerate(page.blocks):
        if waiting and waiting[1] == position - 1 and not _is_bare(page, position, texts):
            yield Said(waiting[0], block.text, (position - 1, position))
            waiting = None
            continue
        waiting = None
        parts = block.parts
        if block.cells:
            if len(block.cells) == len(parts) == _LEAST and _may_label(parts[0]):
                yield Said(parts[0].rstrip(" :："), parts[1], (position,))
            continue
        has_colon = ":" in block.text or "：" in block.text
        pieces = _APART.split(block.text) if has_colon else []
        matches = [_LABELLED.fullmatch(piece) for piece in pieces]
        labelled = [match for match in matches if match and _may_label(match[1])]
        for match in labelled:
            yield Said(match[1], match[2], (position,))
        if not labelled and len(parts) == _LEAST and _may_label(parts[0]):
            yield Said(parts[0], parts[1], (position,))
        elif not labelled and _is_bare(page, position, texts):
            waiting = block.text.rstrip(" :："), position


def _may_label(text: str) -> bool:
    return len(text) <= _LONGEST and any(map(str.isalpha, text)) and not any(map(str.isdigit, text))


def _is_bare(page: Page, position: int, texts: Counter[str]) -> bool:
    """Tell whether a block is a label alone: it ends in a colon, is a ``<dt>``, or repeats."""
    text = page.blocks[position].text
    if not _may_label(text):
        return False
    repeats = texts[text] > _LEAST and not page.blocks[position].anchors
    return bool(_BARE.fullmatch(text)) or page.node(position).tag == "dt" or repeats


def _anchor(pairs: Sequence[Said]) -> str | None:
    """Return the label that each record has once: a reference's or matter's, else a day's."""
    values: dict[str, list[str]] = defaultdict(list)
    for pair in pairs:
        values[pair.label].append(pair.value)
    known = {
        label: texts
        for label, texts in values.items()
        if len(set(texts)) >= _LEAST and not form.names_meeting(label)
    }
    for names, has_form, least in _ANCHORS:
        fits = [
            (len(texts), label)
            for label, texts in known.items()
            if names(label) and len(texts) >= least and all(map(has_form, texts))
        ]
        if fits:
            return max(fits, key=lambda fit: fit[0])[1]
    return None


def _spans(page: Page, starts: Sequence[int]) -> list[range] | None:
    """Return the blocks of the largest element around each anchor that holds no other anchor.

    Return ``None`` if an anchor has no such element, or if the elements hold only the anchors.
    """
    reached = reaches(page, [range(start, start + 1) for start in starts])
    if any(reach.node is None for reach in reached):
        return None
    spans = [reach.blocks for reach in reached]
    if sum(map(len, spans)) == len(spans):
        return None
    return _with_titles(spans)


def _with_titles(spans: list[range]) -> list[range]:
    """Give each record the few blocks above it, if equally many stand above every record."""
    gaps = {after.start - before.stop for before, after in pairwise(spans)}
    gap = gaps.pop() if len(gaps) == 1 else 0
    if not 0 < gap <= _MOST_ABOVE or spans[0].start < gap:
        return spans
    return [range(span.start - gap, span.stop) for span in spans]


def _turns(page: Page, pairs: Sequence[Said], starts: Sequence[int]) -> list[range]:
    """Return the blocks of records without elements of their own: each begins above its anchor."""
    label_at = {block: pair.label for pair in pairs for block in pair.blocks}
    leads: set[str] = set()
    while (label := label_at.get(starts[0] - len(leads) - 1)) and label not in leads:
        leads.add(label)
    heads = []
    for before, start in pairwise([-1, *starts]):
        head = start
        while head - 1 > before and label_at.get(head - 1) in leads:
            head -= 1
        above = range(head - 1, max(before, head - 1 - _MOST_ABOVE), -1)
        free = list(takewhile(lambda i: i not in label_at, above))
        heads.append(next((i for i in free if _is_title(page, i)), head))
    longest = max((after - head for head, after in pairwise(heads)), default=1)
    ends = [*heads[1:], min(heads[-1] + longest, len(page.blocks))]
    return [range(head, end) for head, end in zip(heads, ends, strict=True)]


def _is_title(page: Page, position: int) -> bool:
    return bool(page.node(position).heading or page.blocks[position].anchors)


def _grid(page: Page, spans: Sequence[range], rows: Sequence[Sequence[Said]]) -> Grid | None:
    uses = Counter(pair.label for row in rows for pair in row)
    most = {label for label, _ in uses.most_common(_MOST_LABELS)}
    labels = [label for label in uses if label in most]
    lines: list[Line] = []
    for span, row in zip(spans, rows, strict=True):
        labelled = {block for pair in row for block in pair.blocks}
        title = next((i for i in span if i not in labelled), None)
        by_label = {pair.label: Piece(pair.value, pair.blocks) for pair in reversed(row)}
        head = NO_PIECE if title is None else Piece(page.blocks[title].text, (title,))
        if by_label:
            lines.append([head, *(by_label.get(label, NO_PIECE) for label in labels)])
    heads = [NO_PIECE, *(Piece(label) for label in labels)]
    return Grid(lines, heads, headed=True) if len(lines) >= _LEAST and labels else None
