"""A project with scrapy-poet, whose callback is given our page object."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from shio_scraper.demo import DemoPortal
from tests.spiders.running import environment, lines, must_have

SCRIPT = """
import sys
import scrapy
from scrapy.crawler import CrawlerProcess
from shio_scraper.page_objects import RecordsPage
class Poet(scrapy.Spider):
    name = "poet"
    start_urls = sys.argv[1:]
    async def parse(self, response, page: RecordsPage):
        for record in await page.to_item():
            yield record
process = CrawlerProcess({
    "ADDONS": {"scrapy_poet.Addon": 300}, "FEEDS": {"all.jsonl": {"format": "jsonl"}},
})
process.crawl(Poet)
process.start()
"""


def test_a_callback_is_given_our_page_object(tmp_path: Path) -> None:
    must_have("scrapy-poet is not installed", there=bool(find_spec("scrapy_poet")))
    (tmp_path / "script.py").write_text(SCRIPT)
    with DemoPortal() as demo:
        address = f"{demo.url}/jsp/zfxw_detail_en.jsp?id=1033"
        subprocess.run(
            [sys.executable, "script.py", address],
            cwd=tmp_path, env=environment(), check=True, capture_output=True, timeout=60,
        )  # fmt: skip
    records = lines(tmp_path / "all.jsonl")
    (article,) = (record for record in records if record["type"] == "article")
    assert article["title"].startswith("Ring road section closed")
