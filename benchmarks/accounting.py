"""Measure what accounting and layouts cost in addition to reading a page, as in a crawl.

python benchmarks/accounting.py [--pages 600]

The figures are microseconds of processor time for a page, the median over pages that no cache has
seen. The sidebar was read before, as on all but the first page of a crawl.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median
from time import process_time

from pages import ORIGIN, article

from shio_scraper.audit.layouts import layout_of
from shio_scraper.pages import Capture, read
from shio_scraper.parsers import extract
from shio_scraper.parsers.accounting import account

FETCHED_AT = datetime(2025, 7, 1, 4, 0, tzinfo=UTC)
STEPS = ("reading", "parsing", "accounting", "layout")


def steps(capture: Capture, known: set[int]) -> list[float]:
    """Return the seconds of each step. Afterwards, the form of the sidebar is known."""
    moments = [process_time()]
    page = read(capture)
    moments.append(process_time())
    extraction = extract(page, known_sidebars=known)
    moments.append(process_time())
    result = account(extraction)
    assert result is not None
    moments.append(process_time())
    layout_of(extraction, result.parts)
    moments.append(process_time())
    known.add(extraction.sidebar)
    return [after - before for before, after in pairwise(moments)]


def main() -> int:
    """Print a line for each step, and the share."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pages", type=int, default=600)
    count = parser.parse_args().pages
    captures = [
        Capture(body=body, url=ORIGIN + path, fetched_at=FETCHED_AT)
        for path, body in map(article, range(count))
    ]
    known: set[int] = set()
    times = [steps(capture, known) for capture in captures]
    medians = [median(step) for step in zip(*times, strict=True)]
    for name, seconds in zip(STEPS, medians, strict=True):
        print(f"{name:12}{seconds * 1e6:8.0f}")
    print(f"\naccounting and layout: {sum(medians[2:]) / sum(medians[:2]):.1%} of the rest")
    return 0


if __name__ == "__main__":
    sys.exit(main())
