"""Measure the dataset: taking in runs of generated records, and building from the state.

python benchmarks/dataset.py [--records 10000 100000 1000000]

For each size, a run with this number of records is generated: nine in ten are articles of 2 kB, the
others status rows, in no order of their keys. A second run, a day later, has two in a hundred
records changed. Both runs are taken into one state, each in a process of its own. Then the whole
state is read, and the changes of the second day. Then every format is built, and DuckDB reads and
sorts the same articles. The exit status is 1 if a count is wrong.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import builds
import msgspec
from crawl import positive
from targets import at_most

from shio_scraper.dataset.changes import Period, changes
from shio_scraper.dataset.database import to_moment
from shio_scraper.dataset.intake import take_in
from shio_scraper.dataset.state import State
from shio_scraper.runs import manifest
from shio_scraper.runs.content import TYPES
from shio_scraper.runs.manifest import Scope

FLAT = 1.5
MEMORY = 500
CHANGED = 100
"""Of this number of records, one article and at times a status row change from day to day."""
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
_CHANCE = Random(1)
_WORDS = ("the", "city", "river", "bridge", "opens", "new", "line", "museum", "park", "report")
PARAGRAPHS = [" ".join(_CHANCE.choices(_WORDS, k=70)) for _ in range(997)]


@dataclass(frozen=True)
class Figure:
    """The cost of a step: seconds, processor time, and the peak memory of its process in MB."""

    seconds: float
    processor: float
    memory: float
    records: int

    @property
    def per_thousand(self) -> float:
        """The milliseconds for a thousand records."""
        return self.seconds * 1e6 / self.records


def article(number: int, day: int) -> dict[str, Any]:
    """Return article ``number`` as it was on ``day``, always the same."""
    edition = day if number % CHANGED == 1 else 0
    text = [PARAGRAPHS[(number * step + edition) % 997] for step in (1, 2, 3, 5, 7)]
    portal_id = f"{20160101000000000 + number * 8_641_003}"
    url = f"https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id={portal_id}"
    return {
        "type": "article",
        "key": f"article/en/{portal_id}",
        "language": "en",
        "url": url,
        "portal_id": portal_id,
        "section": "Government News",
        "category": "City News",
        "title": f"{text[0][:40]} {number}",
        "published": f"{2016 + number % 10}-{number % 12 + 1:02}-{number % 28 + 1:02}",
        "paragraphs": text,
        "source": "Shanghai Daily",
        "gated": False,
        "teaser": text[0][:80],
        "links": [],
        "provenance": {
            "fetched_url": url,
            "fetched_at": (FIRST + timedelta(days=day)).isoformat().replace("+00:00", "Z"),
            "body_sha256": sha256(f"{number} {edition}".encode()).hexdigest(),
            "layout": "jsp",
            "parser": "shio-scraper 0",
            "archive": None,
        },
    }


def status(number: int, day: int) -> dict[str, Any]:
    """Return status row ``number`` as it was on ``day``."""
    done = number % CHANGED == 0 and day > 0
    record = article(number, day)
    return {
        "type": "status",
        "key": f"status/application/{number}",
        "language": "en",
        "url": None,
        "kind": "application",
        "number": f"21315{number}",
        "serial": str(number),
        "month_day": "04-16",
        "latest_date": "2025-04-16",
        "status": "completed" if done else "processing",
        "status_text": "Completed" if done else "Processing",
        "provenance": record["provenance"],
    }


def numbers(count: int) -> Iterator[int]:
    """Yield every number below ``count`` once, in an order that is no order of keys."""
    step = 7919
    while count % step == 0:
        step += 2
    return (n * step % count for n in range(count))


def make_run(data: Path, count: int, day: int) -> Path:
    """Write a run of ``count`` records, one in ten a status row, and return its folder."""
    began = FIRST + timedelta(days=day)
    folder = data / "runs" / f"{began:%Y%m%dT%H%M%SZ}-portal"
    folder.mkdir(parents=True)
    scope = Scope(types=["article", "event", "faq", "status"], languages=["en", "zh"])
    manifest.begin(
        folder, site="live", spider="portal", arguments={}, scope=scope, settings={}, versions={}
    )
    with (
        (folder / "articles.jsonl").open("wb") as articles,
        (folder / "status.jsonl").open("wb") as rows,
    ):
        for number in numbers(count):
            make, stream = (status, rows) if number % 10 == 0 else (article, articles)
            stream.write(msgspec.json.encode(make(number, day)) + b"\n")
    (folder / "rejects.jsonl").touch()
    manifest.end(folder, "complete", "finished", {})
    return folder


def take(state: Path, folder: Path, count: int) -> Figure:
    """Take a run into a state, and measure."""
    begin = perf_counter(), process_time()
    with State.open(state, create=True) as opened:
        taken = take_in(opened, folder)
    assert sum(taken.counts.values()) == count, taken
    return figure(begin, count)


def read(state: Path, count: int) -> Figure:
    """Read the history of every record from a state, and measure."""
    begin = perf_counter(), process_time()
    with State.open(state) as opened:
        found = sum(1 for kind in TYPES for _ in opened.records(kind))
    assert found == count, found
    return figure(begin, count)


def changed(state: Path, count: int) -> Figure:
    """Compute the changes of the second day, and measure."""
    begin = perf_counter(), process_time()
    second = Period(since=to_moment(FIRST + timedelta(days=1)))
    with State.open(state) as opened:
        found = sum(1 for _ in changes(opened, second))
    assert found == 2 * count // CHANGED, found
    return figure(begin, count)


def figure(begin: tuple[float, float], count: int) -> Figure:
    """Return the figures measured since ``begin``."""
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Figure(perf_counter() - begin[0], process_time() - begin[1], memory, count)


def apart(function: Any, *arguments: Any) -> Any:
    """Call a function in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


STEPS = ("taking in the first run", "taking in the second", "reading all", "changes")


def measure(count: int) -> dict[str, Figure | builds.Built]:
    """Take in two runs of ``count`` records, read them back, and print the cost of each step."""
    figures: dict[str, Figure | builds.Built] = {}
    with TemporaryDirectory(prefix="shio-dataset-") as name:
        state = Path(name) / "state.db"
        for day, step in enumerate(STEPS[:2]):
            folder = make_run(Path(name), count, day)
            figures[step] = apart(take, state, folder, count)
        figures[STEPS[2]] = apart(read, state, count)
        figures[STEPS[3]] = apart(changed, state, count)
        for step, found in figures.items():
            assert isinstance(found, Figure)
            print(
                f"{count:9,} records, {step:23}: {found.per_thousand:6.1f} ms per thousand "
                f"({found.processor * 1e6 / count:5.1f} of the processor), {found.memory:4.0f} MB",
                flush=True,
            )
        print(f"{count:9,} records: a state of {state.stat().st_size / 2**20:,.0f} MB")
        figures["building"] = builds.measure(state, count, apart)
    return figures


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--records", type=positive, nargs="+", default=[10_000, 100_000, 1_000_000])
    sizes = parser.parse_args().records
    figures = [measure(count) for count in sizes]
    for step in STEPS[:2]:
        for name in ("seconds", "processor"):
            each = [
                getattr(found[step], name) / count
                for found, count in zip(figures, sizes, strict=True)
            ]
            growth = max(each) / min(each)
            at_most(f"{step}, {name} a record, the slowest size of the fastest", growth, FLAT)
    memory = max(found.memory for sized in figures for found in sized.values())
    at_most("the dataset's peak memory, MB", memory, MEMORY)
    return 0


if __name__ == "__main__":
    sys.exit(main())
