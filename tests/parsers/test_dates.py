"""Each form of a date is one date, with its weekday, clock and zone; the rest is none."""

from __future__ import annotations

import string
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shio_scraper.parsers.dates import (
    Found,
    find,
    machine_day,
    parse_day,
    parse_moment,
    split_dated,
)
from shio_scraper.parsers.days import is_month_day, month_day, told_day
from shio_scraper.portals import FIRST_YEAR, DateRules
from shio_scraper.texts import fold

DAY = date(2023, 9, 5)  # a Tuesday
SINCE = 2010
PORTAL_TIME = ZoneInfo("Asia/Shanghai")
RULES = DateRules(SINCE, zone=PORTAL_TIME)
FORMS = [
    *("2023-09-05", "2023-9-5", "2023/09/05", "2023.09.05", "2023年9月5日", "2023 年 9 月 5 日"),
    *("2023 - 09 - 05", "2023\u201309\u201305", "2023\u221209\u221205", "２０２３－０９－０５"),
    *("2023\u201109\u201105", "2023年09月05号", "2023-09\u200b-05", "20\u00ad23-09-05", "5.9.2023"),
    *("September 5, 2023", "September 05, 2023", "SEPTEMBER 5, 2023", "september 5 2023"),
    *("Sep 5, 2023", "Sep. 5, 2023", "Sept 5, 2023", "Sept. 5, 2023", "Sep5, 2023", "Sep 5,2023"),
    *("September 5th, 2023", "5 September 2023", "5 Sep 2023", "5 September, 2023", "5 Sep. 2023"),
    *("5th of September, 2023", "5-Sep-2023", "2023-Sep-05", "Sep\u00a05,\u00a02023"),
    *("Tuesday, September 5, 2023", "Tue, Sep 5, 2023", "Tue 5 Sep 2023", "Tue Sep 05 2023"),
    *("2023-09-05 Tuesday", "2023-09-05 (Tue)", "2023年9月5日 星期二", "2023年9月5日(周二)"),
    *("2023-09-05(二)", "星期二 2023-09-05", "Tues. 2023-09-05"),
]
NONE = [
    *("2023-13-05", "2023-02-29", "2023/09-05", "0000-09-05", "2023-09", "2023年13月5日"),
    *("February 29, 2023", "Septembers 5, 2023", "Septem 5, 2023", "Foo 5, 2023", "5th of 2023"),
    *("09-05", "September 5", "September 2023", "20230905", "9/5/2023", "5-9-2023", "5.9.23"),
    *("17/1998.01.01", "No. 35/2019-10-12", "No. 2019-10-12", "第2019-10-12号", "AB-2019-10-12"),
    *("12023-09-05", "2023-09-051", "2023-09-05-12", "2023-09-05_1", "2023-09-05.html"),
    *("http://port.example/2023-09-05/", "http://port.example/?day=2023-09-05", "3-5 May 2023"),
    *("1.2023.09.05", "2023-09-05-flood-plan", "2023/09/05/floods", "021-2023-0905"),
]
CLOCKS = [
    ("2023-09-05 16:30", time(16, 30)),
    ("2023-09-05 16：30", time(16, 30)),
    ("2023-09-0516:30", time(16, 30)),
    ("2023-09-05 16:30:15", time(16, 30, 15)),
    ("2023-09-05 00:00:00.0", time(0)),
    ("2023-09-05 | 16:30", time(16, 30)),
    ("2023-09-05, at 4 pm", time(16)),
    ("2023-09-05 4:30 PM", time(16, 30)),
    ("Sept. 5, 2023, 12:30 a.m.", time(0, 30)),
    ("2023年9月5日16:30", time(16, 30)),
    ("2023年9月5日 星期二 16:30", time(16, 30)),
    ("2023年9月5日下午4:30", time(16, 30)),
    ("2023年9月5日 上午10时20分", time(10, 20)),
    ("2023年9月5日晚8点半", time(20, 30)),
    ("2023-09-05 (Tuesday) 16:30", time(16, 30)),
    ("Tue, Sep 5, 2023 4:30 pm", time(16, 30)),
    ("Tue Sep 05 16:30:00 CST 2023", time(16, 30)),
    ("September 5, 2023 - 16:30 AMT", time(16, 30)),
    ("16:30 CET, Sep 5, 2023", time(16, 30)),
    ("4:30 PM ET, Tue September 5, 2023", time(16, 30)),
    ("2023-09-05 25:00", None),
    ("2023-09-05 10:61", None),
    ("2023-09-05T", None),
]
ZONES = [
    ("2023-09-05T16:30:00+08:00", timezone(timedelta(hours=8))),
    ("2023-09-05T16:30:00.000-0500", timezone(timedelta(hours=-5))),
    ("2023-09-05T16:30-05:00", timezone(timedelta(hours=-5))),
    ("2023-09-05T16:30:00Z", UTC),
    ("5 Sep 2023 16:30 GMT", UTC),
    ("Tue, 05 Sep 2023 16:30:00 +0800", timezone(timedelta(hours=8))),
    ("Tue Sep 05 2023 16:30:00 GMT+0800 (China Standard Time)", timezone(timedelta(hours=8))),
    ("2023-09-05 16:30 CST", None),
    ("2023-09-05T16:30:00+99:00", None),
]
MONTHS = [date(2023, month, 1).strftime("%B") for month in range(1, 13)]


def one(text: str) -> Found:
    """Return the only date in a text."""
    (found,) = find(text, RULES)
    return found


@pytest.mark.parametrize("text", FORMS)
@pytest.mark.parametrize(
    "around", ["{}", "Bridge opens {}", "【{}】", "日期：{} 来源：", "{} | Views: 31"]
)
def test_a_form_is_one_date(text: str, around: str) -> None:
    printed = around.format(text)
    found = one(printed)
    assert (found.day, printed[found.start : found.end]) == (DAY, text)


@pytest.mark.parametrize("text", NONE)
def test_no_date(text: str) -> None:
    assert find(text, RULES) == []
    assert find(f"Bridge {text}", RULES) == []


@pytest.mark.parametrize(("text", "clock"), CLOCKS)
def test_a_clock_belongs_to_its_date(text: str, clock: time | None) -> None:
    assert one(f"Bridge - {text}") == Found(9, 9 + len(text), DAY, clock, None, one(text).form)


@pytest.mark.parametrize(("text", "offset"), ZONES)
def test_a_zone_belongs_to_its_clock(text: str, offset: timezone | None) -> None:
    found = one(text)
    assert (found.day, found.clock, found.offset) == (DAY, time(16, 30), offset)
    assert found.end == len(text)


def test_midnight_at_a_days_end_is_the_next_days() -> None:
    found = one("2023-12-31 24:00")
    assert (found.day, found.clock) == (date(2024, 1, 1), time(0))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2023-09-05 to 2023-09-07", ["2023-09-05", "2023-09-07"]),
        ("2023.09.05-2023.09.07", ["2023-09-05", "2023-09-07"]),
        ("5.9.2023-7.9.2023", ["2023-09-05", "2023-09-07"]),
        ("2023年9月5日至2023年9月7日", ["2023-09-05", "2023-09-07"]),
        ("2023-09-05 10:00 2023-09-07 11:00", ["2023-09-05", "2023-09-07"]),
        ("Rules of 2019-01-02 revised September 5, 2023", ["2019-01-02", "2023-09-05"]),
        ("up 6.7% on 2016-17 2023-09-05", ["2023-09-05"]),
        ("2024年书店 - 2023年9月5日", ["2023-09-05"]),
        ("ferry2023-09-05", ["2023-09-05"]),
        ("ferryMay 5, 2023", ["2023-05-05"]),
        ("Since 2001-01-01, now 2023-09-05", ["2023-09-05"]),
    ],
)
def test_dates_of_a_text_in_order(text: str, days: list[str]) -> None:
    assert [found.day.isoformat() for found in find(text, RULES)] == days


def test_a_range_of_clocks_has_no_zone() -> None:
    found = one("2023-09-05 10:00-12:00")
    assert (found.clock, found.offset, found.end) == (time(10), None, 16)


def test_a_weekday_that_is_not_the_days_is_a_word() -> None:
    assert one("See the Sun 2023-09-05").start == len("See the Sun ")
    assert one("All that we sat 2023-09-05").start == len("All that we sat ")
    assert one("See the Tue 2023-09-05").start == len("See the ")


@pytest.mark.parametrize("text", ["6/2/2023", "06/02/2023", "6-2-2023", "6/2/2023 10:20 AM"])
def test_order_of_figures_is_told(text: str) -> None:
    assert find(text, RULES) == []
    for month_first, day in (True, date(2023, 6, 2)), (False, date(2023, 2, 6)):
        (found,) = find(text, DateRules(SINCE, month_first))
        assert (found.day, found.end) == (day, len(text))


def test_the_day_above_its_month_is_a_date_alone_only() -> None:
    assert one("312023-10").day == one("31 2023-10").day == date(2023, 10, 31)
    assert find("Room 31 2023-10", RULES) == []


@pytest.mark.parametrize(
    ("text", "language", "date_"),
    [
        ("Brücke eröffnet am 5. September 2023, 16:30 Uhr", "de", "5. September 2023, 16:30 Uhr"),
        ("Ouvert le 5 février 2023", "fr", "5 février 2023"),
        ("5 de febrero de 2023", "es", "5 de febrero de 2023"),
        ("2023. február 5.", "hu", "2023. február 5."),
        ("Hamburg, 4. März 2024", "de", "4. März 2024"),
        ("Berlin, Montag, 4. März 2024", "de", "Montag, 4. März 2024"),
        ("Lundi 5 février 2023", "fr", "Lundi 5 février 2023"),
    ],
)
def test_months_of_other_languages(text: str, language: str, date_: str) -> None:
    (found,) = find(text, DateRules(SINCE, languages=(language,)))
    assert text[found.start : found.end] == date_
    assert str(found.day.day) in date_


@pytest.mark.parametrize("text", ["24 Stunden 2023", "31. Februar 2023", "2023 - 24 Uhr"])
def test_other_languages_make_no_dates(text: str) -> None:
    assert find(text, DateRules(SINCE, languages=("de",))) == []
    assert find("5 février 2023", RULES) == []


@pytest.mark.parametrize(
    "invisible", list("\u200d\u200c\u061c\u2069\u034f\u3164\ufffc\ufe0f\u2060")
)
def test_invisible_characters_part_no_date(invisible: str) -> None:
    text = f"A bridge 20{invisible}23-09-05{invisible}"
    found = one(text)
    assert (found.day, found.start, found.end) == (DAY, 9, 9 + 11)
    assert split_dated(text, RULES) == split_dated("A bridge 2023-09-05", RULES)


def test_fold_leaves_words() -> None:
    assert fold("（ＡＢ：１）—〔汉〕é\u3000一～") == "(AB:1)-[汉]é 一~"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2023-09-05", "2023-09-05"),
        ("2023-09-05 16：00", "2023-09-05T16:00:00+08:00"),
        ("2023-09-05 4:00 PM", "2023-09-05T16:00:00+08:00"),
        ("2023-09-05 (Tuesday) 16:00", "2023-09-05T16:00:00+08:00"),
        ("2023年9月5日16:00", "2023-09-05T16:00:00+08:00"),
        ("2023-09-05T16:00:00+08:00", "2023-09-05T16:00:00+08:00"),
        ("2023-09-05T16:00:00Z", "2023-09-06T00:00:00+08:00"),
        ("2023-09-05 24:00", "2023-09-06T00:00:00+08:00"),
        *(
            (f"2023-09-05 {clock}", "2023-09-05")
            for clock in ("25:61", "noon", "10:00-12:00", "4h")
        ),
        *((text, None) for text in ("2023-09-05 - 2023-09-07", "09-05", "by 2023-09-05", "soon")),
        ("2023-09-05 is the day of the first crossing", None),
    ],
)
def test_moment_of_a_field(text: str, moment: str | None) -> None:
    assert parse_moment(text, RULES) == moment


@pytest.mark.parametrize(
    ("text", "day"),
    [
        *((text, DAY) for text in ("2023-09-05", "20230905", "20230905T203000Z", "5 Sep 2023")),
        *((text, DAY) for text in ("2023-09-05T20:30:00Z", "Tue, 05 Sep 2023 20:30:00 GMT")),
        *((text, None) for text in ("1693900800", "20230931", "2023", "by 2023-09-05", "")),
    ],
)
def test_day_of_a_machines_value(text: str, day: date | None) -> None:
    assert machine_day(text) == day


def test_day_of_a_machines_value_in_the_portals_time() -> None:
    assert machine_day("2023-09-05T20:30:00Z", PORTAL_TIME) == date(2023, 9, 6)
    assert machine_day("2023-09-05T20:30:00", PORTAL_TIME) == DAY


@pytest.mark.parametrize(
    ("text", "day"),
    [
        *(
            ("04-16", "04-16"),
            ("04\u201116", "04-16"),
            ("０４－１６", "04-16"),
            ("4月16日", "04-16"),
        ),
        *(("02-29", "02-29"), ("06月08日\u200c", "06-08"), ("2023-04-16", "04-16")),
        *(("02-30", None), ("13-01", None), ("4", None), ("04-16-", None)),
    ],
)
def test_month_and_day_of_a_row(text: str, day: str | None) -> None:
    assert month_day(text, RULES) == day
    assert is_month_day(text, RULES) == (day is not None or text in {"02-30", "13-01"})


@pytest.mark.parametrize(
    "printed", ["(2023-09-05 Tuesday)", "【2023-09-05】", "~ 2023-09-05", "- Tue, Sep 5, 2023"]
)
def test_what_may_stand_beside_the_date_of_a_line(printed: str) -> None:
    dated = split_dated(f"A new bridge {printed}", RULES)
    assert dated
    assert (dated.title, dated.day) == ("A new bridge", DAY)


@pytest.mark.parametrize("text", ["A bridge opens on Tuesday", "Open every day", "A year of 2023"])
def test_a_line_that_ends_in_no_date(text: str) -> None:
    assert split_dated(text, RULES) is None


@given(
    st.datetimes(datetime(FIRST_YEAR, 1, 1), datetime(2999, 12, 30)),  # noqa: DTZ001
    st.sampled_from(
        [
            *("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y.%m.%d", "%Y年%m月%d日 %H:%M", "%d.%m.%Y"),
            *("%B %d, %Y %I:%M %p", "%a, %b %d, %Y", "%a %b %d %H:%M:%S CST %Y", "%d %b. %Y"),
            *("%Y-%m-%dT%H:%M:%S+08:00", "%A %d %B %Y", "%d %B %Y %H:%M"),
        ]
    ),
)
def test_every_day_comes_back_from_every_form(moment: datetime, form: str) -> None:
    text = moment.strftime(form)
    (found,) = find(text, DateRules())
    assert (found.day, found.start, found.end) == (moment.date(), 0, len(text))
    if "%M" in form:
        assert found.clock
        assert (found.clock.hour, found.clock.minute) == (moment.hour, moment.minute)
    assert parse_day(text, DateRules()) == moment.date()


PIECES = st.one_of(
    st.sampled_from([*FORMS, *NONE, *(text for text, _ in CLOCKS), *(text for text, _ in ZONES)]),
    st.text(alphabet=string.printable + "年月日时下午：\u200d\u2013２０３", max_size=12),
    st.text(max_size=6),
)


@given(st.lists(PIECES, max_size=8).map("".join), st.none() | st.booleans())
def test_dates_lie_apart_within_their_text(text: str, month_first: bool | None) -> None:  # noqa: FBT001
    found = find(text, DateRules(1000, month_first))
    ends = [0, *(one.end for one in found)]
    for one, end in zip(found, ends, strict=False):
        assert end <= one.start < one.end <= len(text)
        one.moment(PORTAL_TIME)
    parse_moment(text, RULES)
    machine_day(text)
    month_day(text, RULES)
    split_dated(text, RULES)


NOW = datetime(2023, 9, 5, 1, 30, tzinfo=PORTAL_TIME)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2023-09-05", DAY), ("today", DAY), ("yesterday", date(2023, 9, 4)),
        ("2 weeks ago", date(2023, 8, 22)), ("4 March 2021", date(2021, 3, 4)),
        ("昨天", date(2023, 9, 4)),
    ],
)  # fmt: skip
def test_a_day_that_a_user_tells(text: str, day: date) -> None:
    assert told_day(text, NOW) == day


@pytest.mark.parametrize(
    "text",
    ["", "soon", "9/5/2023", "2023-02-30", "2023", "May", "2023-W01-1", "tomorrow", "2023-09-06"],
)
def test_what_is_no_day_or_in_the_future_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a day|in the future"):
        told_day(text, NOW)
