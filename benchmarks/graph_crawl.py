"""Crawls the link graph: runs its server, and ``graph_spider.py`` in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from crawl import HERE, SETTINGS

STATS, PARSED = "stats.json", "parsed.txt"
"""The files that the spider writes into a crawl's folder."""


@dataclass(frozen=True)
class Crawled:
    """The pages of one crawl, and its cost: seconds by the clock and of processor time."""

    pages: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        """The pages a second."""
        return self.pages / self.seconds

    @property
    def per_cpu_second(self) -> float:
        """The pages for each second of processor time."""
        return self.pages / self.cpu

    def __str__(self) -> str:
        """Return a line for the terminal."""
        return f"{self.pages:6} pages {self.rate:7.0f} pages/s {self.per_cpu_second:7.0f} a CPU-s"


class Site:
    """Serves a link graph from a process of its own, as a context manager."""

    def __init__(self, pages: int, tell: int = 0) -> None:
        """Serve ``pages`` pages. ``wait`` returns at request number ``tell``."""
        command = [sys.executable, str(HERE / "server.py"), "graph", str(pages), str(tell)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        self.url = f"http://127.0.0.1:{self._line()}"

    def wait(self) -> None:
        """Wait for request number ``tell``."""
        self._line()

    def __enter__(self) -> Self:
        """Return the site, which serves already."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the server."""
        self._process.communicate()

    def _line(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline().strip()
        if not line:
            raise SystemExit("the server ended early")
        return line


def parsed(folder: Path) -> Counter[str]:
    """Return how often each page was parsed by the crawls in ``folder``."""
    return Counter((folder / PARSED).read_text().splitlines())


def start(site: Site, folder: Path, settings: Mapping[str, object]) -> subprocess.Popen[bytes]:
    """Start a crawl of ``site`` in ``folder``, outside of any project."""
    options: dict[str, object] = {
        **SETTINGS,
        "ROBOTSTXT_OBEY": False,
        "REMOTE_CONTROL_ENABLED": False,
        **settings,
    }
    command = [sys.executable, "-m", "scrapy", "runspider", str(HERE / "graph_spider.py")]
    for argument in (f"site={site.url}", f"stats={STATS}", f"parsed={PARSED}"):
        command += ["-a", argument]
    for name, value in options.items():
        command += ["-s", f"{name}={value}"]
    with (folder / "log.txt").open("ab") as log:
        return subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)


def wait(process: subprocess.Popen[bytes], folder: Path) -> Crawled:
    """Wait for the end of a crawl that was started in ``folder``."""
    if process.wait():
        tail = (folder / "log.txt").read_text(errors="replace").splitlines()[-15:]
        raise SystemExit("\n".join([f"a crawl failed ({process.returncode})", *tail]))
    stats = json.loads((folder / STATS).read_text())
    names = ("response_received_count", "elapsed_time_seconds", "cpu_seconds")
    return Crawled(*(stats[name] for name in names))


def crawl(site: Site, folder: Path, settings: Mapping[str, object]) -> Crawled:
    """Crawl ``site`` to its end."""
    return wait(start(site, folder, settings), folder)
