"""A third portal, from docs/new-portal.md alone: its file is taken from the page, and works."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.spiders.running import crawl_pages, lines, scrapy

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "new-portal.md").read_text(encoding="utf-8")
MAX_LINES = 80
HEAD = "<html><head><title>Board</title></head><body><ul><li><a href='/'>Home</a></li></ul>"
PAGES = {
    "": "<a href='/notices'>All</a> <a href='/talks/4'>A talk</a> <a href='/staff/x'>Staff</a>",
    "notices": (
        "<ul><li><a href='/notice/12'>Lock closed - March 4, 2024</a></li>"
        "<li><a href='http://www.harbour.example/notice/11?from=list'>Buoy 7 out</a>"
        " - March 1, 2024</li></ul>"
    ),
    "notice/12": (
        "<h4>Notices to Mariners</h4><h1>Lock closed</h1><p>Mar 4, 2024</p>"
        "<p>The lock by the old mill is closed until the end of the month.</p>"
        "<p>Issued by: Lock Office</p><p>Harbour Board 2024</p>"
    ),
    "notice/11": (
        "<h4>Notices to Mariners</h4><h1>Buoy 7 out</h1><p>2024.03.01</p>"
        "<p>Its lamp will be mended before the next new moon.</p><p>Harbour Board 2024</p>"
    ),
    "talks/4": (
        "<h1>On lamps</h1><p>Mar 2, 2024</p><p>Chair: We begin.</p>"
        "<p>Lamp Gazette: Why so few?</p><p>Lin Hua: They are dear.</p>"
    ),
    "about": "<h4>About the Board</h4><h2>Who we are</h2><p>Nine people and a dog, since 1911.</p>",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty folder with the file of the page in it."""
    folder = tmp_path_factory.mktemp("third")
    (folder / "harbour.py").write_text(_block(), encoding="utf-8")
    return folder


def _block() -> str:
    found = re.search(r"<!-- portal -->\n```python\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


@pytest.fixture(scope="module")
def crawled(project: Path) -> dict[str, Any]:
    pages = project / "pages"
    for path, main in PAGES.items():
        (pages / path).mkdir(parents=True, exist_ok=True)
        (pages / path / "index.html").write_text(f"{HEAD}{main}</body></html>", encoding="utf-8")
    run = crawl_pages(project, "harbour.py")
    assert run.status == 0, run.stderr
    return run.by_key | {reject["url"]: reject for reject in run.rejects}


def test_it_is_one_file_of_fewer_than_80_lines() -> None:
    assert len(_block().splitlines()) < MAX_LINES


def test_its_pages_become_records_of_its_own(crawled: dict[str, Any]) -> None:
    assert set(crawled) == {
        "article/en/harbour-11",
        "article/en/harbour-12",
        "article/en/harbour-about",
        "press_conference/en/harbour-4",
    }
    lock = crawled["article/en/harbour-12"]
    assert lock["url"] == "https://press.harbour.example/notice/12"
    assert (lock["section"], lock["published"]) == ("Notices to Mariners", "2024-03-04")
    assert lock["source"] == "Lock Office"
    assert lock["paragraphs"] == ["The lock by the old mill is closed until the end of the month."]
    buoy = crawled["article/en/harbour-11"]
    assert buoy["published"] == "2024-03-01"
    assert buoy["paragraphs"] == ["Its lamp will be mended before the next new moon."]
    about = crawled["article/en/harbour-about"]
    assert (about["section"], about["published"]) == ("About the Board", None)
    turns = crawled["press_conference/en/harbour-4"]["turns"]
    assert [(t["speaker"], t["kind"]) for t in turns] == [
        ("Chair", "host"), ("Lamp Gazette", "question"), ("Lin Hua", "answer"),
    ]  # fmt: skip


def test_every_command_knows_it_by_the_setting(crawled: dict[str, Any], project: Path) -> None:
    known = ("-s", "SHIO_PORTALS=harbour.py")
    done = scrapy(project, "verify", "data", *known)
    assert "reproduced: 4" in done.stdout, done.stdout
    done = scrapy(project, "explain", "article/en/harbour-12", *known)
    assert "Lock Office" in done.stdout
    archive = str(next(project.glob("data/runs/*/archive")))
    done = scrapy(project, "extract", archive, "-o", "extracted", *known)
    assert done.status == 0, done.stderr
    extracted = {r["key"] for r in lines(project / "extracted" / "articles.jsonl")}
    assert extracted == {key for key in crawled if key.startswith("article/")}


def test_a_portal_that_is_not_known_is_named(crawled: dict[str, Any], project: Path) -> None:
    assert crawled
    done = scrapy(project, "verify", "data")
    assert done.status == 1
    map_of_it = (project / "harbour.py").resolve()
    assert f"portal harbour is not known: name its map, -s SHIO_PORTALS={map_of_it}" in done.stdout
