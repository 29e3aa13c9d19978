"""An index is read to its end, however the server divides its answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from shio_scraper.archives.cdx import LIMIT, Broken, Query, Row, stamp, time_of
from shio_scraper.spiders.index import Index, TooLargeError, TroubleError

FIRST, LAST = datetime(1996, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
TIMES = [datetime(2019, 1, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(2 * LIMIT + 7)]
HEADER = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest"]

Asked = dict[str, str]


def line(time: datetime) -> str:
    return json.dumps({"url": f"http://host/{stamp(time)}", "timestamp": stamp(time)}) + "\n"


def read(server: Callable[[Asked], str]) -> tuple[list[Row | Broken], int]:
    """Return what the index gives, and how many answers it took."""
    count = 0

    async def ask(address: str) -> str:
        nonlocal count
        count += 1
        query = parse_qs(urlsplit(address).query)
        return server({name: value for name, (value,) in query.items()})

    async def collect() -> list[Row | Broken]:
        index = Index(Query("http://host/cdx", "host", FIRST, LAST), ask)
        return [piece async for piece in index.captures()]

    return asyncio.run(collect()), count


def times(found: list[Row | Broken]) -> list[datetime]:
    return [piece.time for piece in found if isinstance(piece, Row)]


def undivided(asked: Asked, held: list[datetime] = TIMES) -> str:
    """Answer as pywb does without a divided index: the number of pages is not known to it."""
    begin, end = time_of(asked["from"]), time_of(asked["to"])
    assert begin
    assert end
    found = [time for time in held if begin <= time <= end]
    return "".join(map(line, found[: int(asked.get("limit", 10**9))]))


def test_a_server_without_pages_or_keys_is_asked_for_ever_shorter_times() -> None:
    found, answers = read(undivided)
    assert sorted(times(found)) == TIMES
    assert len(found) == len(TIMES)
    assert answers > 4


def test_a_short_answer_is_the_whole_index() -> None:
    found, answers = read(lambda asked: undivided(asked, TIMES[:9]))
    assert times(found) == TIMES[:9]
    assert answers == 1


def test_an_answer_that_is_too_large_is_asked_for_in_parts() -> None:
    def server(asked: Asked) -> str:
        if "limit" not in asked:
            raise TooLargeError("too_large: 65 MiB")
        return undivided(asked)

    assert sorted(times(read(server)[0])) == TIMES


def test_a_server_that_ignores_limits_gives_all_at_once() -> None:
    found, answers = read(lambda asked: undivided(asked | {"limit": "1000000"}))
    assert times(found) == TIMES
    assert answers == 2


@pytest.mark.parametrize(
    "held",
    [
        pytest.param([TIMES[0]] * (LIMIT + 1), id="more in one second than is ever given"),
        pytest.param(TIMES, id="a server that ignores the time"),
    ],
)
def test_what_cannot_be_divided_is_told(held: list[datetime]) -> None:
    def server(asked: Asked) -> str:
        span = {"from": "19960101000000", "to": "20260101000000"}
        return undivided(asked | (span if held is TIMES else {}), held)

    with pytest.raises(TroubleError, match="no more than 5000"):
        read(server)


def arrays(chosen: list[datetime], key: str | None = None) -> str:
    rows = [["", stamp(time), f"http://host/{stamp(time)}", "", "200", ""] for time in chosen]
    return json.dumps([HEADER, *rows, *([[], [key]] if key else [])])


def by_key(asked: Asked) -> str:
    if "showNumPages" in asked:
        return "3"
    begin = int(asked.get("resumeKey", "0"))
    end = begin + int(asked["limit"])
    return arrays(TIMES[begin:end], str(end) if end < len(TIMES) else None)


def test_a_server_with_keys() -> None:
    found, answers = read(by_key)
    assert times(found) == TIMES
    assert answers == 1 + 3


def test_a_server_with_limits_and_without_keys() -> None:
    """Its first answer is cut off in silence: the time is divided then."""

    def server(asked: Asked) -> str:
        if "showNumPages" in asked:
            return arrays([])
        begin, end = time_of(asked["from"]), time_of(asked["to"])
        assert begin
        assert end
        return arrays([t for t in TIMES if begin <= t <= end][: int(asked["limit"])])

    found, _ = read(server)
    assert set(times(found)) == set(TIMES)


def test_a_server_with_pages() -> None:
    def server(asked: Asked) -> str:
        if "showNumPages" in asked:
            return '{"pages": 4}'
        page = int(asked["page"])
        # The third page holds nothing that the filters let through.
        return "".join(map(line, TIMES[page * 3 : page * 3 + 3] if page != 2 else []))

    found, answers = read(server)
    assert times(found) == TIMES[:6] + TIMES[9:12]
    assert answers == 5


def next_key(asked: Asked) -> str:
    return asked.get("resumeKey", "") + "k"


@pytest.mark.parametrize(
    ("pages", "later"),
    [
        pytest.param('{"pages": 9}', lambda _: line(TIMES[0]), id="pages"),
        pytest.param("9", lambda asked: arrays(TIMES[:2], next_key(asked)), id="keys"),
        pytest.param("9", lambda asked: arrays([], next_key(asked)), id="keys without rows"),
    ],
)
def test_the_same_page_for_ever_is_told(pages: str, later: Callable[[Asked], str]) -> None:
    with pytest.raises(TroubleError, match="the same page"):
        read(lambda asked: pages if "showNumPages" in asked else later(asked))
