"""When a page was fetched, as files say it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shio_scraper.archives.reading import moment, since_epoch

THEN = datetime(2016, 1, 2, 3, 4, 5, tzinfo=UTC)
MIDNIGHT = datetime(2016, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2016-01-02T03:04:05Z", THEN),
        ("2016-01-02t03:04:05z", THEN),
        ("2016-01-02T03:04:05", THEN),
        (" 2016-01-02 03:04:05 ", THEN),
        ("2016-01-02T11:04:05+08:00", THEN),
        ("2016-01-02 11:04:05 +0800", THEN),
        ("2016-01-01T22:04:05-05", THEN),
        ("2016-01-02T03:04:05.987654321Z", THEN),
        ("2016-01-02T03:04:05,9Z", THEN),
        ("2016-01-02T03:04Z", THEN.replace(second=0)),
        ("2016-01-02", MIDNIGHT),
        ("20160102030405", THEN),
        (b"20160102030405", THEN),
        (20160102030405, THEN),
        (1451703845, THEN),
        (1451703845.9, THEN),
        (1451703845987, THEN),
        (1451703845987.5, THEN),
        ("1451703845", THEN),
        (" 1451703845987 ", THEN),
        ("1451703845.987", THEN),
        (datetime(2016, 1, 2, 3, 4, 5, 9, tzinfo=UTC), THEN),
        (datetime(2016, 1, 2, 11, 4, 5, tzinfo=timezone(timedelta(hours=8))), THEN),
    ],
)
def test_known_forms(value: Any, expected: datetime) -> None:
    found = moment(value)
    assert found == expected
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        None, "", "yesterday", "02/01/2016", "2016-1-2", "2 January 2016", "2016-13-01",
        "2016-02-30", "2016-01-02T25:00:00", "2016-01-02T03:04:60Z", "2016-01-02x03:04:05",
        "2016-01-02T03:04:05 CST", "2016", "201601", "20161302030405", "145170384", "14517038451",
        "٢٠١٦-٠١-٠٢", "0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00",
        0, 1, -1451703845, 2016, 20160102, 20161302030405, 10**30, True,
        float("nan"), float("inf"), -float("inf"), [2016, 1, 2], {"$date": 1451703845}, b"\xff",
    ],
)  # fmt: skip
def test_anything_else_is_no_moment(value: Any) -> None:
    """A number that could be read in two ways is none: 20160102 is a day, or 1970-08-22."""
    assert moment(value) is None


@given(st.one_of(st.text(), st.floats(), st.integers(), st.datetimes(), st.binary()))
def test_no_value_raises(value: Any) -> None:
    found = moment(value)
    assert found is None or (found.tzinfo is UTC and found.microsecond == 0)


@given(st.integers())
def test_seconds_outside_the_calendar(seconds: int) -> None:
    found = since_epoch(seconds)
    assert found is None or found.timestamp() == seconds
