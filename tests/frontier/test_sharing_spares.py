"""A record claimed by a page that, done again, does not give it: it comes from another page."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, cast

import msgspec
from scrapy.utils.test import get_crawler

from shio_scraper.frontier import codec
from shio_scraper.frontier.redis import RedisStore
from shio_scraper.frontier.resuming import crawl_of
from shio_scraper.frontier.store import Entry
from shio_scraper.middlewares import CanonicalFingerprinter
from shio_scraper.spiders.portal import PortalSpider
from tests.frontier.killing import captured
from tests.frontier.working import working
from tests.spiders.running import assert_calm, crawl_portal
from tests.spiders.scripted import STARTS, ScriptedPortal, en, item, listing, portal_of, sidebar

if TYPE_CHECKING:
    from tests.frontier.redis_process import RedisProcess

ROWS = [("04-16", "21315227", "Processing"), ("04-15", "21315226", "Received")]
KEYS = {"status/application/227", "status/application/226"}


async def die_with_the_home_page(
    folder: Path, redis: RedisProcess, url: str, claimed: list[str]
) -> None:
    """Work on the home page, claim records, and say no more."""
    crawler = get_crawler(PortalSpider, {"SHIO_DATA": str(folder), "SHIO_MAX_PAGE": 1})
    crawler.spider = spider = PortalSpider.from_crawler(crawler, site=url)
    request = await anext(aiter(spider.start()))
    fingerprint = CanonicalFingerprinter(crawler).fingerprint(request)
    entry = Entry(codec.encode(request, spider), request.priority, fingerprint)
    async with working(redis.url, crawl_of(spider), folder=Path("/runs/dead")) as worker:
        store = cast("RedisStore", worker.store)
        store.add(entry)
        await worker.commit()
        taken = store.take(idle=True)
        assert taken
        for key in claimed:
            who = msgspec.msgpack.encode((key, None, None))
            assert await store.claim(taken.id, who, b"?" * 32) == 0
        session = store.session_name
        store.session_name = "nobody"  # so that nobody says good-bye
        await store._session.close()  # noqa: SLF001
    with redis.client() as client:
        assert client.zcard(*client.keys(f"*:leased:{session}")) == 1


def test_it_comes_from_the_page_that_another_worker_read(
    tmp_path: Path, redis: RedisProcess
) -> None:
    """The listings show the same rows; when the home page is done again, their form is known."""
    side = sidebar(ROWS)
    bare = listing([item(en(1), "Anchor", "March 4, 2024")], side=side)
    pages = {**portal_of(), **dict.fromkeys(STARTS, bare)}
    with ScriptedPortal(pages) as portal:
        portal.pages["/"] = bare
        dead = die_with_the_home_page(
            tmp_path / "dead", redis, portal.url, ["status/application/227"]
        )
        asyncio.run(dead)
        run = crawl_portal(
            tmp_path, portal.url, "-s", f"SHIO_FRONTIER={redis.url}", "-s", "SHIO_LEASE=1.5"
        )
    assert run.status == 0
    assert_calm(run)
    assert run.by_key.keys() >= KEYS
    assert portal.targets.count("/") == 1
    assert not [url for url in captured(run.run_folders) if url.startswith("data:")]
    assert run.stats["downloader/request_method_count/GET"] > len(portal.requests)
