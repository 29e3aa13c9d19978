"""Monitors: what a run is judged by, what follows, and which runs are judged."""

from __future__ import annotations

from typing import Any

import pytest
from scrapy.settings import Settings

from shio_scraper import settings as project
from shio_scraper.monitoring import checks
from shio_scraper.monitoring.checks import Before, Facts
from shio_scraper.portals import TOUCH_SHANGHAI
from tests.spiders.running import ROOT

GOOD = {"article": 2000, "status": 12, "faq": 9, "event": 3}
BEFORE = {"records/article": 1000, "fields/article/jsp/source": 500,
          "records/faq": 9, "fields/faq/jsp/answer": 9}  # fmt: skip


def facts(stats: dict[str, Any], *, full: bool = True, before: bool = True, **more: Any) -> Facts:
    found = Settings()
    found.setmodule(project)
    found.setdict({**TOUCH_SHANGHAI.settings, "SHIO_MONITOR_LAYOUTS": 0.1, **more})
    counts = {f"records/{kind}": count for kind, count in GOOD.items()}
    earlier = Before("before", GOOD, BEFORE) if before and full else None
    return Facts({"pages/read/article": 100, **counts, **stats}, found, full, before=earlier)


GOOD_STATS = {
    "records/status": 9, "records/event": 0, "records/article": 2000,
    "records/article/jsp": 2000, "fields/article/jsp/published": 1900,
    "fields/article/jsp/paragraphs": 2000, "fields/article/jsp/section": 1990,
    "fields/article/jsp/source": 500, "fields/article/mobile/source": 300,
    "drift/layouts/a": 90, "drift/layouts/b": 10, "drift/pages": 10,
    "rejects": 5, "rejects/not_found": 2, "notes/listing_date_mismatch": 40,
    "audit/characters/main": 1000, "audit/characters/unclaimed": 50,
    "downloader/response_status_count/403": 1, "listings/pages/a": 49, "listings/last_page/a": 50,
    "listings/items/en?siteId=7": 1500, "listings/items/en?siteId=300": 1400,
    "listings/items/zh": 500,
}  # fmt: skip


@pytest.mark.parametrize("check", checks.CHECKS.values(), ids=checks.CHECKS)
def test_a_good_run_passes_at_the_limits(check: checks.Check) -> None:
    assert check(facts(GOOD_STATS)) is None
    assert check(facts({}, before=False)) is None


FAILING = [
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
        checks.emptied,
        {"fields/article/mobile/source": 299},
        "article/source on 799 of 2000 records, 500 of 1000 in before",
    ),
    (
        checks.layouts,
        {"drift/pages": 11},
        "11 of 100 pages have a new layout, more than 10 % (SHIO_MONITOR_LAYOUTS)",
    ),
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
]


@pytest.mark.parametrize(("check", "stats", "said"), FAILING)
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


def test_every_check_is_seen_to_fail_here_and_is_documented() -> None:
    of_whole_runs = {"failures", "kinds"}  # tests/crawl/test_losses.py
    assert {check.__name__ for check, *_ in FAILING} | of_whole_runs == set(checks.CHECKS)
    trust = (ROOT / "docs" / "trust.md").read_text(encoding="utf-8")
    assert [name for name in checks.CHECKS if f"\n| `{name}` |" not in trust] == []
