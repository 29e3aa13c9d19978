"""Meetings of any site: events of a list, and of a page that is about one."""

from __future__ import annotations

import pytest

from shio_scraper import parse_page
from shio_scraper.items import Article, Attachment, Event
from tests.parsers.test_listed import FORMS, URL, _page

TEXT = (
    "<p>The committee will hear what the harbour master found out about the tide gates. It then "
    "votes on the new boat house, for which the town has waited since the old one burnt down.</p>"
)
DATA = (
    '<script type="application/ld+json">{"@type": "Event", "name": "Pier Committee", '
    '"startDate": "2024-03-14T23:30:00Z", "location": {"@type": "Place", "name": "Boat House"}}'
    "</script>"
)


def _events(body: str, url: str = URL) -> list[Event]:
    return [r for r in parse_page(f"<body>{body}</body>", url) if isinstance(r, Event)]


@pytest.mark.parametrize("form", FORMS)
def test_the_meetings_of_a_list_are_events(form: str) -> None:
    """And a page that says little else has no article."""
    records = parse_page(f"<body>{_page(form)}</body>", URL)
    assert [type(record) for record in records] == [Event] * 4
    first = records[0]
    assert isinstance(first, Event)
    assert (first.title, first.starts, first.place) == (
        "Pier Committee", "2024-03-14T18:30:00", "Boat House, Room 2"
    )  # fmt: skip
    assert first.documents[0].url == "https://town.example/files/pier.pdf"
    assert len({record.key for record in records if isinstance(record, Event)}) == 4


def test_news_with_days_are_no_events() -> None:
    """They have neither a place nor an agenda, nor the word."""
    news = "".join(
        f"<li><a href=/n/{day}>Pond number {day} is drained</a> 2024-03-{day}</li>"
        for day in (12, 13, 14)
    )
    assert not _events(f"<ul>{news}</ul>")


@pytest.mark.parametrize(
    "when",
    [
        "<dl><dt>When</dt><dd>March 14, 2024, 6:30 - 8 p.m.</dd><dt>Where<dd>Boat House</dl>",
        "<p>Date: March 14, 2024</p><p>Time: 6:30 p.m. to 8:00 p.m.</p><p>Location: Boat House</p>",
        "<p><b>Date and time:</b> Thursday, March 14, 2024 6:30 pm – 8 pm</p><p>Venue: Boat House",
    ],
)
def test_a_page_of_one_meeting_is_an_event(when: str) -> None:
    """By its labels, with its text, and the files that it links."""
    files = "<p><a href=/f/agenda.pdf>Agenda</a></p>"
    (event,) = _events(f"<h1>Pier Committee</h1>{when}{TEXT}{files}", f"{URL}pier")
    assert (event.title, event.starts, event.ends, event.place) == (
        "Pier Committee", "2024-03-14T18:30:00", "2024-03-14T20:00:00", "Boat House"
    )  # fmt: skip
    assert event.paragraphs[0].startswith("The committee will hear")
    assert event.documents == [Attachment(text="Agenda", url="https://town.example/f/agenda.pdf")]


def test_markup_counts_as_far_as_the_page_prints_it() -> None:
    """The printed time goes first, a place that no reader sees is none."""
    (event,) = _events(f"{DATA}<h1>Pier Committee</h1><p>March 14, 2024, 6:30 p.m.</p>{TEXT}")
    assert (event.starts, event.place) == ("2024-03-14T18:30:00", None)
    assert not _events(f"{DATA}<h1>Pier Committee</h1>{TEXT}")


def test_an_article_with_a_byline_stays_one() -> None:
    """A day with a time below a title is no meeting's where nothing else says so."""
    (article,) = parse_page(
        f"<body><h1>Boat house burnt down</h1><p>March 14, 2024, 6:30 p.m.</p>{TEXT}</body>", URL
    )
    assert isinstance(article, Article)
    assert str(article.published) == "2024-03-14"
