"""Measure the pages a second of ``scrapy crawl portal``, compared with a bare Scrapy spider.

python benchmarks/crawl.py [--articles 3000] [--rounds 3]

Both crawl the same generated portal from one loopback server in another process, in
turn, each in a process of its own, with the same concurrency and no delay. The exit
status is 1 if a crawl failed or missed an article.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from targets import at_least

HERE = Path(__file__).resolve().parent
TARGET = 0.85
SETTINGS = {
    "DOWNLOAD_DELAY": 0,
    "CONCURRENT_REQUESTS": 16,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
    "ROBOTSTXT_OBEY": True,
    "TELNETCONSOLE_ENABLED": False,
    "LOG_LEVEL": "INFO",
}


@dataclass(frozen=True)
class Run:
    """The figures of one crawl."""

    pages: int
    seconds: float
    articles: int

    @property
    def rate(self) -> float:
        """The pages a second."""
        return self.pages / self.seconds


@contextmanager
def server(articles: int) -> Iterator[str]:
    """Serve a portal of ``articles`` articles from a process of its own, and yield its address."""
    command = [sys.executable, str(HERE / "server.py"), "portal", str(articles)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as it:
        assert it.stdout
        port = it.stdout.readline().strip()
        if not port:
            raise SystemExit("the server did not start")
        yield f"http://127.0.0.1:{port}"


def scrapy(folder: Path, cwd: Path, *arguments: str, **settings: object) -> None:
    """Run Scrapy in ``cwd``, the project's folder or a folder of no project; log to ``folder``."""
    options = [f"{name}={value}" for name, value in {**SETTINGS, **settings}.items()]
    command = [sys.executable, "-m", "scrapy", *arguments]
    command += [word for option in options for word in ("-s", option)]
    log = folder / "log.txt"
    with log.open("wb") as stream:
        ended = subprocess.run(command, cwd=cwd, stdout=stream, stderr=stream, check=False)
    if ended.returncode:
        tail = log.read_text(errors="replace").splitlines()[-15:]
        raise SystemExit("\n".join([f"failed ({ended.returncode}): {' '.join(command)}", *tail]))


def read_stats(folder: Path, stats: Path) -> tuple[int, float]:
    """Return a crawl's pages and seconds (finish minus start) from its stats, else from its log."""
    for path in (stats, folder / "log.txt"):
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        pages, seconds = (
            re.search(rf"""["']{name}["']: ([\d.]+)""", text)
            for name in ("response_received_count", "elapsed_time_seconds")
        )
        if pages and seconds:
            return int(pages[1]), float(seconds[1])
    raise SystemExit(f"no stats of the crawl in {stats.name} or its log")


def distinct(path: Path, key: str) -> int:
    """Return the number of distinct values of ``key`` in a JSONL file."""
    with path.open(encoding="utf-8") as lines:
        return len({json.loads(line)[key] for line in lines})


def portal(site: str, folder: Path) -> Run:
    """Crawl with the project."""
    arguments = ("-a", f"site={site}", "-a", "only=news", "-a", "language=en")
    settings = {"SHIO_DATA": folder, "SHIO_ARCHIVE": "off"}  # archive.py measures that
    scrapy(folder, HERE.parent, "crawl", "portal", *arguments, **settings)
    (run,) = (folder / "runs").iterdir()
    return Run(*read_stats(folder, run / "stats.json"), distinct(run / "articles.jsonl", "key"))


def bare(site: str, folder: Path) -> Run:
    """Crawl with the bare spider."""
    stats, items = folder / "stats.json", folder / "items.jsonl"
    arguments = ("-a", f"site={site}", "-a", f"stats={stats}", "-O", str(items))
    scrapy(folder, folder, "runspider", str(HERE / "bare_spider.py"), *arguments)
    return Run(*read_stats(folder, stats), distinct(items, "url"))


CRAWLS: dict[str, Callable[[str, Path], Run]] = {"portal": portal, "bare": bare}


def measure(articles: int, rounds: int) -> dict[str, list[Run]]:
    """Crawl in turn, a round at a time, and print each run."""
    runs: dict[str, list[Run]] = {name: [] for name in CRAWLS}
    with server(articles) as site:
        for turn in range(1, rounds + 1):
            for name, crawl in CRAWLS.items():
                with TemporaryDirectory(prefix="shio-crawl-") as folder:
                    run = crawl(site, Path(folder))
                print(
                    f"{turn} {name:8}{run.pages:6} pages {run.articles:6} articles "
                    f"{run.seconds:8.2f} s {run.rate:8.1f} pages/s",
                    flush=True,
                )
                runs[name].append(run)
    return runs


def positive(text: str) -> int:
    """Return the number an argument says, from 1."""
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def main() -> int:
    """Run the benchmark. The exit status tells whether both spiders read every article."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--articles", type=positive, default=3000)
    parser.add_argument("--rounds", type=positive, default=3)
    arguments = parser.parse_args()
    runs = measure(arguments.articles, arguments.rounds)
    rates = {name: median(run.rate for run in done) for name, done in runs.items()}
    ratio = rates["portal"] / rates["bare"]
    print(f"\nmedian: portal {rates['portal']:.1f} pages/s, bare {rates['bare']:.1f} pages/s")
    at_least("pages a second of the crawl, of the bare spider's", ratio, TARGET)
    short = [
        f"{name}: {run.articles} articles of {arguments.articles}, {run.pages} pages"
        for name, done in runs.items()
        for run in done
        if run.articles != arguments.articles or run.pages < arguments.articles
    ]
    print("\n".join(short), end="\n" if short else "", file=sys.stderr)
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
