"""What repeats from page to page is read once, and never read as anything else."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.corpus import corpus
from quality.made_up import make
from shio_scraper.pages import repeats
from shio_scraper.pages.html import Markup, Reader
from shio_scraper.pages.page import UnreadableError
from shio_scraper.pages.pieces import SHORTEST, pieces
from shio_scraper.pages.repeats import _Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

MENU = "".join(f'<li><a href="/menu/{n}">Place {n} of the menu</a></li>' for n in range(12))
SIDEBAR = "".join(
    f"<tr><td>04-{n:02}</td><td>2131{n:04}</td><td>Processing</td></tr>" for n in range(1, 9)
)
TOP = f"<html><body><div id='top'><ul>{MENU}</ul></div><div class='main'>"
SIDE = f"<div class='side'><h3>Application Status</h3><table>{SIDEBAR}</table></div>"
FOOT = f"</div>{SIDE}</body></html>"


def page(main: str) -> bytes:
    """Return a page with the frame of all."""
    return f"{TOP}{main}{FOOT}".encode()


def whole(body: bytes) -> Markup | str:
    """Read every element of a page."""
    try:
        return Reader().read(body)
    except UnreadableError as error:
        return error.reason


def learned() -> _Kind:
    """Return pages of which two were read."""
    kind = _Kind()
    for main in ("<p>A bridge opens.</p>", "<h1>A museum</h1><p>It closes at nine.</p>"):
        kind.read(page(main))
    return kind


def again(kind: _Kind, body: bytes) -> Markup | str:
    """Read one page more."""
    try:
        return kind.read(body)
    except UnreadableError as error:
        return error.reason


def test_menu_and_sidebar_are_pieces() -> None:
    body = page("<p>A bridge opens.</p>")
    found = list(pieces(body, page("<p>A museum closes.</p>"), Reader().read(body)))
    assert [len(piece.body) >= SHORTEST for piece in found] == [True, True]
    texts = [block.text for piece in found for block in piece.blocks]
    assert "Place 7 of the menu" in texts
    assert "04-08 21310008 Processing" in texts


def test_what_is_known_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    start = Reader.start

    def noted(reader: Reader, tag: str, attributes: Mapping[str, str]) -> None:
        started.append(tag)
        start(reader, tag, attributes)

    kind = learned()
    monkeypatch.setattr(Reader, "start", noted)
    monkeypatch.setattr(repeats, "_readers", repeats._Readers())  # noqa: SLF001
    found = kind.read(page("<p>A ferry sails.</p>"))
    assert [tag for tag in started if tag in {"li", "td"}] == []
    assert "04-08 21310008 Processing" in [block.text for block in found.blocks]


PLACES = {
    "as it was": "<p>A ferry sails.</p>",
    "more before it": "<p>One.</p>" * 9,
    "a link not closed": "<a href='/x'>On to the ferry",
    "text not closed": "A ferry sails",
    "an element not closed": "<section><p>A ferry sails.",
    "a heading not closed": "<h2>A ferry sails.",
    "within nav": "<nav><p>Ferries</p>",
    "a list not closed": "<ul><li>One<li>Two",
    "a table not closed": "<table><tr><td>One</td><td>",
    "a definition not closed": "<dl><dt>When<dd>Now",
    "preformatted": "<pre>One\nTwo",
    "a comment not closed": "<p>One</p><!-- two",
    "a script not closed": "<script>var a = 1;",
    "a style not closed": "<style>p {",
    "a title not closed": "<title>One",
    "an attribute not closed": '<p title="one>two',
    "a tag not closed": "<p class=one ",
    "a closed body": "</body></html>",
    "hidden": "<div hidden>One",
    "frameset": "<frameset><frame>",
    "a less-than sign": "<p>One <",
    "a half entity": "<p>One &am",
    "white space": "\n \t ",
    "the piece twice": f"<ul>{MENU}</ul><table>{SIDEBAR}</table>",
    "the piece in a comment": f"<!-- <ul>{MENU}</ul> -->",
    "the piece in a script": f"<script>var a = '<ul>{MENU}</ul>';</script>",
    "the piece in a paragraph": f"<p><span>One <ul>{MENU}</ul>",
}


@pytest.mark.parametrize("main", PLACES.values(), ids=PLACES)
def test_wherever_it_stands_it_reads_as_it_does_there(main: str) -> None:
    body = page(main)
    assert again(learned(), body) == whole(body)


@pytest.mark.parametrize("main", PLACES.values(), ids=PLACES)
def test_a_frame_in_another_frame(main: str) -> None:
    body = (main + FOOT + TOP).encode()
    assert again(learned(), body) == whole(body)


def test_the_corpus_reads_as_it_does_whole() -> None:
    kinds: dict[str, _Kind] = defaultdict(_Kind)
    for turn in range(2):
        for example in corpus():
            body = encoded(example.body)
            kind = kinds[example.url.rpartition("/")[0] if turn else ""]
            assert again(kind, body) == whole(body)


@given(st.lists(st.integers(0, 2**32), min_size=3, max_size=8), st.integers(0, 2**32))
def test_made_up_pages_read_as_they_do_whole(seeds: list[int], frame: int) -> None:
    kind = _Kind()
    around = encoded(make(Random(frame)).body)
    for seed in seeds:
        made = encoded(make(Random(seed)).body)
        cut = Random(seed).randint(0, len(around))
        body = around[:cut] + made + around[cut:]
        assert again(kind, body) == whole(body)


def encoded(body: bytes | str) -> bytes:
    """Return the bytes of a page, as UTF-8."""
    text = body if isinstance(body, str) else body.decode("utf-8", "replace")
    return text.encode("utf-8", "replace").replace(b"\x00", b"")
