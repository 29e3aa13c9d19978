"""What asks on a page, and where: the form of a question, a heading of questions above it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from shio_scraper.parsers.answers import asks, is_outward
from shio_scraper.parsers.faq import Pair
from shio_scraper.parsers.frame import CONTENT, Frame, Role
from shio_scraper.parsers.labels import any_of
from shio_scraper.parsers.places import Places
from shio_scraper.portals import ANY_SITE, common

NUMBER: Final = re.compile(r"^\s*(?:(?:[^\W\d_]{0,2}\s?\d{1,3}|[Qq])\s?[.:：)）、．]|[•·▪+–-])\s*")
"""What numbers a question."""
LONGEST: Final = 300
"""Characters of a question, at most."""
SHORTEST: Final = 6
_ABOVE: Final = 4
_PERMALINK: Final = re.compile(r"\s?[¶#§]$")
_FAQ: Final = re.compile(common.QUESTIONS, re.IGNORECASE)
_MAY_ASK: Final = frozenset({Role.TEXT, Role.QUESTION, Role.FOOT})
_IS_TEXT: Final = CONTENT | {Role.NAVIGATION, Role.FOOT}
_RULE: Final = "question of the same make as those beside it"
_UNDER: Final = "rest of the question's entry"


def names_questions(frame: Frame) -> bool:
    """Tell whether the page calls itself one of questions: its name, its address, its heading."""
    page = frame.page
    address = (page.url or "").replace("-", " ").replace("_", " ").replace("/", " ")
    heads = [b.text for b in page.blocks if page.nodes[b.node].heading == "h1"]
    names = (*page.said.names[:1], address, *(heads if frame.portal is ANY_SITE else ()))
    return any(_FAQ.search(text) for text in names)


def _numbered(labels: Iterable[str]) -> re.Pattern[str]:
    """Return the form of a label at the beginning of a text, its number included."""
    return re.compile(
        rf"^\s*{any_of(labels)}\s?\d{{0,3}}(?:\s?[:：]\s*|\s?[.)）、]\s+)", re.IGNORECASE
    )


class Asking:
    """A page's questions: which of its blocks may be one, and the pairs that they make.

    ``is_about`` says that the page calls itself one of questions.
    """

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.page = frame.page
        self.places = Places(frame.page)
        self.is_about = names_questions(frame)
        pairs = self.page.said.pairs if "FAQPage" in self.page.markup else ()
        self._said = {question.casefold() for question, _ in pairs}
        words = frame.portal.vocabulary
        self._question = _numbered(words.question_labels)
        self._answer = _numbered(words.answer_labels)

    def asks(self, position: int) -> bool:
        """Tell a block that may ask, and does."""
        return self.may_ask(position) and self.asks_so(self.page.blocks[position].text)

    def asks_so(self, text: str) -> bool:
        """Tell a text that ends as a question does, or that the markup says is one."""
        return asks(text) or text.casefold() in self._said

    def may_ask(self, position: int) -> bool:
        """Tell a block that is short enough, stands in no menu, and leads nowhere."""
        block = self.page.blocks[position]
        is_short = SHORTEST <= len(block.text) <= LONGEST
        return is_short and self.may_hold(position) and not is_outward(block)

    def may_hold(self, position: int) -> bool:
        """Tell a block in which a question may stand."""
        return self.frame.roles[position] in _MAY_ASK and not self._is_away(position)

    def is_text(self, position: int) -> bool:
        """Tell what may be an answer."""
        return self.frame.roles[position] in _IS_TEXT and not self._is_away(position)

    def names_columns(self, question: str, answer: str) -> bool:
        """Tell the row above questions and answers: ``Question | Answer``."""
        is_question = self._question.fullmatch(f"{question}:") is not None
        return is_question and self._answer.fullmatch(f"{answer}:") is not None

    def is_headed(self, first: int) -> bool:
        """Tell whether a heading of questions stands above, names the page, or the markup does."""
        if self.page.blocks[first].text.casefold() in self._said:
            return True
        above = range(max(first - _ABOVE, 0), first)
        near = any(
            _FAQ.search(self.page.blocks[i].text)
            for i in above
            if self.places.heading(i) or first - i <= 2  # noqa: PLR2004
        )
        return near or self.is_about

    def pair(
        self, asked: list[int], question: list[str], answered: list[int], answer: list[str]
    ) -> Pair:
        """Return a pair, its lines without labels, numbers and links to themselves."""
        question, answer = list(question), list(answer)
        bare = self._question.sub("", NUMBER.sub("", question[0]))
        question[0] = _PERMALINK.sub("", NUMBER.sub("", bare)) or question[0]
        answer[0] = self._answer.sub("", answer[0]) or answer[0]
        return Pair(
            question=question,
            answer=answer,
            asked=asked,
            answered=answered,
            how=_UNDER,
            told_by=_RULE,
            first=asked[0],
            last=answered[-1],
        )

    def _is_away(self, position: int) -> bool:
        """Tell what stands in the page's own menu or foot; an article's foot may hold questions."""
        zone = self.page.node(position).zone
        return zone == "nav" or (zone == "footer" and "article" not in self.places.path(position))
