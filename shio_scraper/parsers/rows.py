"""The form of a status row: a month-day, a number, a word; as cells, spans, one line, or apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from shio_scraper.items import StatusKind, StatusWord
from shio_scraper.pages import Block
from shio_scraper.parsers.dates import is_month_day
from shio_scraper.portal import Portal, fold

if TYPE_CHECKING:
    from shio_scraper.parsers.frame import Role

_GAP = re.compile(r"[\s|]+")
_OTHER_NUMBER = re.compile(r"[A-Za-z]{0,6}-?\d[\dA-Za-z/-]{2,19}")
_SENTENCE = re.compile(r"[.!?。！？,，:：;；]")
_LONGEST_ROW: Final = 160
_LONGEST_WORD: Final = 40


@dataclass(frozen=True, slots=True)
class Row:
    """A row as printed; ``None`` where a cell is missing."""

    day: str | None
    number: str | None
    word: str | None


class Rows:
    """Reads rows by the forms of a portal's numbers and its status words."""

    longest_cell: Final = _LONGEST_WORD

    def __init__(self, portal: Portal) -> None:
        self._forms = [(n.kind, re.compile(n.form)) for n in portal.status_numbers]
        self._words = portal.vocabulary.words
        self._phrases = portal.vocabulary.roles

    def serial(self, number: str, heading: StatusKind | None) -> tuple[StatusKind | None, str]:
        """Return the kind of list and the running number that ``number`` shows.

        A known form tells the kind; another number is its own serial, its kind the heading's.
        """
        for kind, form in self._forms:
            if match := form.fullmatch(number):
                return kind, match[1]
        return heading, number

    def word(self, text: str) -> StatusWord:
        """Return the normal form of a status word."""
        return self._words.get(fold(text), "other")

    def read(self, block: Block, *, in_status: bool) -> list[Row]:
        """Return the rows that ``block`` is; none where it is anything else."""
        if len(block.text) > _LONGEST_ROW:
            return []
        cells = block.cells or _GAP.split(" ".join(block.parts).strip(" |"))
        rows = [self._row(chunk, block, in_status=in_status) for chunk in _chunks(cells)]
        return [row for row in rows if row] if all(rows) else []

    def gather(
        self, blocks: Sequence[Block], roles: Sequence[Role], position: int, *, in_status: bool
    ) -> tuple[Row, int] | None:
        """Return the row whose cells are blocks from ``position`` on, and how many they are."""
        near = zip(blocks[position : position + 3], roles[position : position + 3], strict=True)
        texts = [block.text for block, _ in takewhile(lambda pair: pair[1] == "text", near)]
        day = texts.pop(0) if is_month_day(texts[0]) else None
        if not texts or not self._is_number(texts[0], in_status=in_status and day is not None):
            return None
        number = texts.pop(0)
        word = texts[0] if texts and self._is_word(texts[0], known=not in_status) else None
        if day is None and word is None:
            return None
        return Row(day, number, word), sum(part is not None for part in (day, number, word))

    def _row(self, cells: Sequence[str], block: Block, *, in_status: bool) -> Row | None:
        rest = list(cells)
        day = next((cell for cell in rest if is_month_day(cell)), None)
        if day is not None:
            rest.remove(day)
        odd = in_status and (day is not None or bool(block.cells))
        number = next((cell for cell in rest if self._is_number(cell, in_status=odd)), None)
        if number is not None:
            rest.remove(number)
        word = " ".join(cell for cell in rest if cell) or None
        known = word is not None and fold(word) in self._words
        if word and not known and (_SENTENCE.search(word) or len(word) > _LONGEST_WORD):
            return None
        parts = (day is not None) + (number is not None) + known
        enough = parts >= 2 or (in_status and bool(block.cells) and parts >= 1)  # noqa: PLR2004
        return Row(day, number, word) if enough else None

    def _is_number(self, text: str, *, in_status: bool) -> bool:
        if any(form.fullmatch(text) for _, form in self._forms):
            return True
        return in_status and _OTHER_NUMBER.fullmatch(text) is not None and not is_month_day(text)

    def _is_word(self, text: str, *, known: bool) -> bool:
        folded = fold(text)
        if folded in self._words:
            return True
        plain = not any(c.isdigit() for c in text) and not _SENTENCE.search(text)
        return not known and plain and len(text) <= _LONGEST_WORD and folded not in self._phrases


@lru_cache
def rows_of(portal: Portal) -> Rows:
    """Return the reader of ``portal``'s rows."""
    return Rows(portal)


def _chunks(cells: Sequence[str]) -> list[Sequence[str]]:
    """Part the cells of several rows on one line: each row begins with its day."""
    starts = [i for i, cell in enumerate(cells) if is_month_day(cell)]
    if len(starts) < 2 or starts[0]:  # noqa: PLR2004
        return [cells]
    return [cells[a:b] for a, b in zip(starts, [*starts[1:], len(cells)], strict=True)]
