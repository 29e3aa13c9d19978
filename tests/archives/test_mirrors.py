"""What the paths of a mirror's files say, and what a copy's addresses are of."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shio_scraper import archives
from shio_scraper.archives.mirrors import Copy, address_of
from shio_scraper.archives.reading import Options
from shio_scraper.portals import ALL, DEFAULT, AnyPages

HOST = "http://touch.shio.gov.cn"
PAGE = "/jsp/zfxw_detail_en.jsp?id=10"
COPY = Copy.of(DEFAULT, "http://127.0.0.1:8080/portal/")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"touch.shio.gov.cn{PAGE}", HOST + PAGE),
        (f"a/b/touch.shio.gov.cn{PAGE}.html", HOST + PAGE),
        ("touch.shio.gov.cn/jsp/zfxw_detail_en.jsp%3Fid=10.html", HOST + PAGE),
        ("touch.shio.gov.cn/jsp/zfxw_detail_en.jsp@id=10", HOST + PAGE),
        ("TOUCH.shio.gov.cn/jsp/zfxw_default_en.jsp@siteid=7&p_page=2.html",
         "http://TOUCH.shio.gov.cn/jsp/zfxw_default_en.jsp?siteid=7&p_page=2"),
        ("https/touch.shio.gov.cn/index.html", "https://touch.shio.gov.cn/"),
        ("touch.shio.gov.cn/index.html?lang=en", f"{HOST}/?lang=en"),
        ("touch.shio.gov.cn/about/us.html", f"{HOST}/about/us.html"),
        ("en.shio.gov.cn/resource/new/5.shtml", "http://en.shio.gov.cn/resource/new/5.shtml"),
        ("en.shio.gov.cn/resource/new/5.shtml.html", "http://en.shio.gov.cn/resource/new/5.shtml"),
        ("61.129.132.137/a b#c.jsp", "http://61.129.132.137/a%20b%23c.jsp"),
        (f"127.0.0.1:8080/portal{PAGE}", f"http://127.0.0.1:8080/portal{PAGE}"),
        ("127.0.0.1+8080/portal/index.html", "http://127.0.0.1:8080/portal/"),
        ("127.0.0.1:8080/elsewhere/index.html", None),
        ("127.0.0.1:80/portal/index.html", None),
        ("www.example.org/touch.shio.gov.cn.html", None),
        # Without a host a page of a known family says its portal, by its query.
        (f"nh{PAGE}", f"https://touch.shio.gov.cn{PAGE}"),
        (f"www.example.org{PAGE}", None),
        ("nh/jsp/other.jsp?id=10", None),
        ("nh/index.html", None),
        ("nh/resource/new/5.shtml", None),
    ],
)  # fmt: skip
def test_the_address_that_a_path_says(path: str, expected: str | None) -> None:
    assert address_of(Path(path), ALL, COPY) == expected
    assert address_of(Path("/somewhere") / path, ALL, COPY) == expected


def test_of_any_site_every_host_s_folder_is_a_mirror() -> None:
    path = Path("mirror/press.example.org:8080/notice/show.php?id=10")
    url = "http://press.example.org:8080/notice/show.php?id=10"
    assert address_of(path, AnyPages()) == url
    assert address_of(path, AnyPages(base="http://www.example.org/")) is None
    assert archives.format_of(path, Options(portals=AnyPages())) == "saved"
    assert archives.format_of(path) is None


def test_a_name_in_no_charset_is_escaped() -> None:
    path = Path(os.fsdecode(b"touch.shio.gov.cn/\xd0\xc2.html"))
    assert address_of(path, ALL) == f"{HOST}/%D0%C2.html"


def test_a_folder_can_be_the_copy(tmp_path: Path) -> None:
    copy = Copy.of(DEFAULT, str(tmp_path))
    page = tmp_path / "jsp" / "zfxw_detail_en.jsp@id=10"
    assert address_of(page, ALL, copy) == f"{DEFAULT.origin}{PAGE}"
    assert address_of(tmp_path / "index.html", ALL, copy) == f"{DEFAULT.origin}/"
    assert address_of(tmp_path.parent / "index.html", ALL, copy) is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"http://127.0.0.1:8080/portal{PAGE}", DEFAULT.origin + PAGE),
        (f"https://127.0.0.1:8080/portal{PAGE}", DEFAULT.origin + PAGE),
        ("http://127.0.0.1:8080/portal", f"{DEFAULT.origin}/"),
        ("http://127.0.0.1:8080/portals/", "http://127.0.0.1:8080/portals/"),
        (HOST + PAGE, HOST + PAGE),
    ],
)
def test_what_a_copy_s_address_is_of(url: str, expected: str) -> None:
    assert COPY.original(url) == expected
