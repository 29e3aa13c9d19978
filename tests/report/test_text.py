from __future__ import annotations

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from shio_scraper.parsers.query_form import FormField, QueryForm
from shio_scraper.report import page, text
from shio_scraper.report.summary import Summary
from shio_scraper.runs import site
from shio_scraper.runs.site import Family, FoundForm, Site
from tests.dataset.making import day, made
from tests.pipelines.samples import reject
from tests.report.reporting import (
    HEBREW,
    article,
    hostile_records,
    odd_run,
    run_of,
    status,
    summary_of,
    taken,
)


def piped(summary: Summary) -> str:
    """Return the text as a pipe gets it."""
    return text.render(summary, text.console())


def two_runs(data: Path) -> Path:
    """Return the second of two runs."""
    first = run_of(data, 0, [article(1), article(2, source=None), status(5)])
    records = [article(1, 1, title=f"New\x1b[31m {HEBREW}"), article(2, 1), status(5, 1), reject()]
    second = run_of(data, 1, records)
    taken(data, first, second)
    return second


def test_a_screenful(tmp_path: Path) -> None:
    lines = piped(summary_of(two_runs(tmp_path))).splitlines()
    assert lines == [
        "20260102T080000Z-portal",
        "portal, complete",
        "2026-01-02 08:00:00 – 09:00:00 UTC",
        "Records of Touch Shanghai, published by Information Office of Shanghai",
        "Municipality.",
        "rejects 1 · doubts 0 · duration 1 h 0 min",
        "",
        "Records       en  all",
        "articles       2    2",
        "status rows    1    1",
        "all                 3",
        "",
        "Coverage             all  jsp",
        "articles               2    2",
        "status rows            1    1",
        "  url                0 %  0 %",
        "every other field  100 %",
        "",
        "Rejects",
        "1  parse two_titles",
        "",
        "Changes       changed  gone  returned  left  added  reparsed",
        "articles            2     –         –     –      –         –",
        "changed article/en/2 source: {+Xinhua+}",
        r"changed article/en/1 title: [-Title 1-]{+New\u001b[31m \u202eשלום עולם+}",
    ]


def test_what_was_odd_is_told_in_a_line_each(tmp_path: Path) -> None:
    run = odd_run(tmp_path)
    assert [line for line in piped(summary_of(run)).splitlines() if ": " in line][-5:-1] == [
        "Monitor fields failed: published on 3 of 9 jsp records",
        "Audit: 2 open_end, 1 row_form",
        "New layouts: 4 0123456789abcdef",
        "Doubts: 2 title:not_in_h1",
    ]


def test_no_line_is_wider_than_the_screen_and_nothing_commands_it(tmp_path: Path) -> None:
    rejects = [
        replace(reject(), reason=f"reason_{'x' * 60}_{letter}") for letter in "abcdefghijklm"
    ]
    run = run_of(tmp_path, 0, [*hostile_records(), *rejects])
    taken(tmp_path, run)
    shown = piped(summary_of(run))
    assert max(map(cell_len, shown.splitlines())) <= text.WIDTH
    assert all(char.isprintable() for line in shown.splitlines() for char in line)


def test_a_terminal_gets_bold_and_a_pipe_does_not(tmp_path: Path) -> None:
    summary = summary_of(two_runs(tmp_path))
    terminal = Console(file=StringIO(), force_terminal=True, width=text.WIDTH, highlight=False)
    shown = text.render(summary, terminal)
    assert "\x1b[1m" in shown
    assert "\x1b[31m" not in shown
    assert "\x1b" not in piped(summary)


@pytest.mark.parametrize("outcome", ["unfinished", "failed", "partial"])
def test_an_empty_run(tmp_path: Path, outcome: str) -> None:
    reason = None if outcome == "unfinished" else "shutdown"
    shown = piped(summary_of(run_of(tmp_path, 0, [], outcome=outcome, reason=reason)))
    ended = "has not ended" if outcome == "unfinished" else f"{outcome}: shutdown"
    assert shown.splitlines()[1] == f"portal, {ended}"
    for line in ("No record.", "No reject.", "Changes: There is no state with the earlier runs."):
        assert line in shown.splitlines()


def test_a_site_without_a_map_is_told_with_its_forms(tmp_path: Path) -> None:
    run = run_of(tmp_path, 0, [article(1), made("row", day(0))])
    fields = (FormField("Licence", "no", "text"), FormField("Ward", "ward", "select", ("North",)))
    form = QueryForm("POST", "https://marram.example/find", "query", fields)
    families = [
        Family("/news/{}", {"article": 7, "other": 1}, {"article": 7}),
        Family("/register/", {"form": 1}),
    ]
    found = Site("https://marram.example/", families, [FoundForm(form, "https://marram.example/")])
    site.write(run, found)
    shown = piped(summary_of(run)).splitlines()
    assert [line.split() for line in shown if line.endswith("%")][-2:] == [
        ["article", "8", "80", "%"],
        ["form", "1", "67", "%"],
    ]
    assert "Behind a form: POST https://marram.example/find: Licence, Ward" in shown
    shown_page = page.render(summary_of(run))
    assert "POST https://marram.example/find: Licence, Ward" in shown_page
    assert "26/00412 Granted" in {entry.cells[2] for entry in summary_of(run).entries}
