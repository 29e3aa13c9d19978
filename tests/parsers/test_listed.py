"""Lists of any site: what repeats, in many markups, with its title, day, time, place and files."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given

from quality.strategies import HTML
from shio_scraper import examine_page
from shio_scraper.extraction import Item

URL = "https://town.example/meetings/"
MEETINGS = (
    ("Pier Committee", "March 14, 2024", "6:30 p.m.", "Boat House, Room 2", "/files/pier.pdf"),
    ("Market Board", "April 2, 2024", "10:00 a.m.", "Town Hall, 4th Floor", "/files/market.pdf"),
    ("Mill Commission", "April 30, 2024", "6:30 p.m.", "Boat House, Room 2", "/files/mill.pdf"),
    ("Market Board", "May 7, 2024", "10:00 a.m.", "Town Hall, 4th Floor", "/files/may.pdf"),
)
LINES = "<a href='/about'>About the town</a><h1>Meetings</h1><p>All of them are open to you.</p>"
FORMS = {
    "table": "<table><tr><th>Date</th><th>Body</th><th>Time</th><th>Location</th>"
    "<th>Papers</th></tr>{}</table>"
    "|<tr><td>{1}</td><td>{0}</td><td>{2}</td><td>{3}</td><td><a href={4}>Agenda</a></td></tr>",
    "cells of several lines": "<table><tr><th>When</th><th>Meeting</th><th>Where</th></tr>{}"
    "</table>|<tr><td>{1}<br>{2}</td><td>{0}<p><a href={4}>Agenda</a></p></td><td>{3}</td></tr>",
    "list": "<ul>{}</ul>|<li>{0}: {1} at {2}, <span>{3}</span> <a href={4}>Agenda (PDF)</a></li>",
    "cards": "<div>{}</div>"
    "|<div><h3>{0}</h3><p>{1}, {2}</p><p>Location: {3}</p><p><a href={4}>Agenda</a></p></div>",
    "one below the other": "{}|<h3>{0}</h3><p>{1} at {2}</p><p>Where: {3}</p>"
    "<p><a href={4}>Agenda</a></p>",
    "the day first": "{}|<h4>{1}, {2}</h4><p><b>{0}</b></p><p>{3}</p><p><a href={4}>Agenda</a></p>",
    "terms": "<dl>{}</dl>|<dt>{1}, {2}</dt><dd>{0}<p>{3}</p><a href={4}>View agenda</a></dd>",
    "the day as a badge": "{}|<article><span>{1}</span><div><h3>{0}</h3><div>{2}</div>"
    "<div>Venue: {3}</div><a href={4}>Agenda</a></div></article>",
}


def _items(body: str) -> list[Item]:
    return examine_page(f"<body>{body}</body>", URL).items


def _page(form: str) -> str:
    around, each = FORMS[form].split("|")
    return LINES + around.format("".join(each.format(*meeting) for meeting in MEETINGS))


@pytest.mark.parametrize("form", FORMS)
def test_the_meetings_of_a_list_are_read_in_whatever_markup(form: str) -> None:
    """Title, day, time, place and agenda are the same, and nothing else is an item."""
    assert [
        (item.title, item.day, item.starts, item.place, [link.url for link in item.documents])
        for item in _items(_page(form))
    ] == [
        ("Pier Committee", date(2024, 3, 14), "2024-03-14T18:30:00", "Boat House, Room 2",
         ["https://town.example/files/pier.pdf"]),
        ("Market Board", date(2024, 4, 2), "2024-04-02T10:00:00", "Town Hall, 4th Floor",
         ["https://town.example/files/market.pdf"]),
        ("Mill Commission", date(2024, 4, 30), "2024-04-30T18:30:00", "Boat House, Room 2",
         ["https://town.example/files/mill.pdf"]),
        ("Market Board", date(2024, 5, 7), "2024-05-07T10:00:00", "Town Hall, 4th Floor",
         ["https://town.example/files/may.pdf"]),
    ]  # fmt: skip


def test_news_are_items_with_link_day_and_teaser() -> None:
    """The menu and the foot, whose links repeat too, are none."""
    items = _items(
        "<nav><ul><li><a href=/a>Council and its members</a><li><a href=/b>Waste and recycling"
        "<li><a href=/c>Libraries of the town</a></ul></nav><ul>"
        "<li><a href=/news/7>Pond is drained</a> 2024-03-04<p>For the first time in ten years.</p>"
        "<li><a href=/news/6>Fair moves to May</a> 2024-02-28<p>The green is too wet in March.</p>"
        "<li><a href=/news/5>Mill opens</a> 2024-02-02<p>On Sundays, until the autumn.</p></ul>"
    )
    assert [(item.title, item.url, str(item.day), item.teaser) for item in items] == [
        ("Pond is drained", "https://town.example/news/7", "2024-03-04",
         "For the first time in ten years."),
        ("Fair moves to May", "https://town.example/news/6", "2024-02-28",
         "The green is too wet in March."),
        ("Mill opens", "https://town.example/news/5", "2024-02-02",
         "On Sundays, until the autumn."),
    ]  # fmt: skip


def test_a_link_without_a_day_is_an_item_where_links_repeat() -> None:
    """Long words make a list of it; short ones are a menu's."""
    items = _items(
        "".join(f"<p><a href=/r/{i}>Report number {i} of the pond</a></p>" for i in "abc")
    )
    assert [item.url for item in items] == [f"https://town.example/r/{i}" for i in "abc"]
    assert not _items("".join(f"<p><a href=/r/{i}>Ponds</a></p>" for i in "abc"))


@pytest.mark.parametrize(
    ("body", "days"),
    [
        ("<li>3/4/2024 Board<li>3/5/2024 Board<li>3/14/2024 Board", ["03-04", "03-05", "03-14"]),
        ("<li>4/3/24 Board<li>5/3/24 Board<li>14/3/24 Board", ["03-04", "03-05", "03-14"]),
        ("<li>3/4/2024 Board<li>3/5/2024 Board<li>3/6/2024 Board", []),
    ],
    ids=["month first", "day first, the year short", "nothing tells"],
)
def test_figures_are_read_in_the_order_that_one_of_them_tells(body: str, days: list[str]) -> None:
    """Where no line tells, each could be two days, and is none."""
    assert [str(item.day)[5:] for item in _items(f"<ul>{body}</ul>")] == days


def test_the_year_stands_above_and_the_weekday_must_agree() -> None:
    """A day whose weekday is another's in that year has none; nothing is guessed."""
    items = _items(
        "<h2>2023 meetings of the Pier Board</h2><p>Tuesday, March 7</p><p>Tuesday, April 4</p>"
        "<p>Monday, May 2</p><h2>2024 meetings of the Pier Board</h2><p>Tuesday, March 5</p>"
    )
    assert [item.day for item in items] == [
        date(2023, 3, 7), date(2023, 4, 4), None, date(2024, 3, 5)
    ]  # fmt: skip
    assert {item.title for item in items} == {"2023 meetings of the Pier Board",
                                              "2024 meetings of the Pier Board"}  # fmt: skip


def test_one_line_of_days_is_a_list() -> None:
    """Each link of a strip, each cell of a row, is an item of its own."""
    strip = " ".join(f"<a href=/f/{day}.pdf>March {day}</a>" for day in (5, 12, 19))
    items = _items(f"<h2>Agendas of the Pier Board 2024</h2><div>{strip}</div>")
    assert [(str(item.day), item.url) for item in items] == [
        (f"2024-03-{day:02}", f"https://town.example/f/{day}.pdf") for day in (5, 12, 19)
    ]


def test_a_calendars_days_are_no_items() -> None:
    """A month's days, one after the other and without a word, are a grid."""
    days = "".join(f"<div>March {day}, 2024</div>" for day in range(1, 32))
    assert not _items(f"<h2>Calendar</h2>{days}")


def test_what_a_button_loads_is_told_and_not_guessed() -> None:
    """No address is named: none is given."""
    seen = examine_page(f"<body>{_page('list')}<button>Load more</button></body>", URL)
    assert seen.notes["loads_more"] == 1
    assert seen.next_page is None


@given(HTML)
def test_whatever_a_page_holds_every_value_stands_on_it(body: str) -> None:
    """Nothing raises, and titles, places and the texts of documents are the page's words."""
    seen = examine_page(body, URL)
    if seen.page is None:
        return
    text = "".join(c for block in seen.page.blocks for c in block.text if c.isalnum())
    text += "".join(filter(str.isalnum, seen.page.said.title))
    for item in seen.items:
        for value in (item.title, item.place or "", *(link.text for link in item.documents)):
            assert all("".join(filter(str.isalnum, word)) in text for word in value.split())
    assert seen.next_page != seen.page.url
