"""Crawls that several tests look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.spiders.crawling import CrawlScripted, Demo
from tests.spiders.running import scrapy

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> CrawlScripted:
    """Return what crawls a scripted portal."""
    return CrawlScripted(tmp_path_factory)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Crawl the demo portal twice from one empty folder: with ``-O`` and then with ``-o``."""
    folder: Path = tmp_path_factory.mktemp("demo")
    first = scrapy(folder, "crawl", "portal", "-a", "site=demo", "-O", "all.jsonl")
    written = (folder / "all.jsonl").read_bytes()
    folders = first.run_folders
    second = scrapy(folder, "crawl", "portal", "-a", "site=demo", "-o", "all.jsonl")
    return Demo(first, second, folders, written)
