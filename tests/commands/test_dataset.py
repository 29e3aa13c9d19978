"""``scrapy dataset add``, ``rebuild`` and ``show``, and ``scrapy changes``, as a user runs them."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shio_scraper.commands.changes import Command as Changes
from shio_scraper.commands.dataset import Command as Dataset
from shio_scraper.commands.history import Command as History
from shio_scraper.dataset.state import State
from shio_scraper.runs.content import TYPES
from tests.commands.inspecting import Answer, ask
from tests.dataset.making import day, dump, made, scope, write_run
from tests.pipelines.samples import URL, reject
from tests.spiders.running import in_process


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def dataset(*arguments: str) -> Answer:
    """Run the command, whatever way it ends."""
    return ask(Dataset(), *arguments)


def changes(*arguments: str) -> Answer:
    return ask(Changes(), *arguments)


def run_of(at: float, *titles: str, where: str = "data/runs", **how: Any) -> Path:
    records = [
        made("article", day(at), key=f"article/en/{title.split()[0]}", title=title)
        for title in titles
    ]
    return write_run(Path(where), day(at), records, **how)


STATE = Path("data/state.db")


def test_runs_are_added_by_name_or_folder() -> None:
    first, second = run_of(0, "1"), run_of(1, "1 new", "2", where="elsewhere")
    answer = dataset("add", first.name, str(second))
    assert answer.lines == [
        f"{first.name}: 1 records, 1 new, 0 changed",
        f"{second.name}: 2 records, 1 new, 1 changed",
    ]
    assert (answer.status, answer.err) == (0, "")
    assert dataset("add", first.name).lines == [f"{first.name} was taken in before"]


def test_a_run_that_is_refused_does_not_stop_the_others() -> None:
    good, other, last = run_of(0, "1"), run_of(1, "2", site="demo"), run_of(2, "3")
    answer = dataset("add", "--site", "live", good.name, other.name, last.name)
    assert [line.partition(":")[0] for line in answer.lines] == [good.name, last.name]
    assert answer.err == (
        f"scrapy dataset add: {other.resolve()} is of site=demo, and the state of site=live: one "
        "state holds one site, and each has its own where neither SHIO_STATE nor --state names "
        "one\n"
    )
    assert answer.status == 1
    assert dataset("add", other.name).status == 0
    assert dataset("show", "--site", "demo").lines[0].startswith("data/state-demo.db: site=demo")


def test_what_the_state_holds() -> None:
    runs = [run_of(number, *titles) for number, titles in enumerate([("1", "2"), ("1",), ("1",)])]
    partial = run_of(3, "1", outcome="partial", reason="shutdown")
    dataset("add", *(run.name for run in [*runs, partial]))
    assert dataset("show").lines == [
        "data/state.db: site=live, tables of version 1",
        f"{runs[0].name}: complete, finished: 2 article",
        f"{runs[1].name}: complete, finished: 1 article",
        f"{runs[2].name}: complete, finished: 1 article",
        f"{partial.name}: partial, shutdown: 1 article",
        "article: 2 records, 1 of them gone",
        "document: 0 records, 0 of them gone",
        "event: 0 records, 0 of them gone",
        "faq: 0 records, 0 of them gone",
        "press_conference: 0 records, 0 of them gone",
        "row: 0 records, 0 of them gone",
        "status: 0 records, 0 of them gone",
    ]


def test_what_a_run_should_not_have_seen_is_said() -> None:
    listing = "https://touch.shio.gov.cn/jsp/zfxw_default_en.jsp?siteId=7"
    failed = replace(reject(), url=listing, reason="unreachable", detail="timeout")
    beside = made("article", day(0))
    runs = [
        write_run(Path("data/runs"), day(0), [beside, failed]),
        write_run(Path("data/runs"), day(1), [beside], scope=scope(narrowed_by=["max_pages"])),
    ]
    dataset("add", *(run.name for run in runs))
    assert dataset("show").lines[1:3] == [
        f"{runs[0].name}: complete, finished (no list of article): 1 article",
        f"{runs[1].name}: complete, finished (max_pages): 1 article",
    ]


def test_another_state() -> None:
    run = run_of(0, "1")
    assert dataset("add", run.name, "--state", "new/other.db").status == 0
    assert not STATE.exists()
    assert dataset("show", "--state", "new/other.db").lines[0].startswith("new/other.db: site=live")
    assert len(changes("--state", "new/other.db").lines) == 1


# Rebuilding


def test_a_rebuilt_state_is_the_same() -> None:
    runs = [run_of(number, f"1 {number}", str(number)) for number in range(4)]
    dataset("add", *(run.name for run in reversed(runs)))
    before = dump(STATE)
    answer = dataset("rebuild")
    assert answer.lines[-1] == "data/state.db: made anew from 4 runs"
    assert answer.status == 0
    assert dump(STATE) == before
    assert {path.name for path in Path("data").iterdir()} == {"runs", "state.db"}


@pytest.mark.parametrize("damage", [b"", b"nothing at all" * 999, "header", "tables"])
def test_a_damaged_state_is_named_and_rebuilt(damage: Any) -> None:
    runs = [run_of(number, f"1 {number}", *map(str, range(99))) for number in range(2)]
    dataset("add", *(run.name for run in runs))
    before = dump(STATE)
    data = bytearray(STATE.read_bytes())
    if isinstance(damage, bytes):
        data = bytearray(damage)
    else:
        start, end = (20, 90) if damage == "header" else (len(data) // 4, len(data))
        data[start:end] = b"\xff" * (end - start)
    STATE.write_bytes(data)
    for answer in (dataset("show"), changes()):
        assert answer.status == 1
        assert len(answer.err.splitlines()) == 1
        assert "data/state.db: " in answer.err
        assert "scrapy dataset rebuild" in answer.err
    answer = dataset("rebuild")
    assert answer.status == 0, answer.err
    assert "data/state.db: made anew from 2 runs" in answer.lines[-1]
    assert dump(STATE) == before


def test_what_could_not_be_read_is_kept() -> None:
    run_of(0, "1")
    STATE.write_bytes(b"nothing at all")
    assert dataset("rebuild").lines[-1] == (
        "data/state.db: made anew from 1 runs; the old one is data/state.db.old"
    )
    assert Path("data/state.db.old").read_bytes() == b"nothing at all"


def test_a_newer_state_is_refused() -> None:
    run = run_of(0, "1")
    dataset("add", run.name)
    with sqlite3.connect(STATE) as database:
        database.execute("PRAGMA user_version = 2")
    database.close()
    before = STATE.read_bytes()
    for answer in (dataset("show"), dataset("add", run.name), changes()):
        assert answer.status == 1
        assert answer.err.partition(": ")[2] == (
            "data/state.db: a state of version 2, and this shio-scraper reads up to 1: upgrade "
            "it, or make the state anew by `scrapy dataset rebuild`\n"
        )
    assert STATE.read_bytes() == before
    assert dataset("rebuild").status == 0
    assert dataset("show").status == 0


def test_runs_that_are_not_there_keep_the_old_state() -> None:
    here, elsewhere = run_of(0, "1"), run_of(1, "2", where="elsewhere")
    dataset("add", here.name, str(elsewhere))
    before = dump(STATE)
    answer = dataset("rebuild")
    assert answer.status == 1
    assert answer.err == (
        f"scrapy dataset rebuild: data/state.db stays as it is: it holds {elsewhere.name}, which "
        "cannot be taken in: name their folders, or leave them out by --drop\n"
    )
    assert dump(STATE) == before
    assert dataset("rebuild", str(elsewhere)).status == 0
    assert dump(STATE) == before
    assert dataset("rebuild", "--drop").status == 0
    assert [line.partition(":")[0] for line in dataset("show").lines[1:2]] == [here.name]


def test_unfinished_runs_and_other_sites_are_left_out() -> None:
    run_of(0, "1", site="demo")
    run_of(1, "1")
    run_of(2, "2", outcome="unfinished")
    answer = dataset("rebuild", "--state", "new.db")
    assert answer.status == 2
    assert answer.err == (
        "scrapy dataset rebuild: there are runs of several sites: add --site demo|live\n"
    )
    assert dataset("rebuild").lines[-1] == "data/state.db: made anew from 1 runs, 2 left out"
    assert dataset("rebuild", "--unfinished").lines[-1] == (
        "data/state.db: made anew from 2 runs, 1 left out"
    )
    assert dataset("rebuild", "--site", "demo").lines[-1] == (
        "data/state-demo.db: made anew from 1 runs, 2 left out"
    )
    none = dataset("rebuild", "--site", "http://127.0.0.1:8000")
    assert (none.status, none.err) == (
        2, "scrapy dataset rebuild: data: no run of --site http://127.0.0.1:8000\n"
    )  # fmt: skip


@pytest.mark.parametrize("command", [("show",), ("build", "-o", "build")])
def test_states_of_other_sites_are_named(command: tuple[str, ...]) -> None:
    dataset("add", run_of(0, "1", site="demo").name)
    answer = dataset(*command)
    assert (answer.status, answer.out) == (2, "")
    assert answer.err == (
        f"scrapy dataset {command[0]}: data/state.db: no state; there is one of --site demo\n"
    )
    wrong = dataset(*command, "--site", "nowhere")
    assert wrong.err.endswith("--site nowhere: use live, demo or the address of a copy\n")


def test_a_run_that_was_changed_is_named() -> None:
    run_of(0, "1")
    changed = run_of(1, "2")
    (changed / "articles.jsonl").write_bytes(b"")
    answer = dataset("rebuild")
    assert answer.status == 1
    assert "not as its manifest.json says: articles.jsonl" in answer.err
    assert answer.lines[-1] == "data/state.db: made anew from 1 runs"


def test_another_file_is_never_overwritten() -> None:
    run = run_of(0, "1")
    with sqlite3.connect("other.db") as database:
        database.execute("CREATE TABLE mine (x)")
    database.close()
    before = Path("other.db").read_bytes()
    for arguments in (("rebuild",), ("add", run.name), ("show",)):
        answer = dataset(*arguments, "--state", "other.db")
        assert answer.status == 1
        assert "other.db: not a state of shio-scraper" in answer.err
    assert Path("other.db").read_bytes() == before


# Wrong arguments


FORMS = "write YYYY-MM-DD, or as in '2 weeks ago', 'yesterday'"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("x",), "x: this command takes options only"),
        (
            ("--type", "news"),
            f"--type: invalid choice: 'news' (choose from {', '.join(map(repr, TYPES))})",
        ),
        (("--since", "soon"), f"--since: soon is not a day: {FORMS}"),
        (("--until", "2026-02-30"), f"--until: 2026-02-30 is not a day: {FORMS}"),
        (
            ("--since", "2026-02-02", "--until", "2026-02-01"),
            "--since 2026-02-02 is after --until 2026-02-01: exchange them",
        ),
        (
            ("--format", "xml"),
            "--format: invalid choice: 'xml' (choose from 'jsonl', 'table', 'csv', 'atom')",
        ),
        (("--gone-after", "0"), "--gone-after: '0' is not a number from 1 on"),
    ],
)
def test_wrong_options_of_changes(arguments: tuple[str, ...], said: str) -> None:
    answer = changes(*arguments)
    assert (answer.status, answer.out) == (2, "")
    assert answer.err == f"scrapy changes: {said}\n"


def test_no_state(folder: Path) -> None:
    for name, answer in (("dataset show", dataset("show")), ("changes", changes())):
        assert answer.status == 1
        assert answer.err == (
            f"scrapy {name}: data/state.db: no state; `scrapy dataset add RUN` makes one\n"
        )
    assert list(folder.iterdir()) == []


# Changes


def test_changes_of_a_period() -> None:
    """Days are UTC; both count."""
    runs = [run_of(number, f"1 {number}") for number in range(4)]
    dataset("add", *(run.name for run in runs))
    found = changes("--since", "2026-01-02", "--until", "2026-01-03", "--type", "article").lines
    assert [json.loads(line)["at"] for line in found] == [
        "2026-01-02T08:00:00Z",
        "2026-01-03T08:00:00Z",
    ]
    assert changes("--type", "status").lines == []


def test_changes_since_a_run() -> None:
    runs = [run_of(number, f"1 {number}") for number in range(3)]
    dataset("add", *(run.name for run in runs))
    Path("data/latest").symlink_to(runs[-1].resolve())
    for name in (runs[0].name, str(runs[0])):
        assert len(changes("--since-run", name).lines) == 2
    assert changes("--since-run", "latest").lines == []
    lines = changes("--since-run", runs[1].name, "--format", "table").lines
    assert lines == [
        "2026-01-03T08:00:00  changed   article/en/1  1 2", " " * 21 + "title: 1 [-1-]{+2+}",
    ]  # fmt: skip
    answer = changes("--since-run", "no-such")
    assert (answer.status, answer.out) == (2, "")
    assert "--since-run no-such: data/state.db holds no such run" in answer.err


def test_the_history_of_a_record() -> None:
    runs = [run_of(number, f"1 {number // 7}") for number in range(8)]
    dataset("add", *(run.name for run in runs))
    names = [run.name for run in runs]
    assert ask(History(), "article/en/1").lines == [
        "2026-01-01T08:00:00  added     article/en/1  1 0",
        f"{'':21}7 captures, until 2026-01-07T08:00:00: {', '.join(names[:4])}, 2 more, {names[6]}",
        f"{'':21}{URL} (a.warc.gz:0)",
        "2026-01-08T08:00:00  changed   article/en/1  1 1",
        f"{'':21}title: 1 [-0-]{{+1+}}",
        f"{'':21}1 capture, until 2026-01-08T08:00:00: {names[7]}",
        f"{'':21}{URL} (a.warc.gz:0)",
    ]
    first, _ = map(json.loads, ask(History(), "article/en/1", "--json").lines)
    assert len(first["captures"]) == 7
    answer = ask(History(), "article/en/11")
    assert (answer.status, answer.out) == (2, "")
    assert "holds no such record: did you mean article/en/1?" in answer.err


def test_when_a_record_is_gone_is_a_setting(folder: Path) -> None:
    runs = [run_of(number, *["1"] * (number == 0)) for number in range(4)]
    dataset("add", *(run.name for run in runs))

    def misses(*arguments: str) -> list[int]:
        run = in_process(folder, "changes", *arguments)
        assert run.stderr == ""
        found = [json.loads(line) for line in run.stdout.splitlines()]
        return [one["misses"] for one in found if one["change"] == "gone"]

    assert misses() == [2]
    assert misses("-s", "SHIO_GONE_AFTER=3") == [3]
    assert misses("--gone-after", "1", "-s", "SHIO_GONE_AFTER=3") == [1]


def test_who_reads_meanwhile_sees_the_old_state() -> None:
    runs = [run_of(number, f"1 {number}", *map(str, range(2, 50))) for number in range(3)]
    dataset("add", runs[0].name)
    with State.open(STATE) as reader:
        rows = reader.records("article")
        next(rows)
        assert dataset("rebuild").status == 0
        assert {known.last_seen for known in rows} == {day(0)}
        assert {known.last_seen for known in reader.records("article")} == {day(2)}
    assert {path.name for path in Path("data").iterdir()} == {"runs", "state.db"}


@pytest.mark.parametrize(
    ("words", "shown"),
    [(["dataset"], "tell what the state holds"), (["dataset", "build"], "--format FORMAT")],
)
def test_its_help_lists_what_is_given(tmp_path: Path, words: list[str], shown: str) -> None:
    helped = in_process(tmp_path, *words, "-h")
    assert (helped.status, helped.stderr) == (0, "")
    assert helped.stdout.startswith(f"usage: scrapy {' '.join(words)} ")
    assert shown in helped.stdout
