"""``scrapy crawl``: wrong arguments, exit statuses, outputs, interruptions."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.server import Reply, ScriptedPortal
from tests.spiders.running import (
    FAST,
    ROOT,
    TIMEOUT,
    Run,
    assert_calm,
    environment,
    in_process,
    lines,
    scrapy,
    scrapy_command,
    start_scrapy,
)
from tests.spiders.scripted import STARTS, article, en, item, listing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


# Outputs


@pytest.fixture
def few() -> Iterator[ScriptedPortal]:
    """Serve a portal of a few articles."""
    with ScriptedPortal(stories(range(100, 130))) as portal:
        yield portal


def stories(numbers: range, delay: float = 0.0) -> dict[str, Reply | str]:
    items = [item(en(n), f"Story {n}", "March 4, 2024") for n in numbers]
    return {STARTS[0]: listing(items), "/": listing([])} | {
        en(n): Reply(article(f"Story {n}", "2024-03-04"), delay=delay) for n in numbers
    }


def crawl_news(folder: Path, portal: ScriptedPortal, *arguments: str) -> Run:
    return scrapy(folder, "crawl", "portal", *news(portal), *arguments)


def news(portal: ScriptedPortal) -> tuple[str, ...]:
    return ("-a", f"site={portal.url}", "-a", "only=news", "-a", "language=en", *FAST)


def test_json_and_standard_output(few: ScriptedPortal, tmp_path: Path) -> None:
    """``-O`` may be given more than once, in the formats that every Scrapy user knows."""
    run = crawl_news(tmp_path, few, "-O", "all.json", "-O", "-:jsonl", "-O", "all.csv")
    found = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    assert sorted(r["key"] for r in found) == sorted(run.by_key)
    assert sorted(found, key=str) == sorted(run.records, key=str)
    assert [json.loads(line) for line in run.stdout.splitlines()] == found
    rows = (tmp_path / "all.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0].startswith("type,key,language,url,portal_id,section")
    assert len(rows) == len(found) + 1
    assert run.status == 0


def test_a_reader_that_has_enough(few: ScriptedPortal, tmp_path: Path) -> None:
    """``… -o -:jsonl | head -n 1`` ends the crawl, in one line."""
    process = start_scrapy(tmp_path, "crawl", "portal", *news(few), "-o", "-:jsonl")
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["type"] == "article"
    process.stdout.close()
    process.stdout = None
    _, stderr = process.communicate(timeout=TIMEOUT)
    errors = [line for line in stderr.splitlines() if " ERROR" in line]
    assert len(errors) <= 1
    assert "Traceback" not in stderr
    assert process.returncode in {0, 1}


def test_overwriting(few: ScriptedPortal, tmp_path: Path) -> None:
    (tmp_path / "all.jsonl").write_text('{"old": true}\n', encoding="utf-8")
    run = crawl_news(tmp_path, few, "-O", "all.jsonl")
    assert sorted(lines(tmp_path / "all.jsonl"), key=str) == sorted(run.records, key=str)


def test_another_folder_for_the_runs(few: ScriptedPortal, tmp_path: Path) -> None:
    run = crawl_news(tmp_path, few, "-s", "SHIO_DATA=deep/in/here")
    assert run.status == 0
    (folder,) = (tmp_path / "deep" / "in" / "here" / "runs").iterdir()
    assert len(lines(folder / "articles.jsonl")) == 30
    assert [path.name for path in tmp_path.iterdir()] == ["deep"]


def test_two_runs_at_once_have_folders_of_their_own(few: ScriptedPortal, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        forgetful = ("-s", "SHIO_FRONTIER=memory")
        runs = list(pool.map(lambda _: crawl_news(tmp_path, few, *forgetful), range(2)))
    assert [run.status for run in runs] == [0, 0]
    first, second = runs[0].run_folders
    assert len(lines(first / "articles.jsonl")) == len(lines(second / "articles.jsonl")) == 30
    assert all("Taken into " in run.stderr for run in runs)
    assert (tmp_path / "data" / "latest").resolve() == second


def test_a_disk_that_fills_up_in_the_middle_of_a_line(few: ScriptedPortal, tmp_path: Path) -> None:
    """What was written stays, whole lines of it; the crawl says so."""
    limit = 4096
    nothing_else = ("-s", "SHIO_ARCHIVE=off", "-s", "SHIO_FRONTIER=memory")
    command = ("crawl", "portal", *news(few), "-O", "all.jsonl", *nothing_else)
    done = scrapy(tmp_path, *command, file_size=limit)
    assert done.status == 1
    assert "Traceback" not in done.stderr
    assert "File too large" in done.stderr
    found = lines(tmp_path / "all.jsonl")
    assert found
    size = (tmp_path / "all.jsonl").stat().st_size
    assert size < limit < size + 2 * len(json.dumps(found[0]))


# Interruptions


def interrupt(folder: Path, send: signal.Signals) -> tuple[int, str, list[Path]]:
    """Crawl slow pages, send a signal when some are written, wait for the end."""
    with ScriptedPortal(stories(range(100, 200), delay=0.05)) as portal:
        one_by_one = ("-s", "CONCURRENT_REQUESTS=1", "-o", "all.jsonl")
        process = start_scrapy(folder, "crawl", "portal", *news(portal), *one_by_one)
        try:
            wait_for_lines(folder / "all.jsonl", 5)
            process.send_signal(send)
            _, stderr = process.communicate(timeout=TIMEOUT)
        finally:
            process.kill()
        assert len(portal.targets) < 90
    (run,) = (folder / "data" / "runs").iterdir()
    return process.returncode, stderr, [folder / "all.jsonl", run / "articles.jsonl"]


def wait_for_lines(path: Path, number: int) -> None:
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end:
        if path.exists() and path.read_bytes().count(b"\n") >= number:
            return
        time.sleep(0.02)
    pytest.fail(f"{path} has not {number} lines")


def test_ctrl_c(tmp_path: Path) -> None:
    status, stderr, files = interrupt(tmp_path, signal.SIGINT)
    beside, articles = map(lines, files)
    assert beside == articles
    assert len(articles) >= 5
    stats = json.loads((files[1].parent / "stats.json").read_text(encoding="utf-8"))
    assert stats["finish_reason"] == "shutdown"
    assert stats["records/article"] == len(articles)
    assert_calm(Run(tmp_path, status, "", stderr))
    assert "Ended: shutdown" in stderr
    assert status == 3  # not complete


def test_a_killed_process(tmp_path: Path) -> None:
    status, _, files = interrupt(tmp_path, signal.SIGKILL)
    assert status == -signal.SIGKILL
    assert all(len(lines(path)) >= 4 for path in files)


# Beside it


def test_the_list_of_spiders(tmp_path: Path) -> None:
    run = in_process(tmp_path, "list")
    assert (run.status, run.stdout.split(), run.stderr) == (0, ["archive", "portal"], "")


def test_it_works_from_the_checkout(few: ScriptedPortal, tmp_path: Path) -> None:
    """There ``scrapy.cfg`` names the settings."""
    env = environment()
    del env["SCRAPY_SETTINGS_MODULE"]
    done = subprocess.run(
        scrapy_command("crawl", "portal", *news(few), "-s", f"SHIO_DATA={tmp_path}"),
        cwd=ROOT, env=env, capture_output=True, timeout=TIMEOUT, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    (run,) = (tmp_path / "runs").iterdir()
    assert len(lines(run / "articles.jsonl")) == 30
