"""What ``only`` and ``language`` leave out is not fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.spiders.scripted import EVENTS, STARTS, article, en, item, listing, page, portal_of
from tests.spiders.scripted import sidebar as box

if TYPE_CHECKING:
    from tests.spiders.crawling import CrawlScripted

ASPX = "/en/government-news/detail_long.aspx?id=5"
MORE, FAQ = "/jsp/cxbm_list_en.jsp?type=1", "/jsp/cjwt_detail_en.jsp?id=1"
EVENT = "/jsp/cfbm_detail_en.jsp?id=1"
OLDER = ("04-16", "20714226", "Received")
ROW = "<tr><td>01-02</td><td>21315001</td><td>Processing</td></tr>"
PORTAL = portal_of(ASPX, en(1), en(7)) | {
    STARTS[0]: listing(
        [item(en(1), "Anchor", "March 4, 2024")], side=box(more=MORE, faq=FAQ)
    ),
    MORE: page(f"<h3>Application Status</h3><table>{ROW}</table>"),
    FAQ: page("<div>Q: Where is the second desk?<br>A: On the second floor, by the stairs.</div>"),
    ASPX: article("In the older layout", "2016-10-14", side=box([OLDER])),
    en(7): article("Seven", "2024-03-04"),
}  # fmt: skip
LISTS = {*STARTS, EVENTS, *(s.replace("?", "?p_page=2&") for s in STARTS), f"{EVENTS}?p_page=2"}
ENGLISH = {t for t in LISTS if "_en." in t}


@pytest.mark.parametrize(
    ("arguments", "fetched", "types"),
    [
        ("only=events", {"/", EVENTS, f"{EVENTS}?p_page=2", EVENT}, {"event"}),
        (
            "only=news",
            {"/", *LISTS - {EVENTS, f"{EVENTS}?p_page=2"}, en(1), en(7), ASPX,
             "/jsp/zfxw_detail.jsp?id=1"},
            {"article"},
        ),
        # The home page, one page of each language and layout, and what their boxes lead to.
        ("only=faq,status", {"/", STARTS[0], STARTS[2], ASPX, MORE, FAQ}, {"faq", "status"}),
        ("only=faq", {"/", STARTS[0], STARTS[2], ASPX, FAQ}, {"faq"}),
        ("only=status language=en", {"/", STARTS[0], ASPX, MORE}, {"status"}),
        (
            "language=zh",
            {"/", *STARTS[2:], *(s.replace("?", "?p_page=2&") for s in STARTS[2:]),
             "/jsp/zfxw_detail.jsp?id=1"},
            {"article"},
        ),
        (
            "only=news,events language=en",
            {"/", *ENGLISH, en(1), en(7), ASPX, EVENT},
            {"article", "event"},
        ),
    ],
)  # fmt: skip
def test_only_what_was_asked_for(
    crawl: CrawlScripted, arguments: str, fetched: set[str], types: set[str]
) -> None:
    options = [part for argument in arguments.split() for part in ("-a", argument)]
    crawled = crawl(PORTAL, *options)
    assert sorted(crawled.targets) == sorted(fetched)
    assert {record["type"] for record in crawled.run.records} == types
    languages = {record["language"] for record in crawled.run.records}
    assert languages <= ({"zh"} if "language=zh" in arguments else {"en", "zh"})
    assert crawled.run.status == 0


def test_boxes_give_every_form_of_them(crawl: CrawlScripted) -> None:
    """One running number with two layout prefixes is one record; another word is a conflict."""
    crawled = crawl(PORTAL, "-a", "only=faq,status")
    keys = set(crawled.run.by_key)
    assert {"status/application/227", "status/application/226", "status/application/001"} < keys
    assert len([key for key in keys if key.startswith("faq/en/")]) == 2
