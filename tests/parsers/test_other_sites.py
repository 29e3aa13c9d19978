"""Pages of sites that no map is of: what stands in and around an article, by its form."""

from __future__ import annotations

from datetime import date

import pytest

from shio_scraper import parse_page
from shio_scraper.items import Article, Faq

URL = "https://mill.example/news/1"
FIRST = "The mill at the lower lock grinds again, its keeper said on Monday morning."
SECOND = "Flour is sold at the gate from nine, and the wheel may be seen on Sundays."
THIRD = "Whoever brings grain of their own pays half, and waits for an hour at most."
TEXT = f"<p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p>"
NAME = "<h1>Mill grinds again</h1>"
HEAD = "<title>Mill grinds again | Lock Herald</title>"


def article(body: str) -> Article:
    page = (
        f"<html><head>{HEAD}</head><body><div><h1>Mill grinds again</h1>{body}</div></body></html>"
    )
    record = parse_page(page, URL)[0]
    assert isinstance(record, Article)
    return record


FORM = "<section><div><b>Be first</b>: letters from the lock.</div><form></form></section>"
OTHERS = "".join(
    f"<article><h3><a href='/{number}'>Lock</a></h3><p>The lock is closed, {number}.</p></article>"
    for number in (2, 3)
)


@pytest.mark.parametrize("around", [FORM, OTHERS], ids=["a form", "other articles"])
def test_a_box_in_the_text_is_none_of_it(around: str) -> None:
    body = f"<p>{FIRST}</p><p>{SECOND}</p>{around}<p>{THIRD}</p>"
    assert article(body).paragraphs == [FIRST, SECOND, THIRD]


def test_a_heading_that_links_itself_is_text() -> None:
    body = f"<p>{FIRST}</p><h2 id=a><a href='#a'>Grain</a></h2><p>{SECOND}</p><p>{THIRD}</p>"
    assert article(body).paragraphs == [FIRST, "Grain", SECOND, THIRD]


def test_comments_may_be_headed_by_a_link_that_counts_them() -> None:
    long = "".join(f"<p>{FIRST} {SECOND} {THIRD} {number}.</p>" for number in range(4))
    reply = "<p>I waited for two hours, and they had no bread at all.</p>"
    said = f"<div><span>Ann</span>{reply}</div><div><span>Bo</span>{reply}</div>"
    body = f"<div>{long}</div><div><a href='#say'>2 Comments</a></div><div>{said}</div>"
    assert len(article(body).paragraphs) == 4


def test_a_link_that_counts_comments_below_short_lines_ends_them() -> None:
    line = "<p>下闸口的磨坊今天又开始磨面粉，门口有售，每天{}袋</p>"
    lines = "".join(map(line.format, range(12)))
    body = f"{lines}<div><a href='#say'>36 评论</a></div><div><p>等了两小时。</p></div>"
    assert len(article(body).paragraphs) == 12


def test_a_title_stands_in_an_element_of_its_own() -> None:
    heading = "<h1><a href='/1'>Mill grinds again</a> <i>(a.example)</i></h1>"
    page = f"<html><head>{HEAD}</head><body>{heading}{TEXT}</body></html>"
    record = parse_page(page, URL)[0]
    assert isinstance(record, Article)
    assert record.title == "Mill grinds again"


@pytest.mark.parametrize("day", ["9. Dezember 2013", "le 9 décembre 2013", "9 декабря 2013, 14:57"])
def test_a_day_is_read_in_the_language_of_its_month(day: str) -> None:
    assert article(f"<div>{day}</div>{TEXT}").published == date(2013, 12, 9)


@pytest.mark.parametrize(
    ("name", "opening"),
    [
        ("<h1><small>9 May 2013</small> Mill grinds again</h1>", ""),
        (NAME, "Lock House, 9 May 2013 - "),
        (NAME, "Notice, 9 May 2013 | Lock House: "),
    ],
)
def test_a_day_opens_the_heading_or_the_text(name: str, opening: str) -> None:
    text = TEXT.replace(FIRST, opening + FIRST)
    page = f"<html><head>{HEAD}</head><body><div>{name}{text}</div></body></html>"
    record = parse_page(page, URL)[0]
    assert isinstance(record, Article)
    assert (record.title, record.published) == ("Mill grinds again", date(2013, 5, 9))
    assert record.paragraphs == [opening + FIRST, SECOND, THIRD]


def test_a_day_in_the_first_sentence_is_that_sentences() -> None:
    text = TEXT.replace(FIRST, f"On 9 May 2013 the wheel broke. {FIRST}")
    assert article(text).published is None


def test_a_source_in_a_caption_is_the_pictures() -> None:
    assert article(f"<div>The wheel at work (Source: Lock Pictures)</div>{TEXT}").source is None


def test_what_a_server_sends_late_is_shown() -> None:
    page = (
        f"<html><head>{HEAD}</head><body><p>Sign up for our letters, they are sent on Fridays.</p>"
        f"<div hidden id='S:1'><h1>Mill grinds again</h1>{TEXT}</div></body></html>"
    )
    record = parse_page(page, URL)[0]
    assert isinstance(record, Article)
    assert record.paragraphs == [FIRST, SECOND, THIRD]


def test_questions_with_a_day_below_their_name_are_an_article_too() -> None:
    asked = "".join(
        f"<h3>{question}</h3><p>{answer}</p>"
        for question, answer in (("When does it grind?", FIRST), ("Who pays half?", THIRD))
    )
    name = "Mill FAQ"
    head = f"<title>{name}</title>"
    page = "<html><head>{}</head><body><h1>{}</h1>{}{}</body></html>"
    for day, types in ("<p>Updated on March 4, 2024.</p>", {Article, Faq}), ("", {Faq}):
        records = parse_page(page.format(head, name, day, asked), URL)
        assert {type(record) for record in records} == types
