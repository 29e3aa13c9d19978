"""The content of a report. The page and the text are two forms of it."""

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
"""Type → record class, in the order of the run's files."""
ORDER: Final = ("changed", "gone", "returned", "left", "added", "reparsed")
"""The kinds of changes, in the order in which they are shown."""
SHOWN: Final = 50
"""Number of changes of each kind that are shown."""
MOST: Final = 100_000
"""Maximum records, and maximum rejects, that a page lists. All are counted."""
_EXAMPLES: Final = 5
"""Maximum example pages of each kind of finding."""
_DIGITS: Final = 18
"""Maximum digits of a running number."""
_ALWAYS: Final = {"type", "key", "language", "doubts", "provenance"}
"""Fields that every record has."""


class Run(NamedTuple):
    """A run: its spider, arguments and end, and its results if its folder is here."""

    name: str
    of: TakenIn | Manifest
    records: int = 0
    pages: int | None = None
    rejects: int | None = None

    @property
    def seconds(self) -> float | None:
        """Seconds from begin to end, with the pauses of a resumed crawl."""
        return (self.of.ended - self.of.began).total_seconds() if self.of.ended else None


class Pace(NamedTuple):
    """Pages, bytes and seconds of a run's last process, from its stats."""

    pages: int
    bytes: int
    seconds: float


@dataclass(slots=True)
class Finding:
    """One kind of finding: how often it was made, and its first few texts and pages."""

    name: str
    count: int = 0
    examples: list[tuple[str, str | None]] = field(default_factory=list)

    def add(self, text: str, url: str | None, times: int = 1) -> None:
        """Count the finding. Keep text and page as an example while there is room."""
        self.count += times
        if len(self.examples) < _EXAMPLES:
            self.examples.append((text, url))


def most_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings, the most frequent first."""
    return sorted(findings, key=lambda one: (-one.count, one.name))


@dataclass(slots=True)
class Coverage:
    """The records of a type by layout, and how many of them have a value in each field."""

    records: Counter[str] = field(default_factory=Counter)
    filled: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Records with a value, by field and layout."""

    @property
    def total(self) -> int:
        """The number of records of all layouts."""
        return self.records.total()

    def having(self, name: str) -> int:
        """Return the number of records of all layouts that have a value in a field."""
        return sum(self.filled[name, layout] for layout in self.records)


class Span(NamedTuple):
    """A status word that a row showed from one moment to another. ``None`` if it showed none."""

    since: datetime
    until: datetime
    status: str | None


class TimeLine(NamedTuple):
    """A status row over time.

    The first span begins when the row was first seen. The last span ends when it was last seen.
    """

    row: Status
    spans: list[Span]


class Change(msgspec.Struct):
    """A change of a record in the form of ``changes``. ``fields`` are the fields that changed."""

    change: str
    at: str
    run: str
    type: str
    key: str
    title: str
    url: str | None
    fields: dict[str, Any] = {}
    """Field → the list of its edits."""


@dataclass(slots=True)
class Changes:
    """The changes that ``run``, or all runs, showed. The newest few are ``shown``."""

    run: str | None
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Number of changes by type and change."""
    by_run: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Number of changes by run and change."""
    shown: list[Change] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Summary:
    """A report. ``runs`` is the one run, or all runs of the dataset, oldest first."""

    name: str
    site: str | None
    is_dataset: bool
    runs: list[Run]
    pace: Pace | None = None
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Number of records by type and language."""
    coverage: dict[str, Coverage] = field(default_factory=dict)
    """Coverage by type."""
    sections: Counter[tuple[date | None, str]] = field(default_factory=Counter)
    """Number of articles by day and subsection, or section."""
    sources: Counter[tuple[date | None, str]] = field(default_factory=Counter)
    """Number of articles by day and source."""
    time_lines: list[TimeLine] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    """The newest records."""
    reject_counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Number of rejects by stage and reason."""
    rejects: list[Reject] = field(default_factory=list)
    """The first rejects."""
    rejects_of: str | None = None
    """The run of the rejects, if there are several runs."""
    no_rejects: str = "No reject."
    """The text to show if there is no reject."""
    notes: dict[str, int] = field(default_factory=dict)
    """Note → how often the parsers made it. A note is about a value that is not null."""
    subject: Subject | None = None
    """The subject of the records."""
    monitors: dict[str, str] = field(default_factory=dict)
    """Failed monitor → its reason."""
    audit: list[Finding] = field(default_factory=list)
    layouts: list[Finding] = field(default_factory=list)
    """The layouts that no run before had. The text of each example is the kind of its page."""
    doubted: dict[str, Finding] = field(default_factory=dict)
    """Doubt → the records that have it."""
    histories: dict[str, list[Change]] = field(default_factory=dict)
    """Key → the changes of the record in time order, if it was not only added."""
    changes: Changes | None = None
    no_changes: str = ""
    """The reason why there are no changes."""
    left_out: int = 0
    """Number of lines that are no records."""
    found: Site | None = None
    """What the crawl found out about a site without a map."""

    @property
    def records(self) -> int:
        """The number of all records."""
        return self.counts.total()

    @property
    def kinds(self) -> list[str]:
        """The types of the records, in the order of the run's files."""
        return [kind for kind in CLASSES if kind in self.coverage]

    @property
    def languages(self) -> list[str]:
        """The languages of the records."""
        return sorted({language for _, language in self.counts})

    @property
    def doubts(self) -> list[Finding]:
        """The doubts of the records, the most frequent first."""
        return most_first(self.doubted.values())

    @property
    def reasons(self) -> list[tuple[str, str, int]]:
        """Stage, reason and number of rejects, the most frequent first."""
        counts = [(*of, count) for of, count in self.reject_counts.items()]
        return sorted(counts, key=lambda one: (-one[2], one))

    @property
    def layouts_of_records(self) -> list[str]:
        """The layouts of the records, the most frequent first."""
        total = sum((coverage.records for coverage in self.coverage.values()), Counter[str]())
        return [layout for layout, _ in total.most_common()]

    @property
    def changes_told(self) -> list[str]:
        """The kinds of changes that any run showed, in the order of ``ORDER``."""
        kinds = {change for _, change in self.changes.by_run} if self.changes else set()
        return [change for change in ORDER if change in kinds]

    @property
    def changes_by_type(self) -> list[tuple[str, list[int]]]:
        """Type → the number of changes of each kind, in the order of ``ORDER``."""
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
        """Count records, rejects and sightings. ``None`` stands for a line that is no whole record.

        Each record comes with a text that says when it was seen. Raises ``OSError``.
        """
        self.entries = nlargest(MOST, self._entries(records), key=lambda one: one.date)
        self.subject = Subject.of(self.site, (row.key for row in self.entries))
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
        counted = self.changes = Changes(None if self.is_dataset else self.name)
        newest: dict[str, deque[Change]] = {kind: deque(maxlen=SHOWN) for kind in ORDER}
        for change in changes:
            counted.by_run[change.run, change.change] += 1
            if change.change != "added":
                self.histories.setdefault(change.key, []).append(change)
            if counted.run in {None, change.run}:
                counted.counts[change.type, change.change] += 1
                newest[change.change].append(change)
        counted.shown = [change for kind in ORDER for change in reversed(newest[kind])]


@cache
def fields_of(kind: str) -> tuple[str, ...]:
    """Return the fields of a type whose coverage is shown."""
    return tuple(field.name for field in fields(CLASSES[kind]) if field.name not in _ALWAYS)


def time_lines(sightings: Iterable[tuple[Status, datetime]]) -> list[TimeLine]:
    """Return the time line of each row, by kind, the newest row first.

    A word holds until the next word is seen. The last word holds until the row was last seen.
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
    """Return the sort key of a row. Running numbers fall; serials of other forms come last."""
    runs = serial.isdecimal() and len(serial) <= _DIGITS
    return (-int(serial), "") if runs else (1, serial)
