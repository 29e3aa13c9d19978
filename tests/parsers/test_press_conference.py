"""Turns of press conferences: what is a label, who asks, who answers, and what nobody said."""

from __future__ import annotations

from typing import Any

import pytest

from shio_scraper import parse_page
from shio_scraper.items import PressConference

URL = "https://en.shio.gov.cn/resource/press/2704.shtml"


def turn(speaker: str | None, kind: str | None, *paragraphs: str) -> dict[str, Any]:
    return {"speaker": speaker, "kind": kind, "paragraphs": list(paragraphs)}


def conference(*lines: str) -> PressConference:
    body = "".join(f"<p>{line}</p>" for line in lines)
    page = (
        f"<html><body><p>Press Conferences</p><h1>Tides</h1><p>Mar 9, 2017</p>{body}</body></html>"
    )
    (record,) = parse_page(page, URL)
    assert isinstance(record, PressConference)
    return record


def turns(*lines: str) -> list[dict[str, Any]]:
    return [turn(t.speaker, t.kind, *t.paragraphs) for t in conference(*lines).turns]


LISTED = ("Han Yue, Deputy Mayor of the city", "Anna Holm, Director of Locks")


# What the issue calls bad input


def test_no_label_at_all() -> None:
    lines = ("The hall was full.", "There were two questions: one of money, one of time.")
    assert turns(*lines) == [turn(None, None, *lines)]


def test_a_label_in_the_middle_of_a_paragraph_of_one_who_is_listed() -> None:
    assert turns(*LISTED, "Han Yue: It is high. Anna Holm: And it stays so.") == [
        turn("Han Yue", "answer", "It is high."),
        turn("Anna Holm", "answer", "And it stays so."),
    ]


def test_a_label_in_the_middle_of_a_paragraph_of_nobody_known() -> None:
    text = "It is high. Big Ben: a clock, said Anna Holm: it is loud."
    assert turns(*LISTED, f"Han Yue: {text}") == [turn("Han Yue", "answer", text)]


@pytest.mark.parametrize(
    "both", ["Han Yue and Anna Holm", "Han Yue, Anna Holm", "Han Yue/Anna Holm"]
)
def test_two_speakers_in_one_label_are_as_printed(both: str) -> None:
    assert turns(*LISTED, f"{both}: We agree.") == [turn(both, "answer", "We agree.")]


def test_two_who_do_not_do_the_same_in_one_label() -> None:
    found = turns(*LISTED, "Han Yue and Xinhua: We agree.")
    assert found == [turn("Han Yue and Xinhua", None, "We agree.")]


# Labels and colons


@pytest.mark.parametrize(
    "text",
    [
        "There is one thing: the tide.",
        "In short: it is high.",
        "First: the tide.",
        "Pudong New Area: two piers.",
        "We meet at 10:30 in the morning.",
        "See http://tide.example.org for more.",
        "“Wait,” he said: “it falls.”",
        "Note: no boats.",
        "He told Xinhua News Agency: it falls.",
    ],
)
def test_a_colon_in_a_sentence_is_no_label(text: str) -> None:
    assert turns("Han Yue: It is high.", text, "Xinhua: Why?") == [
        turn("Han Yue", "answer", "It is high.", text),
        turn("Xinhua", "question", "Why?"),
    ]


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Han Yue", "answer"),
        ("HAN Yue", "answer"),
        ("Ouyang Xiulan", "answer"),
        ("Mr. Han", "answer"),
        ("Vice Mayor Han Yue", "answer"),
        ("Han Yue (Deputy Mayor)", "answer"),
        ("People’s Daily", "question"),
        ("Hong Kong Economic Times", "question"),
        ("Xinhua News Agency", "question"),
        ("Reuters", "question"),
        ("eastday.com", "question"),
        ("Wen Wei Po", "question"),
        ("Reporter", "question"),
        ("Reporter from the Harbour", "question"),
        ("Host", "host"),
        ("Moderator", "host"),
        ("Lu Yan (host)", "host"),
    ],
)
def test_labels_by_their_form(label: str, kind: str) -> None:
    assert turns("It began late.", f"{label}: So it is.") == [
        turn(None, None, "It began late."),
        turn(label, kind, "So it is."),
    ]


def test_a_full_width_colon() -> None:
    assert turns("Han Yue：So it is.") == [turn("Han Yue", "answer", "So it is.")]


def test_a_label_in_a_block_of_its_own() -> None:
    assert turns("Han Yue:", "So it is.", "And stays.") == [
        turn("Han Yue", "answer", "So it is.", "And stays.")
    ]


def test_an_unknown_name_that_asks_and_is_answered_is_a_label_of_no_kind() -> None:
    assert turns(*LISTED, "Han Yue: Go on.", "Le Phare: How high is it?", "Han Yue: High.") == [
        turn("Han Yue", "answer", "Go on."),
        turn("Le Phare", None, "How high is it?"),
        turn("Han Yue", "answer", "High."),
    ]


def test_an_unknown_name_in_bold_is_a_label_where_labels_are_bold() -> None:
    assert turns("<b>Han Yue:</b> Go on.", "<b>Peter Holm:</b> I shall.") == [
        turn("Han Yue", "answer", "Go on."),
        turn("Peter Holm", None, "I shall."),
    ]


def test_a_name_spelt_two_ways_is_as_printed() -> None:
    assert turns(*LISTED, "Han Yue: One.", "Ana Holm: Two.") == [
        turn("Han Yue", "answer", "One."),
        turn("Ana Holm", "answer", "Two."),
    ]


# Turns without their label


def test_an_answer_without_its_label_is_nobodys() -> None:
    assert turns("Xinhua: Is it high?", "It is.", "Very.", "Reuters: Still?") == [
        turn("Xinhua", "question", "Is it high?"),
        turn(None, None, "It is.", "Very."),
        turn("Reuters", "question", "Still?"),
    ]


def test_a_question_goes_on_while_it_asks_and_thanks() -> None:
    lines = ("My question is of the tide.", "Is it high?", "And is it cold?", "Thank you.")
    assert turns(f"Xinhua: {lines[0]}", *lines[1:], "Han Yue: Yes.") == [
        turn("Xinhua", "question", *lines),
        turn("Han Yue", "answer", "Yes."),
    ]


def test_a_question_without_its_label_is_nobodys() -> None:
    assert turns("Han Yue: It is high.", "And cold.", "Is it salt?", "Han Yue: It is.") == [
        turn("Han Yue", "answer", "It is high.", "And cold."),
        turn(None, None, "Is it salt?"),
        turn("Han Yue", "answer", "It is."),
    ]


# The list of speakers


def test_the_list_of_speakers() -> None:
    record = conference("Speakers:", *LISTED, "Host: Lu Yan, spokeswoman", "Lu Yan: Welcome.")
    assert [(s.name, s.role) for s in record.speakers] == [
        ("Han Yue", "Deputy Mayor of the city"),
        ("Anna Holm", "Director of Locks"),
        ("Lu Yan", "spokeswoman"),
    ]
    assert [(t.speaker, t.kind) for t in record.turns] == [("Lu Yan", "host")]


LEAD = "The talk was held at the end of February, in the old hall. These are its highlights:"


def test_the_list_of_speakers_below_a_lead() -> None:
    record = conference(LEAD, *LISTED, "Han Yue: It is high.")
    assert [s.name for s in record.speakers] == ["Han Yue", "Anna Holm"]
    assert [t.speaker for t in record.turns] == [None, "Han Yue"]
    assert record.turns[0].paragraphs == [LEAD]


@pytest.mark.parametrize("parted", ["<br>", "</p><p>", " "], ids=["breaks", "paragraphs", "none"])
def test_speakers_however_they_are_parted(parted: str) -> None:
    listed = (
        "Han Yue, deputy inspector, Bureau of Tides",
        "Qin Wu, director, Canal Office; and chief engineer, Lock Works",
        "Sun Jia, chief economist, Dredging Company",
    )
    record = conference(LEAD, parted.join(listed), "Han Yue: It is high.")
    assert [f"{s.name}, {s.role}" for s in record.speakers] == list(listed)


@pytest.mark.parametrize("number", ["1. ", "2、", "3) "])
def test_a_number_before_a_label(number: str) -> None:
    lines = (f"{number}Ferry Times: How high?", "Han Yue: A metre.")
    assert turns(*LISTED, *lines) == [
        turn("Ferry Times", "question", "How high?"),
        turn("Han Yue", "answer", "A metre."),
    ]
    assert turns(*LISTED, f"Han Yue: No. {lines[0]}", *lines)[1]["speaker"] == "Ferry Times"


def test_who_greets_within_a_turn_is_another() -> None:
    lines = ("Welcome. I ask the mayor to begin.", "Dear friends, it is a good day.")
    assert turns(f"Bei Lan: {lines[0]}", lines[1]) == [
        turn("Bei Lan", "answer", lines[0]),
        turn(None, None, lines[1]),
    ]


@pytest.mark.parametrize(
    "line",
    ["Shanghai, Feb 22", "On Monday, the hall was full.", "Han Yue, the mayor, spoke first."],
)
def test_a_sentence_is_no_speaker(line: str) -> None:
    assert not conference(line, "Han Yue: Welcome.").speakers


def test_a_page_that_ends_within_a_turn_is_rejected() -> None:
    page = "<html><body><h1>Tides</h1><p>Mar 9, 2017</p><p>Han Yue: It is hi"
    (reject,) = parse_page(page, URL)
    assert (reject.type, getattr(reject, "reason", None)) == ("reject", "truncated")


def test_turns_in_a_table() -> None:
    rows = [("Han Yue:", "Welcome."), ("Baltic Courier:", "Any tides?"), ("Han Yue:", "Two.")]
    table = "".join(f"<tr><td>{label}</td><td>{text}</td></tr>" for label, text in rows)
    page = f"<p>Press Conferences</p><h1>Tides</h1><p>Mar 9, 2017</p><table>{table}</table>"
    (record,) = parse_page(f"<html><body>{page}</body></html>", URL)
    assert isinstance(record, PressConference)
    assert [turn(t.speaker, t.kind, *t.paragraphs) for t in record.turns] == [
        turn("Han Yue", "answer", "Welcome."),
        turn("Baltic Courier", "question", "Any tides?"),
        turn("Han Yue", "answer", "Two."),
    ]
    assert record.speakers == []
