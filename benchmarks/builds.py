"""The part of ``dataset.py`` that measures builds: each format, and DuckDB sorting the same."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import duckdb

from shio_scraper.dataset.builds import build as building
from shio_scraper.dataset.builds import formats
from shio_scraper.dataset.builds.links import Links
from shio_scraper.dataset.state import State

FORMATS = ("jsonl", "parquet", "sqlite")
SORT = "COPY (SELECT * FROM read_json('{source}') ORDER BY key) TO '{target}' (FORMAT json)"


@dataclass
class Built:
    """The cost of one build: seconds, processor time by step, and peak memory in MB."""

    seconds: float = 0
    processor: dict[str, float] = field(default_factory=dict)
    memory: float = 0
    rows: int = 0

    @property
    def per_thousand(self) -> float:
        """The milliseconds for a thousand records."""
        return self.seconds * 1e6 / self.rows

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Add the processor time of a block of code to a step."""
        begin = process_time()
        yield
        self.processor[what] = self.processor.get(what, 0) + process_time() - begin


@contextmanager
def timed(write: Callable[..., Any], name: str, built: Built, *given: Any) -> Iterator[Any]:
    """Write a table in a format, and count the time."""
    with ExitStack() as stack:
        add = stack.enter_context(write(*given))

        def added(*rows: Any) -> None:
            with built.timed(name):
                add(*rows)

        yield added
        with built.timed(name):
            stack.close()


def build(path: Path, target: Path) -> Built:
    """Build every format from the state at ``path``, and measure."""
    built = Built()
    among = Links.among

    @contextmanager
    def links(records: Any) -> Iterator[Links]:
        begin = process_time()
        with among(records) as found:
            built.processor["same_as"] = process_time() - begin
            yield found

    Links.among = links  # type: ignore[method-assign]  # what is measured
    for name, form in list(formats.FORMATS.items()):
        formats.FORMATS[name] = form._replace(write=partial(timed, form.write, name, built))
    begin = perf_counter()
    with built.timed("all"), State.open(path) as state:
        built.rows = building.build(state, target, FORMATS).rows
    built.seconds = perf_counter() - begin
    built.memory = peak()
    return built


def sort(source: Path, target: Path) -> tuple[float, float]:
    """Let DuckDB read and sort JSON Lines; return seconds and peak memory in MB."""
    begin = perf_counter()
    with duckdb.connect(config={"threads": 1, "memory_limit": "2GB"}) as database:
        database.execute("SET enable_progress_bar = false")
        database.execute(SORT.format(source=source, target=target))
    return perf_counter() - begin, peak()


def peak() -> float:
    """Return the peak memory of this process, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(state: Path, count: int, apart: Callable[..., Any]) -> Built:
    """Build from a state of ``count`` records, and print its cost beside DuckDB's."""
    target = state.parent / "build"
    built: Built = apart(build, state, target)
    assert built.rows == count, built
    parts = ", ".join(
        f"{name} {built.processor[name] * 1e6 / count:.0f}" for name in ("same_as", *FORMATS)
    )
    print(
        f"{count:9,} records, {'building':23}: {built.per_thousand:6.1f} ms per thousand "
        f"({built.processor['all'] * 1e6 / count:5.1f} of the processor: {parts}), "
        f"{built.memory:4.0f} MB"
    )
    seconds, memory = apart(sort, target / "articles.jsonl", state.parent / "sorted.jsonl")
    print(
        f"{count:9,} records, {'DuckDB reads and sorts':23}: {seconds * 1e6 / count:6.1f} ms "
        f"per thousand, {memory:4.0f} MB"
    )
    for path in sorted(target.iterdir()):
        if path.stem in {"articles", "dataset"}:
            size = path.stat().st_size / 2**20
            print(f"{count:9,} records: {path.name} of {size:,.0f} MB", flush=True)
    return built
