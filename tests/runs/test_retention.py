"""Which runs a rule keeps: counted by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shio_scraper.runs import retention
from shio_scraper.runs.manifest import Manifest, Scope
from shio_scraper.runs.retention import NEWEST, Rule

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def run(days_ago: float, outcome: Any = "complete", **more: Any) -> Manifest:
    began = NOW - timedelta(days=days_ago)
    return Manifest(
        run=f"{began:%Y%m%dT%H%M%SZ}-portal", site=more.pop("site", "live"), spider="portal",
        arguments=more.pop("arguments", {}), scope=Scope(types=[], languages=[]), settings={},
        versions={}, began=began, outcome=outcome, **more,
    )  # fmt: skip


def days(runs: list[Manifest], *rules: str) -> list[float]:
    """Return how many days ago the runs were that rules keep, but for the newest of all."""
    why = retention.kept(runs, [Rule.of(rule) for rule in rules], NOW)
    kept = [one for one in runs if set(why.get(one.run, ())) - {NEWEST}]
    return sorted((NOW - one.began) / timedelta(days=1) for one in kept)


YEAR = [run(n) for n in range(365)]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (["last:3"], [0, 1, 2]),
        (["2d"], [0, 1, 2]),
        (["36h"], [0, 1]),
        (["daily:2"], [0, 1]),
        (["weekly:3"], [0, 1, 8]),  # 2026-11-30 is a Monday
        (["monthly:3"], [0, 30, 61]),
        (["yearly"], [0, 334]),
        (["last:1", "monthly:2", "yearly"], [0, 30, 334]),
    ],
)
def test_rules(rules: list[str], expected: list[float]) -> None:
    assert days(YEAR, *rules) == expected


def test_of_a_period_the_newest_complete_run_is_kept() -> None:
    runs = [
        run(0.1),
        run(1.1, "failed"),
        run(1.2),
        run(1.3),
        run(2.1, "partial"),
        run(2.2, "failed"),
    ]
    assert days(runs, "daily") == [0.1, 1.2, 2.1]


def test_each_crawl_is_kept_by_itself() -> None:
    """Updates of each hour push out no full crawl, and the demo none of the portal."""
    updates = [run(n / 24, arguments={"mode": "update"}) for n in range(1, 30)]
    full, demo = [run(3), run(10), run(11, arguments={"fresh": "1"})], [run(20, site="demo")]
    assert days([*updates, *full, *demo], "last:2") == [1 / 24, 2 / 24, 3, 10, 20]


def test_the_newest_complete_run_stays() -> None:
    runs = [run(1, "failed"), run(40), run(50), run(41, trial="sample")]
    why = retention.kept(runs, [Rule.of("last:1")], NOW)
    assert why == {runs[0].run: ["last"], runs[1].run: [NEWEST]}


@pytest.mark.parametrize("rule", ["", "last", "last:0", "30", "daily:x", "-1d", "fortnightly"])
def test_what_is_no_rule(rule: str) -> None:
    with pytest.raises(ValueError, match="is no rule: write an age"):
        Rule.of(rule)
