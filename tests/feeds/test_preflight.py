"""An output that cannot be is told before anything is fetched, in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from scrapy.crawler import Crawler

from shio_scraper.feeds.exporters import appended_to
from shio_scraper.feeds.preflight import OutputError, check, with_format
from shio_scraper.spiders import base
from shio_scraper.spiders.archive import ArchiveSpider
from shio_scraper.spiders.arguments import ArgumentError
from shio_scraper.spiders.portal import PortalSpider
from tests.test_settings import project

if TYPE_CHECKING:
    from pathlib import Path

    from scrapy import Spider


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder that has a run, and files of users."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data" / "runs" / "20260101T000000Z-portal").mkdir(parents=True)
    (tmp_path / "data" / "latest").symlink_to("runs/20260101T000000Z-portal")
    (tmp_path / "old.csv").write_text("key\n", encoding="utf-8")
    (tmp_path / "old.json").write_text("[]", encoding="utf-8")
    (tmp_path / "old.jsonl").write_text("{}\n", encoding="utf-8")
    (tmp_path / "file").touch()
    return tmp_path


def checked(feeds: Any, spider: Spider | None = None, more: dict[str, str] | None = None) -> None:
    settings = project()
    settings.setdict({"FEEDS": feeds, **(more or {})}, priority="cmdline")
    check(Crawler(PortalSpider, settings), spider or PortalSpider(site="demo"))


LINES = {"format": "jsonl"}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "s3://bucket/a.jsonl": (LINES, "s3:// cannot be used: missing boto3 library"),
    "gs://bucket/a.jsonl": (LINES, "gs:// cannot be used: missing google.cloud.storage library"),
    "foo://bucket/a.jsonl": (LINES, "foo:// is not supported; use file, ftp, ftps, gs"),
    "ftp:///a.jsonl": (LINES, "without a hostname"),
    "ftp://host:port/a.jsonl": (LINES, "ftp:// cannot be used: Port could not be cast"),
    "http://[::1/a.jsonl": (LINES, "Invalid IPv6 URL"),
    "a.parquet": ({}, "`scrapy dataset build -o DIR` makes Parquet"),
    "a.xml": ({}, "'xml' is no format; name it NAME.FORMAT or NAME:FORMAT, by csv, jl, json, "),
    "a.marshal": ({"format": "marshal"}, "'marshal' is no format"),
    "a": ({}, "it tells no format"),
    "a.jsonl": ({"batch_item_count": 5}, "batches need %(batch_id)d or %(batch_time)s"),
    "b.jsonl": ({"encoding": "none"}, "unknown encoding: none"),
    "c.jsonl": ({"fields": ["key", "titel"]}, "no record has a field titel"),
    "d.jsonl": ({"item_classes": ["nowhere.Item"]}, "nowhere.Item cannot be loaded"),
    "e.jsonl": ({"postprocessing": ["nowhere.Zip"]}, "nowhere.Zip cannot be loaded"),
    "a-%(colour)s.jsonl": ({}, "'colour' in its name is unknown to a crawl"),
    "file/a.jsonl": ({}, "cannot be written: File exists"),
    "/proc/none/a.jsonl": ({}, "cannot be written: No such file or directory"),
    ".": (LINES, "cannot be written: not a writable file"),
    "data:": (LINES, "data:// is not supported"),
    "data": (LINES, "cannot be written: not a writable file"),
    "old.json": ({}, "is there already, and nothing can be added to JSON: -O writes it anew"),
    "old.csv": ({}, "is there already, and nothing can be added to CSV"),
    "data/latest/articles.jsonl": ({}, "lies in a run's folder"),
    "data/runs/new.jsonl": ({"overwrite": True}, "lies in a run's folder"),
    "%(run_folder)s/articles.jsonl": ({}, "lies in a run's folder"),
    "data/state.db": (LINES, "is a database of the runs"),
}


@pytest.mark.parametrize("uri", WRONG)
def test_an_output_that_cannot_be(uri: str) -> None:
    options, expected = WRONG[uri]
    with pytest.raises(OutputError) as raised:
        checked({"good.jsonl": {}, uri: options})
    assert str(raised.value).startswith(f"output {uri!r}: ")
    assert expected in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_output_that_cannot_be_from_a_script(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "say_in_one_line", lambda: None)  # it is for the whole process
    settings = project()
    settings.set("FEEDS", {"a.xml": {}}, priority="cmdline")
    with pytest.raises(ArgumentError, match=r"output 'a\.xml': 'xml' is no format"):
        PortalSpider.from_crawler(Crawler(PortalSpider, settings), site="demo")


def test_two_outputs_of_one_file(here: Path) -> None:
    with pytest.raises(OutputError, match="another output is the same file"):
        checked({"a.jsonl": {}, f"file://{here}/a.jsonl": {}})


@pytest.mark.parametrize("path", ["old.jsonl", "*.jsonl", ".", "old.csv,old.jsonl"])
def test_an_output_that_is_read(path: str) -> None:
    with pytest.raises(OutputError, match="lies among, the files that the crawl reads"):
        checked({"old.jsonl": {}}, ArchiveSpider(path=path))
    checked({"new/a.jsonl": {}}, ArchiveSpider(path="old.csv,old.jsonl"))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("FEED_EXPORT_BATCH_ITEM_COUNT", "many", "a setting FEED_… is wrong"),
        ("FEED_EXPORT_INDENT", "wide", "a setting FEED_… is wrong"),
        ("FEED_EXPORT_FIELDS", "key,titel", "no record has a field titel"),
        ("FEED_URI", "a.jsonl", "FEED_URI is not a setting any more"),
        ("SHIO_STATE", "a.jsonl", "is a database of the runs"),
    ],
)
def test_settings_that_cannot_be(name: str, value: str, expected: str) -> None:
    with pytest.raises(OutputError, match=expected):
        checked({"a.jsonl": {}}, more={name: value})


def test_outputs_that_can_be(here: Path) -> None:
    checked({
        "a.jsonl": {}, "old.jsonl": {}, "new/folder/b.json": {}, f"file://{here}/c.csv": {},
        "d.csv.gz": {}, "old.csv": {"overwrite": True}, "e-%(name)s-%(time)s.jl": {},
        "f-%(batch_id)d.jsonl": {"batch_item_count": 5}, "stdout:": LINES,
        "ftp://me:secret@127.0.0.1:1/g.jsonl": {}, "/dev/null": LINES,
    })  # fmt: skip
    assert (here / "new" / "folder").is_dir()
    assert not {"a.jsonl", "c.csv"} & {path.name for path in here.iterdir()}


def test_what_a_crawl_that_was_cut_off_can_go_on_in(here: Path) -> None:
    settings = project()
    feeds = {"a.jsonl": {}, "b.jsonl.gz": {}, "c": {"format": "jl"}, "d.csv": {},
             "e.jsonl": {"overwrite": True}, "f-%(time)s.jl": {}, "stdout:": LINES}  # fmt: skip
    settings.set("FEEDS", feeds, priority="cmdline")
    expected = {"a.jsonl": True, "b.jsonl.gz": False, "c": True, "d.csv": False}
    assert appended_to(settings) == {here / name: is_lines for name, is_lines in expected.items()}


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("a.jsonl", "a.jsonl:jsonl"),
        ("a.ndjson", "a.ndjson:ndjson"),
        ("a.jsonl.gz", "a.jsonl.gz:jsonl"),
        ("a.json.xz", "a.json.xz:json"),
        ("a.gz:csv", "a.gz:csv"),
        ("-:jsonl", "-:jsonl"),
        ("ftp://me:secret@host/a.csv", "ftp://me:secret@host/a.csv:csv"),
        ("ftp://host:21/a:json", "ftp://host:21/a:json"),
    ],
)
def test_the_format_that_a_name_tells(output: str, expected: str) -> None:
    assert with_format(output, project()) == expected


@pytest.mark.parametrize("output", ["-", "a", "a.gz", "a.xml", "a:pickle", "a.db", "a.jsonl:x"])
def test_a_name_that_tells_no_format(output: str) -> None:
    with pytest.raises(OutputError, match=f"^output '{output}': "):
        with_format(output, project())


def test_each_format_that_is_named_works() -> None:
    with pytest.raises(OutputError) as raised:
        with_format("a.xls", project())
    for form in str(raised.value).rpartition("by ")[2].split(", "):
        checked({f"a.{form}": {}})
