"""Which articles tell one story, and which only look like it."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dataset.builds.stories import article, keys, pairs, prose

TEXT = prose(1)
NOTICE = prose(2, 150)


# The same


def test_equal_texts_are_linked_whatever_their_marks() -> None:
    shouted = TEXT.upper().replace(" ", " – ")
    assert pairs(article("1", TEXT), article("2", f"“{shouted}”!")) == [
        ("article/en/1", "article/en/2", 1.0)
    ]


def test_paragraphs_may_be_broken_elsewhere() -> None:
    words = TEXT.split()
    parts = (" ".join(words[:50]), " ".join(words[50:]))
    assert keys(article("1", TEXT), article("2", *parts)) == [("1", "2")]


def test_an_edited_text_is_linked_and_never_called_equal() -> None:
    edited = f"{TEXT} One more sentence stands here."
    ((_, _, similarity),) = pairs(
        article("1", TEXT, title="A bridge opens"), article("2", edited, title="A bridge opens")
    )
    assert 0.9 < similarity < 1


def test_a_chinese_text_is_linked() -> None:
    text = (
        "徐汇区二十处老洋房的花园将于本月起每逢周六向市民开放，花园大多藏在弄堂深处，"
        "最小的一处只有九平方米，却种着一棵百年紫藤，参观者无须预约。"
    )
    title = "老洋房花园开放"
    found = pairs(
        article("zh/1", text, title=title), article("zh/2", f"{text}讲解免费", title=title)
    )
    assert [pair[:2] for pair in found] == [("article/zh/1", "article/zh/2")]


def test_the_copies_of_a_copy_are_linked_too() -> None:
    edited = f"{TEXT} One more sentence stands here."
    same = "A bridge opens"
    found = keys(
        article("1", TEXT, title=same), article("2", TEXT, title=same),
        article("3", edited, title=same), article("4", edited, title=same),
    )  # fmt: skip
    assert found == [("1", "2"), ("1", "3"), ("1", "4"), ("2", "3"), ("2", "4"), ("3", "4")]


@given(st.lists(st.sampled_from(["Ferry", "gate", "museum", "5G", "桥", "opens"]), min_size=60))
def test_case_and_marks_never_matter(words: list[str]) -> None:
    one = article("1", " ".join(words))
    two = article("2", ", ".join(words).swapcase())
    ((_, _, similarity),) = pairs(one, two)
    assert similarity == 1


# Not the same


def test_different_stories_are_not_linked() -> None:
    assert not keys(*(article(str(n), prose(n)) for n in range(100, 160)))


@pytest.mark.parametrize("title", ["Photographs", None])
def test_a_text_of_a_few_words_tells_nothing(title: str | None) -> None:
    text = "See the photographs of the day in our gallery."
    assert not keys(article("1", text, title=title), article("2", text, title=title))


def test_a_short_text_is_only_linked_below_the_same_title() -> None:
    text = prose(3, 30)
    assert not keys(article("1", text), article("2", text))
    assert keys(article("1", text, title="One"), article("2", text, title="ONE")) == [("1", "2")]


def test_no_body_is_like_no_body() -> None:
    assert not keys(article("1", title="One"), article("2", title="One"))


def test_a_paragraph_that_stands_below_many_titles_links_nothing() -> None:
    stories = [article(str(n), prose(n, 60), NOTICE) for n in range(10, 22)]
    alone = [article(str(n), NOTICE) for n in range(30, 33)]
    assert not keys(*stories, *alone)


def test_a_notice_below_two_stories_does_not_link_them() -> None:
    assert not keys(article("1", prose(10, 25), NOTICE), article("2", prose(11, 25), NOTICE))


def test_two_stories_keep_their_link_beside_a_common_paragraph() -> None:
    others = [article(str(n), prose(n, 60), NOTICE) for n in range(10, 22)]
    copies = [article("1", TEXT, NOTICE), article("2", TEXT, NOTICE)]
    assert keys(*others, *copies) == [("1", "2")]


def test_a_form_filled_in_anew_each_day_is_another_story() -> None:
    form = f"{TEXT} On day {{0}} there were {{1}} calls, {{2}} visits and {{3}} letters."
    days = [article(str(n), form.format(n, n * 7, n * 11, n * 13), title=f"Day {n}")
            for n in range(1, 6)]  # fmt: skip
    assert not keys(*days)


def test_a_new_title_asks_for_more_of_the_text() -> None:
    words = TEXT.split()
    edited = " ".join(words[:100] + prose(9, 20).split())
    assert keys(article("1", TEXT, title="The pier"), article("2", edited, title="The pier"))
    assert not keys(article("1", TEXT, title="The pier"), article("2", edited, title="A fair"))


# Many


def test_many_copies_are_linked_with_the_first_of_them() -> None:
    copies = [article(f"{n:03}", TEXT) for n in range(50)]
    assert keys(*copies) == [("000", f"{n:03}") for n in range(1, 50)]


def test_many_versions_cost_no_square_of_them() -> None:
    versions = [article(f"{n:03}", f"{TEXT} {prose(n, 2)}", title="Pier") for n in range(200, 320)]
    found = keys(*versions)
    assert 119 <= len(found) <= 24 * 120
    assert {name for pair in found for name in pair} == {f"{n}" for n in range(200, 320)}


def test_memory_does_not_grow_with_the_articles() -> None:
    peaks = []
    for count in (300, 1000):
        articles = (article(f"{n:05}", prose(n, 60), prose(-n, 60)) for n in range(count))
        listed = list(articles)
        tracemalloc.start()
        assert not pairs(*listed)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 500_000
