"""When a page is due again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shio_scraper.crawl.page_memory import EVENT_DAYS, PageMemory, Schedule
from shio_scraper.portals import FamilyKind

TODAY = date(2026, 6, 15)
MONTH = Schedule(TODAY, 30)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.mark.parametrize(
    ("kind", "page", "due"),
    [
        ("article", PageMemory(complete=True, day=ago(29)), True),
        ("article", PageMemory(complete=True, day=ago(30)), False),
        ("article", PageMemory(complete=True, day=ago(-1)), True),
        ("article", PageMemory(complete=True), False),  # it prints no day to be young by
        ("article", PageMemory(complete=False, day=ago(3000)), True),
        ("article", PageMemory(listed="2001-02-03"), True),  # seen on a listing, never read
        ("event", PageMemory(complete=True, day=ago(-40)), True),
        ("event", PageMemory(complete=True, day=ago(EVENT_DAYS)), True),
        ("event", PageMemory(complete=True, day=ago(EVENT_DAYS + 1)), False),
        ("event", PageMemory(complete=True), True),  # it has no end to be over by
        ("event", PageMemory(complete=False, day=ago(3000)), True),
        ("home", PageMemory(complete=True), True),
        (None, PageMemory(complete=True), True),  # lists of rows and pairs
    ],
)
def test_when_a_page_is_due(kind: FamilyKind | None, page: PageMemory, due: bool) -> None:  # noqa: FBT001
    assert MONTH.is_due(page, kind) is due


@given(
    kind=st.sampled_from(["article", "event"]),
    complete=st.booleans(),
    age=st.none() | st.integers(-50, 4000),
    young=st.integers(0, 60),
)
def test_what_is_due_is_found(
    kind: FamilyKind,
    complete: bool,  # noqa: FBT001
    age: int | None,
    young: int,
) -> None:
    """The store finds every such page by its number."""
    schedule = Schedule(TODAY, young)
    page = PageMemory(complete=complete, day=None if age is None else ago(age))
    number = page.due(kind)
    if schedule.is_due(page, kind):
        assert number is not None
        assert number >= schedule.since


def test_no_days_are_young() -> None:
    assert not Schedule(TODAY, 0).is_due(PageMemory(complete=True, day=TODAY), "article")
