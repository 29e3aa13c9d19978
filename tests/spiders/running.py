"""Runs ``scrapy`` as a user does, from a folder of its own: within the test, or as a process."""

from __future__ import annotations

import atexit
import json
import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from io import StringIO
from pathlib import Path
from resource import RLIM_INFINITY, RLIMIT_FSIZE, setrlimit
from typing import Any, TypeAlias
from unittest.mock import patch

import pytest
from scrapy.cmdline import execute

Json: TypeAlias = dict[str, Any]

ROOT = Path(__file__).parents[2]
NURSERY = Path(__file__).with_name("nursery.py")
TIMEOUT = 240
RECORD_FILES = ("articles", "status", "faq", "events", "press_conferences")
FAST = ("-s", "DOWNLOAD_DELAY=0")


@dataclass(frozen=True)
class Run:
    """What a ``scrapy`` command left behind."""

    folder: Path
    status: int
    stdout: str
    stderr: str
    arguments: tuple[str, ...] = field(default=())

    @cached_property
    def run_folders(self) -> list[Path]:
        """The runs' folders, oldest first."""
        return sorted((self.folder / "data" / "runs").glob("*-*"))

    @property
    def run_folder(self) -> Path:
        """The folder of the only run."""
        (folder,) = self.run_folders
        return folder

    def file(self, name: str) -> list[Json]:
        """Return the lines of a JSON Lines file in the run's folder."""
        return lines(self.run_folder / f"{name}.jsonl")

    @cached_property
    def records(self) -> list[Json]:
        """Every record of the run, file by file."""
        return [record for name in RECORD_FILES for record in self.file(name)]

    @cached_property
    def by_key(self) -> dict[str, Json]:
        """The records by their key; no key stands twice."""
        found = {record["key"]: record for record in self.records}
        assert len(found) == len(self.records)
        return found

    @cached_property
    def rejects(self) -> list[Json]:
        """The rejects."""
        return self.file("rejects")

    @cached_property
    def stats(self) -> Json:
        """``stats.json``."""
        text = (self.run_folder / "stats.json").read_text(encoding="utf-8")
        found: Json = json.loads(text)
        return found

    def counted(self, name: str) -> dict[str, int]:
        """Return the stats below ``name``."""
        start = f"{name}/"
        return {k.removeprefix(start): v for k, v in self.stats.items() if k.startswith(start)}

    def rejected(self) -> list[tuple[str, str, str | None]]:
        """Return stage, reason and path of each reject, sorted."""
        found = [(r["stage"], r["reason"], path_of(r["url"])) for r in self.rejects]
        return sorted(found, key=str)


def path_of(url: str | None) -> str | None:
    """Return a portal address without its origin."""
    return url.removeprefix("https://touch.shio.gov.cn") if url else url


def lines(path: Path) -> list[Json]:
    """Return the objects of a JSON Lines file; every line is whole."""
    data = path.read_bytes()
    assert not data or data.endswith(b"\n"), path
    return [json.loads(line) for line in data.split(b"\n")[:-1]]


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a user who has nothing but the settings module."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SCRAPY_", "PYTEST_"))}
    return kept | {"SCRAPY_SETTINGS_MODULE": "shio_scraper.settings"} | more


def scrapy_command(*arguments: str) -> list[str]:
    """Return the command line; warnings of what is deprecated are shown."""
    return [sys.executable, "-W", "default", "-m", "scrapy", *arguments]


@cache
def nursery() -> str:
    """Start what forks the commands of this process's tests, and ends with it; return its name."""
    name = f"shio-scraper-{os.getpid()}"
    process = subprocess.Popen(
        [sys.executable, "-P", "-W", "default", str(NURSERY), name],
        cwd="/", env=environment(PYTHONPATH=str(ROOT)),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    atexit.register(process.communicate)
    assert process.stdout
    process.stdout.read()
    return name


def forked_command(*arguments: str) -> list[str]:
    """Return the command line of what does the same as ``scrapy_command``, and begins sooner."""
    return [sys.executable, "-I", "-S", str(NURSERY), nursery(), *arguments]


def scrapy(
    folder: Path,
    *arguments: str,
    timeout: float = TIMEOUT,
    file_size: int = RLIM_INFINITY,
    env: Mapping[str, str] | None = None,
) -> Run:
    """Run ``scrapy``, or ``-c CODE``, in ``folder`` and wait for its end."""
    with start_scrapy(folder, *arguments, file_size=file_size, env=env) as process:
        try:
            stdout, stderr = process.communicate(timeout=timeout)
        finally:
            process.kill()
    return Run(folder, process.returncode, stdout, stderr, arguments)


def in_process(folder: Path, *arguments: str) -> Run:
    """Run a ``scrapy`` command within the test: for what begins no crawl."""
    folder.mkdir(parents=True, exist_ok=True)
    out, err, status = StringIO(), StringIO(), 0
    factory, handlers = logging.getLogRecordFactory(), logging.root.handlers[:]
    with (
        chdir(folder), redirect_stdout(out), redirect_stderr(err),
        patch.dict(os.environ, environment(), clear=True),
    ):  # fmt: skip
        try:
            execute(["scrapy", *arguments])
        except SystemExit as ended:
            status = int(ended.code or 0)
        finally:
            logging.setLogRecordFactory(factory)
            logging.root.handlers[:] = handlers
            logging.captureWarnings(capture=False)
    return Run(folder, status, out.getvalue(), err.getvalue(), arguments)


def start_scrapy(
    folder: Path,
    *arguments: str,
    file_size: int = RLIM_INFINITY,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[str]:
    """Start ``scrapy`` in ``folder``; the caller ends it, at the moment that it chooses.

    It can write ``file_size`` bytes of a file, as if the disk were full then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return subprocess.Popen(
        forked_command(*arguments),
        cwd=folder,
        env=environment(**env or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        preexec_fn=partial(setrlimit, RLIMIT_FSIZE, (file_size, file_size)),  # noqa: PLW1509
    )


def crawl_portal(folder: Path, site: str, *arguments: str, timeout: float = TIMEOUT) -> Run:
    """Crawl a copy of the portal without politeness."""
    return scrapy(
        folder, "crawl", "portal", "-a", f"site={site}", *FAST, *arguments, timeout=timeout
    )


SERVING = """
import sys
from pathlib import Path
from scrapy.cmdline import execute
from shio_scraper.demo import DemoPortal
from shio_scraper.portals import load
with DemoPortal(Path("pages"), load(sys.argv[1])) as copy:
    execute(["scrapy", "crawl", "portal", "-a", f"portal={sys.argv[1]}", "-a", f"site={copy.url}",
             *sys.argv[2:]])
"""


def crawl_pages(folder: Path, source: str, *arguments: str) -> Run:
    """Crawl a copy of the portal whose map is in a file of ``folder``, its pages below it."""
    return scrapy(folder, "-c", SERVING, source, *FAST, *arguments)


def assert_calm(run: Run) -> None:
    """The log holds no error, no traceback, no deprecation."""
    for word in ("Traceback", " ERROR", " CRITICAL", "DeprecationWarning", "deprecated"):
        assert word not in run.stderr, run.stderr
    assert "Unhandled" not in run.stderr, run.stderr


def without(record: Json, *names: str) -> Json:
    """Return ``record`` without some of its fields."""
    return {name: value for name, value in record.items() if name not in names}


def must_have(reason: str, *, there: bool) -> None:
    """Skip where a component is missing; in CI a missing one is a failure."""
    if there:
        return
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
