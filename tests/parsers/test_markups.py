"""One content in unlike markups, and as text, is one set of records."""

from __future__ import annotations

import pytest

from fixtures.portal_builder.markups import MARKUPS, TEXT, Markup
from fixtures.portal_builder.sheet import Sheet, articles, sister_pages
from quality.sample import Json, found, in_order

ENGLISH, CHINESE = articles()
PRESS, QUESTIONS, *_ = sister_pages()
EACH_ARTICLE = pytest.mark.parametrize("sheet", articles(), ids=lambda sheet: sheet.name)
EVERY_MARKUP = pytest.mark.parametrize("markup", [*MARKUPS, TEXT], ids=lambda markup: markup.name)


@pytest.mark.parametrize("sheet", [*articles(), *sister_pages()], ids=lambda sheet: sheet.name)
@EVERY_MARKUP
def test_every_markup_gives_the_same_records(markup: Markup, sheet: Sheet) -> None:
    assert found(markup(sheet), sheet.url) == in_order(sheet.records)


@pytest.mark.parametrize(
    "sheet", [ENGLISH, CHINESE, PRESS, QUESTIONS], ids=lambda sheet: sheet.name
)
@EVERY_MARKUP
def test_the_page_decides_where_there_is_no_address(markup: Markup, sheet: Sheet) -> None:
    def told(records: tuple[Json, ...]) -> list[Json]:
        """What the address does not tell, in the order of the page."""
        rest = [{k: v for k, v in one.items() if k not in OF_ADDRESS} for one in records]
        return sorted(rest, key=lambda one: str(one.get("title") or one.get("number") or one))

    assert told(found(markup(sheet), None)) == told(sheet.records)


OF_ADDRESS = {"key", "url", "portal_id"}


@EACH_ARTICLE
@pytest.mark.parametrize("line_end", ["\r\n", "\n\n"], ids=["crlf", "blank lines"])
def test_a_text_in_other_lines(sheet: Sheet, line_end: str) -> None:
    text = TEXT(sheet).decode().replace("\n", line_end)
    assert found(text, sheet.url) == in_order(sheet.records)


@EACH_ARTICLE
def test_a_text_with_the_sidebar_first(sheet: Sheet) -> None:
    main, account, side = TEXT(sheet).decode().partition(sheet.account[0])
    assert found(f"{account}{side}\n{main}", sheet.url) == in_order(sheet.records)


@EACH_ARTICLE
def test_a_text_that_lost_its_section_and_headings(sheet: Sheet) -> None:
    rest = sheet.having(
        section="", category="", application_heading="", inquiry_heading="", faq_heading="",
        account=(), more="",
    )  # fmt: skip
    article, *others = sheet.records
    left = {**article, "section": None, "category": None}
    assert found(TEXT(rest), sheet.url) == in_order([left, *others])
