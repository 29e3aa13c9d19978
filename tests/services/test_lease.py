"""What workers promise each other: one has a crawl, and what is late of another changes nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from shio_scraper import frontier
from shio_scraper.frontier.redis import RedisStore
from shio_scraper.frontier.redis_server import Keys
from shio_scraper.frontier.rota import ANY_ROUND, Rota
from shio_scraper.frontier.store import (
    REJOIN,
    Checkpoint,
    Counts,
    Crawl,
    FrontierError,
    LeaseLostError,
    Memo,
    Part,
)
from tests.frontier.working import CRAWL, Worker, working

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.services.redis_process import RedisProcess

TOUCH = replace(CRAWL, leased="live touch")
NEWS = Crawl("news", "portal", {"only": ["news"]}, leased="live touch")
OTHER = Crawl("other", "portal", {}, leased="live en_shio")
ONE, TWO = Path("/runs/one"), Path("/runs/two")


def run(server: RedisProcess, steps: Callable[[Worker], Awaitable[None]]) -> None:
    """Run the steps of a worker that has a page in hand, one done and one waiting."""

    async def main() -> None:
        async with working(server.url, TOUCH, folder=ONE) as worker:
            await worker.add("a", "b", "c")
            assert [await worker.take(), await worker.take()] == ["a", "b"]
            await worker.commit("a", lengths={"articles.jsonl": 10})
            await steps(worker)

    asyncio.run(main())


def expire(server: RedisProcess, crawl: Crawl = TOUCH) -> None:
    """Let the lease run out, as if its worker had not been heard of."""
    with server.client() as client:
        assert client.delete(Keys.of(crawl).lease) == 1


def store_of(worker: Worker) -> RedisStore:
    return cast("RedisStore", worker.store)


async def is_refused(server: RedisProcess, crawl: Crawl) -> bool:
    store = frontier.open_store(server.url)
    try:
        await store.open(crawl, fresh=False)
    except LeaseLostError:
        return True
    finally:
        await store.close()
    return False


def test_a_portal_is_one_workers_whatever_it_crawls_there(redis: RedisProcess) -> None:
    async def steps(_: Worker) -> None:
        assert await is_refused(redis, TOUCH)
        assert await is_refused(redis, NEWS)
        assert not await is_refused(redis, OTHER)

    run(redis, steps)
    assert not asyncio.run(is_refused(redis, NEWS))


def test_a_worker_that_lets_go_leaves_the_portal_alone_for_the_delay(redis: RedisProcess) -> None:
    async def main() -> None:
        store = frontier.open_store(redis.url, pause=3600)
        await store.open(TOUCH, fresh=False)
        await store.join(Part(ONE, "here"))
        await store.close()
        assert await is_refused(redis, TOUCH)
        expire(redis)
        assert not await is_refused(redis, TOUCH)

    asyncio.run(main())


def test_the_next_worker_has_all_that_was_acknowledged(redis: RedisProcess) -> None:
    async def steps(_: Worker) -> None:
        expire(redis)
        async with working(redis.url, TOUCH, folder=TWO) as two:
            assert two.part == Part(ONE, "here", {"articles.jsonl": 10})
            assert two.counted == Counts(waiting=2, done=1)
            await two.add("a", "b")
            assert await two.take_all() == ["b", "c"]

    run(redis, steps)


def test_what_is_late_changes_nothing(redis: RedisProcess) -> None:
    async def steps(one: Worker) -> None:
        expire(redis)
        async with working(redis.url, TOUCH, folder=TWO) as two:
            for late in (one.commit("b"), store_of(one).ready(), one.store.end()):
                store_of(one)._sure_until = 0.0  # noqa: SLF001
                with pytest.raises(LeaseLostError):
                    await late
            await two.commit()
            assert await two.counts() == Counts(waiting=2, done=1)

    run(redis, steps)
    assert not asyncio.run(is_refused(redis, TOUCH))


def test_a_worker_whose_lease_ran_out_goes_on_where_nobody_took_over(redis: RedisProcess) -> None:
    async def steps(one: Worker) -> None:
        expire(redis)
        await one.commit("b")
        assert await is_refused(redis, TOUCH)

    run(redis, steps)


def test_a_worker_that_has_nothing_to_say_is_heard_of(redis: RedisProcess) -> None:
    async def main() -> None:
        async with working(redis.url, TOUCH, lease=1.2):
            with redis.client() as client:
                number = client.hget(Keys.of(TOUCH).crawl, "number")
                async with asyncio.timeout(30):
                    while client.hget(Keys.of(TOUCH).crawl, "number") == number:  # noqa: ASYNC110
                        await asyncio.sleep(0.05)

    asyncio.run(main())


def test_a_worker_is_told_that_its_lease_is_lost(redis: RedisProcess) -> None:
    async def main() -> None:
        lost: asyncio.Future[FrontierError] = asyncio.get_running_loop().create_future()
        store = frontier.open_store(redis.url, 1.2, 0.0, lost.set_result)
        await store.open(TOUCH, fresh=False)
        await store.join(Part(ONE, "here"))
        with redis.client() as client:
            client.set(Keys.of(TOUCH).lease, "another")
        async with asyncio.timeout(30):
            assert isinstance(await lost, LeaseLostError)
        await store.close()

    asyncio.run(main())


@pytest.mark.parametrize("all_of_it", [False, True])
def test_what_redis_lost_is_written_again(redis: RedisProcess, *, all_of_it: bool) -> None:
    """After a loss of power Redis may come back without its last second, or a disk without all."""

    async def steps(one: Worker) -> None:
        with redis.client() as client:
            before = {key: client.dump(key) for key in client.scan_iter()}
        await one.add("d")
        await one.store.commit(
            Checkpoint(
                [one.let_go("b")], {}, {"faq.jsonl": 7}, {}, {"k": Memo(b"v")}, {}, {b"i": b"h"}
            )
        )
        with redis.client() as client:
            client.flushall()
            for key, value in {} if all_of_it else before.items():
                client.restore(key, 0, value)
        await one.commit()
        expire(redis)
        async with working(redis.url, TOUCH) as two:
            assert two.part == Part(ONE, "here", {"articles.jsonl": 10, "faq.jsonl": 7})
            assert two.counted == Counts(waiting=2, done=2)
            assert await two.take_all() == ["c", "d"]
            assert two.store.recall("k") == b"v"
            assert store_of(two).written == {b"i": b"h"}

    run(redis, steps)


def test_a_step_that_is_repeated_changes_nothing(redis: RedisProcess) -> None:
    """The answer to it may have been lost."""

    async def steps(one: Worker) -> None:
        store_of(one)._number -= 1  # noqa: SLF001
        await one.commit("b")
        expire(redis)
        async with working(redis.url, TOUCH) as two:
            assert two.counted == Counts(waiting=1, done=2)

    run(redis, steps)


def test_a_part_that_is_left_names_its_successor_until_it_is_put_in_order(
    redis: RedisProcess,
) -> None:
    async def steps(_: Worker) -> None:
        expire(redis)
        store = cast("RedisStore", frontier.open_store(redis.url))
        part, mine = await store.open(TOUCH, fresh=False), Part(TWO, "there")
        assert part
        store.leave(part, mine)
        assert await store.server.left() == []
        await store.join(mine)
        assert await store.server.left() == [(part, mine)]
        await store.close()
        async with working(redis.url, OTHER) as other:
            server = store_of(other).server
            assert await server.left() == [(part, mine)]
            await server.forget(part)
            assert await server.left() == []

    run(redis, steps)


def test_a_crawl_that_ended_leaves_no_part_and_what_failed_is_put_back_alone(
    redis: RedisProcess,
) -> None:
    async def steps(one: Worker) -> None:
        assert await one.take() == "c"
        await one.commit("b", failed={"c": "status 503"})
        await one.store.end()

    run(redis, steps)
    assert frontier.open_keeper(redis.url).requeue(TOUCH) == 1

    async def again() -> None:
        async with working(redis.url, TOUCH) as two:
            assert two.part is None
            assert await two.take_all() == ["c"]

    asyncio.run(again())


# Rounds


def rota(server: RedisProcess, round_name: str | None = None) -> Rota:
    return Rota(server.url, "all", [TOUCH, OTHER], round_name)


async def turn(one: Rota, *, fresh: bool = False) -> str | None:
    crawl = await one.next(fresh=fresh)
    return crawl.leased if crawl else None


async def crawl_to_its_end(server: RedisProcess, crawl: Crawl) -> None:
    async with working(server.url, crawl) as worker:
        await worker.store.end()


def test_workers_take_a_portal_each_and_each_portal_once(redis: RedisProcess) -> None:
    async def main() -> None:
        one, two = rota(redis), rota(redis)
        assert await turn(one) == "live touch"
        async with working(redis.url, TOUCH) as worker:
            assert await turn(two) == "live en_shio"
            await crawl_to_its_end(redis, OTHER)
            standing_by = asyncio.ensure_future(turn(rota(redis, two.round_name)))
            await asyncio.sleep(0.1)
            assert not standing_by.done()
            await worker.store.end()
        assert await standing_by is None
        assert await turn(rota(redis, one.round_name)) is None

    asyncio.run(main())


def test_a_portal_whose_worker_is_gone_is_free(redis: RedisProcess) -> None:
    async def main() -> None:
        await turn(one := rota(redis))
        async with working(redis.url, OTHER), working(redis.url, TOUCH):
            standing_by = asyncio.ensure_future(turn(rota(redis, one.round_name)))
            await asyncio.sleep(0.1)
            expire(redis, OTHER)
            assert await standing_by == "live en_shio"

    asyncio.run(main())


def test_who_comes_after_the_end_begins_a_new_round_unless_it_only_rejoins(
    redis: RedisProcess,
) -> None:
    async def main() -> None:
        assert await turn(rota(redis, ANY_ROUND)) is None
        old = rota(redis)
        assert await turn(old) == "live touch"
        await crawl_to_its_end(redis, TOUCH)
        assert await turn(rota(redis)) == "live en_shio"
        await crawl_to_its_end(redis, OTHER)
        assert await turn(rota(redis, ANY_ROUND)) is None
        assert await turn(rota(redis)) == "live touch"
        assert await turn(rota(redis, ANY_ROUND)) == "live touch"
        assert await turn(rota(redis, old.round_name)) is None

    asyncio.run(main())


def test_a_crawl_that_another_ended_meanwhile_is_not_begun_anew(
    redis: RedisProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        await turn(rota(redis))
        one = rota(redis, ANY_ROUND)
        assert await turn(one) == "live touch"
        await crawl_to_its_end(redis, TOUCH)
        monkeypatch.setenv(REJOIN, str(one.round_name))
        assert await is_refused(redis, TOUCH)
        assert not await is_refused(redis, OTHER)

    asyncio.run(main())


def test_fresh_forgets_what_no_worker_is_at(redis: RedisProcess) -> None:
    async def main() -> None:
        await turn(rota(redis))
        async with working(redis.url, TOUCH) as worker:
            await worker.add("a")
            with pytest.raises(FrontierError, match="this crawl is running already, on "):
                await turn(rota(redis), fresh=True)
        assert await turn(rota(redis), fresh=True) == "live touch"
        async with working(redis.url, TOUCH) as worker:
            assert (worker.part, worker.counted) == (None, Counts())

    asyncio.run(main())
