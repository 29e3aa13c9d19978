"""Answers that go wrong: one reject each, the rest unharmed, no traceback."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
import zstandard

from tests.server import Reply
from tests.spiders.running import assert_calm, crawl_portal
from tests.spiders.scripted import PROSE, article, en, page, portal_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.spiders.crawling import Crawled, CrawlScripted

GOOD = article("A good one", "2024-03-04")
LARGE = article("Large", "2024-03-04", body=["x" * 79 + "."] * 61_000)
HTML = {"Content-Type": "text/html"}
ANSWERS: dict[str, tuple[Reply, tuple[str, str]]] = {
    "404": (Reply(GOOD, status=404), ("fetch", "http_status")),
    "403": (Reply(GOOD, status=403), ("fetch", "http_status")),
    "410": (Reply(GOOD, status=410), ("fetch", "http_status")),
    "500": (Reply(GOOD, status=500), ("fetch", "http_status")),
    "204": (Reply(status=204), ("fetch", "http_status")),
    "hung up": (Reply(drop=True), ("fetch", "unreachable")),
    "shorter than announced": (Reply(GOOD, length=90_000), ("fetch", "truncated")),
    "too large": (Reply(LARGE), ("fetch", "too_large")),
    "too large, compressed": (
        Reply(gzip.compress(LARGE.encode()), headers={"Content-Encoding": "gzip"}),
        ("fetch", "too_large"),
    ),
    "slow": (Reply(GOOD, delay=2.5), ("fetch", "unreachable")),
    "cut, compressed": (
        Reply(gzip.compress(GOOD.encode())[:-20], headers={"Content-Encoding": "gzip"}),
        ("read", "content_encoding"),
    ),
    "compressed by no coding": (
        Reply(gzip.compress(GOOD.encode()), headers={"Content-Encoding": "none"}),
        ("read", "content_encoding"),
    ),
    "compressed in silence": (Reply(gzip.compress(GOOD.encode())), ("read", "binary")),
    "empty": (Reply(b""), ("read", "empty")),
    "blank": (Reply(b" \r\n\t"), ("read", "empty")),
    "binary": (Reply(bytes(range(32)) * 64, headers=HTML), ("read", "binary")),
    "too deep": (Reply(page("<div>" * 10_000 + PROSE[0])), ("read", "too_deep")),
    "cut": (Reply(GOOD[: GOOD.index(PROSE[1]) + 20]), ("parse", "truncated")),
    "not found": (Reply(page("<h1>Page not found</h1>")), ("parse", "not_found")),
    "another language": (
        Reply(page("<h1>Новости города</h1><p>Сегодня открылась новая линия.</p>")),
        ("parse", "language"),
    ),
    "two titles": (
        Reply(page("<h1>One 2024-03-04</h1><h1>Two 2024-03-05</h1><p>" + PROSE[0] + "</p>")),
        ("parse", "two_titles"),
    ),
}  # fmt: skip
GOOD_ONES: dict[int, tuple[str | bytes, dict[str, str]]] = {
    900: (GOOD, {}),
    901: (GOOD, {"Content-Type": "text/html; charset=x"}),
    902: (GOOD, {"Content-Encoding": "gzip"}),
    903: (GOOD, {"Content-Encoding": "none"}),
    904: (gzip.compress(GOOD.encode()), {"Content-Encoding": '"gzip"'}),
    905: (zstandard.compress(GOOD.encode()), {"Content-Encoding": "zstd"}),
}
NUMBERS = {name: 500 + place for place, name in enumerate(ANSWERS)}
RETRIED = {"500", "hung up", "shorter than announced", "slow"}


@pytest.fixture(scope="module")
def crawled(crawl: CrawlScripted) -> Crawled:
    """Crawl every trouble at once, and good pages between them."""
    pages = portal_of(*map(en, (*NUMBERS.values(), *GOOD_ONES)))
    pages |= {en(NUMBERS[name]): reply for name, (reply, _) in ANSWERS.items()}
    pages |= {en(n): Reply(body, headers=headers) for n, (body, headers) in GOOD_ONES.items()}
    return crawl(
        pages, "-s", "DOWNLOAD_TIMEOUT=0.5", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=8",
        "-s", "RETRY_TIMES=1",
    )  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_each_trouble_is_one_reject(crawled: Crawled, name: str) -> None:
    _, (stage, reason) = ANSWERS[name]
    path = en(NUMBERS[name])
    assert [r for r in crawled.run.rejected() if r[2] == path] == [(stage, reason, path)]


def test_nothing_else_is_rejected_and_the_rest_is_there(crawled: Crawled) -> None:
    assert len(crawled.run.rejects) == len(ANSWERS)
    found = [key for key in crawled.run.by_key if key.startswith("article")]
    good = [f"en/{number}" for number in GOOD_ONES]
    assert sorted(found) == [f"article/{key}" for key in ("en/1", *good, "zh/1")]
    assert crawled.run.status == 4  # more pages were lost than read


def test_the_log_stays_readable(crawled: Crawled) -> None:
    assert_calm(crawled.run)
    *log, verdict = crawled.run.stderr.splitlines()
    assert all(line.startswith("20") for line in log)
    assert verdict.startswith("scrapy crawl: the run is partial: ")


def test_every_reject_tells_what_when_and_of_which_body(crawled: Crawled) -> None:
    assert all(r["detail"] and r["fetched_at"].endswith("Z") for r in crawled.run.rejects)
    bodies = {r["url"].rpartition("=")[2]: r["body_sha256"] for r in crawled.run.rejects}
    for name in ("binary", "not found", "two titles", "404"):
        assert bodies[str(NUMBERS[name])] is not None
    for name in ("hung up", "empty", "too large"):
        assert bodies[str(NUMBERS[name])] is None


def test_only_what_may_pass_is_tried_again(crawled: Crawled) -> None:
    for name, number in NUMBERS.items():
        asked = len(crawled.asked(f"detail_en.jsp?id={number}"))
        assert asked > 1 if name in RETRIED else asked == 1


def test_the_limit_of_a_page_can_be_set(crawl: CrawlScripted) -> None:
    """A page of the very size is read; one byte more is refused."""
    pages = portal_of(en(10), en(11))
    limit = max(len(str(answer).encode()) for answer in pages.values()) + 100
    for number, size in ((10, limit), (11, limit + 1)):
        longer = "A good one".ljust(size - len(GOOD) + len("A good one"), "!")
        pages[en(number)] = Reply(GOOD.replace("A good one", longer))
        assert len(GOOD.replace("A good one", longer)) == size
    crawled = crawl(pages, "-s", f"SHIO_MAX_PAGE={limit}")
    assert "article/en/10" in crawled.run.by_key
    assert crawled.run.rejected() == [("fetch", "too_large", en(11))]


def test_nothing_listens(tmp_path: Path) -> None:
    run = crawl_portal(tmp_path, "http://127.0.0.1:9", "-s", "RETRY_TIMES=0")
    assert run.status == 1
    assert {(r["stage"], r["reason"]) for r in run.rejects} == {("fetch", "unreachable")}
    assert len(run.rejects) == 6
    assert "Traceback" not in run.stderr
    assert run.stderr.splitlines()[-1].startswith(
        "scrapy crawl: no record: 127.0.0.1:9 refuses connections (6 of 6 pages)"
    )
