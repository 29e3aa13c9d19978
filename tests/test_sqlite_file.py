"""Files of SQLite in a folder that cannot be written are read all the same."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from shio_scraper.dataset.intake import take_in
from shio_scraper.dataset.state import State, StateError
from shio_scraper.frontier.database import Database
from shio_scraper.frontier.store import FrontierError
from tests.dataset.making import day, made, write_run

NOBODY = 65_534


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everybody may look into; pytest's own are their owner's alone."""
    with TemporaryDirectory() as name:
        path = Path(name)
        yield path
        path.chmod(0o700)


@contextmanager
def sealed(folder: Path) -> Iterator[None]:
    """Let nothing in the folder be written; the superuser would write all the same."""
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)
    user = os.geteuid()
    os.seteuid(user or NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_state(folder: Path, tmp_path: Path) -> None:
    path = folder / "state.db"
    with State.open(path, create=True) as state:
        take_in(state, write_run(tmp_path, day(0), [made("article", day(0))]))
    with sealed(folder):
        with State.open(path) as state:
            assert [known.versions for known in state.records("article")] == [1]
        with pytest.raises(StateError), State.open(path, create=True) as state, state.telling():
            state.database.execute("DELETE FROM records")


def test_a_frontier(folder: Path) -> None:
    path = folder / "frontier.db"
    with closing(Database.at(path)) as database:
        database.execute("INSERT INTO crawls VALUES (1, 'abc', 'portal', '{}', '2026-01-01', NULL)")
    with sealed(folder):
        keeper = Database.look(path)
        assert [state.crawl.name for state in keeper.crawls()] == ["abc"]
        with pytest.raises(FrontierError, match="readonly"):
            keeper.clear(next(keeper.crawls()).crawl)


def test_changes_that_wait_are_not_passed_over(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with State.open(path, create=True) as state:
        state.database.execute("PRAGMA wal_autocheckpoint = 0")
        take_in(state, write_run(tmp_path, day(0), [made("article", day(0))]))
        for name in ("state.db", "state.db-wal"):  # as a copy may leave them
            shutil.copy(tmp_path / name, folder / name)
    with sealed(folder), pytest.raises(StateError, match=r"state\.db-wal"):
        State.open(folder / "state.db")
    folder.chmod(0o700)
    with State.open(folder / "state.db") as state:
        assert len(list(state.records("article"))) == 1


def test_what_is_no_sqlite_is_said(folder: Path) -> None:
    (folder / "state.db").write_bytes(b"no database" * 100)
    with sealed(folder), pytest.raises(StateError, match="damaged"):
        State.open(folder / "state.db")


def test_the_log_of_a_writer_is_read(folder: Path) -> None:
    path = folder / "frontier.db"
    with closing(Database.at(path)) as writer:
        writer.execute("INSERT INTO crawls VALUES (1, 'abc', 'portal', '{}', '2026-01-01', NULL)")
        with sealed(folder):
            assert [state.crawl.name for state in Database.look(path).crawls()] == ["abc"]
        folder.chmod(0o700)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM crawls").fetchone() == (1,)
