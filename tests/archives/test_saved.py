"""Saved pages, one a file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from shio_scraper import archives
from shio_scraper.archives import saved
from shio_scraper.archives.reading import ArchiveError, Options, Skipped
from shio_scraper.items import ArchivePosition, Reject
from shio_scraper.pages import Capture
from tests.archives.tables import captures, details, read, rejects

if TYPE_CHECKING:
    from pathlib import Path

URL = "http://61.129.132.137/jsp/zfxw_detail_en.jsp?id=10"


def save(path: Path, url: str) -> Path:
    """Save a page as a browser does."""
    mark = f"<!-- saved from url=({len(url):04}){url} -->"
    path.write_text(f"<!DOCTYPE html>\n{mark}\n<html><p>Body</html>", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "kind"), [("b.html", "text/html"), ("C.HTM", "text/html"), ("a.txt", "text/plain")]
)
def test_a_saved_page_is_one_capture(tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / name).write_text(f"body of {name}", encoding="utf-8")
    (capture,) = archives.read(tmp_path / name)
    assert isinstance(capture, Capture)
    assert capture.body == f"body of {name}".encode()
    assert capture.content_type == kind
    assert (capture.url, capture.fetched_url, capture.fetched_at) == (None, None, None)
    size = len(capture.body)
    assert capture.archive == ArchivePosition(file=name, offset=0, length=size, record_id="file")


def test_the_address_that_a_browser_noted(tmp_path: Path) -> None:
    (capture,) = archives.read(save(tmp_path / "page.html", URL))
    assert isinstance(capture, Capture)
    assert (capture.url, capture.fetched_url, capture.fetched_at) == (URL, None, None)


@pytest.mark.parametrize(
    "replay",
    [
        f"https://web.archive.org/web/20160102030405/{URL}",
        f"http://web.archive.org/web/20160102030405id_/{URL}",
        f"https://web.archive.org/web/20160102030405if_/{URL}",
        f"http://127.0.0.1:8080/my-collection/20160102030405mp_/{URL}",
        f"https://archive.example.org/20160102030405/{URL}",
    ],
)
def test_a_page_saved_from_a_wayback_machine(tmp_path: Path, replay: str) -> None:
    (capture,) = archives.read(save(tmp_path / "page.html", replay))
    assert isinstance(capture, Capture)
    assert capture.url == URL
    assert capture.fetched_url == replay
    assert capture.fetched_at == datetime(2016, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/page", Skipped.OTHER_SITE),
        ("https://web.archive.org/web/20160102030405/https://example.org/", Skipped.OTHER_SITE),
        (f"https://web.archive.org/web/20161302030405/{URL}", Skipped.OTHER_SITE),
        (f"https://web.archive.org/web/2016*/{URL}", Skipped.OTHER_SITE),
        ("https://touch.shio.gov.cn/usercenter/", Skipped.PRIVATE),
        ("https://web.archive.org/web/20160102030405/http://touch.shio.gov.cn/usercenter/",
         Skipped.PRIVATE),
    ],
)  # fmt: skip
def test_pages_that_are_passed_over(tmp_path: Path, url: str, expected: Skipped) -> None:
    assert list(archives.read(save(tmp_path / "page.html", url))) == [expected]


@pytest.mark.parametrize("target", ["/proc/self/mem", "nowhere.html"])
def test_an_unreadable_file_is_a_reject(tmp_path: Path, target: str) -> None:
    page = tmp_path / "page.html"
    page.symlink_to(target)
    (found,) = archives.files(str(tmp_path))
    (reject,) = archives.read(found)
    assert isinstance(reject, Reject)
    assert (reject.stage, reject.reason) == ("read", "unreadable_file")
    assert str(page) in (reject.detail or "")


def test_a_page_over_the_limit_is_not_read(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    with page.open("wb") as file:
        file.truncate(1 << 40)
    found = read(page)
    assert rejects(found) == [("read", "too_large")]
    assert details(found) == [f"{page}: {1 << 40} bytes, more than 5000000"]
    place = ArchivePosition(file=page.name, offset=0, length=1 << 40, record_id="file")
    with pytest.raises(ArchiveError, match="bytes, more than 5000000"):
        saved.read_at(page, place, Options())


def test_a_place_leads_back_to_its_page(tmp_path: Path) -> None:
    page = save(tmp_path / "page.html", f"https://web.archive.org/web/20160102030405/{URL}")
    (capture,) = captures(archives.read(page))
    assert capture.archive
    assert saved.read_at(page, capture.archive, Options()) == capture
    page.write_text("shorter", encoding="utf-8")
    with pytest.raises(ArchiveError, match=r"7 bytes, not the \d+ that were read then"):
        saved.read_at(page, capture.archive, Options())
    page.unlink()
    with pytest.raises(ArchiveError, match="No such file"):
        saved.read_at(page, capture.archive, Options())
