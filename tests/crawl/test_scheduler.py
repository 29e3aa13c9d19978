"""Whatever becomes of a request, becomes of it as with Scrapy's own scheduler."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.server import Reply, ScriptedPortal
from tests.spiders.running import scrapy

SCRAPY = "scrapy.core.scheduler.Scheduler"
WANDER = "import sys; from tests.crawl.wandering import main; main(*sys.argv[1:])"
OURS = "shio_scraper.frontier.scheduler.FrontierScheduler"


def answer(target: str) -> Reply:
    if "reset" in target:
        return Reply(drop=True)
    if target == "/moved":
        return Reply(status=302, headers={"Location": "/target"})
    return Reply("<p>ok</p>", status={"/gone": 404, "/busy": 503}.get(target, 200))


def wander(folder: Path, scheduler: str, frontier: str) -> list[str]:
    with ScriptedPortal() as portal:
        portal.otherwise = answer
        done = scrapy(folder, "-c", WANDER, portal.url, scheduler, frontier)
        assert done.status == 0, done.stderr
        return [line.replace(portal.url, "") for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def scrapys(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return wander(tmp_path_factory.mktemp("scrapy"), SCRAPY, "")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ours")


@pytest.fixture(scope="module")
def ours(folder: Path) -> list[str]:
    return wander(folder, OURS, "frontier.db")


def test_as_with_scrapys_own(scrapys: list[str], ours: list[str]) -> None:
    assert sorted(ours) == sorted(scrapys)
    assert "stat finish_reason finished" in ours


@pytest.mark.usefixtures("ours")
def test_every_request_is_acknowledged_and_failures_are_kept(folder: Path) -> None:
    database = sqlite3.connect(folder / "frontier.db")
    states = dict(database.execute("SELECT state, count(*) FROM requests GROUP BY state"))
    assert set(states) == {2, 3}
    reasons = [reason for (reason,) in database.execute(
        "SELECT reason FROM requests WHERE state = 2")]  # fmt: skip
    assert sorted(reason.partition(":")[0] for reason in reasons) == [
        "DownloadFailedError", "DownloadFailedError", "DownloadFailedError",
        "RuntimeError", "RuntimeError", "status 503",
    ]  # fmt: skip


def test_the_urgent_come_first_and_equals_in_their_order(ours: list[str]) -> None:
    pages = [line.split()[1] for line in ours if line.startswith("page /p")]
    assert pages == ["/p2", "/p3", "/p1", "/p0"]
