"""One Redis server and one browser for the tests of a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.services.browsing import chromium
from tests.services.redis_process import RedisProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium. While it is open, Playwright's event loop runs: nobody else's can."""
    with chromium() as found:
        yield found


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


@pytest.fixture
def location(redis: RedisProcess) -> str:
    """Return where a new store is."""
    return redis.url


@pytest.fixture
def durable(redis: RedisProcess) -> str:
    """Return where a new store is that outlives the process."""
    return redis.url
