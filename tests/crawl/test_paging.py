"""How a listing is followed to its end, and no further."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.server import Reply
from tests.spiders.running import assert_calm
from tests.spiders.scripted import (
    EVENTS,
    STARTS,
    article,
    en,
    event,
    item,
    listing,
    page,
    pager,
    portal_of,
    zh,
)

if TYPE_CHECKING:
    from tests.spiders.crawling import Crawled, CrawlScripted

ENDLESS, GUESSED, BROKEN, HOLED = STARTS
EVENT = "/jsp/cfbm_detail_en.jsp?id={}"


def at(path: str, number: int) -> str:
    """Return the address of a page of a listing."""
    name, _, query = path.partition("?")
    return f"{name}?p_page={number}&{query}" if query else f"{name}?p_page={number}"


def stories(*numbers: int, day: str = "March 4, 2024", chinese: bool = False) -> list[str]:
    target = zh if chinese else en
    return [item(target(n), f"Story {n}", day, f"Teaser {n}") for n in numbers]


def articles(*numbers: int, day: str = "2024-03-04", chinese: bool = False) -> dict[str, str]:
    target = zh if chinese else en
    return {target(n): article(f"Story {n}", day, zh=chinese) for n in numbers}


@pytest.fixture(scope="module")
def crawled(crawl: CrawlScripted) -> Crawled:
    """Crawl listings that end in different ways."""
    last = listing(stories(103, 104), pager=pager(ENDLESS, 1, 2, 3, 4, 999))
    pages = portal_of() | {
        # A pager that names more pages than there are; past the end the last one is repeated.
        ENDLESS: listing(stories(101, 102), pager=pager(ENDLESS, 1, 2, 3, 999)),
        # No pager: the next page is tried until it is not there.
        GUESSED: listing(stories(201, 202)),
        at(GUESSED, 2): listing(stories(201, 203)),
        # No pager, and the next page cannot be had.
        BROKEN: listing(stories(301, chinese=True), zh=True),
        at(BROKEN, 2): Reply("broken", status=503),
        # A page without items, although its pager says that there are more.
        HOLED: listing(stories(401, chinese=True), pager=pager(HOLED, 1, 2, 3), zh=True),
        at(HOLED, 2): listing([], pager=pager(HOLED, 1, 2, 3), zh=True),
        EVENTS: listing([item(EVENT.format(n), f"Fair {n}", "March 4, 2024") for n in (1, 2)]),
        EVENT.format(2): event("Fair 2", "2024-03-08"),
        **articles(101, 102, 103, 104, 201, 202, 203),
        **articles(301, 401, chinese=True),
    }
    return crawl(
        pages, otherwise=lambda t: Reply(last) if "siteId=300" in t and "default_en" in t else None
    )


def test_every_item_of_every_page(crawled: Crawled) -> None:
    found = {key for key in crawled.run.by_key if key.startswith(("article", "event"))}
    assert found == {
        *(f"article/en/{n}" for n in (101, 102, 103, 104, 201, 202, 203)),
        *(f"article/zh/{n}" for n in (301, 401)),
        "event/en/1",
        "event/en/2",
    }


def test_a_page_that_repeats_the_last_one_is_the_end(crawled: Crawled) -> None:
    asked = [t for t in crawled.asked("default_en") if "siteId=300" in t]
    assert sorted(asked) == sorted([ENDLESS, at(ENDLESS, 2), at(ENDLESS, 3)])


def test_the_next_page_is_guessed_and_404_is_a_quiet_end(crawled: Crawled) -> None:
    asked = [t for t in crawled.asked("default_en") if "siteId=7" in t]
    assert sorted(asked) == sorted([GUESSED, at(GUESSED, 2), at(GUESSED, 3)])
    assert at(EVENTS, 2) in crawled.targets


def test_an_end_that_is_none_is_a_reject(crawled: Crawled) -> None:
    """A listing that stops early must not count as complete."""
    assert crawled.run.rejected() == [
        ("fetch", "http_status", at(BROKEN, 2)),
        ("parse", "no_items", at(HOLED, 2)),
    ]
    assert_calm(crawled.run)


@pytest.mark.parametrize("limit", [1, 2])
def test_max_pages_counts_the_pages_of_each_listing(crawl: CrawlScripted, limit: int) -> None:
    def numbered(target: str) -> Reply | None:
        if "zfxw_default" not in target:
            return None
        number = int(target.partition("p_page=")[2].partition("&")[0] or 1)
        path = target.replace(f"p_page={number}&", "")
        return Reply(listing(stories(1000 + number), pager=pager(path, number + 1)))

    pages = {"/": portal_of()["/"], **articles(1001, 1002, 1003)}
    crawled = crawl(pages, "-a", f"max_pages={limit}", "-a", "only=news", otherwise=numbered)
    expected = [at(path, number) for path in STARTS for number in range(2, limit + 1)]
    assert sorted(crawled.asked("default")) == sorted([*STARTS, *expected])


@pytest.fixture(scope="module")
def dated(crawl: CrawlScripted) -> Crawled:
    """Crawl a listing with a pinned item and one out of order, from day to day."""
    days = ("May 1, 2010", "June 1, 2024", "March 5, 2024", "January 2, 2023", "March 6, 2024")
    iso = ("2010-05-01", "2024-06-01", "2024-03-05", "2023-01-02", "2024-03-06")
    first = [item(en(200 + n), f"Story {n}", day) for n, day in enumerate(days)]
    undated = f'<li><a href="{en(250)}">A story whose day is not told</a></li>'
    path = STARTS[0]
    links = pager(path, 1, 2, 3, 4)
    pages = portal_of(only=()) | {
        path: listing([*first, undated], pager=links),
        at(path, 2): listing(stories(301, day="2024-03-05"), pager=links),
        at(path, 3): listing(stories(302, 303, day="May 1, 2009"), pager=links),
        at(path, 4): listing(stories(304, day="March 5, 2024"), pager=links),
        **{en(200 + n): article(f"Story {n}", day) for n, day in enumerate(iso)},
        en(250): article("A story whose day is not told", ""),
        **articles(301, 304, day="2024-03-05"),
        **articles(302, 303, day="2009-05-01"),
    }
    days_asked = ("-a", "since=2024-03-05", "-a", "until=2024-03-06")
    return crawl(pages, *days_asked, "-a", "only=news", "-a", "language=en")


def test_since_and_until_include_their_day_and_what_is_undated(dated: Crawled) -> None:
    assert set(dated.run.by_key) == {f"article/en/{n}" for n in (202, 204, 250, 301)}


def test_paging_stops_at_a_page_that_is_older(dated: Crawled) -> None:
    """Pinned and out-of-order items on the pages before it do not stop it."""
    assert dated.asked("p_page") == [at(STARTS[0], 2), at(STARTS[0], 3)]


def test_what_the_listing_dates_elsewhere_is_not_fetched(dated: Crawled) -> None:
    assert sorted(dated.asked("detail")) == [en(n) for n in (202, 204, 250, 301)]


@pytest.mark.parametrize("main", ["", "<ul><li><a href='javascript:void(0)'>Story</a></li></ul>"])
def test_a_listing_without_items_is_a_reject(crawl: CrawlScripted, main: str) -> None:
    bare = page(f"<h3>Government News</h3><p>City News | District News</p>{main}")
    crawled = crawl(portal_of(only=STARTS[1:]) | {STARTS[0]: bare}, "-a", "language=en")
    assert crawled.run.rejected() == [("parse", "no_items", STARTS[0])]
    assert crawled.run.status == 0


def test_a_listing_whose_links_lead_nowhere(crawl: CrawlScripted) -> None:
    pages = portal_of(only=STARTS[1:]) | {STARTS[0]: listing(stories(801, 802))}
    crawled = crawl(pages, "-a", "language=en")
    assert crawled.run.rejected() == [("fetch", "http_status", en(n)) for n in (801, 802)]
    assert "article/en/1" in crawled.run.by_key
