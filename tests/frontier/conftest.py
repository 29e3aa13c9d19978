"""One Redis server for the tests of a process; and where a new store is, by backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.frontier.redis_process import RedisProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def redis_process() -> Iterator[RedisProcess]:
    """Start a server."""
    with RedisProcess() as server:
        yield server


@pytest.fixture
def redis(redis_process: RedisProcess) -> RedisProcess:
    """Return the server, empty."""
    redis_process.flush()
    return redis_process


@pytest.fixture(params=["memory", "file", "redis"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where a new store is."""
    return _place(request, tmp_path)


@pytest.fixture(params=["file", "redis"])
def durable(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where a new store is that outlives the process."""
    return _place(request, tmp_path)


def _place(request: pytest.FixtureRequest, folder: Path) -> str:
    if request.param == "redis":
        server: RedisProcess = request.getfixturevalue("redis")
        return server.url
    return "memory" if request.param == "memory" else str(folder / "frontier.db")
