"""Which folder a worker goes on in, whoever had it before."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from socket import gethostname
from typing import Any

import pytest
from scrapy.crawler import Crawler
from scrapy.settings import Settings
from scrapy.statscollectors import MemoryStatsCollector

from shio_scraper import runs
from shio_scraper.frontier import resuming
from shio_scraper.frontier.store import Part
from shio_scraper.portals import Source
from shio_scraper.runs import manifest
from shio_scraper.runs.manifest import Neighbour
from shio_scraper.spiders.portal import PortalSpider


@pytest.fixture
def spider(tmp_path: Path) -> PortalSpider:
    settings = Settings({"SHIO_DATA": str(tmp_path), "SHIO_MAX_PAGE": 1})
    crawler = Crawler(PortalSpider, settings)  # get_crawler would freeze the settings
    crawler.stats = MemoryStatsCollector(crawler)
    spider = PortalSpider.from_crawler(crawler, site="http://127.0.0.1:9")
    crawler.spider = spider
    return spider


class Store:
    """Notes what is left."""

    written = {b"who": b"hash"}  # noqa: RUF012

    def __init__(self) -> None:
        self.left: list[tuple[Part, Part]] = []

    def leave(self, part: Part, successor: Part) -> None:
        self.left.append((part, successor))


class Left:
    """One part that was left."""

    def __init__(self, part: Part, successor: Part) -> None:
        self._pair = part, successor
        self.is_forgotten = False

    async def left(self) -> list[tuple[Part, Part]]:
        return [self._pair]

    async def forget(self, part: Part) -> None:
        assert part == self._pair[0]
        self.is_forgotten = True


def begun(spider: PortalSpider, folder: Path, **other: Any) -> Path:
    """Make the folder of a run that was cut off."""
    (folder / "archive").mkdir(parents=True)
    (folder / "articles.jsonl").write_bytes(b'{"a": 1}\n{"b": 2}\n')
    what = {"site": spider.origin, "spider": spider.name, "arguments": {}, "scope": spider.scope}
    manifest.begin(folder, **what, settings={}, versions={}, **other)
    return folder


def passed_on(spider: PortalSpider, part: Part) -> tuple[Part | None, Store]:
    store: Any = Store()
    return resuming._passed_on(spider, store, part), store  # noqa: SLF001


def test_a_run_of_another_machine_is_found_on_a_shared_disk(
    spider: PortalSpider, tmp_path: Path
) -> None:
    folder = begun(spider, tmp_path / "runs" / "20260101T000000Z-portal")
    found, store = passed_on(spider, Part(Path("/elsewhere") / folder.name, "elsewhere"))
    assert found
    assert found.folder == folder
    assert found.host != "elsewhere"
    assert (store.left, spider.continues) == ([], None)


def test_a_worker_that_is_late_writes_to_nothing(spider: PortalSpider, tmp_path: Path) -> None:
    folder = begun(spider, tmp_path / "runs" / "20260101T000000Z-portal")
    with (folder / "articles.jsonl").open("ab", buffering=0) as late:
        passed_on(spider, Part(folder, "elsewhere"))
        late.write(b'{"late": true}\n')
    assert (folder / "articles.jsonl").read_bytes() == b'{"a": 1}\n{"b": 2}\n'


@pytest.mark.parametrize("case", ["not there", "of another portal", "ended", "in use"])
def test_a_run_out_of_reach_goes_on_in_another(
    spider: PortalSpider, tmp_path: Path, case: str
) -> None:
    folder = tmp_path / "runs" / "20260101T000000Z-portal"
    if case != "not there":
        begun(spider, folder)
    if case == "of another portal":
        text = (folder / manifest.BEGUN).read_text("utf-8")
        (folder / manifest.BEGUN).write_text(text.replace('"touch"', '"en_shio"'), "utf-8")
    elif case == "ended":
        manifest.end(folder, "complete", "finished", {})
    elif case == "in use":
        assert runs.lock(folder)
    part = Part(folder, "elsewhere")
    found, store = passed_on(spider, part)
    assert found is None
    assert spider.continues == Neighbour(run=folder.name, host="elsewhere")
    assert spider.written_before == store.written
    assert [(old, new.folder) for old, new in store.left] == [(part, spider.run_folder.absolute())]
    assert "continues" in spider.scope.narrowed_by


def test_a_run_that_was_left_is_cut_back_and_names_its_successor(
    spider: PortalSpider, tmp_path: Path
) -> None:
    folder = begun(spider, tmp_path / "runs" / "20260101T000000Z-portal")
    part = Part(folder, gethostname(), {"articles.jsonl": 9}, {"records/article": 1})
    left: Any = Left(part, Part(Path("/elsewhere/20260101T000100Z-portal"), "elsewhere"))
    asyncio.run(resuming.tidy(left))
    assert left.is_forgotten
    assert (folder / "articles.jsonl").read_bytes() == b'{"a": 1}\n'
    found = json.loads((folder / manifest.NAME).read_bytes())
    assert (found["outcome"], found["reason"]) == ("partial", "continued")
    assert found["continued"] == {"run": "20260101T000100Z-portal", "host": "elsewhere"}
    assert found["counts"]["article"] == 1


def test_a_run_of_another_machine_is_left_to_it(spider: PortalSpider, tmp_path: Path) -> None:
    folder = begun(spider, tmp_path / "runs" / "20260101T000000Z-portal")
    left: Any = Left(Part(folder, "elsewhere"), Part(Path("/x/y"), "further"))
    asyncio.run(resuming.tidy(left))
    assert not left.is_forgotten
    assert (folder / manifest.BEGUN).exists()


def test_a_crawl_that_waits_under_another_name_of_its_map_is_told(
    spider: PortalSpider,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    begun(spider, tmp_path / "runs" / "20260101T000000Z-portal",
          maps=[Source("pier", "/maps/pier.py", "")])  # fmt: skip
    monkeypatch.setattr(resuming, "sources", lambda _: [Source("quay", "/maps/pier.py", "")])
    resuming._tell_of_other_names(spider)  # noqa: SLF001
    assert "waits to go on as portal pier, which /maps/pier.py calls quay now" in caplog.text
