"""Runs every benchmark, and writes one table of all figures with their targets.

python -m benchmarks [--quick] [--only NAME …]

``--quick`` takes a minute and runs two benchmarks at a time. It only shows that everything still
runs: its figures mean nothing. Otherwise, if all benchmarks ran, ``results.json`` and the table of
README.md beside this file are written anew. The exit status is 1 if a benchmark failed. Missed
targets are printed, and do not change the status.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

HERE = Path(__file__).resolve().parent
KEPT = "SHIO_BENCHMARK_FIGURES"
"""The same environment variable as in ``targets.py``."""
RESULTS = HERE / "results.json"
DOCUMENT = HERE / "README.md"
FULL = {
    "parse": "--pages 240 --rounds 3",
    "growth": "--largest 700000",
    "extract": "--pages 4000 --rounds 1",
    "crawl": "--articles 1000 --rounds 1",
    "exploring": "--pages 2000 --rounds 3",
    "archive": "--articles 800 --rounds 1",
    "assets": "--articles 300 --rounds 1",
    "year": "--days 15 --articles 120",
    "frontier": "--pages 500 --rounds 1 --killed 300 --queued 50000",
    "dataset": "--records 10000 50000",
    "same_as": "--rounds 1",
    "accounting": "--pages 300",
    "report": "--records 20000 --rejects 500 --rounds 1",
}
QUICK = {
    "parse": "--pages 40 --rounds 1",
    "growth": "--largest 100000",
    "extract": "--pages 40 --rounds 1",
    "crawl": "--articles 30 --rounds 1",
    "exploring": "--pages 60 --rounds 1",
    "archive": "--articles 30 --rounds 1",
    "assets": "--articles 20 --rounds 1",
    "year": "--days 3 --articles 20",
    "frontier": "--pages 40 --rounds 1 --killed 40 --queued 2000",
    "dataset": "--records 200 400",
    "same_as": "--rounds 1",
    "accounting": "--pages 40",
    "report": "--records 200 --rejects 20 --rounds 1",
}
PACKAGES = (
    "scrapy", "lxml", "parsel", "trafilatura", "newspaper4k", "fastwarc", "pyarrow", "duckdb",
)  # fmt: skip


def run(name: str, arguments: str) -> dict[str, Any]:
    """Run one benchmark in a process of its own, and return its figures."""
    with TemporaryDirectory(prefix="shio-benchmark-") as folder:
        kept = Path(folder) / "figures.jsonl"
        start = time.perf_counter()
        status = subprocess.run(
            [sys.executable, str(HERE / f"{name}.py"), *arguments.split()],
            env=os.environ | {KEPT: str(kept)},
            check=False,
        ).returncode
        lines = kept.read_text(encoding="utf-8").splitlines() if kept.exists() else []
    seconds = round(time.perf_counter() - start, 1)
    figures = [json.loads(line) for line in lines]
    return {"arguments": arguments, "status": status, "seconds": seconds, "figures": figures}


def table(results: dict[str, dict[str, Any]]) -> str:
    """Return every figure beside its target, as Markdown."""
    rows: list[tuple[str, ...]] = [("benchmark", "what", "figure", "target", ""), ("---",) * 5]
    for name, result in results.items():
        rows += [(name, *_cells(figure)) for figure in result["figures"]]
        if result["status"]:
            rows.append((name, f"failed with status {result['status']}", "", "", ""))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cells(figure: dict[str, Any]) -> tuple[str, ...]:
    target = f"{figure['bound']} {figure['target']:g}"
    return figure["what"], f"{figure['figure']:.2f}", target, "met" if figure["met"] else "missed"


def main() -> int:
    """Run them all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="only see that everything runs")
    parser.add_argument("--only", nargs="+", choices=FULL, default=list(FULL))
    given = parser.parse_args()
    sizes = QUICK if given.quick else FULL

    def ran(name: str) -> dict[str, Any]:
        print(f"\n== {name} {sizes[name]}", flush=True)
        return run(name, sizes[name])

    with ThreadPoolExecutor(2 if given.quick else 1) as pool:
        results = dict(zip(given.only, pool.map(ran, given.only), strict=True))
    print(f"\n{table(results)}")
    if not given.quick and given.only == list(FULL):
        _write(results)
    return 1 if any(result["status"] for result in results.values()) else 0


def _write(results: dict[str, dict[str, Any]]) -> None:
    """Write the figures, with the machine and the versions that they were measured with."""
    found = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "python": platform.python_version(),
        "versions": {package: version(package) for package in PACKAGES},
        "benchmarks": results,
    }
    text = json.dumps(found, indent=2, ensure_ascii=False)
    RESULTS.write_text(f"{text}\n", encoding="utf-8")
    document(found)


def document(found: dict[str, Any]) -> None:
    """Write the content of ``results.json`` into README.md, between its markers."""
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    of = f"{found['date']}, {found['machine']}, Python {found['python']}, {versions}."
    text = f"{of}\n\n{table(found['benchmarks'])}\n"
    before, rest = DOCUMENT.read_text(encoding="utf-8").split("<!-- figures -->")
    after = rest.split("<!-- /figures -->")[1]
    marked = f"{before}<!-- figures -->\n\n{text}\n<!-- /figures -->{after}"
    DOCUMENT.write_text(marked, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
