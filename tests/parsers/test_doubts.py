"""Doubts: what else could have been a field is told, and nothing where nothing could."""

from __future__ import annotations

import pytest

from shio_scraper import parse_page
from shio_scraper.items import Article

URL = "https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=2241"
TEXT = (
    "<p>The mill at the lower lock grinds again, its keeper said on Monday.</p>"
    "<p>Flour is sold at the gate from nine, and the wheel may be seen on Sundays.</p>"
)
HEAD = "<head><title>Mill grinds again</title></head>"
ABOVE = "<h2>Government News</h2>"


def doubts(body: str, head: str = HEAD) -> list[str]:
    page = f"<html>{head}<body><div>{ABOVE}{body}</div></body></html>"
    record = parse_page(page, URL, "2024-06-01T04:00:00Z")[0]
    assert isinstance(record, Article)
    return record.doubts


def test_nothing_speaks_against_a_plain_page() -> None:
    assert doubts(f"<h1>Mill grinds again</h1><div>2024-03-04</div>{TEXT}") == []


@pytest.mark.parametrize(
    ("body", "doubt"),
    [
        (
            (
                "<h1>Mill grinds again</h1><div>2024-03-04</div>"
                f"<div>Published: 2024-03-09</div>{TEXT}"
            ),
            "published:another_day",
        ),
        (
            f"<h1>Mill grinds again</h1><div>2024-03-04</div><p>Paper of the day</p>{TEXT}",
            "paragraphs:short_opening",
        ),
        (
            f"<p>Quite another line   2024-03-04</p>{TEXT}",
            "title:unlike_page_name",
        ),
    ],
)
def test_what_else_it_could_be_is_told(body: str, doubt: str) -> None:
    assert doubt in doubts(body)


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
