"""SIGTERM: a crawl finishes what is in flight, and resumes; twice: at once, and resumes too."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest

from tests.crawl.killing import content, of_file
from tests.server import Reply, ScriptedPortal
from tests.spiders.running import (
    FAST,
    TIMEOUT,
    Run,
    assert_calm,
    crawl_portal,
    scrapy,
    start_scrapy,
)
from tests.spiders.scripted import article, en, page

NUMBERS = range(200, 260)
LENIENT = ("-s", "SHIO_MONITOR_REJECTS=1")
"""The portal has no listings: six of its pages are not there."""


@pytest.fixture
def portal() -> ScriptedPortal:
    stories = {
        en(n): Reply(article(f"Story {n}", "2024-03-04"), delay=0.1) for n in NUMBERS
    }  # fmt: skip
    home = page("".join(f'<p><a href="{target}">x</a></p>' for target in stories))
    return ScriptedPortal({"/": home, **stories})


def stop(portal: ScriptedPortal, folder: Path, *sent: int) -> tuple[int, str]:
    """Crawl, send signals when some pages are written, and wait for the end."""
    process = start_scrapy(folder, "crawl", "portal", "-a", f"site={portal.url}", *FAST)
    try:
        end = time.monotonic() + TIMEOUT
        while time.monotonic() < end and len(portal.asked("detail")) < 15:
            time.sleep(0.01)
        for one in sent:
            process.send_signal(one)
            time.sleep(0.02)
        _, stderr = process.communicate(timeout=TIMEOUT)
    finally:
        process.kill()
    return process.returncode, stderr


def articles(run: Run) -> set[str]:
    return set(content(of_file(run.run_folder / "articles.jsonl")))


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_once(portal: ScriptedPortal, tmp_path: Path, sent: int) -> None:
    with portal:
        status, stderr = stop(portal, tmp_path, sent)
        asked = len(portal.asked("detail"))
        assert status == 3
        assert asked < len(NUMBERS)
        assert_calm(Run(tmp_path, status, "", stderr))
        assert "scrapy crawl: cut off (shutdown), " in stderr.splitlines()[-1]
        assert stderr.splitlines()[-1].endswith(" requests to do: the same command goes on")
        (folder,) = (tmp_path / "data" / "runs").iterdir()
        # What was in flight was finished, and is not fetched again.
        assert len(of_file(folder / "articles.jsonl")) == asked
        stats = json.loads((folder / "stats.json").read_bytes())
        assert stats["frontier/resumable"] is True
        run = crawl_portal(tmp_path, portal.url, *LENIENT)
    assert run.status == 0
    assert_calm(run)
    assert articles(run) == {f"article/en/{n}" for n in NUMBERS}
    assert sorted(portal.asked("detail")) == sorted(en(n) for n in NUMBERS)
    assert run.stats["records/article"] == len(NUMBERS)
    assert run.stats["frontier/resumable"] is False


def test_twice(portal: ScriptedPortal, tmp_path: Path) -> None:
    with portal:
        status, _ = stop(portal, tmp_path, signal.SIGTERM, signal.SIGTERM)
        assert status != 0
        run = crawl_portal(tmp_path, portal.url, *LENIENT)
    assert run.status == 0
    assert "Resuming the crawl" in run.stderr
    assert articles(run) == {f"article/en/{n}" for n in NUMBERS}
    assert len(of_file(run.run_folder / "articles.jsonl")) == len(NUMBERS)


def test_in_a_rest_for_robots_txt(portal: ScriptedPortal, tmp_path: Path) -> None:
    """What waited for the rules stays due: it did not fail."""
    rules, portal.robots = portal.robots, Reply("busy", status=503)
    retries = ("-s", "RETRY_TIMES=0")
    with portal:
        process = start_scrapy(
            tmp_path, "crawl", "portal", "-a", f"site={portal.url}", *FAST, *retries
        )
        assert process.stderr
        assert any("nothing is fetched for 30 s" in line for line in process.stderr)
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=TIMEOUT)
        assert "to do: the same command goes on" in stderr
        assert not of_file(next((tmp_path / "data" / "runs").iterdir()) / "rejects.jsonl")
        portal.robots = rules
        run = crawl_portal(tmp_path, portal.url, *LENIENT)
    assert run.status == 0
    assert articles(run) == {f"article/en/{n}" for n in NUMBERS}
    assert "/" in portal.targets


KILLED_AFTER_A_RETRY = """
import os, signal, sys
from scrapy.cmdline import execute
from shio_scraper.frontier.scheduler import FrontierScheduler

enqueue = FrontierScheduler.enqueue_request

def once_stored(scheduler, request):
    added = enqueue(scheduler, request)
    if request.meta.get("retry_times"):
        scheduler.store._flush()
        os.kill(os.getpid(), signal.SIGKILL)
    return added

FrontierScheduler.enqueue_request = once_stored
execute(["scrapy", *sys.argv[1:]])
"""


def test_killed_between_a_page_and_its_retry(portal: ScriptedPortal, tmp_path: Path) -> None:
    """The page is asked for again, and its retry too: it gives one reject, not two."""
    portal.pages[en(200)] = Reply("broken", status=500)
    with portal:
        command = ("crawl", "portal", "-a", f"site={portal.url}", *FAST)
        killed = scrapy(tmp_path, "-c", KILLED_AFTER_A_RETRY, *command, "-s", "RETRY_TIMES=1")
        assert killed.status == -signal.SIGKILL, killed.stderr
        run = crawl_portal(tmp_path, portal.url, *LENIENT, "-s", "RETRY_TIMES=1")
    found = [reject["url"] for reject in run.rejects if reject["detail"] == "500"]
    assert len(found) == 1
