"""Records as lists of labels and values, one below the other: what repeats tells them apart.

``Ref. No: X | Received: Y``, a row of two cells, ``<dt>`` and ``<dd>``: a record is what holds one
label of each kind, its unlabelled title included.
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
"""Blocks above a record's labels that are its title, at most."""


_ANCHORS: Final = (
    (form.names_reference, form.is_reference, _LEAST),
    (form.names_matter, form.is_reference, _LEAST),
    (form.names_day, form.is_day, _LEAST + 1),
)
"""What each record has once: how its label and its value are told, and how often it stands."""


class Said(NamedTuple):
    """A value and its label, and the blocks that say them."""

    label: str
    value: str
    blocks: tuple[int, ...]


def cards(page: Page) -> Grid | None:
    """Return the page's records that are lists of labels and values, as one grid."""
    said = list(_said(page))
    anchor = _anchor(said)
    if anchor is None:
        return None
    starts = [one.blocks[0] for one in said if one.label == anchor]
    spans = _spans(page, starts)
    if spans is None:
        spans = _turns(page, said, starts)
    rows: list[list[Said]] = [[] for _ in spans]
    firsts = [span.start for span in spans]
    for one in said:
        at = bisect_left(firsts, one.blocks[0] + 1) - 1
        if at >= 0 and one.blocks[0] in spans[at]:
            rows[at].append(one)
    return _grid(page, spans, rows)


def _said(page: Page) -> Iterator[Said]:
    """Yield what the page says with a label, in its order."""
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
        found = [_LABELLED.fullmatch(piece) for piece in pieces]
        labelled = [match for match in found if match and _may_label(match[1])]
        for match in labelled:
            yield Said(match[1], match[2], (position,))
        if not labelled and len(parts) == _LEAST and _may_label(parts[0]):
            yield Said(parts[0], parts[1], (position,))
        elif not labelled and _is_bare(page, position, texts):
            waiting = block.text.rstrip(" :："), position


def _may_label(text: str) -> bool:
    return len(text) <= _LONGEST and any(map(str.isalpha, text)) and not any(map(str.isdigit, text))


def _is_bare(page: Page, position: int, texts: Counter[str]) -> bool:
    """Tell a label that stands alone: it ends so, it is a ``<dt>``, or it comes again and again."""
    text = page.blocks[position].text
    if not _may_label(text):
        return False
    repeats = texts[text] > _LEAST and not page.blocks[position].anchors
    return bool(_BARE.fullmatch(text)) or page.node(position).tag == "dt" or repeats


def _anchor(said: Sequence[Said]) -> str | None:
    """Return the label that each record has once: its reference's, else its day's."""
    values: dict[str, list[str]] = defaultdict(list)
    for one in said:
        values[one.label].append(one.value)
    known = {
        label: texts
        for label, texts in values.items()
        if len(set(texts)) >= _LEAST and not form.names_meeting(label)
    }
    for names, is_one, least in _ANCHORS:
        fits = [
            (len(texts), label)
            for label, texts in known.items()
            if names(label) and len(texts) >= least and all(map(is_one, texts))
        ]
        if fits:
            return max(fits, key=lambda fit: fit[0])[1]
    return None


def _spans(page: Page, starts: Sequence[int]) -> list[range] | None:
    """Return what holds each anchor and no other one, where more than the anchor is in it."""
    found = reaches(page, [range(start, start + 1) for start in starts])
    if any(one.node is None for one in found):
        return None
    spans = [one.blocks for one in found]
    if sum(map(len, spans)) == len(spans):
        return None
    return _with_titles(spans)


def _with_titles(spans: list[range]) -> list[range]:
    """Give each record the blocks above it, where all have as few of them."""
    gaps = {after.start - before.stop for before, after in pairwise(spans)}
    gap = gaps.pop() if len(gaps) == 1 else 0
    if not 0 < gap <= _MOST_ABOVE or spans[0].start < gap:
        return spans
    return [range(span.start - gap, span.stop) for span in spans]


def _turns(page: Page, said: Sequence[Said], starts: Sequence[int]) -> list[range]:
    """Return the records of a run without boxes: each begins above its anchor."""
    label_at = {block: one.label for one in said for block in one.blocks}
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
    uses = Counter(one.label for row in rows for one in row)
    most = {label for label, _ in uses.most_common(_MOST_LABELS)}
    labels = [label for label in uses if label in most]
    lines: list[Line] = []
    for span, row in zip(spans, rows, strict=True):
        labelled = {block for one in row for block in one.blocks}
        title = next((i for i in span if i not in labelled), None)
        own = {one.label: Piece(one.value, one.blocks) for one in reversed(row)}
        head = NO_PIECE if title is None else Piece(page.blocks[title].text, (title,))
        if own:
            lines.append([head, *(own.get(label, NO_PIECE) for label in labels)])
    heads = [NO_PIECE, *(Piece(label) for label in labels)]
    return Grid(lines, heads, headed=True) if len(lines) >= _LEAST and labels else None
