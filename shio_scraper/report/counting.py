"""A source → its summary: one pass over its records, its rejects and its changes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from datetime import datetime
from functools import cache
from heapq import nlargest
from itertools import islice
from typing import Final, TypeAlias

from shio_scraper.dataset.subject import Subject
from shio_scraper.items import Article, RecordType, Reject, Status
from shio_scraper.report.findings import Finding
from shio_scraper.report.source import CLASSES, ORDER, SHOWN, Source
from shio_scraper.report.summary import (
    Change,
    Changes,
    Coverage,
    Row,
    Span,
    Summary,
    TimeLine,
    row,
    section,
    title,
)

_DIGITS: Final = 18
"""Of a running number, at the most."""

Sighting: TypeAlias = tuple[datetime, str | None]

MOST: Final = 100_000
"""Records, and rejects, that a page lists; all are counted."""
_ALWAYS: Final = {"type", "key", "language", "doubts", "provenance"}
"""Fields that every record has."""


def time_lines(sightings: Iterable[tuple[Status, datetime]]) -> list[TimeLine]:
    """Return the time line of each row, by kind, the newest first.

    A word holds until another is seen; the last one until the row was seen last.
    """
    rows: dict[str, tuple[Status, list[Sighting]]] = {}
    for record, moment in sightings:
        rows.setdefault(record.key, (record, []))[1].append((moment, record.status))
    lines = [_line(record, sorted(seen, key=_moment)) for record, seen in rows.values()]
    return sorted(lines, key=lambda line: (line.kind, *_newest_first(line.serial)))


def _line(record: Status, seen: list[Sighting]) -> TimeLine:
    spans: list[Span] = []
    for moment, status in seen:
        if spans:
            spans[-1] = replace(spans[-1], until=moment)
        if not spans or spans[-1].status != status:
            spans.append(Span(moment, moment, status))
    return TimeLine(record.kind, record.number, record.serial, record.latest_date, spans)


def _moment(sighting: Sighting) -> datetime:
    return sighting[0]


def _newest_first(serial: str) -> tuple[int, str]:
    """Return by what rows are sorted: running numbers fall, other forms come last."""
    runs = serial.isdecimal() and len(serial) <= _DIGITS
    return (-int(serial), "") if runs else (1, serial)


def summarise(source: Source) -> Summary:
    """Return what there is to say of a source. Raises ``OSError``."""
    summary = source.head()
    summary.rows = nlargest(MOST, _counted(summary, source), key=lambda row: row.date)
    rejects = _counted_rejects(summary, source)
    summary.rejects = list(islice(rejects, MOST))
    for _ in rejects:
        pass  # they are counted
    summary.time_lines = time_lines(source.sightings())
    summary.subject = Subject.of(summary.site, (row.key for row in summary.rows))
    changes = source.changes()
    if isinstance(changes, str):
        summary.no_changes = changes
    else:
        _count_changes(summary, changes)
    return summary


def _count_changes(summary: Summary, changes: list[Change]) -> None:
    told = Changes(None if summary.is_dataset else summary.name)
    newest: dict[str, deque[Change]] = {change: deque(maxlen=SHOWN) for change in ORDER}
    for one in changes:
        told.by_run[one.run, one.change] += 1
        if one.change != "added":
            summary.histories.setdefault(one.key, []).append(one)
        if told.run in {None, one.run}:
            told.counts[one.type, one.change] += 1
            newest[one.change].append(one)
    told.shown = [one for change in ORDER for one in reversed(newest[change])]
    summary.changes = told


def _counted(summary: Summary, source: Source) -> Iterator[Row]:
    for found in source.records():
        if found is None:
            summary.left_out += 1
        else:
            _count(summary, found.record)
            yield row(found.record, found.seen)


def _count(summary: Summary, record: RecordType) -> None:
    summary.counts[record.type, record.language] += 1
    coverage = summary.coverage.setdefault(record.type, Coverage())
    layout = record.provenance.layout
    coverage.records[layout] += 1
    for name in fields_of(record.type):
        if getattr(record, name) not in (None, "", []):
            coverage.filled[name, layout] += 1
    for doubt in record.doubts:
        finding = summary.doubts.setdefault(doubt, Finding(doubt))
        finding.add(title(record), record.url)
    if isinstance(record, Article):
        summary.sections[record.published, section(record) or ""] += 1
        summary.sources[record.published, record.source or ""] += 1


def _counted_rejects(summary: Summary, source: Source) -> Iterator[Reject]:
    for reject in source.rejects():
        if reject is None:
            summary.left_out += 1
        else:
            summary.reject_counts[reject.stage, reject.reason] += 1
            yield reject


@cache
def fields_of(kind: str) -> tuple[str, ...]:
    """Return the fields of a type whose coverage is told."""
    return tuple(field.name for field in fields(CLASSES[kind]) if field.name not in _ALWAYS)
