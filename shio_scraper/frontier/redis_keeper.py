"""The crawls of a Redis frontier, as ``scrapy frontier`` looks at them and changes them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast

from redis.exceptions import RedisError

from shio_scraper.frontier.codec import url_of
from shio_scraper.frontier.redis import Keys, Row, packed, part_of, row_of
from shio_scraper.frontier.redis_server import NAMES, connect, shown
from shio_scraper.frontier.store import Counts, Crawl, CrawlState, FrontierError
from shio_scraper.frontier.tables import State

_CRAWLS = f"{NAMES}crawl:"


class RedisKeeper:
    """The crawls of the server at ``location``. Raises ``FrontierError``."""

    def __init__(self, location: str) -> None:
        self._shown = shown(location)
        self._client: Any = connect(location)  # its answers are typed as awaitable, too

    def crawls(self) -> Iterator[CrawlState]:
        """Yield the crawls, the newest first."""
        with self._failing():
            names = [key.decode() for key in self._client.scan_iter(f"{_CRAWLS}*")]
            found = {name: self._client.hgetall(name) for name in names}
        begun = {name: fields for name, fields in found.items() if b"began" in fields}
        for name in sorted(begun, key=lambda name: float(begun[name][b"began"]), reverse=True):
            yield self._state(name.removeprefix(_CRAWLS), begun[name])

    def requeue(self, name: str) -> int:
        """Make the failed requests of a crawl due again; return how many."""
        keys, rows = Keys.of(self._crawl(name)), self._rows(name)
        failed = [row for row in rows if row.state == State.FAILED]
        with self._failing():
            for row in failed:
                again = row._replace(state=State.WAITING, reason=None)
                self._client.hset(keys.requests, row.key, packed(again))
            if failed:
                self._client.hdel(keys.crawl, "ended")
        return len(failed)

    def clear(self, name: str) -> int:
        """Forget a crawl; return how many requests it had to do."""
        keys, counts = Keys.of(self._crawl(name)), self._counts(self._rows(name))
        with self._failing():
            self._client.delete(keys.crawl, keys.requests, keys.written)
        return counts.waiting + counts.leased

    def _state(self, name: str, fields: dict[bytes, bytes]) -> CrawlState:
        crawl, rows, ended = self._crawl(name), self._rows(name), fields.get(b"ended")
        with self._failing():
            holder = self._client.get(Keys.of(crawl).lease)
        return CrawlState(
            crawl=crawl,
            began=_moment(fields[b"began"]),
            ended=_moment(ended) if ended else None,
            counts=self._counts(rows),
            part=part_of(fields.get(b"part")),
            is_running=holder is not None and holder == fields.get(b"holder"),
            failures=[
                (url_of(row.data), str(row.reason)) for row in rows if row.state == State.FAILED
            ],
        )

    def _crawl(self, name: str) -> Crawl:
        with self._failing():
            found = self._client.hmget(f"{_CRAWLS}{name}", ["spider", "arguments", "leased"])
        if None in found:
            raise FrontierError(f"no crawl {name}: see scrapy frontier show")
        spider, arguments, leased = (cast("bytes", each).decode() for each in found)
        return Crawl(name, spider, json.loads(arguments), leased=leased)

    def _rows(self, name: str) -> list[Row]:
        with self._failing():
            found = map(row_of, self._client.hvals(f"{NAMES}requests:{name}"))
        return sorted(found, key=lambda row: row.id)

    def _counts(self, rows: list[Row]) -> Counts:
        found = Counter(State(row.state) for row in rows)
        return Counts(**{state.name.lower(): found[state] for state in State})

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except RedisError as error:
            raise FrontierError(f"Redis at {self._shown}: {error}") from error


def _moment(text: bytes) -> datetime:
    return datetime.fromtimestamp(float(text), UTC)
