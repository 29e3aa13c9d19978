"""``SHIO_CONTACTS=off``: what accounting quotes of an event may name its contact."""

from __future__ import annotations

import pytest

from shio_scraper.redaction import withhold
from shio_scraper.schema import validate
from tests.audit.test_auditing import Told

CONTACT = "Anruf: Li Ming 021-55501"
PAGE = (
    "<div><p>Events</p><h2>Walk to the lock</h2><p>End Time:2020-06-23</p>"
    f"<p>{CONTACT}</p><p>Reporters meet at the gate of the lock at noon.</p></div>"
)


@pytest.mark.parametrize(
    "url",
    [
        "https://touch.shio.gov.cn/jsp/cfbm_detail_en.jsp?id=7",
        None,
        "https://touch.shio.gov.cn/jsp/other.jsp",
    ],
)
def test_nothing_is_quoted_of_a_page_that_may_be_an_events(url: str | None) -> None:
    (event,) = Told().tell((PAGE, url or ""))
    assert event.text == CONTACT
    withhold(event)
    validate(event)
    assert "Li Ming" not in event.text


def test_an_articles_text_is_quoted() -> None:
    page = "<div><h1>Pier 2024-03-04</h1><p>The pier is open to all, he said.</p></div><p>Odd</p>"
    (event,) = Told().tell((page, "https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=7"))
    withhold(event)
    assert event.text == "Odd"
