from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from shio_scraper.report import charts
from shio_scraper.report.charts import histogram

FIRST = date(2016, 2, 29)


@pytest.mark.parametrize(
    ("days", "first"),
    [
        (0, "2016-02-29"), (44, "2016-02-29"), (45, "2016-02"), (1400, "2016-02"),
        (1500, "2016 Q1"), (9000, "2016"),
    ],
)  # fmt: skip
def test_the_finest_unit_that_fits(days: int, first: str) -> None:
    figures = histogram({(FIRST + timedelta(days), "a"): 1, (FIRST, "a"): 1})
    assert figures
    assert figures.rows[0][0] == first
    assert [sum(counts) for _, counts in figures.rows] == [1] * (2 if days else 1)


def test_the_ends_of_the_calendar() -> None:
    for days in ([date.min], [date.max], [date.min, date.max]):
        figures = histogram({(day, "a"): 1 for day in days})
        assert figures
        assert charts.bars_over_time(figures).wide.count("<path") > len(days)


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
    assert found.days.total() == sum(found.rows[0][1])


def test_nothing_with_a_day_is_no_histogram() -> None:
    assert histogram({(None, "City News"): 3}) is None


@pytest.mark.parametrize("most", [1, 2, 3, 9])
def test_few_are_counted_by_ones(most: int) -> None:
    figures = histogram({(FIRST, "a"): most, (None, "a"): 20})
    assert figures
    counts = re.findall(r"translate\(-2,[^>]*>(\d+)</text>", charts.bars_over_time(figures).wide)
    assert len(counts) == len(set(counts)) > 1
