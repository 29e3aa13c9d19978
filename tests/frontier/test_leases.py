"""When a checkpoint is taken, and what it acknowledges."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.utils.test import get_crawler
from twisted.python.failure import Failure

from shio_scraper.component import Meta
from shio_scraper.frontier.leases import Checkpoints
from shio_scraper.frontier.sqlite import SqliteStore
from shio_scraper.frontier.store import Checkpoint, FrontierError
from shio_scraper.runs.outputs import Outputs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Noted(SqliteStore):
    """A store that only notes what is acknowledged, or fails."""

    def __init__(self) -> None:
        super().__init__(None)
        self.noted: list[Checkpoint] = []
        self.error: FrontierError | None = None

    async def commit(self, checkpoint: Checkpoint) -> None:
        if self.error:
            raise self.error
        self.noted.append(checkpoint)


class Crawling:
    """Checkpoints whose clock is turned by hand."""

    def __init__(self, folder: Path) -> None:
        self.store = Noted()
        self.outputs = Outputs(folder)
        self.crawler = get_crawler()
        self.scraped: set[Request] = set()
        engine = SimpleNamespace(
            running=False,
            downloader=SimpleNamespace(active=set()),
            scraper=SimpleNamespace(slot=SimpleNamespace(active=self.scraped)),
        )
        cast("Any", self.crawler).engine = engine
        self.checkpoints = Checkpoints(self.crawler)
        self.checkpoints.begin(self.store, self.outputs)

    def take(self, number: int, *, answered: bool = False) -> Request:
        """Take a request in hand; discarded from ``scraped``, it is wholly done."""
        request = Request(f"http://example.org/{number}")
        self.checkpoints.lease(number, request)
        self.scraped.add(request)
        request.meta[Meta.LEASE].answered = answered
        return request

    def finish(self, request: Request) -> None:
        """Leave nothing of a request to do."""
        self.scraped.discard(request)

    async def tick(self) -> None:
        self.checkpoints.tick()
        await asyncio.sleep(0)

    @property
    def done(self) -> list[list[Any]]:
        return [checkpoint.done for checkpoint in self.store.noted]


@pytest.fixture
def crawling(tmp_path: Path) -> Callable[[Callable[[Crawling], Awaitable[None]]], None]:
    async def within(test: Callable[[Crawling], Awaitable[None]]) -> None:
        await test(Crawling(tmp_path))

    return lambda test: asyncio.run(within(test))


def test_what_is_done_is_acknowledged_with_the_clock(crawling: Any) -> None:
    async def test(now: Crawling) -> None:
        one, two = now.take(1), now.take(2)
        now.finish(one)
        assert now.done == []
        await now.tick()
        assert now.done == [[1]]
        await now.tick()
        assert now.done == [[1]]
        now.finish(two)
        await now.tick()
        assert now.done == [[1], [2]]

    crawling(test)


def test_it_waits_for_a_quiet_moment_and_holds_requests_back(crawling: Any) -> None:
    async def test(now: Crawling) -> None:
        now.finish(now.take(1))
        reading = now.take(2, answered=True)
        await now.tick()
        assert not now.checkpoints.hold_back()
        await now.tick()
        assert now.checkpoints.hold_back()
        assert now.done == []
        now.finish(reading)
        assert not now.checkpoints.hold_back()
        await asyncio.sleep(0)
        assert now.done == [[1, 2]]

    crawling(test)


def test_a_page_that_takes_its_time_does_not_hold_up_the_crawl(crawling: Any) -> None:
    async def test(now: Crawling) -> None:
        now.finish(now.take(1))
        now.take(2, answered=True)
        for _ in range(6):
            await now.tick()
        assert now.done == [[1]]
        assert not now.checkpoints.hold_back()

    crawling(test)


def test_a_request_that_is_being_fetched_is_no_reason_to_wait(crawling: Any) -> None:
    async def test(now: Crawling) -> None:
        now.finish(now.take(1))
        now.take(2)
        await now.tick()
        assert now.done == [[1]]

    crawling(test)


def test_what_an_errback_gives_is_waited_for_too(crawling: Any) -> None:
    """Else its reject would be kept, and written again after a crash."""

    async def test(now: Crawling) -> None:
        now.finish(now.take(1))
        failing = now.take(2)
        assert failing.errback
        failing.errback(cast("Any", Failure)(OSError("gone")))
        await now.tick()
        assert now.done == []
        now.finish(failing)
        await now.tick()
        assert now.done == [[1]]

    crawling(test)


def test_failures_are_kept_apart(crawling: Any) -> None:
    """A request that was not to be made is no failure."""

    async def test(now: Crawling) -> None:
        failures = (OSError("gone"), IgnoreRequest("robots.txt"))
        for number, error in enumerate(failures, 1):
            request = now.take(number)
            assert request.errback
            request.errback(cast("Any", Failure)(error))
            now.finish(request)
        await now.tick()
        (checkpoint,) = now.store.noted
        assert (checkpoint.done, checkpoint.failed) == ([2], {1: "OSError: gone"})

    crawling(test)


def test_nothing_is_acknowledged_once_output_failed(crawling: Any) -> None:
    async def test(now: Crawling) -> None:
        now.outputs.broken = True
        now.finish(now.take(1))
        await now.tick()
        await now.checkpoints.close()
        assert now.done == []

    crawling(test)


def test_a_store_that_fails_ends_the_crawl(crawling: Any) -> None:
    async def test(now: Crawling) -> None:
        now.store.error = FrontierError("the frontier fails: disk I/O error")
        now.finish(now.take(1))
        await now.tick()
        assert now.checkpoints.failed
        assert now.checkpoints.hold_back()
        assert now.crawler.stats
        assert now.crawler.stats.get_value("frontier/error").endswith("disk I/O error")

    crawling(test)


def test_the_last_one_is_taken_at_the_end(crawling: Any) -> None:
    async def test(now: Crawling) -> None:
        now.finish(now.take(1))
        await now.checkpoints.close()
        assert now.done == [[1]]

    crawling(test)
