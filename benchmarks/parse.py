"""Time a page from bytes to records, compared with a hand-written parser and other readers.

python benchmarks/parse.py [--pages 300] [--rounds 5]

Every round has pages of its own, which no contestant has seen before: small, typical, long and
noisy ones in equal parts. The contestants read them one after the other, in an order that changes.
newspaper4k, the slowest, reads a tenth of them. The limit is a parser that only touches every node.
The figure of a round is its mean time a page. The table shows the median of the rounds. The exit
status is 1 if our records and the hand-written parser's differ on any page.
"""

from __future__ import annotations

import argparse
import gc
import re
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from statistics import median
from time import process_time
from typing import Any, TypeAlias, get_args

import newspaper
import trafilatura
from crawl import positive
from handwritten import parse
from lxml import etree
from pages import ORIGIN, Size, sized
from targets import at_least, at_most

from shio_scraper import parse_page
from shio_scraper.extraction import is_passed
from shio_scraper.items import Article, Faq, Status
from shio_scraper.pages import Capture

Page: TypeAlias = tuple[str, bytes]
Times: TypeAlias = dict[str, list[float]]
"""Contestant → seconds a page, one figure for each round."""
FETCHED_AT = datetime(2025, 7, 1, 4, 0, tzinfo=UTC)
SIZES: tuple[Size, ...] = get_args(Size)
SLOW = 10
"""The slow contestant reads one of this number of pages."""


def limit(_url: str, body: bytes) -> int:
    """Parse the bytes and touch every node. No reader of a whole page can do less."""
    length = 0
    for node in etree.fromstring(body, etree.HTMLParser()).iter():
        if isinstance(node.tag, str):
            length += len(node.text or "")
        length += len(node.tail or "")
    return length


def ours(url: str, body: bytes) -> Sequence[Any]:
    """Read the page with the project."""
    records: Sequence[Any] = parse_page(body, url=url, fetched_at=FETCHED_AT)
    return records


def trafilatura_text(_url: str, body: bytes) -> str | None:
    """Take the text of the page with trafilatura, as the stored renderings were made."""
    text: str | None = trafilatura.extract(body, favor_recall=True)
    return text


def newspaper_text(url: str, body: bytes) -> str:
    """Take the text of the page with newspaper4k."""
    text: str = newspaper.article(url, input_html=body.decode()).text
    return text


CONTESTANTS: dict[str, Callable[[str, bytes], object]] = {
    "lxml, parse and walk (the limit)": limit,
    "shio_scraper.parse_page": ours,
    "hand-written parsel": parse,
    "trafilatura.extract": trafilatura_text,
    "newspaper4k": newspaper_text,
}
LIMIT, OURS, HANDWRITTEN, TRAFILATURA, NEWSPAPER = CONTESTANTS
PASSED_OVER = 20.0
"""To skip a page must be at least this many times as fast as to parse it."""
TARGETS = ((HANDWRITTEN, 0.8), (LIMIT, 3.0))
"""Pairs of a contestant and the most that our time may be, as a multiple of its time."""
FASTER = ((TRAFILATURA, 12.0), (NEWSPAPER, 60.0))


def time_round(name: str, pages: list[Page]) -> float:
    """Return the processor time, in seconds, that a contestant takes for a page of ``pages``."""
    contestant = CONTESTANTS[name]
    pages = pages[::SLOW] if name == NEWSPAPER else pages
    gc.collect()
    start = process_time()
    for url, body in pages:
        contestant(url, body)
    return (process_time() - start) / len(pages)


def passing(count: int) -> float:
    """Return how many times as fast it is to skip a page of another site as to parse it."""
    bodies = [foreign(sized(number, "typical")[1]) for number in range(count)]
    start = process_time()
    passed = [is_passed(Capture(body=body)) for body in bodies]
    between = process_time()
    for body in bodies:
        parse_page(body)
    assert all(passed)
    return (process_time() - between) / (between - start)


def foreign(body: bytes) -> bytes:
    """Return a page in the same markup, in another language."""
    turned = bytes.maketrans(b"aeiou0123456789", b"eioua----------")
    return re.sub(rb">[^<]+<", lambda text: text[0].translate(turned), body)


def as_fields(records: Sequence[Any]) -> dict[str, Any]:
    """Return our records in the form of the hand-written parser's result."""
    articles = [record for record in records if isinstance(record, Article)]
    rows = [record for record in records if isinstance(record, Status)]
    pairs = [record for record in records if isinstance(record, Faq)]
    if len(articles) != 1 or len(records) != 1 + len(rows) + len(pairs):
        return {"records": [type(record).__name__ for record in records]}
    fields = ("section", "category", "title", "published", "paragraphs", "source", "gated")
    columns = ("kind", "number", "serial", "month_day", "status")
    return {
        **{name: getattr(articles[0], name) for name in fields},
        "links": [{"text": link.text, "url": link.url} for link in articles[0].links],
        "status": [{name: getattr(row, name) for name in columns} for row in rows],
        "faq": [{"question": pair.question, "answer": pair.answer} for pair in pairs],
    }


def disagreements(pages: list[Page]) -> list[str]:
    """Return the differences between our records and the hand-written parser's."""
    found = []
    for url, body in pages:
        theirs, mine = parse(url, body), as_fields(ours(url, body))
        found += [
            f"{url}: {name}: {mine.get(name)!r} is not {theirs.get(name)!r}"
            for name in {**theirs, **mine}
            if mine.get(name) != theirs.get(name)
        ]
    return found


def measure(size: Size, count: int, rounds: int, first: int) -> tuple[Times, list[str]]:
    """Return the seconds for a page of one size, and the disagreements. Begin at page ``first``."""
    times: Times = {name: [] for name in CONTESTANTS}
    differences: list[str] = []
    names = list(CONTESTANTS)
    for turn in range(rounds):
        numbers = range(first + turn * count, first + (turn + 1) * count)
        pages = [(ORIGIN + path, body) for path, body in (sized(n, size) for n in numbers)]
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            times[name].append(time_round(name, pages))
        differences += disagreements(pages)
    return times, differences


def ratio(times: Times, name: str, other: str) -> float:
    """Return how many times longer ``name`` took than ``other``: the median of the rounds."""
    return median(a / b for a, b in zip(times[name], times[other], strict=True))


def report(title: str, times: Times) -> None:
    """Print the table of one size."""
    print(f"\n{title:34}{'µs a page':>10}{'/ hand-written':>16}{'/ the limit':>13}{'/ ours':>9}")
    for name, seconds in times.items():
        ratios = [ratio(times, name, other) for other in (HANDWRITTEN, LIMIT, OURS)]
        print(
            f"{name:34}{median(seconds) * 1e6:10.0f}{ratios[0]:16.3f}{ratios[1]:13.2f}"
            f"{ratios[2]:9.2f}"
        )


def main() -> int:
    """Run the benchmark. The exit status tells whether the records agreed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pages", type=positive, default=300, help="pages a round")
    parser.add_argument("--rounds", type=positive, default=5)
    arguments = parser.parse_args()
    count = max(arguments.pages // len(SIZES), SLOW)
    measure("typical", SLOW, 1, 10**6)
    total: Times = {name: [0.0] * arguments.rounds for name in CONTESTANTS}
    differences: list[str] = []
    for size in SIZES:
        times, found = measure(size, count, arguments.rounds, 0)
        report(f"{size} pages", times)
        differences += found
        for name, seconds in times.items():
            total[name] = [a + b / len(SIZES) for a, b in zip(total[name], seconds, strict=True)]
    report("all sizes", total)
    print()
    for other, target in TARGETS:
        at_most(f"the time of a page, of {other}", ratio(total, OURS, other), target)
    at_least("times as fast to pass over a page without an address", passing(count), PASSED_OVER)
    for other, target in FASTER:
        at_least(f"times faster than {other}", ratio(total, other, OURS), target)
    if differences:
        print(f"\n{len(differences)} fields disagree with the hand-written parser; the first:")
        print("\n".join(differences[:5]), file=sys.stderr)
        return 1
    print(f"all fields agree on {count * len(SIZES) * arguments.rounds} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
