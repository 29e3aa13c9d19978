"""The part of `dataset.py` that measures builds: each format, beside DuckDB sorting the same."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, Self

import duckdb

from shio_scraper.dataset.builds import build as building
from shio_scraper.dataset.same_as.links import Links
from shio_scraper.dataset.state import State

FORMATS = ("jsonl", "parquet", "sqlite")
SORT = "COPY (SELECT * FROM read_json('{source}') ORDER BY key) TO '{target}' (FORMAT json)"


@dataclass
class Built:
    """What one build took: seconds, by what they went into, and peak memory in MB."""

    seconds: dict[str, float] = field(default_factory=dict)
    memory: float = 0
    rows: int = 0

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Add the time that a block takes."""
        begin = perf_counter()
        yield
        self.seconds[what] = self.seconds.get(what, 0) + perf_counter() - begin


class Timed:
    """A writer whose time is counted."""

    def __init__(self, writer: building.Writer, name: str, built: Built) -> None:
        self.writer, self.name, self.built = writer, name, built

    def add(self, *arguments: Any) -> None:
        """Add rows."""
        with self.built.timed(self.name):
            self.writer.add(*arguments)

    def finish(self) -> None:
        """Write what is left."""
        with self.built.timed(self.name):
            self.writer.finish()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.writer.__exit__()


def build(path: Path, target: Path) -> Built:
    """Build every format from the state at ``path``, and measure."""
    built = Built()
    among, writer = Links.among, building._writer  # noqa: SLF001  (what is measured)

    @contextmanager
    def links(records: Any) -> Iterator[Links]:
        begin = perf_counter()
        with among(records) as found:
            built.seconds["same_as"] = perf_counter() - begin
            yield found

    Links.among = links  # type: ignore[method-assign]  # what is measured
    building._writer = lambda name, place: Timed(writer(name, place), name, built)  # noqa: SLF001
    with built.timed("all"), State.open(path) as state:
        built.rows = building.build(state, target, FORMATS).rows
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
    """Build from a state of ``count`` records, print what it took, and DuckDB beside it."""
    target = state.parent / "build"
    built: Built = apart(build, state, target)
    assert built.rows == count, built
    parts = ", ".join(f"{name} {built.seconds[name]:.1f}" for name in ("same_as", *FORMATS))
    print(
        f"{count:9} records, build: {built.seconds['all']:.1f} s (of which {parts}), "
        f"{built.memory:6.1f} MB"
    )
    source = target / "articles.jsonl"
    seconds, memory = apart(sort, source, state.parent / "sorted.jsonl")
    print(f"{count:9} records, DuckDB reads and sorts its JSONL: {seconds:.1f} s, {memory:.0f} MB")
    for path in sorted(target.iterdir()):
        if path.stem in {"articles", "dataset"}:
            print(f"{'':9} {path.name} {path.stat().st_size / 2**20:.0f} MB", flush=True)
    return built
