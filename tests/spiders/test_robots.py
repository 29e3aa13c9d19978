"""robots.txt is obeyed by every request, also by those that wait while it is fetched."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.spiders.running import FAST, assert_calm, scrapy
from tests.spiders.scripted import EVENTS, STARTS, Reply, ScriptedPortal, portal_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.spiders.crawling import CrawlScripted

PLAIN = {"Content-Type": "text/plain"}
TEN = """
import scrapy

class Ten(scrapy.Spider):
    name = "ten"
    address = ""

    async def start(self):
        for number in range(10):
            kind = "open" if number == 7 else "closed"
            yield scrapy.Request(f"{self.address}/{kind}/{number}", dont_filter=True)

    def parse(self, response):
        yield from ()
"""


def test_ten_start_requests_at_once(tmp_path: Path) -> None:
    """Stock Scrapy 2.19 lets eight of them through."""
    spider = tmp_path / "ten.py"
    spider.write_text(TEN, encoding="utf-8")
    robots = Reply("User-agent: *\nDisallow: /closed/\n", headers=PLAIN, delay=0.5)
    with ScriptedPortal(robots=robots) as portal:
        run = scrapy(
            tmp_path, "runspider", "ten.py", "-a", f"address={portal.url}",
            "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=16", *FAST,
        )  # fmt: skip
        assert portal.targets == ["/open/7"]
    assert run.status == 0


@pytest.mark.parametrize("concurrency", [1, 16])
def test_what_is_forbidden_never_arrives(crawl: CrawlScripted, concurrency: int) -> None:
    robots = Reply("User-agent: *\nDisallow: /jsp/zfxw_\n", headers=PLAIN, delay=0.5)
    crawled = crawl(portal_of(), "-s", f"CONCURRENT_REQUESTS={concurrency}", robots=robots)
    allowed = {"/", EVENTS, f"{EVENTS}?p_page=2", "/jsp/cfbm_detail_en.jsp?id=1"}
    assert set(crawled.targets) == allowed
    assert crawled.requests[0].target == "/robots.txt"
    assert len([seen for seen in crawled.requests if seen.target == "/robots.txt"]) == 1
    assert crawled.run.rejected() == [("fetch", "robots", path) for path in sorted(STARTS)]
    assert_calm(crawled.run)


def test_our_name_is_known_to_robots_txt(crawl: CrawlScripted) -> None:
    robots = Reply("User-agent: shio-scraper\nDisallow: /\n", headers=PLAIN)
    crawled = crawl(portal_of(), robots=robots)
    assert crawled.targets == []
    assert crawled.run.status == 1
    assert all(
        seen.headers["User-Agent"].startswith("shio-scraper (+https://")
        for seen in crawled.requests
    )


@pytest.mark.parametrize("robots", [Reply("none", status=404), Reply(drop=True)])
def test_no_robots_txt_forbids_nothing(crawl: CrawlScripted, robots: Reply) -> None:
    crawled = crawl(portal_of(), robots=robots)
    assert crawled.run.status == 0
    assert len(crawled.run.by_key) == 5
    assert "Traceback" not in crawled.run.stderr


def test_one_request_at_a_time(crawl: CrawlScripted) -> None:
    """And some time between them: whatever waits, none arrives before the last one is answered."""
    pages = {
        path: replace(reply, delay=0.15) if isinstance(reply, Reply) else Reply(reply, delay=0.15)
        for path, reply in portal_of().items()
    }
    crawled = crawl(pages, "-s", "DOWNLOAD_DELAY=0.1", "-a", "language=en")
    arrivals = [seen.at for seen in crawled.requests if not seen.target.endswith("robots.txt")]
    assert len(arrivals) >= 7
    answered = [at for at, seen in zip(arrivals, crawled.targets, strict=True) if seen in pages]
    gaps = [after - before for before, after in pairwise(arrivals) if before in answered]
    assert min(gaps) >= 0.14
