"""A bulk extraction that is killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from subprocess import Popen

import pytest

from shio_scraper.bulk.parts import PARTS
from tests.bulk.inputs import write_all
from tests.bulk.test_run import children, contents, extract
from tests.spiders.running import ROOT


def test_workers_end_with_a_process_that_is_killed(tmp_path: Path) -> None:
    """Else one would go on beside those of the next call, and put its half of a part in place."""
    paths = write_all(tmp_path / "in")
    stuck = tmp_path / "in" / "z.html"
    os.mkfifo(stuck)
    script = tmp_path / "extracting.py"
    script.write_text(SCRIPT)
    command = [sys.executable, str(script), str(tmp_path / "out"), *map(str, [*paths, stuck])]
    with Popen(command, env=os.environ | {"PYTHONPATH": str(Path.cwd())}) as process:
        while not list((tmp_path / "out" / PARTS).glob("*.open")):
            time.sleep(0.05)
        workers = children(process.pid)
        assert len(workers) >= 2
        process.kill()
    for _ in range(400):
        if not any(map(is_alive, workers)):
            break
        time.sleep(0.05)
    else:
        pytest.fail("a worker goes on")
    stuck.unlink()
    (tmp_path / "out" / ".new-merging").mkdir()  # as of a process that was killed later
    extract(paths, tmp_path / "out", workers=2)
    assert not (tmp_path / "out" / ".new-merging").exists()
    extract(paths, tmp_path / "undisturbed")
    assert contents(tmp_path / "out") == contents(tmp_path / "undisturbed")
    assert not list((tmp_path / "out" / PARTS).glob("*.open"))


SCRIPT = """
import sys
from pathlib import Path
from tests.bulk.test_run import extract
if __name__ == "__main__":
    extract([Path(path) for path in sys.argv[2:]], Path(sys.argv[1]), workers=2)
"""


def is_alive(process: int) -> bool:
    stat = Path(f"/proc/{process}/stat")
    return stat.exists() and stat.read_text().rpartition(") ")[2][0] != "Z"


def test_the_measured_precision_and_recall_hold() -> None:
    done = subprocess.run(
        [sys.executable, "benchmarks/same_as.py", "--rounds", "1"],
        cwd=ROOT, capture_output=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
