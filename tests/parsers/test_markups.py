"""One content in unlike markups, and in the text renderings, is one set of records."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

import pytest

from shio_scraper import parse_page
from tests.parsers.content import CHINESE, ENGLISH, FETCHED_AT, Content, Row, bare, truth
from tests.parsers.markups import MARKUPS, Markup

CONTENTS = pytest.mark.parametrize(
    "content", [pytest.param(c, id=c.language) for c in (ENGLISH, CHINESE)]
)


@CONTENTS
@pytest.mark.parametrize("markup", MARKUPS, ids=lambda markup: markup.__name__)
def test_every_markup_gives_the_same_records(markup: Markup, content: Content) -> None:
    assert bare(parse_page(markup(content), content.url, FETCHED_AT)) == truth(content)


@CONTENTS
@pytest.mark.parametrize("markup", MARKUPS, ids=lambda markup: markup.__name__)
def test_the_page_decides_where_the_address_is_unknown(markup: Markup, content: Content) -> None:
    records = bare(parse_page(markup(content), None, FETCHED_AT))
    expected = truth(content)
    for field in ("key", "url", "portal_id"):
        del records[0][field], expected[0][field]
    assert records == expected


def _line(row: Row) -> str:
    return f"{row.day} {row.number} {row.word}"


def _cells(row: Row) -> str:
    return f"{row.day} | {row.number} | {row.word} |"


def _head(content: Content, gap: str = "   ") -> list[str]:
    above = [content.section, content.category]
    return [line for line in [*above, f"{content.title}{gap}{content.day}"] if line]


def _body(content: Content) -> list[str]:
    return [line for line in (*content.paragraphs, content.source_line) if line]


def rendering_a(content: Content) -> str:
    return "\n".join(
        [
            *_head(content),
            *_body(content),
            content.sign_in,
            " | ".join(content.account),
            content.application_heading,
            *map(_line, content.applications),
            content.inquiry_heading,
            *map(_line, content.inquiries),
            content.more,
            content.faq_heading,
            *chain(*((pair.printed_question, pair.printed_answer) for pair in content.pairs)),
        ]
    )


def rendering_b(content: Content) -> str:
    """As A, without the FAQ heading."""
    return rendering_a(content).replace(f"{content.faq_heading}\n", "")


def rendering_c(content: Content, *, doubled_body: bool) -> str:
    """Pipes, doubled lines; no subsection, no sign-in block, no ``view more``."""
    paragraphs = _body(content)
    again = paragraphs[1:] if doubled_body else []
    pairs = ((p.printed_question, p.printed_answer, p.printed_answer) for p in content.pairs)
    return "\n".join(
        [
            *_head(content, gap=" "),
            "",
            *paragraphs,
            *again,
            content.application_heading,
            *map(_cells, content.applications),
            content.inquiry_heading,
            *map(_cells, content.inquiries),
            content.faq_heading,
            *chain(*pairs),
        ]
    )


@CONTENTS
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\n\n"], ids=["lf", "crlf", "blank lines"])
def test_text_rendering_a(content: Content, line_end: str) -> None:
    text = rendering_a(content).replace("\n", line_end)
    assert bare(parse_page(text, content.url, FETCHED_AT)) == truth(content)
    assert bare(parse_page(text.encode(), content.url, FETCHED_AT)) == truth(content)


@CONTENTS
def test_text_rendering_b(content: Content) -> None:
    assert bare(parse_page(rendering_b(content), content.url, FETCHED_AT)) == truth(content)


def test_text_rendering_b_loses_the_address_of_the_first_answer() -> None:
    first = ENGLISH.pairs[0]
    text = rendering_b(ENGLISH).replace(first.printed_answer, "A: A: Write to")
    rest = replace(first, answer="Write to", answer_cut=False)
    expected = truth(ENGLISH.without(pairs=(rest, *ENGLISH.pairs[1:])))
    assert bare(parse_page(text, ENGLISH.url, FETCHED_AT)) == expected


@CONTENTS
@pytest.mark.parametrize("doubled_body", [True, False], ids=["doubled body", "single body"])
def test_text_rendering_c(content: Content, *, doubled_body: bool) -> None:
    left = content.without(category=None)
    text = rendering_c(left, doubled_body=doubled_body)
    assert bare(parse_page(text, content.url, FETCHED_AT)) == truth(left)


@CONTENTS
def test_text_rendering_without_a_sidebar(content: Content) -> None:
    left = content.without(applications=(), inquiries=(), pairs=())
    text = "\n".join([*_head(content), *_body(content)])
    assert bare(parse_page(text, content.url, FETCHED_AT)) == truth(left)


def test_chinese_text_that_lost_its_section_and_headings() -> None:
    left = CHINESE.without(section=None, category=None)
    rows = map(_line, (*CHINESE.applications, *CHINESE.inquiries))
    pairs = chain(*((pair.printed_question, pair.printed_answer) for pair in CHINESE.pairs))
    text = "\n".join([f"{CHINESE.title} {CHINESE.day}", *_body(CHINESE), *rows, *pairs])
    assert bare(parse_page(text, CHINESE.url, FETCHED_AT)) == truth(left)


@CONTENTS
def test_text_with_the_sidebar_first(content: Content) -> None:
    text = rendering_a(content)
    at = text.index(content.sign_in)
    turned = f"{text[at:]}\n{text[:at]}"
    records = {
        record["key"]: record for record in bare(parse_page(turned, content.url, FETCHED_AT))
    }
    assert records == {record["key"]: record for record in truth(content)}
