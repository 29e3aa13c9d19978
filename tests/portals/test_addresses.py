"""Addresses of the sister site: one page, one canonical address, one key."""

from __future__ import annotations

import pytest

from shio_scraper.portals import ALL, EN_SHIO, TOUCH_SHANGHAI, AnyPages, portal_of

EN, WWW = "https://en.shio.gov.cn", "https://www.shio.gov.cn"
T, UUID = "20240221101530007", "0f8fad5b-d9cb-469f-a165-70867728950e"


OFFICE, SERVICES = "/resource/office/office.shtml", "/resource/services/service-detail.html"
TODAY = f"/TrueCMS/shxwbgs/newss/content/{T}.html"


@pytest.mark.parametrize(
    ("url", "canonical", "key"),
    [
        ("http://en.shio.gov.cn/resource/press/2654.shtml", "/resource/press/2654.shtml", "2654"),
        (f"{EN}/resource/cultural/3011.shtml?a=b", "/resource/cultural/3011.shtml", "3011"),
        ("http://EN.shio.gov.cn//Resource/new/3002.shtml#top", "/resource/new/3002.shtml", "3002"),
        (EN + OFFICE, OFFICE, "office"),
        (f"{EN}/sh{OFFICE}", f"/sh{OFFICE}", "sh-office"),
        (f"{EN}{SERVICES}?x", SERVICES, "service-detail"),
        (f"{EN}{TODAY}", TODAY, T),
    ],
)
def test_pages_of_its_own_host(url: str, canonical: str, key: str) -> None:
    address = ALL.locate(url)
    assert address is not None
    assert (address.portal, address.is_crawled) == (EN_SHIO, True)
    assert (address.url, address.key_id) == (EN + canonical, f"en_shio-{key}")


@pytest.mark.parametrize("name", [f"{T}.htm", f"{UUID}.htm", f"{UUID}.html"])
def test_content_on_the_other_host_is_read_and_not_crawled(name: str) -> None:
    url = f"{WWW}/TrueCMS/shxwbgs/xwfb/2024/content/{name}"
    address = ALL.locate(url.replace("https", "http"))
    assert address is not None
    assert (address.url, address.is_crawled) == (url, False)
    assert address.key_id == f"en_shio-{name.partition('.')[0]}"
    assert portal_of(url) is EN_SHIO


@pytest.mark.parametrize(
    "url", [f"{WWW}/", f"{WWW}/resource/press/1.shtml", "https://shio.gov.cn/"]
)
def test_the_rest_of_the_other_host_is_no_portals(url: str) -> None:
    assert ALL.locate(url) is None
    assert portal_of(url) is None


@pytest.mark.parametrize("path", ["/resource/press/index.shtml", "/resource/press/", "/news.jsp"])
def test_an_unknown_address_is_the_portals(path: str) -> None:
    address = ALL.locate(EN + path)
    assert address is not None
    assert (address.family, address.key_id) == (None, None)
    assert address.layout == ("shtml" if path.endswith(".shtml") else "unknown")


@pytest.mark.parametrize(
    ("key", "portal"),
    [
        ("article/en/2241", TOUCH_SHANGHAI),
        ("article/en/en_shio-3002", EN_SHIO),
        ("faq/en/en_shio-8ab98f162391a9be", EN_SHIO),
        ("article/en/text-8ab98f162391a9be", TOUCH_SHANGHAI),
        ("status/application/en_shio/7", TOUCH_SHANGHAI),
    ],
)
def test_a_key_tells_its_portal(key: str, portal: object) -> None:
    assert ALL.of_key(key) is portal


@pytest.mark.parametrize(
    ("lines", "portal"),
    [
        (["Press Conferences", "A title", "Feb 22, 2018"], EN_SHIO),
        (["| 中文版 |", "A title", "2024.02.21"], EN_SHIO),
        (["Government News", "A title 2024-02-21"], TOUCH_SHANGHAI),
        (["Touch Shanghai", "Application Status", "Services"], None),
        (["A title", "2024-02-21"], None),
        ([], None),
    ],
)
def test_lines_tell_the_portal_of_a_page_without_address(lines: list[str], portal: object) -> None:
    assert ALL.told_by(lines) is portal


S = "4f9a1c77b2d84e0fa1"


@pytest.mark.parametrize(
    ("url", "stable"),
    [
        ("http://Marram.example", "http://marram.example/"),
        (f"https://marram.example:443/a;jsessionid={S}?b=1#top", "https://marram.example/a?b=1"),
        (
            f"https://marram.example/(S({S}))/rows.aspx?PHPSESSID=1",
            "https://marram.example/rows.aspx",
        ),
        (f"https://marram.example/a?sid={S}&z=1&utm_source=x", "https://marram.example/a?z=1"),
        ("https://marram.example/a?sid=12&b=&a=1", "https://marram.example/a?a=1&b=&sid=12"),
        (
            "https://www.marram.example/planning/week 3",
            "https://www.marram.example/planning/week%203",
        ),
    ],
)
def test_a_page_of_any_site_has_one_address(url: str, stable: str) -> None:
    address = AnyPages().locate(url)
    assert address is not None
    assert (address.url, address.is_crawled, address.key_id) == (stable, True, None)


@pytest.mark.parametrize(
    ("base", "url", "is_there"),
    [
        ("https://marram.example/", "http://www.marram.example/a", True),
        ("https://marram.example/", "https://shop.marram.example/a", False),
        ("https://marram.example/", "https://marram.example:8443/a", False),
        ("https://marram.example/", "https://me@marram.example/a", False),
        ("https://marram.example/", "ftp://marram.example/a", False),
        ("https://marram.example/planning", "https://marram.example/planning", True),
        ("https://marram.example/planning", "https://marram.example/planning/week/3", True),
        ("https://marram.example/planning", "https://marram.example/planning-2", False),
        ("https://marram.example/a/index.html", "https://marram.example/a/b.html", True),
        ("https://marram.example/a/index.html", "https://marram.example/b/", False),
    ],
)
def test_one_site_is_what_lies_below_its_address(base: str, url: str, *, is_there: bool) -> None:
    assert (AnyPages(base=base).locate(url) is not None) is is_there


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("article/en/www.marram.example-0123456789abcdef", "any"),
        ("row/en/marram.example-24/00101/FUL", "any"),
        ("faq/und/127.0.0.1-0123456789abcdef", "any"),
        ("document/marram.example-0123456789abcdef", "any"),
        ("article/en/any-text-0123456789abcdef", "any"),
        ("article/en/2241", "touch"),
        ("status/inquiry/21.7-3", "touch"),
        ("article/en/en_shio-3011", "en_shio"),
    ],
)
def test_a_key_tells_whose_record_it_is(key: str, name: str) -> None:
    assert ALL.of_key(key).name == name
