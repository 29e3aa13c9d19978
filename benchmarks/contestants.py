"""The queues of requests that ``frontier.py`` compares."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeAlias

Settings: TypeAlias = Mapping[str, object]

LEASE: Final = 2.0
"""Seconds after which a crawl on Redis whose worker was killed can go on."""
_OURS: Final = {
    "SHIO_LEASE": LEASE,
    "SCHEDULER": "shio_scraper.frontier.scheduler.FrontierScheduler",
}
_SCRAPY_REDIS: Final = {
    "SCHEDULER": "scrapy_redis.scheduler.Scheduler",
    "DUPEFILTER_CLASS": "scrapy_redis.dupefilter.RFPDupeFilter",
}


@dataclass(frozen=True)
class Contestant:
    """One queue. ``settings`` makes Scrapy's settings from a folder and the address of a Redis."""

    name: str
    settings: Callable[[Path, str], Settings]
    module: str = "scrapy"
    needs_redis: bool = False


QUEUE: Final = Contestant("Scrapy's memory queue", lambda _, __: {})
JOBDIR: Final = Contestant("Scrapy's JOBDIR", lambda folder, _: {"JOBDIR": folder / "job"})
MEMORY: Final = Contestant("ours, memory", lambda _, __: {**_OURS, "SHIO_FRONTIER": "memory"})
SQLITE: Final = Contestant(
    "ours, SQLite", lambda folder, _: {**_OURS, "SHIO_FRONTIER": folder / "frontier.db"}
)
SCRAPY_REDIS: Final = Contestant(
    "scrapy-redis",
    lambda _, redis: {**_SCRAPY_REDIS, "REDIS_URL": redis},
    module="scrapy_redis",
    needs_redis=True,
)
REDIS: Final = Contestant(
    "ours, Redis",
    lambda _, redis: {**_OURS, "SHIO_FRONTIER": redis},
    module="shio_scraper.frontier.redis",
    needs_redis=True,
)


def installed() -> list[Contestant]:
    """Return the contestants that can run here. Print which cannot."""
    found = []
    for one in (QUEUE, JOBDIR, MEMORY, SQLITE, SCRAPY_REDIS, REDIS):
        if one.needs_redis and not shutil.which("redis-server"):
            print(f"{one.name} is left out: redis-server is missing")
        elif not find_spec(one.module):
            print(f"{one.name} is left out: {one.module} is missing")
        else:
            found.append(one)
    return found


@contextmanager
def redis_for(contestant: Contestant) -> Iterator[str]:
    """Run an empty Redis with an append-only file, if it is needed, and yield its address."""
    if not contestant.needs_redis:
        yield ""
        return
    with TemporaryDirectory(prefix="shio-redis-") as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        command = ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--dir", folder]
        command += ["--appendonly", "yes", "--save", ""]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
            try:
                _wait_for(port)
                yield f"redis://127.0.0.1:{port}/0"
            finally:
                server.terminate()


def _wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("redis-server did not start")
