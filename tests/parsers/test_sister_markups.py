"""One content of the sister site in unlike markups, and as text, is one set of records."""

from __future__ import annotations

import pytest

from shio_scraper import parse_page
from tests.parsers.content import bare
from tests.parsers.sister import (
    FETCHED_AT,
    MARKUPS,
    PAGES,
    PRESS,
    QUESTIONS,
    Markup,
    SisterPage,
    as_html,
    as_text,
)  # fmt: skip

CONTENTS = pytest.mark.parametrize("page", [pytest.param(p, id=p.url[23:]) for p in PAGES])


@CONTENTS
@pytest.mark.parametrize("markup", MARKUPS, ids=lambda markup: markup.__name__)
def test_every_markup_gives_the_same_records(markup: Markup, page: SisterPage) -> None:
    assert bare(parse_page(as_html(markup, page), page.url, FETCHED_AT)) == list(page.truth)


@CONTENTS
def test_text_gives_the_same_records(page: SisterPage) -> None:
    assert bare(parse_page(as_text(page), page.url, FETCHED_AT)) == list(page.truth)


@pytest.mark.parametrize("page", [PRESS, QUESTIONS], ids=["press", "questions"])
@pytest.mark.parametrize("markup", MARKUPS, ids=lambda markup: markup.__name__)
def test_the_page_decides_where_there_is_no_address(markup: Markup, page: SisterPage) -> None:
    records = bare(parse_page(as_html(markup, page), None, FETCHED_AT))
    expected = [dict(record) for record in page.truth]
    for record in (*records, *expected):
        assert "en_shio-" in record.pop("key")
        for name in ("url", "portal_id"):
            record.pop(name, None)
    assert records == expected
