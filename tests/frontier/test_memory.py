"""What a store remembers of a site, beyond its crawls."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from shio_scraper.frontier.sqlite import SqliteStore
from shio_scraper.frontier.store import Checkpoint, Crawl, Memo, Part, Store


def checkpoint(
    remembered: dict[str, Memo] | None = None, sighted: dict[str, Memo] | None = None
) -> Checkpoint:
    return Checkpoint([], {}, {}, {}, remembered or {}, sighted or {})


async def joined(path: Path, site: str = "live", name: str = "one") -> Store:
    """Return the store at ``path`` with a crawl of ``site`` under way."""
    store = SqliteStore(path / "frontier.db")
    await store.open(Crawl(name, "portal", {}, site), fresh=False)
    await store.join(Part(path, "here"))
    return store


async def due(store: Store, since: int) -> list[str]:
    return [key async for key, _ in store.due(since)]


def test_it_outlives_the_crawl_and_is_shared_by_those_of_the_site(tmp_path: Path) -> None:
    async def scenario() -> None:
        first = await joined(tmp_path)
        await first.commit(checkpoint({"a": Memo(b"1"), "b": Memo(b"2", 7)}))
        await first.end()
        await first.close()
        second = await joined(tmp_path, name="two")
        assert await second.recall(["a", "b", "c"]) == {"a": b"1", "b": b"2"}
        elsewhere = await joined(tmp_path, "demo", "three")
        assert await elsewhere.recall(["a", "b"]) == {}
        assert await due(elsewhere, 0) == []

    asyncio.run(scenario())


def test_what_is_remembered_replaces_and_what_is_sighted_fills_gaps(tmp_path: Path) -> None:
    async def scenario() -> None:
        store = await joined(tmp_path)
        await store.commit(checkpoint({"a": Memo(b"1", 1)}, {"b": Memo(b"seen", 9)}))
        await store.commit(checkpoint({"b": Memo(b"2")}, {"a": Memo(b"seen", 9)}))
        assert await store.recall(["a", "b"]) == {"a": b"1", "b": b"2"}
        assert await due(store, 0) == ["a"]
        await store.commit(checkpoint({"c": Memo(b"read")}, {"c": Memo(b"seen", 9)}))
        assert await store.recall(["c"]) == {"c": b"read"}

    asyncio.run(scenario())


def test_what_is_due_comes_in_pieces_while_it_changes(tmp_path: Path) -> None:
    """More than is read at once; numbers before ``since`` are left out."""

    async def scenario() -> None:
        store = await joined(tmp_path)
        memos = {f"{number:05}": Memo(b"", number // 3) for number in range(1800)}
        await store.commit(checkpoint(memos))
        found = []
        async for key, _ in store.due(100):
            found.append(key)
            if len(found) == 700:
                await store.commit(checkpoint({"00300": Memo(b"")}))
        assert found == [f"{number:05}" for number in range(300, 1800)]
        assert (await due(store, 100))[0] == "00301"

    asyncio.run(scenario())


def test_it_is_one_step_with_the_acknowledgement(tmp_path: Path) -> None:
    """What cannot be acknowledged is not remembered."""

    async def scenario() -> None:
        store = await joined(tmp_path)
        await store.commit(checkpoint({"a": Memo(b"1")}))
        broken = Checkpoint([], {}, {}, {"no JSON": object()}, {"a": Memo(b"2")})
        with pytest.raises(TypeError):
            await store.commit(broken)
        assert await store.recall(["a"]) == {"a": b"1"}

    asyncio.run(scenario())
