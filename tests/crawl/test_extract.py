"""``scrapy extract`` as a user calls it."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from signal import SIGINT, SIGTERM

import pytest

from shio_scraper.items import RECORD_FILES
from tests.bulk.inputs import FOREIGN, write_all
from tests.spiders.running import (
    TIMEOUT,
    Json,
    Run,
    assert_calm,
    lines,
    scrapy,
    start_scrapy,
)

FILES = (*RECORD_FILES, "rejects")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("extract")
    write_all(folder / "in")
    return folder


@pytest.fixture(scope="module")
def extracted(folder: Path) -> Run:
    return scrapy(folder, "extract", "in", "-o", "out", "--workers", "2")


def test_it_gives_what_an_archive_crawl_gives(folder: Path, extracted: Run) -> None:
    assert extracted.status == 0
    assert_calm(extracted)
    assert not extracted.stderr
    crawled = scrapy(folder, "crawl", "archive", "-a", "path=in")
    for name in FILES:
        ours = lines(folder / "out" / f"{name}.jsonl")
        theirs = lines(crawled.run_folder / f"{name}.jsonl")
        left_out = {"provenance", "number"} if name in {"status", "faq"} else set()
        # Whichever page is read first gives what a sidebar holds: in a crawl, pages wait.
        assert _told(ours, left_out) == _told(theirs, left_out)


def _told(records: list[Json], left_out: set[str]) -> list[str]:
    return sorted(
        json.dumps({k: v for k, v in record.items() if k not in left_out}) for record in records
    )


def test_it_says_what_it_wrote(folder: Path, extracted: Run) -> None:
    counts = [f"{len(lines(folder / 'out' / f'{name}.jsonl'))} {name}" for name in FILES]
    assert extracted.stdout == f"out: {', '.join(counts)}\n"


def test_nothing_of_the_portal_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "in.html").write_bytes(FOREIGN)
    run = scrapy(tmp_path, "extract", "in.html", "-o", "out")
    assert run.status == 1
    assert run.stderr == "scrapy extract: no record in what was read\n"
    assert '"skipped/other_site": 1' in (tmp_path / "out" / "summary.json").read_text()


def test_contacts_can_be_left_out(folder: Path, extracted: Run) -> None:
    """An extraction without them is another one: nothing of the first is taken over."""
    assert any(event["contact"] for event in lines(folder / "out" / "events.jsonl"))
    run = scrapy(folder, "extract", "in", "-o", "bare", "-s", "SHIO_CONTACTS=off")
    assert run.status == extracted.status == 0
    events = lines(folder / "bare" / "events.jsonl")
    assert events
    assert {(event["contact"], event["phone"]) for event in events} == {(None, None)}


def test_a_file_that_nothing_says_is_its_own_is_kept(tmp_path: Path) -> None:
    (tmp_path / "in.html").write_bytes(FOREIGN)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "articles.parquet").write_text("precious")
    run = scrapy(tmp_path, "extract", "in.html", "-o", "out")
    assert run.status == 2
    assert "out holds other files (articles.parquet)" in run.stderr
    assert (tmp_path / "out" / "articles.parquet").read_text() == "precious"


@pytest.mark.parametrize("signal", [SIGINT, SIGTERM])
def test_stopped_it_goes_on(tmp_path: Path, signal: int) -> None:
    write_all(tmp_path / "in")
    os.mkfifo(tmp_path / "in" / "z.html")
    process = start_scrapy(tmp_path, "extract", "in", "-o", "out")
    while not list((tmp_path / "out").glob(".parts/*.open")):
        time.sleep(0.05)
    process.send_signal(signal)
    _, stderr = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 3
    assert stderr == "scrapy extract: stopped; the same command goes on where it was\n"
    (tmp_path / "in" / "z.html").unlink()
    assert scrapy(tmp_path, "extract", "in", "-o", "out").status == 0
