from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from shio_scraper.report import charts
from shio_scraper.report.charts import Unit, begin, histogram, label, number, periods

FIRST = date(2016, 2, 29)


@pytest.mark.parametrize(
    ("days", "unit"),
    [(0, "day"), (44, "day"), (45, "month"), (1400, "month"), (1500, "quarter"), (9000, "year")],
)
def test_the_finest_unit_that_fits(days: int, unit: Unit) -> None:
    assert periods([FIRST + timedelta(days), FIRST])[0] == unit


@pytest.mark.parametrize(
    ("unit", "name", "first"),
    [
        ("day", "2016-02-29", date(2016, 2, 29)),
        ("month", "2016-02", date(2016, 2, 1)),
        ("quarter", "2016 Q1", date(2016, 1, 1)),
        ("year", "2016", date(2016, 1, 1)),
    ],
)
def test_a_period_has_a_name_and_a_first_day(unit: Unit, name: str, first: date) -> None:
    period = number(unit, FIRST)
    assert label(unit, period) == name
    assert begin(unit, period) == first
    assert number(unit, begin(unit, period + 1)) == period + 1


@pytest.mark.parametrize("unit", ["day", "month", "quarter", "year"])
@pytest.mark.parametrize("day", [date.min, date.max])
def test_the_ends_of_the_calendar(unit: Unit, day: date) -> None:
    for period in range(number(unit, day) - 12, number(unit, day) + 13):
        assert date.min <= begin(unit, period) <= date.max


def test_a_single_period_has_others_around_it() -> None:
    figures = histogram({(FIRST, "a"): 1})
    assert figures
    first, behind = figures.shown
    assert (behind - first).days == 12
    assert first < FIRST < behind


def test_the_most_frequent_names_have_bars_and_the_others_share_one() -> None:
    counts: dict[tuple[date | None, str], int] = {(FIRST, ""): 50, (None, "s7"): 99}
    counts |= {(FIRST, f"s{index}"): 10 - index for index in range(8)}
    found = histogram(counts)
    assert found is not None
    assert found.names == ["s0", "s1", "s2", "s3", "s4", "s5", "", None]
    assert found.rows == [("2016-02-29", [10, 9, 8, 7, 6, 5, 50, 4 + 3])]
    assert found.undated == 99
    assert sum(bar["count"] for bar in found.bars) == sum(found.rows[0][1])


def test_nothing_with_a_day_is_no_histogram() -> None:
    assert histogram({(None, "City News"): 3}) is None


@pytest.mark.parametrize("most", [1, 2, 3, 9])
def test_few_are_counted_by_ones(most: int) -> None:
    figures = histogram({(FIRST, "a"): most, (None, "a"): 20})
    assert figures
    counts = re.findall(r"translate\(-2,[^>]*>(\d+)</text>", charts.bars_over_time(figures).wide)
    assert len(counts) == len(set(counts)) > 1
