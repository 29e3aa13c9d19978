"""What a report says; the page and the text both show it."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from functools import cache
from heapq import nlargest
from typing import Any, Final, NamedTuple

import msgspec

from shio_scraper.dataset.places import Subject
from shio_scraper.dataset.state import TakenIn
from shio_scraper.items import RECORD_FILES, Article, RecordType, Reject, Status, type_of
from shio_scraper.report.reading import Entry, entry, section, title
from shio_scraper.runs.manifest import Manifest
from shio_scraper.runs.site import Site

CLASSES: Final = {type_of(record_class): record_class for record_class in RECORD_FILES.values()}
"""The record classes by type, in the order of the run's files."""
ORDER: Final = ("changed", "gone", "returned", "left", "added", "reparsed")
"""The kinds of changes, in the order in which they are shown."""
SHOWN: Final = 50
"""Changes of each kind that are shown."""
MOST: Final = 100_000
"""Records, and rejects, that a page lists; all are counted."""
_EXAMPLES: Final = 5
"""Pages that are named of each kind of finding."""
_DIGITS: Final = 18
"""Of a running number, at the most."""
_ALWAYS: Final = {"type", "key", "language", "doubts", "provenance"}
"""Fields that every record has."""


class Run(NamedTuple):
    """A run: who crawled what, how it ended; what came of it, where its folder is here."""

    name: str
    of: TakenIn | Manifest
    records: int = 0
    pages: int | None = None
    rejects: int | None = None

    @property
    def seconds(self) -> float | None:
        """From beginning to end, in seconds, the pauses of a resumed crawl among them."""
        return (self.of.ended - self.of.began).total_seconds() if self.of.ended else None


class Pace(NamedTuple):
    """Pages, bytes and seconds of a run's last process, as its stats tell them."""

    pages: int
    bytes: int
    seconds: float


@dataclass(slots=True)
class Finding:
    """One kind of finding: how often it was made, and the first few texts and pages."""

    name: str
    count: int = 0
    examples: list[tuple[str, str | None]] = field(default_factory=list)

    def add(self, text: str, url: str | None, times: int = 1) -> None:
        """Count it, and keep where, as long as there is room."""
        self.count += times
        if len(self.examples) < _EXAMPLES:
            self.examples.append((text, url))


def most_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings, the most frequent first."""
    return sorted(findings, key=lambda one: (-one.count, one.name))


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


class Span(NamedTuple):
    """A status word that a row showed from one moment to another; null where it showed none."""

    since: datetime
    until: datetime
    status: str | None


class TimeLine(NamedTuple):
    """A status row over time.

    The first span begins when the row was seen first, the last one ends when it was seen last.
    """

    row: Status
    spans: list[Span]


class Change(msgspec.Struct):
    """What became of a record, as ``changes`` tells it; ``fields`` are those that changed."""

    change: str
    at: str
    run: str
    type: str
    key: str
    title: str
    url: str | None
    fields: dict[str, Any] = {}
    """What changed in place, a list of edits each."""


@dataclass(slots=True)
class Changes:
    """What ``run``, or all, told of changes; the newest few are ``shown``."""

    run: str | None
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By type and change."""
    by_run: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By run and change."""
    shown: list[Change] = field(default_factory=list)


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
    entries: list[Entry] = field(default_factory=list)
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
    monitors: dict[str, str] = field(default_factory=dict)
    """Why each that failed did."""
    audit: list[Finding] = field(default_factory=list)
    layouts: list[Finding] = field(default_factory=list)
    """Those that no run before had, the kind of their pages as text."""
    doubted: dict[str, Finding] = field(default_factory=dict)
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
    def kinds(self) -> list[str]:
        """The types that there are records of, in the order of the run's files."""
        return [kind for kind in CLASSES if kind in self.coverage]

    @property
    def languages(self) -> list[str]:
        """The languages that there are records in."""
        return sorted({language for _, language in self.counts})

    @property
    def doubts(self) -> list[Finding]:
        """The doubts of the records, the most frequent first."""
        return most_first(self.doubted.values())

    @property
    def reasons(self) -> list[tuple[str, str, int]]:
        """Stage, reason and number of the rejects, the most first."""
        found = [(*of, count) for of, count in self.reject_counts.items()]
        return sorted(found, key=lambda one: (-one[2], one))

    @property
    def layouts_of_records(self) -> list[str]:
        """The layouts that there are records of, the most frequent first."""
        total = sum((coverage.records for coverage in self.coverage.values()), Counter[str]())
        return [layout for layout, _ in total.most_common()]

    @property
    def changes_told(self) -> list[str]:
        """The changes that any run told, in the order of ``ORDER``."""
        found = {change for _, change in self.changes.by_run} if self.changes else set()
        return [change for change in ORDER if change in found]

    @property
    def changes_by_type(self) -> list[tuple[str, list[int]]]:
        """How many records of each type changed in which way, in the order of ``ORDER``."""
        counts: Counter[tuple[str, str]] = self.changes.counts if self.changes else Counter()
        rows = ((kind, [counts[kind, change] for change in ORDER]) for kind in CLASSES)
        return [(kind, row) for kind, row in rows if any(row)]

    def of_type(self, kind: str) -> int:
        """Return the number of records of a type."""
        return self.coverage[kind].total if kind in self.coverage else 0

    def count(
        self,
        records: Iterable[tuple[RecordType | None, str]],
        rejects: Iterable[Reject | None],
        sightings: Iterable[tuple[Status, datetime]],
    ) -> None:
        """Count what a source holds; ``None`` stands for a line that is no whole record.

        A record comes with when it was seen, for a reader. Raises ``OSError``.
        """
        self.entries = nlargest(MOST, self._entries(records), key=lambda one: one.date)
        self.subject = Subject.of(self.site, (one.key for one in self.entries))
        self.time_lines = time_lines(sightings)
        for reject in rejects:
            if reject is None:
                self.left_out += 1
                continue
            self.reject_counts[reject.stage, reject.reason] += 1
            if len(self.rejects) < MOST:
                self.rejects.append(reject)

    def _entries(self, records: Iterable[tuple[RecordType | None, str]]) -> Iterator[Entry]:
        for record, seen in records:
            if record is None:
                self.left_out += 1
            else:
                self._count(record)
                yield entry(record, seen)

    def _count(self, record: RecordType) -> None:
        self.counts[record.type, record.language] += 1
        coverage = self.coverage.setdefault(record.type, Coverage())
        layout = record.provenance.layout
        coverage.records[layout] += 1
        for name in fields_of(record.type):
            if getattr(record, name) not in (None, "", []):
                coverage.filled[name, layout] += 1
        for doubt in record.doubts:
            self.doubted.setdefault(doubt, Finding(doubt)).add(title(record), record.url)
        if isinstance(record, Article):
            self.sections[record.published, section(record)] += 1
            self.sources[record.published, record.source or ""] += 1

    def tell(self, changes: Iterable[Change]) -> None:
        """Count changes, which come in time order."""
        told = self.changes = Changes(None if self.is_dataset else self.name)
        newest: dict[str, deque[Change]] = {change: deque(maxlen=SHOWN) for change in ORDER}
        for one in changes:
            told.by_run[one.run, one.change] += 1
            if one.change != "added":
                self.histories.setdefault(one.key, []).append(one)
            if told.run in {None, one.run}:
                told.counts[one.type, one.change] += 1
                newest[one.change].append(one)
        told.shown = [one for change in ORDER for one in reversed(newest[change])]


@cache
def fields_of(kind: str) -> tuple[str, ...]:
    """Return the fields of a type whose coverage is told."""
    return tuple(field.name for field in fields(CLASSES[kind]) if field.name not in _ALWAYS)


def time_lines(sightings: Iterable[tuple[Status, datetime]]) -> list[TimeLine]:
    """Return the time line of each row, by kind, the newest first.

    A word holds until another is seen; the last one until the row was seen last.
    """
    rows: dict[str, tuple[Status, list[tuple[datetime, Any]]]] = {}
    for record, moment in sightings:
        rows.setdefault(record.key, (record, []))[1].append((moment, record.status))
    lines = []
    for record, seen in rows.values():
        spans: list[Span] = []
        for moment, status in sorted(seen, key=lambda one: one[0]):
            if spans:
                spans[-1] = spans[-1]._replace(until=moment)
            if not spans or spans[-1].status != status:
                spans.append(Span(moment, moment, status))
        lines.append(TimeLine(record, spans))
    return sorted(lines, key=lambda line: (line.row.kind, *_newest_first(line.row.serial)))


def _newest_first(serial: str) -> tuple[int, str]:
    """Return by what rows are sorted: running numbers fall, other forms come last."""
    runs = serial.isdecimal() and len(serial) <= _DIGITS
    return (-int(serial), "") if runs else (1, serial)
