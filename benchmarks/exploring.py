"""Crawl a made-up town's site without a map, with its traps: does it end, and what does it find?

python benchmarks/exploring.py [--pages 2000] [--rounds 3]

Then it compares the processor time for pages that are read without a map with the time for the same
pages read by their portal's map. The exit status is 1 if the crawl failed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from pages import sized
from targets import at_least, at_most

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from fixtures.town import Town, TownServer, Truth  # noqa: E402  (it is not installed)
from shio_scraper import parse_page  # noqa: E402

FIELDS = {"articles": "title", "events": "title", "faq": "question", "rows": "reference"}
FOUND, TIMES = 0.99, 1.3
SAMPLE = 120
"""The number of pages of a round."""


def main() -> int:
    """Run with the arguments of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        status = crawl(Town(options.pages), Path(folder))
    ratios = [times(number * SAMPLE) for number in range(options.rounds)]
    at_most("a page without a map beside a portal's, times", median(ratios), TIMES)
    return status


def crawl(town: Town, folder: Path) -> int:
    """Crawl ``town`` into ``folder``, and print how much of it was found."""
    command = (sys.executable, "-m", "scrapy", "crawl", "portal", "-a", "portal=any")
    begin = perf_counter()
    with TownServer(town) as server:
        place = ("-a", f"site={server.url}", "-s", "DOWNLOAD_DELAY=0", "-s", f"SHIO_DATA={folder}")
        done = subprocess.run(
            (*command, *place), cwd=ROOT, check=False, capture_output=True, text=True
        )
    seconds, whole = perf_counter() - begin, town.records
    if done.returncode:
        print(done.stderr[-2_000:], file=sys.stderr)
        return 1
    (run,) = (folder / "runs").iterdir()
    found = {
        Truth(record["type"], record[field])
        for name, field in FIELDS.items()
        for record in map(json.loads, (run / f"{name}.jsonl").open(encoding="utf-8"))
    }
    print(f"{len(whole)} records; {len(server.asked)} requests in {seconds:.0f} s, then it ended")
    for kind in sorted({one.type for one in whole}):
        of_kind = {one for one in whole if one.type == kind}
        print(f"  {kind}: {len(of_kind & found)} of {len(of_kind)}")
    at_least(
        "records of a site of 2,000 pages that a crawl finds",
        len(whole & found) / len(whole),
        FOUND,
    )
    return 0


def times(first: int) -> float:
    """Return how many times as long pages take without a map. No cache has seen them before."""
    spent = []
    for number, portal in ((first, None), (first + SAMPLE, "any")):
        pages = [sized(number + n, "typical") for n in range(SAMPLE)]
        begin = process_time()
        for url, body in pages:
            parse_page(body, url, portal=portal)
        spent.append(process_time() - begin)
    return spent[1] / spent[0]


if __name__ == "__main__":
    sys.exit(main())
