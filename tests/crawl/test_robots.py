"""robots.txt is obeyed by every request, also by those that wait while it is fetched."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.server import Reply, ScriptedPortal
from tests.spiders.running import FAST, assert_calm, scrapy
from tests.spiders.scripted import EVENTS, STARTS, portal_of

if TYPE_CHECKING:
    from pathlib import Path
    from socket import socket

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


FEW_RESTS = ("-s", "SHIO_CHALLENGE_RETRY_TIMES=2", "-s", "SHIO_CHALLENGE_DELAY=0.1")
CLOSED = "User-agent: *\nDisallow: /\n"
HTML = f"\n<!DOCTYPE html><title>Oops</title><pre>\n{CLOSED}</pre>"
ASKING = """
import scrapy

class Asking(scrapy.Spider):
    name = "asking"
    addresses = ""

    async def start(self):
        for address in self.addresses.split(","):
            for number in range(3):
                yield scrapy.Request(f"{address}/{number}", errback=self.lost, dont_filter=True)

    def parse(self, response):
        yield from ()

    def lost(self, failure):
        self.logger.info("LOST %s %s", failure.request.url, failure.value.reason)
"""
HOSTS: dict[str, tuple[Reply, list[str], str | None]] = {
    "503": (Reply("User-agent: *\nAllow: /", status=503), [], "robots"),
    "dropped": (Reply(drop=True), [], "unreachable"),
    "broken": (Reply(b"\x1f\x8b\0", headers={"Content-Encoding": "gzip"}), [], "robots"),
    "404": (Reply(CLOSED, status=404), ["/0", "/1", "/2"], None),
    "a page": (Reply(HTML), ["/0", "/1", "/2"], None),
    "UTF-16": (Reply(CLOSED.replace("/", "/1").encode("utf-16")), ["/0", "/2"], "robots"),
}
"""What robots.txt is, what is asked for therefore, and why the rest is not."""


def test_a_robots_txt_that_cannot_be_had_closes_its_host_alone(tmp_path: Path) -> None:
    (tmp_path / "asking.py").write_text(ASKING, encoding="utf-8")
    with ExitStack() as stack:
        hosts = {
            name: stack.enter_context(ScriptedPortal(robots=robots))
            for name, (robots, _, _) in HOSTS.items()
        }
        addresses = ",".join(host.url for host in hosts.values())
        run = scrapy(
            tmp_path, "runspider", "asking.py", "-a", f"addresses={addresses}", *FEW_RESTS,
            "-s", "RETRY_TIMES=0", *FAST,
        )  # fmt: skip
    assert run.status == 0
    for name, (_, targets, reason) in HOSTS.items():
        assert sorted(hosts[name].targets) == targets, name
        lost = f"LOST {hosts[name].url}/1 {reason}"
        assert (lost in run.stderr) == (reason is not None), name
    asked = [seen.target for seen in hosts["503"].requests]
    assert asked == ["/robots.txt"] * 3
    assert run.stderr.count("nothing is fetched for 0.1 s, then again (1 of 2)") == 3
    assert run.stderr.count("nothing is fetched for 0.2 s, then again (2 of 2)") == 3


def test_a_portal_without_its_robots_txt_is_left_alone(crawl: CrawlScripted) -> None:
    crawled = crawl(portal_of(), *FEW_RESTS, robots=Reply("no", status=500))
    assert crawled.targets == []
    assert crawled.run.status == 1
    assert {reject["reason"] for reject in crawled.run.rejects} == {"robots"}
    assert {reject["detail"] for reject in crawled.run.rejects} == {"robots.txt answers 500"}
    assert_calm(crawled.run)


def test_robots_txt_is_asked_for_again(crawl: CrawlScripted) -> None:
    """A host that answers after a rest is crawled."""
    answers = iter([Reply("no", status=502), Reply("no", status=503)])

    def robots(connection: socket) -> None:
        reply = next(answers, Reply("User-agent: *\nDisallow: /usercenter/"))
        head = f"HTTP/1.1 {reply.status} X\r\nContent-Length: {len(reply.data)}\r\n\r\n"
        connection.sendall(head.encode() + reply.data)

    crawled = crawl(portal_of(), *FEW_RESTS, "-s", "RETRY_TIMES=0", robots=Reply(raw=robots))
    assert crawled.run.status == 0
    assert len(crawled.run.by_key) == 5


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
