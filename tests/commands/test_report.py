"""``scrapy report``, as a user runs it."""

from __future__ import annotations

from importlib import util
from pathlib import Path
from typing import Any

import pytest

from shio_scraper import command
from shio_scraper.commands.report import Command
from tests.commands.inspecting import Answer, ask
from tests.report.reporting import article, run_of, taken
from tests.spiders.running import in_process

DATA = Path("data")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def report(*arguments: str) -> Answer:
    return ask(Command(), *arguments)


def test_the_page_and_the_text_of_the_newest_run() -> None:
    older, newer = (run_of(DATA, at, [article(1)] * n) for at, n in ((0, 1), (1, 2)))
    (DATA / "runs" / "20990101T000000Z-no-run").mkdir()
    answer = report()
    assert (answer.status, answer.err) == (0, "")
    assert answer.lines == [f"report.html: {newer.name}, 2 records"]
    page = Path("report.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert newer.name in page
    assert report("--text").lines[0] == newer.name
    assert report("--text", older.name).lines[0] == older.name
    assert report("--text", str(older)).lines[0] == older.name


def test_text_alone_writes_no_page_and_both_may_be_asked_for() -> None:
    run = run_of(DATA, 0, [article(1)])
    report("--text")
    assert not Path("report.html").exists()
    answer = report("--text", "-o", "both.html")
    assert answer.lines[0] == run.name
    assert answer.lines[-1] == f"both.html: {run.name}, 1 records"


def test_a_data_folder_or_its_state_is_the_whole_dataset() -> None:
    taken(DATA, run_of(DATA, 0, [article(1)]), run_of(DATA, 1, [article(2)]))
    for place in (["data"], ["data/state.db"], ["data", "--state", "data/state.db"]):
        assert report(*place, "-o", "all.html").lines == ["all.html: The dataset, 2 records"]
        assert report(*place, "--text").lines[0] == "The dataset"


def test_the_same_page_from_the_same_run() -> None:
    taken(DATA, run_of(DATA, 0, [article(1)]))
    pages = []
    for name in ("one.html", "other.html"):
        report("-o", name)
        pages.append(Path(name).read_bytes())
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "data: no run in it: crawl first, or name a run or a data folder"),
        (["nothing"], "nothing: no run, no data folder and no state"),
        (["empty"], "empty: no run, no data folder and no state"),
        (["a", "b"], "a b: name one run or folder"),
        (["empty", "-o", "empty"], "-o empty: name a file, in a folder that is there"),
        (["-o", "nowhere/report.html"],
         "-o nowhere/report.html: name a file, in a folder that is there"),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_one_line(arguments: list[str], said: str) -> None:
    Path("empty").mkdir()
    answer = report(*arguments)
    assert (answer.status, answer.out, answer.err) == (2, "", f"scrapy report: {said}\n")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: (DATA / "runs").mkdir(parents=True),
         "data/state.db: no state; `scrapy dataset add RUN` makes one"),
        (lambda: (run_of(DATA, 0, []) / "manifest.json").write_text("{}"), "manifest.json: no man"),
        (lambda: taken(DATA, run_of(DATA, 0, [])).write_text("x"), "data/state.db: damaged"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_line(make: Any, said: str) -> None:
    make()
    runs = [path.name for path in (DATA / "runs").iterdir()]
    answer = report(*(runs if "manifest" in said else ["data"]))
    assert (answer.status, answer.out) == (1, "")
    assert said in answer.err
    assert answer.err.count("\n") == 1


def test_a_page_that_cannot_be_written_is_one_line() -> None:
    run_of(DATA, 0, [article(1)])
    Path("loop.html").symlink_to("loop.html")
    answer = report("-o", "loop.html")
    assert (answer.status, answer.out) == (1, "")
    assert answer.err.startswith("scrapy report: loop.html: ")


def test_without_the_extra_there_is_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of(DATA, 0, [article(1)])
    monkeypatch.setattr(
        command, "find_spec", lambda name: None if name == "vl_convert" else util.find_spec(name)
    )
    answer = report()
    assert (answer.status, answer.out) == (2, "")
    assert "(but not --text) needs more: pip install 'shio-scraper[report]'" in answer.err
    assert report("--text").lines[0] == run.name


def test_a_demo_crawl(crawled: Path, folder: Path) -> None:
    done = in_process(
        folder, "report", str(crawled), "--site", "demo", "--text", "-o", "report.html"
    )
    assert (done.status, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "The dataset"
    assert "articles      53  16   69" in lines
    assert "\x1b" not in done.stdout
    assert "上海日报时政新闻" in (folder / "report.html").read_text(encoding="utf-8")
