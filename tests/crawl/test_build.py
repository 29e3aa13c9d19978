"""Builds in processes of their own: anywhere the same bytes; killed, or on a full disk, none."""

from __future__ import annotations

import resource
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.dataset.builds.making import a_state, article, built, contents, some
from tests.spiders.running import TIMEOUT, environment, scrapy_command, start_scrapy


def test_the_same_state_gives_the_same_bytes(tmp_path: Path) -> None:
    state = a_state(tmp_path, some(), some()[1:])
    expected = contents(built(state, tmp_path / "build"))
    for number, zone in enumerate(("Asia/Shanghai", "America/New_York")):
        target = tmp_path / str(number)
        done = run("dataset", "build", "-o", str(target), "--state", str(state), folder=tmp_path,
                   TZ=zone, PYTHONHASHSEED=str(number), LC_ALL="C")  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert contents(target) == expected


@pytest.mark.parametrize("name", ["jsonl", "parquet", "sqlite"])
def test_a_full_disk_leaves_nothing(name: str, tmp_path: Path) -> None:
    a_state(tmp_path, [article(n) for n in range(1000)])

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    done = run("dataset", "build", "-o", "build", "--format", name, folder=tmp_path,
               before=small_files, PYTHONDONTWRITEBYTECODE="1")  # fmt: skip
    assert_not_built(done)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_full_disk_leaves_the_earlier_build(tmp_path: Path) -> None:
    before = contents(built(a_state(tmp_path, some()), tmp_path / "build"))

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    done = run("dataset", "build", "-o", "build", folder=tmp_path, before=small_files,
               PYTHONDONTWRITEBYTECODE="1")  # fmt: skip
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
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nsys.modules['rensa'] = None\n", encoding="utf-8"
    )
    done = run("dataset", "build", "-o", "b", folder=tmp_path, PYTHONPATH=str(tmp_path))
    assert done.returncode == 2, done.stderr
    assert done.stderr == (
        "scrapy dataset build: a build needs more: pip install 'shio-scraper[dataset]'\n"
    )


def assert_not_built(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 1, done.stderr
    assert done.stderr.startswith("scrapy dataset build: build: not built: ")
    assert done.stderr.count("\n") == 1, done.stderr


def run(
    *arguments: str, folder: Path, before: Callable[[], None] | None = None, **env: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        scrapy_command(*arguments),
        cwd=folder, env=environment(**env), capture_output=True, encoding="utf-8",
        preexec_fn=before, timeout=TIMEOUT, check=False,
    )  # fmt: skip
