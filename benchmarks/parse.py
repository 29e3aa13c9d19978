"""Time a page from bytes to records, beside the limit, a hand-written parser and trafilatura.

python benchmarks/parse.py [--pages 300] [--rounds 5]

Every round has pages of its own, which no contestant has seen before, and all four
take them one after the other, in a turned order. A round's figure is its mean time a
page; the table prints the median of the rounds, and the lowest. Exit status 1 where
our records and the hand-written parser's differ on any page.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from statistics import median
from time import perf_counter
from typing import Any, TypeAlias

import trafilatura
from handwritten import parse
from lxml import etree
from pages import ORIGIN, article

from shio_scraper import parse_page
from shio_scraper.items import Article, Faq, Status

Page: TypeAlias = tuple[str, bytes]
FETCHED_AT = datetime(2025, 7, 1, 4, 0, tzinfo=UTC)
HANDWRITTEN_TARGET = 1.0
TRAFILATURA_TARGET = 8.0


def limit(_url: str, body: bytes) -> int:
    """Parse the bytes and touch every node: no reader of a whole page can do less."""
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


CONTESTANTS: dict[str, Callable[[str, bytes], object]] = {
    "lxml, parse and walk (the limit)": limit,
    "shio_scraper.parse_page": ours,
    "hand-written parsel": parse,
    "trafilatura.extract": trafilatura_text,
}
LIMIT, OURS, HANDWRITTEN, TRAFILATURA = CONTESTANTS


def time_round(contestant: Callable[[str, bytes], object], pages: list[Page]) -> float:
    """Return the seconds that ``contestant`` takes for a page of ``pages``."""
    gc.collect()
    start = perf_counter()
    for url, body in pages:
        contestant(url, body)
    return (perf_counter() - start) / len(pages)


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
    """Say where our records and the hand-written parser's differ."""
    found = []
    for url, body in pages:
        theirs, mine = parse(url, body), as_fields(ours(url, body))
        found += [
            f"{url}: {name}: {mine.get(name)!r} is not {theirs.get(name)!r}"
            for name in {**theirs, **mine}
            if mine.get(name) != theirs.get(name)
        ]
    return found


def measure(count: int, rounds: int) -> tuple[dict[str, list[float]], list[str], int]:
    """Return the seconds a page by contestant, the disagreements, and the bytes a page."""
    times: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
    differences: list[str] = []
    size = 0
    names = list(CONTESTANTS)
    for warm in (article(-1), article(-2)):
        for contestant in CONTESTANTS.values():
            contestant(ORIGIN + warm[0], warm[1])
    for turn in range(rounds):
        numbers = range(turn * count, (turn + 1) * count)
        pages = [(ORIGIN + path, body) for path, body in map(article, numbers)]
        size += sum(len(body) for _, body in pages)
        for name in names[turn % 4 :] + names[: turn % 4]:
            times[name].append(time_round(CONTESTANTS[name], pages))
        differences += disagreements(pages)
    return times, differences, size // (count * rounds)


def ratio(times: dict[str, list[float]], name: str, other: str) -> float:
    """Return how many times longer ``name`` took than ``other``: the median of the rounds."""
    return median(a / b for a, b in zip(times[name], times[other], strict=True))


def report(times: dict[str, list[float]]) -> None:
    """Print the table and the targets."""
    print(f"{'':34}{'µs a page':>10}{'lowest':>9}{'/ hand-written':>16}{'/ trafilatura':>15}")
    for name, seconds in times.items():
        print(
            f"{name:34}{median(seconds) * 1e6:10.0f}{min(seconds) * 1e6:9.0f}"
            f"{ratio(times, name, HANDWRITTEN):16.3f}{ratio(times, name, TRAFILATURA):15.4f}"
        )
    slower = ratio(times, OURS, HANDWRITTEN)
    faster = ratio(times, TRAFILATURA, OURS)
    print(
        f"\nno slower than hand-written: {slower:.2f} of its time: "
        f"{'met' if slower <= HANDWRITTEN_TARGET else 'MISSED'}\n"
        f"at least {TRAFILATURA_TARGET:.0f} times faster than trafilatura: {faster:.1f} times: "
        f"{'met' if faster >= TRAFILATURA_TARGET else 'MISSED'}"
    )


def positive(text: str) -> int:
    """Return the number an argument says, from 1."""
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def main() -> int:
    """Run the benchmark; the exit status tells whether the records agreed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pages", type=positive, default=300, help="pages a round")
    parser.add_argument("--rounds", type=positive, default=5)
    arguments = parser.parse_args()
    times, differences, size = measure(arguments.pages, arguments.rounds)
    print(f"{arguments.rounds} rounds of {arguments.pages} pages, {size / 1000:.1f} kB a page\n")
    report(times)
    if differences:
        print(f"\n{len(differences)} fields disagree with the hand-written parser; the first:")
        print("\n".join(differences[:5]), file=sys.stderr)
        return 1
    print(f"\nall fields agree on {arguments.pages * arguments.rounds} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
