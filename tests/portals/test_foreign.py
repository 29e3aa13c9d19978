"""Portals of elsewhere, by their maps alone: dates, zones, words, selectors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shio_scraper import examine_page
from shio_scraper.portals import ALL, load, registry
from tests.portals.foreign import CAPTURED, COUNTY, FOREIGN, Foreign, page

_MOST = 40


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = ALL.members
    yield
    ALL.members = before
    registry._executed.cache_clear()  # noqa: SLF001  (a module is executed once a process)


def records(folder: Path, portal: Foreign, fetched_at: str | None = None) -> dict[str, Any]:
    path = folder / "portal.py"
    path.write_text(portal.map, encoding="utf-8")
    load(str(path))
    found = [
        record
        for at in portal.pages
        for record in examine_page(
            page(portal, at), f"https://{portal.host}/{at}", fetched_at
        ).records
    ]
    return {record.key: msgspec.to_builtins(record) for record in found}


@pytest.mark.parametrize("name", FOREIGN)
def test_every_field_is_right(tmp_path: Path, name: str) -> None:
    portal = FOREIGN[name]
    assert len(portal.map.splitlines()) <= _MOST
    found = records(tmp_path, portal, CAPTURED if name == "lake" else None)
    assert found.keys() == portal.truth.keys()
    for key, truth in portal.truth.items():
        assert {field: found[key][field] for field in truth} == truth, key


def test_a_day_is_of_the_future_by_the_portals_clock(tmp_path: Path) -> None:
    found = records(tmp_path, FOREIGN["lake"], "2024-03-04T10:00:00Z")
    assert found["article/zh/lake-5"]["published"] is None


def test_a_selector_that_finds_nothing_is_told_and_form_decides(tmp_path: Path) -> None:
    records(tmp_path, COUNTY)
    at = "releases/6-snow"
    found = examine_page(page(COUNTY, at), f"https://{COUNTY.host}/{at}")
    told = [event.text for event in found.events if event.event == "selector_found_nothing"]
    assert told == ["title", "published", "source", "paragraphs"]
