"""What a run is, whatever becomes of the outputs beside it. Real crawls."""

from __future__ import annotations

import gzip
import json
import shutil
import signal
import socket
import time
from typing import TYPE_CHECKING

import pytest

from tests.server import Reply, ScriptedPortal
from tests.spiders.running import (
    FAST,
    TIMEOUT,
    Json,
    Run,
    assert_calm,
    crawl_portal,
    in_process,
    lines,
    scrapy,
    start_scrapy,
    without,
)
from tests.spiders.scripted import article, en, portal_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

OPTIONS = (
    "-s", "FEED_EXPORT_FIELDS=key,title", "-s", "FEED_STORE_EMPTY=0", "-s", "FEED_EXPORT_INDENT=4",
    "-s", "FEED_EXPORT_ENCODING=gb18030", "-s", "FEED_EXPORT_BATCH_ITEM_COUNT=2",
)  # fmt: skip
FTP = "ftp://me:secret@127.0.0.1:1/a.json"


def outcome_of(run: Run) -> tuple[str, str]:
    found = json.loads((run.run_folder / "manifest.json").read_text(encoding="utf-8"))
    return found["outcome"], found["reason"]


def taken_in(run: Run) -> bool:
    return "Taken into" in run.stderr


def assert_one_line(run: Run, expected: str) -> None:
    assert "Traceback" not in run.stderr
    assert run.stderr.splitlines()[-1].startswith(f"scrapy crawl: the run is {expected}")
    assert run.status == 1


def test_a_second_run_gives_the_same_and_appends(demo: Run, tmp_path: Path) -> None:
    def stable(found: list[Json]) -> list[str]:
        return sorted(json.dumps(without(r, "provenance", "latest_date")) for r in found)

    before = (demo.folder / "all.jsonl").read_bytes()
    (tmp_path / "all.jsonl").write_bytes(before)
    run = scrapy(tmp_path, "crawl", "portal", "-a", "site=demo", "-o", "all.jsonl")
    assert run.status == 0
    assert_calm(run)
    assert stable(run.records) == stable(demo.records)
    data = (tmp_path / "all.jsonl").read_bytes()
    assert data.startswith(before)
    assert stable([json.loads(line) for line in data.splitlines()]) == stable(run.records * 2)


def test_settings_of_a_user_s_outputs_reach_no_file_of_the_run(tmp_path: Path) -> None:
    with ScriptedPortal(portal_of()) as portal:
        run = crawl_portal(tmp_path, portal.url, *OPTIONS, "-O", "a-%(batch_id)d.csv")
    assert run.status == 0
    assert {path.read_text("gb18030").splitlines()[0] for path in tmp_path.glob("a-*.csv")} == {
        "key,title"
    }
    assert {"published", "paragraphs", "provenance"} <= run.file("articles")[0].keys()
    assert run.file("press_conferences") == []
    assert outcome_of(run) == ("complete", "finished")
    assert taken_in(run)


@pytest.mark.parametrize("broken", [["/dev/full:jsonl"], ["/dev/full:csv", FTP]])
def test_outputs_that_fail_late_harm_neither_the_run_nor_each_other(
    tmp_path: Path, broken: list[str]
) -> None:
    outputs = [f"-O{output}" for output in (*broken, "good.jsonl.gz", "good.ndjson")]
    with ScriptedPortal(portal_of()) as portal:
        run = crawl_portal(tmp_path, portal.url, *outputs)
    assert_one_line(run, "complete; cannot write to ")
    errors = [line for line in run.stderr.splitlines() if " ERROR: Cannot write to " in line]
    assert len(errors) == len(broken)
    assert "secret" not in run.stderr
    assert run.stats["feeds/failed"] == len(broken)
    assert sorted(lines(tmp_path / "good.ndjson"), key=str) == sorted(run.records, key=str)
    zipped = gzip.decompress((tmp_path / "good.jsonl.gz").read_bytes())
    assert zipped == (tmp_path / "good.ndjson").read_bytes()
    assert outcome_of(run) == ("complete", "finished")
    assert (tmp_path / "data" / "latest" / "articles.jsonl").is_file()
    assert taken_in(run)


def meanwhile(folder: Path, happens: Callable[[Path], object]) -> Run:
    """Crawl, and let something happen to the run's folder while its last page is awaited."""

    def otherwise(target: str) -> Reply | None:
        if "id=7" not in target:
            return None
        happens(next((folder / "data" / "runs").iterdir()))
        return Reply(article("Late", "2024-03-04"))

    with ScriptedPortal(portal_of(en(7))) as portal:
        portal.otherwise = otherwise
        return crawl_portal(folder, portal.url, "-O", "all.jsonl", "-s", "SHIO_FRONTIER=memory")


def add_a_line(run: Path) -> None:
    with (run / "rejects.jsonl").open("ab") as file:
        file.write(b'{"type":"reject"}\n')


def test_a_run_is_judged_by_its_files(tmp_path: Path) -> None:
    run = meanwhile(tmp_path, add_a_line)
    assert_one_line(
        run, "failed; its files are not what was written: rejects.jsonl holds 1 and not 0"
    )
    assert outcome_of(run) == ("failed", "files_differ")
    assert not (tmp_path / "data" / "latest").is_symlink()
    assert not taken_in(run)
    assert "Not taken into the dataset: " in run.stderr
    verified = in_process(tmp_path, "verify", "data")
    assert (
        f"{run.run_folder.name}: rejects.jsonl holds 1 and not 0 as was counted" in verified.stdout
    )
    assert verified.status == 1


def test_a_folder_that_vanishes(tmp_path: Path) -> None:
    run = meanwhile(tmp_path, shutil.rmtree)
    assert "it was removed" in run.stderr.splitlines()[-1]
    assert run.status == 1
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "data" / "latest").is_symlink()
    assert not taken_in(run)


def test_a_process_that_is_stopped_while_it_uploads(tmp_path: Path) -> None:
    """The verdict waits for the upload; whoever does not wait is told that it is not whole."""
    with ScriptedPortal(portal_of()) as portal, socket.create_server(("127.0.0.1", 0)) as silent:
        output = f"ftp://127.0.0.1:{silent.getsockname()[1]}/a.jsonl"
        process = start_scrapy(
            tmp_path, "crawl", "portal", "-a", f"site={portal.url}", "-o", output, *FAST
        )
        silent.settimeout(TIMEOUT)
        upload, _ = silent.accept()
        run = Run(tmp_path, 0, "", "").run_folder
        assert (run / "begun.json").exists()
        process.send_signal(signal.SIGTERM)
        while (run / "begun.json").exists() and process.poll() is None:
            time.sleep(0.01)
        upload.close()
        _, stderr = process.communicate(timeout=TIMEOUT)
    assert_one_line(Run(tmp_path, process.returncode, "", stderr), "complete; ")
    assert (tmp_path / "data" / "latest" / "articles.jsonl").is_file()


@pytest.mark.parametrize("path", ["", "/"])
def test_the_report_of_a_run(tmp_path: Path, path: str) -> None:
    """It begins with where the records go, and ends with what the run gave."""
    with ScriptedPortal(portal_of()) as portal:
        run = scrapy(tmp_path, "crawl", "portal", "-a", f"site={portal.url}{path}", *FAST)
    log = [line.partition(" INFO: ")[2] for line in run.stderr.splitlines()]
    (begin,) = [line for line in log if line.startswith("Crawl of ")]
    assert portal.url in begin
    assert str(run.run_folder.relative_to(tmp_path)) in begin
    seconds = run.stats["elapsed_time_seconds"]
    name = portal.url.replace("://", "-").replace(":", "-").replace(".", "-")
    found = [line for line in log[-6:] if not line.startswith(("Audit: ", "Layouts: "))]
    assert found == [
        f"Ended: finished; {len(portal.requests)} pages in {seconds:.1f} s",
        "Records: 2 article, 1 status, 1 faq, 1 event, 0 press_conference, 0 document, 0 row",
        f"Taken into data/state-{name}.db: {run.run_folder.name}: 5 records, 5 new, 0 changed",
        "The run is complete",
    ]
    assert_calm(run)
