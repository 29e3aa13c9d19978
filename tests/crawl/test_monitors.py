"""What follows from a failed monitor, and which runs are judged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.server import Reply, ScriptedPortal
from tests.spiders.running import FAST, Run, assert_calm, crawl_portal, in_process, scrapy
from tests.spiders.scripted import article, en, item, listing, page, pager, portal_of

if TYPE_CHECKING:
    from pathlib import Path


LIVE = "http://touch.shio.gov.cn"


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
            "-s", "SPIDERMON_SPIDER_CLOSE_MONITORS=mine.Suite",
        )  # fmt: skip
    assert (tmp_path / "told").read_text() == "test_mine"
    assert run.status == 4
    assert "the run is partial: mine: 5 not greater than 100 : too few for me" in run.stderr
    assert "ERROR: Action Break failed: OSError: no network" in run.stderr
    assert "Traceback" not in run.stderr


def live(folder: Path, portal: ScriptedPortal, *more: str) -> Run:
    portal.otherwise = lambda target: (
        portal.reply(target.removeprefix(LIVE)) if target.startswith(LIVE) else None
    )
    return scrapy(
        folder,
        "crawl",
        "portal",
        "-a",
        f"site={LIVE}",
        *FAST,
        *more,
        env={"http_proxy": portal.url},
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
    shown = in_process(tmp_path, "changes").stdout
    assert '"gone"' not in shown
