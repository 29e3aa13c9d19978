"""Records → lines: one record a line whatever its text holds; a failed write leaves whole lines."""

from __future__ import annotations

import json
import os
import resource
import socket
from dataclasses import fields
from io import BytesIO
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Spider

from shio_scraper.feeds import exporters
from shio_scraper.feeds.exporters import LineFileStorage, RecordJsonExporter, RecordLinesExporter
from shio_scraper.items import RECORDS, Article, Reject, type_of
from tests.pipelines.samples import MAKERS, article, having

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HARD = (
    "two\nlines and a\rreturn",
    "line\u2028and paragraph\u2029separators, next\x85line",
    'quotes " and \\ backslashes, {"type": "status"}',
    "emoji 🏙️ 👩‍💻, astral 𠮷, combining e\u0301",
    "控制 \x00 \x1f \x7f",
    "</script><!-- & -->",
)
CLASSES: dict[str, type[Any]] = {type_of(kind): kind for kind in (*RECORDS, Reject)}


def exported(*items: Any) -> bytes:
    file = BytesIO()
    exporter = RecordLinesExporter(file, encoding="utf-8")
    exporter.start_exporting()
    for item in items:
        exporter.export_item(item)
    exporter.finish_exporting()
    return file.getvalue()


@pytest.mark.parametrize("kind", MAKERS)
def test_a_line_gives_the_record_back(kind: str) -> None:
    item = MAKERS[kind]()
    data = exported(item)
    assert msgspec.json.decode(data, type=CLASSES[kind]) == item
    assert list(json.loads(data)) == [field.name for field in fields(item)]


@pytest.mark.parametrize("text", HARD)
def test_hard_texts_stay_on_one_line(text: str) -> None:
    item = having(having(article(), "title", text), "paragraphs", [text, text])
    data = exported(item, item)
    assert data.count(b"\n") == 2
    assert data.endswith(b"\n")
    found = [json.loads(line) for line in data.split(b"\n")[:-1]]
    assert [r["title"] for r in found] == [text, text]
    assert found[0]["paragraphs"] == [text, text]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1))
def test_any_text_makes_the_way_there_and_back(texts: list[str]) -> None:
    items = [having(article(), "title", text) for text in texts]
    data = exported(*items)
    assert data.count(b"\n") == len(texts)
    assert [msgspec.json.decode(line, type=Article) for line in data.split(b"\n")[:-1]] == items


def test_text_is_utf_8_and_not_escaped() -> None:
    data = exported(having(article(), "title", "上海 – “日报” 🏙"))
    assert "上海 – “日报” 🏙".encode() in data


def test_dates_are_iso_8601() -> None:
    found = json.loads(exported(article()))
    assert found["published"] == "2024-03-04"
    assert found["provenance"]["fetched_at"] == "2024-03-05T01:02:03Z"
    assert found["portal_id"] == "20240304101112131"


def test_the_json_exporter_has_the_same_records() -> None:
    file = BytesIO()
    exporter = RecordJsonExporter(file, encoding="utf-8")
    exporter.start_exporting()
    for make in MAKERS.values():
        exporter.export_item(make())
    exporter.finish_exporting()
    expected = [json.loads(exported(make())) for make in MAKERS.values()]
    assert json.loads(file.getvalue()) == expected


# Files


def opened(path: Path, *, overwrite: bool = False, name: str = "jsonlines") -> Any:
    options = {"format": name, "overwrite": overwrite}
    return LineFileStorage(str(path), feed_options=options).open(Spider("any"))


@pytest.fixture
def small_files() -> Iterator[int]:
    """Let no file of this process grow above a page of memory."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    yield 4096
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_each_line_is_in_the_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "all.jsonl"
    file = opened(path)
    for number in range(1, 4):
        file.write(b"line\n")
        assert path.read_bytes() == b"line\n" * number
    file.close()


@pytest.mark.parametrize("overwrite", [True, False])
def test_files_are_appended_to_or_overwritten(tmp_path: Path, *, overwrite: bool) -> None:
    path = tmp_path / "all.jsonl"
    path.write_bytes(b"old\n")
    file = opened(path, overwrite=overwrite)
    file.write(b"new\n")
    file.close()
    assert path.read_bytes() == (b"new\n" if overwrite else b"old\nnew\n")


def test_a_failed_write_leaves_whole_lines(tmp_path: Path, small_files: int) -> None:
    """The line that does not fit is written in part, and taken back."""
    path = tmp_path / "all.jsonl"
    path.write_bytes(b"old\n")
    file = opened(path)
    line = b"x" * 999 + b"\n"
    for _ in range(4):
        file.write(line)
    with pytest.raises(OSError, match="File too large"):
        file.write(line)
    assert path.read_bytes() == b"old\n" + line * 4
    file.write(b"short\n")
    file.close()
    assert path.read_bytes() == b"old\n" + line * 4 + b"short\n"
    assert path.stat().st_size <= small_files


@pytest.mark.parametrize("name", ["jsonlines", "csv"])
def test_a_file_that_was_removed_is_not_stored(tmp_path: Path, name: str) -> None:
    path = tmp_path / "all"
    storage = LineFileStorage(str(path), feed_options={"format": name})
    file = storage.open(Spider("any"))
    file.write(b"line\n")
    path.unlink()
    with pytest.raises(OSError, match="it was removed"):
        storage.store(file)
    assert not path.exists()


def test_a_file_that_was_removed_is_written_no_more(tmp_path: Path) -> None:
    file = opened(tmp_path / "all.jsonl")
    file.write(b"line\n")
    (tmp_path / "all.jsonl").unlink()
    with pytest.raises(OSError, match="it was removed"):
        file.write(b"line\n")
    file.close()


def test_another_format_is_a_file_of_scrapy_s_own(tmp_path: Path) -> None:
    file = opened(tmp_path / "all.json", name="json")
    file.write(b"[]")
    file.close()
    assert os.listdir(tmp_path) == ["all.json"]  # noqa: PTH208


def test_a_silent_ftp_server_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporters, "_PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        storage = exporters.PatientFTPStorage(
            f"ftp://a:b@127.0.0.1:{silent.getsockname()[1]}/x.jsonl"
        )
        with pytest.raises(TimeoutError):
            storage._store_in_thread(BytesIO(b"{}"))  # noqa: SLF001
    assert socket.getdefaulttimeout() is None
