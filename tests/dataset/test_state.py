"""The state: what it says of records, from runs taken in."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Timer

import pytest

from shio_scraper.dataset import database
from shio_scraper.dataset.intake import take_in
from shio_scraper.dataset.state import State, StateError
from tests.dataset.making import day, made, write_run


def test_what_is_known_of_a_record(tmp_path: Path) -> None:
    first = made("article", day(0), title="Old")
    second = made("article", day(1), title="New")
    runs = [write_run(tmp_path, day(n), [record]) for n, record in enumerate([first, second])]
    with State.open(tmp_path / "state.db", create=True) as state:
        for run in reversed(runs):
            assert take_in(state, run).counts == {"article": 1}
        (known,) = state.records("article")
        assert known.key == first.key
        assert known.record["title"] == "New"
        assert (known.first_seen, known.last_seen) == (day(0), day(1))
        assert (known.versions, known.misses, known.gone) == (2, 0, False)
        assert [run.name for run in state.runs()] == [run.name for run in runs]
        assert state.site == "live"


def test_a_record_that_two_complete_runs_missed_is_gone(tmp_path: Path) -> None:
    runs = [
        write_run(tmp_path, day(n), [made("article", day(n))] if n < 2 else []) for n in range(4)
    ]
    with State.open(tmp_path / "state.db", create=True) as state:
        for number, run in enumerate(runs):
            take_in(state, run)
            (known,) = state.records("article")
            assert known.misses == max(0, number - 1)
            assert known.gone is (number == 3)


def test_a_locked_state_is_waited_for_with_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_AT_ONCE", 0.1)
    monkeypatch.setattr(database, "_REPORT_EVERY", 0.1)
    path = tmp_path / "state.db"
    run = write_run(tmp_path, day(0), [made("article", day(0))])
    with (
        State.open(path, create=True) as state,
        closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        timer = Timer(0.5, other.execute, ["ROLLBACK"])
        timer.start()
        assert take_in(state, run).counts == {"article": 1}
        timer.join()
    assert f"{path} is locked by another process: waiting, 0 of 300 seconds so far" in caplog.text


def test_a_state_that_stays_locked_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_AT_ONCE", 0.1)
    monkeypatch.setattr(database, "_PATIENCE", 0.3)
    path = tmp_path / "state.db"
    run = write_run(tmp_path, day(0), [])
    with (
        State.open(path, create=True) as state,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StateError, match="is locked"):
            take_in(state, run)
