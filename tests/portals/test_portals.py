"""A glance at bytes tells a portal's page by its phrases, and passes no page over that has one."""

from __future__ import annotations

import pytest

from shio_scraper.portals import ALL

SHOWN = [
    "<h2>Application Status</h2>",
    "<p>04-16 21315227 Processing</p>",
    "<h2>Events</h2>",
    "Events\n",
    f"<td>{' ' * 40}events{' ' * 40}</td>",
    "a list of events <b>| Events |</b>",
    "<p>District News</p><script>document.write('<body>')</script>",
    "政府新闻",
]
LINES = ["| 中文版 |", "x\nPress Release for Media Briefing of the Harbour\n"]
OTHERS = [
    "<p>The events of the day</p>",
    "<p>news of a status</p>",
    "<a href='/events'>x</a>",
    "é–’",
]


@pytest.mark.parametrize("text", SHOWN)
@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_a_page_of_the_portals(text: str, charset: str) -> None:
    assert ALL.shown_on(f"<html><body>{text}</body></html>".encode(charset))
    assert ALL.shown_on(text.encode(charset))


@pytest.mark.parametrize("text", LINES)
def test_a_text_of_the_portals(text: str) -> None:
    assert ALL.shown_on(text)


@pytest.mark.parametrize("text", OTHERS)
def test_a_page_of_others(text: str) -> None:
    assert not ALL.shown_on(f"<html><body>{text}</body></html>".encode())
