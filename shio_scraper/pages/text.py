"""Plain text, as text extractors print pages → blocks, a line each.

Text stays text: tags, entities and the like in it are never read as markup.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from shio_scraper.pages.page import Block, Node, check_number
from shio_scraper.portals import Vocabulary
from shio_scraper.texts import clean

_MARKDOWN = re.compile(r"^#{1,6}\s+")
"""A heading, as some extractors mark it."""
_LONGEST_RUN = 200
"""Lines; bounds the work on a long text of repeated lines."""


def read_text(text: str, vocabulary: Vocabulary) -> tuple[list[Block], list[Node]]:
    """Return the blocks of ``text`` and the one node around them.

    A line that an extractor printed twice comes out once (PORTAL.md, rendering C).
    Raises ``UnreadableError`` (``too_large``) for over 15,000 lines.
    """
    whole = [_MARKDOWN.sub("", clean(raw)) for raw in text.splitlines()]
    places = [place for place, line in enumerate(whole) if line]
    check_number(len(places))
    kept = _undouble([whole[place] for place in places], vocabulary)
    blocks = [
        _block(whole[place], soft=place > 0 and bool(whole[place - 1]))
        for place in (places[index] for index in kept)
    ]
    return blocks, [Node("text", 0, 0, len(blocks))]


def _block(line: str, *, soft: bool) -> Block:
    """A line that ends in ``|`` is a table row, its cells apart by ``|``."""
    if line.endswith("|"):
        cells = tuple(cell.strip() for cell in line.strip("|").split("|"))
        text = " ".join(cell for cell in cells if cell)
        if len(cells) > 1 and text:
            return Block(text, text, 0, (), cells)
    return Block(line, line, 0, (), (), soft)


def _undouble(lines: list[str], vocabulary: Vocabulary) -> Sequence[int]:
    """Return which lines stay, without what a text extractor does to lines behind a ``<br>``.

    It prints them again as a block.

    Answers tell: printed twice, the rendering doubles; printed once, it does not, and what
    repeats is the page's. Without answers, a body P1 P2 P3 P2 P3 is doubled.
    """
    answers = [i for i, line in enumerate(lines) if _is_answer(line, vocabulary)]
    if any(i and lines[i] == lines[i - 1] for i in answers):
        return _collapse(lines, shortest=1)
    if len(answers) > 1:
        return range(len(lines))
    kept = _collapse(lines, shortest=2)
    is_twice = len(kept) > 2 and lines[kept[-1]] == lines[kept[-2]]  # noqa: PLR2004
    return kept[:-1] if is_twice else kept


def _is_answer(line: str, vocabulary: Vocabulary) -> bool:
    label, colon, _ = line.replace("：", ":").partition(":")
    return bool(colon) and label.strip().upper() in vocabulary.answer_labels


def _collapse(lines: list[str], shortest: int) -> list[int]:
    """Return which lines stay without each run that at once repeats the run before it.

    The first line of a page opens its block: extractors never repeat it.
    """
    counts = Counter(lines)
    kept = [*range(len(lines[:1]))]
    position = 1
    while position < len(lines):
        length = _run(lines, position, shortest) if counts[lines[position]] > 1 else 0
        kept += range(position, position + max(length, 1))
        position += max(2 * length, 1)
    return kept


def _run(lines: Sequence[str], start: int, shortest: int) -> int:
    """Return the length of the longest run from ``start`` that repeats at once, or 0."""
    for length in range(min((len(lines) - start) // 2, _LONGEST_RUN), shortest - 1, -1):
        again = start + length
        if lines[again] == lines[start] and lines[start:again] == lines[again : again + length]:
            return length
    return 0
