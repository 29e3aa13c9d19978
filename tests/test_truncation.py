"""The demo's pages, cut anywhere: the whole article, or none."""

from __future__ import annotations

import json
from pathlib import Path

from shio_scraper import parse_page
from shio_scraper.demo import DemoSite, demo_folder
from shio_scraper.items import Article

CUTS = 40
EXPECTED = Path(__file__).parents[1] / "fixtures" / "portal.expected.jsonl"


def test_a_page_cut_anywhere_is_never_a_shorter_article() -> None:
    site = DemoSite(demo_folder())
    truth = [json.loads(line) for line in EXPECTED.read_text(encoding="utf-8").splitlines()]
    whole = 0
    for record in (record for record in truth if record["type"] == "article"):
        body = site.answer(record["url"].removeprefix("https://touch.shio.gov.cn")).body
        for place in range(1, CUTS + 1):
            for found in parse_page(body[: len(body) * place // CUTS], record["url"]):
                if isinstance(found, Article):
                    assert found.paragraphs == record["paragraphs"], (record["url"], place)
                    assert found.source == record["source"], (record["url"], place)
                    whole += place == CUTS
    assert whole == sum(record["type"] == "article" for record in truth)
