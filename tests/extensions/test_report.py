"""The summary that closes the log, and ``stats.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shio_scraper.extensions.progress import summary
from tests.spiders.running import FAST, assert_calm, scrapy
from tests.spiders.scripted import ScriptedPortal, portal_of

if TYPE_CHECKING:
    from pathlib import Path


def test_every_count_is_in_the_summary() -> None:
    stats = {
        "finish_reason": "finished", "response_received_count": 10, "captures": 2,
        "elapsed_time_seconds": 3.25, "records": 3, "records/article": 2, "records/status": 1,
        "rejects": 3, "rejects/empty": 1, "rejects/http_status": 2, "duplicates/faq": 4,
        "conflicts/status": 5, "not_asked_for/event": 6, "notes/no_date": 7,
        "audit/pages": 9, "audit/characters/main": 900, "audit/open_end": 8, "drift/seen": 2,
        "drift/new": 1,
    }  # fmt: skip
    assert summary(stats) == [
        "Ended: finished; 12 pages in 3.2 s",
        "Records: 2 article, 1 status, 0 faq, 0 event, 0 press_conference",
        "Duplicates: 4 faq",
        "Conflicts: 5 status",
        "Rejects: 1 empty, 2 http_status",
        "Not asked for: 6 event",
        "Notes: 7 no_date",
        "Audit: 8 open_end; audit.jsonl names them",
        "Layouts: 2 seen, 1 new; scrapy drift tells of them",
    ]
    assert summary({}) == [
        "Ended: unknown; 0 pages in 0.0 s",
        "Records: 0 article, 0 status, 0 faq, 0 event, 0 press_conference",
    ]


@pytest.mark.parametrize("path", ["", "/"])
def test_the_report_of_a_run(tmp_path: Path, path: str) -> None:
    """It begins with where the records go, and ends with what the run gave."""
    with ScriptedPortal(portal_of()) as portal:
        run = scrapy(tmp_path, "crawl", "portal", "-a", f"site={portal.url}{path}", *FAST)
    log = [line.partition(" INFO: ")[2] for line in run.stderr.splitlines()]
    (begin,) = [line for line in log if line.startswith("Crawl of ")]
    assert portal.url in begin
    assert str(run.run_folder.relative_to(tmp_path)) in begin
    seconds = run.stats["elapsed_time_seconds"]
    name = portal.url.replace("://", "-").replace(":", "-").replace(".", "-")
    found = [line for line in log[-5:] if not line.startswith(("Audit: ", "Layouts: "))]
    assert found == [
        f"Ended: finished; {len(portal.requests)} pages in {seconds:.1f} s",
        "Records: 2 article, 1 status, 1 faq, 1 event, 0 press_conference",
        f"Taken into data/state-{name}.db: {run.run_folder.name}: 5 records, 5 new, 0 changed",
    ]
    assert_calm(run)
