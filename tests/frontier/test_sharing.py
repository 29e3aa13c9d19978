"""What several workers promise each other: leases in time, claims, permits."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec
import pytest

from shio_scraper.frontier.redis import RedisStore
from shio_scraper.frontier.store import Checkpoint, Counts, LeasesLostError
from tests.frontier.working import Worker, working

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.frontier.redis_process import RedisProcess

LEASE = 0.6
YOURS, DUPLICATE, CONFLICT, PENDING, PENDING_CONFLICT = range(5)
KEY, ONE, TWO = b"key", b"1" * 32, b"2" * 32


def store_of(worker: Worker) -> RedisStore:
    return cast("RedisStore", worker.store)


def run(
    server: RedisProcess, steps: Callable[..., Awaitable[None]], count: int = 2, lease: float = 60
) -> None:
    """Run the steps of several workers of one crawl."""

    async def main() -> None:
        async with AsyncExitStack() as stack:
            workers = [
                await stack.enter_async_context(
                    working(server.url, folder=Path(f"/runs/{number}"), lease=lease)
                )
                for number in range(count)
            ]
            await steps(*workers)

    asyncio.run(main())


async def die(worker: Worker) -> None:
    """Say no more, as a worker that is killed or stopped."""
    worker.store._session._task.cancel()  # type: ignore[attr-defined]  # noqa: SLF001
    worker.store._session._due.set()  # type: ignore[attr-defined]  # noqa: SLF001
    await asyncio.sleep(0)


async def until(worker: Worker, page: str) -> None:
    """Wait until ``worker`` is given ``page``."""
    async with asyncio.timeout(30):
        while await worker.take() != page:  # noqa: ASYNC110  (another's lease runs out)
            await asyncio.sleep(0.05)


def test_no_request_is_given_to_two(redis: RedisProcess) -> None:
    async def steps(one: Worker, two: Worker) -> None:
        await one.add(*(str(number) for number in range(60)))
        await two.add("7", "60")
        seen = []
        for _ in range(40):
            for worker in (one, two):
                if page := await worker.take():
                    seen.append(page)
                    await worker.commit(page)
        assert sorted(seen, key=int) == [str(number) for number in range(61)]
        assert await one.counts() == await two.counts() == Counts(done=61)

    run(redis, steps)


def test_what_another_has_in_hand_is_pending(redis: RedisProcess) -> None:
    async def steps(one: Worker, two: Worker) -> None:
        await one.add("a")
        assert await one.take() == "a"
        await two.commit()
        assert two.store.has_pending()
        await one.commit("a")
        await two.commit()
        assert not two.store.has_pending()

    run(redis, steps)


def test_the_last_wait_for_what_another_has_in_hand(redis: RedisProcess) -> None:
    async def steps(one: Worker, two: Worker) -> None:
        await one.add("a")
        assert await one.take() == "a"
        await two.add("stray", priority=-1000)
        assert await two.take() is None
        await one.commit("a")
        assert (await two.take() or await one.take()) == "stray"

    run(redis, steps)


def test_the_leases_of_a_dead_worker_come_back_and_its_word_counts_no_more(
    redis: RedisProcess,
) -> None:
    async def steps(one: Worker, two: Worker) -> None:
        await one.add("a")
        assert await one.take() == "a"
        await die(one)
        await until(two, "a")
        late = store_of(one)
        answer = await late._exchange(  # noqa: SLF001
            99, 0, [b"", 0, 1, *one.in_hand, 0, 0, 0, 0, 0, 0]
        )
        assert answer is None
        assert await two.counts() == Counts(leased=1)
        await two.commit("a")
        assert await two.counts() == Counts(done=1)

    run(redis, steps, lease=LEASE)


def test_a_worker_that_was_away_for_too_long_is_told(redis: RedisProcess) -> None:
    async def steps(one: Worker, two: Worker) -> None:
        await one.add("a")
        assert await one.take() == "a"
        with redis.client() as client:
            (session,) = [
                key for key in client.keys("*:session:*") if store_of(one).session_name in str(key)
            ]
            client.delete(session)
        with pytest.raises(LeasesLostError):
            await one.commit("a")
        with pytest.raises(LeasesLostError):
            one.store.take(idle=True)
        assert not one.store.has_pending()
        assert (await two.counts()).done == 0

    run(redis, steps)


def test_nobody_ages_while_redis_hears_of_nobody(redis: RedisProcess) -> None:
    async def steps(one: Worker) -> None:
        await one.add("a")
        assert await one.take() == "a"
        await die(one)
        await asyncio.sleep(2 * LEASE)
        async with working(redis.url, folder=Path("/runs/two"), lease=LEASE) as two:
            assert await two.take() is None
            assert two.store.has_pending()
            await until(two, "a")

    run(redis, steps, count=1, lease=LEASE)


def test_an_exchange_that_is_repeated_changes_nothing(redis: RedisProcess) -> None:
    """The answer to it may have been lost."""

    async def steps(one: Worker) -> None:
        store = store_of(one)
        await store._session.close()  # noqa: SLF001
        number = store._session._number + 1  # noqa: SLF001
        message = [b"", 2, b"f", 0, b"a", b"", 0, b"b", 0, 0, 1, "x", KEY, ONE, 0, 0, 0, 0]
        answers = [await store._exchange(number, 1, message) for _ in range(3)]  # noqa: SLF001
        assert answers[0] == answers[1] == answers[2]
        (((_, _, data),), verdicts, filtered, *counts) = answers[0]
        assert (data, verdicts, filtered, counts) == (b"a", [YOURS], 0, [1, 1, 0, 0])
        assert await store._exchange(number + 2, 0, [b"", 0, 0, 0, 0, 0, 0, 0, 0]) is None  # noqa: SLF001

    run(redis, steps, count=1)


def test_the_part_of_a_restarted_worker_frees_what_it_had(redis: RedisProcess) -> None:
    async def steps(one: Worker) -> None:
        await one.add("a")
        assert await one.take() == "a"
        await die(one)
        async with working(redis.url, folder=Path("/runs/0")) as again:
            assert len(again.parts) == 1
            assert again.counted == Counts(waiting=1)
            assert await again.take() == "a"

    run(redis, steps, count=1)


# Claims


async def claim(worker: Worker, owner: str, digest: bytes = ONE) -> int:
    return await store_of(worker).claim(owner, KEY, digest)


async def acknowledge(worker: Worker, *done: str, written: tuple[bytes, ...] = ()) -> None:
    ids = [worker._let_go(page) for page in done]  # noqa: SLF001
    await worker.store.commit(Checkpoint(ids, {}, {}, {}, written=written))


async def taken(worker: Worker, page: str) -> str:
    """Give ``worker`` a page; return its id."""
    await worker.add(page)
    await until(worker, page)
    return str(next(key for key, data in worker.in_hand.items() if data == page.encode()))


def test_a_record_is_written_by_one(redis: RedisProcess) -> None:
    async def steps(one: Worker, two: Worker) -> None:
        a, b = await taken(one, "a"), await taken(two, "b")
        assert await claim(one, a) == YOURS
        assert await claim(two, b) == PENDING
        assert await claim(two, b, TWO) == PENDING_CONFLICT
        await acknowledge(one, "a", written=(KEY,))
        assert await claim(two, b) == DUPLICATE
        assert await claim(two, b, TWO) == CONFLICT
        assert await claim(one, a) == DUPLICATE

    run(redis, steps)


def test_a_written_record_stands_before_its_page_is_acknowledged(redis: RedisProcess) -> None:
    """A page that takes its time: its records are in files that will not be cut back."""

    async def steps(one: Worker, two: Worker) -> None:
        a = await taken(one, "a")
        assert await claim(one, a) == YOURS
        await acknowledge(one, written=(KEY,))
        await die(one)
        await until(two, "a")
        assert await claim(two, a) == DUPLICATE

    run(redis, steps, lease=LEASE)


def test_a_page_that_is_done_again_gives_its_record_again(redis: RedisProcess) -> None:
    async def steps(one: Worker, two: Worker) -> None:
        a = await taken(one, "a")
        assert await claim(one, a) == YOURS
        await die(one)
        await until(two, "a")
        assert await claim(two, a) == YOURS
        await acknowledge(two, "a", written=(KEY,))
        assert await claim(two, "other") == DUPLICATE

    run(redis, steps, lease=LEASE)


@pytest.mark.parametrize("fails", [False, True])
def test_a_record_that_its_page_no_longer_gives_comes_from_another(
    redis: RedisProcess, *, fails: bool
) -> None:
    async def steps(one: Worker, two: Worker) -> None:
        a, b = await taken(one, "a"), await taken(two, "b")
        assert await claim(one, a) == YOURS
        assert await claim(two, b) == PENDING
        store_of(two).keep_spare(KEY, b"spare")
        await acknowledge(two, "b")
        await die(one)
        await until(two, "a")
        assert two.store.has_pending()
        await (two.commit(failed={"a": "gone"}) if fails else acknowledge(two, "a"))
        await until(two, "spare")
        assert await claim(two, "spare") == YOURS

    run(redis, steps, lease=LEASE)


def test_a_copy_that_is_not_needed_is_forgotten(redis: RedisProcess) -> None:
    async def steps(one: Worker, two: Worker) -> None:
        a, b = await taken(one, "a"), await taken(two, "b")
        assert await claim(one, a) == YOURS
        assert await claim(two, b) == PENDING
        store_of(two).keep_spare(KEY, b"spare")
        await acknowledge(two, "b")
        await acknowledge(one, "a", written=(KEY,))
        assert await one.take() is await two.take() is None
        assert await one.counts() == Counts(done=2)

    run(redis, steps)


def test_a_record_of_no_page_is_free_when_its_worker_is_gone(redis: RedisProcess) -> None:
    async def steps(one: Worker, two: Worker) -> None:
        assert await store_of(one).claim(None, KEY, ONE) == YOURS
        assert await claim(two, "b") == PENDING
        await one.store.close()
        await two.commit()
        assert await claim(two, "b") == YOURS

    async def main() -> None:
        async with working(redis.url, folder=Path("/runs/2")) as two:
            one = working(redis.url, folder=Path("/runs/1"))
            await steps(await one.__aenter__(), two)

    asyncio.run(main())


# Permits


async def permits(worker: Worker, *messages: list[str], **limits: Any) -> list[int]:
    limit, overall, delay = (
        limits.get(n, d) for n, d in (("limit", 4), ("overall", 9), ("delay", 0))
    )
    ended, wanted, begun = (*messages, [], [], [])[:3]
    return await store_of(worker).permits(
        "host", limit, overall, delay, 60_000, msgspec.msgpack.encode((ended, wanted, begun))
    )


def names(worker: Worker, count: int, start: int = 0) -> list[str]:
    return [f"{store_of(worker).session_name} {start + number}" for number in range(count)]


def test_all_workers_together_hold_no_more_permits_than_one_may(redis: RedisProcess) -> None:
    async def steps(one: Worker, two: Worker) -> None:
        assert await permits(one, [], names(one, 3)) == [3, 0]
        given, again = await permits(two, [], names(two, 3))
        assert given == 1
        assert again > 0
        assert await permits(two, [], names(two, 1)) == [1, 0]  # asked again: the answer was lost
        assert (await permits(two, [], names(two, 1, 5), overall=4))[0] == 0

    run(redis, steps)


def test_permits_are_shared_fairly(redis: RedisProcess) -> None:
    async def steps(one: Worker, two: Worker) -> None:
        assert (await permits(one, [], names(one, 4)))[0] == 4
        assert (await permits(two, [], names(two, 4)))[0] == 0
        for number in range(2):  # what ends is the other's, until both have as many
            ended = [names(one, 4)[number]]
            assert (await permits(one, ended, names(one, 1, 10 + number)))[0] == 0
            assert (await permits(two, [], names(two, 4)))[0] == number + 1
        ended = [names(one, 4)[2]]
        assert (await permits(one, ended, names(one, 1, 12)))[0] == 1

    run(redis, steps)


def test_the_permits_of_a_worker_that_leaves_are_free(redis: RedisProcess) -> None:
    async def main() -> None:
        async with working(redis.url, folder=Path("/runs/2")) as two:
            async with working(redis.url, folder=Path("/runs/1")) as one:
                assert (await permits(one, [], names(one, 4)))[0] == 4
                assert (await permits(two, [], names(two, 4)))[0] == 0
            assert (await permits(two, [], names(two, 4)))[0] == 4

    asyncio.run(main())


def test_starts_are_the_delay_apart(redis: RedisProcess) -> None:
    async def steps(one: Worker, two: Worker) -> None:
        hour = 3_600_000
        assert (await permits(one, [], names(one, 2), delay=hour))[0] == 1
        await permits(one, [], [], names(one, 1), delay=hour)
        given, again = await permits(two, [], names(two, 1), delay=hour)
        assert given == 0
        assert hour - 60_000 < again <= hour
        with redis.client() as client:
            (starts,) = client.keys("*:starts")
            client.delete(starts)
        assert (await permits(two, [], names(two, 1), delay=hour))[0] == 1
        assert (await permits(one, [], names(one, 1, 7), delay=1))[0] == 0  # it did not begin
        await permits(two, [], [], names(two, 1), delay=2 * hour)
        assert (await permits(one, [], names(one, 1, 7), delay=hour))[1] > hour

    run(redis, steps)
