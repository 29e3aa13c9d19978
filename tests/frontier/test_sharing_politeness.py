"""Workers together are as polite as one: measured at the server."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import pytest
from redis import Redis

from shio_scraper.frontier import redis_server
from shio_scraper.frontier.store import FrontierError
from tests.spiders.running import TIMEOUT, scrapy, start_scrapy
from tests.spiders.scripted import Reply, ScriptedPortal, article, en, portal_of

if TYPE_CHECKING:
    from tests.frontier.redis_process import RedisProcess

STORIES = {en(n): article(f"Story {n}", "2024-03-04") for n in range(100, 125)}

OTHER = "another"


class Watched(ScriptedPortal):
    """Counts how many requests it answers at once."""

    def __init__(self, pause: float) -> None:
        super().__init__({**portal_of(*STORIES), **STORIES})
        self._pause = pause
        self._counting = Lock()
        self._now = 0
        self.most = 0

    def reply(self, target: str) -> Reply:
        with self._counting:
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(self._pause)
        with self._counting:
            self._now -= 1
        return super().reply(target)


def crawl_with_three(folder: Path, portal: Watched, server: RedisProcess, *more: str) -> None:
    command = ("crawl", "portal", "-a", f"site={portal.url}", "-s", f"SHIO_FRONTIER={server.url}")
    workers = [start_scrapy(folder, *command, *more) for _ in range(3)]
    for worker in workers:
        _, errors = worker.communicate(timeout=TIMEOUT)
        assert worker.returncode == 0, errors
        assert "Traceback" not in errors


@pytest.mark.parametrize("limit", [("CONCURRENT_REQUESTS", 8, 3), ("CONCURRENT_REQUESTS", 3, 8)])
def test_workers_share_the_number_of_requests_at_once(
    tmp_path: Path, redis: RedisProcess, limit: tuple[str, int, int]
) -> None:
    _, overall, host = limit
    with Watched(0.05) as portal:
        crawl_with_three(
            tmp_path, portal, redis, "-s", "DOWNLOAD_DELAY=0",
            "-s", f"CONCURRENT_REQUESTS={overall}", "-s", f"CONCURRENT_REQUESTS_PER_DOMAIN={host}",
        )  # fmt: skip
    assert portal.most <= 3
    assert len(portal.asked("detail_en")) >= len(STORIES)


def test_workers_share_the_delay(tmp_path: Path, redis: RedisProcess) -> None:
    """The server notes a request before it answers; a start waits for the one before."""
    delay = 0.2
    with Watched(0) as portal:
        crawl_with_three(tmp_path, portal, redis, "-s", f"DOWNLOAD_DELAY={delay}")
    gaps = [after.at - before.at for before, after in pairwise(portal.requests)]
    assert len(gaps) > len(STORIES)
    assert min(gaps) >= delay


# A server that cannot be used


def refused(folder: Path, location: str) -> str:
    run = scrapy(folder, "crawl", "portal", "-a", "site=demo", "-s", f"SHIO_FRONTIER={location}")
    assert run.status == 2
    (line,) = run.stderr.splitlines()
    assert "secret" not in line
    assert not list((folder / "data" / "runs").glob("*"))
    return line


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    line = refused(tmp_path, "redis://user:secret@127.0.0.1:1/0")
    assert line.startswith("scrapy crawl: Redis at 127.0.0.1:1/0: ")


def test_what_is_no_address(tmp_path: Path) -> None:
    assert "Redis at " in refused(tmp_path, "redis://user:secret@127.0.0.1:port")


def test_a_server_that_wants_another_password(tmp_path: Path, redis: RedisProcess) -> None:
    with redis.client() as client:
        client.config_set("requirepass", OTHER)
    try:
        line = refused(tmp_path, redis.url.replace("unix://", "unix://:secret@"))
    finally:
        with Redis(unix_socket_path=str(redis.socket), password=OTHER) as client:
            client.config_set("requirepass", "")
    assert "password" in line


def test_a_server_that_is_too_old(redis: RedisProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_server, "_OLDEST", 99)
    with pytest.raises(FrontierError, match=r"is version 7.*: 99 or newer is needed"):
        redis_server.connect(redis.url)
