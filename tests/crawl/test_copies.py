"""Other people's archives of a copy: ``archive -a site=…`` and ``extract --site`` alike."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from shio_scraper.demo import demo_folder
from tests.archives.warcs import Spec, frames, made, trained
from tests.bulk.inputs import pages
from tests.spiders.running import Run, in_process, lines, scrapy

COPY, TOUCH = "http://mirror.example:8080/portal", "https://touch.shio.gov.cn"
SITE = f"site={COPY}"


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the demo as its mirror would be archived: in a WARC of frames, and as files."""
    folder = tmp_path_factory.mktemp("copies")
    (folder / "in").mkdir()
    specs = [Spec(url.replace(TOUCH, COPY), body) for url, body in pages() if url.startswith(TOUCH)]
    plain = made(specs, gz=False)
    records = [plain.data[offset : offset + length] for offset, length, _ in plain.places]
    (folder / "in" / "a.warc.zst").write_bytes(frames(records, trained(records)).data)
    tree = folder / "in" / "mirror.example+8080" / "portal" / "jsp"
    tree.mkdir(parents=True)
    for page in (demo_folder() / "jsp" / "zfxw_detail_en.jsp").iterdir():
        shutil.copy(page, tree / f"zfxw_detail_en.jsp@{page.name}")
    (folder / "in" / "notes.md").write_text("no page")
    return folder


@pytest.fixture(scope="module")
def read(copied: Path) -> Run:
    return scrapy(copied, "crawl", "archive", "-a", "path=in", "-a", SITE)


def test_the_records_are_the_portal_s(read: Run) -> None:
    assert read.status == 0, read.stderr
    articles = read.file("articles")
    assert len(articles) > 50
    assert all(record["url"].startswith(TOUCH) for record in articles)
    assert all(r["provenance"]["fetched_url"].startswith(COPY) for r in articles)
    assert {r["provenance"]["archive"]["file"].partition("@")[0] for r in articles} == {
        "a.warc.zst",
        "zfxw_detail_en.jsp",
    }
    assert "in/notes.md is of no form that is read (.html, " in read.stderr


@pytest.mark.parametrize("path", ["in/a.warc.zst", "in/mirror.example+8080"])
def test_they_are_verified_and_explained(copied: Path, tmp_path: Path, path: str) -> None:
    data = ("-s", f"SHIO_DATA={tmp_path / 'data'}")
    run = scrapy(copied, "crawl", "archive", "-a", f"path={path}", "-a", SITE, *data)
    assert run.status == 0, run.stderr
    verified = in_process(copied, "verify", str(tmp_path / "data"))
    assert verified.stdout.endswith("problems: 0\n"), verified.stdout
    explained = in_process(copied, "explain", "article/en/2241", "--data", str(tmp_path / "data"))
    assert f"{COPY}/jsp/zfxw_detail_en.jsp?id=2241" in explained.stdout


def test_pages_of_any_site_are_verified_where_site_narrows_them(
    copied: Path, tmp_path: Path
) -> None:
    data, given = tmp_path / "data", ("-a", "path=in/a.warc.zst", "-a", SITE, "-a", "portal=any")
    run = scrapy(copied, "crawl", "archive", *given, "-s", f"SHIO_DATA={data}")
    assert run.status == 0, run.stderr
    verified = in_process(copied, "verify", str(data))
    assert verified.stdout.endswith("problems: 0\n"), verified.stdout


def test_an_extraction_gives_the_same(copied: Path, read: Run) -> None:
    done = in_process(copied, "extract", "in", "-o", "out", "--site", COPY)
    assert done.status == 0, done.stderr
    assert "passed over: in/notes.md, of no form that is read (.html, " in done.stderr
    keys = {(record["key"], record["url"]) for record in lines(copied / "out" / "articles.jsonl")}
    assert keys == {(record["key"], record["url"]) for record in read.file("articles")}


def test_a_folder_without_a_host_is_the_copy(tmp_path: Path) -> None:
    """As ``wget -nH`` makes it, in a portal whose addresses have no query."""
    folder = demo_folder()
    tree = tmp_path / "tree" / "jsp" / "zfxw_detail_en.jsp@id=2241"
    tree.parent.mkdir(parents=True)
    shutil.copy(folder / "jsp" / "zfxw_detail_en.jsp" / "id=2241.html", tree)
    run = scrapy(tmp_path, "crawl", "archive", "-a", "path=tree", "-a", "site=tree")
    assert [record["key"] for record in run.file("articles")] == ["article/en/2241"]
