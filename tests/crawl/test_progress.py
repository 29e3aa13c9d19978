"""The progress line: on a terminal, and nowhere else."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from socket import gethostname
from typing import TYPE_CHECKING

import pytest

from tests.server import Reply, ScriptedPortal
from tests.spiders.running import FAST, TIMEOUT, environment, forked_command, scrapy
from tests.spiders.scripted import STARTS, article, en, item, listing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LINE = re.compile(
    r"(\d+) pages, (\d+) to do, ([\d.]+) pages/s, [^;]+ left; "
    r"(\d+) records, (\d+) rejects, \d+ doubts"
)


@pytest.fixture
def site() -> Iterator[str]:
    """Serve slow pages, one of which is missing."""
    numbers = range(100, 120)
    items = [item(en(n), f"Story {n}", "March 4, 2024") for n in numbers]
    pages: dict[str, Reply | str] = {STARTS[0]: listing(items), "/": listing([])}
    pages |= {en(n): Reply(article(f"Story {n}", "2024-03-04"), delay=0.1) for n in numbers[1:]}
    with ScriptedPortal(pages) as portal:
        yield portal.url


def arguments(site: str) -> tuple[str, ...]:
    one_by_one = ("-s", "CONCURRENT_REQUESTS=1", *FAST)
    asked = ("-a", f"site={site}", "-a", "language=en", "-a", "only=news")
    return ("crawl", "portal", *asked, *one_by_one)


def on_a_terminal(folder: Path, *command: str) -> tuple[int, str]:
    """Run ``scrapy`` with standard error on a terminal; return its status and what it showed."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        forked_command(*command), cwd=folder, env=environment(TERM="xterm"),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=slave,
    )  # fmt: skip
    os.close(slave)
    shown = b""
    try:
        while data := os.read(master, 65536):
            shown += data
    except OSError:
        pass  # the other end is closed
    finally:
        os.close(master)
    return process.wait(TIMEOUT), shown.decode("utf-8")


def test_a_terminal_shows_pages_records_rejects_and_the_rate(site: str, tmp_path: Path) -> None:
    status, shown = on_a_terminal(tmp_path, *arguments(site))
    assert status == 0
    states = [tuple(map(float, found)) for found in LINE.findall(shown)]
    assert len(states) >= 3
    assert states == sorted(states, key=lambda state: (state[0], *state[3:]))
    pages, to_do, rate, records, rejects = states[-1]
    assert 0 <= to_do < 30
    assert max(state[1] for state in states) > 0
    assert pages > 10
    assert 5 < records < pages
    assert 1 <= rejects < 5
    assert 2 < rate < 100


def test_the_line_is_rewritten_and_leaves_the_report_clean(site: str, tmp_path: Path) -> None:
    _, shown = on_a_terminal(tmp_path, *arguments(site))
    lines = shown.replace("\r\n", "\n").split("\n")
    left = [line.rpartition("\x1b[K")[2].strip("\r") for line in lines if line]
    assert not [line for line in left if LINE.search(line)]
    assert any("Ended: finished" in line for line in left)
    assert all(line.startswith("20") for line in left if line)


def test_a_log_names_the_host_first_the_cause_last_and_meanwhile_the_figures(
    site: str, tmp_path: Path
) -> None:
    """A minute is half a second here."""
    code = (
        "import sys; from scrapy.cmdline import execute; "
        "from shio_scraper.extensions import progress; progress._LOG_EVERY = 1; execute()"
    )
    done = scrapy(tmp_path, "-c", code, *arguments(site))
    first, *_, last = done.stderr.splitlines()
    assert f" INFO: Spider portal on {gethostname()}, process " in first
    assert last.endswith(" INFO: The run is complete")
    assert len(LINE.findall(done.stderr)) >= 2
    assert not {"\r", "\x1b"} & set(done.stderr)


def test_a_log_of_objects_holds_nothing_else(site: str, tmp_path: Path) -> None:
    options = ("-s", "SHIO_LOG=json", "-s", "LOG_LEVEL=DEBUG", "-s", "CLOSESPIDER_PAGECOUNT=2")
    status, shown = on_a_terminal(tmp_path, *arguments(site), *options)
    assert status == 3
    found = [json.loads(line) for line in shown.splitlines()]
    assert {line["host"] for line in found} == {gethostname()}
    assert {"INFO", "DEBUG", "ERROR"} <= {line["level"] for line in found}
    assert found[-1]["message"].startswith("scrapy crawl: cut off (closespider_pagecount)")
