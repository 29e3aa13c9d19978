"""A form of address whose pages give nothing new ends; one that gives goes on."""

from __future__ import annotations

import pytest

from shio_scraper.crawl.bounds import Budgets, is_trap

SITE = "https://marram.example"


def read(budgets: Budgets, form: str, *, is_new: bool) -> int:
    """Return how many pages of a form are read, of a thousand."""
    for number in range(1_000):
        if not budgets.has_credit(form.format(number)):
            return number
        budgets.book(form.format(number), is_new=is_new)
    return 1_000


def test_a_calendar_ends_and_news_do_not() -> None:
    budgets = Budgets()
    assert read(budgets, f"{SITE}/news/{{}}", is_new=True) == 1_000
    assert read(budgets, f"{SITE}/calendar/{{}}", is_new=False) < 50
    assert budgets.pays(f"{SITE}/news/5")
    assert not budgets.pays(f"{SITE}/calendar/5")


def test_facets_in_every_combination_end_together() -> None:
    budgets, names = Budgets(), "abcdefgh"
    forms = [f"{SITE}/find?{one}={{}}&{other}=1" for one in names for other in names if one < other]
    assert sum(read(budgets, form, is_new=False) for form in forms) < 50
    assert budgets.has_credit(f"{SITE}/other?a=1")


def test_what_gives_now_and_then_goes_on() -> None:
    budgets = Budgets()
    for number in range(2_000):
        assert budgets.has_credit(f"{SITE}/decisions/{number}")
        budgets.book(f"{SITE}/decisions/{number}", is_new=number % 8 == 0)


@pytest.mark.parametrize(
    ("path", "trap"),
    [
        ("/a/b/c", False),
        ("/2024/05/05/05/x", False),
        ("/more/more/x", False),
        ("/more/more/more/x", True),
        ("/a/b/a/b/a/b/", True),
        (f"/{'/'.join(map(str, range(20, 33)))}/", True),
        (f"/find?{'&'.join(f'f{n}=1' for n in range(9))}", True),
    ],
)
def test_an_address_that_repeats_itself(path: str, *, trap: bool) -> None:
    assert is_trap(SITE + path) is trap
