"""Which files a path names, and the captures in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shio_scraper import archives
from shio_scraper.items import Reject
from shio_scraper.pages import Capture

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("b.html", "a.txt", "C.HTM", "deep/er/d.html", "notes.md", "deep/e.txt", "[1].html", "x")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in NAMES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"body of {name}", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (
            ".",
            [
                "C.HTM",
                "[1].html",
                "a.txt",
                "b.html",
                "deep/e.txt",
                "deep/er/d.html",
                "notes.md",
                "x",
            ],
        ),
        ("b.html", ["b.html"]),
        ("[1].html", ["[1].html"]),
        ("*.html", ["[1].html", "b.html"]),
        ("*.[hH][tT][mM]*", ["C.HTM", "[1].html", "b.html"]),
        ("**/*.html", ["[1].html", "b.html", "deep/er/d.html"]),
        ("deep", ["deep/e.txt", "deep/er/d.html"]),
        ("d*", ["deep/e.txt", "deep/er/d.html"]),
        ("notes.md", ["notes.md"]),
        ("empty", []),
        ("nowhere", []),
        ("*.warc", []),
    ],
)
def test_files_in_the_order_of_their_names(folder: Path, pattern: str, expected: list[str]) -> None:
    found = [path.relative_to(folder).as_posix() for path in archives.files(str(folder / pattern))]
    assert found == expected


@pytest.mark.parametrize(
    ("name", "kind"), [("b.html", "text/html"), ("C.HTM", "text/html"), ("a.txt", "text/plain")]
)
def test_a_saved_page_is_one_capture(folder: Path, name: str, kind: str) -> None:
    (capture,) = archives.read(folder / name)
    assert isinstance(capture, Capture)
    assert capture.body == f"body of {name}".encode()
    assert capture.content_type == kind
    assert (capture.url, capture.fetched_at) == (None, None)


def test_the_address_that_a_browser_noted(tmp_path: Path) -> None:
    url = "http://61.129.132.137/jsp/zfxw_detail_en.jsp?id=10"
    page = tmp_path / "page.html"
    page.write_text(
        f"<!DOCTYPE html>\n<!-- saved from url=({len(url):04}){url} -->\n<html></html>",
        encoding="utf-8",
    )
    (capture,) = archives.read(page)
    assert isinstance(capture, Capture)
    assert capture.url == url


def test_an_unreadable_file_is_a_reject(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.symlink_to("/proc/self/mem")
    (reject,) = archives.read(page)
    assert isinstance(reject, Reject)
    assert (reject.stage, reject.reason) == ("read", "unreadable_file")
    assert str(page) in (reject.detail or "")


def test_a_dangling_link_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.symlink_to("nowhere.html")
    (found,) = archives.files(str(tmp_path))
    (reject,) = archives.read(found)
    assert isinstance(reject, Reject)
    assert reject.reason == "unreadable_file"


def test_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no reader for .*page\.pdf"):
        archives.read(tmp_path / "page.pdf")
