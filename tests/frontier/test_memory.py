"""What a store remembers of a site, beyond its crawls."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from shio_scraper.frontier.sqlite import SqliteStore
from shio_scraper.frontier.store import Checkpoint, Crawl, Memo
from tests.frontier.working import working

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def checkpoint(
    remembered: dict[str, Memo] | None = None, sighted: dict[str, Memo] | None = None
) -> Checkpoint:
    return Checkpoint([], {}, {}, {}, remembered or {}, sighted or {})


def work(
    durable: str,
    steps: Callable[[SqliteStore], Awaitable[None]],
    site: str = "live",
    name: str = "one",
) -> None:
    """Run the steps of one worker in a crawl of ``site``."""

    async def main() -> None:
        async with working(durable, Crawl(name, "portal", {}, site)) as worker:
            await steps(worker.store)

    asyncio.run(main())


def due(store: SqliteStore, since: int) -> list[str]:
    return [key for key, _ in store.due(since)]


def test_it_outlives_the_crawl_and_is_shared_by_those_of_the_site(durable: str) -> None:
    async def first(store: SqliteStore) -> None:
        await store.commit(checkpoint({"a": Memo(b"1"), "b": Memo(b"\xff\x00", 7)}))
        await store.end()

    async def second(store: SqliteStore) -> None:
        assert list(map(store.recall, "abc")) == [b"1", b"\xff\x00", None]

    async def elsewhere(store: SqliteStore) -> None:
        assert list(map(store.recall, "ab")) == [None, None]
        assert due(store, 0) == []

    work(durable, first)
    work(durable, second, name="two")
    work(durable, elsewhere, "demo", "three")


def test_what_is_remembered_replaces_and_what_is_sighted_fills_gaps(durable: str) -> None:
    async def steps(store: SqliteStore) -> None:
        await store.commit(checkpoint({"a": Memo(b"1", 1)}, {"b": Memo(b"seen", 9)}))
        await store.commit(checkpoint({"b": Memo(b"2")}, {"a": Memo(b"seen", 9)}))
        assert list(map(store.recall, "ab")) == [b"1", b"2"]
        assert due(store, 0) == ["a"]
        await store.commit(checkpoint({"c": Memo(b"read")}, {"c": Memo(b"seen", 9)}))
        assert store.recall("c") == b"read"

    work(durable, steps)


def test_what_is_due_comes_in_pieces_while_it_changes(durable: str) -> None:
    """More than is read at once; numbers before ``since`` are left out."""

    async def steps(store: SqliteStore) -> None:
        memos = {f"{number:05}": Memo(b"", number // 3) for number in range(1800)}
        await store.commit(checkpoint(memos))
        found = []
        for key, _ in store.due(100):
            found.append(key)
            if len(found) == 700:
                await store.commit(checkpoint({"00300": Memo(b"")}))
        assert found == [f"{number:05}" for number in range(300, 1800)]
        assert due(store, 100)[0] == "00301"

    work(durable, steps)


def test_many_that_are_due_at_once_come_in_the_order_of_their_keys(durable: str) -> None:
    async def steps(store: SqliteStore) -> None:
        keys = [f"{number:05}" for number in range(1200)] + ["ä", "~", "a", "Z", "-"]
        await store.commit(checkpoint({key: Memo(b"", 5) for key in keys}))
        assert due(store, 5) == sorted(keys, key=str.encode)
        assert due(store, 6) == []

    work(durable, steps)


def test_it_is_one_step_with_the_acknowledgement(durable: str) -> None:
    """What cannot be acknowledged is not remembered."""

    async def steps(store: SqliteStore) -> None:
        await store.commit(checkpoint({"a": Memo(b"1")}))
        broken = Checkpoint([], {}, {}, {"no JSON": object()}, {"a": Memo(b"2")})
        with pytest.raises(TypeError):
            await store.commit(broken)
        assert store.recall("a") == b"1"

    work(durable, steps)
