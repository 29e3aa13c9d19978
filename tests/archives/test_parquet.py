"""Collections of pages as Parquet."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet as arrow

from shio_scraper import archives
from shio_scraper.archives import parquet
from shio_scraper.archives.reading import ArchiveError, Columns, Options, Skipped
from shio_scraper.archives.sources import Source
from shio_scraper.items import ArchivePosition, Reject
from shio_scraper.pages import read as read_page
from tests.archives.tables import (
    PAGE,
    PRIVATE,
    captures,
    details,
    elsewhere,
    page,
    read,
    rejects,
    urls,
    write_parquet,
)

if TYPE_CHECKING:
    from pathlib import Path

THEN = datetime(2016, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
CUT = THEN.replace(microsecond=0)


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    return tmp_path / "pages.parquet"


# Rows


def test_the_portal_s_pages_in_their_order(pages: Path) -> None:
    rows = [elsewhere(1), page(1), page(2) | {"url": PRIVATE}, page(3), *map(elsewhere, range(9))]
    found = read(write_parquet(pages, rows, row_group_size=4))
    other = Skipped.OTHER_SITE
    assert [f if isinstance(f, Skipped) else "page" for f in found] == [
        other, "page", Skipped.PRIVATE, "page", *[other] * 9,
    ]  # fmt: skip
    assert urls(found) == ["1", "3"]
    assert captures(found)[0].body == "The text of page 1"


@pytest.mark.parametrize(
    "kind",
    [
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.dictionary(pa.int32(), pa.string()),
        pa.binary(),
        pa.large_binary(),
    ],
)
def test_every_type_of_text(pages: Path, kind: pa.DataType) -> None:
    rows = [page(1), elsewhere(1), page(2, text="Tea \u8336"), page(3, text=None)]
    columns = {
        name: pa.array([row[name] for row in rows], pa.string()).cast(kind)
        for name in ("url", "text")
    }
    found = read(write_parquet(pages, pa.table(columns)))
    assert urls(found) == ["1", "2"]
    assert rejects(found) == [("read", "empty")]
    body = captures(found)[1].body
    assert body == ("Tea \u8336".encode() if "binary" in str(kind) else "Tea \u8336")


def test_bytes_of_another_charset_go_to_the_page_reader(pages: Path) -> None:
    text = "\u4e0a\u6d77\u7684\u6e21\u8f6e\u65b0\u7ebf\u8def\u5f00\u901a\u4e86"
    (capture,) = captures(read(write_parquet(pages, [page(1, text=None, html=text.encode("gbk"))])))
    assert capture.content_type == "text/html"
    assert [block.text for block in read_page(capture).blocks] == [text]


def test_text_that_is_no_utf_8_costs_its_characters(pages: Path) -> None:
    bad = pa.StringArray.from_buffers(
        1, pa.py_buffer(b"\0\0\0\0\x11\0\0\0"), pa.py_buffer(b"broken \xff bytes in")
    )
    write_parquet(pages, pa.table({"url": [f"{PAGE}1"], "text": bad}))
    (capture,) = captures(read(pages))
    assert capture.body == "broken \ufffd bytes in"


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([THEN], pa.timestamp("ns", "Asia/Shanghai"), CUT),
        ([THEN], pa.timestamp("us", "No/Where"), CUT),
        ([THEN.replace(tzinfo=None)], pa.timestamp("ms"), CUT),
        ([CUT.replace(tzinfo=None)], pa.timestamp("s"), CUT),
        ([1451703845_678_000_001], pa.timestamp("ns"), CUT),
        ([2**50], pa.timestamp("s"), None),
        ([date(2016, 1, 2)], pa.date32(), datetime(2016, 1, 2, tzinfo=UTC)),
        ([date(2016, 1, 2)], pa.date64(), datetime(2016, 1, 2, tzinfo=UTC)),
        (["2016-01-02T03:04:05Z"], pa.string(), CUT),
        ([b"20160102030405"], pa.binary(), CUT),
        ([20160102030405], pa.int64(), CUT),
        ([1451703845.7], pa.float64(), CUT),
        ([["2016-01-02"]], pa.list_(pa.string()), None),
        ([True], pa.bool_(), None),
        ([None], pa.timestamp("ns"), None),
        ([None], pa.null(), None),
    ],
)
def test_every_type_of_date(
    pages: Path, values: list[Any], kind: pa.DataType, expected: datetime | None
) -> None:
    table = pa.table({"url": [f"{PAGE}1"], "text": ["x"], "date": pa.array(values, kind)})
    (capture,) = captures(read(write_parquet(pages, table)))
    assert capture.fetched_at == expected


def test_dates_as_older_writers_have_them(pages: Path) -> None:
    dates = pa.array([THEN], pa.timestamp("us"))
    table = pa.table({"url": [f"{PAGE}1"], "text": ["x"], "date": dates})
    write_parquet(pages, table, use_deprecated_int96_timestamps=True)
    (capture,) = captures(read(pages))
    assert capture.fetched_at == CUT


def test_rows_without_an_address_column(pages: Path) -> None:
    found = read(write_parquet(pages, [{"content": "<p>One"}, {"content": None}]))
    assert [(c.body, c.url, c.content_type) for c in captures(found)] == [("<p>One", None, None)]
    assert rejects(found) == [("read", "broken_record")]


# Columns


@pytest.mark.parametrize(
    ("rows", "columns", "why"),
    [
        ([{"url": PAGE, "id": 1}], Columns(), "no text or HTML column; it has: url, id"),
        ([page(1)], Columns(url="link"), "no column 'link' (url_column); it has: url, text"),
        ([page(1)], Columns(date="seen"), "no column 'seen' (date_column)"),
        ([{"url": PAGE, "text": 5}], Columns(), "no text or HTML column; it has: url, text"),
        ([{"url": PAGE, "text": [{"a": "b"}]}], Columns(), "no text or HTML column"),
    ],
)
def test_a_file_without_the_columns_is_one_reject(
    pages: Path, rows: list[Any], columns: Columns, why: str
) -> None:
    found = read(write_parquet(pages, rows * 100), columns)
    assert rejects(found) == [("read", "no_column")]
    assert len(found) == 1
    assert details(found)[0].startswith(f"{pages}: {why}")


def test_only_the_columns_that_are_asked_for(pages: Path) -> None:
    """Another column's damage costs nothing: it is never read."""
    rows = [page(n, other=str(n) * 4000) for n in range(5)]
    write_parquet(pages, rows, compression="none", use_dictionary=False, write_page_checksum=True)
    data = bytearray(pages.read_bytes())
    at = data.index(b"3" * 4000)
    data[at : at + 4000] = b"?" * 4000
    pages.write_bytes(data)
    assert urls(read(pages)) == ["0", "1", "2", "3", "4"]
    assert rejects(read(pages, Columns(text="other"))) == [("read", "broken_record")]


def test_texts_of_other_sites_are_not_read(pages: Path) -> None:
    rows = [elsewhere(n) | {"text": str(n) * 4000} for n in range(5)]
    write_parquet(pages, rows, compression="none", use_dictionary=False, write_page_checksum=True)
    data = pages.read_bytes()
    pages.write_bytes(data.replace(b"3" * 4000, b"?" * 4000))
    assert read(pages) == [Skipped.OTHER_SITE] * 5


def test_names_with_dots_and_names_that_stand_twice(pages: Path) -> None:
    table = pa.Table.from_arrays(
        [pa.array([f"{PAGE}1"]), pa.array(["first"]), pa.array(["second"])],
        names=["page.url", "text", "text"],
    )
    (capture,) = captures(read(write_parquet(pages, table), Columns(url="Page.URL")))
    assert (capture.url, capture.body) == (f"{PAGE}1", "first")


# Damage

ROWS = [page(n, text=f"Text {n}: {'word ' * n}") for n in range(60)]


def written(**how: Any) -> bytes:
    data = io.BytesIO()
    arrow.write_table(pa.Table.from_pylist(ROWS), data, row_group_size=20, **how)
    return data.getvalue()


WHOLE = written(write_page_checksum=True)
KINDS = (
    WHOLE,
    written(compression="zstd", data_page_version="2.0"),
    written(compression="none", use_dictionary=False),
)


def test_a_damaged_row_group_costs_itself(pages: Path) -> None:
    groups = arrow.ParquetFile(io.BytesIO(WHOLE)).metadata
    second = groups.row_group(1).column(1)
    data = bytearray(WHOLE)
    data[second.data_page_offset + second.total_compressed_size // 2] ^= 1
    pages.write_bytes(data)
    found = read(pages)
    assert urls(found) == [str(n) for n in (*range(20), *range(40, 60))]
    assert rejects(found) == [("read", "broken_record")]
    assert f"{pages}: row group 1 (rows 20 to 39): " in details(found)[0]
    assert len(details(found)[0].splitlines()) == 1


@given(
    st.sampled_from(KINDS),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
    st.none() | st.floats(0, 1),
)
def test_damage_is_a_reject(tmp_path_factory: Any, whole: bytes, flips: Any, cut: Any) -> None:
    path = tmp_path_factory.mktemp("damage") / "pages.parquet"
    data = bytearray(whole)
    for at, byte in flips:
        data[int(at * len(data))] = byte
    kept = len(data) if cut is None else max(1, int(cut * len(data)))
    path.write_bytes(data[:kept])
    found = read(path)
    assert {reason for _, reason in rejects(found)} <= {"broken_record", "no_column", "empty"}
    if kept < len(whole):
        assert rejects(found) == [("read", "broken_record")]
    elif data == whole:
        assert len(captures(found)) == len(found) == len(ROWS)


@pytest.mark.parametrize("data", [WHOLE[:-1], WHOLE[: len(WHOLE) // 2], b"PAR1", b"no Parquet"])
def test_a_file_that_is_no_whole_parquet(pages: Path, data: bytes) -> None:
    pages.write_bytes(data)
    found = read(pages)
    assert rejects(found) == [("read", "broken_record")]
    assert details(found)[0].startswith(f"{pages}: ")


def test_an_empty_file_and_an_empty_table_hold_nothing(pages: Path) -> None:
    pages.write_bytes(b"")
    assert read(pages) == []
    schema = pa.schema([("url", pa.string()), ("text", pa.string())])
    assert read(write_parquet(pages, schema.empty_table())) == []


def test_an_unreadable_file(pages: Path) -> None:
    pages.symlink_to("nowhere")
    assert rejects(read(pages)) == [("read", "unreadable_file")]
    assert details(read(pages)) == [f"{pages}: No such file or directory"]


# Places


def test_a_place_leads_back_to_its_row(pages: Path) -> None:
    columns = Columns(text="body")
    rows = [{"url": row["url"], "body": row["text"]} for row in (elsewhere(1), *ROWS)]
    write_parquet(pages, rows, row_group_size=7)
    found = captures(read(pages, columns))
    assert len(found) == len(ROWS)
    for number, capture in enumerate(found, 1):
        at = capture.archive
        size = pages.stat().st_size
        assert at == ArchivePosition(
            file="pages.parquet", offset=0, length=size, record_id=f"row:{number}"
        )
        assert archives.read_at(Source(pages), at, Options(columns=columns)) == capture


def test_a_place_needs_its_row_group_alone(pages: Path) -> None:
    test_a_damaged_row_group_costs_itself(pages)
    size = pages.stat().st_size
    for row, expected in ((19, True), (25, False), (40, True)):
        at = ArchivePosition(file=pages.name, offset=0, length=size, record_id=f"row:{row}")
        if expected:
            assert archives.read_at(Source(pages), at, Options()).url == f"{PAGE}{row}"
        else:
            with pytest.raises(ArchiveError, match=r"row group 1 \(rows 20 to 39\): \S"):
                archives.read_at(Source(pages), at, Options())


@pytest.mark.parametrize(
    ("record_id", "why"),
    [
        ("row:2", "row:2: no page of 0 bytes"),
        ("row:-1", "row:-1: no page"),
        ("line:1", "line:1: no page"),
        ("row:1", "other_site"),
    ],
)
def test_a_place_that_holds_no_page(pages: Path, record_id: str, why: str) -> None:
    write_parquet(pages, [page(1), elsewhere(1)])
    at = ArchivePosition(file=pages.name, offset=0, length=0, record_id=record_id)
    with pytest.raises(ArchiveError, match=why):
        archives.read_at(Source(pages), at, Options())
    with pytest.raises(ArchiveError, match=r"No such file"):
        archives.read_at(Source(pages.with_name("gone.parquet")), at, Options())


def test_the_name_that_is_known(tmp_path: Path) -> None:
    assert archives.format_of(tmp_path / "part-0.snappy.PARQUET") == "parquet"


def _written(path: Path, texts: list[str], **how: Any) -> Path:
    urls = [f"{PAGE}{number}" for number in range(len(texts))]
    arrow.write_table(pa.table({"url": urls, "text": texts}), path, **how)
    return path


def _reasons(path: Path) -> list[str]:
    return [f"{one.reason}: {one.detail}" for one in archives.read(path) if isinstance(one, Reject)]


@pytest.mark.parametrize("compression", ["zstd", "gzip", "snappy", "none"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_what_pages_need_is_known_before_they_are_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compression: str, version: str
) -> None:
    how = {"compression": compression, "data_page_version": version, "row_group_size": 2}
    texts = ["one", "two", "three " * 50_000, "four", "five"]
    path = _written(tmp_path / "a.parquet", texts, **how)
    assert len(captures(archives.read(path))) == 5
    monkeypatch.setattr(parquet, "_PAGES", 250_000)
    found = list(archives.read(path))
    assert [capture.body for capture in captures(found)] == ["one", "two", "five"]
    (reason,) = _reasons(path)
    assert reason.startswith("too_large: ")
    assert "row group 1 (rows 2 to 3)" in reason


def test_a_cell_that_is_no_page_costs_itself(tmp_path: Path) -> None:
    path = _written(tmp_path / "a.parquet", ["one", "x" * 6_000_000, "three"])
    assert [capture.body for capture in captures(archives.read(path))] == ["one", "three"]
    assert _reasons(path) == [f"too_large: {path}: row 1: 6000000 bytes, more than 5000000"]


def test_a_file_of_many_large_pages_is_bounded_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "_FILE", 3_000_000)
    monkeypatch.setattr(parquet, "_RATIO", 0)
    path = _written(tmp_path / "a.parquet", ["many words " * 20_000] * 100, row_group_size=10)
    assert 10 <= len(captures(archives.read(path))) < 15
    (reason,) = _reasons(path)
    assert "row group 1 (rows 10 to 19): the file unpacks to more than it may" in reason
