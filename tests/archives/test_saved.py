"""Saved pages, one a file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from shio_scraper import archives
from shio_scraper.archives.mirrors import Copy
from shio_scraper.archives.reading import ArchiveError, Options, Skipped
from shio_scraper.archives.sources import Source
from shio_scraper.items import ArchivePosition, Reject
from shio_scraper.pages import Capture
from shio_scraper.portals import DEFAULT
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
        archives.read_at(Source(page), place, Options())


def test_a_place_leads_back_to_its_page(tmp_path: Path) -> None:
    page = save(tmp_path / "page.html", f"https://web.archive.org/web/20160102030405/{URL}")
    (capture,) = captures(archives.read(page))
    assert capture.archive
    assert archives.read_at(Source(page), capture.archive, Options()) == capture
    page.write_text("shorter", encoding="utf-8")
    with pytest.raises(ArchiveError, match=r"no page of \d+ bytes at byte 0"):
        archives.read_at(Source(page), capture.archive, Options())
    page.unlink()
    with pytest.raises(ArchiveError, match="No such file"):
        archives.read_at(Source(page), capture.archive, Options())


def test_a_page_that_single_file_saved(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<!DOCTYPE html> <html lang=en><!--\n Page saved with SingleFile \n"
        f" url: {URL} \n saved date: Mon Nov 30 2026 10:09:28 GMT+0800 (China Standard Time)\n-->"
        "<meta charset=utf-8><p>Body</html>",
        encoding="utf-8",
    )
    (capture,) = captures(archives.read(page))
    assert (capture.url, capture.fetched_url) == (URL, None)
    assert capture.fetched_at == datetime(2026, 11, 30, 2, 9, 28, tzinfo=UTC)
    page.write_text(page.read_text(encoding="utf-8").replace("Nov", "Brumaire"), encoding="utf-8")
    (capture,) = captures(archives.read(page))
    assert (capture.url, capture.fetched_at) == (URL, None)


def test_files_of_a_mirror(tmp_path: Path) -> None:
    """Beside pages, whatever their names, it holds what they show; the path is the address."""
    folder = tmp_path / "touch.shio.gov.cn" / "jsp"
    folder.mkdir(parents=True)
    mark = "<!-- saved from url=(0014)about:internet -->"
    files = {
        "zfxw_detail_en.jsp?id=10": f"<!DOCTYPE html>{mark}<p>Body",
        "zfxw_detail_en.jsp@id=11.html": "Body",
        "robots.txt": "User-agent: *",
        "logo.png": "<html>",
        "menu.js": "<html>",
        "data.jsp": "{}",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    with (folder / "film.mp4").open("wb") as film:
        film.truncate(1 << 40)
    found = [one for file in archives.files(str(tmp_path)) for one in archives.read(file)]
    assert [one.url for one in captures(found)] == [
        f"http://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id={n}" for n in (10, 11)
    ]
    assert [one for one in found if one not in captures(found)] == [Skipped.NOT_A_PAGE] * 5


def test_a_page_saved_from_a_copy(tmp_path: Path) -> None:
    copied = "http://127.0.0.1:8080/jsp/zfxw_detail_en.jsp?id=10"
    options = Options(copy=Copy.of(DEFAULT, "http://127.0.0.1:8080"))
    (capture,) = captures(archives.read(save(tmp_path / "page.html", copied), options))
    assert capture.url == copied.replace("http://127.0.0.1:8080", DEFAULT.origin)
    assert capture.fetched_url == copied
