"""Questions side by side on a page of any site: groups by make, and what is no group."""

from __future__ import annotations

import json

import pytest

from tests.parsers.pages import faqs

SITE = "https://harbour.example/visit/mole"
PROSE = f"<p>{'The mole has been open to crews of the press for as long as it has stood. ' * 4}</p>"
TWO = [
    ("May we film at night?", "You may, with a lamp of your own."),
    ("How to reach the light", "Take the ferry from the fish market."),
    ("Who opens the gate?", "The keeper, who lives beside it."),
]


def pairs(body: str) -> list[tuple[str, str | None]]:
    page = f"<html><body><h1>The mole</h1>{PROSE}{body}</body></html>"
    return [(pair.question, pair.answer) for pair in faqs(page, SITE)]


def entries(form: str) -> str:
    return "".join(form.format(question, answer) for question, answer in TWO)


@pytest.mark.parametrize(
    "form",
    [
        "<div><h3>{}</h3><p>{}</p></div>",
        "<details><summary>{}</summary><p>{}</p></details>",
        "<div><button>{}</button><div>{}</div></div>",
        "<div><h3>{}</h3><div style='display:none'><p>{}</p></div></div>",
        "<div><p><a href='#one'>{}</a></p><div>{}</div></div>",
        "<footer><div><h3>{}</h3><p>{}</p></div></footer>",
    ],
)
def test_entries_under_a_heading_are_questions_though_one_asks_nothing(form: str) -> None:
    body = (
        f"<article><h2>Frequently asked questions</h2><section>{entries(form)}</section></article>"
    )
    assert pairs(body) == TWO


@pytest.mark.parametrize(
    "form",
    ["<p>{}</p><p>{}</p>", "<div>{}</div><div>{}</div>", "<p>Q. {}</p><p>A. {}</p>",
     "<p>Q: {}</p><p>A: {}</p>", "<div>Q1. {}</div><div>{}</div>"],
)  # fmt: skip
def test_lines_under_a_heading_take_turns(form: str) -> None:
    asked = [(question.rstrip("?") + "?", answer) for question, answer in TWO]
    lines = "".join(form.format(question, answer) for question, answer in asked)
    after = "<p>The office is closed on Sundays.</p><p>It has no bell.</p>"
    assert pairs(f"<div><h2>FAQs</h2>{lines}{after}</div>") == asked


@pytest.mark.parametrize(
    "body",
    [
        "<nav><ul><li>Who are we?<p>Us.</p></li><li>What is new?<p>This.</p></li></ul></nav>",
        (
            "<div><b>Ann</b><p>Really? Is that so?</p><p>Yes.</p></div>"
            "<div><b>Bob</b><p>Who would say that?</p><p>I would.</p></div>"
        ),
        (
            "<form><div><h4>What is your boat?</h4><p>A tug</p></div>"
            "<div><h4>Where do you moor?</h4><p>East</p></div>"
            "<div><h4>When do you sail?</h4><p>Now</p></div></form>"
        ),
        (
            "<div><h3>Ready to sail?</h3><p>Call the desk now.</p></div>"
            "<div><h3>New to the mole?</h3><p>Take the tour.</p></div>"
        ),
        "<h2>Why a mole?</h2><p>It breaks waves.</p><h2>Who built it?</h2><p>The guild.</p>",
    ],
)
def test_menus_comments_quizzes_and_articles_give_none(body: str) -> None:
    assert pairs(body) == []


def test_where_a_heading_announces_questions_other_headings_are_none() -> None:
    sections = "<section><h2>Why a mole?</h2><p>It breaks the waves of the bay.</p></section>"
    sections += "<section><h2>Who built it?</h2><p>The guild of masons.</p></section>"
    sections += "<section><h2>Is it safe?</h2><p>In most winds.</p></section>"
    form = "<div><h4>{}</h4><p>{}</p></div>"
    assert pairs(f"{sections}<div><h2>FAQ</h2>{entries(form)}</div>") == TWO


def test_what_the_page_says_of_itself_announces_questions_that_it_shows() -> None:
    said = {
        "@type": "FAQPage",
        "mainEntity": [
            {"@type": "Question", "name": name, "acceptedAnswer": {"@type": "Answer", "text": "?"}}
            for name in (TWO[0][0], TWO[2][0], "Is this shown?")
        ],
    }
    flat = "".join(f"<h2>{question}</h2><p>{answer}</p>" for question, answer in (TWO[0], TWO[2]))
    assert pairs(flat) == []
    markup = f"<script type='application/ld+json'>{json.dumps(said)}</script>"
    assert pairs(flat + markup) == [TWO[0], TWO[2]]


FAQ = "<h1>Mooring: frequently asked questions</h1>"
ASKED = [
    ("May we moor at night?", "You may, with a lamp of your own at the stern."),
    ("What does a berth cost?", "Nothing until spring, and ten crowns after that."),
    ("Who keeps the lines?", "The keeper, who lives beside the gate all year."),
]
NAMED = [(question.rstrip("?"), answer) for question, answer in ASKED]


def laid_out(form: str, asked: list[tuple[str, str]] = ASKED) -> str:
    return "".join(form.format(q, a, number) for number, (q, a) in enumerate(asked, 1))


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        (f"<dl>{laid_out('<dt>{0}</dt><dd>{1}</dd>')}</dl>", ASKED),
        (laid_out("<p>{2}. {0}</p><p>{1}</p>"), ASKED),
        (laid_out("<p>Question {2}: {0}</p><p>Answer: {1}</p>"), ASKED),
        (laid_out("<p><b>{0}</b> {1}</p>"), ASKED),
        (laid_out("<h3>{0}<a href='#{2}'>¶</a></h3><p>{1}</p>"), ASKED),
        (laid_out("<h3><a href='#toc{2}'>{0}</a><a href='#{2}'>¶</a></h3><p>{1}</p>"), ASKED),
        (f"<table>{laid_out('<tr><td>{0}</td><td>{1}</td></tr>')}</table>", ASKED),
        (f"<table>{laid_out('<tr><td>{2}</td><td>{0}</td><td>{1}</td></tr>')}</table>", ASKED),
        (f"<table>{laid_out('<tr><td><b>{0}</b></td></tr><tr><td>{1}</td></tr>')}</table>", ASKED),
        (
            "<table><tr><th>Question</th><th>Answer</th></tr>"
            + laid_out("<tr><td>{0}</td><td>{1}</td></tr>", NAMED)
            + "</table>",
            NAMED,
        ),
        (laid_out("<details><summary>{0}</summary><p>{1}</p></details>", NAMED), NAMED),
        (laid_out("<p>{2}. {0}</p><p>{1}</p>", NAMED), NAMED),
        (laid_out("<h3>{0}</h3><p>{1}</p>", NAMED), NAMED),
        (laid_out("<h3>{0}</h3><p>{1}</p>", [*ASKED[:2], NAMED[2]]), [*ASKED[:2], NAMED[2]]),
        (
            (
                f"<h2>Boats</h2>{laid_out('<h3>{0}</h3><p>{1}</p>', ASKED[:2])}"
                f"<h2>Lines</h2>{laid_out('<h3>{0}</h3><p>{1}</p>', ASKED[2:])}"
            ),
            ASKED,
        ),
    ],
)
def test_questions_of_a_page_that_calls_itself_so(body: str, asked: list[tuple[str, str]]) -> None:
    page = f"<html><body>{FAQ}<div>{body}</div><p>Did you find this helpful?</p></body></html>"
    assert [(pair.question, pair.answer) for pair in faqs(page, SITE)] == asked


@pytest.mark.parametrize(
    "body",
    [
        (
            "<h2>Boats</h2><ul><li><a href=/a>Night berths</a></li></ul><h2>Lines</h2><ul><li>"
            "<a href=/b>Keepers</a></li></ul><h2>Fees</h2><ul><li><a href=/c>Spring</a></li></ul>"
        ),
        (
            "<table><tr><td>Monday</td><td>Nine to five</td></tr>"
            "<tr><td>Tuesday</td><td>Nine to one</td></tr></table>"
        ),
        "<p><b>Please note:</b> the gate is shut in winter.</p><p><b>Also:</b> no fires.</p>",
    ],
)
def test_a_page_of_questions_may_have_none_of_its_own(body: str) -> None:
    assert faqs(f"<html><body>{FAQ}<div>{body}</div></body></html>", SITE) == []
