"""What a page costs grows with its size alone, and nothing that is long outlives its page.

Counted are calls of functions and turns of generators: no clock tells.
"""

from __future__ import annotations

import gc
import sys
from collections import Counter
from functools import _lru_cache_wrapper
from typing import Any, Final

import pytest

from shio_scraper import examine_page
from shio_scraper.extraction import read_document
from shio_scraper.items import Document
from shio_scraper.pages import Capture
from shio_scraper.portals import TOUCH_SHANGHAI
from shio_scraper.spiders.requesting import addresses_shown
from shio_scraper.texts import LONGEST, kept

LISTING: Final = f"{TOUCH_SHANGHAI.origin}/jsp/zfxw_default_en.jsp?siteId=300"
ARTICLE: Final = f"{TOUCH_SHANGHAI.origin}/jsp/zfxw_detail_en.jsp?id=77"
HEAD: Final = "<h3>Government News</h3><div><h1>A bridge opens   2023-02-06</h1>"
LINK: Final = '<a href="/jsp/zfxw_detail_en.jsp?id={}">'
SHAPES: Final = {
    "items": (LISTING, f"<li>{LINK}Title {{}}</a><b>2016-01-25</b><p>A teaser.</p></li>"),
    "items in a line": (LISTING, f"{LINK}Title {{}}</a> 2016-01-25, "),
    "items in boxes": (LISTING, f"{'<div>' * 20}{LINK}Title {{}}</a>{'</div>' * 20}"),
    "links of one address": (LISTING, f"{LINK.format(5)}Read more</a> {{}} "),
    "lines below an item": (LISTING, "<p>Line {} of it.</p>"),
    "folded answers": (ARTICLE, "<div><p>Q: Is it {}?</p><div hidden>A: It is.</div></div>"),
    "links in a body": (ARTICLE, f"<p>Words {LINK}of it</a> and {{}} more words.</p>"),
    "links in a paragraph": (ARTICLE, f"{LINK}Title {{}}</a> "),
    "dates": (ARTICLE, "<p>A line of January 25, 2016, and {} more.</p>"),
}


def calls(url: str, body: str) -> Counter[str]:
    """Return how often each function is called for a page."""
    found: Counter[str] = Counter()

    def note(frame: Any, event: str, _: object) -> None:
        if event == "call":
            found[frame.f_code.co_name] += 1

    sys.setprofile(note)
    try:
        examine_page(body, url)
    finally:
        sys.setprofile(None)
    return found


def page(piece: str, first: int, count: int) -> str:
    pieces = (piece.replace("{}", str(number)) for number in range(first, first + count))
    return f"<html><body>{HEAD}{LINK.format(1)}One</a>{''.join(pieces)}</div></body></html>"


@pytest.mark.parametrize("shape", SHAPES)
def test_a_page_of_four_times_the_size_takes_four_times_the_work(shape: str) -> None:
    """Some of it begins at a size. A square is sixteen times the work."""
    url, piece = SHAPES[shape]
    calls(url, page(piece, 1_000, 20))
    small = calls(url, page(piece, 10_000, 150)).total()
    large = calls(url, page(piece, 20_000, 600)).total()
    assert large < 6 * small


def test_a_link_is_worked_out_once_a_page() -> None:
    """Also on a page of more links than any cache holds."""
    url, piece = SHAPES["items"]
    assert 0 <= calls(url, page(piece, 100_000, 5_000))["urljoin"] - 5_000 < 10


def test_a_document_of_comments_alone_is_read_once() -> None:
    """A pattern that tries every way to read them does not come to its end."""
    capture = Capture(body=b"<!---->" * 1_000 + b"%PDF", url=f"{TOUCH_SHANGHAI.origin}/a.pdf")
    assert isinstance(read_document(capture, "en", ()), Document)


def test_what_a_page_shows_is_looked_for_once() -> None:
    """The same of a long address without a comma, and of an address of blanks."""
    shown = f'<img srcset="{"a" * 400_000} b c"><p style="a:url({" " * 10_000}">'
    assert list(addresses_shown(f'{shown}<img src="/a.png">'))[1:] == ["/a.png"]


def test_readings_are_kept_but_for_long_texts() -> None:
    asked: list[str] = []

    @kept(2)
    def read(text: str) -> str:
        asked.append(text)
        return text.upper()

    long = "x" * (LONGEST + 1)
    assert [read(text) for text in ("a", long, "a", long)] == ["A", long.upper()] * 2
    assert asked == ["a", long, long]


def test_what_outlives_a_page_is_bounded() -> None:
    """Memory is flat over any number of pages: no cache holds more than a frame's readings."""
    caches = [one for one in gc.get_objects() if isinstance(one, _lru_cache_wrapper)]
    ours = [one for one in caches if one.__module__.startswith("shio_scraper")]
    assert len(ours) > 20
    assert all((one.cache_parameters()["maxsize"] or 0) <= 4_096 for one in ours)
