"""A crawl that is killed at any moment, and resumed, gives what an undisturbed one gives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.crawl.killing import (
    CRAWL,
    SLOW,
    assert_same,
    content,
    kill_at,
    of_file,
    payloads,
    records_of,
)
from tests.spiders.running import Run, assert_calm, in_process, scrapy

MOMENTS = [-1, 0, 20, 116]
"""Records that are there when the crawl is killed, of 124."""


@pytest.fixture
def undisturbed(demo: Run) -> Run:
    return demo


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_and_resumed(undisturbed: Run, tmp_path: Path, moment: int) -> None:
    assert kill_at(tmp_path, moment, *CRAWL, *SLOW)
    run = scrapy(tmp_path, *CRAWL)
    assert run.status == 0
    assert_calm(run)
    assert_same(run, undisturbed)
    assert not list(tmp_path.rglob("*.open"))


@pytest.mark.parametrize("moment", [70])
def test_the_archive_goes_on_too(undisturbed: Run, tmp_path: Path, moment: int) -> None:
    """In files of its own, each page once; payloads of before are known; records are found."""
    command = (*CRAWL, *SLOW, "-s", "SHIO_ARCHIVE_FILE_SIZE=50000")
    for records in (moment // 2, moment):
        assert kill_at(tmp_path, records, *command)
    run = scrapy(tmp_path, *command)
    assert_same(run, undisturbed)
    places = {r["provenance"]["archive"]["file"] for r in run.records}
    assert places <= {path.name for path in run.run_folder.glob("archive/*")}
    assert set(payloads(run.run_folders).values()) == {1}
    verified = in_process(tmp_path, "verify", "data")
    assert verified.status == 0, verified.stdout


@pytest.mark.parametrize(("output", "moments"), [("-o", (10, 50, 90)), ("-O", (70,))])
def test_killed_again_and_again(
    undisturbed: Run, tmp_path: Path, output: str, moments: tuple[int, ...]
) -> None:
    command = (*CRAWL, *SLOW, output, "all.jsonl")
    for moment in moments:
        assert kill_at(tmp_path, moment, *command)
    run = scrapy(tmp_path, *command)
    assert_same(run, undisturbed)
    assert len(run.run_folders) == 1
    assert content(of_file(tmp_path / "all.jsonl")) == content(run.records)
    assert run.stats["records"] == len(run.records) == 124
    by_type = {k: n for k, n in run.counted("records").items() if "/" not in k}
    assert by_type == {"article": 69, "status": 35, "faq": 14, "event": 6}


def test_a_file_that_is_appended_to_keeps_what_others_wrote(tmp_path: Path) -> None:
    before = scrapy(tmp_path / "before", *CRAWL, "-O", str(tmp_path / "all.jsonl"))
    assert kill_at(tmp_path, 60, *CRAWL, *SLOW, "-o", "all.jsonl")
    with (tmp_path / "all.jsonl").open("ab") as file:
        file.write(b'{"another": "crawl"}\n')
    run = scrapy(tmp_path, *CRAWL, "-o", "all.jsonl")
    found = of_file(tmp_path / "all.jsonl")
    assert content(found[:124]) == content(before.records)
    others = [record for record in found[124:] if "key" not in record]
    assert others == [{"another": "crawl"}]
    assert content([r for r in found[124:] if "key" in r]) == content(run.records)


def test_fresh_starts_anew(undisturbed: Run, tmp_path: Path) -> None:
    assert kill_at(tmp_path, 60, *CRAWL, *SLOW)
    run = scrapy(tmp_path, *CRAWL, "-a", "fresh=1")
    assert "Resuming" not in run.stderr
    left, new = run.run_folders
    assert content(records_of([new])) == content(records_of(undisturbed.run_folders))
    assert len(records_of([left])) < 124
    again = scrapy(tmp_path, *CRAWL)  # after one that ended
    assert "Resuming" not in again.stderr
    assert content(records_of(again.run_folders[2:])) == content(records_of([new]))


def test_other_arguments_are_another_crawl(undisturbed: Run, tmp_path: Path) -> None:
    assert kill_at(tmp_path, 60, *CRAWL, *SLOW)
    (folder,) = (tmp_path / "data" / "runs").iterdir()
    other = scrapy(tmp_path, *CRAWL, "-a", "only=faq")
    assert "Resuming" not in other.stderr
    assert other.status == 0
    run = scrapy(tmp_path, *CRAWL)
    (line,) = (x for x in run.stderr.splitlines() if "Resuming the crawl" in x)
    assert f"records go on in {folder} (-a fresh=1 starts anew)" in line
    done, to_do = (int(line.partition(word)[0].split()[-1]) for word in (" pages done", " to do"))
    assert min(done, to_do) > 0
    assert "records go to" not in run.stderr
    assert content(records_of([folder])) == content(records_of(undisturbed.run_folders))


def test_csv_and_json_can_be_written_anew_but_not_gone_on_with(tmp_path: Path) -> None:
    anew = ("-O", "anew.csv", "-O", "anew.json")
    assert kill_at(tmp_path, 40, *CRAWL, *SLOW, *anew)
    refused = scrapy(tmp_path, *CRAWL, "-o", "on.csv")
    assert refused.status == 1
    assert refused.stderr.splitlines()[-1].startswith("scrapy crawl: ")
    assert "on.csv: a crawl that was cut off can go on in plain JSON Lines only" in refused.stderr
    run = scrapy(tmp_path, *CRAWL, *anew)
    assert run.status == 0
    assert (tmp_path / "anew.csv").read_text(encoding="utf-8").count("\ntype,key") == 0
    assert len(content(json.loads((tmp_path / "anew.json").read_bytes()))) == 124
