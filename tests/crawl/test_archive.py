"""``scrapy crawl archive``: saved pages, one a file."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from shio_scraper.demo import demo_folder
from tests.spiders.running import ROOT, Json, Run, assert_calm, lines, must_have, scrapy
from tests.spiders.scripted import PROSE, article, page, sidebar

if TYPE_CHECKING:
    from pathlib import Path

SEED = ROOT.parent / "shared" / "seed" / "page.txt"
TEXT = "\n".join(("Government News", "City News", "A text rendering   2024-03-04", *PROSE))
URL = "http://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?siteId=7&id=10"
MARK = f"<!-- saved from url=(00{len(URL)}){URL} -->"


def read(folder: Path, paths: str, *more: str) -> Run:
    return scrapy(folder, "crawl", "archive", "-a", f"path={paths}", *more)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save pages: HTML and text, twice the same, changed, and without use."""
    folder = tmp_path_factory.mktemp("saved") / "pages"
    (folder / "later").mkdir(parents=True)
    html = article("Saved", "2024-03-04", side=sidebar())
    marked = html.replace("<html>", f"{MARK}<html>")
    files = {
        "1.html": marked,
        "2.txt": TEXT,
        "3.html": html,
        "4.html": "",
        "later/5.htm": marked,
        "later/6.html": marked.replace("More boats", "No boats"),
        "later/notes.md": "Not a page",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "7.html").symlink_to("/proc/self/mem")
    return folder.parent


@pytest.fixture(scope="module")
def whole(saved: Path) -> Run:
    return read(saved, "pages")


def keys(run: Run) -> Counter[str]:
    return Counter(record["key"].partition("text-")[0] for record in run.records)


def test_a_folder_of_pages(whole: Run) -> None:
    """A page whose browser noted its address has the key of that page."""
    assert whole.status == 0
    assert keys(whole) == {"article/en/": 2, "article/en/10": 2, "status/application/227": 1} | {
        key: 1 for key in keys(whole) if key.startswith("faq/en/")
    }
    assert len([r for r in whole.records if r["type"] == "faq"]) == 1
    assert_calm(whole)


def test_a_history_keeps_what_changed(whole: Run) -> None:
    """One key with two contents is two records here, and no conflict."""
    first, changed = (r for r in whole.records if r["key"] == "article/en/10")
    assert first["paragraphs"][1].startswith("More boats")
    assert changed["paragraphs"][1].startswith("No boats")
    assert first["url"] == URL.replace("http:", "https:").replace("siteId=7&", "")
    assert not whole.counted("conflicts")
    assert whole.counted("duplicates")["article"] == 1


def test_nothing_is_said_that_a_file_does_not_say(whole: Run) -> None:
    for record in whole.records:
        assert record["provenance"]["fetched_at"] is None
        assert record.get("latest_date") is None
    assert {r["provenance"]["layout"] for r in whole.records} == {"jsp", "text", "unknown"}


def test_what_cannot_be_used_is_a_reject(whole: Run) -> None:
    assert whole.rejected() == [
        ("read", "empty", None),
        ("read", "unreadable_file", None),
    ]
    (unreadable,) = [r for r in whole.rejects if r["reason"] == "unreadable_file"]
    assert "7.html" in unreadable["detail"]
    assert whole.stats["captures"] == 7


@pytest.mark.parametrize(
    "paths", ["pages/1.html, pages/2.txt", "pages/[12].*", "pages/1.html,pages/2*"]
)
def test_lists_and_globs(saved: Path, tmp_path: Path, paths: str) -> None:
    run = read(saved, paths, "-s", f"SHIO_DATA={tmp_path / 'data'}")
    found = Run(tmp_path, run.status, run.stdout, run.stderr)
    assert sorted(r["title"] for r in found.file("articles")) == ["A text rendering", "Saved"]
    assert found.stats["captures"] == 2


def test_nothing_in_the_files(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(page("<p>Nothing is here.</p>"), encoding="utf-8")
    run = read(tmp_path, "page.html", "--nolog")
    assert run.status == 1
    assert run.stderr.startswith("scrapy crawl: no record from 0 pages, 0 rejects, 1 passed over")
    assert len(run.stderr.splitlines()) == 1


def test_a_page_over_the_limit(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(article("Large", "2024-03-04"), encoding="utf-8")
    run = read(tmp_path, "page.html", "-s", "SHIO_MAX_PAGE=100")
    assert run.rejected() == [("read", "too_large", None)]
    assert run.status == 1


def test_a_file_with_a_name_of_no_charset(tmp_path: Path) -> None:
    """File names are bytes: one that is no UTF-8 must not cost its reject."""
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "bad\udcff.html").symlink_to("/proc/self/mem")
    (tmp_path / "pages" / "good.html").write_text(article("Good", "2024-03-04"), encoding="utf-8")
    run = read(tmp_path, "pages")
    assert [r["reason"] for r in run.rejects] == ["unreadable_file"]
    assert run.status == 0
    assert_calm(run)


def test_the_demo_portal_s_pages_as_files(tmp_path: Path) -> None:
    """Without addresses, by what stands on them: the articles are found all the same."""
    folder = demo_folder() / "jsp" / "zfxw_detail_en.jsp"
    run = read(tmp_path, str(folder))
    truth = lines(ROOT / "fixtures" / "portal.expected.jsonl")
    titles = {r["title"] for r in truth if str(r["key"]).startswith("article/en/")}
    found = {r["title"] for r in run.file("articles")}
    assert found <= titles
    assert len(found) > 30
    assert run.status == 0


def test_the_seed(tmp_path: Path) -> None:
    if not SEED.parent.parent.is_dir():
        pytest.skip("the facts of the portal are not beside this checkout")
    must_have(f"{SEED} is missing", there=SEED.is_file())
    run = read(tmp_path, str(SEED), "-O", "seed.jsonl")
    records = lines(tmp_path / "seed.jsonl")
    assert Counter(r["type"] for r in records) == {"article": 1, "status": 6, "faq": 3}
    (story,) = by_type(records, "article")
    assert story["published"] == "2025-06-18"
    assert len(story["paragraphs"]) == 9
    assert story["source"] == "Yicai Global"
    assert run.rejects == []
    assert run.status == 0
    assert_calm(run)


def by_type(records: list[Json], kind: str) -> list[Json]:
    return [record for record in records if record["type"] == kind]
