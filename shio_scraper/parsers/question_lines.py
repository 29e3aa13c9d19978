"""Questions that stand in one block with their answers: rows of two cells, bold beginnings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from shio_scraper.pages import Block
from shio_scraper.parsers.answers import asks
from shio_scraper.parsers.asking import LONGEST, SHORTEST, Asking
from shio_scraper.parsers.faq import Pair

_LEAST: Final = 2
_LEAST_ALONE: Final = 3
_ASKED: Final = 0.8
"""The part of blocks side by side that asks, at least."""


def read_lines(asking: Asking) -> Iterator[Pair]:
    """Yield the pairs of which each is one block, made as those beside it."""
    halves: dict[tuple[int, str], list[tuple[int, str, str]]] = defaultdict(list)
    for position, block in enumerate(asking.page.blocks):
        if asking.may_hold(position) and (half := _halves(block)):
            halves[asking.page.make(position)].append((position, *half))
    for group in halves.values():
        first, *texts = group[0]
        named = asking.names_columns(*texts)
        asked = sum(asking.asks_so(question) for _, question, _ in group)
        least = _LEAST if asking.is_headed(first) else _LEAST_ALONE
        if named or asked >= max(least, _ASKED * len(group)):
            yield from (asking.pair([at], [q], [at], [a]) for at, q, a in group[named:])


def _halves(block: Block) -> tuple[str, str] | None:
    """Return a question and the answer behind it in one block: two cells, or a bold beginning."""
    parts = block.parts
    if block.cells:
        texts = parts[1:] if len(parts) == 3 and parts[0].strip(".、").isdigit() else parts  # noqa: PLR2004
        return (texts[0], texts[1]) if len(texts) == 2 and len(texts[0]) <= LONGEST else None  # noqa: PLR2004
    if len(parts) < _LEAST or len(parts[0]) > LONGEST or not asks(parts[0]):
        return None
    answer = block.text[block.text.find(parts[0]) + len(parts[0]) :].strip()
    return (parts[0], answer) if len(answer) >= SHORTEST else None
