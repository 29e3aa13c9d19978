"""Watermarks: whatever became of a listing, an update misses nothing new and comes to an end."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from shio_scraper.crawl.page_memory import DEPTH, Item, Reading, Watermark

BEYOND = 2
FIRST = date(2025, 1, 1)


class Read(NamedTuple):
    """What a reading saw: the pages it took, the items on them, the watermark it left."""

    pages: int
    seen: set[str]
    watermark: Watermark | None


def read(
    listing: list[Item], size: int, watermark: Watermark | None, pinned: tuple[Item, ...] = ()
) -> Read:
    """Read a listing of pages of ``size`` items as the spider does; ``pinned`` head each page."""
    reading, seen = Reading(), set[str]()
    pages = [listing[start : start + size] for start in range(0, len(listing), size)]
    for number, items in enumerate(pages, 1):
        new = [item for item in (*pinned, *items) if item[0] not in seen]
        seen.update(url for url, _ in new)
        reading = reading.after(new, watermark)
        if watermark and reading.quiet > BEYOND:
            return Read(number, seen, reading.at_watermark(watermark))
    return Read(len(pages), seen, reading.at_end())


def items(name: str, count: int, newest: date) -> list[Item]:
    """Return items, the newest first, two of a day."""
    return [(f"{name}{n}", newest - timedelta(days=n // 2)) for n in range(count)]


def undated(listing: list[Item]) -> list[Item]:
    return [(url, None) for url, _ in listing]


OLD = items("old", 700, FIRST)
sizes = st.integers(2, 25)


@given(data=st.data(), size=sizes, shift=st.integers(0, 300), dated=st.booleans())
def test_nothing_new_is_missed(data: st.DataObject, size: int, shift: int, dated: bool) -> None:  # noqa: FBT001
    """Whatever is deleted, pinned or new: all that is new on top is read."""
    old = data.draw(st.integers(1, len(OLD)).map(lambda n: OLD[:n]))
    mark = read(old, size, None).watermark
    gone = data.draw(st.sets(st.sampled_from(old), max_size=len(old) - 1))
    left = [item for item in old if item not in gone]
    # Fewer than the pages beyond hold: where more are pinned, all that is shown is old.
    most = min(BEYOND * size, len(left))
    pinned = data.draw(st.lists(st.sampled_from(left), max_size=most, unique=True))
    new = items("new", shift, FIRST + timedelta(days=200))
    listing = [*pinned, *new, *(item for item in left if item not in pinned)]
    found = read(listing if dated else undated(listing), size, mark)
    assert {url for url, _ in new} <= found.seen
    assert found.watermark is not None


@given(size=sizes, shift=st.integers(0, 300), dated=st.booleans())
def test_it_comes_to_an_end(size: int, shift: int, dated: bool) -> None:  # noqa: FBT001
    """The pages with something new, the one where old begins, and two pages beyond."""
    whole = read(OLD, size, None)
    listing = items("new", shift, FIRST + timedelta(days=200)) + OLD
    found = read(listing if dated else undated(listing), size, whole.watermark)
    assert found.pages <= shift // size + 2 + BEYOND


@given(size=sizes, gone=st.sets(st.integers(0, DEPTH - 1)), keep=st.integers(0, 40))
def test_items_that_vanished_do_not_make_it_endless(size: int, gone: set[int], keep: int) -> None:
    """Be it all that the watermark holds: the days below it tell."""
    whole = read(OLD, size, None)
    left = [item for n, item in enumerate(OLD) if n not in gone or n < keep]
    found = read(left, size, whole.watermark)
    held = sum(n < DEPTH for n in range(len(OLD)) if n not in gone or n < keep)
    assert found.pages <= held // size + 3 + BEYOND


@given(shifts=st.lists(st.integers(0, 90), max_size=8), size=sizes)
def test_update_after_update(shifts: list[int], size: int) -> None:
    """Each watermark follows from the one before; together they read everything."""
    listing, mark, seen = list(OLD), read(OLD, size, None).watermark, {url for url, _ in OLD}
    for run, shift in enumerate(shifts):
        day = FIRST + timedelta(days=200 * (run + 1))
        listing = items(f"run{run}-", shift, day) + listing
        found = read(listing, size, mark)
        mark, seen = found.watermark, seen | found.seen
        assert mark is not None
        assert len(mark.items) == DEPTH
    assert seen == {url for url, _ in listing}


def test_a_new_item_that_heads_every_page_is_new_once() -> None:
    whole = read(OLD, 10, None)
    found = read(OLD, 10, whole.watermark, pinned=(("pinned", FIRST + timedelta(days=9)),))
    assert found.pages == 2 + BEYOND


def test_a_page_of_pinned_items_is_not_the_watermark() -> None:
    whole = read(OLD, 10, None)
    new = items("new", 40, FIRST + timedelta(days=200))
    found = read([*OLD[50:60], *new, *OLD], 10, whole.watermark)
    assert {url for url, _ in new} <= found.seen


def test_quiet_pages_count_in_a_row() -> None:
    """Old and new page by page: no page of old items that something new follows soon ends it."""
    whole = read(OLD, 10, None)
    new = items("new", 40, FIRST + timedelta(days=200))
    mixed = [
        piece for n in range(0, 40, 10) for piece in (*OLD[2 * n : 2 * n + 20], *new[n : n + 10])
    ]
    found = read([*mixed, *OLD[80:]], 10, whole.watermark)
    assert {url for url, _ in new} <= found.seen


def test_the_oldest_day_is_that_of_the_last_item() -> None:
    """A pinned item of 2010 does not make every later day look new."""
    pinned = ("pinned", date(2010, 5, 1))
    mark = Watermark((pinned, *OLD[:20]))
    assert mark.knows(OLD[40])
    assert not mark.knows(("other", OLD[19][1]))  # of the same day: it may be new
    assert not mark.knows(("undated", None))


def test_since_narrows_what_a_watermark_holds_for() -> None:
    narrow = Watermark(tuple(OLD[:5]), since=date(2024, 6, 1))
    assert narrow.holds_for(date(2024, 6, 1))
    assert narrow.holds_for(date(2024, 7, 1))
    assert not narrow.holds_for(date(2024, 5, 31))
    assert not narrow.holds_for(None)
    assert Watermark(tuple(OLD[:5])).holds_for(None)


def test_a_reading_to_a_day_widens_a_watermark_and_never_narrows_it() -> None:
    reading = Reading(tuple(OLD[:5]))
    june, july = date(2024, 6, 1), date(2024, 7, 1)
    assert reading.at_day(june, None) == Watermark(tuple(OLD[:5]), june)
    assert reading.at_day(june, Watermark((), july)) == Watermark(tuple(OLD[:5]), june)
    assert reading.at_day(june, Watermark((), june)) == Watermark(tuple(OLD[:5]), june)
    assert reading.at_day(july, Watermark((), june)) is None
    assert reading.at_day(july, Watermark(())) is None
