"""Folders of runs, and the link to the newest."""

from __future__ import annotations

import os
from argparse import Namespace
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from scrapy.settings import Settings

from shio_scraper import runs
from shio_scraper.commands import verify
from shio_scraper.dataset.intake import take_in
from shio_scraper.dataset.state import State
from shio_scraper.runs import manifest
from tests.dataset.making import made, write_run


def folder(data: Path, name: str) -> Path:
    path = data / "runs" / name
    path.mkdir(parents=True, exist_ok=True)
    return path


def test_when_a_run_began(tmp_path: Path) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    first, second = (runs.create(str(tmp_path), "portal") for _ in range(2))
    assert first != second
    assert before <= runs.began(first) <= runs.began(second) <= datetime.now(UTC)


@pytest.mark.parametrize("name", ["", "portal", "2026-portal", "20261301T000000Z-portal"])
def test_a_name_without_a_time(name: str) -> None:
    with pytest.raises(ValueError, match="time data"):
        runs.began(Path(name))


def test_latest_never_goes_back(tmp_path: Path) -> None:
    names = ["20260102T000000Z-portal", "20260101T000000Z-portal", "20260103T000000Z-archive"]
    found = []
    for name in names:
        runs.point_to_latest(folder(tmp_path, name))
        found.append(os.readlink(tmp_path / "latest"))  # noqa: PTH115
    assert found == [f"runs/{names[0]}", f"runs/{names[0]}", f"runs/{names[2]}"]
    assert {path.name for path in tmp_path.iterdir()} == {"runs", "latest"}
    assert (tmp_path / "latest").resolve() == tmp_path / "runs" / names[2]


def test_runs_that_end_at_once_leave_the_newest(tmp_path: Path) -> None:
    folders = [folder(tmp_path, f"202601{day:02}T000000Z-portal") for day in range(1, 9)]
    with ThreadPoolExecutor(len(folders)) as pool:
        for _ in range(50):
            deque(pool.map(runs.point_to_latest, folders), maxlen=0)
            assert (tmp_path / "latest").resolve() == folders[-1]
            (tmp_path / "latest").unlink()


def test_the_link_moves_with_its_data_folder(tmp_path: Path) -> None:
    run = folder(tmp_path / "data", "20260102T000000Z-portal")
    runs.point_to_latest(run)
    moved = (tmp_path / "data").rename(tmp_path / "moved")
    assert (moved / "latest").resolve() == moved / "runs" / run.name


def test_all_runs_below_a_folder(tmp_path: Path) -> None:
    assert runs.all_below(tmp_path) == []
    later, first = (folder(tmp_path, f"2026010{day}T000000Z-portal") for day in (2, 1))
    (tmp_path / "runs" / "note.txt").touch()
    assert runs.all_below(tmp_path) == [first, later]


def test_a_clock_that_went_back_changes_no_order(tmp_path: Path) -> None:
    """What the later run saw is the newest, and the one before missed nothing of it."""
    ahead = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=3)
    before = write_run(tmp_path / "runs", ahead, [made("article", ahead, title="Old")])
    after = manifest.last_end(tmp_path)
    assert after == ahead + timedelta(hours=1)
    folder = runs.create(str(tmp_path), "portal", after=after)
    assert runs.began(folder) == after + timedelta(seconds=1)
    folder.rmdir()
    now = datetime.now(UTC)
    record, found = made("article", now, title="New"), made("article", now, key="article/en/9")
    later = write_run(tmp_path / "runs", runs.began(folder), [record, found])
    for run in (before, later):
        runs.point_to_latest(run)
    assert (tmp_path / "latest").readlink().name == later.name
    with State.open(tmp_path / "state.db", create=True) as state:
        for run in (before, later):
            take_in(state, run)
        known = {one.key: one for one in state.records("article")}
    assert known[record.key].record["title"] == "New"
    assert not any(one.misses for one in known.values())
    assert manifest.last_end(tmp_path / "none") is None


def test_a_run_that_ends_before_it_began_says_that_the_clock_went_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    ahead = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=3)
    run = write_run(tmp_path / "runs", ahead, [], outcome="unfinished")
    manifest.end(run, "complete", "finished", {})
    said = manifest.read(run)
    assert said.clock_went_back
    assert said.ended == said.began == ahead
    assert "The clock went back: the run began at" in caplog.text
    command = verify.Command()
    command.settings = Settings({"SHIO_MAX_PAGE": 5_000_000})
    command.run([str(tmp_path)], Namespace(archive=[]))
    assert command.exitcode == 0
    assert f"{run.name}: the clock went back while it ran" in capsys.readouterr().out
