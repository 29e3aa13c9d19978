"""What every test shares. `tests/crawl` and `tests/services` are the second and third tier."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.commands.inspecting import copied
from tests.spiders.crawling import CrawlScripted
from tests.spiders.running import scrapy

if TYPE_CHECKING:
    from pathlib import Path

    from tests.spiders.running import Run

settings.register_profile(
    "repeatable",
    deadline=None,
    derandomize=True,
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> CrawlScripted:
    """Return what crawls a scripted portal."""
    return CrawlScripted(tmp_path_factory)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Crawl the demo portal from an empty folder; what it left is not to be changed."""
    folder = tmp_path_factory.mktemp("demo")
    return scrapy(folder, "crawl", "portal", "-a", "site=demo", "-O", "all.jsonl")


@pytest.fixture(scope="session")
def crawled(demo: Run) -> Path:
    """The data folder of a demo crawl; not to be changed."""
    assert demo.status == 0, demo.stderr
    return demo.folder / "data"


@pytest.fixture
def data(crawled: Path, tmp_path: Path) -> Path:
    """A copy of the data folder of a demo crawl."""
    return copied(crawled, tmp_path / "copy")
