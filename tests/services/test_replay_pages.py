"""A crawl's archive, replayed by pywb and by ReplayWeb.page: a page looks as it did on the site."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest
from PIL import Image, ImageChops

from shio_scraper.demo import DemoPortal
from tests.services.pywb_server import Pywb
from tests.services.replayweb import replayweb
from tests.spiders.running import Run, assert_calm, scrapy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Frame

ORIGIN = "https://touch.shio.gov.cn"
PAGE = "/jsp/zfxw_detail_en.jsp?id=20230519130020118"
FACTS = """() => {
  const header = getComputedStyle(document.querySelector("header"));
  return {
    images: [...document.images].map(one => one.naturalWidth),
    colour: header.backgroundColor,
    band: header.backgroundImage.endsWith('/css/band.png")'),
    width: getComputedStyle(document.body).maxWidth,
  };
}"""
SHADE = 48
"""Of 255, by which a colour may differ: anti-aliasing moves with a frame's place."""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Crawl the demo with all that its pages show."""
    keep = ("-s", "SHIO_ASSETS=all", "-s", "SHIO_ARCHIVE=wacz")
    run = scrapy(tmp_path_factory.mktemp("kept"), "crawl", "portal", "-a", "site=demo", *keep)
    assert run.status == 0
    assert_calm(run)
    return run


@pytest.fixture(params=["pywb", "ReplayWeb.page"])
def replayed(kept: Run, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Return the address at which a replayer shows the page, in a frame."""
    if request.param == "pywb":
        with Pywb(tmp_path / "pywb", kept.run_folder.glob("archive/*.warc.gz")) as pywb:
            yield f"{pywb.url}{ORIGIN}{PAGE}"
    else:
        (wacz,) = kept.run_folder.glob("archive/*.wacz")
        with replayweb(wacz) as server:
            yield f"{server.url}/?{ORIGIN}{PAGE}"


def look(frame: Frame) -> tuple[Any, list[Image.Image]]:
    """Return what a page has loaded, and what its head and its article look like."""
    parts = [frame.locator(name) for name in ("header", "article")]
    frame.wait_for_function("() => [...document.images].every(one => one.complete)")
    shots = [Image.open(BytesIO(part.screenshot())).convert("RGB") for part in parts]
    return frame.evaluate(FACTS), shots


def differing(one: Image.Image, other: Image.Image) -> float:
    """Return the share of the pixels that differ by more than a shade."""
    assert one.size == other.size
    worst = ImageChops.difference(one, other).convert("L").histogram()[SHADE:]
    share: float = sum(worst) / (one.width * one.height)
    return share


def test_a_page_shows_with_its_images_and_styles(browser: Browser, replayed: str) -> None:
    with (
        DemoPortal() as demo,
        browser.new_context(viewport={"width": 1000, "height": 900}) as context,
    ):
        page = context.new_page()
        page.goto(demo.url + PAGE)
        facts, shots = look(page.main_frame)
    assert facts == {
        "images": [200], "colour": "rgb(156, 28, 31)", "band": True, "width": "960px"
    }  # fmt: skip
    with browser.new_context(viewport={"width": 1000, "height": 900}) as context:
        page = context.new_page()
        page.goto(replayed)
        while not (found := [one for one in page.frames if f"mp_/{ORIGIN}" in one.url]):
            page.wait_for_event("framenavigated")
        facts_now, shots_now = look(found[0])
    assert facts_now == facts
    assert [differing(*pair) < 0.002 for pair in zip(shots, shots_now, strict=True)] == [True] * 2


def test_the_list_of_pages_has_titles_and_texts(kept: Run) -> None:
    (wacz,) = kept.run_folder.glob("archive/*.wacz")
    with ZipFile(wacz) as packed:
        head, *pages = map(json.loads, packed.read("pages/pages.jsonl").splitlines())
    assert head["hasText"]
    said = {page["url"]: page for page in pages if "text" in page}
    articles = kept.file("articles")
    assert len(articles) > 60
    for article in articles:
        page = said[article["url"]]
        assert page["title"] == article["title"]
        assert article["paragraphs"][0][:40] in page["text"]
        assert "dataLayer" not in page["text"]
