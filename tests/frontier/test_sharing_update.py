"""An update that workers share asks for the same pages, and gives the same records."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shio_scraper.frontier.store import REJOIN
from tests.frontier.killing import content, records_of
from tests.spiders.living import Living, story
from tests.spiders.running import FAST, TIMEOUT, Json, start_scrapy
from tests.spiders.scripted import ScriptedPortal, en

if TYPE_CHECKING:
    from tests.frontier.redis_process import RedisProcess


def crawl(folder: Path, site: Living, frontier: str, count: int, *more: str) -> None:
    """Crawl with so many workers; what they asked for is in ``site.portal.requests``."""
    site.portal.requests.clear()
    command = ("crawl", "portal", "-a", f"site={site.portal.url}", *FAST, *more)
    where = ("-s", f"SHIO_FRONTIER={frontier}")
    workers = [start_scrapy(folder, *command, *where) for _ in range(count)]
    for worker in workers:
        _, errors = worker.communicate(timeout=TIMEOUT)
        assert worker.returncode == 0, errors
        assert "Traceback" not in errors


def full_and_update(folder: Path, frontier: str, count: int) -> tuple[list[str], dict[str, Json]]:
    """Crawl a portal, change it, and update; return what the update asked for and gave."""
    with ScriptedPortal() as portal:
        site = Living(folder, portal, range(127, 100, -1))
        site.put({en(n): story(n) for n in range(101, 128)})
        crawl(folder, site, frontier, 1)
        before = set(folder.glob("data/runs/*"))
        site.show([130, 129, 128, *range(127, 100, -1)])
        site.put({en(126): story(126, edited="Edited."), en(104): story(104, edited="Edited.")})
        crawl(folder, site, frontier, count, "-a", "mode=update")
        runs = sorted(set(folder.glob("data/runs/*")) - before)
        return sorted(set(portal.asked("detail"))), content(records_of(runs))


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], dict[str, Json]]:
    """Do it with SQLite."""
    return full_and_update(tmp_path_factory.mktemp("alone"), "data/frontier.db", 1)


@pytest.mark.parametrize("count", [1, 2])
def test_an_update_over_redis_is_one_over_sqlite(
    tmp_path: Path,
    redis: RedisProcess,
    expected: tuple[list[str], dict[str, Json]],
    monkeypatch: pytest.MonkeyPatch,
    count: int,
) -> None:
    if count > 1:
        monkeypatch.setenv(REJOIN, "1")  # one that comes too late begins no other
    assert full_and_update(tmp_path, redis.url, count) == expected
    assert "article/en/104" not in expected[1]
    assert {f"article/en/{number}" for number in (126, 128, 129, 130)} <= expected[1].keys()
