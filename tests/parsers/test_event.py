"""Events: a title, labelled fields in any form, a body."""

from __future__ import annotations

import pytest

from shio_scraper import parse_page
from shio_scraper.items import Event
from tests.parsers.pages import BODY, P1, P2, P3, SIDEBAR, UNKNOWN, beside_sidebar, event, parse

TABS = "<div>Events | Today This Week This Month All Events</div>"
TITLE = "Tour of the tide gates"
FIELDS = (
    ("End Time", "2020-06-23"),
    ("Registration Deadline", "2020-06-18 16:00"),
    ("Contact", "Tang Wei,021-12345678"),
)


def lines(form: str) -> str:
    return "".join(form.format(name, value) for name, value in FIELDS)


MAINS = {
    "divs": f"{TABS}<h1>{TITLE}</h1>{lines('<div>{}:{}</div>')}{BODY}",
    "breaks": f"{TABS}{TITLE}<br>{lines('{}:{}<br>')}{P1}<br>{P2}<br>{P3}",
    "one line": f"{TABS}<h1>{TITLE}</h1><p>{lines('{}:{} ')}</p>{BODY}",
    "spans": f"{TABS}<h1>{TITLE}</h1><p>{lines('<span>{}:{}</span>')}</p>{BODY}",
    "cells": f"{TABS}<h1>{TITLE}</h1>"
    f"<table>{lines('<tr><td>{}:</td><td>{}</td></tr>')}</table>{BODY}",
    "rows": f"{TABS}<h1>{TITLE}</h1><table>{lines('<tr><td>{}:{}</td></tr>')}</table>{BODY}",
    "terms": f"{TABS}<h1>{TITLE}</h1><dl>{lines('<dt>{}:</dt><dd>{}</dd>')}</dl>{BODY}",
    "items": f"{TABS}<h1>{TITLE}</h1><ul>{lines('<li><b>{}:</b>{}</li>')}</ul>{BODY}",
    "spaced": f"{TABS}<h1>{TITLE}</h1>{lines('<p>{} : {}</p>')}{BODY}",
    "full width": f"{TABS}<h1>{TITLE}</h1>{lines('<p>{}：{}</p>')}{BODY}",
    "list of tabs": f"<h2>Events</h2><ul><li>Today</li><li>All Events</li></ul><h1>{TITLE}</h1>"
    f"{lines('<div>{}:{}</div>')}{BODY}",
    "no tabs": f"<h1>{TITLE}</h1>{lines('<div>{}:{}</div>')}{BODY}",
    "name of the site": f"<h1>Touch Shanghai</h1>{TABS}<h2>{TITLE}</h2>"
    f"{lines('<p>{}:{}</p>')}{BODY}",
    "nested": f"<table><tr><td>{TABS}</td></tr><tr><td><table><tr><td>{TITLE}</td></tr><tr><td>"
    f"{lines('<p>{}:{}</p>')}</td></tr></table></td></tr><tr><td>{BODY}</td></tr></table>",
    "button": f"{TABS}<h1>{TITLE}</h1>{lines('<p>{}:{}</p>')}"
    f"<p><a href='/usercenter/join.jsp'>Register</a></p>{BODY}",
    "fields below": f"{TABS}<h1>{TITLE}</h1>{BODY}{lines('<div>{}:{}</div>')}",
    "cells without colons": f"{TABS}<h1>{TITLE}</h1>"
    f"<table>{lines('<tr><th>{}</th><td>{}</td></tr>')}</table>{BODY}",
    "terms without colons": f"{TABS}<h1>{TITLE}</h1>"
    f"<dl>{lines('<dt>{}</dt><dd>{}</dd>')}</dl>{BODY}",
    "neighbours": f"{TABS}<h1>{TITLE}</h1>{lines('<div><p>{}:</p><p>{}</p></div>')}{BODY}",
    "tools between": f"{TABS}<h1>{TITLE}</h1><div>Source:</div><div>Views: 12 Print</div>"
    f"<p><a href='#a'>Share</a> <a href='#b'>Mail</a></p>{lines('<div>{}:{}</div>')}{BODY}",
    "tools in the title's element": f"{TABS}<h1>{TITLE} Source: <div>Print</div></h1>"
    f"{lines('<p>{}:{}</p>')}{BODY}",
    "deck and caption": f"{TABS}<h1>{TITLE}</h1><h4>All who signed up may see the gates move.</h4>"
    "<figure><figcaption>The northern gate at low tide, seen from the quay.</figcaption></figure>"
    f"<ul>{lines('<li>{}:{}</li>')}</ul>{BODY}",
    "empty phone": f"{TABS}<h1>{TITLE}</h1>{lines('<p>{}:{}</p>')}<p>Phone:</p>{BODY}",
}


@pytest.mark.parametrize("main", MAINS.values(), ids=MAINS.keys())
def test_fields_in_every_form(main: str) -> None:
    found = event(beside_sidebar(main))
    assert found.title == TITLE
    assert found.ends == "2020-06-23"
    assert found.registration_deadline == "2020-06-18T16:00:00+08:00"
    assert (found.contact, found.phone) == ("Tang Wei", "021-12345678")
    assert found.paragraphs == [P1, P2, P3]


@pytest.mark.parametrize("url", [UNKNOWN, None])
def test_the_page_tells_an_event(url: str | None) -> None:
    assert event(beside_sidebar(MAINS["divs"]), url).key.startswith("event/en/text-")


def test_the_aspx_layout_numbers_on_its_own() -> None:
    url = "http://61.129.132.137/en/event-list/detailindex.aspx?x=1&id=37"
    found = event(beside_sidebar(MAINS["cells"]), url)
    assert found.key == "event/en/aspx-37"
    assert found.url == "https://touch.shio.gov.cn/en/event-list/detailindex.aspx?id=37"


def test_the_sidebar_between_fields_and_body() -> None:
    head = f"{TABS}<h1>{TITLE}</h1>{lines('<p>{}:{}</p>')}"
    page = (
        f"<table><tr><td colspan=2>{head}</td></tr>"
        f"<tr><td>{SIDEBAR}</td><td>{BODY}</td></tr></table>"
    )
    assert event(page).paragraphs == [P1, P2, P3]


def test_the_sidebar_first() -> None:
    assert event(f"<div>{SIDEBAR}</div><div>{MAINS['divs']}</div>").paragraphs == [P1, P2, P3]


@pytest.mark.parametrize("line", ["Start Time:2020-06-22", "Venue:1 River Road", "Address:Quay"])
@pytest.mark.parametrize("first", [True, False])
def test_an_unknown_field_is_kept_and_is_no_title(line: str, *, first: bool) -> None:
    known = lines("<p>{}:{}</p>")
    fields = f"<p>{line}</p>{known}" if first else f"{known}<p>{line}</p>"
    found = event(beside_sidebar(f"{TABS}<h1>{TITLE}</h1>{fields}{BODY}"))
    assert found.title == TITLE
    assert found.ends == "2020-06-23"
    assert found.paragraphs == [line, P1, P2, P3]


@pytest.mark.parametrize("line", ["Contact: see above", "Phone: 021-5555", "Time: 9 am", "Q: Who?"])
def test_a_line_of_the_body_that_looks_like_a_field_is_body(line: str) -> None:
    main = f"{TABS}<h1>{TITLE}</h1>{lines('<p>{}:{}</p>')}<p>{P1}</p><p>{line}</p><p>{P3}</p>"
    found = event(beside_sidebar(main))
    assert found.paragraphs == [P1, line, P3]
    assert (found.contact, found.phone) == ("Tang Wei", "021-12345678")


@pytest.mark.parametrize(
    ("printed", "contact", "phone"),
    [
        ("<p>Contact:Ms. Tang</p><p>Phone:+86 21 2222 3333 ext. 12</p>",
         "Ms. Tang", "+86 21 2222 3333 ext. 12"),
        ("<p>Contact:13800000000</p>", None, "13800000000"),
        ("<p>Contact:Tang Wei，021-12345678</p>", "Tang Wei", "021-12345678"),
        ("<p>Contact:Ms. Tang</p>", "Ms. Tang", None),
        ("<p>Contact:Ms. Tang,</p>", "Ms. Tang", None),
        ("<p>Phone:021-12345678</p>", None, "021-12345678"),
        ("<p>Contact:Ms. Tang (021-1234-5678)</p>", "Ms. Tang", "021-1234-5678"),
        ("<p>Contact:Ms. Tang,021–1234–5678</p>", "Ms. Tang", "021-1234-5678"),
        ("<p>Contact:Ms. Tang 021-1234-5678</p>", "Ms. Tang", "021-1234-5678"),
        ("<p>Contact:Ms. Tang, Tel: 021-1234-5678</p>", "Ms. Tang", "021-1234-5678"),
        ("<p>Contact:Ms. Tang（电话：021-1234-5678）</p>", "Ms. Tang", "021-1234-5678"),
        ("<p>Contact:021-1234-5678 Ms. Tang</p>", "Ms. Tang", "021-1234-5678"),
        ("<p>Contact:Ms. Tang (Quay Office)</p>", "Ms. Tang (Quay Office)", None),
        ("<p>Contact:Ms. Tang,021-12345678, Mr. Ye,021-12345679</p>",
         "Ms. Tang", "021-12345678, 021-12345679"),
        ("<p>Contact:</p><p>Phone:021-12345678</p>", None, "021-12345678"),
    ],
)  # fmt: skip
def test_contact_and_phone(printed: str, contact: str | None, phone: str | None) -> None:
    found = event(
        beside_sidebar(f"{TABS}<h1>{TITLE}</h1><p>End Time:2020-06-23</p>{printed}{BODY}")
    )
    assert (found.contact, found.phone) == (contact, phone)
    assert found.paragraphs == [P1, P2, P3]


@pytest.mark.parametrize(
    ("printed", "moment"),
    [
        ("2023-10-18", "2023-10-18"),
        ("2023-10-18 16:00", "2023-10-18T16:00:00+08:00"),
        ("2023-10-18 16:00:30", "2023-10-18T16:00:30+08:00"),
        ("2023/10/18", "2023-10-18"),
        ("October 18, 2023", "2023-10-18"),
        ("2023年10月18日", "2023-10-18"),
        ("2023-10-18 25:00", "2023-10-18"),
        ("2023-02-30", None),
        ("1023-10-18", None),
        ("10-18", None),
        ("soon", None),
    ],
)
def test_moments(printed: str, moment: str | None) -> None:
    found = event(beside_sidebar(f"{TABS}<h1>{TITLE}</h1><p>End Time:{printed}</p>{BODY}"))
    assert found.ends == moment
    assert (found.title, found.paragraphs) == (TITLE, [P1, P2, P3])


def test_an_event_without_fields() -> None:
    found = event(beside_sidebar(f"{TABS}<h1>{TITLE}</h1>{BODY}"))
    assert (found.title, found.ends, found.paragraphs) == (TITLE, None, [P1, P2, P3])


def test_a_source_line_stays_text() -> None:
    main = f"{MAINS['divs']}<p>Source: Xinhua</p>"
    assert event(beside_sidebar(main)).paragraphs == [P1, P2, P3, "Source: Xinhua"]


def test_a_chinese_event() -> None:
    page = (
        "<h1>参观潮汐闸</h1><p>报名截止时间：2020-06-18 16:00</p><p>结束时间：2020年6月23日</p>"
        "<p>联系人：李明，021-12345678</p><p>活动在河边举行，欢迎各位记者报名参加。</p>"
    )
    found = event(page, "http://touch.shio.gov.cn/jsp/cfbm_detail.jsp?id=37")
    assert found.key == "event/zh/37"
    assert found.registration_deadline == "2020-06-18T16:00:00+08:00"
    assert (found.ends, found.contact, found.phone) == ("2020-06-23", "李明", "021-12345678")
    assert found.paragraphs == ["活动在河边举行，欢迎各位记者报名参加。"]


def test_a_list_of_events_is_no_event() -> None:
    items = "".join(
        f"<li><a href='cfbm_detail_en.jsp?id={n}'>Tour {n}"
        f"</a> Registration Deadline:2020-06-1{n}</li>"
        for n in range(1, 4)
    )
    for url in ("http://touch.shio.gov.cn/jsp/cfbm_default_en.jsp", UNKNOWN):
        records = parse(beside_sidebar(f"{TABS}<ul>{items}</ul>"), url)
        assert [record.type for record in records] == ["status", "status", "faq"]


def test_an_events_address_that_says_not_found_is_a_reject() -> None:
    page = "<body><div>Government News</div><p>The page you asked for was not found.</p></body>"
    (found,) = parse_page(page, "http://touch.shio.gov.cn/jsp/cfbm_detail_en.jsp?id=9")
    assert (found.type, getattr(found, "reason", None)) == ("reject", "not_found")


def test_a_title_with_a_colon_above_body_and_fields() -> None:
    title = "Tour of the locks: a look back"
    found = event(beside_sidebar(f"{TABS}<h1>{title}</h1>{BODY}<p>End Time:2020-06-23</p>"))
    assert (found.title, found.paragraphs) == (title, [P1, P2, P3])


@pytest.mark.parametrize("line", ["Phone: 021-62560000", "Contact: Tang Wei"])
def test_a_way_to_get_in_touch_makes_no_event(line: str) -> None:
    page = f"<div><a href='/'>Home</a></div><h2>Contact Us</h2><p>{line}</p>"
    assert not [record for record in parse(page, UNKNOWN) if isinstance(record, Event)]


@pytest.mark.parametrize("url", [None, UNKNOWN])
def test_a_list_of_events_whose_fields_stand_apart_is_no_event(url: str | None) -> None:
    items = "".join(
        f"<h4><a href='cfbm_detail_en.jsp?id={n}'>Tour of lock {n}</a></h4>"
        f"<p>Registration Deadline:2020-06-1{n}</p>"
        for n in range(3)
    )
    assert not [one for one in parse(f"{TABS}<div>{items}</div>", url) if isinstance(one, Event)]


def test_an_empty_field_takes_nothing() -> None:
    fields = "<p>End Time:2020-06-23</p><p>Contact:</p><p>Bring a warm coat</p>"
    found = event(beside_sidebar(f"{TABS}<h1>{TITLE}</h1>{fields}{BODY}"))
    assert found.contact is None
    assert found.paragraphs == ["Bring a warm coat", P1, P2, P3]


def test_a_longer_text_elsewhere_is_not_the_events() -> None:
    legal = f"<div><div><p>{' '.join([P1, P2, P3] * 3)}</p></div></div>"
    page = f"<div><div>{MAINS['breaks']}</div></div>{SIDEBAR}{legal}"
    assert event(page).paragraphs == [P1, P2, P3]


TEXT = """\
Events | Today This Week This Month All Events
Tour of the tide gates
Registration Deadline:2020-06-18 16:00
Contact:Tang Wei,021-12345678
"""


def test_line_breaks_inside_sentences() -> None:
    body = (
        "The gates are opened twice a day, and all who want to see it may come\n"
        "(in boots) to the quay below the old hall; write to https://gates.example.com/tour\n"
        "or call us before 16:00,\nJune 18th.\n1. Bring your card.\n2. Be in time."
    )
    assert event(TEXT + body).paragraphs == [
        body.partition("\n1.")[0].replace("\n", " "),
        "1. Bring your card.",
        "2. Be in time.",
    ]


def test_leftovers_over_two_lines() -> None:
    body = (
        'All who signed up may come to the quay. < style="text-align:right;line-height:1pt;\n'
        'mso-list:none">Office of Gates < style="margin:0;\nmso-a:1;\nmso-b:2">June 2nd, 2020'
    )
    assert event(TEXT + body).paragraphs == [
        "All who signed up may come to the quay.",
        "Office of Gates",
        "June 2nd, 2020",
    ]
