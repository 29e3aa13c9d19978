"""Workers that share a crawl through Redis: whatever happens to one, the dataset is the same."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.crawl.killing import assert_same, content, records_of, written
from tests.server import ScriptedPortal
from tests.services.proxy import Proxy
from tests.spiders.running import ROOT, TIMEOUT, Json, Run, scrapy, start_scrapy
from tests.spiders.scripted import article, en, portal_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services.redis_process import RedisProcess

CRAWL = ("crawl", "portal", "-a", "site=demo")
MACHINE = "from tests.services.machine import main; main()"
LEASE = 2.0
SLOW = ("-s", "DOWNLOAD_DELAY=0.03", "-s", f"SHIO_LEASE={LEASE}")


@pytest.fixture
def undisturbed(demo: Run) -> Run:
    return demo


class Workers:
    """Workers of one crawl, on machines of several names, each with a disk of its own or not."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self._url = url
        self.processes: list[subprocess.Popen[str]] = []
        self.errors: list[str] = []

    def start(
        self, machine: str, *arguments: str, url: str | None = None, shared: bool = True, **env: str
    ) -> subprocess.Popen[str]:
        """Start one on a machine; ``shared``: its runs are on a disk that others have too."""
        folder = self.folder / ("shared" if shared else machine)
        where = ("-s", f"SHIO_FRONTIER={url or self._url}")
        command = ("-c", MACHINE, machine, *CRAWL, *SLOW, *where, *arguments)
        process = start_scrapy(folder, *command, env={"PYTHONPATH": str(ROOT), **env})
        self.processes.append(process)
        return process

    @property
    def runs(self) -> list[Path]:
        """The folders of all runs, on every disk."""
        return sorted(self.folder.glob("*/data/runs/*-*"), key=lambda run: run.name)

    def manifests(self) -> list[Json]:
        """Return the manifests of runs that ended."""
        files = [run / "manifest.json" for run in self.runs]
        return [json.loads(file.read_bytes()) for file in files if file.exists()]

    def wait_for(self, number: int) -> None:
        """Wait until all of them wrote so many records."""
        end = time.monotonic() + TIMEOUT
        while sum(map(written, self.folder.iterdir())) < number and time.monotonic() < end:
            assert any(process.poll() is None for process in self.processes)
            time.sleep(0.005)

    def finish(self) -> Run:
        """Wait until all ended; no one's log holds a traceback."""
        self.errors = [process.communicate(timeout=TIMEOUT)[1] for process in self.processes]
        for error in self.errors:
            assert "Traceback" not in error, error
            assert "never retrieved" not in error, error
        alive = [each for each in self.processes if each.returncode != -signal.SIGKILL]
        assert {each.returncode for each in alive} <= {0}, "\n".join(self.errors)
        run = Run(self.folder, 0, "", "".join(self.errors))
        run.__dict__["run_folders"] = self.runs
        return run

    def end(self) -> None:
        """Kill what still runs."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.communicate()


@pytest.fixture
def workers(tmp_path: Path, redis: RedisProcess) -> Iterator[Workers]:
    """Return the workers of one crawl; none yet."""
    found = Workers(tmp_path, redis.url)
    yield found
    found.end()


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_workers_share_the_portals_one_each(
    workers: Workers, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for machine in ("one", "two"):
        workers.start(machine, "-a", "portal=all", shared=False)
    run = workers.finish()
    together = scrapy(tmp_path_factory.mktemp("together"), *CRAWL, "-a", "portal=all")
    assert content(records_of(run.run_folders)) == content(records_of(together.run_folders))
    assert sorted(m["scope"]["portals"] for m in workers.manifests()) == [["en_shio"], ["touch"]]
    assert {m["outcome"] for m in workers.manifests()} == {"complete"}


@pytest.mark.parametrize(("number", "shared"), [(9, False), (40, True)])
def test_one_is_killed_and_another_takes_over(
    workers: Workers, undisturbed: Run, number: int, *, shared: bool
) -> None:
    """On a shared disk it goes on in the same run; else in one of its own, and both say so."""
    killed = workers.start("one", shared=shared)
    workers.wait_for(number)
    kill(killed)
    if not shared:  # out of the other's reach
        (workers.folder / "one").rename(workers.folder / "away")
    workers.start("two", shared=shared, SHIO_REJOIN="1")
    if not shared:
        workers.finish()
        (workers.folder / "away").rename(workers.folder / "one")
        workers.start("one", shared=False, SHIO_REJOIN="1")  # comes too late, and puts in order
    assert_same(workers.finish(), undisturbed, out_of_reach=not shared)
    if shared:
        assert len(workers.runs) == 1
        return
    first, second = workers.manifests()
    assert (first["outcome"], first["reason"]) == ("partial", "continued")
    assert first["continued"] == {"run": second["run"], "host": "two"}
    assert second["continues"] == {"run": first["run"], "host": "one"}
    assert second["scope"]["narrowed_by"] == ["continues"]
    assert first["counts"]["article"] + second["counts"]["article"] == 69


def test_all_are_killed_and_one_starts_again(workers: Workers, undisturbed: Run) -> None:
    both = workers.start("one"), workers.start("two", SHIO_REJOIN="1")
    workers.wait_for(40)
    for process in both:
        kill(process)
    workers.start("one")
    run = workers.finish()
    assert_same(run, undisturbed)
    assert len(run.run_folders) == 1
    assert "Resuming the crawl that was cut off" in workers.errors[2]


def test_one_file_for_several_portals_cannot_be_written_anew(workers: Workers) -> None:
    process = workers.start("one", "-a", "portal=all", "-O", "all.jsonl")
    _, error = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 2
    assert "scrapy crawl: -O would keep the records of one portal" in error


# Trouble, seen from the server: a portal is never asked by two

STORIES = {en(n): article(f"Story {n}", "2024-03-04") for n in range(100, 150)}


@pytest.fixture
def portal() -> Iterator[ScriptedPortal]:
    with ScriptedPortal({**portal_of(*STORIES), **STORIES}) as found:
        yield found


class Site:
    """The portal, and its two workers, who ask under names of their own."""

    def __init__(self, workers: Workers, portal: ScriptedPortal) -> None:
        self._workers = workers
        self._portal = portal

    def start(self, name: str, url: str | None = None, **env: str) -> subprocess.Popen[str]:
        """Start a worker."""
        return self._workers.start(
            name, "-a", f"site={self._portal.url}", "-s", f"USER_AGENT={name}",
            "-s", "DOWNLOAD_DELAY=0.1", url=url, shared=False, **env,
        )  # fmt: skip

    def wait_for(self, number: int) -> None:
        """Wait until so many requests came."""
        end = time.monotonic() + TIMEOUT
        while len(self._portal.requests) < number and time.monotonic() < end:
            time.sleep(0.005)

    def wait_for_agent(self, name: str) -> None:
        """Wait until a worker asks."""
        end = time.monotonic() + TIMEOUT
        while name not in self.agents and time.monotonic() < end:
            time.sleep(0.05)

    @property
    def agents(self) -> list[str]:
        """Who asked, in turn."""
        return [name for name, _ in groupby(r.headers["User-Agent"] for r in self._portal.requests)]

    def check(self) -> None:
        """Each article came once."""
        found = content(records_of(self._workers.finish().run_folders))
        assert found.keys() >= {f"article/en/{n}" for n in range(100, 150)}


@pytest.fixture
def site(workers: Workers, portal: ScriptedPortal) -> Site:
    return Site(workers, portal)


def test_one_is_told_to_stop(site: Site, workers: Workers) -> None:
    one = site.start("one")
    site.wait_for(10)
    site.start("two")
    one.terminate()
    _, error = one.communicate(timeout=TIMEOUT)
    assert (one.returncode, "Traceback" in error) == (3, False)
    workers.processes.remove(one)
    workers.finish()
    site.start("one", SHIO_REJOIN="1")
    site.check()
    assert site.agents == ["one", "two"]


def test_one_is_stopped_for_longer_than_its_lease(site: Site) -> None:
    one = site.start("one")
    site.wait_for(15)
    site.start("two")
    one.send_signal(signal.SIGTSTP)
    site.wait_for_agent("two")
    one.send_signal(signal.SIGCONT)
    site.check()
    assert site.agents == ["one", "two"]


def test_one_is_cut_off_from_redis_for_longer_than_its_lease(
    site: Site, workers: Workers, redis: RedisProcess
) -> None:
    with Proxy(redis.socket) as proxy:
        site.start("one", proxy.url)
        site.wait_for(15)
        site.start("two")
        proxy.cut()
        site.wait_for_agent("two")
        proxy.mend()
        site.check()
    assert site.agents == ["one", "two"]
    assert workers.errors[0].count(" is away (") == 1


@pytest.mark.parametrize("seconds", [0.5, 2 * LEASE])
def test_redis_is_killed_and_started_again(
    site: Site, workers: Workers, redis: RedisProcess, seconds: float
) -> None:
    site.start("one")
    site.wait_for(1)
    site.start("two", SHIO_REJOIN="1")  # whenever it comes, before, while or after Redis is away
    site.wait_for(10)
    redis.kill()
    time.sleep(seconds)
    redis.start()
    site.check()
    assert site.agents in (["one"], ["one", "two"])
    for error in workers.errors:
        assert error.count(" is back") == error.count(" is away (") <= 1
