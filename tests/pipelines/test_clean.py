"""Every text of a record is clean: white space, NFC, control characters, labels."""

from __future__ import annotations

import unicodedata
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shio_scraper.items import Article, Faq, Link, Speaker, Turn
from shio_scraper.pipelines import CleanPipeline, ValidatePipeline
from tests.pipelines.samples import MAKERS, article, faq, having, press_conference, reject, status

DIRTY = {
    " a  b\t\tc ": "a b c",
    "a\u00a0\u00a0b": "a b",
    "\u3000a\u3000b\u2003c": "a b c",
    "a\x00b\x07c": "abc",
    "line one\r\nline two": "line one line two",
    "cafe\u0301": "caf\u00e9",
    "\ufeffa\u200bb\u2060": "ab",
    "\u202ea\u202c": "a",
    "it\x92s \x93so\x94": "it’s “so”",
    "half \ud800 a pair": "half \ufffd a pair",
}
TEXTS = {
    "article": ("section", "category", "title", "source", "teaser"),
    "status": ("number", "serial", "status_text"),
    "faq": ("question", "answer"),
    "event": ("title", "contact", "phone"),
    "press_conference": ("title",),
}


def cleaned(item: Any) -> Any:
    return CleanPipeline().process_item(item)


@pytest.mark.parametrize(("kind", "name"), [(k, n) for k, ns in TEXTS.items() for n in ns])
@pytest.mark.parametrize("dirty", DIRTY)
def test_every_text_field(kind: str, name: str, dirty: str) -> None:
    expected = DIRTY[dirty]
    if name == "answer" and "\n" in dirty:
        expected = "line one\nline two"
    assert getattr(cleaned(having(MAKERS[kind](), name, dirty)), name) == expected


@pytest.mark.parametrize("kind", ["article", "event"])
def test_lists_of_texts_and_links(kind: str) -> None:
    item = having(MAKERS[kind](), "paragraphs", list(DIRTY))
    item.links = [Link(text=" a\u00a0\x07page ", url="https://www.example.org/")]
    found = cleaned(item)
    assert found.paragraphs == list(DIRTY.values())
    assert found.links == [Link(text="a page", url="https://www.example.org/")]


def test_speakers_and_turns() -> None:
    item = press_conference()
    item.speakers = [Speaker(name=" Li\u00a0Ming ", role="the\x07 Mayor")]
    item.turns = [Turn(speaker="Li  Ming", kind="answer", paragraphs=list(DIRTY))]
    found = cleaned(item)
    assert found.speakers == [Speaker(name="Li Ming", role="the Mayor")]
    assert found.turns == [Turn(speaker="Li Ming", kind="answer", paragraphs=list(DIRTY.values()))]


@pytest.mark.parametrize("kind", MAKERS)
def test_what_is_clean_stays(kind: str) -> None:
    assert cleaned(MAKERS[kind]()) == MAKERS[kind]()


def test_a_text_that_is_nothing_when_clean_costs_only_itself() -> None:
    item = having(having(article(), "source", "\u200b "), "paragraphs", ["One.", "\u00a0", "Two."])
    found = ValidatePipeline().process_item(cleaned(item))
    assert isinstance(found, Article)
    assert found.source is None
    assert found.paragraphs == ["One.", "Two."]


def test_an_answer_keeps_its_lines() -> None:
    item = having(faq(), "answer", " A: 1. Yes \n\n \u00a0\n 2. In\u00a0the  hall\n")
    assert cleaned(item).answer == "1. Yes\n2. In the hall"


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ("Q: Q: Is it?", "A: A: Yes.", ("Is it?", "Yes.")),
        ("Q：问：是吗？", "A：答：是。", ("是吗？", "是。")),
        ("Q Q : Is it?", "A: B comparison", ("Q Q : Is it?", "B comparison")),
        ("Q3 results: what?", "As you see: yes", ("Q3 results: what?", "As you see: yes")),
        ('What does "Q: A:" mean?', "It: a label", ('What does "Q: A:" mean?', "It: a label")),
        ("Q:", "A:", ("Q:", "A:")),
    ],
)
def test_only_leading_labels_go(question: str, answer: str, expected: tuple[str, str]) -> None:
    found = cleaned(having(having(faq(), "question", question), "answer", answer))
    assert (found.question, found.answer) == expected


def test_no_answer_stays_none() -> None:
    assert cleaned(having(faq(), "answer", None)).answer is None


def test_what_is_no_text_is_left_alone() -> None:
    item = having(status(), "month_day", None)
    assert cleaned(item).month_day is None
    assert cleaned(reject()) == reject()


texts = st.text() | st.lists(st.sampled_from(["Q:", "A：", "问：", " ", "\u00a0", "\n", "a"])).map(
    "".join
)


@given(question=texts, answer=texts, title=texts, paragraphs=st.lists(texts))
def test_it_is_idempotent(question: str, answer: str, title: str, paragraphs: list[str]) -> None:
    pair: Faq = having(having(faq(), "question", question), "answer", answer)
    story: Article = having(having(article(), "title", title), "paragraphs", paragraphs)
    for item in (pair, story):
        once = deepcopy(cleaned(item))
        assert cleaned(item) == once
        assert unicodedata.is_normalized("NFC", repr(once))
