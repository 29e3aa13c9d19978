"""What a run should have seen, and whose pages it reads, by its arguments."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from shio_scraper.runs.manifest import Scope
from shio_scraper.spiders.archive import ArchiveSpider
from shio_scraper.spiders.base import CaptureSpider
from shio_scraper.spiders.portal import PortalSpider

EVERYTHING: dict[str, Any] = {
    "types": ["article", "event", "faq", "status"],
    "languages": ["en", "zh"],
}


def spider(cls: type[CaptureSpider], **arguments: str) -> CaptureSpider:
    made = cls(**arguments)
    made.given = arguments
    return made


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, {}),
        ({"site": "demo"}, {}),
        ({"fresh": "1"}, {}),
        ({"only": "news,faq"}, {"types": ["article", "faq"]}),
        ({"only": " news , faq,"}, {"types": ["article", "faq"]}),
        ({"only": "news,events,faq,status", "language": "zh,en"}, {}),
        ({"language": "zh"}, {"languages": ["zh"]}),
        (
            {"since": "2025-01-02", "until": "2025-03-04"},
            {"since": date(2025, 1, 2), "until": date(2025, 3, 4)},
        ),
        ({"max_pages": "3"}, {"narrowed_by": ["max_pages"]}),
        ({"mode": "update"}, {"narrowed_by": ["mode"]}),
        ({"site": "wayback"}, {"narrowed_by": ["history"]}),
        (
            {"portal": "en_shio"},
            {"types": ["article", "faq", "press_conference"], "portals": ["en_shio"]},
        ),
    ],
)
def test_the_scope_of_the_portal(arguments: dict[str, str], expected: dict[str, Any]) -> None:
    assert spider(PortalSpider, **arguments).scope == Scope(**(EVERYTHING | expected))


def test_a_site_that_no_map_is_of() -> None:
    whole = spider(PortalSpider, portal="any", site="https://www.Marram.example/planning/")
    types = ["article", "event", "faq", "row"]
    assert whole.scope == Scope(types=types, languages=[], portals=["any"])
    assert (whole.origin, whole.is_full) == ("https://www.marram.example/planning", True)
    narrow = spider(PortalSpider, portal="any", site="https://marram.example", pages="9", depth="2")
    assert narrow.scope.narrowed_by == ["depth", "pages"]
    assert not narrow.is_full
    assert spider(ArchiveSpider, portal="any", path="x.warc", site="https://a.example").origin == (
        "archive"
    )


def test_the_scope_of_an_archive() -> None:
    narrowed = ["history", "path"]
    found = spider(ArchiveSpider, path="x.warc").scope
    types = sorted([*EVERYTHING["types"], "press_conference"])
    every = EVERYTHING | {"types": types, "portals": ["touch", "en_shio"]}
    assert found == Scope(**every, narrowed_by=narrowed)


@pytest.mark.parametrize(
    ("site", "origin"),
    [
        ("live", "live"),
        ("http://touch.shio.gov.cn", "live"),
        ("http://61.129.132.137/", "live"),
        ("wayback", "live"),
        ("commoncrawl", "live"),
        ("demo", "demo"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://Mirror.example/portal/", "http://mirror.example/portal"),
    ],
)
def test_whose_pages_are_read(site: str, origin: str) -> None:
    assert spider(PortalSpider, site=site).origin == origin


def test_files_are_of_no_site_of_their_own() -> None:
    assert spider(ArchiveSpider, path="x.warc").origin == "archive"
    assert spider(ArchiveSpider, site="wayback").origin == "live"
