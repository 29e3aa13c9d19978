"""The extraction as datatrove pipelines gives the records that ``scrapy extract`` gives."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from shio_scraper.bulk.run import Job, run
from shio_scraper.bulk.shards import plan
from shio_scraper.bulk.work import How
from shio_scraper.items import RECORD_FILES
from tests.bulk.inputs import pages, write_all
from tests.spiders.running import lines, must_have, without

FILES = tuple(RECORD_FILES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cluster")
    paths = write_all(folder / "in")
    (folder / "out").mkdir()
    run(Job(plan(paths), folder / "out", How()))
    return folder


def records(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]


def told(found: list[dict[str, Any]]) -> list[str]:
    """Return records as text, without which of equal captures they come from."""
    ways = [(r, (r["provenance"]["fetched_at"] or "")[:10], r["provenance"]["template"] is None)
            for r in found]  # fmt: skip
    return sorted(f"{json.dumps(without(r, 'provenance'))} {way}" for r, *way in ways)


@pytest.mark.parametrize("executor", ["local", "ray"])
def test_executors_give_the_same_records(folder: Path, executor: str) -> None:
    needed = {"local": ("datatrove", "tokenizers"), "ray": ("datatrove", "tokenizers", "ray")}
    there = all(map(find_spec, needed[executor]))
    must_have(f"{executor}: needs shio-scraper[cluster]", there=there)
    target = folder / executor
    done = subprocess.run(
        [sys.executable, "-m", "shio_scraper.bulk", "in", str(target),
         "--tasks", "2", "--workers", "2", "--executor", executor],
        cwd=folder, env=os.environ | {"RAY_USAGE_STATS_ENABLED": "0"},
        capture_output=True, encoding="utf-8", timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for name in FILES:
        found = [r for file in sorted((target / name).glob("*.gz")) for r in records(file)]
        assert told(found) == told(lines(folder / "out" / f"{name}.jsonl"))


@pytest.mark.parametrize(
    ("source", "target", "tasks", "says"),
    [
        ("nowhere", "out", 1, "nowhere: no such folder"),
        ("in/a_file", "out", 1, "a_file: no such folder"),
        ("in", "out", 0, "0 tasks"),
        ("in", "in/a_file", 1, "a_file"),
    ],
)
def test_wrong_use_is_one_line(
    tmp_path: Path, source: str, target: str, tasks: int, says: str
) -> None:
    must_have("needs shio-scraper[cluster]", there=find_spec("datatrove") is not None)
    from shio_scraper.bulk.cluster import ClusterError  # noqa: PLC0415
    from shio_scraper.bulk.cluster import run as extract  # noqa: PLC0415

    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a_file").write_bytes(b"")
    with pytest.raises(ClusterError, match=says):
        extract(str(tmp_path / source), str(tmp_path / target), tasks, 1)


def test_a_target_is_of_one_input_and_one_way(tmp_path: Path) -> None:
    must_have("needs shio-scraper[cluster]", there=find_spec("datatrove") is not None)
    from shio_scraper.bulk.cluster import ClusterError  # noqa: PLC0415
    from shio_scraper.bulk.cluster import run as extract  # noqa: PLC0415

    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.html").write_bytes(pages()[0][1])
    extract(str(tmp_path / "in"), str(tmp_path / "out"), 1, 1)
    extract(str(tmp_path / "in"), str(tmp_path / "out"), 1, 1)
    with pytest.raises(ClusterError, match="name another"):
        extract(str(tmp_path / "in"), str(tmp_path / "out"), 2, 1)
    (tmp_path / "in" / "b.html").write_bytes(pages()[1][1])
    with pytest.raises(ClusterError, match="name another"):
        extract(str(tmp_path / "in"), str(tmp_path / "out"), 1, 1)
