"""Recognizes status rows by form: month-day, number and word, in cells, spans, a line or blocks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import takewhile
from typing import Final

from shio_scraper import texts
from shio_scraper.items import StatusKind, StatusWord
from shio_scraper.pages import Block
from shio_scraper.parsers.days import is_month_day
from shio_scraper.parsers.roles import Role, Row
from shio_scraper.portals import Portal, fold
from shio_scraper.texts import kept

_GAP = re.compile(r"[\s|]+")
_BULLET = re.compile(r"^[-*•·»–>\s\[【]+")
_BESIDE = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?|[-–—•·»\[\]【】]+")
_TOUCHING = re.compile(r"(\d{1,2}月\d{1,2}日|\d{1,2}-\d{1,2})\s?(\d{8})\s?(\D{1,40})")
_OTHER_NUMBER = re.compile(r"[A-Za-z]{0,6}-?\d[\dA-Za-z/-]{0,19}")
_INDEX = re.compile(r"\d{1,3}[.、]?")
_SENTENCE = re.compile(r"[.!?。！？,，:：;；]")
_LONGEST_ROW: Final = 160
_LONGEST_WORD: Final = 40
_CELLS: Final = 3


class Rows:
    """Reads rows by a portal's forms of numbers and its status words."""

    def __init__(self, portal: Portal) -> None:
        self._forms = [(n.kind, re.compile(n.form)) for n in portal.status_numbers]
        self._words = portal.vocabulary.words
        self._phrases = portal.vocabulary.roles
        label = portal.vocabulary.number_label
        self._number_label = re.compile(rf"^(?:{label})\s?(?=\d)", re.IGNORECASE)
        self.dates = portal.dates
        self._read = kept(4096)(self._read_cells)
        self.kind = kept(4096)(self._kind)

    def _kind(self, number: str) -> StatusKind | None:
        """Return the kind whose form ``number`` has; ``None`` for a number of another form."""
        plain = texts.fold(number)
        return next((kind for kind, form in self._forms if form.fullmatch(plain)), None)

    def serial(self, number: str, kind: StatusKind | None) -> str:
        """Return the running number; for a number of another form than ``kind``'s, all of it."""
        plain = texts.fold(number)
        matches = (form.fullmatch(plain) for of_kind, form in self._forms if of_kind == kind)
        return next((match[1] for match in matches if match), plain)

    def word(self, text: str) -> StatusWord:
        """Return the normal form of a status word; ``other`` for one not in the vocabulary."""
        return self._words.get(fold(text), "other")

    def read(self, block: Block, *, in_status: bool) -> Sequence[Row]:
        """Return the rows of ``block``; none if the block is no row.

        ``in_status`` says that the block stands below the heading of a status list, where less is
        needed to take a block as a row.
        """
        if len(block.text) > _LONGEST_ROW:
            return ()
        return self._read(block.cells, "" if block.cells else " ".join(block.parts), in_status)

    def _read_cells(self, cells: tuple[str, ...], line: str, in_status: bool) -> tuple[Row, ...]:  # noqa: FBT001
        in_table = bool(cells)
        return tuple(self._rows(cells or _tokens(line), in_table=in_table, in_status=in_status))

    def gather(
        self, blocks: Sequence[Block], roles: Sequence[Role], position: int, *, in_status: bool
    ) -> tuple[Row, int] | None:
        """Return the row whose cells are the blocks from ``position`` on, and their number."""
        near = zip(
            blocks[position : position + _CELLS], roles[position : position + _CELLS], strict=True
        )
        texts = [block.text for block, _ in takewhile(lambda pair: pair[1] == "text", near)]
        day = texts.pop(0) if self.is_day(texts[0]) else None
        number = word = None
        if texts and self._is_number(texts[0], odd=in_status and day is not None):
            number = texts.pop(0)
        if texts and self._is_word(texts[0], in_status=in_status and number is not None):
            word = texts[0]
        given = sum(part is not None for part in (day, number, word))
        if given < 2 or (number is None and not in_status):  # noqa: PLR2004
            return None
        return Row(day, number, word), given

    def gather_lines(self, blocks: Sequence[Block]) -> Row | None:
        """Return the row that the lines of one table row hold; ``None`` if they hold no one row."""
        texts = [block.text for block in blocks]
        days = [text for text in texts if self.is_day(text)]
        numbers = [text for text in texts if self.kind(text)]
        words = [text for text in texts if fold(text) in self._words]
        if len(days) == len(numbers) == len(words) == 1:
            return Row(days[0], numbers[0], words[0])
        return None

    def is_day(self, text: str) -> bool:
        """Tell whether ``text`` has the form of a row's day."""
        return is_month_day(text, self.dates)

    def is_cell(self, text: str) -> bool:
        """Tell whether ``text`` alone is a cell of a row."""
        cell = self.is_day(text) or self._is_number(text, odd=True)
        return cell or fold(text) in self._words

    def _rows(self, cells: Sequence[str], *, in_table: bool, in_status: bool) -> list[Row]:
        rows = [self._row(c, in_table=in_table, in_status=in_status) for c in self._chunks(cells)]
        return [row for row in rows if row] if all(rows) else []

    def _chunks(self, cells: Sequence[str]) -> list[Sequence[str]]:
        """Split the cells of a line that holds several rows: each row begins with its day."""
        starts = [i for i, cell in enumerate(cells) if self.is_day(cell)]
        if len(starts) < 2 or starts[0]:  # noqa: PLR2004
            return [cells]
        return [cells[a:b] for a, b in zip(starts, [*starts[1:], len(cells)], strict=True)]

    def _row(self, cells: Sequence[str], *, in_table: bool, in_status: bool) -> Row | None:
        rest = list(cells)
        day = next((cell for cell in rest if self.is_day(cell)), None)
        if day is not None:
            rest.remove(day)
        odd = in_status and (in_table or (day is not None and day == cells[0]))
        number = self._take_number(rest, in_status=odd)
        if number and len(rest) > 1 and _INDEX.fullmatch(rest[0]):
            del rest[0]
        # A table may have further columns: the subject of the inquiry, a link to it.
        words = [cell for cell in rest if fold(cell) in self._words] if in_table else []
        word = " ".join(words[:1] or [cell for cell in rest if cell]) or None
        known = word is not None and fold(word) in self._words
        if word and not known and not in_table and not self._may_be_word(word, in_status=in_status):
            return None
        given = (day is not None) + (number is not None) + known
        enough = given >= 2 or (in_status and in_table and given >= 1)  # noqa: PLR2004
        return Row(day, number, word) if enough else None

    def _take_number(self, rest: list[str], *, in_status: bool) -> str | None:
        """Remove the number from the cells ``rest``, and return it.

        A number of a known form is taken first, else, in a status list, one of another form.
        """
        for odd in (False, True) if in_status else (False,):
            for index, cell in enumerate(rest):
                number = self._number_label.sub("", cell)
                if self._is_number(number, odd=odd):
                    del rest[index]
                    return number
        return None

    def _may_be_word(self, word: str, *, in_status: bool) -> bool:
        return len(word) <= _LONGEST_WORD and (in_status or not _SENTENCE.search(word))

    def _is_number(self, text: str, *, odd: bool) -> bool:
        if self.kind(text):
            return True
        return odd and _OTHER_NUMBER.fullmatch(text) is not None and not self.is_day(text)

    def _is_word(self, text: str, *, in_status: bool) -> bool:
        folded = fold(text)
        if folded in self._words:
            return True
        plain = not any(c.isdigit() for c in text) and not _SENTENCE.search(text)
        return in_status and plain and len(text) <= _LONGEST_WORD and folded not in self._phrases


@lru_cache
def rows_of(portal: Portal) -> Rows:
    """Return the reader of ``portal``'s rows."""
    return Rows(portal)


def _tokens(line: str) -> list[str]:
    """Split a row on one line into its cells; leave out bullets, brackets and times of day."""
    line = _BULLET.sub("", line).strip(" |")
    if touching := _TOUCHING.fullmatch(line):
        return [part.strip() for part in touching.groups()]
    parts = (part.strip("[]【】") for part in _GAP.split(line))
    return [part for part in parts if part and not _BESIDE.fullmatch(part)]
