"""Failures against requests: more lost than read is never complete, a lost kind is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from scrapy.exceptions import CannotResolveHostError, DownloadTimeoutError
from scrapy.settings import Settings

from shio_scraper import settings as project
from shio_scraper.crawl.fetching import why
from shio_scraper.items import Reject
from shio_scraper.monitoring import checks
from shio_scraper.monitoring.checks import Before, Facts
from shio_scraper.runs.outcome import Losses, because, note_read, note_reject, outcome
from tests.server import ORIGIN, Reply, ScriptedPortal, canonical
from tests.spiders.running import Run, crawl_portal, in_process
from tests.spiders.scripted import EVENTS, article, en, item, listing, portal_of

if TYPE_CHECKING:
    from pathlib import Path

FINISHED: dict[str, Any] = {"records": 13, "finish_reason": "finished"}
STORIES = f"{ORIGIN}/jsp/zfxw_default_en.jsp?siteId=300"


class Counter(dict[str, Any]):
    """Stats, as far as losses need them."""

    def inc_value(self, name: str) -> None:
        """Count."""
        self[name] = self.get(name, 0) + 1


def counted(read: int, *rejects: Reject) -> Counter:
    stats = Counter(FINISHED)
    for _ in range(read):
        note_read(stats, STORIES)  # type: ignore[arg-type]
    for reject in rejects:
        note_reject(stats, reject)  # type: ignore[arg-type]
    return stats


def lost(reason: str, detail: str | None = None, url: str = ORIGIN + en(7)) -> Reject:
    return Reject(
        stage="fetch", reason=reason, detail=detail, url=url, fetched_at=None, body_sha256=None
    )


def judged(stats: dict[str, Any], **last: int) -> Facts:
    found = Settings()
    found.setmodule(project)
    return Facts(stats, found, last=Before("before", last))


DEAD = lost("unreachable", "touch.shio.gov.cn cannot be resolved")


@pytest.mark.parametrize(
    ("read", "failed", "how"), [(23, 77, "partial"), (2, 3, "partial"), (3, 3, "complete")]
)
def test_more_lost_than_read_is_never_complete(read: int, failed: int, how: str) -> None:
    stats = counted(read, *[DEAD] * failed)
    assert outcome(stats) == (how, "finished" if how == "complete" else "failures")
    if how != "complete":
        cause = f"touch.shio.gov.cn cannot be resolved ({failed} of {read + failed} pages)"
        assert because(stats) == f"{failed} of {read + failed} pages were lost: {cause}"


def test_pages_that_are_not_there_are_lost_too_but_of_no_fault() -> None:
    stats = counted(2, *[lost("http_status", "404")] * 3)
    assert outcome(stats) == ("partial", "failures")
    assert Losses.of(stats).cause == "status 404 (3 of 5 pages)"
    assert checks.failures(judged(counted(2, *[lost("http_status", "404")] * 9))) is None
    assert checks.kinds(judged(stats, article=9)) is None


def test_a_record_that_is_rejected_costs_no_page() -> None:
    assert Losses.of(counted(1, *[lost("row_without_number")] * 9)).lost == 0


@pytest.mark.parametrize(("failed", "fires"), [(3, False), (4, True)])
def test_few_requests_are_judged_too(failed: int, fires: bool) -> None:  # noqa: FBT001
    said = checks.failures(judged(counted(24 - failed, *[DEAD] * failed)))
    assert bool(said) is fires
    assert not said or said.startswith("4 of 24 pages could not be had, more than 5 %")


def test_a_kind_whose_pages_all_failed_is_told() -> None:
    stats = counted(20, lost("unreachable", "x", f"{ORIGIN}/jsp/cfbm_detail_en.jsp?id=1"))
    assert checks.kinds(judged(stats, article=3)) is None
    assert checks.kinds(judged(stats, event=2)) == (
        "no event record, 2 in before: 1 of its pages (event) failed, none came"
    )
    assert checks.kinds(judged({**stats, "records/event": 1}, event=2)) is None
    assert checks.kinds(judged({**stats, "pages/read/event": 1}, event=2)) is None
    assert checks.kinds(judged(counted(20), event=2)) is None  # not asked for: not due


def test_what_is_unreachable_is_said_in_words() -> None:
    url = f"{ORIGIN}/"
    assert why(CannotResolveHostError("…"), url)[2] == "touch.shio.gov.cn cannot be resolved"
    assert why(DownloadTimeoutError("…"), url)[2] == "touch.shio.gov.cn does not answer in time"


# Whole runs


def stories(count: int, **headers: str) -> dict[str, Reply | str]:
    today = datetime.now(UTC).date()
    path = STORIES.removeprefix(ORIGIN)
    items = [item(en(n), f"Story {n}", f"{today:%B %d, %Y}") for n in range(1, count + 1)]
    pages = {en(n): article(f"Story {n}", f"{today}") for n in range(2, count + 1)}
    told = {target: Reply(body, headers=headers) for target, body in pages.items()}
    return {**portal_of(), path: listing(items), **told}


def last_line(run: Run) -> str:
    return run.stderr.splitlines()[-1]


def test_a_portal_that_dies(tmp_path: Path) -> None:
    with ScriptedPortal(stories(92)) as portal:
        portal.dies_after = 23
        run = crawl_portal(tmp_path, portal.url, "-s", "RETRY_TIMES=0")
    assert run.status == 4
    assert (run.stats["outcome"], run.stats["outcome/reason"]) == ("partial", "failures")
    losses = Losses.of(run.stats)
    assert (losses.asked, sum(losses.read.values()) <= 23) == (100, True)
    how = f"{losses.lost} of 100 pages were lost: {portal.url[7:]} breaks off ({losses.lost} of 100"
    assert last_line(run).startswith(f"scrapy crawl: the run is partial: {how} pages)")
    assert not (tmp_path / "data" / "latest").is_symlink()
    changes = in_process(tmp_path, "changes", "--site", portal.url)
    assert (changes.status, '"gone"' in changes.stdout) == (0, False)


def test_an_update_is_judged_by_its_requests(tmp_path: Path) -> None:
    pages = stories(17, ETag='"1"')
    with ScriptedPortal(pages) as portal:
        assert crawl_portal(tmp_path, portal.url).status == 0
        same = crawl_portal(tmp_path, portal.url, "-a", "mode=update")
        assert same.status == 0, same.stderr  # a 304 is got
        more = ("-a", "mode=update", "-s", "RETRY_TIMES=0")
        portal.pages[canonical(EVENTS)] = Reply(status=500)
        no_events = crawl_portal(tmp_path, portal.url, *more)
        portal.pages |= {target: Reply(drop=True) for target in pages if "detail" in target}
        run = crawl_portal(tmp_path, portal.url, *more)
    first = run.run_folders[0].name
    assert (no_events.status, run.status) == (4, 4)
    assert last_line(no_events) == (
        f"scrapy crawl: the run is partial: kinds: no event record, 1 in {first}: "
        "1 of its pages (event_listing) failed, none came"
    )
    assert last_line(run).startswith("scrapy crawl: the run is partial: ")
    assert "pages were lost" in last_line(run)
