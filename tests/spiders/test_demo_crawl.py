"""The main job on the demo portal, from an empty folder, against the recorded truth."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import fields
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from shio_scraper.items import RECORDS, Reject, type_of
from shio_scraper.parsers.days import latest, portal_day
from shio_scraper.portals import TOUCH_SHANGHAI
from tests.crawl.killing import CRAWL, SLOW, assert_same, kill_at
from tests.spiders.running import (
    RECORD_FILES,
    ROOT,
    Json,
    Run,
    assert_calm,
    lines,
    scrapy,
    without,
)

if TYPE_CHECKING:
    from pathlib import Path

FIELDS = {type_of(cls): [f.name for f in fields(cls)] for cls in (*RECORDS, Reject)}
FILE_OF = dict(zip(("article", "status", "faq", "event"), RECORD_FILES, strict=False))
UNSTABLE = ("doubts", "provenance", "latest_date")


@pytest.fixture
def run_folder(demo: Run) -> Path:
    return demo.run_folder


@pytest.fixture
def written(demo: Run) -> bytes:
    return (demo.folder / "all.jsonl").read_bytes()


@pytest.fixture
def records(run_folder: Path) -> list[Json]:
    return [record for name in RECORD_FILES for record in lines(run_folder / f"{name}.jsonl")]


@pytest.fixture
def rejects(run_folder: Path) -> list[Json]:
    return lines(run_folder / "rejects.jsonl")


@pytest.fixture
def stats(run_folder: Path) -> Json:
    found: Json = json.loads((run_folder / "stats.json").read_text(encoding="utf-8"))
    return found


def expected(name: str) -> list[Json]:
    return lines(ROOT / "fixtures" / f"portal.{name}.jsonl")


def test_the_records_are_the_truth(records: list[Json]) -> None:
    found = sorted((without(r, *UNSTABLE) for r in records), key=lambda r: str(r["key"]))
    truth = [without(record, *UNSTABLE) for record in expected("expected")]
    assert [r["key"] for r in found] == [r["key"] for r in truth]
    for record, true in zip(found, truth, strict=True):
        assert record == true


def test_the_rejects_are_the_truth(rejects: list[Json]) -> None:
    found = [{name: r[name] for name in ("stage", "reason", "url")} for r in rejects]
    assert sorted(found, key=str) == sorted(expected("rejects"), key=str)


def test_the_demo_is_short_and_leaves_nothing_to_resume(demo: Run) -> None:
    assert not list((demo.folder / "data").glob("frontier*"))


def test_a_good_crawl_is_calm(demo: Run) -> None:
    assert demo.status == 0
    assert demo.stdout == ""
    assert_calm(demo)
    assert " WARNING" not in demo.stderr


def test_the_log_is_a_report(demo: Run, stats: Json) -> None:
    last = demo.stderr.splitlines()[-10:]
    assert any("Ended: finished" in line for line in last)
    (summary,) = [line for line in last if "Records:" in line]
    for kind in FILE_OF:
        assert f"{stats[f'records/{kind}']} {kind}" in summary
    assert len(demo.stderr.splitlines()) < 20


def test_every_visible_character_is_accounted_for(run_folder: Path, stats: Json) -> None:
    """What is odd is as the demo's pages are made: words that no list knows, a body that stops."""
    assert stats["audit/characters/unclaimed"] == 0
    counts = [stats[f"audit/characters/{by}"] for by in ("claimed", "ignored")]
    assert sum(counts) == stats["audit/characters/main"] > 10_000
    events = Counter(event["event"] for event in lines(run_folder / "audit.jsonl"))
    assert set(events) == {"unknown_status_word", "row_form", "open_end"}
    assert events == {name: stats[f"audit/{name}"] for name in events}  # each is on one page


def test_every_layout_is_told_and_counted(run_folder: Path, stats: Json) -> None:
    layouts = {one["fingerprint"]: one for one in lines(run_folder / "layouts.jsonl")}
    start = "drift/layouts/"
    pages = {n.removeprefix(start): c for n, c in stats.items() if n.startswith(start)}
    assert stats["drift/seen"] == len(layouts)
    assert set(pages) == set(layouts)
    assert sum(pages.values()) >= stats["audit/pages"]
    for layout in layouts.values():
        if layout["kind"] == "article" and layout["tree"]:
            assert {"title", "paragraphs"} <= set(layout["fields"])


def test_the_folder_of_a_run(run_folder: Path) -> None:
    assert {path.name for path in run_folder.iterdir()} == {
        "manifest.json", "stats.json", "archive", "templates",
        "documents.jsonl", "rows.jsonl", "rejects.jsonl", "audit.jsonl", "layouts.jsonl",
        *(f"{name}.jsonl" for name in RECORD_FILES),
    }  # fmt: skip
    begin = datetime.strptime(run_folder.name, "%Y%m%dT%H%M%SZ-portal").replace(tzinfo=UTC)
    assert abs((datetime.now(UTC) - begin).total_seconds()) < 600


def test_each_record_is_in_the_file_of_its_type(run_folder: Path) -> None:
    for kind, name in FILE_OF.items():
        assert {r["type"] for r in lines(run_folder / f"{name}.jsonl")} == {kind}
    assert {r["type"] for r in lines(run_folder / "rejects.jsonl")} == {"reject"}


def test_the_stats_agree_with_the_files(
    stats: Json, records: list[Json], rejects: list[Json]
) -> None:
    def counted(name: str) -> dict[str, int]:
        return {k.partition("/")[2]: v for k, v in stats.items() if k.startswith(f"{name}/")}

    by_type = {k: n for k, n in counted("records").items() if "/" not in k}
    assert by_type == Counter(r["type"] for r in records)
    assert counted("rejects") == Counter(r["reason"] for r in rejects)
    assert (stats["records"], stats["rejects"]) == (len(records), len(rejects))
    assert sum(counted("duplicates").values()) == stats["item_dropped_count"]
    assert not counted("conflicts")
    assert stats["finish_reason"] == "finished"


def test_the_sidebar_costs_no_ten_records_a_page(stats: Json) -> None:
    assert stats["item_scraped_count"] + stats["item_dropped_count"] < 2 * stats["records"]


@cache
def validator(kind: str) -> Draft202012Validator:
    schema = json.loads((ROOT / "schemas" / f"{kind}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FormatChecker())


def test_every_line_is_valid_and_in_order(records: list[Json], rejects: list[Json]) -> None:
    for record in (*records, *rejects):
        assert list(record) == FIELDS[record["type"]]
        validator(record["type"]).validate(record)


def test_provenance(records: list[Json]) -> None:
    now = datetime.now(UTC)
    for record in records:
        provenance = record["provenance"]
        assert provenance["fetched_url"].startswith("http://127.0.0.1:")
        fetched_at = datetime.fromisoformat(provenance["fetched_at"])
        assert provenance["fetched_at"].endswith("Z")
        assert 0 <= (now - fetched_at).total_seconds() < 600
        assert provenance["layout"] in {"jsp", "aspx", "unknown"}
        assert provenance["parser"].startswith("shio-scraper ")
        assert provenance["archive"]["file"].endswith("-portal-00000.warc.gz")
    layouts = {r["provenance"]["layout"] for r in records if r["type"] == "article"}
    assert layouts == {"jsp", "aspx"}


def test_latest_date_is_the_upper_bound(records: list[Json]) -> None:
    """Newest first: the latest such day that is not after the fetch, nor after the row above.

    Of the page that was read first none of the rows is a duplicate.
    """
    rows_of = defaultdict(list)
    for record in records:
        if record["type"] == "status":
            rows_of[record["provenance"]["fetched_url"]].append(record)
    rows = max(rows_of.values(), key=len)
    assert len(rows) >= 6
    bounds: dict[str, date] = {}
    for row in rows:
        moment = datetime.fromisoformat(row["provenance"]["fetched_at"])
        today = portal_day(moment, TOUCH_SHANGHAI.zone)
        bound = latest(row["month_day"], bounds.get(row["kind"], today))
        assert bound is not None
        assert row["latest_date"] == bound.isoformat()
        bounds[row["kind"]] = bound


def test_one_file_beside_with_every_record(written: bytes, records: list[Json]) -> None:
    beside = [json.loads(line) for line in written.splitlines()]
    assert sorted(beside, key=str) == sorted(records, key=str)


def test_text_is_written_as_text(written: bytes) -> None:
    assert "上海" in written.decode("utf-8")
    assert b"\\u4e0a" not in written


def test_killed_it_goes_on(demo: Run, tmp_path: Path) -> None:
    """`tests/crawl/test_kill.py` kills at other moments, and in other ways."""
    assert kill_at(tmp_path, 60, *CRAWL, *SLOW)
    run = scrapy(tmp_path, *CRAWL)
    assert run.status == 0
    assert_same(run, demo)
    assert len(run.run_folders) == 1
