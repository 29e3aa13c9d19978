"""CDX: questions, answers in two dialects, replay addresses."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shio_scraper.archives.cdx import (
    Broken,
    Dialect,
    NoIndexError,
    Pages,
    Query,
    Resume,
    Row,
    replay_url,
    replayed,
    said,
    stamp,
    time_of,
)

TIME = datetime(2019, 6, 3, 4, 5, 6, tzinfo=UTC)
URL = "http://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=1"
ROW = Row(URL, TIME, "200", "text/html", "ABC")
QUERY = Query("http://host/cdx", "touch.shio.gov.cn", TIME, datetime(2020, 1, 1, tzinfo=UTC))
HEADER = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]
CELLS = ["key", "20190603040506", URL, "text/html", "200", "ABC", "12"]
OBJECT = {
    "urlkey": "key", "timestamp": "20190603040506", "url": URL, "mime": "text/html",
    "status": "200", "digest": "ABC", "filename": "a.warc.gz", "offset": "7", "length": "12",
}  # fmt: skip


def asked(address: str) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(address).query).items()}


def test_questions() -> None:
    whole = {"url": "touch.shio.gov.cn", "matchType": "host", "output": "json",
             "from": "20190603040506", "to": "20200101000000"}  # fmt: skip
    assert asked(QUERY.pages()) == whole | {"showNumPages": "true"}
    narrowed = whole | {"collapse": "digest"}
    assert asked(QUERY.page(3)) == narrowed | {"filter": "~status:(200|-)?$", "page": "3"}
    assert asked(QUERY.resume("a b")) == narrowed | {
        "filter": "statuscode:(200|-)",
        "limit": "5000",
        "showResumeKey": "true",
        "resumeKey": "a b",
    }
    assert "resumeKey" not in asked(QUERY.resume(None))
    assert QUERY.page(0).startswith("http://host/cdx?")


def test_halves_hold_every_second_once() -> None:
    halves = QUERY.halves()
    assert halves
    first, second = halves
    assert (first.first, second.last) == (QUERY.first, QUERY.last)
    assert second.first - first.last == timedelta(seconds=1)
    assert Query("", "", TIME, TIME).halves() is None
    two = Query("", "", TIME, TIME + timedelta(seconds=1)).halves()
    assert two
    assert [half.first for half in two] == [half.last for half in two]


def test_arrays_below_a_header() -> None:
    answer = json.dumps([HEADER, CELLS, [], ["cn,gov)/ 2019"]])
    row = Row(URL, TIME, "200", "text/html", "ABC", length=12)
    assert list(said(answer)) == [Dialect.ARRAYS, row, Resume("cn,gov)/ 2019")]


def test_objects_line_by_line() -> None:
    answer = "".join(json.dumps(OBJECT | {"source": "x"}) + "\n" for _ in range(2))
    row = Row(URL, TIME, "200", "text/html", "ABC", "a.warc.gz", 7, 12)
    assert list(said(answer)) == [Dialect.OBJECTS, row, row]


@pytest.mark.parametrize(
    ("answer", "pieces"),
    [
        ("", []),
        ("[]", []),
        ("\n", []),
        ("12\n", [Pages(12, Dialect.ARRAYS)]),
        ('[["numpages"],["12"]]', [Pages(12, Dialect.ARRAYS)]),
        ('{"pages": 3, "pageSize": 5, "blocks": 12}', [Pages(3, Dialect.OBJECTS)]),
        ('{"message": "No Captures found for: x"}', []),
        ('{"error": "Overloaded"}', [Broken("the server says 'Overloaded'")]),
        (json.dumps([HEADER]), [Dialect.ARRAYS]),
    ],
)
def test_answers_without_rows(answer: str, pieces: list[object]) -> None:
    assert list(said(answer)) == pieces


def test_a_revisit_has_no_status() -> None:
    revisit = {name: OBJECT[name] for name in ("timestamp", "url")} | {"mime": "warc/revisit"}
    (_, row) = said(json.dumps(revisit))
    assert isinstance(row, Row)
    assert (row.status, row.mime, row.digest) == ("-", "warc/revisit", "-")


@pytest.mark.parametrize("answer", ["<html>", "Internal error", "null", "99999999999999999999"])
def test_what_is_no_index(answer: str) -> None:
    with pytest.raises(NoIndexError):
        said(answer)


@pytest.mark.parametrize(
    "change",
    [
        {"timestamp": "2019"},
        {"timestamp": "20190230000000"},
        {"timestamp": "２０１９０６０３０４０５０６"},
        {"url": ""},
    ],
)
def test_a_row_without_address_or_time_is_broken(change: dict[str, str]) -> None:
    pieces = list(said(json.dumps(OBJECT | change) + "\n" + json.dumps(OBJECT)))
    assert [type(piece) for piece in pieces] == [Dialect, Broken, Row]


def test_after_a_broken_line_the_next_is_read() -> None:
    lines = [json.dumps(OBJECT), json.dumps(OBJECT)[:50], json.dumps(OBJECT), "[[[["]
    pieces = list(said("\n".join(lines)))
    assert [type(piece) for piece in pieces] == [Dialect, Row, Broken, Row, Broken]


@pytest.mark.parametrize("cut", range(2, len(json.dumps([HEADER, CELLS])), 7))
def test_an_answer_that_is_cut_off_says_so(cut: int) -> None:
    pieces = list(said(json.dumps([HEADER, CELLS])[:cut]))
    assert any(isinstance(piece, Broken) for piece in pieces)


@given(st.text(alphabet=st.sampled_from('[]{},:"\n 019a-'), max_size=60) | st.text(max_size=60))
def test_no_answer_breaks_the_reader(answer: str) -> None:
    try:
        pieces = list(said(answer))
    except NoIndexError:
        return
    assert all(isinstance(p, Row | Pages | Resume | Broken | Dialect) for p in pieces)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from([*OBJECT, "pages", "error", "x"]), inner, max_size=4
    ),
    max_leaves=8,
)  # fmt: skip


@given(st.lists(JSON, max_size=4), st.booleans())
def test_no_json_breaks_the_reader(values: list[object], lined: bool) -> None:  # noqa: FBT001
    answer = "\n".join(map(json.dumps, values)) if lined else json.dumps([HEADER, *values])
    try:
        list(said(answer))
    except NoIndexError:
        assert lined


def test_stamps() -> None:
    assert time_of("20190603040506") == TIME
    assert stamp(TIME) == "20190603040506"
    assert time_of("2019060304050") is None


BASE = "http://web.example/web/"


def test_a_replay_and_back() -> None:
    url = replay_url(BASE, ROW)
    assert url == f"{BASE}20190603040506id_/{URL}"
    assert replayed(BASE, url) == (URL, TIME)
    assert replayed(BASE, url.replace("http:", "https:", 1)) == (URL, TIME)


@pytest.mark.parametrize(
    "url",
    [
        f"{BASE}20190603040506/{URL}",
        f"{BASE}2019id_/{URL}",
        f"http://other.example/web/20190603040506id_/{URL}",
        BASE,
        URL,
    ],
)
def test_what_is_no_raw_replay(url: str) -> None:
    assert replayed(BASE, url) is None
