"""What differs between two builds, whatever their formats."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shio_scraper.commands.dataset import Command as Dataset
from shio_scraper.dataset.builds.diff import diff
from tests.commands.inspecting import Answer, ask
from tests.dataset.builds.making import FORMATS, SHOWN, a_state, article, built, some
from tests.dataset.making import day, made


def compare(*arguments: object) -> Answer:
    return ask(Dataset(), "diff", *map(str, arguments))


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two states, built in each format."""
    folder = tmp_path_factory.mktemp("diff")
    records = some()
    changed = article(10, title=SHOWN, paragraphs=["New."], teaser="Other")
    new = [*records[2:], changed, article(500), made("faq", day(0), key="faq/en/1", answer=None)]
    for name, state in (("a", a_state(folder / "a", records)), ("b", a_state(folder / "b", new))):
        for end in FORMATS:
            built(state, folder / f"{name}.{end}", end)
    return folder


@pytest.mark.parametrize(("one", "two"), list(product(FORMATS, FORMATS)))
def test_what_was_added_removed_and_changed(builds: Path, one: str, two: str) -> None:
    answer = compare(builds / f"a.{one}", builds / f"b.{two}")
    assert (answer.status, answer.err) == (1, "")
    found = [json.loads(line) for line in answer.out.split("\n")[:-1]]
    assert [(told["change"], told["type"], told["key"]) for told in found] == [
        ("changed", "article", "article/en/10"),
        ("added", "article", "article/en/500"),
        ("removed", "article", "article/en/9"),
        ("changed", "article", "article/zh/9"),
        ("added", "faq", "faq/en/1"),
    ]
    assert found[0]["fields"].keys() == {"title", "paragraphs"}
    assert found[0]["fields"]["title"] == {"old": "Story 10", "new": SHOWN}
    assert found[1]["record"]["published"] == "2016-09-01"
    assert found[3]["fields"].keys() == {"same_as"}
    assert found[3]["fields"]["same_as"]["new"] == []


@pytest.mark.parametrize(("one", "two"), list(product(FORMATS, FORMATS)))
def test_formats_of_one_state_do_not_differ(builds: Path, one: str, two: str) -> None:
    assert compare("--everything", builds / f"a.{one}", builds / f"a.{two}") == Answer(0, "", "")


def test_when_a_record_was_seen_is_no_change_unless_asked(tmp_path: Path) -> None:
    old = built(a_state(tmp_path / "a", some()), tmp_path / "old", "jsonl")
    new = built(a_state(tmp_path / "b", some(), some()), tmp_path / "new", "jsonl")
    assert compare(old, new) == Answer(0, "", "")
    answer = compare(old, new, "--everything")
    assert answer.status == 1
    assert {name for line in answer.lines for name in json.loads(line)["fields"]} == {
        "last_seen", "provenance"
    } - ({"provenance"} if "provenance" not in answer.out else set())  # fmt: skip


def test_what_is_gone_is_a_change(tmp_path: Path) -> None:
    old = built(a_state(tmp_path / "a", [article(1)]), tmp_path / "old", "jsonl")
    new = built(a_state(tmp_path / "b", [article(1)], [], []), tmp_path / "new", "sqlite")
    (line,) = compare(old, new).lines
    assert json.loads(line)["fields"] == {"gone": {"old": False, "new": True}}


keys = st.sets(st.integers(0, 40).map(str))


@given(keys, keys, keys)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_difference_applied_to_the_old_gives_the_new(
    tmp_path: Path, old: set[str], new: set[str], edited: set[str]
) -> None:
    folder = tmp_path / str(len(list(tmp_path.iterdir())))
    before = {key: status(key, "processing") for key in old}
    after = {key: status(key, "completed" if key in edited else "processing") for key in new}
    one, two = (write(folder / name, rows) for name, rows in (("a", before), ("b", after)))
    told = list(diff(one, two, everything=True))
    for change in told:
        key = change["key"]
        if change["change"] == "added":
            before[key] = change["record"]
        elif change["change"] == "removed":
            assert before.pop(key) == change["record"]
        else:
            before[key] |= {name: value["new"] for name, value in change["fields"].items()}
    assert before == after
    assert len(told) == len({change["key"] for change in told})


def status(key: str, word: str) -> dict[str, Any]:
    return {"key": key, "status": word}


def write(folder: Path, rows: dict[str, Any]) -> Path:
    folder.mkdir(parents=True)
    (folder / "datapackage.json").write_text("{}", encoding="utf-8")
    for name in ("articles", "faq", "events"):
        (folder / f"{name}.jsonl").touch()
    lines = (json.dumps(rows[key]) + "\n" for key in sorted(rows))
    (folder / "status.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder


# Trouble


def test_what_is_no_build(tmp_path: Path) -> None:
    for arguments in ((tmp_path, tmp_path), (tmp_path / "none", tmp_path)):
        answer = compare(*arguments)
        assert answer.status == 2
        assert answer.err.endswith(": no build: it has no datapackage.json\n")


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("status.jsonl", b"{\n"),
        ("status.jsonl", b"[1]\n"),
        ("status.jsonl", b'{"key": "b"}\n{"key": "a"}\n'),
        ("status.jsonl", b'{"type": "status"}\n'),
        ("articles.parquet", b"PAR1 nothing PAR1"),
        ("dataset.sqlite", b"SQLite format 3\x00 nothing"),
    ],
)
def test_a_damaged_build_is_one_line(name: str, damage: bytes, tmp_path: Path) -> None:
    state = a_state(tmp_path, some())
    sound = built(state, tmp_path / "sound", "jsonl")
    broken = built(state, tmp_path / "broken", name.rpartition(".")[2])
    (broken / name).write_bytes(damage)
    answer = compare(sound, broken)
    assert answer.status == 2
    assert answer.err.startswith(f"scrapy dataset diff: {broken}: {name.partition('.')[0]}") or (
        name == "dataset.sqlite" and f"{broken}: articles: cannot be read" in answer.err
    )
    assert answer.err.count("\n") == 1


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    folder = built(a_state(tmp_path, some()), tmp_path / "build", "parquet")
    (folder / "faq.parquet").unlink()
    answer = compare(folder, folder)
    assert answer.status == 2
    assert answer.err.startswith(f"scrapy dataset diff: {folder}: faq: cannot be read: ")
