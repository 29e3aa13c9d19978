"""How runs end: the manifest, latest, the intake into the state. Real crawls."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import time
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from shio_scraper.runs.outcome import has_failed, outcome, unwritten
from tests.crawl.test_monitors import live
from tests.server import Reply, ScriptedPortal
from tests.spiders.running import (
    FAST,
    RECORD_FILES,
    TIMEOUT,
    Json,
    Run,
    assert_calm,
    crawl_portal,
    in_process,
    lines,
    scrapy,
    start_scrapy,
)
from tests.spiders.scripted import article, en, portal_of

CUT_OFF = ("-s", "CLOSESPIDER_PAGECOUNT=2", "-s", "SHIO_FRONTIER=memory")


def manifest_of(folder: Path) -> Json:
    found: Json = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return found


def latest(folder: Path) -> str:
    return os.readlink(folder / "data" / "latest")  # noqa: PTH115


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return crawl_portal(tmp_path_factory.mktemp("run"), "demo", "-a", "language=en")


def test_what_a_manifest_says(run: Run) -> None:
    found = manifest_of(run.run_folder)
    assert list(found) == [
        "manifest", "run", "site", "spider", "trial", "arguments", "scope", "settings", "versions",
        "began", "ended", "outcome", "reason", "monitors", "counts", "files", "continues",
        "continued", "clock_went_back", "refers_to", "maps",
    ]  # fmt: skip
    assert (found["run"], found["site"], found["spider"]) == (run.run_folder.name, "demo", "portal")
    assert found["arguments"] == {"site": "demo", "language": "en"}
    assert found["scope"] == {
        "types": ["article", "event", "faq", "status"], "languages": ["en"],
        "since": None, "until": None, "portals": ["touch"], "narrowed_by": [],
        "withheld": [],
    }  # fmt: skip
    assert found["settings"]["SHIO_ARCHIVE"] == "warc"
    assert found["versions"]["shio-scraper"] == version("shio-scraper")
    assert found["versions"]["parser"] == run.records[0]["provenance"]["parser"]
    assert (found["outcome"], found["reason"]) == ("complete", "finished")
    began, ended = (datetime.fromisoformat(found[name]) for name in ("began", "ended"))
    assert f"{began:%Y%m%dT%H%M%SZ}-portal" == run.run_folder.name
    assert began <= ended
    kinds = [record["type"] for record in [*run.records, *run.rejects]]
    assert found["counts"] == {
        kind: kinds.count(kind)
        for kind in (
            "article",
            "status",
            "faq",
            "event",
            "press_conference",
            "document",
            "row",
            "reject",
        )
    }


def test_every_file_of_a_run_is_in_its_manifest(run: Run) -> None:
    said = {file.pop("path"): file for file in manifest_of(run.run_folder)["files"]}
    paths = [path for path in run.run_folder.rglob("*") if path.is_file()]
    found = {path.relative_to(run.run_folder).as_posix(): path for path in paths}
    assert said.keys() == found.keys() - {"manifest.json"}
    assert any(name.startswith("archive/") for name in said)
    for name, file in said.items():
        data = found[name].read_bytes()
        assert file == {"bytes": len(data), "sha256": sha256(data).hexdigest()}


def test_no_file_of_an_ended_run_may_be_written(run: Run) -> None:
    modes = {path.name: path.stat().st_mode & 0o222 for path in run.run_folder.rglob("*.*")}
    assert set(modes.values()) == {0}, modes


def test_latest_is_the_newest_complete_run(tmp_path: Path) -> None:
    with ScriptedPortal(portal_of()) as portal:
        runs = [crawl_portal(tmp_path, portal.url, *how) for how in ((), CUT_OFF)]
        names = [folder.name for folder in runs[0].run_folders]
        assert latest(tmp_path) == f"runs/{names[0]}"
        time.sleep(1)
        crawl_portal(tmp_path, portal.url)
    newest = Run(tmp_path, 0, "", "").run_folders[-1]
    assert latest(tmp_path) == f"runs/{newest.name}"
    assert (tmp_path / "data" / "latest" / "manifest.json").is_file()
    complete, partial = (manifest_of(folder) for folder in runs[0].run_folders)
    assert complete["outcome"] == "complete"
    assert (partial["outcome"], partial["reason"]) == ("partial", "closespider_pagecount")
    assert_calm(runs[1])
    assert runs[1].status == 3
    assert "Taken into data/state-http-127-0-0-1-" in runs[1].stderr


def test_a_crawl_without_a_record_failed(tmp_path: Path) -> None:
    with ScriptedPortal({}) as portal:
        run = crawl_portal(tmp_path, portal.url)
    assert run.status == 1
    found = manifest_of(run.run_folder)
    assert (found["outcome"], found["reason"]) == ("failed", "no_records")
    assert not (tmp_path / "data" / "latest").is_symlink()


def test_a_killed_crawl_has_not_ended(tmp_path: Path) -> None:
    with ScriptedPortal(portal_of(en(7))) as portal:
        portal.pages[en(7)] = Reply(article("Late", "2024-03-04"), delay=TIMEOUT)
        process = start_scrapy(tmp_path, "crawl", "portal", "-a", f"site={portal.url}", *FAST)
        end = time.monotonic() + TIMEOUT
        while not portal.asked("id=7") and time.monotonic() < end:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=TIMEOUT)
        portal.pages[en(7)] = Reply(drop=True)
    folder = Run(tmp_path, 0, "", "").run_folder
    assert not (folder / "manifest.json").exists()
    begun = json.loads((folder / "begun.json").read_text(encoding="utf-8"))
    assert (begun["outcome"], begun["site"]) == ("unfinished", portal.url)
    assert not [*(tmp_path / "data").glob("latest"), *(tmp_path / "data").glob("state*")]
    files = [folder / f"{name}.jsonl" for name in RECORD_FILES]
    written = sum(len(lines(file)) for file in files if file.exists())
    refused = in_process(tmp_path, "dataset", "add", folder.name)
    assert (refused.status, refused.stdout) == (1, "")
    assert "the run has not ended; --unfinished takes in what there is so far" in refused.stderr
    taken = in_process(tmp_path, "dataset", "add", "--unfinished", folder.name)
    assert taken.stdout == f"{folder.name}: {written} records, {written} new, 0 changed\n"
    assert taken.status == 0


def test_a_crawl_that_is_resumed_ends_once(tmp_path: Path) -> None:
    with ScriptedPortal(portal_of()) as portal:
        cut_off = crawl_portal(tmp_path, portal.url, "-s", "CLOSESPIDER_PAGECOUNT=2")
        assert cut_off.status == 3
        names = {path.name for path in cut_off.run_folder.iterdir()}
        assert {"begun.json", "stats.json"} <= names
        assert "manifest.json" not in names
        assert not [*(tmp_path / "data").glob("latest"), *(tmp_path / "data").glob("state*")]
        assert "Taken" not in cut_off.stderr
        run = crawl_portal(tmp_path, portal.url)
    assert run.status == 0
    assert not (run.run_folder / "begun.json").exists()
    found = manifest_of(run.run_folder)
    assert (found["outcome"], found["run"]) == ("complete", cut_off.run_folder.name)
    assert found["counts"]["article"] == 2
    assert latest(tmp_path) == f"runs/{run.run_folder.name}"
    assert f".db: {run.run_folder.name}: 5 records, 5 new, 0 changed" in run.stderr


# Into the state


def test_a_run_of_another_site_is_not_taken_in(tmp_path: Path, run: Run) -> None:
    state = run.folder / "data" / "state-demo.db"
    before = state.read_bytes()
    with ScriptedPortal(portal_of()) as portal:
        other = crawl_portal(tmp_path, portal.url, "-s", f"SHIO_STATE={state}")
    assert other.status == 5
    assert_calm(other)
    (line,) = [line for line in other.stderr.splitlines() if " WARNING: " in line]
    assert f"is of site={portal.url}, and the state of site=demo" in line
    assert other.stderr.splitlines()[-1].startswith(
        "scrapy crawl: the run is well, but not taken into the dataset: "
    )
    assert manifest_of(other.run_folder)["outcome"] == "complete"
    assert state.read_bytes() == before


def test_demo_copy_and_live_never_meet(tmp_path: Path) -> None:
    """The live portal's place takes a proxy; the copy's archive is read too."""
    with ScriptedPortal(portal_of()) as portal:
        copy = crawl_portal(tmp_path, portal.url)
        archive = scrapy(tmp_path, "crawl", "archive", "-a", "path=data/runs/*/archive")
        demo = crawl_portal(tmp_path, "demo", "-a", "only=events")
        crawled = live(tmp_path, portal, "-a", "only=news")
    assert {run.status for run in (copy, archive, demo, crawled)} == {0}, crawled.stderr
    shown = {}
    for site in ("live", "demo", portal.url):
        lines = in_process(tmp_path, "dataset", "show", "--site", site).stdout.splitlines()
        # Of two runs that begin in one second, the later one ends in "-2".
        kinds = (re.split("[-:]", line.partition("Z-")[2])[0] for line in lines if "Z-" in line)
        shown[site] = sorted(kinds)
    assert shown == {"live": ["portal"], "demo": ["portal"], portal.url: ["archive", "portal"]}
    assert {path.name for path in (tmp_path / "data").glob("state*.db")} == {
        "state.db", "state-demo.db", f"state-http-127-0-0-1-{portal.url.rpartition(':')[2]}.db"
    }  # fmt: skip


def test_the_state_may_be_off(tmp_path: Path) -> None:
    with ScriptedPortal(portal_of()) as portal:
        run = crawl_portal(tmp_path, portal.url, "-s", "SHIO_STATE=off")
    assert run.status == 0
    assert {path.name for path in (tmp_path / "data").iterdir()} >= {"runs", "latest"}
    assert not list((tmp_path / "data").glob("state*"))
    shown = in_process(tmp_path, "dataset", "show", "-s", "SHIO_STATE=off")
    assert shown.stderr == (
        "scrapy dataset show: SHIO_STATE is off: name a state by --state FILE\n"
    )
    assert shown.status == 2


@pytest.mark.parametrize("wrong", ["damaged", "foreign", "folder"])
def test_a_state_that_cannot_be_used_harms_no_crawl(tmp_path: Path, wrong: str) -> None:
    state = tmp_path / "data" / "state.db"
    state.parent.mkdir()
    if wrong == "folder":
        state.mkdir()
    else:
        state.write_bytes(b"nothing" * 999 if wrong == "damaged" else b"")
    if wrong == "foreign":
        sqlite3.connect(state).execute("CREATE TABLE other (x)").connection.close()
    with ScriptedPortal(portal_of()) as portal:
        run = crawl_portal(tmp_path, portal.url, "-s", "SHIO_STATE=data/state.db")
    assert run.status == 5
    assert_calm(run)
    (line,) = [line for line in run.stderr.splitlines() if " WARNING: " in line]
    assert "Not taken into the dataset: data/state.db: " in line
    assert f"`scrapy dataset add {run.run_folder.name}` takes it in later" in line
    assert run.stderr.splitlines()[-1].startswith(
        "scrapy crawl: the run is well, but not taken into the dataset: data/state.db: "
    )
    assert manifest_of(run.run_folder)["outcome"] == "complete"


def test_an_archive_run_is_a_history_of_no_site_of_its_own(tmp_path: Path) -> None:
    pages = {f"{n}.html": article(f"Story {n}", "2024-03-04") for n in range(2)}
    for name, text in pages.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    run = scrapy(tmp_path, "crawl", "archive", "-a", "path=*.html")
    found = manifest_of(run.run_folder)
    assert found["site"] == "archive"
    assert found["scope"]["narrowed_by"] == ["history", "path"]
    assert found["outcome"] == "complete"


# The judgement


@pytest.mark.parametrize(
    ("stats", "expected"),
    [
        ({"files/failed": "a: full", "feeds/why": "b: full"}, "cannot write to a: full"),
        ({"files/differ": "a is missing"}, "its files are not what was written: a is missing"),
        ({"archive/failed": "full"}, "cannot write the archive: full"),
        ({"feeds/failed": 1, "feeds/why": "b: full"}, "cannot write to b: full"),
        ({"feeds/unfinished": True}, "its outputs were not finished"),
        ({"feeds/unfinished": False}, None),
        ({}, None),
    ],
)
def test_what_could_not_be_written(stats: dict[str, Any], expected: str | None) -> None:
    assert unwritten(stats) == expected
    assert has_failed(stats) == bool(expected)


@pytest.mark.parametrize(
    ("stats", "expected"),
    [
        ({"records": 1, "finish_reason": "finished"}, ("complete", "finished")),
        ({"records": 1, "finish_reason": "shutdown"}, ("partial", "shutdown")),
        ({"records": 1}, ("partial", "unknown")),
        ({"finish_reason": "finished"}, ("failed", "no_records")),
        ({"records": 0, "finish_reason": "shutdown"}, ("failed", "shutdown")),
        (
            {"records": 1, "finish_reason": "output_failed", "files/failed": "full"},
            ("failed", "output_failed"),
        ),
        ({"records": 1, "finish_reason": "finished", "feeds/failed": 1}, ("complete", "finished")),
        (
            {"records": 1, "finish_reason": "finished", "files/differ": "one is missing"},
            ("failed", "files_differ"),
        ),
        (
            {"records": 1, "finish_reason": "finished", "archive/failed": "full"},
            ("failed", "output_failed"),
        ),
        (
            {"records": 1, "finish_reason": "finished", "index/failed": 1},
            ("partial", "index_incomplete"),
        ),
        (
            {"records": 1, "finish_reason": "finished", "spider_exceptions/count": 1},
            ("partial", "spider_exceptions"),
        ),
    ],
)
def test_how_a_crawl_ended(stats: dict[str, Any], expected: tuple[str, str]) -> None:
    assert outcome(stats) == expected
