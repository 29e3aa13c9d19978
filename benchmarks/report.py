"""Measure the report: the time to make the page of a run, and to open it in Chromium.

python benchmarks/report.py [--records 50000] [--rejects 500 100000] [--rounds 5]

A run with these numbers of records (as in ``dataset.py``, archived) and rejects is generated and
taken into a state. ``scrapy report`` runs in a process of its own. Then Chromium opens the page
from disk, searches the records and sorts them. The exit status is 1 if a count is wrong.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import msgspec
from crawl import positive
from dataset import FIRST, apart, article, numbers, status, take
from playwright.sync_api import Page, sync_playwright
from targets import at_most

from shio_scraper.runs import manifest
from shio_scraper.runs.manifest import Scope

LIMIT = 3.0
"""The most seconds until the page is open."""
REASONS = ("http_status", "not_found", "unreachable", "no_title", "empty")
PAINTED = """new Promise(done => requestAnimationFrame(() => setTimeout(
    () => done(performance.now() / 1000))))"""
"""Script: the seconds from the request for the page until it was painted with its tables."""

SEARCH = """const box = document.querySelector("#records input"); box.value = "4 museum";
    box.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter"}))"""
READ = "#records .browser[aria-busy=false]"
"""Selector of an element that is there when the search of the texts is done."""
SORT = 'document.querySelector("#records .column-title button").click()'


def record(number: int) -> dict[str, Any]:
    """Return record ``number``, archived: one in ten a status row, the others articles."""
    made = (status if number % 10 == 0 else article)(number, 0)
    made["provenance"]["archive"] = {
        "file": "20260101T000000Z-portal-00000.warc.gz",
        "offset": number * 2417,
        "length": 2417,
        "record_id": f"<urn:uuid:{number:08x}-0000-4000-8000-{number:012x}>",
    }
    return made


def reject(number: int) -> dict[str, Any]:
    """Return reject ``number``."""
    page = article(number, 0)
    return {
        "type": "reject", "stage": "fetch", "reason": REASONS[number % len(REASONS)],
        "detail": f"detail {number}", "url": page["url"],
        "fetched_at": page["provenance"]["fetched_at"],
        "body_sha256": page["provenance"]["body_sha256"],
    }  # fmt: skip


def make_run(data: Path, records: int, rejects: int) -> Path:
    """Write a run and return its folder."""
    folder = data / "runs" / f"{FIRST:%Y%m%dT%H%M%SZ}-portal"
    folder.mkdir(parents=True)
    scope = Scope(types=["article", "event", "faq", "status"], languages=["en", "zh"])
    manifest.begin(
        folder, site="live", spider="portal", arguments={}, scope=scope, settings={}, versions={}
    )
    made = [record(number) for number in numbers(records)]
    _write(folder / "articles.jsonl", (one for one in made if one["type"] == "article"))
    _write(folder / "status.jsonl", (one for one in made if one["type"] == "status"))
    _write(folder / "rejects.jsonl", map(reject, range(rejects)))
    manifest.end(folder, "complete", "finished", {})
    return folder


def _write(path: Path, lines: Iterator[dict[str, Any]]) -> None:
    with path.open("wb") as stream:
        stream.writelines(msgspec.json.encode(line) + b"\n" for line in lines)


def report(place: Path, target: Path) -> None:
    """Make the page of a run or a dataset, and print the cost."""
    command = [sys.executable, "-m", "scrapy", "report", str(place), "-o", str(target)]
    begin = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    seconds = perf_counter() - begin
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"  made in {seconds:.1f} s, at most {memory:.0f} MB of memory, "
          f"{target.stat().st_size / 1e6:.1f} MB")  # fmt: skip


def open_page(page: Page, file: Path, records: int) -> tuple[float, float, float]:
    """Open the page, search, sort; return the seconds of each."""
    page.goto(file.as_uri())
    page.wait_for_selector("#records tbody tr")
    opened = float(page.evaluate(PAINTED))
    told = page.locator("#records [role=status]")
    assert told.inner_text() == f"1–50 of {records:,} records", told.inner_text()
    return opened, _timed(page, SEARCH, until=READ), _timed(page, SORT)


def _timed(page: Page, script: str, until: str = "body") -> float:
    """Return the seconds from a script of the page until the element ``until`` is there."""
    begin = page.evaluate("performance.now()")
    page.evaluate(f"(() => {{ {script}; }})()")
    page.wait_for_selector(until)
    return float(page.evaluate("performance.now()") - begin) / 1000


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--records", type=positive, default=50_000)
    parser.add_argument("--rejects", type=positive, nargs="+", default=[500, 100_000])
    parser.add_argument("--rounds", type=positive, default=5)
    options = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for rejects in options.rejects:
            with TemporaryDirectory(prefix="shio-report-") as name:
                folder = make_run(Path(name), options.records, rejects)
                apart(take, Path(name) / "state.db", folder, options.records)
                what = f"{options.records:,} records and {rejects:,} rejects"
                print(f"{what}:", flush=True)
                file = Path(name) / "report.html"
                report(folder, file)
                each = [
                    open_page(browser.new_page(), file, options.records)
                    for _ in range(options.rounds)
                ]
                opened, search, sort = (median(times) for times in zip(*each, strict=True))
                print(f"  open in {opened:.2f} s, search in {search:.2f} s, sort in {sort:.2f} s")
                at_most(f"seconds to open {what}", opened, LIMIT)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
