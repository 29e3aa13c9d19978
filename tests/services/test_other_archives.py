"""Archives that other people's tools made of a copy: wget, SingleFile, Chromium, FastWARC."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from shio_scraper.demo import DemoPortal
from tests.spiders.running import ROOT, Run, must_have, scrapy

HOST, STORY = "touch.shio.gov.cn", "/jsp/zfxw_detail_en.jsp?id=2241"
KEY = "article/en/2241"
SINGLE_FILE = ROOT / ".singlefile" / "node_modules" / ".bin" / "single-file"


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    with DemoPortal() as portal:
        yield portal.url


def wget(folder: Path, *arguments: str) -> None:
    """Mirror what the home page leads to; its status tells of every page that is missing."""
    must_have("wget is not installed", there=bool(shutil.which("wget")))
    folder.mkdir()
    subprocess.run(["wget", "-q", "-r", "-l", "3", *arguments], cwd=folder, check=False)


def read(folder: Path, path: str, site: str) -> Run:
    run = scrapy(folder, "crawl", "archive", "-a", f"path={path}", "-a", f"site={site}")
    assert run.status == 0, run.stderr
    assert all(one["url"] for one in run.file("articles"))
    verified = scrapy(folder, "verify", "data")
    assert verified.stdout.endswith("problems: 0\n"), verified.stdout
    return run


@pytest.mark.parametrize(
    "how",
    [
        [],
        ["-E", "-k", "-p"],
        ["--restrict-file-names=windows,lowercase", "-E"],
        ["-nH"],
        ["--protocol-directories"],
    ],
    ids=" ".join,
)
def test_a_folder_of_wget(demo: str, tmp_path: Path, how: list[str]) -> None:
    """As of the portal itself: the demo answers in its place."""
    proxy = ("-e", "use_proxy=yes", "-e", f"http_proxy={demo}")
    wget(tmp_path / "mirror", *proxy, *how, f"http://{HOST}/")
    assert len(read(tmp_path, "mirror", "mirror/" if "-nH" in how else demo).file("articles")) > 15


@pytest.mark.parametrize("how", [[], ["--restrict-file-names=windows"]], ids=" ".join)
def test_a_folder_of_a_copy(demo: str, tmp_path: Path, how: list[str]) -> None:
    wget(tmp_path / "mirror", *how, f"{demo}/")
    assert len(read(tmp_path, "mirror", demo).file("articles")) > 15


@pytest.mark.parametrize("packed", [False, True])
def test_a_warc_of_wget(demo: str, tmp_path: Path, packed: bool) -> None:  # noqa: FBT001
    folder = tmp_path / "mirror"
    wget(folder, "-nd", "--delete-after", "--warc-file=mirror", f"{demo}/")
    if packed:
        source = folder / "mirror.warc.gz"
        recompress = ["fastwarc", "recompress", "-q", "-c", "zstd", str(source)]
        subprocess.run([*recompress, str(folder / "mirror.warc.zst")], check=True)
        source.unlink()
    assert len(read(tmp_path, "mirror", demo).file("articles")) > 15


def test_a_page_of_single_file(demo: str, tmp_path: Path) -> None:
    must_have(f"{SINGLE_FILE} is missing: .ci/run installs it", there=SINGLE_FILE.exists())
    chromium = shutil.which("chromium")
    must_have("chromium is not installed", there=bool(chromium))
    browser = [f"--browser-executable-path={chromium}", '--browser-args=["--no-sandbox"]']
    page = tmp_path / "page.html"
    for _ in range(3):  # it ends well, without a page, where its browser begins too slowly
        subprocess.run([SINGLE_FILE, *browser, demo + STORY, str(page)], check=True)
        if page.exists():
            break
    (article,) = read(tmp_path, "page.html", demo).file("articles")
    assert (article["key"], article["url"]) == (KEY, f"https://{HOST}{STORY}")
    assert article["provenance"]["fetched_at"]


def test_a_page_that_chromium_saved(browser: Browser, demo: str, tmp_path: Path) -> None:
    page = browser.new_page()
    page.goto(demo + STORY)
    session = page.context.new_cdp_session(page)
    snapshot = session.send("Page.captureSnapshot", {"format": "mhtml"})
    page.close()
    (tmp_path / "page.mhtml").write_text(snapshot["data"], encoding="utf-8", newline="")
    (article,) = read(tmp_path, "page.mhtml", demo).file("articles")
    assert (article["key"], article["url"]) == (KEY, f"https://{HOST}{STORY}")
    assert article["provenance"]["fetched_at"]
