"""Layouts: the same for other texts and numbers of rows, another for other parts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.parsers.accounts import see
from tests.parsers.content import CHINESE, ENGLISH, Content
from tests.parsers.markups import MARKUPS, Markup, sections

SAME: list[Callable[[Content], Content]] = [
    lambda c: c.without(paragraphs=c.paragraphs * 3),
    lambda c: c.without(paragraphs=c.paragraphs[:2]),
    lambda c: c.without(applications=c.applications[:1], inquiries=c.inquiries * 2),
    lambda c: c.without(pairs=c.pairs[:1]),
    lambda c: c.without(title=f"{c.title}, and more", day="2011-12-13"),
]
OTHER: list[Callable[[Content], Content]] = [
    lambda c: c.without(source_line=None),
    lambda c: c.without(category=None),
    lambda c: c.without(section=""),
    lambda c: c.without(day=""),
    lambda c: c.without(faq_heading=""),
    lambda c: c.without(inquiries=()),
    lambda c: c.without(pairs=()),
]


def fingerprint(markup: Markup, content: Content) -> str:
    return see(markup(content), content.url).layout.fingerprint


@pytest.mark.parametrize("markup", MARKUPS, ids=lambda markup: markup.__name__)
@pytest.mark.parametrize("content", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_what_it_depends_on(markup: Markup, content: Content) -> None:
    whole = fingerprint(markup, content)
    assert {fingerprint(markup, change(content)) for change in SAME} == {whole}
    assert whole not in {fingerprint(markup, change(content)) for change in OTHER}


def test_markups_differ() -> None:
    assert fingerprint(sections, ENGLISH) == fingerprint(sections, CHINESE)
    assert len({fingerprint(markup, ENGLISH) for markup in MARKUPS}) >= len(MARKUPS) - 4


def test_as_a_tree() -> None:
    layout = see(sections(ENGLISH), ENGLISH.url).layout
    assert layout.kind == "article"
    assert layout.tree == (
        "html/body/main",
        "  article",
        "    h4: section",
        "    h4: category",
        "    h1: title, published",
        "    p: paragraphs",
        "    p: source",
        "  aside",
        "    h3: application heading",
        "    table/tbody/tr: status (application day number word)",
        "    h3: inquiry heading",
        "    table/tbody/tr: status (inquiry day number word)",
        "    h3: faq heading",
        "    div: question, answer",
    )
    assert layout.fields == (
        "answer", "category", "paragraphs", "published", "question", "section", "source", "status",
        "title",
    )  # fmt: skip


def test_a_page_without_a_field_has_a_layout_of_its_kind() -> None:
    nothing = see("<p>Please wait while we check.</p>", ENGLISH.url).layout
    assert (nothing.kind, nothing.tree, nothing.fields) == ("article", (), ())
    assert (
        nothing.fingerprint
        != see("<p>Please wait.</p>", "https://touch.shio.gov.cn/").layout.fingerprint
    )


def test_deep_and_wide_pages_have_a_short_tree() -> None:
    rows = "".join(
        f"<h{1 + i % 6}><div>" * 3 + "<p>04-16 21315227 Processing</p>" for i in range(300)
    )
    layout = see(f"<div>{rows}", "https://touch.shio.gov.cn/jsp/x.jsp").layout
    assert len(layout.tree) <= 201
