"""Questions as a list, then each again above its answer: no pair is invented."""

from __future__ import annotations

import pytest

from shio_scraper import parse_page
from shio_scraper.items import Faq

URL = "https://en.shio.gov.cn/resource/services/service-detail.html"
ASKED = ("How do I hire a boat?", "Where is the quay", "Who has the key?", "May I fish?")
ANSWERS = ("At the quay.", "East.", "I.", "No.")
LIST = tuple(f"{number}. {question}" for number, question in enumerate(ASKED, 1))


def pairs(*lines: str, tag: str = "p") -> list[tuple[str, str | None]]:
    body = "".join(f"<{tag}>{line}</{tag}>" for line in lines)
    records = parse_page(f"<html><body><h2>Services</h2>{body}</body></html>", URL)
    assert all(isinstance(record, Faq) for record in records)
    return [(r.question, r.answer) for r in records if isinstance(r, Faq)]


def test_answers_that_are_missing() -> None:
    assert pairs(*LIST, LIST[0], "At the quay.", LIST[2], LIST[3], "No.") == [
        (ASKED[0], "At the quay."), (ASKED[1], None), (ASKED[2], None), (ASKED[3], "No."),
    ]  # fmt: skip


def test_answers_out_of_order() -> None:
    below = (LIST[3], "No.", LIST[0], "At the quay.", LIST[1], "East.", LIST[2], "I.")
    assert pairs(*LIST, *below) == list(zip(ASKED, ANSWERS, strict=True))


def test_a_numbered_list_inside_an_answer() -> None:
    below = (LIST[0], "Bring:", "1. a paper", "2. a pen", LIST[1], "East.", LIST[2], "I.")
    assert pairs(*LIST, *below) == [
        (ASKED[0], "Bring:\n1. a paper\n2. a pen"),
        (ASKED[1], "East."),
        (ASKED[2], "I."),
        (ASKED[3], None),
    ]


def test_a_list_that_nothing_answers() -> None:
    assert pairs(*LIST) == [(q, None) for q in ASKED if q.endswith("?")]


def test_a_heading_that_the_list_spells_otherwise_is_glued_to_no_answer() -> None:
    below = (LIST[0], "At the quay.", "3. Who is it that has the key?", "I.", LIST[3], "No.")
    assert pairs(*LIST, *below) == [
        (ASKED[0], "At the quay."), (ASKED[1], None), (ASKED[2], None), (ASKED[3], "No."),
        ("Who is it that has the key?", "I."),
    ]  # fmt: skip


@pytest.mark.parametrize("shown", [(0, 1, 2, 3), (3, 1), (2,), ()])
def test_promotion_in_any_order_or_none(shown: tuple[int, ...]) -> None:
    blocks = (
        ("Q & A for resident journalists", "What a newcomer asks"),
        ("Touch Shanghai", "Interviews online."),
        ("SICIV - Center for Int’l Visitors", "Guides."),
        ("Shanghai, City of Inspiration", "A film."),
    )
    promotion = [line for number in shown for line in blocks[number]]
    below = (LIST[0], "At the quay.", LIST[1], "East.", LIST[2], "I.", LIST[3], "No.")
    truth = list(zip(ASKED, ANSWERS, strict=True))
    assert pairs(*promotion, *LIST, *below) == truth
    assert pairs(*LIST, *below, *promotion) == truth
