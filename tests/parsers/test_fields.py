"""Where each field came from: the blocks hold the value, the rule is the one that took it."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any, Final

import pytest

from fixtures.portal_builder.markups import MARKUPS, TEXT
from fixtures.portal_builder.sheet import articles, sister_pages
from quality.corpus import corpus
from shio_scraper.pages import Capture, Page, UnreadableError, read
from shio_scraper.parsers import Extraction, extract
from shio_scraper.parsers.records import Field, Fields
from tests.parsers.pages import ARTICLE, EVENT, P1, P2, P3, SIDEBAR, UNKNOWN
from tests.parsers.test_cases import FOLDERS, INPUTS

FETCHED_AT: Final = datetime(2026, 3, 5, 2, tzinfo=UTC)
PRINTED: Final = (
    "section",
    "category",
    "title",
    "source",
    "number",
    "serial",
    "status_text",
    "question",
    "contact",
    "phone",
)
"""Fields whose text stands on the page as it is."""
DAYS: Final = ("published", "month_day", "registration_deadline", "ends")
FROM_ELSEWHERE: Final = ("type", "key", "language", "url", "portal_id", "teaser", "gated", "kind")
"""Fields that need no block of their own."""


def _extraction(body: bytes | str, url: str | None, at: datetime | None = FETCHED_AT) -> Extraction:
    return extract(read(Capture(body=body, url=url, fetched_at=at)))


def _sources() -> list[Any]:
    """Pages of the demos, every recorded case, every markup of every sheet."""
    pages: list[tuple[str, bytes, str | None]] = [
        (sample.name, sample.body, sample.url) for sample in corpus()[::3]
    ]
    for folder in FOLDERS:
        source = next(folder / name for name in INPUTS if (folder / name).exists())
        url = json.loads((folder / "meta.json").read_text("utf-8"))["url"]
        pages.append((folder.name, source.read_bytes(), url))
    pages += [
        (f"{sheet.name} {markup.name} {'at' if url else 'without'}", markup(sheet), url)
        for sheet in (*articles(), *sister_pages())
        for markup in (*MARKUPS, TEXT)
        for url in (sheet.url, None)
    ]
    return [pytest.param(body, url, id=name) for name, body, url in pages if _is_readable(body)]


def _is_readable(body: bytes) -> bool:
    try:
        read(Capture(body=body))
    except UnreadableError:
        return False
    return True


SOURCES: Final = _sources()


def _text(page: Page, origin: Field) -> str:
    return _squeezed(" ".join(page.blocks[i].text for i in origin.blocks))


def _squeezed(text: str) -> str:
    return "".join(text.split())


def test_there_are_pages_of_every_kind() -> None:
    records = [record for page in SOURCES for record in _extraction(*page.values).records]
    assert {record.type for record in records} == {
        "article", "status", "faq", "event", "press_conference",
    }  # fmt: skip


@pytest.mark.parametrize(("body", "url"), SOURCES)
def test_every_field_tells_its_value_its_rule_and_its_blocks(body: bytes, url: str | None) -> None:
    extraction = _extraction(body, url)
    page = extraction.page
    paths = [page.path(position) for position in range(len(page.blocks))]
    assert len(set(paths)) == len(paths)
    assert extraction.records or extraction.rejects or extraction.notes or page.address
    for record, of_record in zip(extraction.records, extraction.fields, strict=True):
        names = [f.name for f in fields(record) if f.name not in {"doubts", "provenance"}]
        assert list(of_record) == names
        for name, origin in of_record.items():
            assert origin.value == getattr(record, name), name
            assert origin.rule, name
            assert all(0 <= i < len(page.blocks) for i in origin.blocks), name
            if origin.value not in (None, [], False) and name not in FROM_ELSEWHERE:
                assert origin.blocks, name
            _assert_printed(page, name, origin)


def _assert_printed(page: Page, name: str, origin: Field) -> None:
    """The blocks of a field hold what it says."""
    value = origin.value
    if name in PRINTED and value is not None:
        assert all(_squeezed(part) in _text(page, origin) for part in value.split(", ")), name
    elif name in DAYS and value:
        day = value.isoformat() if isinstance(value, date) else str(value)
        assert str(int(day[:10].rpartition("-")[2])) in _text(page, origin), name
    elif name == "links":
        assert all(piece.value in page.links(*piece.blocks) for piece in origin.pieces)
    elif name in {"paragraphs", "answer"}:
        for piece in origin.pieces or [origin] * bool(value):
            printed = _text(page, piece)
            assert _squeezed(piece.value).rstrip(".") in printed or (
                "without script" in piece.rule
                and all(word in printed for word in piece.value.split())
            ), (name, piece)


def _article(main: str) -> str:
    side = f"<td>{SIDEBAR}</td>"
    return f"<html><body><table><tr><td>{main}</td>{side}</tr></table></body></html>"


ABOVE: Final = "<div>Government News</div><div>City News</div>"
BODY: Final = f"<p>{P1}</p><p>{P2}</p><p>{P3}</p>"
LINE: Final = "<h1>The lock   2023-02-06</h1>"
SPLIT: Final = "<p>The office on the quay keeps the keys of all the boats,<br>and their papers.</p>"
RULES: Final = [
    # the title and its date
    ("title", ABOVE + LINE + BODY, "dated title line, in <h1>", 2),
    ("title", LINE + BODY, "dated title line, in <h1>", 0),
    ("title", f"<p>The lock   2023-02-06</p>{BODY}", "dated title line, with its date", 0),
    (
        "title",
        f"{ABOVE}<div><b>The lock</b><i>2023-02-06</i></div>{BODY}",
        "dated title line, the date in an element of its own, right below the section",
        2,
    ),
    (
        "title",
        f"{ABOVE}<div><b>The lock</b> <i>2023-02-06</i> <i>Source: Quay Post</i></div>{BODY}",
        "title line with date and source in elements of their own, right below the section",
        2,
    ),
    (
        "title",
        f"<h1>The lock</h1><p>2023-02-06</p>{BODY}",
        "title above its date line, in <h1>",
        0,
    ),
    (
        "title",
        f"<p>2023-02-06</p><h1>The lock</h1>{BODY}",
        "undated, day above the title, in <h1>",
        1,
    ),
    (
        "title",
        f"{ABOVE}<h1>The lock</h1>{BODY}",
        "undated, in <h1>",
        2,
    ),
    ("title", f"{ABOVE}<p>The lock</p>{BODY}", "undated, right below the section", 2),
    ("title", f"<h1>The lock</h1>{BODY}", "undated, in <h1>", 0),
    ("title", f"<p>The lock</p>{BODY}", "undated, above the prose", 0),
    ("published", ABOVE + LINE + BODY, "dated title line", 2),
    ("published", f"<h1>The lock</h1><p>2023-02-06</p>{BODY}", "title above its date line", 1),
    (
        "published",
        f"<p>2023-02-06</p><h1>The lock</h1>{BODY}",
        "undated, day above the title",
        0,
    ),
    ("published", f"<h1>The lock   2023-02-31</h1>{BODY}", "no such day in the calendar", 0),
    (
        "published",
        f"<h1>The lock   2029-02-06</h1>{BODY}",
        "a day after the day of the capture is no date",
        0,
    ),
    ("published", f"<h1>The lock</h1>{BODY}", "not on the page", None),
    # above it
    ("section", ABOVE + LINE + BODY, "section of the vocabulary, above", 0),
    ("category", ABOVE + LINE + BODY, "subsection of the vocabulary, above", 1),
    (
        "category",
        f"<div>Government News</div><div>Harbour News</div>{LINE}{BODY}",
        "form of a subsection, between section and title",
        1,
    ),
    ("category", LINE + BODY, "not above the title", None),
    # the source
    ("source", LINE + BODY, "not on the page", None),
    (
        "source",
        f"{LINE}{BODY}<p>Source: Quay Post</p>",
        "last line of the body with a source label",
        4,
    ),
    (
        "source",
        f"{LINE}{BODY}<p>{P1} (Source: Quay Post)</p>",
        "source label in brackets that end the body",
        4,
    ),
    (
        "source",
        f"{LINE}<p>Source: Quay Post</p>{BODY}",
        "line with a source label right below the title",
        1,
    ),
    (
        "source",
        f"<h1>The lock</h1><p>2023-02-06 Source: Quay Post</p>{BODY}",
        "source label in a line beside title or body",
        1,
    ),
    (
        "source",
        f"<h1>The lock</h1><p>Source: Quay Post</p><p>2023-02-06</p>{BODY}",
        "source label in a line beside title or body",
        1,
    ),
    # the gate
    ("gated", LINE + BODY, "no notice to log in on the page", None),
    (
        "gated",
        f"{LINE}{BODY}<p>To view the full text, please log in.</p>",
        "notice at the end of the body: log in to read",
        4,
    ),
    # the body
    (
        "paragraphs",
        f"{LINE}{SIDEBAR}{BODY}",
        "below the sidebar that follows the title, in its container, up to the sidebar or the foot",
        (10, 11, 12),
    ),
    ("links", LINE + BODY, "not on the page", None),
]


@pytest.mark.parametrize(("name", "main", "rule", "blocks"), RULES)
def test_rule_of_an_article(name: str, main: str, rule: str, blocks: Any) -> None:
    extraction = _extraction(main if SIDEBAR in main else _article(main), ARTICLE)
    origin = extraction.fields[0][name]
    positions = blocks if isinstance(blocks, tuple) else () if blocks is None else (blocks,)
    assert (origin.rule, origin.blocks) == (rule, positions)


def test_a_paragraph_that_line_breaks_split_has_its_lines() -> None:
    extraction = _extraction(_article(LINE + SPLIT), ARTICLE)
    (piece,) = extraction.fields[0]["paragraphs"].pieces
    assert piece.value.endswith("boats, and their papers.")
    assert piece.blocks == (1, 2)
    assert piece.rule == "2 lines that line breaks split inside a sentence"


@pytest.mark.parametrize(
    ("paragraph", "rule"),
    [
        (P3, "block of the body"),
        (f"{P3} (function(a){{b()}})();", "without script text or word-processor leftovers"),
        (f"{P3} To view the full text, please log in.", "up to the notice to log in"),
        (f"{P3} (Source: Quay Post)", "without the source in brackets"),
    ],
)
def test_a_paragraph_tells_what_was_taken_out_of_it(paragraph: str, rule: str) -> None:
    extraction = _extraction(_article(f"{LINE}<p>{P1}</p><p>{paragraph}</p>"), ARTICLE)
    pieces = extraction.fields[0]["paragraphs"].pieces
    assert [piece.value for piece in pieces] == [P1, P3]
    assert pieces[0].rule == "block of the body"
    assert pieces[1].rule.endswith(rule)


def test_a_link_tells_its_block() -> None:
    linked = f'<p>{P2}</p><p>{P3} <a href="?id=7">Before</a></p>'
    extraction = _extraction(_article(LINE + linked), ARTICLE)
    (piece,) = extraction.fields[0]["links"].pieces
    assert (piece.value.text, piece.blocks) == ("Before", (2,))


@pytest.mark.parametrize(
    ("url", "field", "rule"),
    [
        (ARTICLE, "type", "family of the address"),
        (UNKNOWN, "type", "dated title line above prose"),
        (ARTICLE, "key", "language, and id of the address"),
        (UNKNOWN, "key", "language, and digest of title and date"),
        (ARTICLE, "portal_id", "id of the address"),
        (UNKNOWN, "portal_id", "no id in the address"),
        (None, "portal_id", "the capture has no address"),
        (ARTICLE, "url", "address of the page"),
        (None, "url", "the capture has no address"),
        (ARTICLE, "teaser", "the listing, not this page"),
    ],
)
def test_what_the_address_tells(url: str | None, field: str, rule: str) -> None:
    extraction = _extraction(_article(ABOVE + LINE + BODY), url)
    assert extraction.fields[0][field].rule == rule


@pytest.mark.parametrize(
    ("body", "url", "rule", "count"),
    [
        (ABOVE + LINE + BODY, ARTICLE, "frame words of the page: 2 en, 0 zh", 2),
        (
            LINE + BODY,
            ARTICLE,
            "family of the address; the words of the frame do not tell",
            0,
        ),
        (LINE + BODY, None, "words of the text", 0),
    ],
)
def test_what_tells_the_language(body: str, url: str | None, rule: str, count: int) -> None:
    origin = _extraction(f"<html><body>{body}</body></html>", url).fields[0]["language"]
    assert (origin.value, origin.rule, len(origin.blocks)) == ("en", rule, count)


ROW: Final = "<tr><td>04-16</td><td>21315227</td><td>Processing</td></tr>"


def _row(rows: str, at: datetime | None = FETCHED_AT, heading: str = "") -> list[Fields]:
    body = f"<html><body>{heading}<table>{rows}</table></body></html>"
    return _extraction(body, UNKNOWN, at).fields


@pytest.mark.parametrize(
    ("field", "rows", "rule"),
    [
        ("kind", ROW, "form of application numbers"),
        ("number", ROW, "number of the row"),
        ("serial", ROW, "number without the layout's prefix"),
        ("month_day", ROW, "day of the row"),
        ("month_day", ROW.replace("04-16", "02-31"), "no such day in the calendar"),
        ("month_day", ROW.replace("04-16", ""), "no such cell in the row"),
        ("latest_date", ROW, "latest such day up to the day of the capture"),
        ("latest_date", ROW.replace("04-16", ""), "no day in the row to bound"),
        ("status", ROW, "status word of the vocabulary"),
        ("status", ROW.replace("Processing", "Mislaid"), "not a status word of the vocabulary"),
        ("status", ROW.replace("Processing", ""), "no such cell in the row"),
        ("status_text", ROW, "word of the row"),
        ("url", ROW, "address of the page"),
    ],
)
def test_rule_of_a_row(field: str, rows: str, rule: str) -> None:
    assert _row(rows)[0][field].rule == rule


def test_a_row_of_another_form_takes_its_kind_from_the_heading() -> None:
    (row,) = _row(ROW.replace("21315227", "AB-7"), heading="<h3>Inquiry Status</h3>")
    assert (row["kind"].value, row["kind"].rule) == ("inquiry", "heading above the row")
    assert row["kind"].blocks == (0,)
    assert row["serial"].rule == "number of no known form"


def test_a_row_below_another_is_bound_by_it() -> None:
    above, below = _row(ROW + ROW.replace("04-16", "06-20").replace("227", "226"))
    assert above["latest_date"].blocks == (0,)
    assert below["latest_date"].rule == "latest such day up to the bound of the row above"
    assert below["latest_date"].blocks == (1, 0)


def test_a_capture_without_a_time_bounds_nothing() -> None:
    assert _row(ROW, at=None)[0]["latest_date"].rule == "the capture has no time"


def test_the_cells_of_a_scattered_row_have_blocks_of_their_own() -> None:
    body = (
        "<html><body><h3>Application Status</h3>"
        "<div>04-16</div><div>21315227</div><div>Processing</div></body></html>"
    )
    (row,) = _extraction(body, UNKNOWN).fields
    blocks = {name: row[name].blocks for name in ("month_day", "number", "status_text")}
    assert blocks == {"month_day": (1,), "number": (2,), "status_text": (3,)}


def test_a_row_in_a_sidebar_has_no_address() -> None:
    row = _extraction(_article(LINE + BODY), ARTICLE).fields[1]
    assert row["url"] == Field(None, (), "read in a sidebar: not of this page alone")


@pytest.mark.parametrize(
    ("pair", "field", "rule", "blocks"),
    [
        ("Q: Where?<br>A: Here.", "question", "text behind a leading question label", (0,)),
        ("Q: Where?<br>A: Here.", "answer", "text behind a leading answer label", (1,)),
        ("Q: Where? A: Here.", "answer", "answer label behind the question's end", (0,)),
        (
            "<b>Q: Where the boat is</b><i>A: Here.</i>",
            "answer",
            "answer label that opens an inline element",
            (0,),
        ),
        ("Q: Where?", "answer", "no answer label below the question", ()),
        ("Q: Where?<br>A:", "answer", "answer label without a text", (1,)),
        ("Q: Where is ...<br>A: Here.", "question_truncated", "dots of a cut-off text", (0,)),
        ("Q: Where?<br>A: Here.", "answer_truncated", "no cut-off dots", (1,)),
        ("Q: Where?<br>A: Here.", "key", "language, and digest of the question", (0,)),
        (
            "Q:<br>Where is it?<br>A: Here.",
            "question",
            "text behind a leading question label and the text below it",
            (0, 1),
        ),
    ],
)
def test_rule_of_a_pair(pair: str, field: str, rule: str, blocks: tuple[int, ...]) -> None:
    (found,) = _extraction(f"<html><body><div>{pair}</div></body></html>", UNKNOWN).fields
    assert (found[field].rule, found[field].blocks) == (rule, blocks)


def test_an_answer_of_several_lines_tells_each() -> None:
    body = "<html><body><div>Q: Where?<br>A: Here.<br>Or there.</div></body></html>"
    (found,) = _extraction(body, UNKNOWN).fields
    assert [(piece.value, piece.blocks, piece.rule) for piece in found["answer"].pieces] == [
        ("Here.", (1,), "text behind a leading answer label"),
        ("Or there.", (2,), "text below that goes on the answer"),
    ]


def _event_fields(lines: str) -> Fields:
    body = f"<html><body><h1>Boat day</h1>{lines}<p>{P1}</p></body></html>"
    return _extraction(body, EVENT).fields[0]


@pytest.mark.parametrize(
    ("lines", "field", "rule", "blocks"),
    [
        ("<p>End Time:2023-02-06</p>", "ends", "labelled field", (1,)),
        (
            "<p>End Time:</p><p>2023-02-06</p>",
            "ends",
            "field label, its value in the next block",
            (1, 2),
        ),
        ("<p>End Time:some day</p>", "ends", "labelled field, but no date of a known form", (1,)),
        ("<p>End Time:2023-02-06</p>", "contact", "not on the page", ()),
        ("<p>Contact:Mr Ye,5550 0101</p>", "contact", "contact field, before its number", (1,)),
        ("<p>Contact:Mr Ye,5550 0101</p>", "phone", "number in the contact field", (1,)),
        ("<p>Contact:5550 0101</p>", "contact", "contact field, a number alone", (1,)),
        ("<p>Contact:Mr Ye</p><p>Phone:5550 0101</p>", "phone", "labelled field", (2,)),
        ("<p>Contact:Mr Ye</p>", "contact", "labelled field", (1,)),
        ("<p>End Time:2023-02-06</p>", "title", "above the fields, in <h1>", (0,)),
    ],
)
def test_rule_of_an_event(lines: str, field: str, rule: str, blocks: tuple[int, ...]) -> None:
    found = _event_fields(lines)[field]
    assert (found.rule, found.blocks) == (rule, blocks)


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        (
            "<div><p>One</p></div><div><p>Two</p><ul><li>Three</li><li>Four</li></ul></div>",
            [
                "body/div[1]/p[1]",
                "body/div[2]/p[1]",
                "body/div[2]/ul[1]/li[1]",
                "body/div[2]/ul[1]/li[2]",
            ],
        ),
        (
            "<table><tr><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></table>",
            ["body/table[1]/tbody[1]/tr[1]", "body/table[1]/tbody[1]/tr[2]"],
        ),
        (
            "<div><div>One</div></div><div>Two</div>",
            ["body/div[1]/div[1]", "body/div[2]"],
        ),
        ("One<br>Two<p>Three</p>", ["body line 1", "body line 2", "body/p[1]"]),
    ],
)
def test_path_in_the_tree(body: str, paths: list[str]) -> None:
    page = read(Capture(body=f"<html><body>{body}</body></html>"))
    assert [page.path(position) for position in range(len(page.blocks))] == paths


def test_path_in_a_text() -> None:
    page = read(Capture(body="One\n\nTwo\nThree"))
    assert [page.path(position) for position in range(3)] == ["line 1", "line 2", "line 3"]
