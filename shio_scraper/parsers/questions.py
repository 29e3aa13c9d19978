"""Reads pages that list their questions and repeat each one as a heading above its answer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from shio_scraper.parsers.faq import Pair, asks, is_outward
from shio_scraper.parsers.frame import CONTENT, Frame, Role

_NUMBER: Final = re.compile(r"\A\s*(?:Q\s?)?[(（]?(\d{1,3})(?:[.)）、．]|[:：](?=\s))\s*")
_NO_WORD: Final = re.compile(r"[\W_]+")
_LEAST: Final = 2
"""Fewest questions of a list."""
_GAP: Final = 3
"""Most content blocks from one listed question to the next."""
_UNDER: Final = "text between this question's heading and the next"


def read_questions(frame: Frame, *, expected: bool) -> list[Pair]:
    """Return the questions of the page with their answers, and give their blocks a role.

    A text in the list that stands again below the list is a question. The text between two such
    headings is an answer. A listed question without a heading has no answer. If no question is
    repeated, a list of questions is read if the page is ``expected`` to hold one.
    """
    page = _Questions(frame)
    if not page.listed and expected:
        page.listed = page.bare_list()
    pairs = list(page.pairs())
    answered = (position for pair in pairs for position in pair.answered)
    for position in (*page.listed, *page.headings, *answered):
        frame.roles[position] = Role.NUMBERED
    return pairs


class _Questions:
    """The blocks of a page's questions: ``listed`` in the list, ``headings`` below the list."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._content = [i for i, role in enumerate(frame.roles) if role in CONTENT]
        self._folded = {i: _fold(self._text(i)) for i in self._content}
        first = {text: i for i, text in reversed(self._folded.items()) if text}
        last = {text: i for i, text in self._folded.items()}
        spans = [(i, last[t]) for t, i in first.items() if i < last[t] and self._asks(i)]
        start = _most_spanned(spans)
        above = self._run([i for i, again in spans if i < start <= again])
        listed = self._list(above, start) if above else []
        self.listed = listed if len(listed) >= _LEAST else []
        self.headings = self._headings(start) if self.listed else []

    def pairs(self) -> Iterator[Pair]:
        """Yield the pairs in the order of the list, then those of headings that are not listed."""
        by_question = {self._folded[i]: i for i in reversed(self.headings)}
        for position in self.listed:
            heading = by_question.pop(self._folded[position], None)
            yield self._pair(position, heading)
        for heading in sorted(by_question.values()):
            yield self._pair(heading, heading)

    def bare_list(self) -> list[int]:
        """Return the items of a list of questions without answers."""
        asking = [i for i in self._content if asks(self._text(i))]
        nodes = map(self._frame.page.node, asking)
        pairs = zip(asking, nodes, strict=True)
        return [i for i, node in pairs if node.tag == "li" or _NUMBER.match(self._text(i))]

    def _asks(self, position: int) -> bool:
        """Tell whether a block is a question or a numbered item, and no link to another page."""
        block, text = self._frame.page.blocks[position], self._text(position)
        return not is_outward(block) and (asks(text) or _NUMBER.match(text) is not None)

    def _pair(self, position: int, heading: int | None) -> Pair:
        asked = position if heading is None else heading
        pair = Pair(asked=[asked], how=_UNDER, told_by="question that is listed", first=position)
        pair.question.append(_NUMBER.sub("", self._text(asked), count=1))
        for below in self._below(heading) if heading is not None else ():
            pair.answer.append(self._text(below))
            pair.answered.append(below)
        pair.last = max([asked, *pair.answered])
        return pair

    def _below(self, heading: int) -> Sequence[int]:
        """Return the blocks of the answer below a heading."""
        end = min((i for i in self.headings if i > heading), default=self._end)
        return [i for i in self._content if heading < i < end]

    @property
    def _end(self) -> int:
        """The end of the last answer: that of the element around all headings, or the foot."""
        frame, page = self._frame, self._frame.page
        around = [set(page.ancestors(page.blocks[i].node)) for i in self.headings]
        end = page.nodes[max(set.intersection(*around))].end
        if max(self.headings) == end - 1 or len(self.headings) == 1:
            end = len(frame.roles)
        feet = (i for i, role in enumerate(frame.roles) if role is Role.FOOT)
        return min((i for i in feet if i > max(self.headings)), default=end)

    def _run(self, above: list[int]) -> list[int]:
        """Return the longest run of blocks of ``above`` that stand close together.

        The others are words of a menu, which are also repeated on the page.
        """
        index = {position: number for number, position in enumerate(self._content)}
        runs: list[list[int]] = []
        for position in sorted(above):
            if not runs or index[position] - index[runs[-1][-1]] > _GAP:
                runs.append([])
            runs[-1].append(position)
        return max(runs, key=len, default=[])

    def _list(self, above: list[int], start: int) -> list[int]:
        """Return all blocks of the list: those among the repeated questions, or made like them."""
        first, last = min(above), max(above)
        inside = [i for i in self._content if first <= i <= last]
        around = [i for i in self._content if i < start and not first <= i <= last]
        return sorted([*inside, *(i for i in around if self._goes_on(i, first))])

    def _goes_on(self, position: int, listed: int) -> bool:
        """Tell whether a block is a list item made like a listed question."""
        if self._number(position) and self._number(listed):
            return True
        make = self._frame.page.make
        return make(position) == make(listed) and make(listed)[1] == "li"

    def _headings(self, start: int) -> list[int]:
        """Return the questions below the list, also those that the list spells in another way."""
        listed = {self._folded[i] for i in self.listed}
        below = [i for i in self._content if i >= start]
        known = {i for i in below if self._folded[i] in listed}
        repeated = {self._folded[i] for i in known}
        unknown = (i for i in self.listed if self._folded[i] not in repeated)
        missing = {self._number(i) for i in unknown} - {None}
        tags = {self._heading(i) for i in known} - {None}
        if tags:
            return [i for i in below if i in known or self._heading(i) in tags]
        asking = {i for i in below if self._number(i) in missing and asks(self._text(i))}
        return sorted(known | asking)

    def _text(self, position: int) -> str:
        """Return the text of a block. A number in a cell of its own is written ``1.`` before it."""
        block = self._frame.page.blocks[position]
        number, *rest = block.parts if block.cells else (block.text,)
        return f"{number}. {' '.join(rest)}" if number.isdecimal() and rest else block.text

    def _number(self, position: int) -> str | None:
        match = _NUMBER.match(self._text(position))
        return match[1] if match else None

    def _heading(self, position: int) -> str | None:
        return self._frame.page.node(position).heading


def _most_spanned(spans: list[tuple[int, int]]) -> int:
    """Return the last place of the first stretch where the most spans are open at once."""
    steps: Counter[int] = Counter()
    for first, last in spans:
        steps[first + 1] += 1
        steps[last + 1] -= 1
    most = count = 0
    end: int | None = 0
    for place in sorted(steps):
        if count == most and end is None:
            end = place - 1
        count += steps[place]
        if count > most:
            most, end = count, None
    return end or 0


def _fold(text: str) -> str:
    """Return a question without number, case and punctuation, to compare it with others."""
    return _NO_WORD.sub(" ", _NUMBER.sub("", text, count=1).casefold()).strip()
