"""A summary as text for a terminal: about one screen."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Final

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from shio_scraper.dataset.bulletins import marked
from shio_scraper.redaction import printable
from shio_scraper.report.figures import crawl, ending, facts, number, of_type, period, share
from shio_scraper.report.summary import ORDER, Coverage, Summary, fields_of
from shio_scraper.runs.site import Site

WIDTH: Final = 80
"""The width in columns in a pipe, and the maximum width in a terminal."""
_REASONS: Final = 10
_HEADLINES: Final = 6
_TOGETHER: Final = "\xa0"


def console() -> Console:
    """Return the console of standard output. In a pipe it has no colour and is ``WIDTH`` wide."""
    terminal = Console(
        highlight=False, emoji=False, markup=False, force_terminal=sys.stdout.isatty()
    )
    terminal.width = min(terminal.width, WIDTH) if terminal.is_terminal else WIDTH
    return terminal


def render(summary: Summary, to: Console) -> str:
    """Return the text of a summary in the form of a console."""
    with to.capture() as captured:
        for part in _parts(summary):
            to.print(part)
    lines = captured.get().replace(_TOGETHER, " ").splitlines()
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _parts(summary: Summary) -> Iterator[RenderableType]:
    yield from _head(summary)
    if summary.records:
        yield from ("", _counts(summary), "", _coverage(summary))
    else:
        yield from ("", "No record.")
    if summary.found:
        yield from ("", *_site(summary.found))
    yield from ("", *_rejects(summary), *_findings(summary), "", *_changes(summary))


def _head(summary: Summary) -> Iterator[Text]:
    yield Text(printable(summary.name), style="bold")
    if summary.runs:
        run = summary.runs[-1]
        yield _line(f"{crawl(run)}, {ending(run)}")
        yield _line(period(run))
    if summary.subject:
        yield Text(printable(summary.subject.description))
    figures = (f"{name} {figure}".replace(" ", _TOGETHER) for name, figure in facts(summary))
    yield Text(" · ".join(figures))


def _counts(summary: Summary) -> Table:
    table = _table("Records", *summary.languages, "all")
    for kind in summary.kinds:
        counts = [summary.counts[kind, language] for language in summary.languages]
        table.add_row(of_type(kind), *map(number, [*counts, summary.of_type(kind)]))
    table.add_row("all", *[""] * len(summary.languages), number(summary.records))
    return table


def _coverage(summary: Summary) -> Table:
    """Return the table with the share of each field that some records lack."""
    layouts = summary.layouts_of_records
    table = _table("Coverage", "all", *layouts)
    for kind in summary.kinds:
        coverage = summary.coverage[kind]
        counts = [coverage.records[layout] for layout in layouts]
        shown = (number(count) if count else "" for count in counts)
        table.add_row(of_type(kind), number(coverage.total), *shown)
        for name in fields_of(kind):
            if coverage.having(name) < coverage.total:
                table.add_row(f"  {name}", *_shares(coverage, name, layouts))
    table.add_row(Text("every other field", style="dim"), "100 %")
    return table


def _shares(coverage: Coverage, name: str, layouts: list[str]) -> Iterator[str]:
    yield share(coverage.having(name), coverage.total)
    for layout in layouts:
        count = coverage.records[layout]
        yield share(coverage.filled[name, layout], count) if count else ""


def _site(found: Site) -> Iterator[RenderableType]:
    """Yield a site's kinds of pages, its forms and its lists that need a script. It has no map."""
    table = _table("The site", "pages", "sure")
    for kind, (pages, sure) in found.kinds.items():
        table.add_row(kind, number(pages), f"{100 * sure:.0f} %")
    yield table
    for form in found.asked:
        yield _line(f"Behind a form: {form.form}")
    for url in found.loads_more[:_REASONS]:
        yield _line(f"Needs a script to show more: {url}")


def _rejects(summary: Summary) -> Iterator[RenderableType]:
    reasons = summary.reasons
    if not reasons:
        yield Text(summary.no_rejects)
        return
    source = f" source {summary.rejects_of}" if summary.rejects_of else ""
    yield Text(f"Rejects{source}", style="bold")
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right")
    for stage, reason, count in reasons[:_REASONS]:
        table.add_row(number(count), f"{stage} {reason}")
    if rest := reasons[_REASONS:]:
        table.add_row(number(sum(count for *_, count in rest)), f"of {len(rest)} other reasons")
    yield table


def _findings(summary: Summary) -> Iterator[RenderableType]:
    """Yield a line for each kind of finding."""
    for name, why in summary.monitors.items():
        yield _line(f"Monitor {name} failed: {why}")
    for what, findings in (
        ("Audit", summary.audit), ("New layouts", summary.layouts), ("Doubts", summary.doubts),
    ):  # fmt: skip
        if findings:
            counts = (f"{number(finding.count)} {finding.name}" for finding in findings)
            yield _line(f"{what}: {', '.join(counts)}")


def _changes(summary: Summary) -> Iterator[RenderableType]:
    if not summary.changes:
        yield Text(f"Changes: {printable(summary.no_changes)}")
        return
    if not summary.changes.counts:
        yield Text(f"No change in {summary.changes.run or 'any run'}.")
        return
    table = _table("Changes", *ORDER)
    for kind, counts in summary.changes_by_type:
        table.add_row(of_type(kind), *(number(count) if count else "–" for count in counts))
    yield table
    for change in summary.changes.shown[:_HEADLINES]:
        if change.change != "added":
            fields = "; ".join(f"{name}: {marked(edits)}" for name, edits in change.fields.items())
            yield _line(f"{change.change} {change.key} {fields}")


def _table(name: str, *columns: str) -> Table:
    """Return a table without lines. The first column is text, the others are numbers."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(Text(name, style="not dim bold"), min_width=12)
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _line(text: str) -> Text:
    line = Text(printable(text))
    line.truncate(WIDTH, overflow="ellipsis")
    return line
