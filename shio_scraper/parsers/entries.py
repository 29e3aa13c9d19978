"""Entries of a questions page: questions of one make, each with what stands below it.

Headings, ``<summary>``, ``<dt>``, buttons, list items: what repeats tells, not its element. The
answer is the rest of the entry; the last one ends where its entry does.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from shio_scraper.parsers.faq import Pair
from shio_scraper.parsers.frame import CONTENT, Frame, Role
from shio_scraper.parsers.title import titles
from shio_scraper.portals import common

_ASKS: Final = re.compile(r"[?？]['\"”’)）\]】.…]*$")
_NUMBER: Final = re.compile(r"^\s*(?:[^\W\d_]{0,2}\s?\d{1,3}\s?[.:：)）、．]|[•·▪+–-])\s*")
_SHORTEST: Final = 6
_LONGEST: Final = 300
_LEAST: Final = 2
_ABOVE: Final = 4
_ANSWERED: Final = 0.6
"""The part of a group that has answers, at least: a list of links has none."""
_FAQ: Final = re.compile(common.QUESTIONS, re.IGNORECASE)
_NOT_HERE: Final = frozenset({"nav", "footer"})
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_RULE: Final = "question of the same make as those beside it"
_UNDER: Final = "rest of the question's entry"


def read_entries(frame: Frame) -> list[Pair]:
    """Return the questions of the page that stand side by side, with their answers."""
    reader = _Entries(frame)
    found: dict[str, Pair] = {}
    for run in reader.runs():
        for pair in reader.pairs(run):
            found.setdefault(" ".join(pair.question).casefold(), pair)
    return sorted(found.values(), key=lambda pair: pair.first)


def names_questions(frame: Frame) -> bool:
    """Tell whether the page calls itself one of questions, by its name or its address."""
    title = titles(frame)
    address = (frame.page.url or "").replace("-", " ").replace("_", " ").replace("/", " ")
    return any(_FAQ.search(text) for text in (*title[:1], address))


class _Entries:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._page = frame.page
        self._paths: dict[int, tuple[str, ...]] = {}
        self._chains: dict[int, list[int]] = {}

    def runs(self) -> list[list[int]]:
        """Return the runs of questions of one make that are not parted by others of that make."""
        by_make: dict[tuple[str, ...], list[int]] = defaultdict(list)
        asking = {i for i in range(len(self._page.blocks)) if self._asks(i)}
        makes = {self._path(i) for i in asking}
        for position in range(len(self._page.blocks)):
            if self._path(position) in makes and self._may_ask(position):
                by_make[self._path(position)].append(position)
        runs = [run for same in by_make.values() for run in self._parted(same, asking)]
        return [run for run in runs if self._is_group(run)]

    def pairs(self, run: Sequence[int]) -> Iterable[Pair]:
        """Yield the pairs of a run."""
        ends = self._ends(run)
        for position, end in zip(run, ends, strict=True):
            answer = [i for i in range(position + 1, end) if self._is_text(i)]
            if not answer:
                continue
            text = _NUMBER.sub("", self._page.blocks[position].text)
            yield Pair(
                question=[text],
                answer=[self._page.blocks[i].text for i in answer],
                asked=[position],
                answered=answer,
                how=_UNDER,
                told_by=_RULE,
                first=position,
                last=answer[-1],
            )

    def _asks(self, position: int) -> bool:
        return self._may_ask(position) and bool(_ASKS.search(self._page.blocks[position].text))

    def _may_ask(self, position: int) -> bool:
        block = self._page.blocks[position]
        is_short = _SHORTEST <= len(block.text) <= _LONGEST
        if not is_short or self._frame.roles[position] is not Role.TEXT:
            return False
        if self._page.nodes[block.node].zone in _NOT_HERE:
            return False
        return all(
            anchor.href.startswith(("#", "javascript:")) or not anchor.href
            for anchor in block.anchors
        )

    def _parted(self, same: Sequence[int], asking: set[int]) -> list[list[int]]:
        """Part blocks of one make where two in a row ask nothing; in flat text, where one does."""
        runs: list[list[int]] = [[]]
        missing = 0
        for position in same:
            missing = 0 if position in asking else missing + 1
            if missing > 1 or (missing and self._is_flat(same)):
                runs[-1] = self._trimmed(runs[-1], asking)
                runs.append([])
            elif missing or runs[-1] or position in asking:
                runs[-1].append(position)
        runs[-1] = self._trimmed(runs[-1], asking)
        return [run for run in runs if run]

    def _trimmed(self, run: list[int], asking: set[int]) -> list[int]:
        while run and run[-1] not in asking:
            run = run[:-1]
        while run and run[0] not in asking:
            run = run[1:]
        return run

    def _is_flat(self, same: Sequence[int]) -> bool:
        """Tell whether the blocks are siblings, each an element, not each in one of its own."""
        return len({self._page.nodes[self._page.blocks[i].node].parent for i in same}) == 1

    def _is_group(self, run: Sequence[int]) -> bool:
        if len(run) < _LEAST:
            return False
        ends = self._ends(run)
        answered = [
            any(self._is_text(i) for i in range(position + 1, end))
            for position, end in zip(run, ends, strict=True)
        ]
        if sum(answered) < _ANSWERED * len(run):
            return False
        return self._is_headed(run[0]) or not self._is_flat(run)

    def _is_headed(self, first: int) -> bool:
        """Tell whether a heading of questions stands above, or names the page."""
        above = range(max(first - _ABOVE, 0), first)
        near = any(
            _FAQ.search(self._page.blocks[i].text)
            for i in above
            if self._page.nodes[self._page.blocks[i].node].heading or first - i <= 2  # noqa: PLR2004
        )
        return near or names_questions(self._frame)

    def _is_text(self, position: int) -> bool:
        return self._frame.roles[position] in CONTENT | {Role.NAVIGATION} and not self._is_away(
            position
        )

    def _is_away(self, position: int) -> bool:
        return self._page.nodes[self._page.blocks[position].node].zone in _NOT_HERE

    def _ends(self, run: Sequence[int]) -> list[int]:
        """Return where the answer below each question of a run ends."""
        around = self._around(run)
        children = [self._child(around, position) for position in run]
        is_boxed = len(set(children)) == len(run) and all(
            self._page.nodes[child].end > position + 1
            for child, position in zip(children, run, strict=True)
            if child is not None
        )
        ends = []
        for index, position in enumerate(run):
            following = run[index + 1] if index + 1 < len(run) else self._page.nodes[around].end
            child = children[index]
            if is_boxed and child is not None:
                ends.append(min(following, self._page.nodes[child].end))
            elif index + 1 < len(run):
                ends.append(following)
            else:
                ends.append(self._last_end(position, following, run))
        return ends

    def _last_end(self, position: int, end: int, run: Sequence[int]) -> int:
        """Return where the last answer of questions in one row ends: like the ones before it."""
        tag = self._page.nodes[self._page.blocks[position].node].heading
        known = Counter(
            self._path(i)
            for question, following in pairwise(run)
            for i in range(question + 1, following)
        )
        for i in range(position + 1, end):
            heading = self._page.nodes[self._page.blocks[i].node].heading
            if heading and (tag is None or heading <= tag):
                return i
            if known and self._path(i) not in known:
                return i
        return end

    def _around(self, run: Sequence[int]) -> int:
        shared = set(self._chain(run[0]))
        for position in run[1:]:
            shared &= set(self._chain(position))
        return max(shared)

    def _child(self, around: int, position: int) -> int | None:
        chain = self._chain(position)
        index = chain.index(around)
        return chain[index - 1] if index else None

    def _chain(self, position: int) -> list[int]:
        node = self._page.blocks[position].node
        if node not in self._chains:
            self._chains[node] = self._page.ancestors(node)
        return self._chains[node]

    def _path(self, position: int) -> tuple[str, ...]:
        node = self._page.blocks[position].node
        if node not in self._paths:
            self._paths[node] = tuple(self._page.nodes[n].tag for n in self._chain(position))
        return self._paths[node]
