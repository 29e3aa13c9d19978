"""Builds in processes of their own: anywhere the same bytes; killed, or on a full disk, none."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.dataset.builds.making import a_state, article, built, contents, some
from tests.spiders.running import TIMEOUT, Run, environment, scrapy, scrapy_command, start_scrapy


def test_the_same_state_gives_the_same_bytes(tmp_path: Path) -> None:
    state = a_state(tmp_path, some(), some()[1:])
    expected = contents(built(state, tmp_path / "build"))
    for number, zone in enumerate(("Asia/Shanghai", "America/New_York")):
        target = tmp_path / str(number)
        command = ("dataset", "build", "-o", str(target), "--state", str(state))
        done = subprocess.run(
            scrapy_command(*command), cwd=tmp_path, timeout=TIMEOUT, check=False,
            env=environment(TZ=zone, PYTHONHASHSEED=str(number), LC_ALL="C"),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert contents(target) == expected


@pytest.mark.parametrize("name", ["jsonl", "parquet", "sqlite"])
def test_a_full_disk_leaves_nothing(name: str, tmp_path: Path) -> None:
    a_state(tmp_path, [article(n) for n in range(1000)])
    arguments = ("dataset", "build", "-o", "build", "--format", name)
    done = scrapy(tmp_path, *arguments, file_size=100_000)
    assert_not_built(done)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_full_disk_leaves_the_earlier_build(tmp_path: Path) -> None:
    before = contents(built(a_state(tmp_path, some()), tmp_path / "build"))
    done = scrapy(tmp_path, "dataset", "build", "-o", "build", file_size=100_000)
    assert_not_built(done)
    assert contents(tmp_path / "build") == before


def test_a_killed_build_leaves_nothing_under_the_name(tmp_path: Path) -> None:
    a_state(tmp_path, [article(n) for n in range(1500)])
    process = start_scrapy(tmp_path, "dataset", "build", "-o", "build")
    end = time.monotonic() + TIMEOUT
    while not list(tmp_path.glob(".build.*")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not (tmp_path / "build").exists()
    assert built(tmp_path / "data" / "state.db", tmp_path / "build", "jsonl").exists()


def test_without_the_libraries(tmp_path: Path) -> None:
    a_state(tmp_path, some())
    code = (
        "import sys; sys.modules['rensa'] = None; from scrapy.cmdline import execute;"
        "execute(['scrapy', 'dataset', 'build', '-o', 'b'])"
    )
    done = scrapy(tmp_path, "-c", code)
    assert done.status == 2, done.stderr
    assert done.stderr == (
        "scrapy dataset build: a build needs more: pip install 'shio-scraper[dataset]'\n"
    )


def assert_not_built(done: Run) -> None:
    assert done.status == 1, done.stderr
    assert done.stderr.startswith("scrapy dataset build: build: not built: ")
    assert done.stderr.count("\n") == 1, done.stderr
