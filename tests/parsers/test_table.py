"""Rows of tables of records on a page of any site, and what looks like one and is none."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shio_scraper import parse_page
from shio_scraper.portals import ANY_SITE

SITE = "https://quay.example.uk/berths/applications"
DATA = [
    ("B/2031/014", "14/03/2031", "Berth for the tug Heron", "Granted on 2 April"),
    ("B/2031/015", "02/04/2031", "Crane at the coal steps", "Under review"),
    ("B/2031/016", "21/04/2031", "Floating sauna", "Refused"),
]
HEADS = ("Application No.", "Date lodged", "For what", "Status")


def rows(body: str, url: str = SITE) -> list[Any]:
    page = f"<html lang=en><body><h1>Berths applied for</h1>{body}</body></html>"
    found = parse_page(page, url=url, fetched_at="2031-05-01T09:00:00Z", portal=ANY_SITE)
    return [record for record in found if record.type == "row"]


def told(found: list[Any]) -> list[tuple[str | None, str, str | None, str | None]]:
    return [(row.reference, str(row.date), row.status, row.status_text) for row in found]


TOLD = [
    ("B/2031/014", "2031-03-14", "approved", "Granted on 2 April"),
    ("B/2031/015", "2031-04-02", "processing", "Under review"),
    ("B/2031/016", "2031-04-21", "refused", "Refused"),
]


def line(cells: tuple[str, ...], tag: str = "td") -> str:
    return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"


def lines(form: str) -> str:
    return "".join(form.format(*cells) for cells in DATA)


TABLE = "".join(map(line, DATA))
CELL = "<div class=r><div>{}</div><div>{}</div><div>{}</div><div>{}</div></div>"


@pytest.mark.parametrize(
    "body",
    [
        f"<table>{line(HEADS, 'th')}{TABLE}</table>",
        f"<table>{line(HEADS)}{TABLE}</table>",
        f"<table><thead>{line(HEADS)}</thead><tbody>{TABLE}</tbody></table>",
        f"<table><tr><td colspan=2>Spring<td colspan=2>Pay here</tr>{line(HEADS)}{TABLE}</table>",
        f"<table><tr><td colspan=4>Spring</td></tr>{line(HEADS, 'th')}{TABLE}</table>",
        f"<table><tr><td><table>{line(HEADS, 'th')}{TABLE}</table></td><td>Menu</td></tr></table>",
        "<table>" + line(HEADS, "th") + lines("<tr><td><p>{}</p></td><td>{}</td><td><p>{}</p>"
        "<p>Pilot needed</p></td><td>{}</td></tr>") + "</table>",
        "<ul>" + lines("<li><a href='/b?x'>{2}</a><p>Ref. No: {0} | Received: {1} | Status: {3}"
        "</p></li>") + "</ul>",
        lines("<div><h4><a href='/b?x'>{2}</a></h4><p><b>Application No.</b><span>{0}</span></p>"
        "<p><b>Lodged</b><span>{1}</span></p><p><b>Status</b><span>{3}</span></p></div>"),
        lines("<table><tr><td>Application ID</td><td>{0}</td></tr><tr><td>Lodged</td><td>{1}</td>"
        "</tr><tr><td>For what</td><td>{2}</td></tr><tr><td>Status</td><td>{3}</td></tr></table>"),
        lines("<dl><dt>Permit number</dt><dd>{0}</dd><dt>Date</dt><dd>{1}</dd><dt>Status</dt>"
        "<dd>{3}</dd></dl>"),
        lines("<h4><a href='/b?x'>{0} - Berth</a></h4>{2}<br><b>Submitted:</b> {1}<br>"
        "<b>Status:</b> {3}<br><br>"),
        f"<div>{CELL.format(*HEADS)}{lines(CELL)}</div>",
        f"<div hidden>{'<p>A draft</p>' * 30}<table>{line(HEADS, 'th')}{TABLE}</table></div>",
    ],
)  # fmt: skip
def test_rows_of_records_however_they_are_laid_out(body: str) -> None:
    assert told(rows(body)) == TOLD


def test_a_row_has_its_columns_its_link_and_the_heading_above() -> None:
    cells = lines("<tr><td><a href='/berth/{0}'>{0}</a></td><td>{1}</td><td>{2}</td></tr>")
    first, *_ = rows(f"<h2>Decided this spring</h2><table>{line(HEADS[:3], 'th')}{cells}</table>")
    assert first.table == "Decided this spring"
    assert first.columns == dict(zip(HEADS[:3], DATA[0][:3], strict=True))
    assert first.url == "https://quay.example.uk/berth/B/2031/014"
    assert first.key == "row/en/quay.example.uk-B/2031/014"
    assert first.status is first.status_text is None


def test_a_row_without_a_reference_is_known_by_its_cells() -> None:
    pending = line(("", "25/04/2031", "Slip for a regatta", "Under review"))
    *_, last = rows(f"<table>{line(HEADS, 'th')}{TABLE}{pending}</table>")
    assert last.reference is None
    assert last.key.startswith("row/en/quay.example.uk-")
    assert not last.key.endswith("-")


def test_a_page_of_records_is_no_article_and_an_article_with_some_is_one() -> None:
    table = f"<table>{line(HEADS, 'th')}{TABLE}</table>"
    prose = "<p>The council met at the mole and heard what every berth on it is for.</p>" * 12
    note = "<p>Applications are kept here for a year after they have been decided on.</p>"
    long = "<p>The council met at the mole in March, and it heard until dusk for whom and for what "
    text, great = f"{long}each berth on it is.</p>" * 6, table.replace("</table>", TABLE * 20)
    for body, kinds in (
        (note + table, {"row"}),
        (prose + table, {"article", "row"}),
        (note + great, {"row"}),
        (text + great, {"article", "row"}),
    ):
        page = f"<html lang=en><body><h1>Berths applied for</h1>{body}</body></html>"
        assert {record.type for record in parse_page(page, url=SITE, portal=ANY_SITE)} == kinds


def test_headers_over_two_rows_and_cells_that_span() -> None:
    body = (
        "<table><thead><tr><th rowspan=2>Ref.</th><th colspan=2>Day of</th><th rowspan=2>Outcome"
        "</th></tr><tr><th>receipt</th><th>decision</th></tr></thead>"
        "<tr><td rowspan=2>T-118</td><td>3 May 2031</td><td>9 June 2031</td><td>Awarded</td></tr>"
        "<tr><td>4 May 2031</td><td colspan=2>Withdrawn</td></tr>"
        "<tr><td>T-119</td><td>5 May 2031</td><td></td><td>Pending</td></tr></table>"
    )
    found = rows(body)
    assert [list(row.columns) for row in found[:1]] == [
        ["Ref.", "Day of receipt", "Day of decision", "Outcome"]
    ]
    assert [row.reference for row in found] == ["T-118", "T-118", "T-119"]
    assert len({row.key for row in found}) == 3
    assert [row.status for row in found] == ["approved", None, "processing"]


def test_a_reference_that_begins_a_title_is_taken_from_it() -> None:
    body = line(("31-285 Heron v. Pier", "3 May 2031")) + line(
        ("31-1498 Tern v. Mole", "4 May 2031")
    )
    found = rows(f"<table>{line(('Hearing', 'Heard on'), 'th')}{body}</table>")
    assert [row.reference for row in found] == ["31-285", "31-1498"]


def test_a_table_without_headers_goes_on_the_one_above() -> None:
    first = f"<table>{line(HEADS, 'th')}{line(DATA[0])}{line(DATA[1])}</table>"
    assert told(rows(f"{first}<table>{line(DATA[2])}</table>")) == TOLD


def test_chinese_tables_by_their_headers_and_other_languages_by_form() -> None:
    chinese = rows(
        "<table><tr><th>序号</th><th>受理编号</th><th>受理日期</th><th>办理状态</th></tr>"
        "<tr><td>1</td><td>沪规2031字第18号</td><td>2031年3月4日</td><td>已办结</td></tr>"
        "<tr><td>2</td><td>沪规2031字第19号</td><td>2031年3月9日</td><td>办理中</td></tr></table>"
    )
    assert told(chinese) == [
        ("沪规2031字第18号", "2031-03-04", "completed", "已办结"),
        ("沪规2031字第19号", "2031-03-09", "processing", "办理中"),
    ]
    welsh = "".join(line((f"W{i}/31", f"1{i}.06.2031", "Cwch")) for i in range(3))
    assert [(row.reference, str(row.date)) for row in rows(f"<table>{welsh}</table>")] == [
        ("W0/31", "2031-06-10"),
        ("W1/31", "2031-06-11"),
        ("W2/31", "2031-06-12"),
    ]


@pytest.mark.parametrize(
    ("url", "text", "day"),
    [
        (SITE, "04/05/2031", "2031-05-04"),
        ("https://quay.example.gov/x", "04/05/2031", "2031-04-05"),
        ("https://quay.example/x", "04/05/2031", "None"),
        ("https://quay.example/x", "4 May 31", "2031-05-04"),
        ("https://quay.example/x", "Mon 05 May 2031", "2031-05-05"),
    ],
)
def test_figures_of_a_day_are_read_in_the_order_that_the_page_or_its_country_has(
    url: str, text: str, day: str
) -> None:
    body = f"<table>{line(HEADS, 'th')}{line(('B/1', text, 'Tug', 'Open'))}</table>"
    assert [str(row.date) for row in rows(body, url)] == [day]


@pytest.mark.parametrize(
    "body",
    [
        "<table><tr><td>News</td><td>Harbour</td></tr><tr><td>Fish</td><td>Ferries</td></tr></table>",
        "<table>" + "".join(line(tuple(str(7 * week + day) for day in range(1, 8))) for week in
        range(4)) + "</table>",
        "<table>" + line(("Mooring", "Fee"), "th") + line(("Up to 9 m", "$40.00")) +
        line(("Up to 20 m", "$90.00")) + "</table>",
        "<table>" + line(("Fee type", "Date raised", "Amount"), "th") +
        line(("Lodging", "14/05/2031", "$77.50")) + line(("Survey", "15/05/2031", "$99.00")) +
        "</table>",
        "<table>" + line(("Meeting date", "Agenda"), "th") +
        line(("14/05/2031", "<a href=/a.pdf>Agenda</a>")) +
        line(("15/06/2031", "<a href=/b.pdf>Agenda</a>")) + "</table>",
        "<table>" + line(("Reference", DATA[0][0])) + line(("Lodged", DATA[0][1])) + "</table>",
        "<form><table>" + line(("Application number", "<input>")) + line(("From", "<input>")) +
        "</table></form>",
        "<ul>" + "".join(f"<li><a href=/{year}>{year}</a></li>" for year in range(2020, 2031)) +
        "</ul>",
        "<table>" + line(("Who", "Phone", "From"), "th") + line(("Ada Quay", "(773) 286-4545",
        "1/2/2031")) + line(("Bo Mole", "(773) 286-4546", "3/2/2031")) + "</table>",
        "<table>" + line(("<a href=/a>Agenda 01.30.2031</a>", "Minutes 01.30.2031")) +
        line(("<a href=/b>Agenda 02.27.2031</a>", "Minutes 02.27.2031")) + "</table>",
        "<table>" + line(("No.", "Port", "Ships in 2031"), "th") + line(("1", "North", "1,204")) +
        line(("2", "South", "3,110")) + "</table>",
    ],
)  # fmt: skip
def test_layout_calendars_fees_meetings_forms_and_figures_are_no_records(body: str) -> None:
    assert rows(body) == []


CELLS = st.sampled_from([
    "", "B/2031/014", "14/03/2031", "2031-03-14", "Granted", "Status", "Application No.", "Date",
    "Ref: B/9 | Status: Open", "<b>Lodged:</b> 3 May 2031", "<p>Two</p><p>lines 22</p>", "7",
    "<a href=/x>View</a>", "受理编号", "沪规31号", "<table><tr><td>in<td>B/1</table>",
])  # fmt: skip
SPANS = st.sampled_from(["", " colspan=2", " rowspan=3", " colspan=999 rowspan=999", " colspan=x"])
LINES = st.lists(
    st.builds("<{0}{1}>{2}</{0}>".format, st.sampled_from(["td", "th"]), SPANS, CELLS), max_size=5
).map(lambda cells: f"<tr>{''.join(cells)}</tr>")


@given(st.lists(st.lists(LINES, max_size=6), max_size=3))
def test_whatever_a_row_says_stands_on_the_page(made: list[list[str]]) -> None:
    body = "".join(f"<table>{''.join(each)}</table>" for each in made)
    plain = "".join(re.sub("<[^>]+>", "", body).split())
    for row in rows(body):
        said = [row.reference, row.status_text, *row.columns.values()]
        for text in filter(None, said):
            assert "".join(text.split()) in plain
