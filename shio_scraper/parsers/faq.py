"""Question and answer pairs: labels and cut-off dots removed.

A hidden answer below a visible question is made visible first.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Final

from shio_scraper.pages import Block, Page
from shio_scraper.parsers.frame import Frame, Role
from shio_scraper.parsers.labels import Labels, labels_of, strip_cut
from shio_scraper.parsers.places import Places, Reach, reaches
from shio_scraper.parsers.prose import is_prose
from shio_scraper.parsers.records import Field, Fields, digest, key_prefix
from shio_scraper.texts import kept

_LABELLED: Final = frozenset({Role.QUESTION, Role.ANSWER})
_WHOLE: Final = frozenset({"html", "body"})
_ASKS: Final = re.compile(r"[?？]['\"”’)）\]】.…]*\s?[¶#§]?$")
_COLON: Final = re.compile("[:：]")
_LABEL_ENDS: Final = 24
"""The most characters before the end of a label: a question without a label is told quickly."""
_LONGEST_QUESTION: Final = 300
_FEWEST: Final = 2


@dataclass(slots=True)
class Pair:
    """A question and its answer in lines, still with their cut-off dots.

    ``asked`` and ``answered`` are the blocks of the lines. ``how`` is the rule that separated
    the answer from the question, ``told_by`` the rule that recognised the question.
    """

    question: list[str] = field(default_factory=list)
    answer: list[str] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)
    how: str = ""
    told_by: str = "question label"
    first: int = 0
    last: int = 0

    def fields(self, frame: Frame, url: Field) -> Fields | None:
        """Return the fields of the pair, or ``None`` if it has no question."""
        asked, answered = tuple(self.asked), tuple(self.answered)
        question, is_cut = strip_cut(" ".join(filter(None, self.question)))
        if not question:
            return None
        identity = f"{frame.language.value}/{key_prefix(frame.page)}{digest(question)}"
        rule = self.told_by
        if rule == "question label":
            rule = f"text behind a leading {rule}"
            rule += " and the text below it" if len(asked) > 1 else ""
        answer, is_answer_cut = self._answer()
        return {
            "type": Field("faq", (self.first,), self.told_by),
            "key": Field(f"faq/{identity}", asked, "language, and digest of the question"),
            "language": frame.language,
            "url": url,
            "question": Field(question, asked, rule),
            "answer": answer,
            "question_truncated": _cut(asked, is_cut=is_cut),
            "answer_truncated": _cut(answered, is_cut=is_answer_cut),
        }

    def _answer(self) -> tuple[Field, bool]:
        """Return the answer, with line breaks between its lines, and whether it was cut off."""
        pieces = tuple(
            Field(line, (position,), "text below that goes on the answer" if index else self.how)
            for index, (line, position) in enumerate(zip(self.answer, self.answered, strict=True))
            if line
        )
        text, is_cut = strip_cut("\n".join(piece.value for piece in pieces))
        rule = self.how if text else "no answer label below the question"
        if self.answered and not text:
            rule = "answer label without a text"
        return Field(text or None, tuple(self.answered), rule, pieces[1:] and pieces), is_cut


def _cut(blocks: tuple[int, ...], *, is_cut: bool) -> Field:
    return Field(is_cut, blocks[-1:], "dots of a cut-off text" if is_cut else "no cut-off dots")


def read_pairs(frame: Frame) -> Iterator[Pair]:
    """Yield the pairs of the page outside an article's body, from top to bottom.

    A pair without a question has an empty question. A pair without an answer has an empty answer.
    """
    labelled = (i for i, role in enumerate(frame.roles) if role in _LABELLED)
    first = next(labelled, len(frame.roles))
    lines = _Lines(frame)
    pair: Pair | None = None
    for position in range(first, len(frame.roles)):
        role = frame.roles[position]
        if role is Role.QUESTION or (role is Role.ANSWER and (pair is None or pair.answer)):
            if pair:
                yield pair
            pair = Pair(first=position)
        if pair and role in _LABELLED:
            _read_block(frame, pair, position)
        elif pair and role is Role.TEXT and lines.go_on(pair, position):
            (pair.answered if pair.answer else pair.asked).append(position)
            (pair.answer or pair.question).append(frame.page.blocks[position].text)
            frame.roles[position] = Role.ANSWER
            pair.last = position
        elif pair and role is not Role.MORE:
            yield pair
            pair = None
    if pair:
        yield pair


def _read_block(frame: Frame, pair: Pair, position: int) -> None:
    """Read a block that begins with a label. An element within the block may begin the answer."""
    block, labels = frame.page.blocks[position], frame.labels
    pair.last = position
    question, answer, how = halves(block.text, block.marked, block.cells, labels)
    if question is not None:
        pair.question.append(question)
        pair.asked.append(position)
    if answer is not None:
        pair.answer.append(answer)
        pair.answered.append(position)
        pair.how = how


class _Lines:
    """Tells which texts continue a pair. What stands around a block is counted once for a page."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._page = frame.page
        self._further: set[tuple[int, str]] = set()

    def go_on(self, pair: Pair, position: int) -> bool:
        """Tell whether a text continues the pair above: in its entry, or before a question."""
        if position != pair.last + 1:
            return False
        if not any(pair.answer or pair.question):
            return True
        if not pair.answer or strip_cut(pair.answer[-1])[1]:
            return False
        if self._are_of_one_entry(pair.last, position):
            return True
        if self._next[position] is Role.QUESTION:
            self._further.add(self._page.make(position))
            return True
        return self._is_further(pair, position)

    def _are_of_one_entry(self, above: int, position: int) -> bool:
        """Tell whether two blocks share an element, or an entry with one question at most."""
        nodes, blocks = self._page.nodes, self._page.blocks
        node_above, node = blocks[above].node, blocks[position].node
        if nodes[node_above].tag in _WHOLE or len(nodes) == 1:
            return False
        shared = max(set(self._page.ancestors(node_above)).intersection(self._page.ancestors(node)))
        around, asked = nodes[shared], self._asked
        return node_above == node or (
            around.tag not in _WHOLE and asked[around.end] - asked[around.start] <= 1
        )

    def _is_further(self, pair: Pair, position: int) -> bool:
        """Tell whether a text below the last answer is a paragraph of it, and not the foot.

        Such a text is prose. It has the make of the answer, or of a text that continued an answer
        above.
        """
        page, block = self._page, self._page.blocks[position]
        if len(page.nodes) == 1 and self._next[position] is None:
            return Role.TITLE not in self._frame.roles
        reads = is_prose(block.text) and not block.anchors
        if not reads or self._frame.labels.is_furniture(block.text):
            return False
        asked = {page.blocks[i].node for i in pair.asked}
        makes = {page.make(i) for i in pair.answered if page.blocks[i].node not in asked}
        return page.make(position) in makes | self._further

    @cached_property
    def _asked(self) -> list[int]:
        """How many questions stand above each position."""
        return [0, *accumulate(role is Role.QUESTION for role in self._frame.roles)]

    @cached_property
    def _next(self) -> list[Role | None]:
        """The role of the first block from each position on whose role is not text."""
        roles = self._frame.roles
        following: list[Role | None] = [None] * (len(roles) + 1)
        for position in reversed(range(len(roles))):
            role = roles[position]
            following[position] = following[position + 1] if role is Role.TEXT else role
        return following


@kept(1024)
def halves(
    text: str, marked: str, cells: tuple[str, ...], labels: Labels
) -> tuple[str | None, str | None, str]:
    """Return the question and the answer of a labelled block, and the rule that separated them.

    The result is cached because every page has the same sidebar.
    """
    question = labels.question(text)
    if question is None:
        return None, labels.answer(text), "text behind a leading answer label"
    parts = Block(text, marked, 0, (), cells).parts
    for index in range(1, len(parts)):
        if labels.answer(parts[index]) is not None and labels.question(parts[index - 1]) != "":
            first = " ".join(parts[:index])
            answer = labels.answer(" ".join(parts[index:]))
            return labels.question(first), answer, "answer label that opens an inline element"
    if halves := labels.split_answer(question):
        return halves[0], labels.answer(halves[1]), "answer label behind the question's end"
    return question, None, ""


def asks(text: str) -> bool:
    """Tell whether a text ends as a question does."""
    return _ASKS.search(text) is not None


def is_outward(block: Block) -> bool:
    """Tell whether a block links to another page. A link that unfolds an answer does not."""
    return any(
        anchor.href and not anchor.href.startswith(("#", "javascript:")) for anchor in block.anchors
    )


def with_answers(page: Page) -> Page:
    """Return the page with the hidden text below each question that has no visible answer.

    All other hidden text stays away. A question has a label, or is one of at least two blocks
    that end as questions do and link to no other page.
    """
    if not page.hidden or not _Asked(page).are_unanswered:
        return page
    whole = page.with_hidden()
    questions = _Asked(whole)
    folded = {i for question in questions.positions for i in questions.below(question)}
    if not folded:
        return page
    return whole.without({i for i, b in enumerate(whole.blocks) if b.hidden} - folded)


class _Asked:
    """The visible questions of a page, and the hidden answer below each."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._places = Places(page)
        self._labels = labels_of(page.portal)
        blocks = page.blocks
        labelled = [i for i, b in enumerate(blocks) if not b.hidden and self._is_labelled(b)]
        plain = [i for i, b in enumerate(blocks) if not b.hidden and _is_plain(b)]
        makes = {self._places.path(i) for i in plain if asks(blocks[i].text)}
        asking = [i for i in plain if self._asks(i, makes)]
        self.positions: list[int] = sorted({*labelled, *(asking if len(asking) >= _FEWEST else ())})

    @cached_property
    def _reaches(self) -> list[Reach]:
        """The largest element around each question that holds no other question."""
        return reaches(self._page, [range(question, question + 1) for question in self.positions])

    @property
    def are_unanswered(self) -> bool:
        """Whether some question has nothing below it before the next one, or the page's end."""
        last = len(self._page.blocks) - 1
        return any(i + 1 == following for i, following in pairwise([*self.positions, last + 1]))

    def below(self, question: int) -> range:
        """Return the hidden blocks below a question if its entry shows no other text."""
        blocks, end = self._page.blocks, self._end(question)
        shown = next((i for i in range(question + 1, end) if not blocks[i].hidden), end)
        return range(question + 1, end) if shown == end else range(0)

    def _end(self, question: int) -> int:
        """Return where a question's entry ends, at the next question at the latest.

        The entry is the largest element that holds no other question. If this element holds only
        the question, the entry is the element around it.
        """
        page, at = self._page, bisect_right(self.positions, question)
        following = self.positions[at] if at < len(self.positions) else len(page.blocks)
        reach = self._reaches[at - 1]
        end = (
            page.nodes[reach.holder].end if reach.blocks.stop == question + 1 else reach.blocks.stop
        )
        # If the page has only one question, that element is the whole page: too much.
        if reach.node == 0:
            end = page.nodes[page.node(question).parent].end
        return min(end, following)

    def _asks(self, position: int, makes: set[tuple[str, ...]]) -> bool:
        """Tell whether a block asks, or is made like a question and has a hidden block below it."""
        blocks = self._page.blocks
        folds = position + 1 < len(blocks) and blocks[position + 1].hidden
        return asks(blocks[position].text) or (folds and self._places.path(position) in makes)

    def _is_labelled(self, block: Block) -> bool:
        if not _COLON.search(block.text, 0, _LABEL_ENDS):
            return False
        question, answer, _ = halves(block.text, block.marked, block.cells, self._labels)
        return question is not None and answer is None


def _is_plain(block: Block) -> bool:
    return len(block.text) <= _LONGEST_QUESTION and not is_outward(block)
