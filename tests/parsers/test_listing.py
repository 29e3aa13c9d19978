"""Listings: items with date and teaser in many markups, the pages that follow."""

from __future__ import annotations

from datetime import date

import pytest

from shio_scraper.pages import Capture, read
from shio_scraper.parsers.frame import label
from shio_scraper.parsers.listing import ListingItem, next_pages, read_items
from tests.parsers.pages import SIDEBAR, beside_sidebar, parse

URL = "http://touch.shio.gov.cn/jsp/zfxw_default_en.jsp?siteId=7&p_page=2"
TABS = (
    "<div>Government News</div><div><a href='?siteId=7&t=1'>Shanghai Daily News Digest</a> "
    "<a href='?siteId=7&t=2'>City News</a></div>"
)
PAGER = (
    "<div><a href='?siteId=7&p_page=1'>1</a> 2 <a href='?siteId=7&p_page=3'>3</a> "
    "<a href='?p_page=3&siteId=7'>Next</a></div>"
)
ITEMS = (
    ("2240", "City adds bus lanes", "January 25, 2016", "Four streets get lanes, a plan sa"),
    ("2239", "Museum night - a second time", "January 5, 2016", ""),
    ("2238", "Fair of 2015 - the sum", "December 31, 2015", "It is whole. It has two sentences."),
)
EXPECTED = [
    ("2240", "City adds bus lanes", date(2016, 1, 25), "Four streets get lanes, a plan sa"),
    ("2239", "Museum night - a second time", date(2016, 1, 5), None),
    ("2238", "Fair of 2015 - the sum", date(2015, 12, 31), "It is whole. It has two sentences."),
]
LINK = "<a href='zfxw_detail_en.jsp?id={0}'>"
FORMS = {
    "li": f"<li>{LINK}{{1}} - {{2}}</a><p>{{3}}</p></li>",
    "date behind the link": f"<li>{LINK}{{1}}</a> - {{2}}<br>{{3}}</li>",
    "date beside": f"<li>{LINK}{{1}}</a> <span>{{2}}</span><p>{{3}}</p></li>",
    "date in brackets": f"<p>{LINK}{{1}}</a> [{{2}}]</p><p>{{3}}</p>",
    "table": f"<table><tr><td>{LINK}{{1}}</a></td><td>{{2}}</td></tr>"
    "<tr><td colspan=2>{3}</td></tr></table>",
    "dl": f"<dl><dt>{LINK}{{1}} - {{2}}</a></dt><dd>{{3}}</dd></dl>",
    "div date below": f"<div>{LINK}{{1}}</a></div><div>{{2}}</div><div>{{3}}</div>",
    "breaks": f"{LINK}{{1}} - {{2}}</a><br>{{3}}<br>",
    "block link": f"{LINK}<div>{{1}} - {{2}}</div><div>{{3}}</div></a>",
    "image link": f"<div>{LINK}<img src='x'></a><h3>{LINK}{{1}} - {{2}}</a></h3><p>{{3}}</p></div>",
    "date first": f"<li><span>{{2}}</span> {LINK}{{1}}</a><p>{{3}}</p></li>",
    "bullet": f"<p>·{LINK}{{1}}</a> {{2}}</p><p>{{3}}</p>",
    "more at the end": f"<div>{LINK}{{1}} - {{2}}</a><p>{{3}} {LINK}More</a></p></div>",
    "more alone": f"<div>{LINK}{{1}} - {{2}}</a><p>{{3}}</p><p>{LINK}Read more</a></p></div>",
    "another host": "<li><a href='http://61.129.132.137/jsp/zfxw_detail_en.jsp;jsessionid=AB?x=1&"
    "id={0}'>{1} - {2}</a><p>{3}</p></li>",
}


def frame_items(body: str, url: str = URL) -> list[ListingItem]:
    return read_items(label(read(Capture(body=body, url=url))))


def outline(items: list[ListingItem]) -> list[tuple[str | None, str, date | None, str | None]]:
    return [(item.address.portal_id, item.title, item.day, item.teaser) for item in items]


def listing(form: str) -> str:
    return TABS + "".join(form.format(*item) for item in ITEMS) + PAGER


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_items(form: str) -> None:
    assert outline(frame_items(beside_sidebar(listing(form)))) == EXPECTED


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
@pytest.mark.parametrize("url", [URL, "http://touch.shio.gov.cn/jsp/tab.jsp?t=2"])
def test_a_listing_is_no_article(form: str, url: str) -> None:
    records = parse(beside_sidebar(listing(form)), url)
    assert [record.type for record in records] == ["status", "status", "faq"]


def test_the_sidebar_first() -> None:
    page = f"<table><tr><td>{SIDEBAR}</td><td>{listing(FORMS['li'])}</td></tr></table>"
    assert outline(frame_items(page)) == EXPECTED


def test_chinese_items() -> None:
    page = (
        "<div>政府新闻</div><ul><li><a href='zfxw_detail.jsp?id=5'>阅览室开放 - 2017年09月27日</a>"
        "<p>座位六十个</p></li><li><a href='zfxw_detail.jsp?id=4'>新桥通车 - 2017年9月2日"
        "</a></li></ul>"
    )
    assert outline(frame_items(page, "http://touch.shio.gov.cn/jsp/zfxw_default.jsp")) == [
        ("5", "阅览室开放", date(2017, 9, 27), "座位六十个"),
        ("4", "新桥通车", date(2017, 9, 2), None),
    ]


def test_items_without_a_date() -> None:
    page = "<li><a href='zfxw_detail_en.jsp?id=5'>Bus lanes - a plan</a></li>"
    assert outline(frame_items(page)) == [("5", "Bus lanes - a plan", None, None)]


def test_the_pages_that_follow() -> None:
    frame = label(read(Capture(body=listing(FORMS["li"]), url=URL)))
    assert next_pages(frame) == {1, 3}


def test_the_pages_of_another_listing_do_not_follow() -> None:
    page = "<p>Government News</p><a href='?siteId=300&p_page=9'>9</a> <a href='/jsp/x.jsp'>x</a>"
    frame = label(read(Capture(body=page, url=URL)))
    assert not next_pages(frame)
