"""Entries of a page of questions: questions of the same make, each with the text below it.

Entries are headings, ``<summary>``, ``<dt>``, buttons or list items: repetition tells an entry, not
its element. The answer is the rest of the entry, and the last answer ends where its entry ends. A
question and its answer may also be one block: two cells of a row, or a bold beginning.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain, pairwise
from typing import Final

from shio_scraper.pages import Block
from shio_scraper.parsers.faq import Pair, asks, is_outward
from shio_scraper.parsers.frame import CONTENT, Frame, Role
from shio_scraper.parsers.labels import any_of
from shio_scraper.parsers.places import Places
from shio_scraper.portals import ANY_SITE, common

_NUMBER: Final = re.compile(r"^\s*(?:(?:[^\W\d_]{0,2}\s?\d{1,3}|[Qq])\s?[.:：)）、．]|[•·▪+–-])\s*")
"""A number or a bullet in front of a question."""
_LONGEST: Final = 300
"""The most characters of a question."""
_SHORTEST: Final = 6
_ABOVE: Final = 4
_PERMALINK: Final = re.compile(r"\s?[¶#§]$")
_FAQ: Final = re.compile(common.QUESTIONS, re.IGNORECASE)
_MAY_ASK: Final = frozenset({Role.TEXT, Role.QUESTION, Role.FOOT})
_IS_TEXT: Final = CONTENT | {Role.NAVIGATION, Role.FOOT}
_RULE: Final = "question of the same make as those beside it"
_UNDER: Final = "rest of the question's entry"
_LEAST: Final = 2
_ANSWERED: Final = 0.6
"""The least share of a group's questions that have answers: a list of links has none."""
_ASKED: Final = 0.4
"""The least share of a list below a heading of questions that ends as questions do."""
_LEAST_ALONE: Final = 3
_ASKED_ALONE: Final = 0.8
"""The least share and number of such questions if no heading announces them."""
_OF_TEXT: Final = frozenset({"p", "li", "td", "th", "tr", "blockquote"})
_FOLDS: Final = frozenset({"dt", "summary", "button"})
_HEADS: Final = frozenset({"dt", "summary", "button", "strong", "th"})


def names_questions(frame: Frame) -> bool:
    """Tell whether the page's name, address or heading calls it a page of questions."""
    page = frame.page
    address = (page.url or "").replace("-", " ").replace("_", " ").replace("/", " ")
    heads = [b.text for b in page.blocks if page.nodes[b.node].heading == "h1"]
    names = (*page.said.names[:1], address, *(heads if frame.portal is ANY_SITE else ()))
    return any(_FAQ.search(text) for text in names)


def read_entries(frame: Frame) -> list[Pair]:
    """Return the questions of the page that stand next to each other, with their answers."""
    reader = _Entries(frame)
    by_question: dict[str, Pair] = {}
    lines = list(reader.lines())
    for pair in chain(lines, *map(reader.pairs, reader.runs({p.first for p in lines}))):
        by_question.setdefault(" ".join(pair.question).casefold(), pair)
    return sorted(by_question.values(), key=lambda pair: pair.first)


class _Entries:
    """Reads a page's questions: which blocks may be questions, and which pairs they make."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._page = frame.page
        self._places = Places(frame.page)
        self._is_about = names_questions(frame)
        pairs = frame.page.said.pairs if "FAQPage" in frame.page.markup else ()
        self._said = {question.casefold() for question, _ in pairs}
        words = frame.portal.vocabulary
        self._question = _numbered(words.question_labels)
        self._answer = _numbered(words.answer_labels)

    def _heading(self, position: int) -> str | None:
        return self._page.node(position).heading

    def _asks(self, position: int) -> bool:
        """Tell whether a block may be a question and asks one."""
        return self._may_ask(position) and self._asks_so(self._page.blocks[position].text)

    def _asks_so(self, text: str) -> bool:
        """Tell whether a text ends as a question does, or the markup calls it a question."""
        return asks(text) or text.casefold() in self._said

    def _may_ask(self, position: int) -> bool:
        """Tell whether a block may ask: it is short, stands in no menu, and links to no page."""
        block = self._page.blocks[position]
        is_short = _SHORTEST <= len(block.text) <= _LONGEST
        return is_short and self._may_hold(position) and not is_outward(block)

    def _may_hold(self, position: int) -> bool:
        """Tell whether a block may contain a question."""
        return self._frame.roles[position] in _MAY_ASK and not self._is_away(position)

    def _is_text(self, position: int) -> bool:
        """Tell whether a block may be part of an answer."""
        return self._frame.roles[position] in _IS_TEXT and not self._is_away(position)

    def _names_columns(self, question: str, answer: str) -> bool:
        """Tell whether two cells are the header of questions and answers: ``Question | Answer``."""
        is_question = self._question.fullmatch(f"{question}:") is not None
        return is_question and self._answer.fullmatch(f"{answer}:") is not None

    def _is_headed(self, first: int) -> bool:
        """Tell whether a heading above, the page's name or the markup announces questions."""
        if self._page.blocks[first].text.casefold() in self._said:
            return True
        above = range(max(first - _ABOVE, 0), first)
        near = any(
            _FAQ.search(self._page.blocks[i].text)
            for i in above
            if self._heading(i) or first - i <= 2  # noqa: PLR2004
        )
        return near or self._is_about

    def _pair(self, at: int, question: str, answered: list[int], answer: list[str]) -> Pair:
        """Return a pair without labels, numbers, and the links of its lines to themselves."""
        bare = self._question.sub("", _NUMBER.sub("", question))
        bare = _PERMALINK.sub("", _NUMBER.sub("", bare)) or question
        first = self._answer.sub("", answer[0]) or answer[0]
        return Pair([bare], [first, *answer[1:]], [at], answered, _UNDER, _RULE, at, answered[-1])

    def _is_away(self, position: int) -> bool:
        """Tell whether a block is in the page's menu or foot. An article's foot may ask."""
        zone = self._page.node(position).zone
        return zone == "nav" or (zone == "footer" and "article" not in self._places.path(position))

    def lines(self) -> Iterator[Pair]:
        """Yield the pairs that are one block each, of the same make as the blocks beside them."""
        halves: dict[tuple[int, str], list[tuple[int, str, str]]] = defaultdict(list)
        for position, block in enumerate(self._page.blocks):
            if self._may_hold(position) and (half := _halves(block)):
                halves[self._page.make(position)].append((position, *half))
        for group in halves.values():
            first, *texts = group[0]
            named = self._names_columns(*texts)
            asked = sum(self._asks_so(question) for _, question, _ in group)
            least = _LEAST if self._is_headed(first) else _LEAST_ALONE
            if named or asked >= max(least, _ASKED_ALONE * len(group)):
                yield from (self._pair(at, q, [at], [a]) for at, q, a in group[named:])

    def runs(self, taken: Collection[int] = ()) -> list[list[int]]:
        """Return the groups of questions: those below a heading of questions, if there is one.

        Groups of the same make as those count too. On a page without such a heading, each
        question has to stand in an entry of its own. ``taken`` are blocks that are already read.
        """
        blocks = range(len(self._page.blocks))
        asking = {i for i in blocks if i not in taken and self._asks(i)}
        if len(asking) < _LEAST and not taken and self._is_about:
            asking = self._unmarked()
        runs = [run for same in self._makes(asking) for run in self._parted(same, asking)]
        runs = [run for run in runs if self._is_answered(run)]
        headed = {self._places.path(run[0]) for run in runs if self._is_headed(run[0])}
        return [
            run
            for run in runs
            if self._is_headed(run[0])
            or (not self._is_flat(run) and self._places.path(run[0]) in headed)
            or (not headed and self._are_entries(run, asking))
        ]

    def _unmarked(self) -> set[int]:
        """Return the questions of a page of questions on which none ends as a question does.

        These are the blocks that unfold an answer, else the numbered blocks, else the headings
        of the most frequent level.
        """
        positions = [i for i in range(len(self._page.blocks)) if self._may_ask(i)]
        folds = {i for i in positions if self._page.node(i).tag in _FOLDS}
        numbered = {i for i in positions if _NUMBER.match(self._page.blocks[i].text)}
        by_tag: dict[str, set[int]] = defaultdict(set)
        for i in positions:
            if (tag := self._heading(i)) and tag != "h1":
                by_tag[tag].add(i)
        headings = max(by_tag.values(), key=len, default=set())
        candidates = next((f for f in (folds, numbered, headings) if len(f) >= _LEAST_ALONE), set())
        followed = [
            i for i in candidates if i + 1 in positions and not self._page.blocks[i + 1].anchors
        ]
        return candidates if 2 * len(followed) > len(candidates) else set()

    def _makes(self, asking: set[int]) -> list[list[int]]:
        """Return the blocks made like a question, by make; lines next to others also by parent."""
        makes = {self._places.path(i) for i in asking}
        beside = Counter(self._page.node(i).parent for i in asking if self._is_line(i))
        by_make: dict[tuple[int, tuple[str, ...]], list[int]] = defaultdict(list)
        for position in range(len(self._page.blocks)):
            if self._places.path(position) in makes and self._may_ask(position):
                parent = self._page.node(position).parent
                around = parent if beside[parent] > 1 else 0
                by_make[around, self._places.path(position)].append(position)
        return [same for same in by_make.values() if not asking.isdisjoint(same)]

    def pairs(self, run: Sequence[int]) -> Iterable[Pair]:
        """Yield the pairs of a run."""
        for position, end in zip(run, self._ends(run), strict=True):
            if answer := [i for i in range(position + 1, end) if self._is_text(i)]:
                texts = [self._page.blocks[i].text for i in answer]
                yield self._pair(position, self._page.blocks[position].text, answer, texts)

    def _parted(self, same: Sequence[int], asking: set[int]) -> list[list[int]]:
        """Divide blocks of one make into groups of questions.

        All entries of one list below a heading of questions are questions. Of lines, only those
        that ask are questions, and a heading ends a group. Otherwise a group ends where two
        blocks in a row ask nothing, or one block if the blocks are siblings.
        """
        is_headings = self._heading(same[0]) is not None
        if (is_headings or not self._is_flat(same)) and self._is_list(same, asking):
            return [list(same)]
        if self._is_line(same[0]) and (self._is_flat(same) or self._alternates(same, asking)):
            return self._lines(same, asking)
        runs: list[list[int]] = [[]]
        most = 0 if self._is_flat(same) else 1
        missing: list[int] = []
        for position in same:
            if position not in asking:
                missing.append(position)
                continue
            if len(missing) > most:
                runs.append([])
            runs[-1] += [*(missing if runs[-1] else ()), position]
            missing = []
        return [run for run in runs if run]

    def _is_list(self, same: Sequence[int], asking: set[int]) -> bool:
        around = self._places.around(same)
        boxes = {self._places.child(around, position) for position in same}
        asked = sum(position in asking for position in same)
        return (
            len(boxes) == len(same)
            and not self._alternates(same, asking)
            and asked >= max(_LEAST, _ASKED * len(same))
            and self._is_headed(same[0])
        )

    def _alternates(self, same: Sequence[int], asking: set[int]) -> bool:
        """Tell whether most questions stand right above an answer of the same make."""
        other = set(same) - asking
        asked = [position for position in same if position in asking]
        return 2 * sum(position + 1 in other for position in asked) > len(asked)

    def _is_line(self, position: int) -> bool:
        """Tell whether a block is a line of text like its answer, and no element that heads it."""
        node = self._page.node(position)
        return node.heading is None and node.tag not in _HEADS

    def _lines(self, same: Sequence[int], asking: set[int]) -> list[list[int]]:
        runs: list[list[int]] = [[]]
        asked = [position for position in same if position in asking]
        for above, position in pairwise([asked[0], *asked]):
            if any(self._heading(i) for i in range(above, position)):
                runs.append([])
            runs[-1].append(position)
        return runs

    def _is_flat(self, same: Sequence[int]) -> bool:
        """Tell whether the blocks are sibling elements that hold no entries of their own."""
        nodes, blocks = self._page.nodes, self._page.blocks
        holds_more = any(nodes[blocks[i].node].end > i + 1 for i in same)
        return len({self._page.node(i).parent for i in same}) == 1 and not holds_more

    def _is_answered(self, run: Sequence[int]) -> bool:
        if len(run) < _LEAST:
            return False
        answered = [
            any(self._is_text(i) for i in range(position + 1, end))
            for position, end in zip(run, self._ends(run), strict=True)
        ]
        return sum(answered) >= _ANSWERED * len(run)

    def _are_entries(self, run: Sequence[int], asking: set[int]) -> bool:
        """Tell whether questions without a heading above are not comments, quizzes or appeals."""
        block = self._page.blocks[run[0]]
        first = self._page.nodes[block.node]
        opens = bool(block.anchors) or first.tag in _HEADS
        if self._is_flat(run) or first.part == "form" or (first.tag in _OF_TEXT and not opens):
            return False
        asked = sum(position in asking for position in run)
        return asked >= max(_LEAST if opens else _LEAST_ALONE, _ASKED_ALONE * len(run))

    def _ends(self, run: Sequence[int]) -> list[int]:
        """Return where the answer below each question of a run ends."""
        around = self._places.around(run)
        children = [self._places.child(around, position) for position in run]
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
                ends.append(self._below_heading(position, following))
            else:
                ends.append(self._last_end(position, following, run))
        return ends

    def _below_heading(self, position: int, end: int) -> int:
        """Return where the part below a heading ends: at the next heading of its level or above."""
        tag = self._heading(position)
        below = ((i, self._heading(i)) for i in range(position + 1, end))
        return next((i for i, other in below if tag and other and other <= tag), end)

    def _last_end(self, position: int, end: int, run: Sequence[int]) -> int:
        """Return where the last answer in a row of questions ends: where the ones before it do."""
        tag = self._heading(position)
        longest = max(following - question for question, following in pairwise(run))
        end = min(end, position + longest) if self._is_line(position) else end
        known = Counter(
            self._places.path(i)
            for question, following in pairwise(run)
            for i in range(question + 1, following)
        )
        for i in range(position + 1, end):
            heading = self._heading(i)
            if heading and (tag is None or heading <= tag):
                return i
            if known and self._places.path(i) not in known:
                return i
        return end


def _halves(block: Block) -> tuple[str, str] | None:
    """Return a question and its answer in one block: two cells, or a bold beginning and a rest."""
    parts = block.parts
    if block.cells:
        texts = parts[1:] if len(parts) == 3 and parts[0].strip(".、").isdigit() else parts  # noqa: PLR2004
        return (texts[0], texts[1]) if len(texts) == 2 and len(texts[0]) <= _LONGEST else None  # noqa: PLR2004
    if len(parts) < _LEAST or len(parts[0]) > _LONGEST or not asks(parts[0]):
        return None
    answer = block.text[block.text.find(parts[0]) + len(parts[0]) :].strip()
    return (parts[0], answer) if len(answer) >= _SHORTEST else None


def _numbered(labels: Iterable[str]) -> re.Pattern[str]:
    """Return the pattern of a label at the beginning of a text, with its number."""
    return re.compile(
        rf"^\s*{any_of(labels)}\s?\d{{0,3}}(?:\s?[:：]\s*|\s?[.)）、]\s+)", re.IGNORECASE
    )
