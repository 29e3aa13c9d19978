"""Answers that stand folded up below questions that a reader sees."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import pairwise
from typing import Final

from shio_scraper.pages import Block, Page
from shio_scraper.parsers.faq import halves
from shio_scraper.parsers.labels import labels_of
from shio_scraper.parsers.places import Places, reach

_ASKS: Final = re.compile(r"[?？]['\"”’)）\]】.…]*\s?[¶#§]?$")
_COLON: Final = re.compile("[:：]")
_LABEL: Final = 24
"""Characters within which a label ends: a question without one is told at a glance."""
_LONGEST: Final = 300
_LEAST: Final = 2


def asks(text: str) -> bool:
    """Tell whether a text ends as a question does."""
    return _ASKS.search(text) is not None


def is_outward(block: Block) -> bool:
    """Tell whether a block links to another page: what opens an answer does not."""
    return any(
        anchor.href and not anchor.href.startswith(("#", "javascript:")) for anchor in block.anchors
    )


def with_answers(page: Page) -> Page:
    """Return the page with what is hidden below a question that has no visible answer.

    All else that no reader sees stays away. A question is labelled, or one of two that end as
    questions do and lead nowhere.
    """
    if not page.hidden or not _Questions(page).are_unanswered:
        return page
    whole = page.with_hidden()
    questions = _Questions(whole)
    folded = {i for question in questions.found for i in questions.below(question)}
    if not folded:
        return page
    return whole.without({i for i, b in enumerate(whole.blocks) if b.hidden} - folded)


class _Questions:
    """The visible questions of a page, and what is folded up below each."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._places = Places(page)
        self._labels = labels_of(page.portal)
        blocks = page.blocks
        labelled = [i for i, b in enumerate(blocks) if not b.hidden and self._is_labelled(b)]
        plain = [i for i, b in enumerate(blocks) if not b.hidden and _is_plain(b)]
        makes = {self._places.path(i) for i in plain if asks(blocks[i].text)}
        asking = [i for i in plain if self._asks(i, makes)]
        self.found: list[int] = sorted({*labelled, *(asking if len(asking) >= _LEAST else ())})

    @property
    def are_unanswered(self) -> bool:
        """Tell whether nothing stands between any two questions."""
        last = len(self._page.blocks) - 1
        return any(i + 1 == following for i, following in pairwise([*self.found, last + 1]))

    def below(self, question: int) -> range:
        """Return the hidden blocks below a question whose entry shows no other text."""
        blocks, end = self._page.blocks, self._end(question)
        shown = next((i for i in range(question + 1, end) if not blocks[i].hidden), end)
        return range(question + 1, end) if shown == end else range(0)

    def _end(self, question: int) -> int:
        """Return where a question's entry ends: with what holds no other question, or above it."""
        page, at = self._page, bisect_right(self.found, question)
        before = self.found[at - 2] if at > 1 else -1
        following = self.found[at] if at < len(self.found) else len(page.blocks)
        own = reach(page, range(question, question + 1), before, following)
        end = page.nodes[own.holder].end if own.blocks.stop == question + 1 else own.blocks.stop
        # A page of one question ends no entry.
        if own.node == 0:
            end = page.nodes[page.node(question).parent].end
        return min(end, following)

    def _asks(self, position: int, makes: set[tuple[str, ...]]) -> bool:
        """Tell a question, or what is made as one and has something folded up below it."""
        blocks = self._page.blocks
        folds = position + 1 < len(blocks) and blocks[position + 1].hidden
        return asks(blocks[position].text) or (folds and self._places.path(position) in makes)

    def _is_labelled(self, block: Block) -> bool:
        if not _COLON.search(block.text, 0, _LABEL):
            return False
        question, answer, _ = halves(block.text, block.marked, block.cells, self._labels)
        return question is not None and answer is None


def _is_plain(block: Block) -> bool:
    return len(block.text) <= _LONGEST and not is_outward(block)
