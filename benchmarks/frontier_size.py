"""Fill a store with requests, and measure its memory and the rates of storing and taking.

``frontier.py`` runs ``python benchmarks/frontier_size.py LOCATION QUEUED``, which prints JSON.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable
from dataclasses import asdict, dataclass
from hashlib import sha1
from pathlib import Path
from socket import gethostname
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from contestants import Contestant, redis_for
from scrapy import Request, Spider

from shio_scraper import frontier
from shio_scraper.frontier import codec
from shio_scraper.frontier.sqlite import SqliteStore
from shio_scraper.frontier.store import Checkpoint, Crawl, Part

BATCH = 500
"""The number of requests between two checkpoints."""
MEASURED = 10_000


@dataclass(frozen=True)
class Size:
    """The cost of a store with ``queued`` requests: peak memory in MB, and requests a second.

    The rates are those of the median batch. Now and then a batch waits a fifth of a second until
    SQLite has moved its log of 64 MB to the file. That is so at any size, but a mean would count it
    for one size or the other by chance.
    """

    queued: int
    memory: float
    stored: float
    taken: float


def filled(queue: Contestant, queued: int) -> Size:
    """Measure the store of ``queue`` in a process of its own."""
    with redis_for(queue) as redis, TemporaryDirectory() as folder:
        location = str(queue.settings(Path(folder), redis)["SHIO_FRONTIER"])
        command = [sys.executable, __file__, location, str(queued)]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    size = Size(**json.loads(done.stdout))
    print(f"{queue.name}: {size}", flush=True)
    return size


async def measure(location: str, queued: int) -> Size:
    """Store ``queued`` requests, then store some more and take as many."""
    store = frontier.open_store(location)
    await store.open(Crawl("size", "size", {}), fresh=True)
    await store.join(Part(Path.cwd(), gethostname()))
    spider = Spider("size")
    for start in range(0, queued, BATCH):
        await put(store, spider, start)
    measured = range(queued, queued + MEASURED, BATCH)
    stored = [await seconds(put(store, spider, start)) for start in measured]
    taken = [await seconds(take(store)) for _ in measured]
    await store.close()
    return Size(queued, peak(), BATCH / median(stored), BATCH / median(taken))


async def seconds(work: Awaitable[None]) -> float:
    """Return how long ``work`` takes."""
    start = time.perf_counter()
    await work
    return time.perf_counter() - start


async def put(store: SqliteStore, spider: Spider, start: int) -> None:
    """Store a request for each of ``BATCH`` numbers, and a checkpoint."""
    for number in range(start, start + BATCH):
        url = f"https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id={number}"
        request = Request(url, cb_kwargs={"listed": "2025-06-18"})
        fingerprint = sha1(url.encode(), usedforsecurity=False).digest()
        assert store.add(codec.encode(request, spider), 0, fingerprint)
    await store.commit(Checkpoint([], {}, {}, {}))


async def take(store: SqliteStore) -> None:
    """Take and acknowledge ``BATCH`` requests, as a crawl does."""
    done: list[Any] = []
    while len(done) < BATCH:
        if taken := store.take(idle=False):
            done.append(taken[0])
        else:  # the request is on its way
            await asyncio.sleep(0)
    await store.commit(Checkpoint(done, {}, {}, {}))


def peak() -> float:
    """Return the peak of this process's resident memory, in MB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    size = asyncio.run(measure(sys.argv[1], int(sys.argv[2])))
    print(json.dumps(asdict(size)))
