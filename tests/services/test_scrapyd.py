"""A real scrapyd: the project is deployed to it as docs/operations.md says, and a job is run."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from tests.spiders.running import ROOT, TIMEOUT, environment, lines, must_have

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
LONGEST = 600
"""Seconds after which the server ends, whatever became of its test."""


def example(name: str) -> str:
    """Return the example of the documentation that is marked with ``name``."""
    found = re.search(rf"<!-- {re.escape(name)} -->\n```\w+\n(.*?)```", TEXT, re.DOTALL)
    assert found, name
    return found[1]


def tool(name: str) -> str:
    folder = Path(os.environ.get("SHIO_SCRAPYD") or ROOT / ".venv-scrapyd" / "bin")
    must_have(f"{name} is missing: .ci/run installs it, SHIO_SCRAPYD names its folder",
              there=(folder / name).is_file())  # fmt: skip
    return str(folder / name)


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, encoding="utf-8",
        timeout=2 * TIMEOUT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ask(url: str, **data: str) -> Any:
    """Return what scrapyd answers; with ``data``, to a POST."""
    sent = urlencode(data).encode() if data else None
    with urlopen(url, sent, timeout=TIMEOUT) as response:
        return json.load(response)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay the documented files, and make the egg as documented."""
    folder = tmp_path_factory.mktemp("scrapyd")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    for name in ("scrapyd.conf", "scrapy.cfg"):
        (folder / name).write_text(example(f"file {name}").replace("6800", port), encoding="utf-8")
    tool("scrapyd")
    wheel = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(folder / "dist"))
    run(folder, *wheel, str(ROOT))
    run(folder, "bash", "-ec", example("egg").replace("python ", f"{sys.executable} "))
    return folder


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    """Start scrapyd, deploy the egg, and give scrapyd's address."""
    (address,) = re.findall(r"http://127\.0\.0\.1:\d+/", (folder / "scrapy.cfg").read_text())
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            ["timeout", str(LONGEST), tool("scrapyd")],
            cwd=folder, env=environment(), stdout=log, stderr=log,
        )  # fmt: skip
    try:
        while not answers(address):
            assert server.poll() is None, (folder / "log").read_text()
            time.sleep(0.1)
        deploy = (tool("scrapyd-deploy"), "--egg", "shio.egg", "--version", "1")
        assert json.loads(run(folder, *deploy))["spiders"] == 2
        yield address
    finally:
        server.terminate()
        server.wait()


def answers(url: str) -> bool:
    try:
        return bool(ask(f"{url}daemonstatus.json"))
    except (URLError, ConnectionError):
        return False


def finished(url: str, job: str) -> None:
    """Wait until a job has ended."""
    end = time.monotonic() + 2 * TIMEOUT
    while time.monotonic() < end:
        jobs = ask(f"{url}listjobs.json?project=shio")["finished"]
        if any(each["id"] == job for each in jobs):
            return
        time.sleep(0.2)
    pytest.fail("the job does not end")


def test_a_job(url: str, folder: Path) -> None:
    job = ask(
        f"{url}schedule.json", project="shio", spider="portal", site="demo",
        setting=f"SHIO_DATA={folder / 'data'}",
    )["jobid"]  # fmt: skip
    finished(url, job)
    with urlopen(f"{url}logs/shio/portal/{job}.log", timeout=TIMEOUT) as response:
        log = response.read().decode()
    assert "Crawl of demo begins; records go to " in log
    assert "Ended: finished; " in log
    assert " ERROR" not in log
    truth = {record["key"] for record in lines(ROOT / "fixtures" / "portal.expected.jsonl")}
    assert {record["key"] for record in lines(folder / f"items/shio/portal/{job}.jl")} == truth
    (stats,) = (folder / "data" / "runs").glob("*/stats.json")
    assert json.loads(stats.read_text())["arguments"] == {"site": "demo", "_job": job}


def test_its_spiders_come_from_the_egg(url: str) -> None:
    assert ask(f"{url}listspiders.json?project=shio")["spiders"] == ["archive", "portal"]
    assert ask(f"{url}listversions.json?project=shio")["versions"] == ["1"]
