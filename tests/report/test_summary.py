from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from shio_scraper.dataset.state import State
from shio_scraper.report import source, summary
from shio_scraper.report.reading import COLUMNS, Entry
from shio_scraper.report.summary import Span
from tests.dataset.making import day, made, scope
from tests.pipelines.samples import reject
from tests.report.reporting import (
    article,
    odd_run,
    run_of,
    status,
    summary_of,
    summary_of_dataset,
    taken,
)


def test_records_are_counted_by_type_and_language(tmp_path: Path) -> None:
    records = [article(1), article(2, language="zh"), made("faq", day(0)), made("event", day(0))]
    found = summary_of(run_of(tmp_path, 0, records))
    assert found.counts == {
        ("article", "en"): 1, ("article", "zh"): 1, ("faq", "en"): 1, ("event", "en"): 1,
    }  # fmt: skip
    assert (found.records, found.of_type("article"), found.left_out) == (4, 2, 0)


def test_coverage_is_what_is_neither_null_nor_empty_by_layout(tmp_path: Path) -> None:
    other = article(2, source=None, links=[])
    other.provenance = replace(other.provenance, layout="aspx")
    found = summary_of(run_of(tmp_path, 0, [article(1), other, article(3, source=None)]))
    coverage = found.coverage["article"]
    assert coverage.records == {"jsp": 2, "aspx": 1}
    assert (coverage.filled["source", "jsp"], coverage.filled["source", "aspx"]) == (1, 0)
    assert (coverage.filled["links", "jsp"], coverage.filled["links", "aspx"]) == (2, 0)
    assert coverage.having("title") == coverage.having("gated") == coverage.total == 3


def test_articles_by_day_under_their_subsection_or_section(tmp_path: Path) -> None:
    first, second = date(2024, 3, 4), date(2024, 3, 5)
    records = [
        article(1),
        article(2, category=None, published=second, source=None),
        article(3, category=None, section=None, published=None),
    ]
    found = summary_of(run_of(tmp_path, 0, records))
    assert found.sections == {
        (first, "City News"): 1, (second, "Government News"): 1, (None, ""): 1,
    }  # fmt: skip
    assert found.sources == {(first, "Xinhua"): 1, (second, ""): 1, (None, "Xinhua"): 1}


def test_rows_are_the_newest_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = [article(n, published=date(2024, 1, n)) for n in (2, 9, 4)] + [made("faq", day(0))]
    run = run_of(tmp_path, 0, records)
    assert [row.date[-2:] for row in summary_of(run).entries] == ["09", "04", "02", ""]
    monkeypatch.setattr(summary, "MOST", 2)
    found = summary_of(run)
    assert [row.date[-2:] for row in found.entries] == ["09", "04"]
    assert found.records == 4


def cells(entry: Entry) -> dict[str, str]:
    return {name: cell or "" for name, cell in zip(COLUMNS, entry.cells, strict=True)}


def test_a_row_has_the_provenance(tmp_path: Path) -> None:
    (entry,) = summary_of(run_of(tmp_path, 0, [article(1)])).entries
    row = cells(entry)
    assert row["fetched_at"] == "2026-01-01 08:00:00"
    assert row["archive"] == "a.warc.gz, byte 0, 10 bytes, <urn:uuid:1>"
    assert (row["layout"], row["parser"], len(row["body_sha256"])) == ("jsp", "shio-scraper 0", 64)


def test_rejects_are_counted_beyond_those_that_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summary, "MOST", 2)
    rejects = [reject(), replace(reject(), reason="no_title"), reject()]
    found = summary_of(run_of(tmp_path, 0, rejects))
    assert found.reject_counts == {("parse", "two_titles"): 2, ("parse", "no_title"): 1}
    assert found.rejects == rejects[:2]


def test_lines_that_are_no_records_are_counted(tmp_path: Path) -> None:
    run = run_of(tmp_path, 0, [article(1)], outcome="unfinished")
    unknown = '{"type":"letter","key":"letter/1"}'
    with (run / "articles.jsonl").open("a") as stream:
        stream.write(f'{{"type":"article","key":"article/en/9"}}\n{unknown}\n{{"type":"article"')
    (run / "rejects.jsonl").write_text('{"type":"reject"}\n')
    found = summary_of(run)
    assert (found.records, found.left_out) == (1, 4)


def test_pace_and_notes_come_from_the_stats(tmp_path: Path) -> None:
    run = run_of(tmp_path, 0, [article(1)], outcome="unfinished")
    stats = {"response_received_count": 90, "captures": 10, "elapsed_time_seconds": 4.0,
             "downloader/response_bytes": 5, "notes/no_date": 2, "notes/no_body": 3}  # fmt: skip
    (run / "stats.json").write_text(json.dumps(stats))
    found = summary_of(run)
    assert found.pace is not None
    assert found.pace == (100, 5, 4.0)
    assert list(found.notes.items()) == [("no_body", 3), ("no_date", 2)]


def test_a_time_line_holds_a_word_until_another_is_seen(tmp_path: Path) -> None:
    words = [(0, "received"), (1, "received"), (3, "processing"), (4, "processing"), (9, None)]
    records = [status(7, at, status=word) for at, word in words]
    history = scope(narrowed_by=["history"])
    found = summary_of(run_of(tmp_path, 10, [*reversed(records), status(12)], scope=history))
    newest, line = found.time_lines
    assert (newest.row.serial, newest.spans) == ("12", [Span(day(0), day(0), "processing")])
    assert line.spans == [
        Span(day(0), day(3), "received"), Span(day(3), day(9), "processing"),
        Span(day(9), day(9), None),
    ]  # fmt: skip


def test_what_changed_is_what_the_run_told(tmp_path: Path) -> None:
    runs = [
        run_of(tmp_path, 0, [article(1), article(2), status(5)]),
        run_of(tmp_path, 1, [article(1), status(5, 1)]),
        run_of(tmp_path, 2, [article(1, 2, title="New"), article(3, 2),
                             status(5, 2, status="completed")]),
        run_of(tmp_path, 3, [article(1, 3, title="Newer"), article(3, 3)]),
    ]  # fmt: skip
    taken(tmp_path, *runs)
    found = summary_of(runs[2])
    assert found.changes is not None
    assert found.changes.counts == {
        ("article", "changed"): 1, ("article", "gone"): 1, ("article", "added"): 1,
        ("status", "changed"): 1,
    }  # fmt: skip
    told = {(one.change, one.key): dict(one.fields) for one in found.changes.shown}
    assert told["changed", "article/en/1"] == {"title": [("-", "Title 1"), ("+", "New")]}
    assert told["changed", "status/application/5"] == {
        "status": [("-", "processing"), ("+", "completed")]
    }
    assert ("gone", "article/en/2") in told
    assert [one.change for one in found.changes.shown][-1] == "added"
    assert [one.run for one in found.histories["article/en/1"]] == [runs[2].name, runs[3].name]
    newest = summary_of_dataset(tmp_path)
    assert newest.changes is not None
    assert newest.changes.run is None
    assert newest.changes.counts["article", "changed"] == 2
    assert newest.changes.by_run == {
        (runs[0].name, "added"): 3, (runs[2].name, "changed"): 2, (runs[2].name, "gone"): 1,
        (runs[2].name, "added"): 1, (runs[3].name, "changed"): 1,
    }  # fmt: skip
    assert (newest.runs[0].records, newest.runs[0].pages) == (3, None)


def test_the_newest_of_ten_thousand_changes_are_shown(tmp_path: Path) -> None:
    records = {at: [status(n, at, status=word) for n in range(10_000)]
               for at, word in ((0, "processing"), (1, "completed"))}  # fmt: skip
    runs = [run_of(tmp_path, at, some) for at, some in records.items()]
    taken(tmp_path, *runs)
    found = summary_of(runs[1])
    assert found.changes is not None
    assert found.changes.counts == {("status", "changed"): 10_000}
    assert len(found.changes.shown) == summary.SHOWN
    assert len(found.histories) == 10_000


def test_whose_the_records_are(tmp_path: Path) -> None:
    for site, said in (("live", "published by Information Office"), ("demo", "DEMO")):
        subject = summary_of(run_of(tmp_path / site, 0, [article(1)], site=site)).subject
        assert subject is not None
        assert said in subject.description


def test_findings_have_the_pages_that_they_come_from(tmp_path: Path) -> None:
    found = summary_of(odd_run(tmp_path))
    (doubt,) = found.doubts
    assert (doubt.name, doubt.count) == ("title:not_in_h1", 2)
    assert doubt.examples[0] == ("Title 1", "https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=1")
    assert found.monitors == {"fields": "published on 3 of 9 jsp records"}
    assert found.audit[0].examples[0] == ("Text 0", "https://touch.shio.gov.cn/0")
    (layout,) = found.layouts
    assert (layout.count, layout.examples) == (4, [("article", "https://touch.shio.gov.cn/new")])


def test_without_a_state_it_is_said_why_no_change_is_told(tmp_path: Path) -> None:
    run = run_of(tmp_path, 0, [article(1)])
    assert summary_of(run).no_changes == "There is no state with the earlier runs."
    state = taken(tmp_path, run_of(tmp_path, 1, [article(1)]))
    assert summary_of(run).no_changes == "The state does not hold this run."
    state.write_bytes(b"no database")
    assert "state.db: damaged" in summary_of(run).no_changes


def test_the_dataset_has_every_record_and_the_rejects_of_its_newest_whole_crawl(
    tmp_path: Path,
) -> None:
    runs = [
        run_of(tmp_path, 0, [article(1), article(2), status(5)]),
        run_of(tmp_path, 1, [article(1, 1, title="New"), reject()]),
        run_of(tmp_path, 2, [status(5, 2, status="completed")],
               scope=scope(narrowed_by=["mode"])),
    ]  # fmt: skip
    taken(tmp_path, *runs)
    found = summary_of_dataset(tmp_path)
    assert (found.records, found.of_type("article"), len(found.runs)) == (3, 2, 3)
    assert found.rejects_of == runs[1].name
    assert found.reject_counts == {("parse", "two_titles"): 1}
    assert {one.key: cells(one)["seen"] for one in found.entries} == {
        "article/en/1": "2026-01-01 to 2026-01-02, 2 versions",
        "article/en/2": "2026-01-01 to 2026-01-01",
        "status/application/5": "2026-01-01 to 2026-01-03, 2 versions",
    }
    (line,) = found.time_lines
    assert line.spans == [
        Span(day(0), day(2), "processing"), Span(day(2), day(2), "completed"),
    ]  # fmt: skip


def test_a_run_that_is_taken_in_meanwhile(tmp_path: Path) -> None:
    path = taken(tmp_path, run_of(tmp_path, 0, [status(5), status(6)]))
    with State.open(path) as state:
        sightings = source.sightings(state)
        first, _ = next(sightings)
        taken(tmp_path, run_of(tmp_path, 1, [status(5, 1), status(7, 1)]))
        assert {first.serial, *(record.serial for record, _ in sightings)} == {"5", "6"}


def test_a_dataset_whose_whole_crawls_are_not_here(tmp_path: Path) -> None:
    run = run_of(tmp_path, 0, [article(1), reject()])
    taken(tmp_path, run)
    run.rename(tmp_path / "elsewhere")
    found = summary_of_dataset(tmp_path)
    assert (found.records, found.rejects_of, found.reject_counts) == (1, None, {})
    assert found.no_rejects == "No rejects to show: no complete crawl of everything is here."


def test_stats_that_are_no_numbers(tmp_path: Path) -> None:
    run = run_of(tmp_path, 0, [], outcome="unfinished")
    for text in ("[]", "{", '{"elapsed_time_seconds": "long", "notes/no_date": null}'):
        (run / "stats.json").write_text(text)
        assert summary_of(run).pace is None


def test_a_row_that_was_seen_again_and_again(tmp_path: Path) -> None:
    taken(tmp_path, *(run_of(tmp_path, at, [status(5, at)]) for at in range(3)))
    (line,) = summary_of_dataset(tmp_path).time_lines
    assert line.spans == [Span(day(0), day(0) + timedelta(days=2), "processing")]
