"""Full dates in each of the portal's forms; whatever the calendar or the language lacks is none."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shio_scraper.parsers.dates import FIRST_YEAR, parse_day, split_dated

DAY = date(2023, 9, 5)
FORMS = [
    *("2023-09-05", "2023-9-5", "2023/09/05", "2023.09.05", "2023年9月5日", "2023 年 9 月 5 日"),
    *("September 5, 2023", "September 05, 2023", "SEPTEMBER 5, 2023", "september 5 2023"),
    *("Sep 5, 2023", "Sep. 5, 2023", "Sept 5, 2023", "Sept. 5, 2023", "Sep5, 2023"),
    *("September 5th, 2023", "5 September 2023", "5 Sep 2023", "5 September, 2023"),
]
NONE = [
    *("2023-13-05", "2023-02-29", "2023/09-05", "0000-09-05", "2023-09", "2023年13月5日"),
    *("February 29, 2023", "Septembers 5, 2023", "Septem 5, 2023", "Foo 5, 2023", "5th of 2023"),
    *("09-05", "September 5", "September 2023"),
]
MONTHS = [date(2023, month, 1).strftime("%B") for month in range(1, 13)]


@pytest.mark.parametrize("text", FORMS)
def test_a_full_date(text: str) -> None:
    assert parse_day(text) == DAY
    dated = split_dated(f"A new bridge {text}")
    assert dated
    assert (dated.title, dated.day) == ("A new bridge", DAY)


@pytest.mark.parametrize("text", NONE)
def test_no_date(text: str) -> None:
    assert parse_day(text) is None


@given(st.dates(min_value=date(FIRST_YEAR, 1, 1), max_value=date(2999, 12, 31)), st.booleans())
def test_every_day_of_the_calendar(day: date, is_short: bool) -> None:  # noqa: FBT001
    name = MONTHS[day.month - 1][: 3 if is_short else None]
    assert parse_day(f"{name} {day.day}, {day.year}") == day
    assert parse_day(f"{day.day} {name} {day.year}") == day
    assert parse_day(day.isoformat()) == day


@pytest.mark.parametrize(
    "printed",
    [
        *("2023年9月5日 星期二", "2023-09-05 Tuesday", "2023-09-05 周二", "(2023-09-05 Tuesday)"),
        *("2023-09-05T08:30:00+08:00", "2023-09-05 08:30 CST", "2023-09-05T08:30:00Z"),
        *("Tuesday, September 5, 2023", "2023-09-05 08:30:15"),
    ],
)
def test_what_may_stand_beside_a_date(printed: str) -> None:
    dated = split_dated(f"A new bridge {printed}")
    assert dated
    assert (dated.title, dated.day) == ("A new bridge", DAY)


@pytest.mark.parametrize("text", ["A bridge opens on Tuesday", "Open every day", "A year of 2023"])
def test_a_line_that_ends_in_no_date(text: str) -> None:
    assert split_dated(text) is None
