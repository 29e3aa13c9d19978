"""Status rows in every form, and the upper bound of their dates."""

from __future__ import annotations

from datetime import date

import pytest

from shio_scraper import parse_page
from shio_scraper.items import Status
from tests.parsers.pages import UNKNOWN, article, beside_sidebar, reasons, statuses

HEADING = "<h3>Application Status</h3>"


@pytest.mark.parametrize(
    "row",
    [
        "<table><tr><td>04-16</td><td>21315227</td><td>Processing</td></tr></table>",
        (
            "<table><tr><th>Date</th><th>No.</th><th>Status</th></tr>"
            "<tr><td>04-16</td><td>21315227</td><td>Processing</td></tr></table>"
        ),
        "<table><tr><td>1</td><td>04-16</td><td>21315227</td><td>Processing</td></tr></table>",
        "<table><tr><td>21315227</td><td>04-16</td><td>Processing</td></tr></table>",
        "<table><tr><td>Processing</td><td>21315227</td><td>04-16</td></tr></table>",
        "<table><tr><td>2023-04-16</td><td>21315227</td><td>Processing</td></tr></table>",
        "<div><div>04-16</div><div>21315227</div><div>Processing</div></div>",
        "<dl><dt>04-16</dt><dd>21315227</dd><dd>Processing</dd></dl>",
        "<p><span>04-16</span><span>21315227</span><span>Processing</span></p>",
        "<ul><li><a href='d.jsp?id=1'>04-16 21315227 <i>Processing</i></a></li></ul>",
        "<p>04-16 21315227 Processing</p>",
        "<p>04-16&nbsp;&nbsp;21315227&nbsp;Processing</p>",
        "<p>04-16 | 21315227 | Processing |</p>",
        "<p>4/16 21315227 Processing</p>",
        "<p>04月16日 21315227 Processing</p>",
        "<p>» 04-16 21315227 Processing</p>",
        "<p>[04-16] 21315227 Processing</p>",
        "<p>04-16 10:20 21315227 Processing</p>",
        "<p>04-16 No.21315227 Processing</p>",
        "<p>０４－１６ 21315227 Processing\u200c</p>",
        "<p>04\u201116 21315227 Processing</p>",
    ],
)
def test_a_row_in_every_form(row: str) -> None:
    (found,) = statuses(f"<html><body>{HEADING}{row}</body></html>")
    assert (found.kind, found.number, found.serial) == ("application", "21315227", "227")
    assert (found.month_day, found.latest_date) == ("04-16", date(2023, 4, 16))
    assert (found.status, found.status_text) == ("processing", "Processing")
    assert found.key == "status/application/227"
    assert found.url == "https://touch.shio.gov.cn/jsp/other_en.jsp"


@pytest.mark.parametrize("number", ["21315227", "２１３１５２２７"])
@pytest.mark.parametrize("word", ["Processing", "Ｐｒｏｃｅｓｓｉｎｇ"])
def test_a_row_is_the_same_in_any_width(number: str, word: str) -> None:
    row = f"<p>04-16 {number} {word}</p>"
    (found,) = statuses(f"<html><body>{HEADING}{row}</body></html>")
    assert (found.key, found.status) == ("status/application/227", "processing")
    assert (found.number, found.status_text) == (number, word)


@pytest.mark.parametrize(
    "rows",
    [
        "<p>04-16 21315227 Processing</p><p>03-12 21315226 Processing</p>",
        "<p>04-16 21315227 Processing<br>03-12 21315226 Processing</p>",
        "<p>04-16 21315227 Processing 03-12 21315226 Processing</p>",
        (
            "<div>04-16</div><div>21315227</div><div>Processing</div>"
            "<div>03-12</div><div>21315226</div><div>Processing</div>"
        ),
        "<table><tr><td>04-16 21315227 Processing<br>03-12 21315226 Processing</td></tr></table>",
    ],
)
def test_rows_side_by_side(rows: str) -> None:
    found = statuses(HEADING + rows)
    assert [(r.serial, r.status_text) for r in found] == [
        ("227", "Processing"),
        ("226", "Processing"),
    ]


@pytest.mark.parametrize(
    "lists",
    [
        (
            "<table><tr><td colspan=3>Application Status</td></tr><tr><td>04-16"
            "</td><td>21315227</td>"
            "<td>Processing</td></tr><tr><td colspan=3>Inquiry Status</td></tr><tr><td>02-29</td>"
            "<td>02131558</td><td>Received</td></tr></table>"
        ),
        (
            "<table><tr><td>04-16</td><td>21315227</td><td>Processing</td><td>02-29</td>"
            "<td>02131558</td><td>Received</td></tr></table>"
        ),
        "<p>04-16 21315227 Processing</p><p>02-29 02131558 Received</p>",
    ],
)
def test_two_lists(lists: str) -> None:
    assert [(row.kind, row.serial) for row in statuses(lists)] == [
        ("application", "227"),
        ("inquiry", "58"),
    ]


@pytest.mark.parametrize(
    "word",
    ["Under review", "Sent back (form missing)",
     "Refused.", "In progress, step 2", "Sent to: bureau",
     "处理中", "已受理"],
)  # fmt: skip
def test_an_unknown_word_is_kept(word: str) -> None:
    cells = f"<td>04-16</td><td>21315227</td><td>{word}</td>"
    for row in (f"<p>04-16 21315227 {word}</p>", f"<table><tr>{cells}</tr></table>"):
        (found,) = statuses(HEADING + row)
        assert (found.status, found.status_text) == ("other", word)


@pytest.mark.parametrize(
    ("word", "status"),
    [("Processing", "processing"), ("PROCESSING", "processing"), ("Received", "received"),
     ("Completed", "completed"), ("受理中", "processing"), ("已办结", "completed")],
)  # fmt: skip
def test_known_words(word: str, status: str) -> None:
    (found,) = statuses(f"{HEADING}<p>04-16 21315227 {word}</p>")
    assert (found.status, found.status_text) == (status, word)


@pytest.mark.parametrize("number", ["2024-00012", "SH-99", "7", "1234567890123456", "SH-2019/77"])
def test_a_number_of_another_form_is_its_own_serial(number: str) -> None:
    cells = f"<table><tr><td>04-16</td><td>{number}</td><td>Processing</td></tr></table>"
    (found,) = statuses(HEADING + cells)
    assert (found.kind, found.number, found.serial) == ("application", number, number)


@pytest.mark.parametrize("more", ["view more »", "More"])
def test_a_heading_that_holds_its_link(more: str) -> None:
    head = "<div>{} <a href='x.jsp'>" + more + "</a></div><p>04-16 {} Processing</p>"
    body = head.format("Application Status", 77) + head.format("Inquiry Status", 88)
    assert [(row.kind, row.serial) for row in statuses(body)] == [
        ("application", "77"),
        ("inquiry", "88"),
    ]


def test_the_layouts_prefix_is_no_part_of_the_serial() -> None:
    (jsp,) = statuses(f"{HEADING}<p>04-16 21315227 Processing</p>")
    (aspx,) = statuses(f"{HEADING}<p>04-16 20714227 Processing</p>")
    assert jsp.key == aspx.key
    assert (jsp.number, aspx.number) == ("21315227", "20714227")


def rows_of(days: list[str], fetched_at: str | None) -> list[Status]:
    rows = "".join(f"<p>{day} 2131522{9 - i} Processing</p>" for i, day in enumerate(days))
    records = parse_page(HEADING + rows, UNKNOWN, fetched_at)
    return [record for record in records if isinstance(record, Status)]


@pytest.mark.parametrize(
    ("days", "fetched_at", "bounds"),
    [
        (["04-16"], "2024-04-16T00:00:00Z", ["2024-04-16"]),
        (["04-16"], "2024-04-15T15:59:59Z", ["2023-04-16"]),
        (["04-16"], "2024-04-15T16:00:00Z", ["2024-04-16"]),
        (["04-16", "03-12", "09-26"], "2025-06-18T00:00:00Z",
         ["2025-04-16", "2025-03-12", "2024-09-26"]),
        (["02-29", "03-06", "11-14"], "2025-06-18T00:00:00Z",
         ["2024-02-29", "2023-03-06", "2022-11-14"]),
        (["02-29", "02-29"], "2024-03-01T00:00:00Z", ["2024-02-29", "2024-02-29"]),
        (["02-28", "02-29"], "2024-03-01T00:00:00Z", ["2024-02-28", "2020-02-29"]),
        (["02-30", "02-28"], "2024-03-01T00:00:00Z", [None, "2024-02-28"]),
        (["03-05", "13-01", "03-06"], "2024-03-05T00:00:00Z", ["2024-03-05", None, "2023-03-06"]),
        (["02-29"], "1902-01-01T00:00:00Z", ["1896-02-29"]),
        (["04-16"], None, [None]),
    ],
)  # fmt: skip
def test_latest_date(days: list[str], fetched_at: str | None, bounds: list[str | None]) -> None:
    found = [row.latest_date and row.latest_date.isoformat() for row in rows_of(days, fetched_at)]
    assert found == bounds


def test_each_list_has_bounds_of_its_own() -> None:
    both = (
        f"{HEADING}<p>03-01 21315227 Processing</p><p>09-26 21315226 Processing</p>"
        "<h3>Inquiry Status</h3><p>03-02 02131558 Received</p>"
    )
    assert [str(row.latest_date) for row in statuses(both)] == [
        "2024-03-01",
        "2023-09-26",
        "2024-03-02",
    ]


def test_a_row_of_no_known_kind_is_a_reject() -> None:
    page = "<p>04-16 21315227 Processing</p><p>02-29 ABC-1 Received</p>"
    assert [row.serial for row in statuses(page)] == ["227"]
    assert reasons(page) == ["row_without_kind"]


@pytest.mark.parametrize(
    "text",
    [
        "On 04-16 21315227 Processing began in the old mill by the river.",
        "Call 021-21315227 or 02131558.",
        "Between 04-16 and 05-16, 21315227 people came.",
    ],
)
def test_a_sentence_is_no_row(text: str) -> None:
    page = beside_sidebar(
        f"<h1>Mill 2024-03-04</h1><p>The mill is open on Sunday.</p><p>{text}</p>"
    )
    assert article(page).paragraphs[1] == text


def test_a_page_of_nothing_but_rows_in_blocks_of_their_own_is_read() -> None:
    rows = "<div>04-16</div><div>21315227</div><div>Processing</div>" * 40
    records = parse_page(f"<body>{rows}", None, "2024-01-01")
    assert [record.type for record in records] == ["status"] * 40


def test_the_heading_right_above_tells_the_kind_of_its_rows() -> None:
    page = "<h3>Inquiry Status</h3><table><tr><td>04-16</td><td>98765432</td><td>Received</td></tr>"
    (record,) = parse_page(f"<body>{page}</table>", None, "2024-05-01")
    assert isinstance(record, Status)
    assert (record.kind, record.serial) == ("inquiry", "98765432")


def test_a_lost_heading_does_not_change_the_kind_of_the_rows_below_it() -> None:
    rows = "04-16 21315227 Processing\n03-12 21315226 Processing\n02-29 02131558 Received"
    found = parse_page(f"Application Status\n{rows}", None, "2024-05-01")
    assert [record.key for record in found if isinstance(record, Status)] == [
        "status/application/227",
        "status/application/226",
        "status/inquiry/58",
    ]


def test_rows_below_two_headings_side_by_side_go_by_their_numbers() -> None:
    table = "<table><tr><td>{}</td><td>{}</td><td>{}</td></tr></table>".format
    page = (
        "<h3>Application Status</h3><h3>Inquiry Status</h3>"
        + table("04-16", "21315227", "Processing")
        + table("02-29", "02131558", "Received")
    )
    found = parse_page(f"<body>{page}", None, "2024-05-01")
    keys = [record.key for record in found if isinstance(record, Status)]
    assert keys == ["status/application/227", "status/inquiry/58"]


@pytest.mark.parametrize(
    "cells",
    [
        ("04-16", "21315227", "Visit to a tea house", "Processing"),
        ("04-16", "21315227", "Processing", "View"),
        ("04-16", "21315227", "Application", "Processing"),
    ],
)
def test_further_columns_are_no_part_of_the_word(cells: tuple[str, ...]) -> None:
    row = "".join(f"<td>{cell}</td>" for cell in cells)
    (found,) = statuses(f"<h2>Application Status</h2><table><tr>{row}</tr></table>")
    assert (found.month_day, found.number, found.status) == ("04-16", "21315227", "processing")


@pytest.mark.parametrize(
    "form",
    [
        "<div><div>{}</div><div><a href='/usercenter/one.jsp'>{}</a></div><div>{}</div></div>",
        "<table><tr><td>{}</td><td>{}<br>A crew on the mole</td><td>{}</td></tr></table>",
        "<table><tr><td>{}</td><td><p>{}</p><p>Tug</p></td><td>{}<br>(desk 4)</td></tr></table>",
    ],
)
def test_numbers_that_lead_to_the_login_and_cells_of_two_lines(form: str) -> None:
    rows = [("04-16", "21315227", "Processing"), ("03-12", "21315226", "Processing")]
    body = "<h3>Application Status</h3>" + "".join(form.format(*row) for row in rows)
    found = statuses(f"<html><body>{body}</body></html>")
    assert [(row.month_day, row.number, row.status) for row in found] == [
        ("04-16", "21315227", "processing"),
        ("03-12", "21315226", "processing"),
    ]
