"""Time ``scrapy extract``, FastWARC, FastWARC with lxml, and trafilatura on the same files.

python benchmarks/extract.py [--pages 2000] [--rounds 3]

The WARC files are generated. In one set all pages are the portal's, in the other one page in
twenty. The same pages are in 1, 4 and 16 files. Every contestant is a process of its own. Pages and
bytes a second count all pages in the files. The exit status is 1 if the project misses a page.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from crawl import positive
from pages import ORIGIN, article
from targets import at_least, at_most
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

HERE = Path(__file__).resolve().parent
FILES = (1, 4, 16)
ONE_IN = 20
OF_LXML = 0.6
MIXED = 1.0
TWO_WORKERS = 1.8
FLAT = 1.2
MEMORY = 300
ITERATE = """
import sys
from fastwarc import ArchiveIterator, WarcRecordType
from lxml import etree
for path in sys.argv[1:]:
    with open(path, "rb") as stream:
        for record in ArchiveIterator(stream, record_types=WarcRecordType.response):
            body = record.reader.read()
            USE
"""
USES = {
    "FastWARC": "pass",
    "FastWARC, lxml parse": "etree.fromstring(body, etree.HTMLParser())",
    "FastWARC, trafilatura": "import trafilatura; trafilatura.extract(body, favor_recall=True)",
}
PARSE, SLOW = list(USES)[1:]
ONE, TWO = (f"scrapy extract, {workers}" for workers in ("one worker", "two workers"))

AS_USERS_RUN = {k: value for k, value in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
"""The environment of a user. With this variable, every process would compile our modules anew."""


@dataclass(frozen=True)
class Run:
    """The cost of a contestant: seconds by the clock, and the peak memory of a process in MB."""

    seconds: float
    memory: float


def write(folder: Path, pages: int, files: int, one_in: int) -> list[Path]:
    """Write generated pages into WARC files. One page in ``one_in`` is the portal's."""
    folder.mkdir()
    paths = [folder / f"{number:02}.warc.gz" for number in range(files)]
    for number, path in enumerate(paths):
        with path.open("wb") as stream:
            writer = WARCWriter(stream, gzip=True)
            for page in range(number, pages, files):
                writer.write_record(_record(writer, page, ours=page % one_in == 0))
    return paths


def _record(writer: WARCWriter, number: int, *, ours: bool) -> object:
    path, body = article(number)
    url = (ORIGIN if ours else "https://another.example") + path
    head = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], "HTTP/1.1")
    return writer.create_warc_record(url, "response", payload=BytesIO(body), http_headers=head)


def timed(command: list[str]) -> Run:
    """Run a command, and measure it."""
    start = time.perf_counter()
    quiet: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=AS_USERS_RUN, **quiet) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[:4]} ended with status {process.returncode}")
    return Run(time.perf_counter() - start, usage.ru_maxrss / 1024)


def extract(paths: list[Path], workers: int, portal: int) -> Run:
    """Extract with the project. Every page of the portal must give a record."""
    with TemporaryDirectory(prefix="shio-extract-") as name:
        target = Path(name)
        command = [sys.executable, str(HERE / "extracting.py"), str(target), str(workers)]
        run = timed([*command, *map(str, paths)])
        found = json.loads((target / "extraction" / "summary.json").read_text(encoding="utf-8"))
        memory = json.loads((target / "memory.json").read_text(encoding="utf-8"))
    if found["counts"]["articles"] != portal:
        raise SystemExit(f"{found['counts']['articles']} of {portal} articles")
    return Run(run.seconds, memory["worker"])


def once(paths: list[Path], portal: int, *, slow: bool) -> dict[str, Run]:
    """Run every contestant on the same files."""
    runs = {
        name: timed([sys.executable, "-c", ITERATE.replace("USE", use), *map(str, paths)])
        for name, use in USES.items()
        if slow or name != SLOW
    }
    return runs | {ONE: extract(paths, 1, portal), TWO: extract(paths, 2, portal)}


def measure(folder: Path, pages: int, files: int, one_in: int, rounds: int) -> dict[str, Run]:
    """Return the median run of each contestant on one set, and print it."""
    paths = write(folder, pages, files, one_in)
    size = sum(path.stat().st_size for path in paths) / 1e6
    portal = len(range(0, pages, one_in))
    done = [once(paths, portal, slow=not turn and one_in == 1) for turn in range(rounds)]
    print(f"\n{pages} pages, {portal} of the portal, {size:.1f} MB in {files} files")
    result = {}
    for name in done[0]:
        runs = [found[name] for found in done if name in found]
        seconds = median(run.seconds for run in runs)
        result[name] = Run(seconds, max(run.memory for run in runs))
        print(
            f"  {name:28}{pages / seconds:9.0f} pages/s{size / seconds:8.1f} MB/s"
            f"{result[name].memory:8.0f} MB of memory",
            flush=True,
        )
    return result


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pages", type=positive, default=2000, help="pages of the portal")
    parser.add_argument("--rounds", type=positive, default=3)
    given = parser.parse_args()
    with TemporaryDirectory(prefix="shio-warcs-") as name:
        folder = Path(name)
        alone = measure(folder / "alone", given.pages, 4, 1, given.rounds)
        mixed = {
            files: measure(folder / f"mixed{files}", given.pages * 4, files, ONE_IN, given.rounds)
            for files in FILES
        }
    print()
    at_least(
        "pages a second of the portal's own files, of FastWARC with lxml",
        alone[PARSE].seconds / alone[ONE].seconds,
        OF_LXML,
    )
    at_least(
        "pages a second with one in twenty the portal's, of FastWARC with lxml",
        median(runs[PARSE].seconds / runs[ONE].seconds for runs in mixed.values()),
        MIXED,
    )
    at_least(
        "two workers on two cores, of one", alone[ONE].seconds / alone[TWO].seconds, TWO_WORKERS
    )
    growth = mixed[16][ONE].memory / mixed[1][ONE].memory
    at_most("a worker's memory with 16 files, of that with one", growth, FLAT)
    largest = max(found[ONE].memory for found in (alone, *mixed.values()))
    at_most("a worker's peak memory, MB", largest, MEMORY)
    return 0


if __name__ == "__main__":
    sys.exit(main())
