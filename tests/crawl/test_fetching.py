"""The fingerprint of a page, and what is never fetched (crawls are in ``tests/spiders``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from scrapy import Request
from scrapy.utils.test import get_crawler

from shio_scraper.component import CrawlSpider
from shio_scraper.crawl.fetching import CanonicalFingerprinter, NoPageError, StayOnPortalMiddleware
from shio_scraper.portals import TOUCH_SHANGHAI
from shio_scraper.spiders.portal import PortalSpider
from shio_scraper.spiders.sites import PortalSite

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

COPY = "http://127.0.0.1:8000"
PAGE = "/jsp/zfxw_detail_en.jsp?id=10"


def crawler_of(base: str | None) -> Crawler:
    crawler = get_crawler(PortalSpider, {"SHIO_MAX_PAGE": 5_000_000})
    crawler.spider = CrawlSpider("crawl")
    crawler.spider.site = PortalSite({TOUCH_SHANGHAI: base})
    return crawler


SAME = (
    f"https://touch.shio.gov.cn{PAGE}",
    f"http://touch.shio.gov.cn{PAGE}",
    f"http://61.129.132.137{PAGE}",
    "https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp;jsessionid=A1?siteId=7&id=10#top",
)

ELSEWHERE = (
    "file:///etc/passwd",
    "ftp://touch.shio.gov.cn/a",
    "http://localhost/jsp/zfxw_detail_en.jsp?id=10",
    "http://10.0.0.1/",
    "http://169.254.169.254/latest/meta-data",
    "http://[::1]/",
    "http://touch.shio.gov.cn.example.org/",
    "http://touch.shio.gov.cn@example.org/",
    "s3://bucket/key",
)


@pytest.mark.parametrize("url", SAME)
def test_one_page_has_one_fingerprint(url: str) -> None:
    fingerprinter = CanonicalFingerprinter.from_crawler(crawler_of(None))
    assert fingerprinter.fingerprint(Request(url)) == fingerprinter.fingerprint(Request(SAME[0]))


@pytest.mark.parametrize(
    "other",
    [
        Request("https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=11"),
        Request("https://touch.shio.gov.cn/jsp/zfxw_detail.jsp?id=10"),
        Request(f"https://en.shio.gov.cn{PAGE}"),
        Request(SAME[0], method="POST"),
        Request(SAME[0], method="POST", body="a"),
    ],
)
def test_other_requests_have_another(other: Request) -> None:
    fingerprinter = CanonicalFingerprinter.from_crawler(crawler_of(None))
    assert fingerprinter.fingerprint(other) != fingerprinter.fingerprint(Request(SAME[0]))


def test_a_copy_has_the_fingerprints_of_the_portal() -> None:
    copy = CanonicalFingerprinter(crawler_of(COPY))
    live = CanonicalFingerprinter(crawler_of(None))
    assert copy.fingerprint(Request(COPY + PAGE)) == live.fingerprint(Request(SAME[0]))


@pytest.mark.parametrize(
    ("base", "url", "reason"),
    [
        (None, "https://touch.shio.gov.cn/usercenter/", "private"),
        (None, "https://touch.shio.gov.cn/USERCENTER/login.jsp", "private"),
        (None, "https://touch.shio.gov.cn//usercenter/login.jsp", "private"),
        (None, "https://touch.shio.gov.cn/%75sercenter/login.jsp", "private"),
        (None, "https://touch.shio.gov.cn/user%63enter/", "private"),
        (None, "https://touch.shio.gov.cn/user%2563enter/", "private"),
        (None, "https://touch.shio.gov.cn/%2575sercent%2565r%2Fa.jsp", "private"),
        (None, f"https://touch.shio.gov.cn/a%{'25' * 4_000}41", "private"),
        (None, r"https://touch.shio.gov.cn\usercenter\a.jsp", "private"),
        (None, "https://touch.shio.gov.cn/usercenter;a=b/a.jsp", "private"),
        (None, "https://touch.shio.gov.cn/jsp/sign%2Din.jsp", "private"),
        (None, "http://touch.shio.gov.cn:8080/", "off_portal"),
        (None, "https://touch.shio.gov.cn:22/robots.txt", "off_portal"),
        (None, "http://61.129.132.137:9/x", "off_portal"),
        (None, "https://me@touch.shio.gov.cn/", "off_portal"),
        (None, "https://me:pass@touch.shio.gov.cn/", "off_portal"),
        (COPY, "http://me:pass@127.0.0.1:8000/", "off_portal"),
        (None, "https://touch.shio.gov.cn/a/../usercenter/login.jsp", "private"),
        (None, "https://touch.shio.gov.cn/jsp/sign-in.jsp", "private"),
        (None, "https://touch.shio.gov.cn/jsp/forgotPassword.jsp?id=1", "private"),
        (None, "https://en.shio.gov.cn/resource/new/3002.shtml", "off_portal"),
        (None, "https://touch.shio.gov.cn.example.org/", "off_portal"),
        (None, "https://touch.shio.gov.cn@example.org/", "off_portal"),
        (None, COPY + PAGE, "off_portal"),
        (COPY, SAME[0], "off_portal"),
        (COPY[:-1], f"{COPY}/", "off_portal"),
        *((None, url, "off_portal") for url in ELSEWHERE),
        *((COPY, url, "off_portal") for url in ELSEWHERE),
        (COPY, f"{COPY}/usercenter/login.jsp", "private"),
        (COPY, "http://127.0.0.1:8001/", "off_portal"),
    ],
)
def test_what_is_never_fetched(base: str | None, url: str, reason: str) -> None:
    middleware = StayOnPortalMiddleware.from_crawler(crawler_of(base))
    with pytest.raises(NoPageError, match="never fetched") as raised:
        middleware.process_request(Request(url))
    assert raised.value.reason == reason


@pytest.mark.parametrize(
    ("base", "url"),
    [
        *((None, url) for url in SAME),
        (None, "https://touch.shio.gov.cn/robots.txt"),
        (None, f"http://touch.shio.gov.cn:80{PAGE}"),
        (None, f"https://touch.shio.gov.cn:443{PAGE}"),
        (None, "https://touch.shio.gov.cn/jsp/cxbm_list_en.jsp?type=2"),
        (COPY, COPY),
        (COPY, f"{COPY}/"),
        (COPY, COPY + PAGE),
        (COPY, f"{COPY}/robots.txt"),
    ],
)
def test_what_may_be_fetched(base: str | None, url: str) -> None:
    StayOnPortalMiddleware(crawler_of(base)).process_request(Request(url))
