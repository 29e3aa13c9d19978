"""``scrapy explain``: each field with its block and rule, and what differs today."""

from __future__ import annotations

import json
import shutil
from dataclasses import fields
from typing import TYPE_CHECKING, Final

import pytest
from rich.cells import cell_len

from shio_scraper.commands.explain import Command, fit
from shio_scraper.items import Article, Event, Faq, Status, type_of
from shio_scraper.reproduction import Rereader
from tests.commands.inspecting import Answer, Change, ask, change, the_run, warc_of
from tests.spiders.running import RECORD_FILES, Json, in_process, lines

if TYPE_CHECKING:
    from pathlib import Path

KEY: Final = "article/en/2241"
SAME: Final = "Today's parser gives the same record."


def explain(*arguments: str | Path) -> Answer:
    return ask(Command(), *map(str, arguments))


def keys(data: Path) -> list[str]:
    return [
        record["key"] for name in RECORD_FILES for record in lines(the_run(data) / f"{name}.jsonl")
    ]


def test_an_article(crawled: Path) -> None:
    answer = explain(KEY, "--data", crawled)
    assert (answer.status, answer.err) == (0, "")
    assert answer.lines[0] == KEY
    assert answer.lines[-1] == SAME
    title = answer.lines.index(next(line for line in answer.lines if line.startswith("title ")))
    assert answer.lines[title + 1].strip() == "rule: dated title line, right below the section"
    assert answer.lines[title + 2].strip().startswith("from: body/table[1]/")
    assert answer.lines[title + 3].strip().startswith("“Old lane houses")


def test_every_record_of_a_crawl_is_the_same_at_100_columns(crawled: Path) -> None:
    chosen = keys(crawled)[::4]
    assert len(chosen) > 20
    for key in chosen:
        answer = explain(key, "--data", crawled)
        assert (answer.status, answer.lines[-1]) == (0, SAME), key
        assert max(map(cell_len, answer.lines)) <= 100


@pytest.mark.parametrize("record_class", [Article, Status, Faq, Event])
def test_json_tells_every_field(crawled: Path, record_class: type) -> None:
    key = next(k for k in keys(crawled) if k.startswith(type_of(record_class)))
    answer = explain(key, "--data", crawled, "--json")
    told = answer.json
    assert answer.out.count("\n") == 1
    assert (told["key"], told["same"], told["problem"]) == (key, True, None)
    assert told["differences"] == {}
    assert list(told["fields"]) == [
        f.name for f in fields(record_class) if f.name not in {"doubts", "provenance"}
    ]
    (record,) = [
        record
        for name in RECORD_FILES
        for record in lines(the_run(crawled) / f"{name}.jsonl")
        if record["key"] == key
    ]
    for name, field in told["fields"].items():
        assert field["value"] == record[name]
        assert field["rule"]
        for block in field["blocks"]:
            assert block["path"]
            assert block["text"]


def test_as_a_user_runs_it(crawled: Path, tmp_path: Path) -> None:
    run = in_process(tmp_path / "here", "explain", KEY, "-s", f"SHIO_DATA={crawled}")
    assert (run.status, run.stderr) == (0, "")
    assert run.stdout.endswith(f"{SAME}\n")
    assert not list(run.folder.iterdir())


@pytest.mark.parametrize(
    ("field", "how"),
    [
        ("title", lambda record: record.update(title="Another")),
        ("links", lambda record: record.update(links=[])),
        ("key", lambda record: record.update(key="article/en/1")),
        ("portal_id", lambda record: record.pop("portal_id")),
        ("provenance.layout", lambda record: record["provenance"].update(layout="aspx")),
    ],
)
def test_a_changed_field_is_named_with_old_and_new(data: Path, field: str, how: Change) -> None:
    change(the_run(data) / "articles.jsonl", KEY, how)
    key = "article/en/1" if field == "key" else KEY
    answer = explain(key, "--data", data)
    assert answer.status == 1
    told = answer.lines.index("Today's parser gives another record:")
    assert answer.lines[told + 1] == f"  {field}"
    assert [line.split(":")[0].strip() for line in answer.lines[told + 2 :]] == ["old", "new"]
    (difference,) = explain(key, "--data", data, "--json").json["differences"].items()
    assert difference[0] == field
    assert difference[1]["old"] != difference[1]["new"]


def test_a_teaser_is_shown_and_not_compared(data: Path) -> None:
    change(the_run(data) / "articles.jsonl", KEY, lambda record: record.update(teaser="Of old"))
    answer = explain(KEY, "--data", data, "--json")
    assert answer.status == 0
    assert answer.json["fields"]["teaser"] == {
        "value": "Of old",
        "rule": "the listing, not this page",
        "blocks": [],
    }


def test_a_missing_archive(data: Path) -> None:
    name = warc_of(data).name
    shutil.rmtree(the_run(data) / "archive")
    answer = explain(KEY, "--data", data)
    assert answer.status == 1
    assert answer.lines[-1].startswith(f"Cannot be reproduced: no capture: no file {name} found")
    assert explain(KEY, "--data", data, "--json").json["same"] is False


def test_an_archive_elsewhere(data: Path, tmp_path: Path) -> None:
    shutil.move(the_run(data) / "archive", tmp_path / "moved")
    answer = explain(KEY, "--data", data, "--archive", tmp_path / "moved")
    assert (answer.status, answer.lines[-1]) == (0, SAME)


def test_a_page_that_no_longer_gives_the_record(data: Path) -> None:
    file = the_run(data) / "articles.jsonl"
    records = {record["key"]: record for record in lines(file)}
    other = next(record for key, record in records.items() if key.startswith("article/zh/"))
    change(file, KEY, lambda record: record.update(provenance=other["provenance"]))
    answer = explain(KEY, "--data", data)
    assert answer.status == 1
    assert "no such record of the capture" in answer.lines[-1]


def another_run(data: Path, name: str, change: dict[str, object]) -> None:
    """Add a run that has the one article, changed."""
    (record,) = [r for r in lines(the_run(data) / "articles.jsonl") if r["key"] == KEY]
    run = data / "runs" / name
    run.mkdir()
    line = json.dumps({**record, **change}) + "\n"
    (run / "articles.jsonl").write_text(line, encoding="utf-8")


def test_the_newest_run_counts_unless_one_is_named(data: Path) -> None:
    own = the_run(data).name
    another_run(data, "20990101T000000Z-portal", {"title": "Of tomorrow"})
    assert list(explain(KEY, "--data", data, "--json").json["differences"]) == ["title"]
    assert explain(KEY, "--data", data, "--run", own, "--json").json["same"] is True


def test_the_newest_run_that_has_the_key(data: Path) -> None:
    own = the_run(data).name
    another_run(data, "20990101T000000Z-portal", {"key": "article/en/9"})
    assert explain(KEY, "--data", data, "--json").json["run"] == own


def test_of_a_history_the_newest_capture(data: Path) -> None:
    file = the_run(data) / "articles.jsonl"
    (record,) = [r for r in lines(file) if r["key"] == KEY]
    times = ["2020-01-01T00:00:00Z", "2019-01-01T00:00:00Z"]

    def at(time: str) -> Json:
        return {**record, "provenance": {**record["provenance"], "fetched_at": time}}

    with file.open("a", encoding="utf-8") as stream:
        stream.writelines(json.dumps(at(time)) + "\n" for time in times)
    answer = explain(KEY, "--data", data)
    now = record["provenance"]["fetched_at"]
    shown = " ".join(answer.out.split())
    assert f"captures {times[1]}, {times[0]}, {now}: the last is explained" in shown
    assert any(line.startswith("capture ") and line.endswith(now) for line in answer.lines)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "name one key, such as article/en/2241"),
        ((KEY, KEY), "name one key, such as article/en/2241"),
        (("article/en/2242",), "article/en/2242: no such key in 1 run: did you mean article/en/2"),
        (("nothing like it",), "nothing like it: no such key in 1 run\n"),
        ((KEY, "--run", "x"), "--run x: no such run in "),
        ((KEY, "--archive", "nowhere"), "--archive nowhere: no such file or folder"),
    ],
)
def test_a_wrong_argument(crawled: Path, arguments: tuple[str, ...], words: str) -> None:
    answer = explain(*arguments, "--data", crawled)
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.startswith(f"scrapy explain: {words}")
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize(
    ("place", "words"),
    [("nowhere", "nowhere: no such file or folder"), ("empty", "empty: no run in it")],
)
def test_no_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, words: str) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    answer = explain(KEY, "--data", place)
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.startswith(f"scrapy explain: {words}")


def test_lines_that_cannot_be_read_are_told_where_the_key_is_missing(data: Path) -> None:
    file = the_run(data) / "articles.jsonl"
    file.write_bytes(file.read_bytes() + b'{"type":"article","key":"x')
    assert explain(KEY, "--data", data).status == 0
    answer = explain("nothing like it", "--data", data)
    assert "(1 line cannot be read: scrapy verify names it)" in answer.err


@pytest.mark.parametrize(
    ("line", "width", "fitted"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("开闸了", 6, "开闸了"),
        ("开闸了", 5, "开闸…"),
        ("开闸了", 4, "开…"),
        ("a开闸", 4, "a开…"),
        ("", 3, ""),
    ],
)
def test_fit(line: str, width: int, fitted: str) -> None:
    assert fit(line, width) == fitted
    assert cell_len(fitted) <= width


def test_a_difference_of_the_parser_s_alone(crawled: Path) -> None:
    """The old capture is read as the new record was; without it nobody can tell."""
    run = the_run(crawled)
    now = next(one for one in lines(run / "articles.jsonl") if one["provenance"]["template"])
    old = now | {"title": "Old", "provenance": now["provenance"] | {"template": None}}
    reread = Rereader(run)
    assert reread(run.name, old, now)
    assert not reread(run.name, old, now | {"title": "New"})
    assert not reread(run.name, old | {"provenance": old["provenance"] | {"archive": None}}, now)
