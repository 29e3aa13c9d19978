"""Listings: items with date and teaser in many markups, the pages that follow."""

from __future__ import annotations

from datetime import date

import pytest

from shio_scraper.items import Article
from shio_scraper.pages import Capture, read
from shio_scraper.parsers.frame import label
from shio_scraper.parsers.listed import ListingItem
from shio_scraper.parsers.lists import linked_items, next_pages, read_items
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
    "date above": f"<li><div>{{2}}</div><h3>{LINK}{{1}}</a></h3><p>{{3}}</p></li>",
    "date above, flat": f"<p>{{2}}</p><p>{LINK}{{1}}</a></p><p>{{3}}</p>",
    "date and title as terms": f"<dl><dt>{{2}}</dt><dd>{LINK}{{1}}</a><p>{{3}}</p></dd></dl>",
    "date below the teaser": f"<li>{LINK}{{1}}</a><p>{{3}}</p><span>{{2}}</span></li>",
    "date in the link, unspaced": f"<li>{LINK}{{1}}<em>{{2}}</em></a><p>{{3}}</p></li>",
    "date behind a label": f"<li>{LINK}{{1}}</a><p>{{3}}</p><p>Published: {{2}}</p></li>",
    "rows": f"<table><tr><td>{LINK}{{1}}</a><p>{{3}}</p></td><td>{{2}}</td></tr></table>",
    "a list each": f"<ul><li>{LINK}{{1}} - {{2}}</a><p>{{3}}</p></li></ul>",
    "read more below": "<div><h3>{1} - {2}</h3><p>{3}</p>"
    "<a href='zfxw_detail_en.jsp?id={0}'>Read more</a></div>",
    "read more below, flat": "<h3>{1} - {2}</h3><p>{3}</p>"
    "<p><a href='zfxw_detail_en.jsp?id={0}'>Read more</a></p>",
    "another host": "<li><a href='http://61.129.132.137/jsp/zfxw_detail_en.jsp;jsessionid=AB?x=1&"
    "id={0}'>{1} - {2}</a><p>{3}</p></li>",
}


def frame_items(body: str, url: str = URL) -> list[ListingItem]:
    return linked_items(label(read(Capture(body=body, url=url))))


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


MONTH_BESIDE_DAY = {
    "one block": "<div><b>{day}</b><i>{month}</i></div>",
    "day above": "<div><p>{day}</p><p>{month}</p></div>",
    "day below": "<div><p>{month}</p><p>{day}</p></div>",
}


@pytest.mark.parametrize("cell", MONTH_BESIDE_DAY.values(), ids=MONTH_BESIDE_DAY.keys())
@pytest.mark.parametrize("entry", ["<li>{cell}{link}</li>", "{cell}{link}"], ids=["own", "flat"])
def test_a_date_that_is_split_is_its_own_entrys(cell: str, entry: str) -> None:
    days = {"5": "27", "4": "21", "3": "08"}
    page = "".join(
        entry.format(
            cell=cell.format(day=day, month="2023-11"),
            link=f"<h3>{LINK.format(number)}Bridge {number}</a></h3>",
        )
        for number, day in days.items()
    )
    assert outline(frame_items(f"<div>{page}</div>")) == [
        (number, f"Bridge {number}", date(2023, 11, int(day)), None) for number, day in days.items()
    ]


def test_an_entry_without_a_date_takes_none_of_its_neighbours() -> None:
    page = (
        f"<li><p>2023-11-27</p>{LINK.format(5)}Bridge</a></li><li>{LINK.format(4)}Ferry</a></li>"
        f"<li><p>2023-11-08</p>{LINK.format(3)}Quay</a></li>"
    )
    days = [item.day for item in frame_items(f"<ul>{page}</ul>")]
    assert days == [date(2023, 11, 27), None, date(2023, 11, 8)]


def test_a_date_above_an_entry_may_be_the_end_of_another_one() -> None:
    first = f"<div><li>{LINK.format(9)}Lock</a><p>Open.</p><span>May 13, 2016</span></li></div>"
    rest = "".join(FORMS["dl"].format(*item) for item in ITEMS)
    assert outline(frame_items(f"<ul>{first}{rest}</ul>{PAGER}")) == EXPECTED


ELSEWHERE = "".join(f"<li>{LINK.format(n)}Story number {n}</a></li>" for n in range(90, 99))
BESIDE = {
    "a menu": f"<nav><ul>{ELSEWHERE}</ul></nav>{{}}",
    "a box above": f"<div><h3>Hot news</h3><ul>{ELSEWHERE}</ul></div>{{}}",
    "a list of the same make": f"{{}}<ul>{ELSEWHERE}</ul>",
    "an aside": f"<div>{{}}</div><aside><div>{ELSEWHERE}</div></aside>",
    "a dated box": f"{{}}<div><p>{LINK.format(90)}Most read</a> 2023-11-20</p></div>",
    "a link in the foot": f"{{}}<footer>{LINK.format(90)}Imprint</a></footer>",
}


@pytest.mark.parametrize("around", BESIDE.values(), ids=BESIDE.keys())
@pytest.mark.parametrize("form", ["li", "date above", "more alone"])
def test_links_to_articles_elsewhere_are_no_items(around: str, form: str) -> None:
    items = "".join(FORMS[form].format(*item) for item in ITEMS)
    page = TABS + around.format(f"<ul>{items}</ul>") + PAGER
    assert outline(frame_items(page)) == EXPECTED


def test_an_item_alone_takes_nothing_around_it() -> None:
    box = f"<div><h3>Hot news</h3><ul>{ELSEWHERE}</ul></div>"
    own = f"<ul>{FORMS['li'].format(*ITEMS[0])}</ul>{PAGER}"
    page = f"<table><tr><td>{box}</td><td>{own}</td></tr></table>"
    assert outline(frame_items(page)) == EXPECTED[:1]


def test_lists_that_follow_each_other_are_one() -> None:
    items = [FORMS["li"].format(*item) for item in ITEMS]
    page = f"<div><ul>{items[0]}{items[1]}</ul><ul>{items[2]}</ul></div>"
    assert outline(frame_items(page)) == EXPECTED


def test_a_title_that_is_cut_is_whole_in_the_links_own() -> None:
    whole = "Ferry crews get a shorter day in winter"
    page = (
        f"<li><a href='zfxw_detail_en.jsp?id=5' title='{whole}'>Ferry crews get...</a> 2023-02-06"
    )
    assert outline(frame_items(page)) == [("5", whole, date(2023, 2, 6), None)]


def test_what_a_link_says_beyond_its_title_is_not_the_title() -> None:
    page = "<li><a href='zfxw_detail_en.jsp?id=5' title='Opens a new window'>Quay...</a></li>"
    assert outline(frame_items(page)) == [("5", "Quay...", None, None)]


def test_a_listing_of_events_lists_events() -> None:
    event = "<li><a href='cfbm_detail_en.jsp?id=7'>Open day</a></li>"
    page = f"<ul>{event}</ul><ul>{ELSEWHERE}</ul>"
    items = frame_items(page, "http://touch.shio.gov.cn/jsp/cfbm_default_en.jsp")
    assert outline(items) == [("7", "Open day", None, None)]


TEXT = """Government News

Lamps on the piers - April 09, 2016

THE piers are lit now.

Trams by night - April 8, 2016
"""


@pytest.mark.parametrize("order", ["{own}{pager}{box}", "{box}{own}{pager}"])
def test_a_last_page_of_few_items_beside_a_longer_box(order: str) -> None:
    entry = "<li><a href='zfxw_detail_en.jsp?id={0}'>Title {0}</a> - January {0}, 2016</li>".format
    own = "<div><ul>{}</ul></div>".format("".join(map(entry, (3, 4))))
    others = "".join(map(entry, range(10, 18)))
    box = f"<div><h3>Read most</h3><ul>{others}</ul><p>By clicks</p></div><p>A</p><p>B</p><p>C</p>"
    items = frame_items(TABS + order.format(own=own, box=box, pager=PAGER))
    assert [item.address.portal_id for item in items if item.address] == ["3", "4"]


TODAY = (
    "今日上海\n河堤新步道开放 - 2020年03月05日\nA path on the dyke\nIt is open to all from today."
)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://61.129.132.155/jsp/jrsh_detail.jsp?x=1&id=5601", "article/zh/5601"),
        (None, "article/zh/text-"),
    ],
)
def test_an_article_in_the_listings_form(url: str | None, key: str) -> None:
    (found,) = parse(TODAY, url)
    assert isinstance(found, Article)
    assert found.key.startswith(key)
    assert (found.section, found.title) == ("今日上海", "河堤新步道开放")
    assert found.paragraphs == TODAY.split("\n")[2:]


@pytest.mark.parametrize("url", [URL, None])
def test_a_listing_in_text(url: str | None) -> None:
    items = read_items(label(read(Capture(body=TEXT, url=url))))
    assert [(item.address, item.title, item.day, item.teaser) for item in items] == [
        (None, "Lamps on the piers", date(2016, 4, 9), "THE piers are lit now."),
        (None, "Trams by night", date(2016, 4, 8), None),
    ]
    assert parse(TEXT, url) == []


@pytest.mark.parametrize(("words", "count"), [(10, 2), (700, 1)])
def test_no_item_of_a_text_has_the_length_of_an_article(words: int, count: int) -> None:
    text = TEXT.replace("Trams by night", "Trams " * words)
    assert len(read_items(label(read(Capture(body=text, url=URL))))) == count
