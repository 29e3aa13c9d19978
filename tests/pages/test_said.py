"""What a page says of itself."""

from __future__ import annotations

import pytest

from shio_scraper.pages import Capture, read
from shio_scraper.pages.said import Said


def said(head: str, body: str = "") -> Said:
    html = f"<html lang=en-GB><head>{head}</head><body><p>one</p>{body}</body></html>"
    return read(Capture(body=html)).said


def json(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


def test_what_meta_says() -> None:
    found = said(
        "<title> The  pond | Office</title><meta property=og:title content='The pond'>"
        "<meta name=ArticleTitle content='The pond'><meta name=PubDate content='2024-03-04 10:00'>"
        "<meta property=og:site_name content=Office><link rel=next href=p2.html>",
        "<time datetime=2024-03-04>4 March</time>",
    )
    assert found == Said(
        title="The pond | Office",
        titles=("The pond",),
        days=(("time", "2024-03-04"), ("pubdate", "2024-03-04 10:00")),
        language="en-GB",
        site="Office",
        next="p2.html",
    )


def test_what_json_says() -> None:
    found = said(
        json('{"@graph":[{"@type":"NewsArticle","headline":"Pond","datePublished":"2024-03-04"}]}')
        + json(
            '{"@type":"FAQPage","mainEntity":[{"@type":"Question","name":"Why?",'
            '"acceptedAnswer":{"text":"<p>It <b>is</b>.</p>"}}]}'
        )
    )
    assert found.titles == ("Pond",)
    assert found.days == (("datePublished", "2024-03-04"),)
    assert found.pairs == (("Why?", "It is ."),)


def test_what_microdata_says() -> None:
    found = said("", "<h1 itemprop=headline>Pond</h1><meta itemprop=datePublished content=2024>")
    assert (found.titles, found.days) == (("Pond",), (("datePublished", "2024"),))


@pytest.mark.parametrize(
    "broken", ["", "{", "[" * 100_000, "null", '{"@type":1,"name":[]}', '{"@type":"FAQPage"}']
)
def test_broken_json_costs_itself_alone(broken: str) -> None:
    found = said(json(broken) + json('{"@type":"Article","headline":"Pond"}'))
    assert found.titles == ("Pond",)


def test_a_text_says_nothing_of_itself() -> None:
    assert read(Capture(body="one\ntwo")).said == Said()
