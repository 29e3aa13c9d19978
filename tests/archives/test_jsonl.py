"""Collections of pages as JSON Lines, plain and compressed."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import zstandard
from hypothesis import example, given
from hypothesis import strategies as st

from shio_scraper import archives
from shio_scraper.archives.reading import ArchiveError, Columns, Options, Skipped
from shio_scraper.archives.sources import Source
from shio_scraper.items import ArchivePosition
from shio_scraper.pages import UnreadableError
from shio_scraper.pages import read as read_page
from tests.archives.tables import (
    PAGE,
    PRIVATE,
    captures,
    compressed,
    details,
    elsewhere,
    jsonl,
    page,
    read,
    rejects,
    urls,
    write_jsonl,
)

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("pages.jsonl", "pages.jsonl.gz", "PAGES.JSONL.ZST")


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    return tmp_path / "pages.jsonl"


# Rows


@pytest.mark.parametrize("name", NAMES)
def test_the_portal_s_pages_in_their_order(tmp_path: Path, name: str) -> None:
    rows = [elsewhere(1), page(1), page(2) | {"url": PRIVATE}, page(3), elsewhere(2)]
    found = read(write_jsonl(tmp_path / name, rows))
    other = Skipped.OTHER_SITE
    assert [f if isinstance(f, Skipped) else "page" for f in found] == [
        other, "page", Skipped.PRIVATE, "page", other,
    ]  # fmt: skip
    assert urls(found) == ["1", "3"]
    assert captures(found)[0].body == "The text of page 1"


def test_a_capture_says_what_the_row_says(pages: Path) -> None:
    write_jsonl(pages, [page(1, text="a <b> b", timestamp="2016-01-02T03:04:05Z")])
    (capture,) = captures(read(pages))
    assert capture.content_type == "text/plain"
    assert capture.fetched_at == datetime(2016, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert capture.fetched_url is None
    assert [block.text for block in read_page(capture).blocks] == ["a <b> b"]


@pytest.mark.parametrize(
    ("more", "body", "kind"),
    [
        ({"html": "<p>H"}, "<p>H", "text/html"),
        ({"html": None}, "The text of page 1", "text/plain"),
        ({"html": ""}, "The text of page 1", "text/plain"),
        ({"content": "C"}, "The text of page 1", "text/plain"),
        ({"content": "C", "text": None}, "C", None),
    ],
)
def test_the_text_that_keeps_most(pages: Path, more: Any, body: str, kind: str | None) -> None:
    (capture,) = captures(read(write_jsonl(pages, [page(1, **more)])))
    assert (capture.body, capture.content_type) == (body, kind)


def test_the_first_date_that_is_one(pages: Path) -> None:
    rows = [
        page(1, date="2016-01-02", timestamp="2020-01-01"),
        page(2, date=None, timestamp=1451692800),
        page(3, date="in spring", timestamp="20160102000000"),
        page(4, date="in spring"),
    ]
    dates = [c.fetched_at for c in captures(read(write_jsonl(pages, rows)))]
    assert dates == [datetime(2016, 1, 2, tzinfo=UTC)] * 3 + [None]


def test_rows_that_are_no_page(pages: Path) -> None:
    rows = [
        page(1, text=""),
        page(2, text=None),
        {"text": "No address"},
        {"url": None, "text": None},
        {"url": " ", "text": "An empty address"},
        {"url": f"{PAGE}6"},
        page(7, text=["a", "list"]),
        page(8, url=8),
        page(9, url="http://" + 9000 * "x"),
    ]
    found = read(write_jsonl(pages, rows))
    assert [c.body for c in captures(found)] == ["No address", "An empty address"]
    assert urls(found) == [None, None]
    read_, broken = "read", "broken_record"
    assert rejects(found) == [
        (read_, "empty"), (read_, "empty"), (read_, broken), (read_, "empty"),
        (read_, broken), (read_, broken), (read_, broken),
    ]  # fmt: skip
    assert details(found)[0] == f"{pages}: line 1: no text"
    assert details(found)[4] == f"{pages}: line 7: its text is list, not text"


def test_the_reject_of_an_empty_page_names_it(pages: Path) -> None:
    (found,) = read(write_jsonl(pages, [page(1, text="", date="2016-01-02")]))
    assert getattr(found, "url", "").endswith("?id=1")
    assert getattr(found, "fetched_at", None) == datetime(2016, 1, 2, tzinfo=UTC)


def test_half_a_character_pair_can_be_written_again(pages: Path) -> None:
    pages.write_bytes(
        rb'{"url": "http://touch.shio.gov.cn/?a=\ud83d", "text": "x\ud83dy\ud83d\ude00"}'
    )
    (capture,) = captures(read(pages))
    assert capture.body == "x\ufffdy\U0001f600"
    assert capture.url
    capture.url.encode()


# Columns


def test_columns_as_arguments(pages: Path) -> None:
    rows = [{"Link": f"{PAGE}1", "raw": "<p>x</p>", "url": "not this", "seen": 1451703845}]
    columns = Columns(url="link", html="raw", date="seen")
    (capture,) = captures(read(write_jsonl(pages, rows), columns))
    assert (capture.url, capture.content_type) == (f"{PAGE}1", "text/html")
    assert capture.fetched_at == datetime(2016, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_a_file_without_the_columns_is_one_reject(pages: Path) -> None:
    found = read(write_jsonl(pages, [{"id": n, "title": "x"} for n in range(500)]))
    assert rejects(found) == [("read", "no_column")]
    (detail,) = details(found)
    assert detail.startswith(f"{pages}: no text or HTML column; it has: id, title; give text_col")
    assert detail.endswith("; lines not read: 500")
    assert len(found) == 1


def test_a_file_without_the_named_address_is_not_read(pages: Path) -> None:
    found = read(write_jsonl(pages, [page(1), page(2)]), Columns(url="link"))
    assert rejects(found) == [("read", "no_column")]
    assert "no column 'link' (url_column); it has: url, text" in details(found)[0]
    assert not captures(found)


def test_a_named_date_that_is_missing_costs_the_date(pages: Path) -> None:
    found = read(write_jsonl(pages, [page(1), page(2)]), Columns(date="seen"))
    assert urls(found) == ["1", "2"]
    assert rejects(found) == [("read", "no_column")]


def test_a_row_may_leave_out_what_is_null(pages: Path) -> None:
    rows = [page(1, seen="2016-01-02"), {"url": f"{PAGE}2"}, {"text": "Alone"}, page(3)]
    found = read(write_jsonl(pages, rows), Columns(url="url", date="seen"))
    assert urls(found) == ["1", None, "3"]
    assert rejects(found) == [("read", "empty")]


def test_a_column_that_comes_late(pages: Path) -> None:
    rows = [{"url": f"{PAGE}1"}, {"url": f"{PAGE}2"}, page(3)]
    found = read(write_jsonl(pages, rows))
    assert urls(found) == ["3"]
    assert rejects(found) == [("read", "no_column")]
    assert details(found)[0].endswith("lines not read: 2")


# Lines


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + jsonl([page(1), page(2)]),
        jsonl([page(1), page(2)], end=b"\r\n"),
        jsonl([page(1), page(2)], end=b"\n\n \t\n\r\n"),
        jsonl([page(1), page(2)]).removesuffix(b"\n"),
        jsonl([page(1)]) + b"\xef\xbb\xbf" + jsonl([page(2)]),
    ],
)
def test_line_ends_and_marks(pages: Path, data: bytes) -> None:
    pages.write_bytes(data)
    found = read(pages)
    assert urls(found) == ["1", "2"]
    assert not rejects(found)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_holds_nothing(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(compressed(data, name))
    assert read(path) == []
    path.write_bytes(b"")
    assert read(path) == []


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"url": "cut of', "no JSON: Unterminated string"),
        (b"not JSON", "no JSON"),
        (b"[1, 2]", "list, not an object"),
        (b"null", "NoneType, not an object"),
        (b'"text"', "str, not an object"),
        (b"[" * 200_000, "no JSON"),
        (b'{"n": ' + b"9" * 5000 + b"}", "no JSON"),
        (b"\x00\xff\xfe", "no JSON"),
    ],
)
def test_a_broken_line_costs_itself(pages: Path, line: bytes, why: str) -> None:
    pages.write_bytes(jsonl([page(1)]) + line + b"\n" + jsonl([page(2)]))
    found = read(pages)
    assert urls(found) == ["1", "2"]
    assert rejects(found) == [("read", "broken_record")]
    assert f"{pages}: line 2: {why}" in details(found)[0]


def test_bytes_that_are_no_utf_8_cost_their_characters(pages: Path) -> None:
    pages.write_bytes(
        jsonl([page(1, text=f"Tea \u4e2d {'word ' * 50}")]).replace(b"Tea", b"T\xffa")
    )
    (capture,) = captures(read(pages))
    assert read_page(capture).notes == {"characters_lost": 1}


def test_a_control_character_in_a_string_costs_no_line(pages: Path) -> None:
    pages.write_bytes(jsonl([page(1)]).replace(b"text of", b"text\tof"))
    assert urls(read(pages)) == ["1"]


@pytest.mark.parametrize("name", NAMES)
def test_a_line_over_the_limit_is_passed(tmp_path: Path, name: str) -> None:
    rows = [page(1), page(2, text="x" * 500_000), page(3), page(4, text="x" * 5_000)]
    path = write_jsonl(tmp_path / name, rows)
    found = read(path, max_page=1000)
    assert urls(found) == ["1", "3"]
    assert rejects(found) == [("read", "too_large")] * 2
    size = len(jsonl(rows[1:2])) - 1
    assert details(found)[0] == f"{path}: line 2: {size} bytes, more than 4000"


def test_a_line_of_just_the_limit_is_read(pages: Path) -> None:
    for size, expected in ((4000, ["1", "2"]), (4001, ["1"])):
        around = len(jsonl([page(2, text="")])) - 1
        pages.write_bytes(jsonl([page(1), page(2, text="x" * (size - around))]))
        assert urls(read(pages, max_page=1000)) == expected


def test_a_page_over_the_limit_in_a_line_within_it(pages: Path) -> None:
    write_jsonl(pages, [page(1, text="x" * 2000)])
    (capture,) = captures(read(pages, max_page=1000))
    with pytest.raises(UnreadableError, match="too_large"):
        read_page(capture, max_page=1000)


# Compression


def test_members_and_frames_follow_one_another(tmp_path: Path) -> None:
    first, second = jsonl([page(1)])[:-9], jsonl([page(1)])[-9:] + jsonl([page(2)])
    for name in ("pages.jsonl.gz", "pages.jsonl.zst"):
        path = tmp_path / name
        path.write_bytes(b"".join(compressed(part, name) for part in (first, b"", second)))
        found = read(path)
        assert urls(found) == ["1", "2"]
        assert not rejects(found)


def test_zstd_that_looks_far_back_and_skips(tmp_path: Path) -> None:
    path = tmp_path / "pages.jsonl.zst"
    how = zstandard.ZstdCompressionParameters.from_level(
        3, window_log=30, enable_ldm=True, write_checksum=True
    )
    skippable = b"\x50\x2a\x4d\x18\x04\x00\x00\x00note"
    rows = jsonl([page(n) for n in range(2000)])
    data = zstandard.ZstdCompressor(compression_params=how).compressobj()
    path.write_bytes(skippable + data.compress(rows) + data.flush() + skippable)
    found = read(path)
    assert len(captures(found)) == 2000
    assert not rejects(found)


@pytest.mark.parametrize("name", NAMES[1:])
def test_a_cut_off_file_gives_what_can_be_read(tmp_path: Path, name: str) -> None:
    rows = [page(n, text=f"{n} {n * 7919 % 10007} {'x' * (n % 50)}") for n in range(20_000)]
    path = write_jsonl(tmp_path / name, rows)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    found = read(path)
    expected = [str(n) for n in range(20_000)]
    read_ = urls(found)
    assert 1000 < len(read_) < 20_000
    assert read_ == expected[: len(read_)]
    assert rejects(found) == [("read", "broken_record")]
    assert f"{path}: damaged or cut off after line {len(read_)}: " in details(found)[0]


@pytest.mark.parametrize("name", NAMES[1:])
def test_what_is_not_compressed_at_all(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(jsonl([page(1)]))
    assert rejects(read(path)) == [("read", "broken_record")]


@pytest.mark.parametrize("name", NAMES)
def test_an_unreadable_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.symlink_to("nowhere")
    found = read(path)
    assert rejects(found) == [("read", "unreadable_file")]
    assert details(found) == [f"{path}: No such file or directory"]


# Damage

ROWS = [page(n, text=f"Text {n}: {'word ' * n}") for n in range(30)]
PLAIN = jsonl(ROWS)


@given(
    flips=st.lists(
        st.tuples(st.integers(0, len(PLAIN) - 1), st.integers(0, 255)), min_size=1, max_size=5
    )
)
def test_lines_that_no_flip_touched_are_found(tmp_path_factory: Any, flips: Any) -> None:
    data = bytearray(PLAIN)
    for at, byte in flips:
        data[at] = byte
    path = tmp_path_factory.mktemp("flips") / "pages.jsonl"
    path.write_bytes(data)
    found = {(c.url, c.body) for c in captures(read(path))}
    there = set(bytes(data).split(b"\n"))
    whole = [row for row, line in zip(ROWS, PLAIN.splitlines(), strict=True) if line in there]
    assert {(row["url"], row["text"]) for row in whole} <= found


@pytest.mark.parametrize("name", NAMES[1:])
@given(data=st.data())
def test_damage_to_what_is_compressed(tmp_path_factory: Any, name: str, data: Any) -> None:
    """Never an exception; in front of the damage every line is found."""
    parts = [compressed(jsonl([row]), name) for row in ROWS]
    whole = b"".join(parts)
    at = data.draw(st.integers(0, len(whole) - 1))
    damaged = bytearray(whole[: data.draw(st.sampled_from((at, len(whole))))])
    if len(damaged) > at:
        damaged[at] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("damage") / name
    path.write_bytes(damaged)
    intact, size = 0, 0
    while size + len(parts[intact]) <= at:
        size += len(parts[intact])
        intact += 1
    found = read(path)
    assert urls(found)[:intact] == [str(n) for n in range(intact)]


@given(st.binary(max_size=400), st.sampled_from(NAMES))
@example(b"\x1f\x8b\x08\x00", NAMES[1])
@example(b"\x28\xb5\x2f\xfd", NAMES[2])
def test_any_bytes(tmp_path_factory: Any, data: bytes, name: str) -> None:
    path = tmp_path_factory.mktemp("any") / name
    path.write_bytes(data)
    assert not captures(read(path))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@given(st.lists(st.dictionaries(st.sampled_from(("url", "text", "html", "date", "x")), JSON)))
def test_any_values(tmp_path_factory: Any, rows: list[Any]) -> None:
    path = tmp_path_factory.mktemp("values") / "pages.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    read_back = captures(read(path))
    assert len(read_back) <= len(rows)
    for capture in read_back:
        assert isinstance(capture.body, str)
        capture.body.encode()


# Places


@pytest.mark.parametrize("name", NAMES)
def test_a_place_leads_back_to_its_line(tmp_path: Path, name: str) -> None:
    data = b"\xef\xbb\xbf" + jsonl(ROWS[:3], end=b"\r\n") + b"\n" + jsonl(ROWS[3:])
    path = tmp_path / name
    path.write_bytes(compressed(data.removesuffix(b"\n"), name))
    found = captures(read(path))
    assert len(found) == len(ROWS)
    for number, capture in enumerate(found, 1):
        at = capture.archive
        assert at
        assert (at.file, at.record_id) == (name, f"line:{number + (number > 3)}")
        line = data[at.offset : at.offset + at.length]
        assert json.loads(line.decode("utf-8-sig")) == ROWS[number - 1]
        assert archives.read_at(Source(path), at, Options()) == capture


def test_a_place_is_read_with_the_same_columns(pages: Path) -> None:
    columns = Columns(url="link", text="body")
    write_jsonl(pages, [{"link": f"{PAGE}1", "body": "One"}])
    (capture,) = captures(read(pages, columns))
    assert capture.archive
    options = Options(columns=columns)
    assert archives.read_at(Source(pages), capture.archive, options) == capture


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("offset", "length"), [(1, 10), (0, 10), (0, 10**12), (10**9, 5), (0, 0), (0, 200)]
)
def test_a_place_where_no_line_is(tmp_path: Path, name: str, offset: int, length: int) -> None:
    path = write_jsonl(tmp_path / name, ROWS)
    place = ArchivePosition(file=name, offset=offset, length=length, record_id="line:1")
    with pytest.raises(ArchiveError, match=r"no page of \d+ bytes at byte \d+$"):
        archives.read_at(Source(path), place, Options())


@pytest.mark.parametrize(("offset", "more"), [(5, 0), (0, 1), (0, 100)])
def test_a_place_that_is_a_part_of_a_line_or_goes_on_past_it(
    pages: Path, offset: int, more: int
) -> None:
    size = len(write_jsonl(pages, ROWS[:1]).read_bytes()) - 1
    pages.write_bytes(pages.read_bytes()[:size])
    place = ArchivePosition(
        file=pages.name, offset=offset, length=size - offset + more, record_id="line:1"
    )
    with pytest.raises(ArchiveError, match=r"no page of \d+ bytes at byte \d+$"):
        archives.read_at(Source(pages), place, Options())


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (elsewhere(1), "other_site"),
        (page(1, text=""), "no text"),
        ([], "list, not an object"),
        (page(1, text=5), "its text is int, not text"),
    ],
)
def test_a_place_that_holds_no_page(pages: Path, row: Any, why: str) -> None:
    length = len(write_jsonl(pages, [row]).read_bytes()) - 1
    place = ArchivePosition(file=pages.name, offset=0, length=length, record_id="line:1")
    with pytest.raises(ArchiveError, match=why):
        archives.read_at(Source(pages), place, Options())


def test_a_place_in_a_file_that_is_gone_or_damaged(tmp_path: Path) -> None:
    path = tmp_path / "pages.jsonl.gz"
    place = ArchivePosition(file=path.name, offset=10**6, length=9, record_id="line:1")
    with pytest.raises(ArchiveError, match="No such file"):
        archives.read_at(Source(path), place, Options())
    path.write_bytes(gzip.compress(PLAIN)[:-20])
    with pytest.raises(ArchiveError, match="damaged or cut off"):
        archives.read_at(Source(path), place, Options())


def test_the_names_that_are_known(tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.JSONL.gz", "a.b.jsonl.zst"):
        assert archives.format_of(tmp_path / name) == "jsonl"
    assert archives.format_of(tmp_path / "a.json") is None


@pytest.mark.parametrize("form", ["<{}>", " < {} > ", "<{}", "{}"])
def test_an_address_in_angle_brackets_or_without_its_scheme(pages: Path, form: str) -> None:
    rows = [
        page(1, url=form.format(f"{PAGE}1")),
        page(2, url=form.format(f"{PAGE}2".removeprefix("http:"))),
    ]
    rows += [page(3, url=form.format(f"{PAGE}3".partition("//")[2]))]
    found = urls(read(write_jsonl(pages, rows)))
    assert [url.rpartition("=")[2] for url in found if url] == ["1", "2", "3"]
