"""Doubts: what else could have been a field is told, and nothing where nothing could."""

from __future__ import annotations

import pytest

from shio_scraper import parse_page
from shio_scraper.items import Article
from shio_scraper.schema import validate

URL = "https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=2241"
TEXT = (
    "<p>The mill at the lower lock grinds again, its keeper said on Monday.</p>"
    "<p>Flour is sold at the gate from nine, and the wheel may be seen on Sundays.</p>"
)
ABOVE = "<h2>Government News</h2>"


OTHER = "<li>Nothing of this says what the mill grinds, and nobody reads as far as here.</li>"


def doubts(body: str, said: str = "", url: str | None = URL) -> list[str]:
    head = f'<title>Mill grinds again</title><meta property="og:title" content="The mill">{said}'
    page = f"<html><head>{head}</head><body><div>{ABOVE}{body}</div></body></html>"
    record = parse_page(page, url, "2024-06-01T04:00:00Z")[0]
    assert isinstance(record, Article)
    validate(record)
    return record.doubts


def test_nothing_speaks_against_a_plain_page() -> None:
    assert doubts(f"<h1>Mill grinds again</h1><div>2024-03-04</div>{TEXT}") == []


@pytest.mark.parametrize(
    ("body", "doubt"),
    [
        (f"<p>Quite another line   2024-03-04</p>{TEXT}", "title:unlike_page_name"),
        (
            f"<div>Paper</div><h1>The mill</h1><h1>Mill grinds again</h1>{TEXT}",
            "title:another_line",
        ),
        (
            f"<h1>The lower lock</h1><h3>Mill grinds   2024-03-04</h3>{TEXT}",
            "title:not_in_h1",
        ),
        (
            (
                "<main><h1>Mill grinds again</h1><div>2024-03-04</div>"
                f"<div>{TEXT}</div><ul>{OTHER}</ul><h4>More</h4><ul>{OTHER}</ul></main>"
            ),
            "paragraphs:text_around",
        ),
    ],
)
def test_what_else_it_could_be_is_told(body: str, doubt: str) -> None:
    assert doubt in doubts(body)


def test_a_text_that_simpler_readings_part_from_is_told_where_no_map_is() -> None:
    other = f"<div>{TEXT}<p>Ferries pass the lock at noon, too.</p></div>"
    body = f"<h1>Mill grinds again</h1><div>{TEXT}</div>{9 * '<div>Ferries</div>'}{other}"
    assert doubts(body, "", "https://mill.example/mill") == ["paragraphs:read_otherwise"]
    assert doubts(body) == []


def test_a_day_that_the_markup_says_is_earlier_is_the_one_where_no_map_tells() -> None:
    said = '<meta property="article:published_time" content="2023-01-02">'
    body = f"<h1>Mill grinds again</h1><div>2024-03-04</div>{TEXT}"
    assert doubts(body, said, "https://mill.example/news/1") == ["published:not_printed"]
    labelled = f"<h1>Mill grinds again</h1><div>Published: 2024-03-04</div>{TEXT}"
    assert doubts(labelled, said, "https://mill.example/news/1") == []
    assert doubts(body, said) == []


def test_a_day_in_the_address_is_told_where_none_is_read() -> None:
    body = f"<h1>Mill grinds again</h1>{TEXT}"
    assert doubts(body, "", "https://mill.example/2024/03/04/mill") == ["published:day_in_address"]
    assert doubts(body, "", "https://mill.example/news/20240304") == []
    dated = f"<p>Dydd Llun, 4 Mawrth 2024</p>{body}"
    assert doubts(dated, "", "https://mill.example/mill") == ["published:year_beside_title"]


@pytest.mark.parametrize(
    "said",
    [
        '<meta property="article:published_time" content="2024-03-04T10:00:00+08:00">',
        (
            '<script type="application/ld+json">'
            '{"@type": "NewsArticle", "datePublished": "2024-03-04"}</script>'
        ),
    ],
)
def test_a_day_that_no_reader_sees_is_doubted(said: str) -> None:
    page = f"<html><head>{said}</head><body>{ABOVE}<h1>Mill grinds again</h1>{TEXT}</body></html>"
    record = parse_page(page, URL, "2024-06-01T04:00:00Z")[0]
    assert isinstance(record, Article)
    assert str(record.published) == "2024-03-04"
    assert "published:not_printed" in record.doubts
