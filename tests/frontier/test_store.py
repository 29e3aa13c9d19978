"""What every store promises: SQLite in memory and in a file, and Redis."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shio_scraper.frontier.store import LAST, NEVER, WAITING, Counts, Crawl
from tests.frontier.working import Worker, working

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

OTHER = Crawl("def", "portal", {})


def run(location: str, steps: Callable[[Worker], Awaitable[None]], **how: Any) -> None:
    """Run the steps of one worker."""

    async def main() -> None:
        async with working(location, **how) as worker:
            await steps(worker)

    asyncio.run(main())


def test_requests_come_by_priority_and_equal_ones_in_order(location: str) -> None:
    async def steps(worker: Worker) -> None:
        await worker.add("a", "b")
        await worker.add("urgent", priority=10)
        await worker.add("c")
        await worker.add("late", priority=-5)
        assert await worker.take_all() == ["urgent", "a", "b", "c", "late"]

    run(location, steps)


def test_large_and_close_priorities_are_told_apart(location: str) -> None:
    async def steps(worker: Worker) -> None:
        for priority in (999_999, 1_000_000, -999, 0, 1):
            await worker.add(str(priority), priority=priority)
        assert await worker.take_all() == ["1000000", "999999", "1", "0", "-999"]

    run(location, steps)


def test_a_page_is_stored_once(location: str) -> None:
    async def steps(worker: Worker) -> None:
        await worker.add("a", "a")
        await worker.add("a", priority=7)
        assert await worker.take_all() == ["a"]
        await worker.add("a")
        await worker.commit("a")
        await worker.add("a")
        assert await worker.take() is None
        assert await worker.counts() == Counts(done=1)

    run(location, steps)


def test_what_is_not_filtered_is_stored_each_time(location: str) -> None:
    async def steps(worker: Worker) -> None:
        await worker.add("a")
        await worker.add("a", "a", filtered=False)
        assert await worker.take_all() == ["a", "a", "a"]

    run(location, steps)


def test_bytes_come_back_as_they_were(location: str) -> None:
    data = bytes(range(256)) * 50

    async def steps(worker: Worker) -> None:
        await worker.add(data)
        await worker.commit()
        taken = worker.store.take(idle=True)
        assert taken
        assert taken[1] == data

    run(location, steps)


def test_the_last_are_due_when_nothing_else_waits_or_is_in_hand(location: str) -> None:
    async def steps(worker: Worker) -> None:
        await worker.add("stray", priority=LAST)
        await worker.add("a", "b")
        assert await worker.take_all() == ["a", "b"]
        await worker.commit("a")
        assert await worker.take() is None
        await worker.commit("b")
        assert await worker.take() == "stray"

    run(location, steps)


def test_pages_that_wait_are_due_after_the_last_or_when_they_are_asked_for(location: str) -> None:
    async def steps(worker: Worker) -> None:
        await worker.add("w1", "w2", "w3", priority=WAITING)
        await worker.add("stray", priority=LAST)
        assert worker.store.at(WAITING) == [b"w1", b"w2", b"w3"]
        await worker.add("w2", priority=-WAITING)
        assert await worker.take_all() == ["w2"]
        await worker.commit("w2")
        assert await worker.take() == "stray"
        assert await worker.take() is None
        await worker.commit("stray")
        assert await worker.take_all() == ["w1", "w3"]
        assert worker.store.at(WAITING) == [b"w1", b"w3"]
        await worker.commit("w1")
        assert worker.store.at(WAITING) == [b"w3"]

    run(location, steps)


def test_a_request_takes_the_place_of_a_last_one_for_its_page(location: str) -> None:
    async def steps(worker: Worker) -> None:
        await worker.add("a")
        await worker.add("stray", priority=LAST)
        await worker.add("stray", priority=LAST)
        assert (await worker.counts()).waiting + (await worker.counts()).leased == 2
        await worker.add("stray")
        assert await worker.take_all() == ["a", "stray"]
        await worker.commit("a", "stray")
        assert await worker.take() is None
        assert await worker.counts() == Counts(done=2)

    run(location, steps)


def test_a_page_that_is_never_to_be_fetched_counts_as_seen(location: str) -> None:
    async def steps(worker: Worker) -> None:
        await worker.add("a")
        await worker.add("stray", priority=LAST)
        await worker.add("stray", "new", priority=NEVER)
        await worker.add("stray", "new")
        await worker.add("stray", "new", priority=LAST)
        assert await worker.take_all() == ["a"]
        await worker.commit("a")
        assert await worker.take() is None
        assert await worker.counts() == Counts(done=3)

    run(location, steps)


def test_many_requests_come_in_their_order(location: str) -> None:
    pages = [f"{number:04}" for number in range(700)]

    async def steps(worker: Worker) -> None:
        for page in pages:
            await worker.add(page)
        found = []
        while taken := await worker.take():
            found.append(taken)
            await worker.commit(taken)
        assert found == pages
        assert await worker.counts() == Counts(done=700)
        assert not worker.store.has_pending()

    run(location, steps)


def test_something_is_pending_until_it_is_acknowledged_or_in_this_hand(location: str) -> None:
    async def steps(worker: Worker) -> None:
        assert not worker.store.has_pending()
        await worker.add("a")
        assert worker.store.has_pending()
        await worker.take()
        await worker.commit("a")
        assert not worker.store.has_pending()

    run(location, steps)


def test_what_was_not_acknowledged_comes_back(durable: str) -> None:
    async def first(worker: Worker) -> None:
        await worker.add("a", "b", "c", "d")
        assert [await worker.take(), await worker.take()] == ["a", "b"]
        await worker.commit("a")

    async def second(worker: Worker) -> None:
        assert worker.counted == Counts(waiting=3, done=1)
        await worker.add("a", "b", "new")
        assert await worker.take_all() == ["b", "c", "d", "new"]

    run(durable, first)
    run(durable, second)


def test_a_checkpoint_holds_the_part_too(durable: str) -> None:
    async def first(worker: Worker) -> None:
        assert worker.part is None
        await worker.add("a")
        await worker.take()
        await worker.commit("a", lengths={"articles.jsonl": 10, "faq.jsonl": 3}, stats={"n": 1})
        await worker.commit(lengths={"articles.jsonl": 20}, stats={"n": 2})

    async def second(worker: Worker) -> None:
        part = worker.part
        assert part
        assert part.folder == Path("/runs/one")
        assert part.lengths == {"articles.jsonl": 20, "faq.jsonl": 3}
        assert part.stats == {"n": 2}
        assert part.host == "here"

    run(durable, first)
    run(durable, second)


def test_a_failed_request_is_kept_and_not_due(durable: str) -> None:
    async def first(worker: Worker) -> None:
        await worker.add("a", "b")
        await worker.take_all()
        await worker.commit("a", failed={"b": "status 503"})
        assert await worker.counts() == Counts(failed=1, done=1)
        assert not worker.store.has_pending()

    async def second(worker: Worker) -> None:
        assert worker.counted == Counts(failed=1, done=1)
        await worker.add("b")
        assert await worker.take() is None

    run(durable, first)
    run(durable, second)


def test_a_crawl_that_ended_begins_anew(durable: str) -> None:
    async def first(worker: Worker) -> None:
        await worker.add("a")
        await worker.take()
        await worker.commit("a")
        await worker.store.end()

    async def second(worker: Worker) -> None:
        assert worker.part is None
        assert worker.counted == Counts()
        await worker.add("a")
        assert await worker.take() == "a"

    run(durable, first)
    run(durable, second)


def test_fresh_forgets_what_was_cut_off(durable: str) -> None:
    async def first(worker: Worker) -> None:
        await worker.add("a", "b")
        await worker.take()

    async def second(worker: Worker) -> None:
        assert worker.part is None
        assert worker.counted == Counts()
        await worker.add("b")
        assert await worker.take_all() == ["b"]

    run(durable, first)
    run(durable, second, fresh=True)


def test_crawls_do_not_see_each_other(durable: str) -> None:
    async def main() -> None:
        async with working(durable) as one:
            await one.add("a", "b")
            async with working(durable, OTHER, folder=Path("/runs/other")) as other:
                await other.add("b")
                assert await other.take_all() == ["b"]
                assert await one.take_all() == ["a", "b"]
                await other.commit("b")
                await other.store.end()
            assert (await one.counts()).leased == 2

    asyncio.run(main())
