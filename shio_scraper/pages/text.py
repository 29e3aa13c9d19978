"""Reads plain text, as text extractors print pages, into blocks: one for each line.

Text stays text: tags and entities in it are never read as markup.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from shio_scraper.pages.page import Block, Node, check_number
from shio_scraper.portals import Vocabulary
from shio_scraper.texts import clean

_MARKDOWN = re.compile(r"^#{1,6}\s+")
"""The mark that some extractors put before a heading."""
_LONGEST_RUN = 200
"""Most lines of a run that repeats. This limits the work on a long text of repeated lines."""


def read_text(text: str, vocabulary: Vocabulary) -> tuple[list[Block], list[Node]]:
    """Return the blocks of ``text`` and the one node around them.

    A line that an extractor printed twice is returned once (PORTAL.md, rendering C).
    Raises ``UnreadableError`` (``too_large``) if there are over 15,000 lines.
    """
    whole = [_MARKDOWN.sub("", clean(raw)) for raw in text.splitlines()]
    places = [place for place, line in enumerate(whole) if line]
    check_number(len(places))
    single = _undouble([whole[place] for place in places], vocabulary)
    blocks = [
        _block(whole[place], soft=place > 0 and bool(whole[place - 1]))
        for place in (places[index] for index in single)
    ]
    return blocks, [Node("text", 0, 0, len(blocks))]


def _block(line: str, *, soft: bool) -> Block:
    """Return the block of a line; a line that ends in ``|`` is a table row, split at each ``|``."""
    if line.endswith("|"):
        cells = tuple(cell.strip() for cell in line.strip("|").split("|"))
        text = " ".join(cell for cell in cells if cell)
        if len(cells) > 1 and text:
            return Block(text, text, 0, (), cells)
    return Block(line, line, 0, (), (), soft)


def _undouble(lines: list[str], vocabulary: Vocabulary) -> Sequence[int]:
    """Return the indexes of the lines that are not doubled by a text extractor.

    Such an extractor prints the lines behind a ``<br>`` again, as a block. Answers show whether
    the text was printed so: if an answer is printed twice, lines are doubled; if each is printed
    once, repeated lines are the page's own. In a text without answers, a body
    P1 P2 P3 P2 P3 is doubled.
    """
    answers = [i for i, line in enumerate(lines) if _is_answer(line, vocabulary)]
    if any(i and lines[i] == lines[i - 1] for i in answers):
        return _collapse(lines, shortest=1)
    if len(answers) > 1:
        return range(len(lines))
    single = _collapse(lines, shortest=2)
    is_twice = len(single) > 2 and lines[single[-1]] == lines[single[-2]]  # noqa: PLR2004
    return single[:-1] if is_twice else single


def _is_answer(line: str, vocabulary: Vocabulary) -> bool:
    label, colon, _ = line.replace("：", ":").partition(":")
    return bool(colon) and label.strip().upper() in vocabulary.answer_labels


def _collapse(lines: list[str], shortest: int) -> list[int]:
    """Return the indexes of the lines without each run that repeats the run right before it.

    The first line of a page opens its block: extractors never repeat it. ``shortest`` is the
    least number of lines of a run.
    """
    counts = Counter(lines)
    single = [*range(len(lines[:1]))]
    position = 1
    while position < len(lines):
        length = _run(lines, position, shortest) if counts[lines[position]] > 1 else 0
        single += range(position, position + max(length, 1))
        position += max(2 * length, 1)
    return single


def _run(lines: Sequence[str], start: int, shortest: int) -> int:
    """Return the length of the longest run from ``start`` that is repeated right after it, or 0."""
    for length in range(min((len(lines) - start) // 2, _LONGEST_RUN), shortest - 1, -1):
        again = start + length
        if lines[again] == lines[start] and lines[start:again] == lines[again : again + length]:
            return length
    return 0
