"""An update over Redis asks for the same pages, and gives the same records."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.crawl.killing import content, records_of
from tests.crawl.living import Living, story
from tests.server import ScriptedPortal
from tests.spiders.running import FAST, Json, assert_calm, scrapy
from tests.spiders.scripted import en

if TYPE_CHECKING:
    from tests.services.redis_process import RedisProcess


def crawl(folder: Path, site: Living, frontier: str, *more: str) -> None:
    """Crawl; what was asked for is in ``site.portal.requests``."""
    site.portal.requests.clear()
    command = ("crawl", "portal", "-a", f"site={site.portal.url}", *FAST, *more)
    where = ("-s", f"SHIO_FRONTIER={frontier}")
    run = scrapy(folder, *command, *where)
    assert run.status == 0
    assert_calm(run)


def full_and_update(folder: Path, frontier: str) -> tuple[list[str], dict[str, Json]]:
    """Crawl a portal, change it, and update; return what the update asked for and gave."""
    with ScriptedPortal() as portal:
        site = Living(folder, portal, range(127, 100, -1))
        site.put({en(n): story(n) for n in range(101, 128)})
        crawl(folder, site, frontier)
        before = set(folder.glob("data/runs/*"))
        site.show([130, 129, 128, *range(127, 100, -1)])
        site.put({en(126): story(126, edited="Edited."), en(104): story(104, edited="Edited.")})
        crawl(folder, site, frontier, "-a", "mode=update")
        runs = sorted(set(folder.glob("data/runs/*")) - before)
        return sorted(set(portal.asked("detail"))), content(records_of(runs))


def test_an_update_over_redis_is_one_over_sqlite(tmp_path: Path, redis: RedisProcess) -> None:
    expected = full_and_update(tmp_path / "sqlite", "data/frontier.db")
    assert full_and_update(tmp_path / "redis", redis.url) == expected
    assert "article/en/104" not in expected[1]
