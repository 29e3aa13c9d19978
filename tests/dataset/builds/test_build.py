"""A build: whole or not at all, sorted, the same bytes from the same state."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from shio_scraper.commands.dataset import Command as Dataset
from shio_scraper.dataset.builds import arrow
from shio_scraper.dataset.builds.build import build
from shio_scraper.dataset.builds.columns import TABLES, BuildError
from shio_scraper.dataset.builds.formats import read_database, read_lines
from shio_scraper.dataset.state import State
from tests.commands.inspecting import Answer, ask
from tests.dataset.builds.making import SHOWN, a_state, article, built, contents, some
from tests.dataset.making import day, made
from tests.spiders.running import in_process, lines

NAMES = {
    "README.md", "SHA256SUMS", "datapackage.json", "dataset.sqlite", "metadata.json",
    "settings.json", *(f"{table.name}.{end}" for table in TABLES for end in ("jsonl", "parquet")),
}  # fmt: skip


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_state(tmp_path_factory.mktemp("state"), some(), some()[1:])


@pytest.fixture(scope="module")
def folder(state: Path) -> Path:
    return built(state, state.parents[1] / "build")


# What it holds


def test_the_files(folder: Path) -> None:
    assert contents(folder).keys() == NAMES
    assert folder.stat().st_mode & 0o777 == 0o777 & ~_umask()


def _umask() -> int:
    done = subprocess.run(["sh", "-c", "umask"], capture_output=True, check=True, encoding="ascii")
    return int(done.stdout, 8)


def test_rows_are_the_records_by_key_with_their_history(folder: Path) -> None:
    rows = lines(folder / "articles.jsonl")
    assert [row["key"] for row in rows] == sorted(
        f"article/{name}" for name in ("en/10", "en/11", "en/2", "en/9", "zh/9")
    )
    assert list(rows[0]) == [column.name for column in TABLES[0].columns]
    known = {row["key"]: row for row in rows}
    assert known["article/en/9"]["last_seen"] == "2026-01-01T08:00:00Z"
    assert known["article/zh/9"]["first_seen"] == "2026-01-01T08:00:00Z"
    assert known["article/zh/9"]["last_seen"] == "2026-01-02T08:00:00Z"
    assert known["article/zh/9"]["same_as"] == [
        {"key": "article/en/9", "relation": "language", "similarity": 1.0}
    ]
    assert known["article/en/11"]["title"] == SHOWN


def test_every_format_says_the_same(folder: Path) -> None:
    for table in TABLES:
        first = list(read_lines(folder / f"{table.name}.jsonl"))
        assert first
        second = arrow.read(folder / f"{table.name}.parquet", table)
        assert first == list(map(msgspec.to_builtins, second))
        assert first == list(read_database(folder / "dataset.sqlite", table))


def test_what_the_newest_content_is_and_what_is_gone(tmp_path: Path) -> None:
    runs = [[article(1, title="Old"), article(2)], [article(1, title="New")], [], []]
    folder = built(a_state(tmp_path, *runs), tmp_path / "build", "jsonl")
    one, two = lines(folder / "articles.jsonl")
    assert (one["title"], one["versions"], one["gone"]) == ("New", 2, True)
    assert (two["title"], two["versions"], two["gone"]) == ("Story 2", 1, True)


def test_an_answer_that_was_seen_whole_stays_whole(tmp_path: Path) -> None:
    whole = made("faq", day(0), answer="1. Yes\n2. In the hall", answer_truncated=False)
    cut = made("faq", day(0), answer="1. Yes 2. In th", answer_truncated=True)
    folder = built(a_state(tmp_path, [cut], [whole], [cut]), tmp_path / "build", "jsonl")
    (row,) = lines(folder / "faq.jsonl")
    assert (row["answer"], row["answer_truncated"]) == ("1. Yes\n2. In the hall", False)
    assert (row["versions"], row["last_seen"][:10]) == (2, "2026-01-03")


def test_a_rewritten_answer_is_the_newest_though_cut(tmp_path: Path) -> None:
    whole = made("faq", day(0), answer="Yes, in the hall", answer_truncated=False)
    cut = made("faq", day(0), answer="No, since", answer_truncated=True)
    folder = built(a_state(tmp_path, [whole], [cut]), tmp_path / "build", "jsonl")
    (row,) = lines(folder / "faq.jsonl")
    assert (row["answer"], row["answer_truncated"]) == ("No, since", True)


def test_one_format_alone(state: Path, tmp_path: Path) -> None:
    names = contents(built(state, tmp_path / "build", "sqlite")).keys()
    assert names == {
        "README.md", "SHA256SUMS", "datapackage.json", "dataset.sqlite", "metadata.json",
        "settings.json",
    }  # fmt: skip
    assert "metadata.json" not in contents(built(state, tmp_path / "other", "jsonl", "parquet"))


def test_a_very_long_text(tmp_path: Path) -> None:
    text = "桥 and ferry " * 100_000
    folder = built(a_state(tmp_path, [article(1, paragraphs=[text])]), tmp_path / "build")
    for rows in (
        lines(folder / "articles.jsonl"),
        list(arrow.read(folder / "articles.parquet", TABLES[0])),
        list(read_database(folder / "dataset.sqlite", TABLES[0])),
    ):
        assert rows[0]["paragraphs"] == [text]


def test_more_rows_than_a_row_group(tmp_path: Path) -> None:
    state = a_state(tmp_path, [made("status", day(0), key=f"status/application/{n}")
                               for n in range(10_500)])  # fmt: skip
    folder = built(state, tmp_path / "build", "jsonl", "parquet")
    rows = list(arrow.read(folder / "status.parquet", TABLES[1]))
    assert [row["key"] for row in rows] == [row["key"] for row in lines(folder / "status.jsonl")]
    assert len(rows) == 10_500


# The same bytes


def test_runs_taken_in_another_order_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    source = folder.parent / "data" / "runs"
    runs = sorted(source.iterdir(), reverse=True)
    done = in_process(tmp_path, "dataset", "add", *map(str, runs), "--state", "other.db")
    assert done.status == 0, done.stderr
    assert contents(built(tmp_path / "other.db", tmp_path / "build")) == contents(folder)


def test_the_digests_hold(folder: Path) -> None:
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=folder, check=True,
                   capture_output=True)  # fmt: skip
    listed = (folder / "SHA256SUMS").read_text(encoding="utf-8").split()[1::2]
    assert listed == sorted(NAMES - {"SHA256SUMS"})


# Where it is put


def test_an_earlier_build_is_replaced(state: Path, tmp_path: Path) -> None:
    target = built(state, tmp_path / "build", "jsonl")
    before = contents(target)
    assert contents(built(state, target, "parquet")).keys() != before.keys()
    assert [path.name for path in tmp_path.iterdir()] == ["build"]


def test_a_folder_that_is_no_build_is_left_alone(state: Path, tmp_path: Path) -> None:
    target = built(state, tmp_path / "build", "jsonl")
    (target / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(BuildError, match="exists and is no earlier build"):
        built(state, target)
    assert (target / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_an_empty_folder_is_used(state: Path, tmp_path: Path) -> None:
    assert "SHA256SUMS" in contents(built(state, tmp_path, "jsonl"))


def test_a_link_to_an_earlier_build_stays_one(state: Path, tmp_path: Path) -> None:
    built(state, tmp_path / "build", "jsonl")
    (tmp_path / "newest").symlink_to("build")
    built(state, tmp_path / "newest", "parquet")
    assert (tmp_path / "newest").is_symlink()
    assert (tmp_path / "build" / "faq.parquet").exists()


# Trouble


def test_a_record_that_is_none_of_its_class_is_named(tmp_path: Path) -> None:
    state = a_state(tmp_path, [article(7)])
    with State.open(state) as opened:
        (text,) = opened.database.execute("SELECT json FROM documents").fetchone()
        changed = json.loads(text) | {"title": 5}
        opened.database.execute("UPDATE documents SET json = ?", (json.dumps(changed),))
    with pytest.raises(BuildError, match=r"^article/en/7: the state holds no such record: .*title"):
        built(state, tmp_path / "build")
    assert not (tmp_path / "build").exists()


def test_a_number_that_no_format_holds_is_told(tmp_path: Path) -> None:
    record = article(7)
    assert record.provenance.archive
    archive = replace(record.provenance.archive, offset=2**63)
    record = replace(record, provenance=replace(record.provenance, archive=archive))
    state = a_state(tmp_path, [record])
    with pytest.raises(BuildError, match="not built: "):
        built(state, tmp_path / "build", "parquet")
    assert not (tmp_path / "build").exists()


def test_an_empty_state(inside: Path) -> None:
    a_state(inside)
    answer = dataset("build", "-o", "build")
    assert answer.err.startswith("scrapy dataset build: data/state.db: the state is empty: ")
    a_state(inside, [])
    answer = dataset("build", "-o", "build")
    assert answer == Answer(
        1, "", "scrapy dataset build: data/state.db: no run that was taken in has a record\n"
    )
    assert [path.name for path in inside.iterdir()] == ["data"]


@pytest.mark.usefixtures("inside")
def test_no_state() -> None:
    answer = dataset("build", "-o", "build")
    assert answer.status == 1
    assert answer.err.startswith("scrapy dataset build: data/state.db: no state")
    assert answer.err.count("\n") == 1


def test_a_newer_state(inside: Path) -> None:
    with State.open(a_state(inside, some())) as state:
        state.database.execute("PRAGMA user_version = 99")
    answer = dataset("build", "-o", "b")
    assert answer.status == 1
    assert "a state of version 99" in answer.err
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (
            ("-o", "b", "--format", "xml"),
            "--format 'xml' cannot be: use jsonl, sqlite, parquet, csv",
        ),
        (("-o", "b", "--format", ""), "--format '' cannot be"),
        (("-o", "data"), "data exists and is no earlier build"),
        (("-o", "data/state.db"), "data/state.db exists and is no earlier build"),
        (("-o", "none/b"), "none/b: there is no folder"),
    ],
)
def test_wrong_use(arguments: tuple[str, ...], why: str, inside: Path) -> None:
    a_state(inside, some())
    answer = dataset("build", *arguments)
    assert answer.status == 2
    assert why in answer.err
    assert answer.err.count("\n") == 1
    assert not (inside / "b").exists()


def test_what_was_built_is_said(inside: Path) -> None:
    a_state(inside, some())
    answer = dataset("build", "-o", "b", "--format", "sqlite,jsonl")
    counts = "5 articles, 2 status, 2 faq, 1 events, 1 press_conferences, 1 documents, 1 rows"
    assert answer == Answer(0, f"b: {counts}, as jsonl, sqlite\n", "")


def test_what_a_reader_takes_from_a_state_that_grows_is_one_moment(tmp_path: Path) -> None:
    path = a_state(tmp_path, some())
    before = contents(built(path, tmp_path / "before", "jsonl"))
    with State.open(path) as state, state.snapshot():
        list(state.records("article"))
        a_state(tmp_path / "more", [])
        build(state, tmp_path / "after", ["jsonl"])
    assert contents(tmp_path / "after") == before


# Running


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def dataset(*arguments: str) -> Answer:
    return ask(Dataset(), *arguments)


@pytest.fixture(autouse=True)
def tidy(tmp_path: Path) -> Iterator[None]:
    yield
    shutil.rmtree(tmp_path)
