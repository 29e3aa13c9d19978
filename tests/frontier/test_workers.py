"""Workers that share a crawl through Redis: whatever happens to one, the dataset is the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from redis import Redis

from shio_scraper.frontier.store import REJOIN
from tests.frontier.killing import assert_same, written
from tests.frontier.proxy import Proxy
from tests.spiders.running import TIMEOUT, Run, scrapy, start_scrapy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.frontier.redis_process import RedisProcess

CRAWL = ("crawl", "portal", "-a", "site=demo")
LEASE = 2.0
SLOW = (
    *("-s", "DOWNLOAD_DELAY=0.08", "-s", f"SHIO_LEASE={LEASE}"),
    *("-s", "SHIO_MONITOR_SAMPLE=1000"),  # the demo's few rejects may all be one worker's
)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Crawl with one worker and no frontier to resume."""
    return scrapy(tmp_path_factory.mktemp("undisturbed"), *CRAWL)


class Workers:
    """The workers of one crawl, in one folder."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self._url = url
        self.processes: list[subprocess.Popen[str]] = []
        self.errors: list[str] = []

    def start(self, url: str | None = None, *arguments: str) -> subprocess.Popen[str]:
        """Start one more."""
        where = ("-s", f"SHIO_FRONTIER={url or self._url}")
        process = start_scrapy(self.folder, *CRAWL, *SLOW, *where, *arguments)
        self.processes.append(process)
        return process

    def wait_for(self, number: int) -> None:
        """Wait until all of them wrote so many records."""
        end = time.monotonic() + TIMEOUT
        while written(self.folder) < number and time.monotonic() < end:
            assert any(process.poll() is None for process in self.processes)
            time.sleep(0.005)

    def wait_for_all(self) -> None:
        """Wait until each of them has joined the crawl."""
        end = time.monotonic() + TIMEOUT
        with Redis.from_url(self._url) as client:
            while time.monotonic() < end:
                sessions = list(client.scan_iter("shio:*:sessions"))
                if sessions and client.zcard(sessions[0]) == len(self.processes):
                    return
                time.sleep(0.005)
        raise TimeoutError("not all workers joined")

    def wait_for_records_of_each(self) -> None:
        """Wait until each has records that are acknowledged: without any it would end with 1."""
        end = time.monotonic() + TIMEOUT
        with Redis.from_url(self._url, decode_responses=True) as client:
            while time.monotonic() < end:
                texts = [t for key in client.scan_iter("shio:*:parts") for t in client.hvals(key)]
                counts = [json.loads(text)["stats"].get("records", 0) for text in texts]
                if len(counts) == len(self.processes) and all(counts):
                    return
                time.sleep(0.005)
        raise TimeoutError("not all workers have records")

    def finish(self) -> Run:
        """Wait until all ended; no one's log holds a traceback."""
        self.errors = [process.communicate(timeout=TIMEOUT)[1] for process in self.processes]
        for error in self.errors:
            assert "Traceback" not in error, error
            assert "never retrieved" not in error, error
        alive = [each for each in self.processes if each.returncode != -signal.SIGKILL]
        assert {each.returncode for each in alive} <= {0}, "\n".join(self.errors)
        return Run(self.folder, 0, "", "".join(self.errors))

    def end(self) -> None:
        """Kill what still runs."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.communicate()


@pytest.fixture
def workers(
    tmp_path: Path, redis: RedisProcess, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workers]:
    """Return the workers of one crawl; none yet. One that comes too late begins no other."""
    monkeypatch.setenv(REJOIN, "1")
    found = Workers(tmp_path, redis.url)
    yield found
    found.end()


def test_two_workers_share_a_crawl(workers: Workers, undisturbed: Run) -> None:
    workers.start()
    workers.start()
    run = workers.finish()
    assert_same(run, undisturbed)
    assert len(run.run_folders) == 2


@pytest.mark.parametrize("number", [0, 9, 30, 70])
@pytest.mark.parametrize("again", [False, True], ids=["never again", "again"])
def test_one_of_two_is_killed(
    workers: Workers, undisturbed: Run, number: int, *, again: bool
) -> None:
    killed, _ = workers.start(), workers.start()
    workers.wait_for(number)
    killed.kill()
    killed.wait()
    if again:
        workers.start()
    assert_same(workers.finish(), undisturbed)


def test_all_are_killed_and_one_starts_again(workers: Workers, undisturbed: Run) -> None:
    both = workers.start(), workers.start()
    workers.wait_for(40)
    for process in both:
        process.kill()
        process.wait()
    workers.start()
    assert_same(workers.finish(), undisturbed)
    assert "Resuming the crawl that was cut off" in workers.errors[2]


def test_one_is_told_to_stop_and_its_pages_go_to_the_other(
    workers: Workers, undisturbed: Run
) -> None:
    one, _ = workers.start(), workers.start()
    workers.wait_for(20)
    one.terminate()
    one.wait()
    workers.processes.remove(one)
    assert "Traceback" not in one.communicate()[1]
    assert_same(workers.finish(), undisturbed)


@pytest.mark.parametrize("number", [5, 50])
def test_one_is_stopped_for_longer_than_its_lease(
    workers: Workers, undisturbed: Run, number: int
) -> None:
    stopped, _ = workers.start(), workers.start()
    workers.wait_for(number)
    os.kill(stopped.pid, signal.SIGSTOP)
    time.sleep(2 * LEASE)
    os.kill(stopped.pid, signal.SIGCONT)
    assert_same(workers.finish(), undisturbed)


def test_one_is_cut_off_from_redis_and_loses_its_leases(
    workers: Workers, undisturbed: Run, redis: RedisProcess
) -> None:
    with Proxy(redis.socket) as proxy:
        workers.start(proxy.url)
        workers.start()
        workers.wait_for_all()
        workers.wait_for_records_of_each()
        proxy.cut()
        time.sleep(2 * LEASE)
        proxy.mend()
        run = workers.finish()
    assert_same(run, undisturbed)
    assert workers.errors[0].count(" is away (") == 1


def test_one_that_joins_again_waits_for_redis(
    workers: Workers, undisturbed: Run, redis: RedisProcess
) -> None:
    with Proxy(redis.socket) as proxy:
        proxy.cut()
        workers.start(proxy.url)
        workers.start()
        workers.wait_for(20)
        proxy.mend()
        run = workers.finish()
    assert_same(run, undisturbed)
    assert workers.errors[0].count(" is away (") == 1


def _restart(redis: RedisProcess) -> None:
    redis.kill()
    time.sleep(1)
    redis.start()


def _stop_for_long(redis: RedisProcess) -> None:
    redis.kill()
    time.sleep(2 * LEASE)
    redis.start()


@pytest.mark.parametrize("away", [_restart, _stop_for_long])
def test_redis_is_killed_and_started_again(
    workers: Workers, undisturbed: Run, redis: RedisProcess, away: Callable[[RedisProcess], None]
) -> None:
    workers.start()
    workers.start()
    workers.wait_for(30)
    away(redis)
    assert_same(workers.finish(), undisturbed)
    for error in workers.errors:
        assert error.count(" is away (") <= 1
        assert error.count(" is back") == error.count(" is away (")
    assert " is away (" in "".join(workers.errors)


def test_a_fresh_start_takes_the_others_with_it(workers: Workers, undisturbed: Run) -> None:
    workers.start()
    workers.wait_for(20)
    workers.start(None, "-a", "fresh=1")
    run = workers.finish()
    assert "cut off" not in workers.errors[1]
    run.run_folders.pop(0)  # of the crawl that is forgotten
    assert_same(run, undisturbed)
