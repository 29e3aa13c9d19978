"""A source → its summary, in one pass over its records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from heapq import nlargest
from itertools import islice
from typing import Final

from shio_scraper.items import Article, RecordType, Reject
from shio_scraper.report.rows import row, section
from shio_scraper.report.source import CLASSES, Source
from shio_scraper.report.summary import Coverage, Row, Summary
from shio_scraper.report.timelines import time_lines

MOST: Final = 100_000
"""Records, and rejects, that a page lists; all are counted."""
_ALWAYS: Final = {"type", "key", "language", "doubts", "provenance"}
"""Fields that every record has."""


def summarise(source: Source) -> Summary:
    """Return what there is to say of a source. Raises ``OSError``."""
    summary = source.head()
    summary.rows = nlargest(MOST, _counted(summary, source), key=lambda row: row.date)
    rejects = _counted_rejects(summary, source)
    summary.rejects = list(islice(rejects, MOST))
    for _ in rejects:
        pass  # they are counted
    summary.time_lines = time_lines(source.sightings())
    changes = source.changes()
    if isinstance(changes, str):
        summary.no_changes = changes
    else:
        summary.changes = changes
        keys = {change.key for change in changes.shown}
        summary.titles = {row.key: row.title for row in summary.rows if row.key in keys}
    return summary


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
