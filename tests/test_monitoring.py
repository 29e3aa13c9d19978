"""Monitors: what a run is judged by, what follows, and which runs are judged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from scrapy.settings import Settings

from shio_scraper import settings as project
from shio_scraper.monitoring import checks
from shio_scraper.monitoring.facts import Before, Facts
from tests.spiders.running import FAST, Run, assert_calm, crawl_portal, scrapy
from tests.spiders.scripted import (
    Reply,
    ScriptedPortal,
    article,
    en,
    item,
    listing,
    page,
    pager,
    portal_of,
)

if TYPE_CHECKING:
    from pathlib import Path

LIVE = "http://touch.shio.gov.cn"
GOOD = {"article": 2000, "status": 12, "faq": 9, "event": 3}


def facts(stats: dict[str, Any], *, full: bool = True, before: bool = True, **more: Any) -> Facts:
    found = Settings()
    found.setmodule(project)
    found.setdict(more)
    counts = {f"records/{kind}": count for kind, count in GOOD.items()}
    earlier = Before("before", GOOD) if before and full else None
    return Facts({"pages/read/article": 100, **counts, **stats}, found, full, before=earlier)


ALL = (
    checks.floor, checks.shrink, checks.pagination, checks.fields, checks.rejects,
    checks.unclaimed, checks.disagreement, checks.future_dates, checks.challenges,
    checks.error_pages, checks.blocked, checks.endless, checks.failures, checks.kinds,
)  # fmt: skip
GOOD_STATS = {
    "records/status": 9, "records/event": 0, "records/article": 2000,
    "records/article/jsp": 2000, "fields/article/jsp/published": 1900,
    "fields/article/jsp/paragraphs": 2000, "fields/article/jsp/section": 1990,
    "rejects": 5, "rejects/not_found": 2, "notes/listing_date_mismatch": 40,
    "audit/characters/main": 1000, "audit/characters/unclaimed": 50,
    "downloader/response_status_count/403": 1, "listings/pages/a": 49, "listings/last_page/a": 50,
    "listings/items/en?siteId=7": 1500, "listings/items/en?siteId=300": 1400,
    "listings/items/zh": 500,
}  # fmt: skip


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.__name__)
def test_a_good_run_passes_at_the_limits(check: checks.Check) -> None:
    assert check(facts(GOOD_STATS)) is None
    assert check(facts({}, before=False)) is None


@pytest.mark.parametrize(
    ("check", "stats", "said"),
    [
        (checks.floor, {"records/article": 999}, "999 article records, fewer than 1000"),
        (checks.floor, {"records/faq": 0}, "0 faq records, fewer than 3"),
        (checks.shrink, {"records/article": 1799}, "1799 article records, 2000 in before"),
        (checks.shrink, {"records/status": 8}, "8 status records, 12 in before"),
        (checks.pagination, {"listings/last_page/a": 60}, "49 of the 60 pages of a were read"),
        (checks.pagination, {"listings/items/zh": 700}, "2200 articles are listed, 2000 came"),
        (
            checks.fields,
            {"fields/article/jsp/published": 1899},
            "published on 1899 of 2000 jsp records, less than 95 %",
        ),
        (checks.fields, {"records/faq/jsp": 50}, "answer on 0 of 50 jsp records, less than 90 %"),
        (
            checks.rejects,
            {"rejects": 6},
            "6 of 100 pages are rejects, more than 5 % (SHIO_MONITOR_REJECTS)",
        ),
        (checks.unclaimed, {"audit/characters/unclaimed": 51}, "51 of 1000 characters unclaimed"),
        (
            checks.disagreement,
            {"notes/id_date_mismatch": 1},
            "41 of 2000 articles have dates that disagree",
        ),
        (checks.future_dates, {"notes/future_date": 1}, "1 articles from the future, more than 0"),
        (
            checks.challenges,
            {"rejects/login_wall": 1},
            "1 pages in whose place came: login_wall, more than 0",
        ),
        (
            checks.error_pages,
            {"rejects/not_found": 3},
            "3 of 100 pages say: not found, more than 2 %",
        ),
        (checks.endless, {"rejects/endless": 1}, "1 pages and 0 links without an end"),
        (checks.endless, {"links/too_far": 2}, "0 pages and 2 links without an end"),
        (checks.blocked, {"rejects/robots": 1}, "refused (1 by status 401, 403, 429; 1 by robots"),
    ],
)
def test_what_each_says(check: checks.Check, stats: dict[str, Any], said: str) -> None:
    assert said in (check(facts({**GOOD_STATS, **stats})) or "")


@pytest.mark.parametrize("check", [checks.floor, checks.shrink, checks.pagination])
def test_counts_of_a_narrowed_run_mean_nothing(check: checks.Check) -> None:
    few = {"records/article": 1, "records/faq": 0, "listings/last_page/a": 9}
    assert check(facts(few))
    assert check(facts(few, full=False)) is None


def test_a_limit_is_a_setting_and_small_samples_are_not_judged() -> None:
    assert checks.rejects(facts({"rejects": 6}, SHIO_MONITOR_REJECTS="0.1")) is None
    assert checks.rejects(facts({"rejects": 6, "pages/read/article": 40})) is None
    assert checks.floor(facts({}, SHIO_MONITOR_FLOOR='{"article": 3000}')) == (
        "2000 article records, fewer than 3000"
    )


# Whole runs


def manifest(run: Run) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run.run_folders[-1] / "manifest.json").read_text("utf-8"))
    return found


FUTURE = {en(7): article("From tomorrow", "2999-01-01")}


def test_a_failed_monitor_makes_a_run_partial(tmp_path: Path) -> None:
    with ScriptedPortal(portal_of(en(7)) | FUTURE) as portal:
        run = crawl_portal(tmp_path, portal.url)
    assert run.status == 4
    assert run.stderr.splitlines()[-1] == (
        "scrapy crawl: the run is partial: "
        "future_dates: 1 articles from the future, more than 0 (SHIO_MONITOR_FUTURE_DATES)"
    )
    assert run.stats["monitors/failed"] == ["future_dates"]
    assert (run.stats["outcome"], run.stats["outcome/reason"]) == ("partial", "monitors")
    found = manifest(run)
    assert (found["outcome"], found["reason"]) == ("partial", "monitors")
    assert found["monitors"] == ["future_dates"]
    assert not (tmp_path / "data" / "latest").is_symlink()
    assert "Taken into data/state-http-127-0-0-1-" in run.stderr
    assert_calm(run)


def test_an_archive_holds_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(FUTURE[en(7)], encoding="utf-8")
    run = scrapy(tmp_path, "crawl", "archive", "-a", "path=a.html")
    assert run.status == 0
    assert manifest(run)["outcome"] == "complete"


ACTIONS = """
from pathlib import Path
from spidermon import Monitor, MonitorSuite
from spidermon.core.actions import Action
from shio_scraper.monitoring.monitors import RunMonitors

class Tell(Action):
    def run_action(self):
        failed = self.result.monitors_failed_results
        Path("told").write_text(" ".join(one.monitor.method_name for one in failed))

class Break(Action):
    def run_action(self):
        raise OSError("no network")

class Mine(Monitor):
    def test_mine(self):
        self.assertGreater(self.data.stats["records"], 100, "too few for me")

class Suite(RunMonitors):
    monitors = [*RunMonitors.monitors, Mine]
    monitors_failed_actions = [Tell, Break]
"""


def test_actions_and_suites_are_spidermons(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(ACTIONS, encoding="utf-8")
    with ScriptedPortal(portal_of()) as portal:
        run = scrapy(
            tmp_path, "crawl", "portal", "-a", f"site={portal.url}", *FAST,
            "-s", "SPIDERMON_SPIDER_CLOSE_MONITORS=mine.Suite", PYTHONPATH=str(tmp_path),
        )  # fmt: skip
    assert (tmp_path / "told").read_text() == "test_mine"
    assert run.status == 4
    assert "the run is partial: mine: 5 not greater than 100 : too few for me" in run.stderr
    assert "ERROR: Action Break failed: OSError: no network" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_limit_that_is_none_is_wrong_use(tmp_path: Path) -> None:
    for wrong in ("SHIO_MONITOR_REJECTS=few", "SHIO_MONITOR_FLOOR=7", "SHIO_CHALLENGE_DELAY=x"):
        run = scrapy(tmp_path, "crawl", "portal", "-a", "site=demo", "-s", wrong)
        assert run.status == 2
        assert run.stderr.startswith(f"scrapy crawl: {wrong.partition('=')[0]}=")


# The live portal, whose place a proxy on loopback takes


def live(folder: Path, portal: ScriptedPortal, *more: str) -> Run:
    portal.otherwise = lambda target: (
        portal.reply(target.removeprefix(LIVE)) if target.startswith(LIVE) else None
    )
    return scrapy(
        folder, "crawl", "portal", "-a", f"site={LIVE}", *FAST, *more, http_proxy=portal.url
    )


FLOOR = ("-s", 'SHIO_MONITOR_FLOOR={"article": 2, "faq": 1}')


def stories(*numbers: int) -> dict[str, Reply | str]:
    path = "/jsp/zfxw_default_en.jsp?siteId=300"
    items = [item(en(n), f"Story {n}", "March 4, 2024") for n in (1, *numbers)]
    return {
        **portal_of(),
        path: listing(items, pager=pager(path, 1)),
        **{en(n): article(f"Story {n}", "2024-03-04") for n in numbers},
    }


def test_a_full_live_crawl_is_judged_by_its_counts(tmp_path: Path) -> None:
    with ScriptedPortal(stories(*range(10, 20))) as portal:
        first = live(tmp_path, portal, *FLOOR)
        assert (first.status, manifest(first)["outcome"]) == (0, "complete"), first.stderr
        assert manifest(first)["site"] == "live"
    with ScriptedPortal(stories(*range(10, 14))) as portal:
        narrowed = live(tmp_path, portal, *FLOOR, "-a", "language=en")
        assert narrowed.status == 0
        fewer = live(tmp_path, portal, *FLOOR)
    assert fewer.status == 4
    assert f"shrink: 6 article records, 12 in {first.run_folders[0].name}" in fewer.stderr
    with ScriptedPortal(stories() | {en(1): page("<p>Page not found</p>")}) as portal:
        none = live(tmp_path, portal, *FLOOR)
    assert none.status == 4
    assert "the run is failed: floor: 1 article records, fewer than 2; " in none.stderr
    assert manifest(none)["outcome"] == "failed"
    shown = scrapy(tmp_path, "changes").stdout
    assert '"gone"' not in shown
