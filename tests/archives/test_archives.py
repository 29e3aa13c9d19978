"""Which files a path names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shio_scraper import archives

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


def test_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no reader for .*page\.pdf"):
        archives.read(tmp_path / "page.pdf")
