"""What a report says; the page and the text both show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

import msgspec

from shio_scraper.addresses import file_name
from shio_scraper.dataset.edits import Edit
from shio_scraper.dataset.subject import Subject
from shio_scraper.items import ArchivePosition, Document, RecordType, Reject, Status
from shio_scraper.items import Row as TableRow
from shio_scraper.report.findings import Finding, Findings
from shio_scraper.report.reading import blocks
from shio_scraper.runs.manifest import Outcome
from shio_scraper.runs.site import Site

_DATES: Final = ("published", "latest_date", "ends", "registration_deadline", "date")
"""The fields that date a record; the first that it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run: who crawled what, how it ended. Times are UTC; ``None`` where nothing tells."""

    name: str
    site: str | None
    spider: str
    arguments: Mapping[str, str]
    outcome: Outcome
    reason: str | None
    began: datetime | None
    ended: datetime | None
    records: int = 0
    pages: int | None = None
    rejects: int | None = None
    """Both ``None`` where the run's folder is not here."""

    @property
    def seconds(self) -> float | None:
        """From beginning to end, in seconds, the pauses of a resumed crawl among them."""
        return (self.ended - self.began).total_seconds() if self.began and self.ended else None


@dataclass(frozen=True, slots=True)
class Pace:
    """Pages, bytes and seconds of a run's last process, as its stats tell them."""

    pages: int
    bytes: int
    seconds: float

    @property
    def pages_per_second(self) -> float:
        """Pages a second."""
        return self.pages / self.seconds


@dataclass(slots=True)
class Coverage:
    """Records of a type by layout, and how many of them have a value in a field."""

    records: Counter[str] = field(default_factory=Counter)
    filled: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By field and layout."""

    @property
    def total(self) -> int:
        """The records of all layouts."""
        return self.records.total()

    def having(self, name: str) -> int:
        """Return the records of all layouts that have a value in a field."""
        return sum(self.filled[name, layout] for layout in self.records)


@dataclass(frozen=True, slots=True)
class Span:
    """A status word that a row showed from one moment to another; null where it showed none."""

    since: datetime
    until: datetime
    status: str | None


@dataclass(frozen=True, slots=True)
class TimeLine:
    """A status row over time.

    ``latest_date`` is the latest day that its month and day can mean; the first span begins when
    the row was seen first, the last one ends when it was seen last.
    """

    kind: str
    number: str
    serial: str
    latest_date: date | None
    spans: list[Span]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a record; ``fields`` are those that changed, what changed in place."""

    change: str
    at: str
    run: str
    type: str
    key: str
    title: str
    url: str | None
    fields: Mapping[str, Sequence[Edit]]


@dataclass(slots=True)
class Changes:
    """What ``run``, or all, told of changes; the newest few are ``shown``."""

    run: str | None
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By type and change."""
    by_run: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By run and change."""
    shown: list[Change] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Row:
    """A record as the table of the page has it. Dates are ISO 8601, times UTC.

    ``fetched_url`` is null where it is the ``url``.
    """

    type: str
    key: str
    language: str
    date: str
    title: str
    section: str
    source: str
    url: str | None
    fetched_at: str
    fetched_url: str | None
    body_sha256: str
    layout: str
    parser: str
    archive: str
    seen: str
    doubts: str
    text: bytes = field(repr=False)
    """What a reader reads of it, as JSON: ``reading.Block`` after block."""


@dataclass(slots=True, kw_only=True)
class Summary:
    """A report. ``runs`` is the one run, or all that the dataset is made of, oldest first."""

    name: str
    site: str | None
    is_dataset: bool
    runs: list[Run]
    pace: Pace | None = None
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Records by type and language."""
    coverage: dict[str, Coverage] = field(default_factory=dict)
    """By type."""
    sections: Counter[tuple[date | None, str]] = field(default_factory=Counter)
    """Articles by day and by subsection, or section."""
    sources: Counter[tuple[date | None, str]] = field(default_factory=Counter)
    """Articles by day and by source."""
    time_lines: list[TimeLine] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    """The newest of the records."""
    reject_counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By stage and reason."""
    rejects: list[Reject] = field(default_factory=list)
    """The first of them."""
    rejects_of: str | None = None
    """The run that gave them, where it is not the only one."""
    no_rejects: str = "No reject."
    """What is said where there is none."""
    notes: dict[str, int] = field(default_factory=dict)
    """What is not null but told of, by note."""
    subject: Subject | None = None
    """What the records are of."""
    findings: Findings = field(default_factory=Findings)
    doubts: dict[str, Finding] = field(default_factory=dict)
    """By doubt."""
    histories: dict[str, list[Change]] = field(default_factory=dict)
    """What became of the records that were not only added, by key, in time order."""
    changes: Changes | None = None
    no_changes: str = ""
    """Why there are none to tell."""
    left_out: int = 0
    """Lines that are no records."""
    found: Site | None = None
    """What the crawl found a site to be that no map is of."""

    @property
    def records(self) -> int:
        """The number of all records."""
        return self.counts.total()

    @property
    def reasons(self) -> list[tuple[str, str, int]]:
        """Stage, reason and number of the rejects, the most first."""
        found = [(*of, count) for of, count in self.reject_counts.items()]
        return sorted(found, key=lambda one: (-one[2], one))

    def of_type(self, kind: str) -> int:
        """Return the number of records of a type."""
        return sum(number for (of, _), number in self.counts.items() if of == kind)


def row(record: RecordType, seen: str) -> Row:
    """Return the row of a record; ``seen`` tells a reader when it was."""
    provenance = record.provenance
    place = provenance.archive
    at = provenance.fetched_at
    return Row(
        type=record.type,
        key=record.key,
        language=record.language,
        date=_date(record),
        title=title(record),
        section=section(record) or "",
        source=getattr(record, "source", None) or "",
        url=record.url,
        fetched_at=f"{at:%Y-%m-%d %H:%M:%S}" if at else "",
        fetched_url=provenance.fetched_url if provenance.fetched_url != record.url else None,
        body_sha256=provenance.body_sha256,
        layout=provenance.layout,
        parser=provenance.parser,
        archive=_place(place) if place else "",
        seen=seen,
        doubts=", ".join(record.doubts),
        text=msgspec.json.encode(list(blocks(record))),
    )


def title(record: RecordType) -> str:
    """Return what a reader knows a record by."""
    if isinstance(record, Status):
        return f"{record.number} {record.status_text or '–'}"
    if isinstance(record, Document):
        return file_name(record.url or record.key)
    if isinstance(record, TableRow):
        name = record.reference or next(iter(record.columns.values()), record.key)
        return f"{name} {record.status_text or ''}".strip()
    return str(getattr(record, "title", None) or getattr(record, "question", record.key))


def section(record: Any) -> str | None:
    """Return the subsection that a record stands in, or the section; ``None`` for neither."""
    found: str | None = getattr(record, "category", None) or getattr(record, "section", None)
    return found or (record.kind if isinstance(record, Status) else None)


def cut(text: str, length: int) -> str:
    """Return ``text`` no longer than ``length``.

    >>> cut("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _place(place: ArchivePosition) -> str:
    return f"{place.file}, byte {place.offset}, {place.length} bytes, {place.record_id}"


def _date(record: RecordType) -> str:
    dates = (getattr(record, name, None) for name in _DATES)
    return next((str(day)[:10] for day in dates if day), "")
