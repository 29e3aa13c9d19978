"""Sightings of status rows → their time lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeAlias

from shio_scraper.items import Status
from shio_scraper.report.summary import Span, TimeLine

_DIGITS: Final = 18
"""Of a running number, at the most."""

Sighting: TypeAlias = tuple[datetime, str | None]


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
