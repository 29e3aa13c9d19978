"""``scrapy verify``: what is whole passes; what is not is named."""

from __future__ import annotations

import gzip
import shutil
from typing import TYPE_CHECKING, Final

import pytest

from shio_scraper.commands.verify import Command
from tests.commands.inspecting import Answer, Change, ask, change, flip, the_run, warc_of
from tests.spiders.running import RECORD_FILES, in_process, lines

if TYPE_CHECKING:
    from pathlib import Path

KEY: Final = "article/en/2241"


def verify(*arguments: str | Path) -> Answer:
    return ask(Command(), *map(str, arguments))


def problems(answer: Answer) -> list[str]:
    """The lines but the summary, which counts them."""
    *found, summary = answer.lines
    assert summary.endswith(f"problems: {len(found)}")
    assert answer.status == bool(found)
    assert not answer.err
    return found


def unpacked(data: Path) -> Path:
    """Return the run's archive, now a plain WARC under the name it had."""
    warc = warc_of(data)
    plain = gzip.decompress(warc.read_bytes())
    warc.write_bytes(plain)
    return warc


def test_a_demo_crawl_is_whole(crawled: Path) -> None:
    answer = verify(crawled)
    assert problems(answer) == []
    records = sum(len(lines(the_run(crawled) / f"{name}.jsonl")) for name in RECORD_FILES)
    assert f"runs: 1, records: {records}, reproduced: {records}, archives: 1" in answer.out


def test_as_a_user_runs_it(crawled: Path, tmp_path: Path) -> None:
    run = in_process(tmp_path / "here", "verify", str(crawled))
    assert (run.status, run.stderr) == (0, "")
    assert run.stdout.count("\n") == 1
    assert not list(run.folder.iterdir())


@pytest.mark.parametrize("part", [".", "runs", "run", "articles.jsonl"])
def test_any_part_of_the_data(crawled: Path, part: str) -> None:
    run = the_run(crawled)
    place = {"run": run, "articles.jsonl": run / part}.get(part, crawled / part)
    answer = verify(place)
    assert problems(answer) == []
    assert "records: 0" not in answer.out


def test_an_archive_alone(crawled: Path, tmp_path: Path) -> None:
    warc = tmp_path / warc_of(crawled).name
    shutil.copy(warc_of(crawled), warc)
    assert verify(warc).out.startswith("runs: 0, records: 0, reproduced: 0, archives: 1, ")
    warc.chmod(0o600)
    flip(warc, warc.stat().st_size // 2)
    (problem,) = problems(verify(warc))
    assert f"{warc}: byte " in problem


def test_what_holds_neither_records_nor_captures(tmp_path: Path) -> None:
    other = tmp_path / "x.parquet"
    other.write_bytes(b"PAR1")
    answer = verify(other)
    assert answer.status == 2
    assert "neither a .jsonl file of records nor a WARC or WACZ file" in answer.err


@pytest.mark.parametrize(
    ("field", "how"),
    [
        ("title", lambda record: record.update(title="Another")),
        ("published", lambda record: record.update(published="2020-01-01")),
        ("paragraphs", lambda record: record["paragraphs"].pop()),
        ("gated", lambda record: record.update(gated=True)),
        ("key", lambda record: record.update(key="article/en/1")),
        ("type", lambda record: record.update(type="event")),
        ("url", lambda record: record.update(url=None)),
        ("source", lambda record: record.pop("source")),
        ("extra", lambda record: record.update(extra=1)),
        ("provenance.layout", lambda record: record["provenance"].update(layout="aspx")),
        (
            "provenance.archive",
            lambda record: record["provenance"]["archive"].update(length=1),
        ),
    ],
)
def test_a_changed_field_is_named(data: Path, field: str, how: Change) -> None:
    change(the_run(data) / "articles.jsonl", KEY, how)
    (problem,) = problems(verify(data))
    key = "article/en/1" if field == "key" else KEY
    assert problem == f"{key} in {the_run(data).name}: not reproduced: {field}"


def test_teaser_and_parser_are_not_compared(data: Path) -> None:
    def how(record: dict[str, object]) -> None:
        record["teaser"] = "Another"
        record["provenance"]["parser"] = "shio-scraper 0.0.1"  # type: ignore[index]

    change(the_run(data) / "articles.jsonl", KEY, how)
    assert problems(verify(data)) == []


def test_a_changed_row_of_a_sidebar(data: Path) -> None:
    change(the_run(data) / "status.jsonl", "status/inquiry/74", lambda r: r.update(status="other"))
    (problem,) = problems(verify(data))
    assert problem.endswith(": not reproduced: status")


def test_another_digest(data: Path) -> None:
    digest = "0" * 64
    change(
        the_run(data) / "articles.jsonl",
        KEY,
        lambda record: record["provenance"].update(body_sha256=digest),
    )
    (problem,) = problems(verify(data))
    assert f": digest: body_sha256 is {digest}, but " in problem


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (lambda r: r["provenance"].update(archive=None), "no capture: the record names no archive"),
        (lambda r: r["provenance"]["archive"].update(file="x.warc"), "no capture: no file x.warc"),
        (lambda r: r["provenance"]["archive"].update(offset=7), "no capture: "),
        (lambda r: r["provenance"]["archive"].update(record_id="<urn:x>"), "no capture: "),
        (lambda r: r["provenance"].update(body_sha256="abc"), "unusable provenance: "),
        (lambda r: r.update(provenance=None), "unusable provenance: "),
        (lambda r: r.pop("provenance"), "unusable provenance: "),
    ],
)
def test_a_record_without_its_capture(data: Path, how: Change, words: str) -> None:
    change(the_run(data) / "articles.jsonl", KEY, how)
    (problem,) = problems(verify(data))
    assert problem.startswith(f"{KEY} in {the_run(data).name}: {words}")


def test_a_byte_of_a_capture_changed_names_its_digests(data: Path) -> None:
    (record,) = [r for r in lines(the_run(data) / "articles.jsonl") if r["key"] == KEY]
    position = record["provenance"]["archive"]
    warc = warc_of(data)
    packed = warc.read_bytes()
    start, end = position["offset"], position["offset"] + position["length"]
    plain = gzip.decompress(packed[start:end]).replace(b"kitchen", b"kitchem", 1)
    member = gzip.compress(plain)
    warc.write_bytes(packed[:start] + member + packed[end:])
    found = problems(verify(data))
    record_id = position["record_id"]
    in_archive = [problem for problem in found if f"byte {start} {record_id}" in problem]
    assert [problem.rpartition(": ")[2] for problem in in_archive] == [
        "its block digest does not match",
        "its payload digest does not match",
    ]
    assert any(problem.startswith(f"{KEY} in ") and "digest" in problem for problem in found)


def test_a_flipped_byte_of_the_compressed_archive(data: Path) -> None:
    warc = warc_of(data)
    flip(warc, warc.stat().st_size // 2)
    found = problems(verify(data))
    assert any(str(warc.name) in problem for problem in found)
    assert all("Traceback" not in problem for problem in found)


def test_a_missing_archive(data: Path) -> None:
    name = warc_of(data).name
    shutil.rmtree(the_run(data) / "archive")
    answer = verify(data)
    assert "reproduced: 0, archives: 0" in answer.out
    assert all(f"no capture: no file {name} found" in line for line in problems(answer))


def test_an_archive_elsewhere_is_named_by_the_user(data: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.move(the_run(data) / "archive", moved)
    assert verify(data).status == 1
    answer = verify(data, "--archive", moved)
    assert problems(answer) == []
    assert "archives: 1" in answer.out


def test_an_archive_that_is_still_open(data: Path) -> None:
    warc = warc_of(data)
    warc.rename(warc.with_name(f"{warc.name}.open"))
    answer = verify(data)
    assert problems(answer) == []
    assert "archives: 1" in answer.out


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"type":"article","key":"article/en/9"', "cut off"),
        (b"no json\n", "no JSON"),
        (b"[1]\n", "no record: it has no type"),
        (b'{"type":"article"}\n', "no record: it has no key"),
        (b"\xff\xfe\n", "no JSON"),
    ],
)
def test_a_line_that_is_no_record(data: Path, line: bytes, why: str) -> None:
    file = the_run(data) / "articles.jsonl"
    count = len(lines(file))
    file.write_bytes(file.read_bytes() + line)
    assert problems(verify(data)) == [f"{file} line {count + 1}: {why}"]


def test_a_foreign_file(tmp_path: Path) -> None:
    file = tmp_path / "foreign.jsonl"
    file.write_text('{"type":"tree","key":"oak"}\n', encoding="utf-8")
    assert problems(verify(file)) == [
        f"oak in {tmp_path.name}: unusable provenance: Expected `object`, got `null`"
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "name one place: a data folder"),
        (("a", "b"), "name one place: a data folder"),
        (("nowhere",), "nowhere: no such file or folder"),
        (("empty",), "empty: no run in it"),
        (("foreign",), "foreign: no run in it"),
        (("data", "--archive", "nowhere"), "--archive nowhere: no such file or folder"),
    ],
)
def test_a_wrong_argument(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:
    for name in ("empty", "foreign/sub", "data/runs/x"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "foreign" / "sub" / "notes.txt").touch()
    (tmp_path / "data/runs/x/articles.jsonl").touch()
    monkeypatch.chdir(tmp_path)
    answer = verify(*arguments)
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.startswith(f"scrapy verify: {words}")
    assert answer.err.count("\n") == 1


def test_a_file_that_is_not_as_its_run_left_it(crawled: Path, tmp_path: Path) -> None:
    data = tmp_path / "copy"
    shutil.copytree(crawled, data, symlinks=True)
    run = the_run(data)
    for path in (run / "stats.json", run / "faq.jsonl"):
        path.chmod(0o644)
    (run / "stats.json").write_text("{}", encoding="utf-8")
    (run / "faq.jsonl").unlink()
    assert problems(verify(data)) == [
        f"{run.name}: faq.jsonl is not as manifest.json says",
        f"{run.name}: stats.json is not as manifest.json says",
    ]
