"""Time pages of one form as they grow: the time must grow no faster than the size.

python benchmarks/growth.py [--largest 700000]

A page can be large by rows, paragraphs, labels, nesting, attributes, unclosed tags and so on. For
each form, the time for a byte of the largest page is compared with that of a page of a tenth of the
size.
"""

from __future__ import annotations

import argparse
import sys
from time import process_time

from crawl import positive
from targets import at_most

from shio_scraper import parse_page

URL = "https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=7"
HEAD = b"<html><body><h3>Government News</h3><div><h1>A title   2023-02-06</h1><p>First words.</p>"
TEXT = b"Government News\nA title   2023-02-06\n"
DEEP = b"<div>" * 1_500 + b"x" + b"</div>" * 1_500
TARGET = 2.0
"""The most that the time for a byte may grow. Linear time is 1; the rest is for memory effects."""

PIECES: dict[str, tuple[bytes, bytes]] = {
    "paragraphs": (HEAD, b"<p>Some words of a paragraph, and a few more.</p>"),
    "status rows": (
        HEAD + b"<table>",
        b"<tr><td>04-16</td><td>21315227</td><td>Processing</td></tr>",
    ),
    "scattered rows": (HEAD, b"<p>04-16</p><p>21315227</p><p>Processing</p>"),
    "questions": (HEAD, b"<p>Q: Is it?</p><p>A: It is.</p>"),
    "label after label": (HEAD + b"<p>", b"Q: "),
    "event fields": (HEAD, b"<p>Contact:Ann,1</p>"),
    "nesting": (HEAD, DEEP),
    "inline elements": (HEAD + b"<p>", b"<b>w</b>"),
    "attributes": (HEAD + b"<p ", b"a=1 "),
    "unclosed tags": (HEAD, b"<p>Some words<span>more"),
    "open angles": (HEAD, b"<"),
    "links": (HEAD, b'<p><a href="/jsp/zfxw_detail_en.jsp?id=9">A page</a></p>'),
    "dated lines": (HEAD, b"<p>A title - January 25, 2016</p>"),
    "one long word": (HEAD + b"<p>", b"x"),
    "lines of text": (TEXT, b"Some words of a line.\n"),
    "doubled lines of text": (TEXT, b"Words one.\nWords two.\n"),
    "scripts in text": (HEAD, b"<p>(function(x){ "),
}
"""Form → the beginning of a page, and the piece that is repeated up to its size."""


def page(name: str, size: int) -> bytes:
    """Return a page of a form, of about ``size`` bytes."""
    head, piece = PIECES[name]
    return head + piece * (size // len(piece))


def seconds(body: bytes) -> float:
    """Return the processor time for one page in seconds: the better of two runs."""
    taken = []
    for _ in range(2):
        start = process_time()
        parse_page(body, url=URL)
        taken.append(process_time() - start)
    return min(taken)


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--largest", type=positive, default=700_000, help="bytes")
    largest = parser.parse_args().largest
    worst = 0.0
    for name in PIECES:
        small, large = page(name, largest // 10), page(name, largest)
        taken = seconds(large)
        growth = (taken / len(large)) / (seconds(small) / len(small))
        print(f"{name:24}{len(large) / 1e6:6.1f} MB in {taken:6.2f} s: {growth:.2f}", flush=True)
        worst = max(worst, growth)
    at_most("the time for a byte of ten times as large a page, the worst form", worst, TARGET)
    return 0


if __name__ == "__main__":
    sys.exit(main())
