"""What can go wrong with a frontier: one clear line, and nothing lost."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.crawl.killing import CRAWL, SLOW, content, kill_at, of_file, records_of
from tests.server import Reply, ScriptedPortal
from tests.spiders.running import FAST, TIMEOUT, in_process, scrapy, start_scrapy
from tests.spiders.scripted import article, en, page

DATABASE = Path("data") / "frontier.db"


def refused(folder: Path, said: str, *command: str) -> None:
    """The crawl does not begin, and says why in one line, and what to do."""
    run = scrapy(folder, *(command or CRAWL))
    assert run.status == 1
    assert "Traceback" not in run.stderr
    assert said in run.stderr.splitlines()[-1], run.stderr
    assert not records_of(run.run_folders)


def test_a_newer_frontier(tmp_path: Path) -> None:
    assert scrapy(tmp_path, *CRAWL, "-a", "only=faq").status == 0
    shutil.rmtree(tmp_path / "data" / "runs")
    with sqlite3.connect(tmp_path / DATABASE) as database:
        database.execute("PRAGMA user_version = 99")
    refused(tmp_path, "of a newer version (99): update shio-scraper, or name another file")


def test_a_file_that_is_no_frontier(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / DATABASE).write_bytes(b"no database at all, but long enough to be looked at" * 100)
    refused(tmp_path, "data/frontier.db fails: file is not a database")


def test_a_frontier_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / DATABASE).mkdir(parents=True)
    refused(tmp_path, "data/frontier.db fails: unable to open database file")


def test_a_corrupt_frontier(tmp_path: Path) -> None:
    assert kill_at(tmp_path, 60, *CRAWL, *SLOW)
    for name in ("-wal", "-shm"):
        tmp_path.joinpath(f"{DATABASE}{name}").unlink(missing_ok=True)
    size = (tmp_path / DATABASE).stat().st_size
    (tmp_path / DATABASE).write_bytes(b"SQLite format 3\0" + b"\xff" * (size + 8192))
    run = scrapy(tmp_path, *CRAWL)
    assert run.status == 1
    assert "Traceback" not in run.stderr
    assert "data/frontier.db fails: " in run.stderr.splitlines()[-1]


def test_a_memory_that_cannot_be_read(tmp_path: Path) -> None:
    """The crawl ends; it does not take for new what it cannot compare."""
    assert scrapy(tmp_path, *CRAWL, "-a", "only=faq").status == 0
    with sqlite3.connect(tmp_path / DATABASE) as database:
        database.execute("DROP TABLE memory")
        database.execute("CREATE TABLE memory (site TEXT, key TEXT, due INTEGER)")
    run = scrapy(tmp_path, *CRAWL, "-a", "only=faq", "-a", "mode=update")
    assert run.status == 1
    assert "Traceback" not in run.stderr
    assert "frontier.db fails: no such column: value" in run.stderr.splitlines()[-1]


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    assert kill_at(tmp_path, 60, *CRAWL, *SLOW)
    shutil.rmtree(tmp_path / "data" / "runs")
    refused(tmp_path, "its folder is gone: ")
    shutil.rmtree(tmp_path / "data" / "runs")
    assert scrapy(tmp_path, *CRAWL, "-a", "fresh=1").status == 0


def test_a_file_that_lost_what_was_acknowledged(tmp_path: Path) -> None:
    assert kill_at(tmp_path, 90, *CRAWL, *SLOW)
    (file,) = tmp_path.rglob("articles.jsonl")
    file.write_bytes(file.read_bytes()[:100])
    run = scrapy(tmp_path, *CRAWL)
    assert run.status == 1
    line = run.stderr.splitlines()[-1]
    assert "articles.jsonl: holds 100 bytes, less than the " in line
    assert line.endswith("-a fresh=1 starts anew")


def test_the_same_crawl_twice_at_once(tmp_path: Path) -> None:
    first = start_scrapy(tmp_path, *CRAWL, "-s", "DOWNLOAD_DELAY=1")
    try:
        while not list(tmp_path.rglob("articles.jsonl")):
            assert first.poll() is None
        refused = [scrapy(tmp_path, *CRAWL), scrapy(tmp_path, *CRAWL, "-a", "fresh=1")]
        assert first.poll() is None
        shown = in_process(tmp_path, "frontier", "show")
    finally:
        first.kill()
        first.communicate(timeout=TIMEOUT)
    for second in refused:
        assert second.status == 1
        assert "scrapy crawl: this crawl is running already, in " in second.stderr
    assert ", running\n" in shown.stdout


def test_two_crawls_share_one_frontier(tmp_path: Path) -> None:
    commands = [(*CRAWL, "-a", f"only={only}") for only in ("news", "events")]
    together = [start_scrapy(tmp_path, *command) for command in commands]
    for process in together:
        _, stderr = process.communicate(timeout=TIMEOUT)
        assert process.returncode == 0, stderr
    runs = list((tmp_path / "data" / "runs").iterdir())
    kinds = [{record["type"] for record in records_of([run])} for run in runs]
    assert sorted(kinds, key=str) == [{"article"}, {"event"}]


@pytest.mark.parametrize("limit", [3_000, 250_000])
def test_a_full_disk(tmp_path: Path, limit: int) -> None:
    """The crawl stops with one line; with room again, the same command completes it."""
    stories = {en(n): Reply(article(f"Story {n}", "2024-03-04")) for n in range(200, 500)}
    home = page("".join(f'<p><a href="{target}">x</a></p>' for target in stories))
    with ScriptedPortal({"/": home, **stories}) as portal:
        command = ("crawl", "portal", "-a", f"site={portal.url}", *FAST)
        done = scrapy(tmp_path, *command, "-s", "SHIO_ARCHIVE=off", file_size=limit)
        assert done.status == 1, done.stderr
        assert "Traceback" not in done.stderr
        assert len([x for x in done.stderr.splitlines() if " ERROR" in x]) == 1
        run = scrapy(tmp_path, *command)
    assert run.status == 0
    found = content(of_file(run.run_folders[-1] / "articles.jsonl"))
    assert set(found) == {f"article/en/{n}" for n in range(200, 500)}


def test_a_request_that_the_spider_of_today_cannot_make(tmp_path: Path) -> None:
    assert kill_at(tmp_path, 40, *CRAWL, *SLOW)
    with sqlite3.connect(tmp_path / DATABASE) as database:
        number, data = database.execute(
            "SELECT id, data FROM requests WHERE state < 2 AND instr(data, 'parse') LIMIT 1"
        ).fetchone()
        row = (data.replace(b"parse", b"gone!"), number)
        database.execute("UPDATE requests SET data = ? WHERE id = ?", row)
    run = scrapy(tmp_path, *CRAWL)
    assert "Traceback" not in run.stderr
    assert "A stored request cannot be restored: Method 'gone!' not found" in run.stderr
    assert run.stats["frontier/unreadable"] == 1
    assert " 1 failed" in in_process(tmp_path, "frontier", "show").stdout
