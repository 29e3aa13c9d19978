"""Measure what keeping every capture costs: the same crawl with its archive and without.

python benchmarks/archive.py [--articles 3000] [--rounds 5]

Each round crawls the same generated portal twice from one loopback server, each crawl in a
process of its own, the order changing. Then it does the same with a fifth of the articles, to see
how peak memory grows. The exit status is 1 if a crawl failed or missed an article.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from crawl import HERE, distinct, positive, read_stats, scrapy, server
from targets import at_least

TARGET = 0.9
MODES = ("warc", "off")


@dataclass(frozen=True)
class Run:
    """The figures of one crawl. The memory is the peak, in MB."""

    rate: float
    memory: float
    articles: int


def crawl(site: str, mode: str) -> Run:
    """Crawl ``site`` with ``SHIO_ARCHIVE=mode``."""
    with TemporaryDirectory(prefix="shio-archive-") as name:
        folder = Path(name)
        arguments = ("-a", f"site={site}", "-a", "only=news", "-a", "language=en")
        settings = {
            "SHIO_DATA": folder,
            "SHIO_ARCHIVE": mode,
            "MEMUSAGE_CHECK_INTERVAL_SECONDS": 0.2,
        }
        scrapy(folder, HERE.parent, "crawl", "portal", *arguments, **settings)
        (run,) = (folder / "runs").iterdir()
        stats = json.loads((run / "stats.json").read_text(encoding="utf-8"))
        pages, seconds = read_stats(folder, run / "stats.json")
        articles = distinct(run / "articles.jsonl", "key")
        return Run(pages / seconds, stats["memusage/max"] / 2**20, articles)


def measure(articles: int, rounds: int) -> dict[str, list[Run]]:
    """Crawl in turn, a round at a time, and print each run."""
    runs: dict[str, list[Run]] = {mode: [] for mode in MODES}
    with server(articles) as site:
        for turn in range(rounds):
            for mode in MODES if turn % 2 else MODES[::-1]:
                run = crawl(site, mode)
                runs[mode].append(run)
                print(
                    f"{turn + 1} {mode:5}{run.articles:6} articles {run.rate:8.1f} pages/s "
                    f"{run.memory:7.1f} MB",
                    flush=True,
                )
    return runs


def main() -> int:
    """Run the benchmark. The exit status tells whether every article was read."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--articles", type=positive, default=3000)
    parser.add_argument("--rounds", type=positive, default=5)
    arguments = parser.parse_args()
    runs = measure(arguments.articles, arguments.rounds)
    fewer = max(arguments.articles // 5, 1)
    small = measure(fewer, 1)
    ratio = median(run.rate for run in runs["warc"]) / median(run.rate for run in runs["off"])
    at_least("a crawl with its archive, of the crawl without", ratio, TARGET)
    for mode in MODES:
        growth = median(run.memory for run in runs[mode]) - small[mode][0].memory
        print(f"{mode:5} {growth:6.1f} MB more for {arguments.articles - fewer} more articles")
    whole = all(r.articles == arguments.articles for done in runs.values() for r in done)
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
