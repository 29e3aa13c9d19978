"""Accounting: every visible character has its owner, and what nobody expected is named."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.portal_builder.markups import (
    DIV_CELLS,
    LINE_BREAKS,
    MARKUPS,
    SECTIONS,
    TABLES,
    Markup,
)
from fixtures.portal_builder.sheet import Sheet, articles, sister_pages
from tests.parsers.accounts import Seen, see, visible

ARTICLE: Final = "https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=7"
EVENT: Final = "https://touch.shio.gov.cn/jsp/cfbm_detail_en.jsp?id=7"
LISTING: Final = "https://touch.shio.gov.cn/jsp/zfxw_default_en.jsp?siteId=300"
SEVERAL: Final = (SECTIONS, TABLES, LINE_BREAKS, DIV_CELLS)


def balanced(seen: Seen) -> bool:
    """Tell whether what was claimed, ignored and neither is all that is to be seen in main."""
    result, blocks = seen.account, seen.extraction.page.blocks
    assert result
    total = result.claimed + result.ignored + result.unclaimed
    counts = (result.claimed, result.ignored, result.unclaimed)
    return min(counts) >= 0 and total == sum(visible(blocks[i].text) for i in result.main)


@pytest.mark.parametrize("sheet", [*articles(), *sister_pages()], ids=lambda sheet: sheet.name)
@pytest.mark.parametrize("markup", MARKUPS, ids=lambda markup: markup.name)
def test_a_whole_page_has_nothing_odd(markup: Markup, sheet: Sheet) -> None:
    seen = see(markup(sheet), sheet.url)
    assert seen.account
    assert balanced(seen)
    assert (seen.events, seen.account.unclaimed) == ([], 0)


def test_main_is_the_smallest_element_with_title_and_body() -> None:
    seen = see(SECTIONS(articles()[0]), articles()[0].url)
    assert seen.account
    blocks = [seen.extraction.page.blocks[i].text for i in seen.account.main]
    assert blocks[0] == "Government News"
    assert blocks[-1] == articles()[0].body[-1]
    assert "FAQ" not in blocks


BLOCK_ENDS: Final = re.compile(r"</(?:p|div|td|tr|li|h\d|dd|dt|table|ul)>|<br ?/?>")
MARKER: Final = "Qxvz lotus"


@given(
    st.sampled_from([markup for markup in MARKUPS if markup.charset == "utf-8"]),
    st.sampled_from(articles()),
    st.integers(0, 10_000),
    st.sampled_from(["p", "div", "span", "li", "td", "b", "section", "blockquote", "h3"]),
    st.sampled_from(
        ["", ":", " 2024-03-05", ".", " 12345678 x", " and on to the end of the line."]
    ),
)
def test_no_injected_text_goes_unnoticed(
    markup: Markup, sheet: Sheet, place: int, tag: str, more: str
) -> None:
    """It is in a record, where it can be seen, or something is found."""
    html = markup(sheet).decode("utf-8", "replace")
    ends = [
        m.end()
        for m in BLOCK_ENDS.finditer(html)
        if html.count("<a", 0, m.end()) == html.count("</a>", 0, m.end())
    ]
    if not ends:  # text of no element
        return
    at = ends[place % len(ends)]
    text = MARKER + more
    seen = see(f"{html[:at]}<{tag}>{text}</{tag}>{html[at:]}", sheet.url)
    if seen.account is None:
        assert seen.extraction.rejects
        return
    assert balanced(seen)
    told = [text for _, text in seen.events]
    told += [msgspec.json.encode(record).decode() for record in seen.extraction.records]
    told += [reject.detail or "" for reject in seen.extraction.rejects]
    assert any(MARKER in one for one in told)


def article(below: str = "", body: str = "", above: str = "") -> str:
    return (
        f"<div>{above}<p>Government News</p><h1>Pier repaired 2024-03-04</h1>"
        f"<p>The pier is open again, the harbour office said on Monday.</p>{body}</div>{below}"
    )


def event(fields: str) -> str:
    return (
        f"<div><p>Events</p><h2>Walk to the lock</h2>{fields}"
        "<p>Reporters meet at the gate of the lock at noon.</p></div>"
    )


def box(heading: str, *rows: str) -> str:
    return f"<h3>{heading}</h3><ul>{''.join(f'<li>{row}</li>' for row in rows)}</ul>"


ROW: Final = "04-16 21315227 Processing"
TWO: Final = ("04-16 02131558 Received", "03-16 02131557 Received")
ITEM: Final = "<a href='/jsp/zfxw_detail_en.jsp?id=1'>Pier repaired - March 4, 2024</a>"
CASES: Final[list[tuple[str, str, str, str]]] = [
    (ARTICLE, article("<p>Win a boat</p>"), "unclaimed_text", "Win a boat"),
    (ARTICLE, article("<h4>Our boats</h4>"), "unknown_heading", "Our boats"),
    (ARTICLE, article("<p>Estado</p><ul><li>" + ROW + "</li></ul>"), "unknown_heading", "Estado"),
    (ARTICLE, article(body="<p>Bron: Diario</p>"), "unknown_label", "Bron: Diario"),
    (ARTICLE, article(body="<p>Harbour Gazette</p>"), "open_end", "Harbour Gazette"),
    (ARTICLE, article(body="<p>The pier will then be</p>"), "open_end", "The pier will then be"),
    (
        ARTICLE,
        article(body="<p>(Bron: Diario)</p>"),
        "unknown_label",
        "(Bron: Diario)",
    ),
    (
        ARTICLE,
        article().replace("The pier is open", "Please enable JavaScript: the pier is open"),
        "stray_line",
        "Please enable JavaScript: the pier is open again, the harbour office said on Monday.",
    ),
    (ARTICLE, article(body="<p>（滨江日报）</p>"), "open_end", "（滨江日报）"),
    (
        ARTICLE,
        article(body="<p>&lt;div id=ad&gt;</p><p>It is open to all.</p>"),
        "stray_line",
        "<div id=ad>",
    ),
    (
        ARTICLE,
        article(body="<p>Inquiry Status</p><p>It is open to all.</p>"),
        "stray_line",
        "Inquiry Status",
    ),
    (
        ARTICLE,
        article().replace(" 2024-03-04</h1>", "</h1><p>By Li Ming, 2024-03-04, at the pier</p>"),
        "left_over",
        "By Li Ming, , at the pier",
    ),
    (
        ARTICLE,
        article(body="<p>Source: Harbour Gazette | Editor: Li Ming</p>"),
        "left_over",
        "| Editor: Li Ming",
    ),
    (ARTICLE, article(box("Application Status", f"{ROW} 12:30")), "left_over", "12:30"),
    (ARTICLE, article(box("Application Status", ROW, "No 7, in May")), "row_form", "No 7, in May"),
    (ARTICLE, article(box("Application Status", "04-16 A-17 Processing")), "row_form", "A-17"),
    (ARTICLE, article(box("Application Status", ROW)), "missing_part", "no inquiry box"),
    (
        ARTICLE,
        article(box("Application Status", ROW) + box("Inquiry Status", *TWO)),
        "missing_part",
        "1 of 2 in the application box",
    ),
    (
        ARTICLE,
        article(box("Application Status", ROW) + "<p>04-16 02131558 Received</p>"),
        "missing_part",
        "no heading above the inquiry box",
    ),
    (
        ARTICLE,
        article(box("Application Status", "04-16 21315227 En curso")),
        "unknown_status_word",
        "En curso",
    ),
    (
        ARTICLE,
        article(f"<footer><p>{'The pier was built by many hands. ' * 4}</p></footer>"),
        "prose_in_frame",
        ("The pier was built by many hands. " * 4).strip(),
    ),
    (ARTICLE, article().replace("Pier repaired", " - "), "odd_title", "-"),
    (ARTICLE, article().replace("Pier repaired", "Error"), "odd_title", "Error"),
    (ARTICLE, article().replace("Pier repaired", "Pier rep..."), "odd_title", "Pier rep..."),
    (ARTICLE, article().replace("Pier repaired", "null"), "odd_title", "null"),
    (ARTICLE, article().replace("Pier repaired", "Touch Shanghai"), "odd_title", "Touch Shanghai"),
    (ARTICLE, article().replace("2024-03-04", "1970-01-01"), "machine_text", "1970-01-01"),
    (ARTICLE, article(body="<p>Source: undefined</p>"), "machine_text", "Source: undefined"),
    (
        ARTICLE,
        article(body="<p>It is free.&amp;nbsp;Come.</p>"),
        "machine_text",
        "It is free.&nbsp;Come.",
    ),
    (
        ARTICLE,
        article(body="<p>It was built by many hands, and by one mind.</p>" * 2),
        "repeated_line",
        "It was built by many hands, and by one mind.",
    ),
    (ARTICLE, article("<p>Q: Is it open?<br>A: Is it open?</p>"), "repeated_line", "Is it open?"),
    (ARTICLE, article(body="<p>It was built by...</p>"), "open_end", "It was built by..."),
    (EVENT, event("<p>Fin:2020-06-23</p><p>Contact:Li</p>"), "unknown_label", "Fin:2020-06-23"),
    (EVENT, event("<p>Contact:Li</p><p>2020-06-23</p>"), "unknown_label", "2020-06-23"),
    (EVENT, event("<p>Contact:Li</p><p>Walk</p><p>Phone:021-5550-0164</p>"), "stray_line", "Walk"),
    (
        EVENT,
        event("<p>Phone:021-5550-0164</p><p>Phone:021-5550-0165</p>"),
        "unclaimed_text",
        "Phone:021-5550-0165",
    ),
    (EVENT, event("<p>Contact:Li,021-55501</p><p>Phone:110-12</p>"), "left_over", "021-55501"),
    (
        LISTING,
        "<p>Government News</p><a href='/jsp/zfxw_detail_en.jsp?id=1'>Pier repaired</a>",
        "undated_item",
        "Pier repaired",
    ),
    (
        LISTING,
        f"<p>Government News</p>{ITEM}<p>Lock gate mended - March 3, 2024</p>",
        "item_without_link",
        "Lock gate mended - March 3, 2024",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("url", "page", "name", "text"), CASES)
def test_what_is_odd_is_named(url: str, page: str, name: str, text: str) -> None:
    seen = see(f"<html><body>{page}</body></html>", url)
    assert (name, text) in seen.events
    assert balanced(seen)


Change: TypeAlias = Callable[[Sheet], dict[str, Any]]
REPLACED: Final[dict[str, tuple[Change, str]]] = {
    "unknown label": (lambda s: {"body": (*s.body[:-1], "Bron: Diario")}, "unknown_label"),
    "unknown heading": (lambda _: {"faq_heading": "Preguntas"}, "unknown_heading"),
    "unknown section": (lambda _: {"category": "Asuntos varios"}, ""),
    "half a row": (lambda s: {"applications": s.applications[:2]}, "missing_part"),
    "cut sentence": (lambda s: {"body": (*s.body[:-1], "and then the harbour")}, "open_end"),
}


@pytest.mark.parametrize(("change", "name"), REPLACED.values(), ids=REPLACED)
@pytest.mark.parametrize("markup", SEVERAL, ids=lambda markup: markup.name)
@pytest.mark.parametrize("sheet", articles(), ids=lambda sheet: sheet.name)
def test_in_any_markup(
    markup: Markup, sheet: Sheet, change: Callable[[Sheet], dict[str, Any]], name: str
) -> None:
    changed = sheet.having(**change(sheet))
    names = [event for event, _ in see(markup(changed), changed.url).events]
    assert name in names if name else names


def test_noise_and_a_notice_to_log_in_are_parts_with_names() -> None:
    page = article(
        body="<p>(function(x){ x.y = 1; })(); The lock is mended.</p>"
        "<p>To view the full text, please log in.</p>"
    )
    seen = see(page, ARTICLE)
    assert seen.account
    assert balanced(seen)
    assert seen.account.ignored == visible("(function(x){ x.y = 1; })();")
    assert seen.account.unclaimed == 0


def test_furniture_and_links_outside_of_the_record_are_parts_with_names() -> None:
    above = "<div>Touch Shanghai <a href='/'>Home</a></div>"
    below = "<ul><li><a href='http://desk.example.org/'>Weather desk</a></li></ul>"
    assert see(f"{above}{article()}{below}", ARTICLE).events == []
    beside = "<p>Copyright 2024</p><p><a href='http://desk.example.org/'>Win a boat</a></p>"
    names = [name for name, _ in see(article(body=beside), ARTICLE).events]
    assert names == ["unclaimed_text"]


def test_a_page_that_is_rejected_has_no_account() -> None:
    assert see("<h1>404</h1><p>The page could not be found.</p>", ARTICLE).account is None


def test_a_record_that_is_rejected_leaves_the_page_its_account() -> None:
    page = article(box("Application Status", ROW, "04-11 Processing"))
    seen = see(page, ARTICLE)
    assert [reject.reason for reject in seen.extraction.rejects] == ["row_without_number"]
    assert seen.account
    assert balanced(seen)
