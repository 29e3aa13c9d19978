"""The crawls of a Redis frontier, as ``scrapy frontier`` looks at them and changes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

import msgspec
from redis.exceptions import RedisError

from shio_scraper.frontier.codec import url_of
from shio_scraper.frontier.redis import NAMES, part_of
from shio_scraper.frontier.redis_server import connect, shown, source
from shio_scraper.frontier.store import Counts, Crawl, CrawlState, FrontierError


class RedisKeeper:
    """The crawls of the server at ``location``. Raises ``FrontierError``."""

    def __init__(self, location: str) -> None:
        self._shown = shown(location)
        self._client = connect(location)

    def crawls(self) -> Iterator[CrawlState]:
        """Yield the crawls, the newest first."""
        names = [key.decode() for key in self._client.scan_iter(f"{NAMES}*", _type="HASH")]
        crawls = {name: self._hash(name) for name in names if name.count(":") == 1}
        for key in sorted(crawls, key=lambda key: crawls[key][b"began"], reverse=True):
            yield self._state(key, crawls[key])

    def requeue(self, name: str) -> int:
        """Make the failed requests of a crawl due again; return how many."""
        return int(self._run("requeue", name))

    def clear(self, name: str) -> int:
        """Forget a crawl; return how many requests it had to do."""
        return int(self._run("clear", name))

    def _state(self, key: str, fields: dict[bytes, bytes]) -> CrawlState:
        arguments = json.loads(fields[b"arguments"])
        name, generation = key.removeprefix(NAMES), int(fields[b"generation"])
        ended = fields.get(b"ended")
        parts = map(part_of, self._hash(f"{key}:parts").values())
        return CrawlState(
            crawl=Crawl(name, fields[b"spider"].decode(), arguments),
            began=datetime.fromisoformat(fields[b"began"].decode()),
            ended=datetime.fromisoformat(ended.decode()) if ended else None,
            counts=Counts(*self._run("counts", name)),
            parts=sorted(
                (part for number, part in parts if number == generation),
                key=lambda part: (part.host, part.folder),
            ),
            failures=self._failures(f"{key}:{generation}:"),
        )

    def _failures(self, prefix: str) -> list[tuple[str, str]]:
        failed = sorted(self._hash(f"{prefix}failed").items())
        data = self._client.hmget(f"{prefix}data", [found for found, _ in failed] or [""])
        texts = [msgspec.msgpack.decode(text)[1] for _, text in failed]
        return [(url_of(cast("bytes", each)), why) for each, why in zip(data, texts, strict=False)]

    def _run(self, script: str, name: str) -> Any:
        key = f"{NAMES}{name}"
        generation = self._hash(key).get(b"generation")
        if generation is None:
            raise FrontierError(f"no crawl {name}: see scrapy frontier show")
        keys = [key, f"{key}:{generation.decode()}:"]
        try:
            return self._client.eval(source(script), len(keys), *keys)
        except RedisError as error:
            raise FrontierError(f"Redis at {self._shown}: {error}") from error

    def _hash(self, key: str) -> dict[bytes, bytes]:
        try:
            return cast("dict[bytes, bytes]", self._client.hgetall(key))
        except RedisError as error:
            raise FrontierError(f"Redis at {self._shown}: {error}") from error
