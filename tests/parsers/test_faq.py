"""Questions and answers: labels in every form, cut-off dots, where a pair ends."""

from __future__ import annotations

import pytest

from tests.parsers.pages import (
    ARTICLE,
    UNKNOWN,
    beside_sidebar,
    digest,
    faqs,
    parse,
    reasons,
)

LINK = "https://touch.shio.gov.cn/jsp/other_en.jsp"


def pairs(body: str, url: str | None = UNKNOWN) -> list[tuple[str, str | None]]:
    return [(pair.question, pair.answer) for pair in faqs(body, url)]


@pytest.mark.parametrize(
    "label",
    ["Q:", "Q: ", "Q：", "问:", "问：", "Q: Q: ", "Q:Q:Q:", "Q:问:", "Q： 问 ： ", " Q : ", "q:"],
)
def test_question_labels(label: str) -> None:
    assert pairs(f"<p>{label}May I film?</p><p>A: Yes.</p>") == [("May I film?", "Yes.")]


@pytest.mark.parametrize(
    "label",
    ["A:", "A: ", "A：", "答:", "答：", "A: A: ", "A:A:A:", "A:答:", "A： 答 ： ", " A : ", "a:"],
)
def test_answer_labels(label: str) -> None:
    assert pairs(f"<p>Q: May I film?</p><p>{label}Yes.</p>") == [("May I film?", "Yes.")]


@pytest.mark.parametrize(
    "text",
    ["Q3 results: when?", "Is Q: a label?", "A-B: which?",
     "Quite: so?", "1. Q: and A:", "QA: what?",
     "问题：什么？", "答案：什么？"],
)  # fmt: skip
def test_only_leading_labels_go(text: str) -> None:
    assert pairs(f"<p>Q: {text}</p><p>A: A: {text}</p>") == [(text, text)]


@pytest.mark.parametrize(
    ("printed", "text", "cut"),
    [
        ("Log on...", "Log on", True),
        ("Log on ...", "Log on", True),
        ("Log on…", "Log on", True),
        ("Log on……", "Log on", True),
        ("at shio.gov....", "at shio.gov.", True),
        ("Log on.", "Log on.", False),
        ("Log on..", "Log on..", False),
        ("Log... on", "Log... on", False),
    ],
)
def test_cut_off_dots(printed: str, text: str, *, cut: bool) -> None:
    (pair,) = faqs(f"<p>Q: {printed}</p><p>A: {printed}</p>")
    assert (pair.question, pair.answer) == (text, text)
    assert (pair.question_truncated, pair.answer_truncated) == (cut, cut)
    assert pair.key == f"faq/en/{digest(text)}"


@pytest.mark.parametrize(
    "entry",
    [
        "<p>Q: May I film?</p><p>A: Ask first.</p>",
        "<div>Q: May I film?<br>A: Ask first.</div>",
        "<dl><dt>Q: May I film?</dt><dd>A: Ask first.</dd></dl>",
        "<table><tr><td>Q: May I film?</td><td>A: Ask first.</td></tr></table>",
        "<table><tr><td>Q: May I film?</td></tr><tr><td>A: Ask first.</td></tr></table>",
        (
            "<table><tr><td>Q:</td><td>May I film?</td></tr><tr><td>A:</td>"
            "<td>Ask first.</td></tr></table>"
        ),
        "<div>Q:</div><div>May I film?</div><div>A:</div><div>Ask first.</div>",
        "<div><b>Q:</b> May I film?<br><b>A:</b> Ask first.</div>",
        "<p><span>Q: May I film?</span><span>A: Ask first.</span></p>",
        "<p>Q: May I film? A: Ask first.</p>",
        "<ul><li>Q: May I film?<ul><li>A: Ask first.</li></ul></li></ul>",
        "<p><a href='faq.jsp?id=1'>Q: May I film?<br>A: Ask first.</a></p>",
        "<h4>Q: May I film?</h4>A: Ask first.",
        "<p>1. Q: May I film?</p><p>A: Ask first.</p>",
    ],
)
def test_a_pair_in_every_form(entry: str) -> None:
    other = entry.replace("May I film?", "Who asks?").replace("Ask first.", "The desk.")
    found = faqs(f"<html><body><h2>FAQ</h2>{entry}{other}</body></html>")
    assert [(pair.question, pair.answer) for pair in found] == [
        ("May I film?", "Ask first."),
        ("Who asks?", "The desk."),
    ]
    assert {pair.url for pair in found} == {LINK}


def test_an_answer_of_several_lines() -> None:
    page = (
        "<p>Q: May I film?</p><p>A: Ask first.</p><p>Bring a card.</p>"
        "<p>Q: Who asks?</p><p>A: The desk.</p><p>It is open.</p>"
    )
    assert pairs(page) == [
        ("May I film?", "Ask first.\nBring a card."),
        ("Who asks?", "The desk.\nIt is open."),
    ]


def test_an_answer_with_a_list() -> None:
    page = "<dl><dt>Q: May I film?</dt><dd>A: Yes:<ol><li>Ask.</li><li>Ring.</li></ol></dd></dl>"
    assert pairs(page) == [("May I film?", "Yes:\nAsk.\nRing.")]


def test_the_foot_is_no_answer() -> None:
    page = "<p>Q: May I film?</p><p>A: Yes.</p><div>Copyright 2020 Office</div><div>1 Road</div>"
    assert pairs(page) == [("May I film?", "Yes.")]


@pytest.mark.parametrize(
    "foot",
    [
        "<div>Press desk of the harbour, 12 Mole Street</div>",
        "<div><a href='/desk.jsp'>Write to the desk</a></div>",
        "<h3>See also</h3><p>Mole office</p>",
    ],
)
def test_a_foot_without_a_name_is_no_answer(foot: str) -> None:
    entries = "<div>Q: May I film?<br>A: Ask first.</div><div>Q: Who asks?<br>A: The desk.</div>"
    found = pairs(f"<html><body><h2>FAQ</h2>{entries}{foot}</body></html>")
    assert found == [("May I film?", "Ask first."), ("Who asks?", "The desk.")]


def test_the_last_answer_keeps_its_paragraphs_above_what_follows() -> None:
    page = beside_sidebar(
        "<h2>FAQ</h2><p>Q: May I film?</p><p>A: Ask first.</p><p>Bring a card.</p>"
        "<p>Q: Who asks?</p><p>A: The desk.</p><p>It opens at nine in the morning.</p>"
    )
    assert pairs(page)[1] == ("Who asks?", "The desk.\nIt opens at nine in the morning.")


_FOLDED = "style='display:none'"


@pytest.mark.parametrize(
    "entry",
    [
        "<li><a href='#'>Q: {}</a><div {fold}><p>A: {}</p></div></li>",
        "<li><h4>Q: {}</h4><div hidden>A: {}</div></li>",
        "<dt>Q: {}</dt><dd {fold}>A: {}</dd>",
        "<div><button>{}</button></div><div {fold}><p>{}</p></div>",
        "<li><p>{}</p><div {fold}><p>{}</p></div></li>",
    ],
)
def test_answers_that_are_folded_up(entry: str) -> None:
    one = entry.format("May I film?", "Ask the desk at gate 4 first.", fold=_FOLDED)
    other = entry.format("Who asks?", "The desk does, in a letter.", fold=_FOLDED)
    box = f"<p>Open <span {_FOLDED}>no</span> daily.</p><div {_FOLDED}>Share this page</div>"
    found = pairs(f"<body><h2>FAQ</h2><ul>{one}{other}</ul>{box}</body>")
    assert found == [
        ("May I film?", "Ask the desk at gate 4 first."),
        ("Who asks?", "The desk does, in a letter."),
    ]


def test_what_is_folded_up_beside_an_answer_stays_hidden() -> None:
    page = "<li>Q: May I film?<p {0}>Loading</p><p>A: Ask first.</p></li><li>Q: Who asks?</li>"
    assert pairs(page.format(_FOLDED)) == [("May I film?", "Ask first."), ("Who asks?", None)]


def test_a_teaser_of_a_listing_is_no_question() -> None:
    listing = "https://touch.shio.gov.cn/jsp/zfxw_default_en.jsp?siteId=300"
    story = "<p><a href='/jsp/zfxw_detail_en.jsp?id=9'>Talks on the mole - May 3, 2019</a></p>"
    page = beside_sidebar(f"<h2>Government News</h2>{story}<p>Q: Why is the mole shut?</p>")
    assert pairs(page, listing) == [("Where are the lock", "Next to the lifts.")]


def test_a_page_that_is_called_as_its_list_is_no_article() -> None:
    row = "<tr><td>04-{0:02}</td><td>213152{0:02}</td><td>Processing</td></tr>"
    table = f"<table>{''.join(row.format(day) for day in range(28, 10, -1))}</table>"
    about = "<p>The desk has worked for the press since it was founded, and goes on with it.</p>"
    page = f"<h1>Application Status 2021-03-04</h1>{about}<div>Application Status</div>{table}"
    assert {record.type for record in parse(page, UNKNOWN)} == {"status"}


def test_a_page_of_many_rows_does_not_wait_for_its_scripts() -> None:
    row = "<tr><td>04-{0:02}</td><td>213152{0:02}</td><td>Processing</td></tr>"
    table = f"<table>{''.join(row.format(day) for day in range(28, 10, -1))}</table>"
    page = f"<h1>Application Status</h1>{table}<div>Loading...</div>"
    assert len(parse(page, UNKNOWN)) == 18


def test_pairs_of_the_page_have_its_address_and_those_of_the_sidebar_none() -> None:
    page = beside_sidebar("<h1>FAQ</h1><p>Q: May I film?</p><p>A: Ask first.</p>")
    assert [(pair.question, pair.url) for pair in faqs(page)] == [
        ("May I film?", LINK),
        ("Where are the lock", None),
    ]


def test_a_dated_title_makes_the_pairs_a_body() -> None:
    page = "<h1>Talk 2024-03-04</h1><p>Q: May I film?</p><p>A: Ask first, please, by mail.</p>"
    assert [record.type for record in parse(page, UNKNOWN)] == ["article"]


def test_a_known_article_address_makes_the_pairs_a_body() -> None:
    page = "<h1>Talk</h1><p>Q: May I film?</p><p>A: Ask first, please, by mail.</p>"
    assert [record.type for record in parse(page, ARTICLE)] == ["article"]


@pytest.mark.parametrize("lines", ["<p>A: Yes.</p>", "<p>Q: Who?</p><p>A: I.</p><p>A: Yes.</p>"])
def test_an_answer_without_a_question_is_a_reject(lines: str) -> None:
    assert reasons(lines) == ["answer_without_question"]


def test_chinese_pairs() -> None:
    page = "<h2>共性问题提示</h2><div>Q:问：能否上船...<br>A:答：可以，请提前...</div>"
    (pair,) = faqs(page, "http://touch.shio.gov.cn/jsp/other.jsp")
    assert (pair.question, pair.answer) == ("能否上船", "可以，请提前")
    assert (pair.language, pair.key) == ("zh", f"faq/zh/{digest('能否上船')}")
