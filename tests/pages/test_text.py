"""Plain text → blocks; text stays text."""

from __future__ import annotations

import pytest

from shio_scraper.pages import Capture, is_html, read
from shio_scraper.pages.text import read_text
from shio_scraper.portals import TOUCH_SHANGHAI


def lines(text: str) -> list[str]:
    blocks, _ = read_text(text, TOUCH_SHANGHAI.vocabulary)
    return [block.text for block in blocks]


def page_lines(text: str) -> list[str]:
    return [block.text for block in read(Capture(body=text)).blocks]


@pytest.mark.parametrize(
    "text",
    [
        "Tom & Jerry, 3 < 4 > 2 &amp; so on",
        "He wrote <b>bold</b> into the form.",
        'The leftover < style="text-align:right;"> stays where it is.',
        "A <p> opens a paragraph, a <br> breaks a line; so the manual says.",
        "<b>",
        "<i>Carp</i> it says, in slanted letters",
        "if a<b and c>d then",
        "<http://example.org/>",
        "<pond@example.org>",
        "&lt;div&gt;",
        (
            "The tag <td> is a cell.\nThe tag <tr> is a row.\nThe tag <hr> is a rule.\nSo be it.\n"
            "One.\nTwo.\nThree."
        ),
    ],
)
def test_plain_text_stays_text(text: str) -> None:
    assert not is_html(text)
    assert page_lines(text) == text.split("\n")


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE html><p>x",
        "<html>x",
        "  \n<HTML lang='en'>x",
        "<?xml version='1.0'?><html>x</html>",
        "<!-- saved --><html>x",
        "<p>x</p>",
        "<div class='a'>x",
        "<table border=0><tr><td>x",
        "<h1>x</h1>",
        "x<br>y<br>z<br>w",
        "Title <p>one</p> <p>two</p>",
        "<meta charset='gbk'><p>x</p>",
    ],
)
def test_html_is_html(text: str) -> None:
    assert is_html(text)


def test_the_content_type_tells_html() -> None:
    assert is_html("<b>x</b>", "text/html; charset=gbk")
    assert not is_html("<b>x</b>", "text/plain")


def test_lines_are_clean_and_empty_ones_gone() -> None:
    assert lines("\n one \r\n\r\n\u3000two\u00a0 three\x0c\n \t \nfour\u2028five") == [
        "one",
        "two three",
        "four",
        "five",
    ]


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ("04-16 | 77 | Sent |", ("04-16", "77", "Sent")),
        ("| 04-16 | 77 | Sent |", ("04-16", "77", "Sent")),
        ("04-16 |  | Sent |", ("04-16", "", "Sent")),
        ("Free sign-up | Forgot password", ()),
        ("one |", ()),
    ],
)
def test_pipes_are_cells_where_the_line_ends_in_one(line: str, cells: tuple[str, ...]) -> None:
    (block,) = read_text(line, TOUCH_SHANGHAI.vocabulary)[0]
    assert block.cells == cells


PAIRS = "Q: a?\nA: b\nQ: c?\nA: d"
DOUBLED_PAIRS = "Q: a?\nA: b\nA: b\nQ: c?\nA: d\nA: d"


def test_answers_printed_twice_come_out_once() -> None:
    assert lines(f"T\n{DOUBLED_PAIRS}") == ["T", *PAIRS.split("\n")]


def test_a_body_printed_twice_comes_out_once() -> None:
    assert lines("T\n1\n2\n3\n2\n3") == ["T", "1", "2", "3"]
    assert lines(f"T\n1\n2\n3\n2\n3\n{DOUBLED_PAIRS}") == ["T", "1", "2", "3", *PAIRS.split("\n")]


def test_a_body_of_two_printed_twice_comes_out_once() -> None:
    assert lines(f"T\n1\n2\n2\n{DOUBLED_PAIRS}") == ["T", "1", "2", *PAIRS.split("\n")]


@pytest.mark.parametrize(
    "body", ["1\n2\n1\n3", "1\n1\n2", "1\n2\n3\n2", "1\n2\n2\n3", "1\n2\n3\n2\n3\n4"]
)
def test_a_repeated_paragraph_stays_where_answers_stand_once(body: str) -> None:
    assert lines(f"T\n{body}\n{PAIRS}") == ["T", *body.split("\n"), *PAIRS.split("\n")]


@pytest.mark.parametrize("body", ["1\n2\n1\n3", "1\n1\n2", "1\n2\n3\n2", "1\n2\n2\n3"])
def test_a_repeated_paragraph_stays_without_a_sidebar(body: str) -> None:
    assert lines(f"T\n{body}") == ["T", *body.split("\n")]


def test_a_repeated_paragraph_of_a_doubled_page_stays() -> None:
    assert lines(f"T\n1\n2\n1\n3\n{DOUBLED_PAIRS}") == [
        "T", "1", "2", "1", "3", *PAIRS.split("\n")
    ]  # fmt: skip


def test_rows_that_are_alike_stay_where_answers_stand_once() -> None:
    row = "04-16 21315227 Processing"
    assert lines(f"{row}\n{row}\n{PAIRS}") == [row, row, *PAIRS.split("\n")]


def test_many_repeated_lines_are_read_in_time() -> None:
    assert lines("x\n" * 15_000)
    assert lines("".join(f"{n % 300}\n" for n in range(15_000)))


def test_a_text_page() -> None:
    found = read(
        Capture(body="one\ntwo", url="http://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=5")
    )
    assert found.layout == "text"
    assert not found.truncated
    assert [(node.start, node.end) for node in found.nodes] == [(0, 2)]
