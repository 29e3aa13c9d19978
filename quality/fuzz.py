"""Feeds made-up pages to the readers and parsers.

    python -m quality.fuzz [--seconds 20 | --pages N] [--seed 0] [--workers 2]

A page is made from the seed and its number alone, so that a failure can be repeated. Each page must
be read without an exception, give valid records, and take less than a second of processor time.
The memory of a worker must not grow. A page that fails is written to ``fixtures/found``, where the
tests read it from then on. The exit status is 1 if a page failed. ``quality.guided`` looks for new
branches.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from itertools import count
from pathlib import Path
from random import Random
from typing import Final

from quality.made_up import Made, make
from quality.vocabulary import ADDRESSES
from shio_scraper.audit.layouts import layout_of
from shio_scraper.pages import Capture, UnreadableError, read
from shio_scraper.parsers import extract
from shio_scraper.parsers.accounting import account, main_container, parts
from shio_scraper.schema import validate

FOUND: Final = Path(__file__).parents[1] / "fixtures" / "found"
SLOWEST: Final = 1.0
"""The most seconds of processor time for a page."""
FIFTHS: Final = 5
GROWTH: Final = 32.0
"""The most MB that a worker may use more at its end than after a fifth of its run."""


@dataclass
class Outcome:
    """The result of a worker. ``memory`` lists the MB in use after each fifth of its run."""

    pages: int = 0
    slowest: float = 0.0
    memory: list[float] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)


def check(made: Made) -> None:
    """Read a page in every way that a crawl does. Raise an exception if anything is wrong."""
    try:
        page = read(Capture(body=made.body, url=made.url))
    except UnreadableError:
        return
    page.with_hidden()
    _ = page.said
    extraction = extract(page)
    for record in [*extraction.records, *extraction.rejects]:
        validate(record)
    result = account(extraction)
    found = result.parts if result else parts(extraction, main_container(extraction))
    layout_of(extraction, found)


def run(worker: int, workers: int, seed: int, *, pages: int = 0, seconds: float = 0) -> Outcome:
    """Check a worker's pages until all workers checked ``pages`` or the time is up."""
    outcome, started = Outcome(), time.monotonic()
    for number in count(worker, workers):
        spent = (time.monotonic() - started) / seconds if seconds else number / pages
        if spent >= 1:
            break
        if spent > (len(outcome.memory) + 1) / FIFTHS:
            outcome.memory.append(resident())
        _check_one(make(Random(f"{seed} {number}")), outcome)
    outcome.memory.append(resident())
    return outcome


def _check_one(made: Made, outcome: Outcome) -> None:
    before = time.process_time()
    try:
        check(made)
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        outcome.findings.append(f"{type(error).__name__}: {error}: {keep(made)}")
    taken = time.process_time() - before
    outcome.pages += 1
    outcome.slowest = max(outcome.slowest, taken)
    if taken > SLOWEST:
        outcome.slow.append(f"took {taken:.1f} s: {keep(made)}")


def keep(made: Made) -> Path:
    """Write a page that failed into the folder that the tests read."""
    FOUND.mkdir(exist_ok=True)
    body = made.body if isinstance(made.body, bytes) else made.body.encode("utf-8", "surrogatepass")
    data = bytes([ADDRESSES.index(made.url) if made.url in ADDRESSES else 0]) + body
    path = FOUND / sha256(data).hexdigest()[:16]
    path.write_bytes(data)
    return path


def kept() -> list[Made]:
    """Return the pages that failed before."""
    return [addressed(path.read_bytes()) for path in sorted(FOUND.glob("*"))]


def addressed(data: bytes) -> Made:
    """Return the page in a found file. The first byte selects the address, the rest is the page."""
    return Made(data[1:], ADDRESSES[data[0] % len(ADDRESSES)] if data else None)


def resident() -> float:
    """Return the memory of this process, in MB."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096 / 1e6


def main() -> int:
    """Run with the arguments of the command line, and print the results."""
    parser = argparse.ArgumentParser(prog="python -m quality.fuzz")
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument("--seconds", type=float, default=20)
    amount.add_argument("--pages", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    seconds = 0 if options.pages else options.seconds
    work = partial(
        run, workers=options.workers, seed=options.seed, pages=options.pages, seconds=seconds
    )
    return _in_workers(work, options.workers)


def _in_workers(work: Callable[[int], Outcome], workers: int) -> int:
    started = time.monotonic()
    with ProcessPoolExecutor(workers) as pool:
        outcomes = list(pool.map(work, range(workers)))
    taken = time.monotonic() - started
    pages = sum(outcome.pages for outcome in outcomes)
    findings = [line for outcome in outcomes for line in (*outcome.findings, *outcome.slow)]
    slowest = max(outcome.slowest for outcome in outcomes)
    print(f"{pages} pages in {taken:.0f} s ({pages / taken:.0f} a second), slowest {slowest:.2f} s")
    for outcome in outcomes:
        print(f"memory of a worker, MB: {' '.join(f'{memory:.0f}' for memory in outcome.memory)}")
        grown = outcome.memory[-1] - outcome.memory[0]
        if grown > GROWTH:
            findings.append(f"memory grew by {grown:.0f} MB")
    for finding in findings:
        print(finding, file=sys.stderr)
    return int(bool(findings))


if __name__ == "__main__":
    sys.exit(main())
