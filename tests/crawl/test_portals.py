"""Crawls of the sister site, and of both portals in one run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shio_scraper.dataset.builds.links import Links
from tests.spiders.running import ROOT, Json, Run, assert_calm, in_process, lines, scrapy, without

UNSTABLE = ("doubts", "provenance", "latest_date")


def _crawl(folder: Path, *arguments: str) -> Run:
    return scrapy(folder, "crawl", "portal", "-a", "site=demo", *arguments)


def truth(*names: str) -> dict[str, Json]:
    found = [record for n in names for record in lines(ROOT / "fixtures" / f"{n}.expected.jsonl")]
    return {record["key"]: without(record, *UNSTABLE) for record in found}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return _crawl(tmp_path_factory.mktemp("both"), "-a", "portal=all")


def test_the_records_of_both_portals_are_the_truth(both: Run) -> None:
    found = {record["key"]: without(record, *UNSTABLE) for record in both.records}
    expected = truth("portal", "portal_en_shio")
    assert found.keys() == expected.keys()
    assert found == expected
    assert_calm(both)


def test_each_portal_has_its_own_site(both: Run) -> None:
    servers: dict[bool, set[str]] = {True: set(), False: set()}
    for record in both.records:
        own = record["key"].rpartition("/")[2].startswith("en_shio-")
        servers[own].add(record["provenance"]["fetched_url"].split("/")[2])
    assert len(servers[True]) == len(servers[False]) == 1
    assert servers[True] != servers[False]


def test_a_teaser_of_one_portal_is_joined_with_its_whole_text_on_the_other(both: Run) -> None:
    of_type = {kind: [r for r in both.records if r["type"] == kind] for kind in ("faq", "event")}
    (whole,) = [r for r in of_type["faq"] if "ground floor" in (r["answer"] or "")]
    assert whole["key"].startswith("faq/en/en_shio-")
    with Links.among(lambda kind: of_type.get(kind, [])) as links:
        (teaser,) = links.of(whole["key"])
        assert teaser.relation == "teaser"
        assert [link.key for link in links.of(teaser.key)] == [whole["key"]]


def test_the_sister_site_alone(tmp_path: Path) -> None:
    run = _crawl(tmp_path, "-a", "portal=en_shio")
    expected = truth("portal_en_shio")
    assert {r["key"]: without(r, *UNSTABLE) for r in run.records} == expected
    assert run.file("rejects") == []
    manifest = json.loads((run.run_folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["scope"]["portals"] == ["en_shio"]
    assert run.stats["notes/promotion_ignored"] > 1


@pytest.mark.parametrize(("only", "types"), [("press", {"press_conference"}), ("faq", {"faq"})])
def test_only_some_records_of_the_sister_site(tmp_path: Path, only: str, types: set[str]) -> None:
    run = _crawl(tmp_path, "-a", "portal=en_shio", "-a", f"only={only}")
    expected = {key for key, record in truth("portal_en_shio").items() if record["type"] in types}
    assert {record["key"] for record in run.records} == expected


def test_scrapy_list_knows_spiders_and_portals(tmp_path: Path) -> None:
    assert in_process(tmp_path, "list").stdout.split() == ["archive", "portal"]
    portals = in_process(tmp_path, "list", "--portals").stdout.splitlines()
    assert portals == [
        "touch: Touch Shanghai, https://touch.shio.gov.cn",
        "en_shio: SHIO in English, https://en.shio.gov.cn",
    ]
