"""A state for each site: where it lies, what becomes of a state of 0.1."""

from __future__ import annotations

import sqlite3
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import pytest

from shio_scraper.dataset.intake import take_in
from shio_scraper.dataset.places import site_of_run, sites, state_path
from shio_scraper.dataset.state import State, StateError
from tests.dataset.making import day, made, write_run

if TYPE_CHECKING:
    from pathlib import Path

COPY = "http://127.0.0.1:8000"
ARTICLE = "/jsp/zfxw_detail_en.jsp?id=1"


def state_of(path: Path, site: str) -> Path:
    with State.open(path, create=True) as state:
        state.settle(site)
    return path


def archived(folder: Path, fetched_url: str | None) -> Path:
    record = made("article", day(0))
    record.provenance.fetched_url = fetched_url
    return write_run(folder / "runs", day(0), [record], site="archive")


def test_each_site_has_its_own(tmp_path: Path) -> None:
    names = {
        site: path.name
        for site in ("live", "demo", COPY, "http://mirror.example/a")
        if (path := state_path(tmp_path, "", site))
    }
    assert names == {
        "live": "state.db",
        "demo": "state-demo.db",
        COPY: "state-http-127-0-0-1-8000.db",
        "http://mirror.example/a": "state-http-mirror-example-a.db",
    }
    assert str(state_path(tmp_path, "other.db", "demo")) == "other.db"
    assert state_path(tmp_path, "off", "demo") is None


@pytest.mark.parametrize("asked", ["live", "demo", COPY])
def test_a_state_of_before_becomes_that_of_its_site(tmp_path: Path, asked: str) -> None:
    old = state_of(tmp_path / "state.db", "demo")
    with State.open(old) as state:
        take_in(state, write_run(tmp_path / "runs", day(0), [made("article", day(0))], site="demo"))
    state_path(tmp_path, "", asked)
    assert {path.name for path in tmp_path.glob("state*")} == {"state-demo.db"}
    with State.open(tmp_path / "state-demo.db") as state:
        assert len(state.runs()) == 1
    assert sites(tmp_path) == ["demo"]


def test_what_cannot_be_moved_is_said_and_left(tmp_path: Path) -> None:
    old = state_of(tmp_path / "state.db", "demo")
    state_of(tmp_path / "state-demo.db", "demo")
    with pytest.raises(StateError, match=r"is of site=demo, and cannot be moved to .*: .*exists"):
        state_path(tmp_path, "", "live")
    (tmp_path / "state-demo.db").unlink()
    with State.open(old) as state, state.writing():
        assert state.site == "demo"
        with pytest.raises(StateError, match="locked"):
            state_path(tmp_path, "", "live")
    assert old.exists()


@pytest.mark.parametrize("what", ["live", "damaged", "foreign"])
def test_any_other_stays(tmp_path: Path, what: str) -> None:
    old = tmp_path / "state.db"
    if what == "live":
        state_of(old, "live")
    elif what == "damaged":
        old.write_bytes(b"nothing" * 999)
    else:
        sqlite3.connect(old).execute("CREATE TABLE other (x)").connection.close()
    before = old.read_bytes()
    assert state_path(tmp_path, "", "demo") == tmp_path / "state-demo.db"
    assert old.read_bytes() == before


def test_files_are_of_the_site_that_they_were_fetched_from(tmp_path: Path) -> None:
    def site(fetched_url: str | None) -> str | None:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        return site_of_run(archived(folder, fetched_url), tmp_path)

    assert site(None) == "live"
    assert site(f"https://web.archive.org/web/2016id_/http://touch.shio.gov.cn{ARTICLE}") == "live"
    assert site(COPY + ARTICLE) == "demo"  # at any port of loopback
    state_of(tmp_path / "state-http-127-0-0-1-8000.db", COPY)
    assert site(COPY + ARTICLE) == COPY
    assert site(f"http://mirror.example{ARTICLE}") == "http://mirror.example"
    empty = write_run(tmp_path / "empty", day(0), [], site="archive")
    assert site_of_run(empty, tmp_path) is None


def _end(path: Path, run: Path, gate: Any) -> None:
    gate.wait()
    with State.open(path, create=True) as state:
        state.settle("live")
        take_in(state, run)


def test_runs_that_end_at_once_are_all_taken_in(tmp_path: Path) -> None:
    for attempt in range(3):
        folder = tmp_path / str(attempt)
        runs = [write_run(folder, day(n), [made("article", day(n))]) for n in range(4)]
        gate = get_context("fork").Barrier(len(runs))
        path = folder / "state.db"
        ends = [get_context("fork").Process(target=_end, args=(path, run, gate)) for run in runs]
        for process in ends:
            process.start()
        for process in ends:
            process.join()
        assert [process.exitcode for process in ends] == [0] * len(runs)
        with State.open(path) as state:
            assert len(state.runs()) == len(runs)
