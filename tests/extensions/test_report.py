"""The summary that closes the log, and ``stats.json``."""

from __future__ import annotations

from shio_scraper.extensions.progress import summary


def test_every_count_is_in_the_summary() -> None:
    stats = {
        "finish_reason": "finished", "response_received_count": 10, "captures": 2,
        "elapsed_time_seconds": 3.25, "records": 3, "records/article": 2, "records/status": 1,
        "rejects": 3, "rejects/empty": 1, "rejects/http_status": 2, "duplicates/faq": 4,
        "conflicts/status": 5, "not_asked_for/event": 6, "notes/no_date": 7,
        "doubts/title:not_in_h1": 1,
        "audit/pages": 9, "audit/characters/main": 900, "audit/open_end": 8, "drift/seen": 2,
        "drift/new": 1, "planned/article": 8,
    }  # fmt: skip
    assert summary(stats) == [
        "Ended: finished; 12 pages in 3.2 s",
        "Records: 2 article, 1 status, 0 faq, 0 event, 0 press_conference, 0 document, 0 row",
        "Duplicates: 4 faq",
        "Conflicts: 5 status",
        "Rejects: 1 empty, 2 http_status",
        "Not asked for: 6 event",
        "Notes: 7 no_date",
        "Doubts: 1 title:not_in_h1",
        "Planned: 8 article",
        "Audit: 8 open_end; audit.jsonl names them",
        "Layouts: 2 seen, 1 new; scrapy drift tells of them",
    ]
    assert summary({}) == [
        "Ended: unknown; 0 pages in 0.0 s",
        "Records: 0 article, 0 status, 0 faq, 0 event, 0 press_conference, 0 document, 0 row",
    ]
