"""A bulk extraction: the same files for the same input, whatever happens meanwhile."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from shutil import copytree, ignore_patterns
from subprocess import check_output
from threading import Thread

import msgspec
import pytest

import shio_scraper
from shio_scraper.bulk.parts import PARTS
from shio_scraper.bulk.run import Job, Outcome, run
from shio_scraper.bulk.shards import plan
from shio_scraper.bulk.work import How
from shio_scraper.items import RECORD_FILES
from tests.bulk.inputs import pages, revisits, write_all
from tests.spiders.running import lines

OUTPUTS = (*RECORD_FILES, "rejects")


def extract(paths: list[Path], folder: Path, *, workers: int = 1, form: str = "jsonl") -> Outcome:
    job = Job(plan(paths, 60_000), folder, How(), form, workers)
    folder.mkdir(exist_ok=True)
    return run(job)


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_all(tmp_path_factory.mktemp("bulk") / "in")


@pytest.fixture(scope="module")
def done(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bulk") / "out"
    outcome = extract(files, folder)
    assert outcome.failed == []
    return folder


def test_any_number_of_workers_gives_the_same_bytes(
    files: list[Path], done: Path, tmp_path: Path
) -> None:
    extract(files, tmp_path / "out", workers=3)
    assert contents(tmp_path / "out") == contents(done)


def test_each_record_stands_once(done: Path) -> None:
    """Four forms of the same pages: the archives date their captures, the tables do not."""
    articles = lines(done / "articles.jsonl")
    dated = [a for a in articles if a["provenance"]["fetched_at"]]
    keys = [a["key"] for a in dated]
    assert len(keys) == len(set(keys)) > 60
    assert {a["key"] for a in articles} >= set(keys)


def test_what_is_done_is_not_done_again(files: list[Path], done: Path) -> None:
    before = {part.name: part.stat().st_ino for part in (done / PARTS).iterdir()}
    outputs = contents(done)
    extract(files, done, workers=2)
    assert {part.name: part.stat().st_ino for part in (done / PARTS).iterdir()} == before
    assert contents(done) == outputs


def test_a_revisit_finds_its_payload_in_a_later_archive(tmp_path: Path) -> None:
    paths = revisits(tmp_path / "in")
    extract(paths, tmp_path / "out", workers=2)
    times = {a["provenance"]["fetched_at"] for a in lines(tmp_path / "out" / "articles.jsonl")}
    assert "2025-01-01T00:00:00Z" in times
    assert lines(tmp_path / "out" / "rejects.jsonl") == []


def test_a_worker_that_dies_costs_its_shard_alone(tmp_path: Path) -> None:
    """A page that cannot be opened for ever stops a worker, which is killed."""
    (tmp_path / "in").mkdir()
    stuck = tmp_path / "in" / "b_stuck.html"
    os.mkfifo(stuck)
    for name, (_, body) in zip("ac", pages()[-2:], strict=True):
        (tmp_path / "in" / f"{name}.html").write_bytes(body.ljust(61_000))
    paths = sorted((tmp_path / "in").iterdir())
    killer = Thread(target=kill_who_waits, args=(tmp_path / "out" / PARTS, 2))
    killer.start()
    outcome = extract(paths, tmp_path / "out", workers=2)
    killer.join()
    (failed,) = outcome.failed
    assert str(stuck) in failed
    assert "-9" in failed
    (reject,) = (
        r for r in lines(tmp_path / "out" / "rejects.jsonl") if r["reason"] == "worker_died"
    )
    assert reject["detail"] == failed
    assert len(list((tmp_path / "out" / PARTS).glob("*[!ns]"))) == 2

    stuck.unlink()
    stuck.write_bytes(pages()[0][1])
    outcome = extract(paths, tmp_path / "out")
    assert outcome.failed == []
    assert not [
        r for r in lines(tmp_path / "out" / "rejects.jsonl") if r["reason"] == "worker_died"
    ]


def children(process: int) -> list[int]:
    files = Path(f"/proc/{process}/task").glob("*/children")
    return [int(pid) for file in files for pid in file.read_text().split()]


def kill_who_waits(parts: Path, others: int) -> None:
    """Kill the worker whose part stays open once the others' are done."""
    while len(list(parts.glob("*.pages"))) < others:
        time.sleep(0.05)
    for pid in children(os.getpid()):
        held = [fd.readlink() for fd in Path(f"/proc/{pid}/fd").iterdir() if fd.exists()]
        if any(file.suffix == ".open" for file in held):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("cut.warc.gz", b"\x1f\x8b\x08\x00", "broken_record"),
        ("empty.warc", b"", "broken_record"),
        ("lacking.jsonl", b'{"place": "https://touch.shio.gov.cn/", "words": "x"}\n', "no_column"),
        ("lies.jsonl", b'{"url": "http://[", "html": "<p>Government News</p>"}\n', None),
        ("huge.html", b"<p>" + b"x" * 5_000_001, "too_large"),
    ],
)
def test_a_bad_input_is_named(tmp_path: Path, name: str, data: bytes, reason: str | None) -> None:
    (tmp_path / name).write_bytes(data)
    good = tmp_path / "page.html"
    good.write_bytes(next(body for url, body in pages() if "zfxw_detail_en" in url))
    outcome = extract([tmp_path / name, good], tmp_path / "out")
    rejects = [r["reason"] for r in lines(tmp_path / "out" / "rejects.jsonl")]
    assert rejects == ([reason] if reason else [])
    assert bool(outcome.failed) == (reason == "no_column")
    assert len(lines(tmp_path / "out" / "articles.jsonl")) == 1


def test_parquet_holds_the_same_records(files: list[Path], done: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    extract(files, tmp_path / "out", form="parquet")
    for name in OUTPUTS:
        rows = parquet.read_table(tmp_path / "out" / f"{name}.parquet").to_pylist()
        assert [r.get("key") for r in rows] == [r.get("key") for r in lines(done / f"{name}.jsonl")]


def test_a_summary_counts_what_there_was(done: Path) -> None:
    summary = msgspec.json.decode((done / "summary.json").read_bytes())
    assert summary["files"] == 4
    assert summary["failed"] == []
    for name in OUTPUTS:
        assert summary["counts"].get(name, 0) == len(lines(done / f"{name}.jsonl"))


def test_a_name_that_is_no_text_and_a_link_to_nothing(tmp_path: Path) -> None:
    paths = write_all(tmp_path / "in")
    odd, broken, loop = (
        Path(os.fsdecode(os.fsencode(tmp_path / "in") + name))
        for name in (b"/odd-\xff.html", b"/broken.html", b"/loop.html")
    )
    odd.write_bytes(pages()[0][1])
    broken.symlink_to("nowhere")
    loop.symlink_to("loop.html")
    outcome = extract([*paths, odd, broken, loop], tmp_path / "out")
    assert len(outcome.failed) == 2
    assert all(name in " ".join(outcome.failed) for name in ("broken.html", "loop.html"))
    assert outcome.counts["articles"] > 60


def test_a_portal_that_changes_is_read_again(tmp_path: Path) -> None:
    """What decides how a page is read is more than the version."""
    package = tmp_path / "shio_scraper"
    copytree(Path(shio_scraper.__file__).parent, package, ignore=ignore_patterns("__pycache__"))
    code = "from shio_scraper.bulk.work import How; print(How().digest().decode())"
    before, again = digest(tmp_path, code), digest(tmp_path, code)
    with (package / "portals" / "touch.py").open("a") as file:
        file.write("# another host\n")
    assert before == again != digest(tmp_path, code)


def digest(folder: Path, code: str) -> str:
    """Ask the copy in ``folder``: what stands there is imported first."""
    return check_output([sys.executable, "-c", code], cwd=folder, text=True)
