"""Measure the frontier, compared with Scrapy's own queues and scrapy-redis.

python benchmarks/frontier.py [--pages 3000] [--rounds 5] [--killed 1500] [--queued 1000000]

The same plain spider crawls the same link graph from a loopback server on each queue, in turn.
Then each crawl is killed halfway (SIGKILL) and started again. Then the store is filled. One table
shows the targets and whether they are met. The exit status is 1 if a crawl failed, or our own
frontier lost a page.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from contestants import (
    JOBDIR,
    LEASE,
    QUEUE,
    REDIS,
    SCRAPY_REDIS,
    SQLITE,
    Contestant,
    installed,
    redis_for,
)
from crawl import positive
from frontier_size import Size, filled
from graph_crawl import Crawled, Site, crawl, parsed, start, wait
from targets import keep

OURS = (SQLITE, REDIS)


@dataclass
class Report:
    """The lines of the table: what was measured, its target, and whether it is met."""

    lines: list[tuple[str, str, str, str]] = field(default_factory=list)

    def add(self, what: str, figure: str, target: str = "", *, met: bool | None = None) -> None:
        """Add a line."""
        verdict = {True: "met", False: "MISSED", None: ""}[met]
        self.lines.append((what, figure, target, verdict))

    def at_least(self, what: str, figure: float, target: float, of: str) -> None:
        """Add a ratio that must not be smaller than ``target``."""
        self.add(what, f"{figure:.2f}", f"at least {target} of {of}", met=figure >= target)
        keep(f"{what}, of {of}", figure, "at least", target, met=figure >= target)

    def __str__(self) -> str:
        """Return the table as Markdown."""
        rows = [("what", "figure", "target", ""), ("---",) * 4, *self.lines]
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def race(queues: list[Contestant], pages: int, rounds: int) -> dict[Contestant, list[Crawled]]:
    """Crawl on each queue in turn, in an order that changes from round to round."""
    runs: dict[Contestant, list[Crawled]] = {queue: [] for queue in queues}
    for turn in range(rounds):
        first = turn % len(queues)
        for queue in queues[first:] + queues[:first]:
            run = once(queue, pages)
            runs[queue].append(run)
            print(f"{turn + 1} {queue.name:24}{run}", flush=True)
    return runs


def once(queue: Contestant, pages: int) -> Crawled:
    """Crawl all ``pages`` on ``queue``."""
    with Site(pages) as site, redis_for(queue) as redis, TemporaryDirectory() as folder:
        run = crawl(site, Path(folder), queue.settings(Path(folder), redis))
        if (count := len(parsed(Path(folder)))) != pages:
            raise SystemExit(f"{queue.name}: {count} of {pages} pages")
    return run


def killed(queue: Contestant, pages: int) -> tuple[int, int]:
    """Kill a crawl halfway and run it again. Return the numbers of pages lost and redone."""
    with (
        Site(pages, tell=pages // 2) as site,
        redis_for(queue) as redis,
        TemporaryDirectory(prefix="shio-killed-") as name,
    ):
        folder = Path(name)
        settings = queue.settings(folder, redis)
        process = start(site, folder, settings)
        site.wait()
        process.kill()
        process.wait()
        if queue is REDIS:
            time.sleep(LEASE)
        wait(start(site, folder, settings), folder)
        counts = parsed(folder)
    lost = pages - len(counts)
    print(f"{queue.name:24}{lost:6} of {pages} pages lost", flush=True)
    return lost, sum(count > 1 for count in counts.values())


def report_race(report: Report, runs: dict[Contestant, list[Crawled]]) -> None:
    """Report the rates, and the medians of the ratios within each round."""
    for queue, done in runs.items():
        rate = median(run.rate for run in done)
        cost = median(1e6 / run.per_cpu_second for run in done)
        report.add(queue.name, f"{rate:.0f} pages/s; {cost:.0f} µs of a core a page")
    for ours, other, target in (
        (SQLITE, QUEUE, 0.95),
        (SQLITE, JOBDIR, 1),
        (REDIS, SCRAPY_REDIS, 1),
    ):
        if ours in runs and other in runs:
            pairs = list(zip(runs[ours], runs[other], strict=True))
            ratio = median(a.rate / b.rate for a, b in pairs)
            cheaper = median(a.per_cpu_second / b.per_cpu_second for a, b in pairs)
            report.at_least(f"{ours.name}: pages/s", ratio, target, other.name)
            report.add("… pages a CPU-second", f"{cheaper:.2f}", f"(of {other.name})")


def report_killed(report: Report, queues: Iterable[Contestant], pages: int) -> int:
    """Report how many pages each queue lost. Return the number that our own lost."""
    lost_by_ours = 0
    for queue in queues:
        lost, twice = killed(queue, pages)
        figure = f"{lost} of {pages} pages never parsed, {twice} parsed twice"
        if queue in OURS:
            lost_by_ours += lost
            report.add(f"{queue.name}, killed", figure, "0 lost", met=not lost)
        else:
            report.add(f"{queue.name}, killed", figure)
    return lost_by_ours


def report_size(report: Report, name: str, small: Size, large: Size) -> None:
    """Report the cost of a full store."""
    full = f"{name}, {large.queued:,} queued"
    report.add(full, f"{large.memory:.0f} MB", "under 300 MB", met=large.memory < 300)
    of = f"the rate with {small.queued:,}"
    report.at_least(f"{full}: storing", large.stored / small.stored, 0.8, of)
    report.at_least(f"{full}: taking", large.taken / small.taken, 0.8, of)


def main() -> int:
    """Run the benchmark. The exit status tells whether our own frontier lost nothing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pages", type=positive, default=3000)
    parser.add_argument("--rounds", type=positive, default=5)
    parser.add_argument("--killed", type=positive, default=1500)
    parser.add_argument("--queued", type=positive, default=1_000_000)
    options = parser.parse_args()
    report, queues = Report(), installed()
    report_race(report, race(queues, options.pages, options.rounds))
    lost = report_killed(report, queues, options.killed)
    for queue in queues:
        if queue in OURS:
            report_size(report, queue.name, filled(queue, 10_000), filled(queue, options.queued))
    print(f"\n{report}")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
