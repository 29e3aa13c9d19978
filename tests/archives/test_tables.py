"""Which column is taken for what."""

from __future__ import annotations

import pytest

from shio_scraper.archives.reading import Columns
from shio_scraper.archives.tables import header, missing

TEXT, HTML = "text/plain", "text/html"


@pytest.mark.parametrize(
    ("names", "url", "bodies", "dates"),
    [
        ("url text date", "url", [("text", TEXT)], ["date"]),
        ("id url html timestamp", "url", [("html", HTML)], ["timestamp"]),
        ("URL Text TimeStamp", "URL", [("Text", TEXT)], ["TimeStamp"]),
        ("URL url text TEXT", "url", [("text", TEXT)], []),
        ("URL Url TEXT Text", "URL", [("TEXT", TEXT)], []),
        ("content text html", None, [("html", HTML), ("text", TEXT), ("content", None)], []),
        ("timestamp date content", None, [("content", None)], ["date", "timestamp"]),
    ],
)
def test_the_usual_names(
    names: str, url: str | None, bodies: list[tuple[str, str]], dates: list[str]
) -> None:
    found = header(names.split(), Columns())
    assert (found.url, list(found.bodies), list(found.dates)) == (url, bodies, dates)
    assert not found.lacks


def test_names_as_arguments() -> None:
    columns = Columns(url="Link", html="Raw", text="content", date="seen")
    found = header(["url", "link", "RAW", "content", "text", "seen", "date"], columns)
    assert found.url == "link"
    assert found.bodies == (("RAW", HTML), ("content", TEXT))
    assert found.dates == ("seen",)
    assert found.used == ["link", "RAW", "content", "seen"]


@pytest.mark.parametrize(
    ("names", "columns", "lacks"),
    [
        ("url date", Columns(), {"body"}),
        ("", Columns(), {"body"}),
        ("url text", Columns(url="link"), {"url"}),
        ("url text", Columns(html="raw", date="seen"), {"html", "date"}),
        ("url text", Columns(text="body"), {"text", "body"}),
        ("text", Columns(), set()),
    ],
)
def test_what_is_missing(names: str, columns: Columns, lacks: set[str]) -> None:
    assert header(names.split(), columns).lacks == lacks


def test_the_user_is_told_what_to_do() -> None:
    assert missing({"body"}, Columns(), ["id", "title"]) == (
        "no text or HTML column; it has: id, title; give text_column=NAME or html_column=NAME"
    )
    assert missing({"url", "body"}, Columns(url="link"), ["id"]) == (
        "no column 'link' (url_column); it has: id; correct the argument"
    )


def test_a_message_stays_one_line_that_can_be_written() -> None:
    names = ["half\ud83d", "two\nlines", "long" * 100, *(str(n) for n in range(1000))]
    message = missing({"body"}, Columns(), names)
    assert len(message) < 400
    assert len(message.splitlines()) == 1
    message.encode()
