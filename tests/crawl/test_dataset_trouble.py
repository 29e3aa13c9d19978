"""Killed, two at once, a full disk: the state is the old one or the new one, never between."""

from __future__ import annotations

import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from shio_scraper.dataset.intake import take_in
from shio_scraper.dataset.state import State
from tests.dataset.making import day, dump, made, write_run
from tests.spiders.running import TIMEOUT, in_process, scrapy, start_scrapy

MANY = 20_000


def articles(at: float, count: int, title: str) -> Iterator[Any]:
    return (
        made("article", day(at), key=f"article/en/{number}", title=title) for number in range(count)
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A small run, and two large ones."""
    folder = tmp_path_factory.mktemp("runs")
    counts = (10, MANY, MANY)
    return [write_run(folder, day(n), articles(n, c, f"{n}")) for n, c in enumerate(counts)]


@pytest.fixture
def state(tmp_path: Path, runs: list[Path]) -> Path:
    """A state that holds the small run."""
    path = tmp_path / "state.db"
    with State.open(path, create=True) as opened:
        take_in(opened, runs[0])
    return path


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory, runs: list[Path]) -> list[Any]:
    """What a state says that holds all runs."""
    path = tmp_path_factory.mktemp("expected") / "state.db"
    with State.open(path, create=True) as opened:
        for run in runs:
            take_in(opened, run)
    return dump(path)


def adding(state: Path, run: Path) -> tuple[str, ...]:
    return ("dataset", "add", "--state", str(state), str(run))


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


def is_locked(state: Path) -> bool:
    """Tell whether someone writes to the state."""
    with closing(sqlite3.connect(state, timeout=0, isolation_level=None)) as database:
        try:
            database.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        return False


def test_a_killed_intake_leaves_the_old_state(
    state: Path, runs: list[Path], expected: list[Any]
) -> None:
    before = dump(state)
    process = start_scrapy(state.parent, *adding(state, runs[1]))
    wait_for(lambda: is_locked(state))
    process.send_signal(signal.SIGKILL)
    assert process.communicate(timeout=TIMEOUT) == ("", "")
    assert dump(state) == before
    for run in runs[1:]:
        with State.open(state) as opened:
            assert not take_in(opened, run).was_known
    assert dump(state) == expected


def test_an_intake_killed_as_it_writes_is_done_or_not(state: Path, runs: list[Path]) -> None:
    before = dump(state)
    wal = state.with_name("state.db-wal")
    process = start_scrapy(state.parent, *adding(state, runs[1]))
    wait_for(lambda: wal.exists() and wal.stat().st_size > 100_000)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=TIMEOUT)
    with closing(sqlite3.connect(state)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with State.open(state) as opened:
        was_done = take_in(opened, runs[1]).was_known
        assert was_done or dump(state) != before
        assert sum(1 for _ in opened.records("article")) == MANY


def test_several_at_once(tmp_path: Path, runs: list[Path], expected: list[Any]) -> None:
    """Each waits for its turn; the same run is taken in once."""
    state = tmp_path / "state.db"
    order = [runs[1], runs[2], runs[1], runs[0]]
    processes = [start_scrapy(tmp_path, *adding(state, run)) for run in order]
    told = [process.communicate(timeout=TIMEOUT * 2) for process in processes]
    assert [err for _, err in told] == [""] * 4
    assert [process.returncode for process in processes] == [0] * 4
    twice = sorted(told[number][0].partition(" ")[2] for number in (0, 2))
    assert twice[1] == "was taken in before\n"
    assert dump(state) == expected


def test_the_state_can_be_read_while_a_run_is_taken_in(state: Path, runs: list[Path]) -> None:
    before = dump(state)
    process = start_scrapy(state.parent, *adding(state, runs[1]))
    wait_for(lambda: is_locked(state))
    assert dump(state) == before
    with State.open(state) as opened:
        assert sum(1 for _ in opened.records("article")) == 10
    assert process.communicate(timeout=TIMEOUT)[1] == ""


def test_a_full_disk_leaves_the_old_state(state: Path, runs: list[Path]) -> None:
    before = dump(state)
    done = scrapy(state.parent, *adding(state, runs[1]), file_size=1_000_000)
    assert (done.status, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith(f"scrapy dataset add: {state}: ")
    assert dump(state) == before


def test_a_full_disk_at_a_crawl_s_end_harms_no_run(tmp_path: Path) -> None:
    command = ("crawl", "portal", "-a", "site=demo", "-a", "only=faq", "-s", "SHIO_ARCHIVE=off")
    done = scrapy(tmp_path, *command, file_size=100_000)
    assert done.status == 5
    assert "Traceback" not in done.stderr
    (line,) = [line for line in done.stderr.splitlines() if " WARNING: " in line]
    assert "Not taken into the dataset: data/state-demo.db: " in line
    (run,) = (tmp_path / "data" / "runs").iterdir()
    added = in_process(tmp_path, "dataset", "add", run.name)
    assert added.status == 0, added.stderr
    assert f"{run.name}: " in added.stdout
