"""Commands that need a crawl, or a process, of their own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shio_scraper.demo import demo_folder
from tests.commands.test_dataset import dataset, run_of
from tests.commands.test_verify import problems, verify
from tests.spiders.running import TIMEOUT, scrapy, start_scrapy


def test_a_run_of_the_archive_spider_and_what_it_read(crawled: Path, tmp_path: Path) -> None:
    run = scrapy(tmp_path, "crawl", "archive", "-a", f"path={crawled}/runs/*/archive")
    assert run.status == 0, run.stderr
    assert problems(verify(tmp_path / "data")) == []


def test_a_wacz_beside_the_records(tmp_path: Path) -> None:
    arguments = ("-a", "site=demo", "-s", "DOWNLOAD_DELAY=0", "-s", "SHIO_ARCHIVE=wacz")
    run = scrapy(tmp_path, "crawl", "portal", *arguments)
    assert run.status == 0, run.stderr
    for warc in run.run_folder.glob("archive/*.warc.gz"):
        warc.unlink()
    assert problems(verify(tmp_path / "data")) == []


def test_a_reader_that_goes_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = run_of(0, *map(str, range(2000)))
    dataset("add", run.name)
    process = start_scrapy(tmp_path, "changes")
    assert process.stdout
    assert process.stderr
    assert json.loads(process.stdout.readline())["change"] == "added"
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(timeout=TIMEOUT) == 0
    process.stderr.close()


SCRIPT = """
from scrapy.crawler import {name}
from scrapy.utils.project import get_project_settings

process = {name}(get_project_settings())
process.crawl("portal", since="soon")
process.start()
"""


@pytest.mark.parametrize("name", ["CrawlerProcess", "AsyncCrawlerProcess"])
def test_a_wrong_argument_from_a_script_is_one_line(tmp_path: Path, name: str) -> None:
    done = scrapy(tmp_path, "-c", SCRIPT.format(name=name))
    (line,) = [line for line in done.stderr.splitlines() if " INFO: " not in line]
    assert ": Wrong argument: since='soon' is not a day: write YYYY-MM-DD, or" in line


def test_the_records_of_a_saved_page(tmp_path: Path) -> None:
    saved = demo_folder() / "jsp/zfxw_detail_en.jsp/id=2241.html"
    code = "[r.type for r in records][:2], records[0].title, len(page.blocks) > 20, rejects, "
    run = scrapy(tmp_path, "shell", str(saved), "-c", f"{code} response.status")
    assert run.status == 0, run.stderr
    assert run.stdout.startswith("(['article', 'status'], '")
    assert run.stdout.endswith("', True, [], 200)\n")
    assert not any(word in run.stderr for word in ("Traceback", "WARNING", "ERROR"))
    assert [path.name for path in tmp_path.iterdir()] == []


def test_a_page_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "empty.html").touch()
    run = scrapy(tmp_path, "shell", "./empty.html", "-c", "records, [r.reason for r in rejects]")
    assert run.stdout.strip() == "([], ['empty'])"
