"""Layouts: the same for other texts and numbers of rows, another for other parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fixtures.portal_builder.markups import MARKUPS, SECTIONS, Markup
from fixtures.portal_builder.sheet import Sheet, articles
from tests.parsers.accounts import see

ENGLISH, CHINESE = articles()
Change = Callable[[Sheet], dict[str, Any]]
SAME: list[Change] = [
    lambda sheet: {"body": (*sheet.body[:-1] * 3, sheet.body[-1])},
    lambda sheet: {"body": sheet.body[1:]},
    lambda sheet: {"applications": sheet.applications[:1], "inquiries": sheet.inquiries * 2},
    lambda sheet: {"pairs": sheet.pairs[:1]},
    lambda sheet: {"title": f"{sheet.title}, and more", "day": "2011-12-13"},
]
OTHER: list[Change] = [
    lambda sheet: {"body": sheet.body[:-1]},
    lambda _: {"category": ""},
    lambda _: {"section": ""},
    lambda _: {"day": ""},
    lambda _: {"faq_heading": ""},
    lambda _: {"inquiries": ()},
    lambda sheet: {"applications": tuple((day, no, "") for day, no, _ in sheet.applications)},
    lambda _: {"pairs": ()},
]


def fingerprint(markup: Markup, sheet: Sheet) -> str:
    return see(markup(sheet), sheet.url).layout.fingerprint


@pytest.mark.parametrize("markup", MARKUPS, ids=lambda markup: markup.name)
@pytest.mark.parametrize("sheet", articles(), ids=lambda sheet: sheet.name)
def test_what_it_depends_on(markup: Markup, sheet: Sheet) -> None:
    whole = fingerprint(markup, sheet)
    assert {fingerprint(markup, sheet.having(**change(sheet))) for change in SAME} == {whole}
    assert whole not in {fingerprint(markup, sheet.having(**change(sheet))) for change in OTHER}


def test_markups_differ() -> None:
    assert fingerprint(SECTIONS, ENGLISH) == fingerprint(SECTIONS, CHINESE)
    assert len({fingerprint(markup, ENGLISH) for markup in MARKUPS}) >= len(MARKUPS) - 4


def test_as_a_tree() -> None:
    layout = see(SECTIONS(ENGLISH), ENGLISH.url).layout
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
