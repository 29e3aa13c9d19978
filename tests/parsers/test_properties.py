"""What holds for every page, however strange."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final
from unicodedata import normalize

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fixtures.portal_builder.markups import MARKUPS, SECTIONS
from fixtures.portal_builder.sheet import articles, sister_pages
from quality.strategies import ADDRESSES, BODIES, HTML, LINES, WORDS
from shio_scraper import parse_page
from shio_scraper.items import Article, Event, Faq, PressConference, RecordType, Reject, Status
from shio_scraper.pages import Capture, UnreadableError, read
from shio_scraper.parsers import extract
from shio_scraper.parsers.extract import Extraction
from shio_scraper.parsers.frame import Role
from shio_scraper.parsers.labels import labels_of, strip_cut, without_noise
from shio_scraper.portals import ALL, TOUCH_SHANGHAI
from shio_scraper.texts import clean, clean_lines

FETCHED_AT: Final = "2024-03-05T02:00:00Z"
ENGLISH: Final = articles()[0]
PRESS: Final = sister_pages()[0]
CASES: Final = Path(__file__).parents[2] / "fixtures" / "cases"
LABELS: Final = labels_of(TOUCH_SHANGHAI)
WORD: Final = re.compile(r"\w+")


@cache
def _samples() -> tuple[bytes, ...]:
    cases = [path.read_bytes() for path in sorted(CASES.glob("*/input.*"))]
    return (*cases, *(markup(sheet) for sheet in (ENGLISH, PRESS) for markup in MARKUPS))


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A recorded page with pieces cut out, put in, doubled or moved."""
    body = draw(st.sampled_from(_samples()))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(body)))
        end = min(start + draw(st.integers(0, 200)), len(body))
        piece = draw(
            st.one_of(
                st.just(b""),
                st.binary(max_size=8),
                WORDS.map(lambda word: word.encode("utf-8", "replace")),
                st.just(body[start:end] * 2),
            )
        )
        body = body[:start] + piece + body[end:]
    return body


def assert_sound(
    records: list[RecordType | Reject], url: str | None, body: str | bytes = ""
) -> None:
    """The records are whole, valid and clean; their JSON is one line that reads back."""
    assert records or _leads_on(url) or _lists(body, url), "a page ends as records or as a reject"
    assert len({r.provenance.body_sha256 for r in records if not isinstance(r, Reject)}) <= 1
    for record in records:
        line = msgspec.json.encode(record)
        assert b"\n" not in line
        assert msgspec.json.decode(line, type=type(record)) == record
        for text in _texts(record):
            assert text == clean_lines(text), "texts are clean"


def _leads_on(url: str | None) -> bool:
    """Tell whether a page is good for its links alone, or is known and not read yet."""
    address = ALL.locate(url) if url else None
    kinds = {"home", "listing", "event_listing", "recommended"}
    return address is not None and address.kind in kinds


def _lists(body: str | bytes, url: str | None) -> bool:
    """Tell whether a page of an unknown address is good for its links, and says so."""
    result = _extract(body, url)
    return result is not None and result.notes["unknown_listing"] > 0


def _texts(record: RecordType | Reject) -> list[str]:
    if isinstance(record, Article):
        one = [record.title, record.section, record.category, record.source, *record.paragraphs]
    elif isinstance(record, Event):
        one = [record.title, record.contact, record.phone, *record.paragraphs]
    elif isinstance(record, PressConference):
        said = [text for turn in record.turns for text in (turn.speaker, *turn.paragraphs)]
        listed = [text for speaker in record.speakers for text in (speaker.name, speaker.role)]
        one = [record.title, *listed, *said]
    elif isinstance(record, Faq):
        one = [record.question, record.answer]
    elif isinstance(record, Status):
        one = [record.number, record.status_text]
    else:
        one = []
    return [text for text in one if text is not None]


@given(BODIES, ADDRESSES)
@example("\u0344", None)
@example("Q:\u0344\nA:\u200b", None)
@example("<p>Q:</p><p>\u00a0May I?</p><p>A:</p><p>Yes.</p>", None)
def test_never_raises(body: str | bytes, url: str | None) -> None:
    assert_sound(parse_page(body, url, FETCHED_AT), url, body)


@given(HTML, ADDRESSES)
def test_never_raises_on_html_of_the_portals_phrases(body: str, url: str | None) -> None:
    assert_sound(parse_page(body, url, FETCHED_AT), url, body)


@given(LINES, ADDRESSES)
def test_never_raises_on_text_of_the_portals_phrases(body: str, url: str | None) -> None:
    assert_sound(parse_page(body, url, FETCHED_AT), url, body)


@given(mutated(), ADDRESSES)
def test_never_raises_on_mutated_pages(body: bytes, url: str | None) -> None:
    assert_sound(parse_page(body, url, FETCHED_AT), url, body)


@given(st.datetimes(timezones=st.none() | st.just(UTC)))
def test_never_raises_whenever_the_page_was_fetched(fetched_at: datetime) -> None:
    assert_sound(parse_page(SECTIONS(ENGLISH), ENGLISH.url, fetched_at), ENGLISH.url)


@given(BODIES, ADDRESSES)
def test_the_same_page_gives_the_same_records(body: str | bytes, url: str | None) -> None:
    assert parse_page(body, url, FETCHED_AT) == parse_page(body, url, FETCHED_AT)


LABELLED: Final = st.lists(
    st.sampled_from(
        ("Q:", "Q：", "问:", "问 ：", "A:", "答：", " ", "Q3", "B", "a:", "q :", "...", "x")
    )
).map("".join)


@given(LABELLED | st.text())
def test_label_cleaning_is_idempotent(text: str) -> None:
    for strip in (LABELS.question, LABELS.answer):
        if (once := strip(text)) is not None:
            assert strip(once) is None


@given(LABELLED | st.text())
def test_cut_dots_go_once_and_for_all(text: str) -> None:
    rest, _ = strip_cut(text)
    assert text.startswith(rest)
    assert WORD.findall(rest) == WORD.findall(text)


@given(st.text() | LINES)
def test_cleaning_is_idempotent(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert clean_lines(clean_lines(text)) == clean_lines(text)
    assert normalize("NFC", clean(text)) == clean(text)
    assert without_noise(without_noise([text])) == without_noise([text])


HELD: Final = {
    Role.TEXT, Role.TITLE, Role.PARAGRAPH, Role.QUESTION, Role.ANSWER, Role.ROW, Role.FIELD,
    Role.SOURCE, Role.DATE, Role.SPEAKER,
}  # fmt: skip
"""The parts that a record must hold. Every other role is a named ignored part of the page."""

LABEL_WORDS: Final = frozenset(
    ("Q", "A", "q", "a", "问", "答", "Source", "From", "来源", "Sources")
)


def _extract(body: str | bytes, url: str | None) -> Extraction | None:
    fetched_at = datetime(2024, 3, 5, tzinfo=UTC)
    try:
        return extract(read(Capture(body=body, url=url, fetched_at=fetched_at)))
    except UnreadableError:
        return None


def _words(texts: list[str]) -> set[str]:
    return {word for text in texts for word in WORD.findall(text)}


def lost_words(result: Extraction) -> set[str]:
    """Return the words of the title's container that no record, reject or named part holds."""
    frame, page = result.frame, result.frame.page
    titles = [i for i, role in enumerate(frame.roles) if role is Role.TITLE]
    body = [i for i, role in enumerate(frame.roles) if role is Role.PARAGRAPH and i > titles[-1]]
    if not body or not any(
        isinstance(record, Article | Event | PressConference) for record in result.records
    ):
        return set()
    around = (page.nodes[node] for node in page.ancestors(page.blocks[titles[-1]].node))
    inside = next(node for node in around if node.end > body[0])
    kept = [text for record in result.records for text in _texts(record)]
    kept += [reject.detail or "" for reject in result.rejects]
    kept += [page.blocks[i].text for i in titles]
    # A row, a field, a byline and a source line become values of another form; that they are
    # read at all is what the tests of the records show.
    other_form = {Role.ROW, Role.FIELD, Role.DATE, Role.SOURCE}
    shown = [
        without_noise([page.blocks[i].text])[0]
        for i in range(titles[-1] + 1, inside.end)
        if frame.roles[i] in HELD - other_form
    ]
    return _words(shown) - _words(kept) - LABEL_WORDS


@given(st.one_of(HTML, LINES), ADDRESSES)
def test_no_word_of_the_titles_container_is_lost(body: str, url: str | None) -> None:
    result = _extract(body, url)
    if result is not None:
        assert not lost_words(result)


@given(st.lists(WORDS, max_size=8), st.sampled_from(("p", "div", "li", "td", "h3")))
def test_no_word_below_a_title_is_lost(lines: list[str], tag: str) -> None:
    body = "".join(f"<{tag}>{line}</{tag}>" for line in lines)
    title = "<h2>Government News</h2><h1>Pond drained 2024-03-04</h1>"
    html = f"<html><body><div>{title}<p>It is dry as a bone.</p>{body}</div></body></html>"
    result = _extract(html, ENGLISH.url)
    assert result is not None
    assert not lost_words(result)


@given(mutated(), ADDRESSES)
def test_no_word_of_a_mutated_page_is_lost(body: bytes, url: str | None) -> None:
    result = _extract(body, url)
    if result is not None:
        assert not lost_words(result)


@pytest.mark.parametrize("sample", _samples(), ids=lambda sample: f"{len(sample)} bytes")
def test_no_word_of_a_recorded_page_is_lost(sample: bytes) -> None:
    """One that cannot be read is rejected as a whole."""
    result = _extract(sample, ENGLISH.url)
    assert result is None or not lost_words(result)
