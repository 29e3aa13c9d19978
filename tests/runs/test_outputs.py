"""A run's files, cut back to what was acknowledged."""

from __future__ import annotations

from pathlib import Path

import pytest

from shio_scraper.runs.outputs import Outputs, cut_back


def run_of(folder: Path, **files: int) -> Path:
    """Make a run whose files have so many bytes."""
    for name, size in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
    return folder


def sizes(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_files_are_cut_to_their_lengths(tmp_path: Path) -> None:
    run = run_of(tmp_path, articles_jsonl=50, faq_jsonl=30, rejects_jsonl=7, stats_json=9)
    assert cut_back(run, {"articles.jsonl": 40, "faq.jsonl": 30}) == 17
    assert sizes(run) == {
        "articles.jsonl": 40, "faq.jsonl": 30, "rejects.jsonl": 0, "stats.json": 9,
    }  # fmt: skip


def test_archives_of_which_nothing_is_acknowledged_go(tmp_path: Path) -> None:
    names = {"archive__a_warc_gz": 90, "archive__b_warc_gz_open": 80, "archive__c_warc_gz": 70}
    run = run_of(tmp_path, **names)
    cut_back(run, {"archive/a.warc.gz": 90, "archive/b.warc.gz": 60})
    assert sizes(run) == {"archive/a.warc.gz": 90, "archive/b.warc.gz.open": 60}


def test_the_lengths_of_other_files_do_not_matter(tmp_path: Path) -> None:
    assert cut_back(tmp_path, {"/elsewhere/all.jsonl": 5}) == 0


def test_a_file_that_is_too_short_is_an_error_that_names_it(tmp_path: Path) -> None:
    run = run_of(tmp_path, articles_jsonl=5)
    with pytest.raises(OSError, match="holds 5 bytes, less than the 6") as raised:
        cut_back(run, {"articles.jsonl": 6})
    assert raised.value.filename == run / "articles.jsonl"


def test_a_file_that_is_missing_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="is gone") as raised:
        cut_back(tmp_path, {"articles.jsonl": 6, "faq.jsonl": 0})
    assert raised.value.filename == tmp_path / "articles.jsonl"


def test_outputs_name_their_files_below_the_folder(tmp_path: Path) -> None:
    class Grown:
        def sync(self) -> dict[Path, int]:
            return {tmp_path / "archive" / "a.warc.gz": 12}

    outputs = Outputs(tmp_path)
    outputs.register(Grown())
    assert outputs.sync() == {"archive/a.warc.gz": 12}
