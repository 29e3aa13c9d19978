"""FAQ teasers find their whole entries, and no other's."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shio_scraper.dataset.builds import links

QUESTION = "How do I apply for an interview with a city office?"
ANSWER = "1. Send the form in before noon.\n2. Name the office."


def faq(
    key: str,
    question: str = QUESTION,
    answer: str | None = ANSWER,
    *,
    cut: tuple[bool, bool] = (False, False),
    language: str = "en",
) -> dict[str, Any]:
    return {
        "key": key, "language": language, "question": question, "answer": answer,
        "question_truncated": cut[0], "answer_truncated": cut[1],
    }  # fmt: skip


def teaser(key: str, question: str = QUESTION[:25], answer: str | None = ANSWER[:12],
           language: str = "en") -> dict[str, Any]:  # fmt: skip
    return faq(key, question, answer, cut=(True, answer is not None), language=language)


def pairs(*entries: dict[str, Any]) -> list[tuple[str, str]]:
    with closing(sqlite3.connect("")) as database:
        return list(links.entries(database, entries))


def test_a_teaser_finds_its_entry() -> None:
    assert pairs(teaser("t"), faq("e"), faq("x", "Where is the desk?")) == [("t", "e")]


def test_line_breaks_and_case_do_not_matter() -> None:
    flat = "1. SEND THE FORM IN BEFORE NOON. 2. N"
    assert pairs(teaser("t", "how do i  apply for", flat), faq("e")) == [("t", "e")]


def test_a_whole_answer_must_be_the_same() -> None:
    whole = faq("t", QUESTION[:25], "Yes.", cut=(True, False))
    assert not pairs(whole, faq("e"))
    assert pairs(whole, faq("e", answer="Yes.")) == [("t", "e")]


def test_another_beginning_of_the_answer_is_another_entry() -> None:
    assert not pairs(teaser("t", answer="Ask the desk"), faq("e"))
    assert pairs(teaser("t"), faq("e"), faq("x", f"{QUESTION} Or two?", "No.")) == [("t", "e")]


def test_a_teaser_that_fits_two_entries_is_joined_with_none() -> None:
    assert not pairs(teaser("t"), faq("e"), faq("f", "How do I apply for an interview abroad?"))


def test_a_missing_answer_leaves_the_question_to_decide() -> None:
    assert pairs(teaser("t", answer=None), faq("e")) == [("t", "e")]
    assert pairs(teaser("t"), faq("e", answer=None)) == [("t", "e")]


def test_languages_stay_apart() -> None:
    assert not pairs(teaser("t", language="zh"), faq("e"))


def test_chinese() -> None:
    whole = faq("e", "外国记者如何申请采访上海市政府部门", "请登录网站填写申请表。", language="zh")
    cut = teaser("t", "外国记者如何申请采访", "请登录网站", language="zh")
    assert pairs(cut, whole) == [("t", "e")]


def test_a_few_letters_tell_nothing() -> None:
    assert not pairs(teaser("t", "How do I"), faq("e"))
    whole = faq("f", "如何申请采访", "请登录。", language="zh")
    assert not pairs(teaser("u", "如何申请", "请", language="zh"), whole)


def test_every_teaser_of_an_entry_is_joined() -> None:
    assert pairs(teaser("t"), teaser("u", QUESTION[:30]), faq("e")) == [("t", "e"), ("u", "e")]


def test_a_cut_question_is_no_entry() -> None:
    assert not pairs(teaser("t"), teaser("u", QUESTION[:30]))


@given(st.integers(12, len(QUESTION)), st.integers(0, len(ANSWER)))
def test_wherever_it_is_cut(asked: int, answered: int) -> None:
    question = QUESTION[:asked]
    found = pairs(teaser("t", question, ANSWER[:answered]), faq("e"))
    assert found == ([("t", "e")] if len("".join(question.split())) >= 12 else [])


def test_a_teaser_finds_its_entry_on_every_portal_that_has_it() -> None:
    here, there = faq("faq/en/1"), faq("faq/en/en_shio-1")
    assert pairs(teaser("t"), here, there) == [("t", "faq/en/1"), ("t", "faq/en/en_shio-1")]


def test_a_whole_question_with_a_cut_answer_finds_its_entry_on_the_other_portal() -> None:
    short = faq("faq/en/1", "Who pays?", ANSWER[:12], cut=(False, True))
    whole = faq("faq/en/en_shio-1", "Who pays?")
    assert pairs(short, whole) == [("faq/en/1", "faq/en/en_shio-1")]
    assert not pairs(short, faq("faq/en/en_shio-2", "Who pays? And when?"))
    assert not pairs(short, faq("faq/en/en_shio-1", "Who pays?", "Nobody."))
