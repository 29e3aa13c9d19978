"""One Redis server for the tests of a process; each test finds it empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.frontier.redis_process import RedisProcess

if TYPE_CHECKING:
    from collections.abc import Iterator


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
