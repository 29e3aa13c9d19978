"""``scrapy status``: what it says of a data folder, whoever may write it, and its exit status."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from shio_scraper import runs
from shio_scraper.dataset.intake import take_in
from shio_scraper.dataset.state import State
from shio_scraper.frontier.database import Database
from shio_scraper.runs import manifest
from tests.dataset.making import made, write_run
from tests.spiders.running import Json, Run, in_process

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
"""What runs of ``write_run`` take."""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everybody may look into; pytest's own are their owner's alone."""
    with TemporaryDirectory() as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


def run_of(folder: Path, hours_ago: float, outcome: str = "complete", **more: object) -> Path:
    """Write a run that ended so long ago."""
    began = NOW - timedelta(hours=hours_ago) - HOUR
    more.setdefault("reason", "finished" if outcome == "complete" else "monitors")
    found: Path = write_run(
        folder / "data" / "runs", began, [made("article", began)], outcome=outcome, **more  # type: ignore[arg-type]
    )  # fmt: skip
    return found


def status(folder: Path, *arguments: str) -> Run:
    return in_process(folder, "status", *arguments)


def said(folder: Path, *arguments: str) -> Json:
    found: Json = json.loads(status(folder, "--json", *arguments).stdout)
    return found


def under_way(folder: Path, run: Path) -> None:
    """Note a crawl in the frontier, with two pages to do and 40 done at 3,600 an hour."""
    stats = {"captures": 40, "rejects": 2, "pages_per_hour": 3600, "doubts/title:x": 3}
    crawl = (1, "abc", "portal", '{"only": "faq"}', "2026-01-01", None)
    with closing(Database.at(folder / "data" / "frontier.db")) as database:
        database.execute("INSERT INTO crawls VALUES (?, ?, ?, ?, ?, ?)", crawl)
        database.execute(
            "INSERT INTO parts VALUES (1, ?, 'here', '{}', ?)", (str(run), json.dumps(stats))
        )
        database.executemany(
            "INSERT INTO requests VALUES (1, ?, NULL, 0, 0, x'', NULL)", [(1,), (2,)]
        )


def test_a_check_of_the_age_or_of_the_last_run(folder: Path) -> None:
    assert (status(folder).status, said(folder)["wrong"]) == (4, ["no good run"])
    assert said(folder)["bytes_free"], "of the disk where the folder would be"
    run_of(folder, 40)
    assert status(folder).status == 0
    assert said(folder, "--max-age", "36h")["wrong"] == [
        "the last good run ended 1 d 16 h ago, more than 1 d 12 h"
    ]
    run_of(folder, 4, "partial", monitors=["floor"])
    last = status(folder)
    assert last.status == 4
    assert "NOT WELL: the last run is partial (floor)" in last.stdout
    assert status(folder, "--max-age", "2d").status == 0
    damaged = run_of(folder, 3) / manifest.NAME
    damaged.chmod(0o644)
    damaged.write_text("{")
    assert f"note           {damaged.parent.name} has a damaged manifest" in status(folder).stdout
    assert status(folder, "--max-age", "36").status == 2
    assert status(folder, "--max-age", "99999999999d").status == 2
    run_of(folder, 2, trial="sample")
    run_of(folder, 1, site="demo")
    assert said(folder)["last"]["outcome"] == "partial"
    assert status(folder, "--site", "demo").status == 0


def test_a_crawl_that_runs_and_one_that_waits(folder: Path) -> None:
    run_of(folder, 30)
    run = run_of(folder, -1, "unfinished")
    assert said(folder)["wrong"] == [
        "the last run has not ended, and no process is known to work on it"
    ]
    under_way(folder, run)
    cut_off = said(folder)
    assert cut_off["wrong"] == ["the last run was cut off: the same command goes on"]
    (crawl,) = cut_off["waiting"]
    assert (crawl["figures"]["pages"], crawl["figures"]["to_do"]) == (40, 2)
    assert (crawl["seconds_left"], crawl["figures"]["doubts"]) == (2.0, {"title": 3})
    runs.lock(run)
    try:
        running = status(folder)
        assert running.status == 0
        line = (
            "portal only=faq: 40 pages, 2 to do, 1.0 pages/s, 2 s left; 0 records, 2 rejects, 3 d"
        )
        assert f"runs now       {line}" in running.stdout
        for path in run.iterdir():
            os.utime(path, (0, NOW.timestamp() - 7300))
        assert f"NOT WELL: {run.name} has written nothing for 2 h " in status(folder).stdout
    finally:
        runs.unlock(run)


def test_a_folder_that_cannot_be_written_and_one_that_another_writes(folder: Path) -> None:
    run = run_of(folder, 3)
    path = folder / "data" / "state.db"
    with State.open(path, create=True) as state:
        take_in(state, run)
        under_way(folder, run)
        with state.writing():  # as a crawl that ends, elsewhere
            assert said(folder)["state"]["records"] == {"article": 1}
    folders = [folder / "data", folder / "data" / "runs"]
    for one in folders:
        one.chmod(0o555)
    user = os.geteuid()
    os.seteuid(user or 65_534)
    try:
        found = said(folder)
    finally:
        os.seteuid(user)
        for one in folders:
            one.chmod(0o755)
    assert (found["wrong"], found["unread"]) == ([], [])
    assert found["state"]["records"] == {"article": 1}
    assert found["waiting"]


def test_what_is_damaged_or_odd_is_told(folder: Path) -> None:
    run = run_of(folder, -3)
    (folder / "data" / "state.db").write_bytes(b"nothing" * 999)
    (folder / "data" / "runs" / "20260101T000000Z-portal").mkdir()
    found = status(folder)
    assert found.status == 1
    assert "NOT WELL: cannot be read: data/state.db: damaged" in found.stdout
    assert "note           the clock went back: the last good run ended 2 h 5" in found.stdout
    (folder / "data" / "state.db").unlink()
    with State.open(folder / "data" / "state.db", create=True):
        pass
    assert said(folder)["noted"][1].endswith(f"scrapy dataset add {run.name}")
