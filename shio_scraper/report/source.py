"""What a report is made of: a run's folder, or the state of the whole dataset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from shio_scraper.dataset.changes import Period, changes
from shio_scraper.dataset.edits import edits
from shio_scraper.dataset.state import Known, State, StateError, TakenIn
from shio_scraper.items import RECORD_FILES, RecordType, Reject, Status, type_of
from shio_scraper.report.findings import Findings
from shio_scraper.report.summary import Change, Pace, Run, Summary, cut
from shio_scraper.runs import manifest, site, stored
from shio_scraper.runs.content import TYPES
from shio_scraper.runs.stored import Line, Stored

CLASSES: Final = {type_of(record_class): record_class for record_class in RECORD_FILES.values()}
"""The record classes by type."""
FILES: Final = {type_of(record_class): name for name, record_class in RECORD_FILES.items()}
"""The names of the records' files by type."""
_OF_PACE: Final = (
    "response_received_count", "captures", "downloader/response_bytes", "elapsed_time_seconds",
)  # fmt: skip
_EDIT: Final = 600
"""Characters of what stayed, went or came that are kept."""
SHOWN: Final = 50
"""Changes of each kind that are shown."""
ORDER: Final = ("changed", "gone", "returned", "left", "added", "reparsed")
"""The kinds of changes, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Found:
    """A record; of the dataset also when it was ``seen``, for a reader."""

    record: RecordType
    seen: str = ""


class Source(Protocol):
    """A run, or the dataset. ``None`` stands for a line that is no whole record."""

    def head(self) -> Summary:
        """Return the summary's head: all that no record is needed for."""
        ...

    def records(self) -> Iterator[Found | None]:
        """Yield the records. Raises ``OSError``."""
        ...

    def rejects(self) -> Iterator[Reject | None]:
        """Yield the rejects. Raises ``OSError``."""
        ...

    def sightings(self) -> Iterator[tuple[Status, datetime]]:
        """Yield each sighting of a status row, and when it was seen."""
        ...

    def changes(self) -> list[Change] | str:
        """Return what the state knows of changes, in time order; or why it is not known."""
        ...


def rejects_in(run: Path) -> Iterator[Reject | None]:
    """Return the rejects of a run's folder, as ``Source.rejects``."""
    path = run / "rejects.jsonl"
    return stored.of_kind(Reject, path) if path.exists() else iter(())


def pace(stats: Mapping[str, Any]) -> Pace | None:
    """Return the pace of a run by its stats; ``None`` where they do not tell."""
    responses, captures, size, seconds = (_number(stats.get(name)) for name in _OF_PACE)
    return Pace(int(responses + captures), int(size), seconds) if seconds > 0 else None


def notes(stats: Mapping[str, Any]) -> dict[str, int]:
    """Return how often each note was made, by the stats of a run."""
    found = {
        name.removeprefix("notes/"): int(_number(value))
        for name, value in stats.items()
        if name.startswith("notes/")
    }
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def _number(value: object) -> float:
    """Return a stat's number; 0 where it has none."""
    return value if isinstance(value, int | float) else 0


class Dataset:
    """What an open state holds. Rejects, notes and pace are those of its newest whole crawl.

    ``data`` is the folder that has the runs. Raises ``StateError``.
    """

    def __init__(self, state: State, data: Path, gone_after: int) -> None:
        self._state = state
        self._gone_after = gone_after
        self._data = data
        self._runs = state.runs()
        whole = [run.name for run in self._runs if _is_whole(run)]
        folder = data / "runs" / whole[-1] if whole else None
        self._whole = folder if folder and folder.is_dir() else None

    def head(self) -> Summary:
        """Return the summary's head."""
        summary = Summary(
            name="The dataset", site=self._state.site, is_dataset=True,
            runs=[_run(run, self._state.site, self._data) for run in self._runs],
        )  # fmt: skip
        if self._whole is None:
            summary.no_rejects = "No crawl that read everything is here to tell of rejects."
            return summary
        stats = stored.stats(self._whole)
        summary.rejects_of = self._whole.name
        summary.pace, summary.notes = pace(stats), notes(stats)
        summary.findings = Findings.of(self._whole)
        summary.found = site.read(self._whole)
        return summary

    def records(self) -> Iterator[Found | None]:
        """Yield the newest content of each record."""
        for kind in TYPES:
            for known in self._state.records(kind, self._gone_after):
                yield _of_state(known, CLASSES[kind])

    def rejects(self) -> Iterator[Reject | None]:
        """Yield the rejects of the newest whole crawl."""
        return rejects_in(self._whole) if self._whole else iter(())

    def sightings(self) -> Iterator[tuple[Status, datetime]]:
        """Yield when each word of a status row was seen first, and when the row was seen last."""
        with self._state.snapshot():  # a run may be taken in meanwhile
            words = changes(self._state, Period(), ("status",), self._gone_after)
            rows: dict[str, Status] = {}
            for one in map(msgspec.json.decode, words):
                if one["change"] == "added":
                    rows[one["key"]] = msgspec.convert(one["record"], Status)
                elif one["change"] in {"changed", "reparsed"}:
                    rows[one["key"]] = replace(rows[one["key"]], status=one["to"])
                if one["change"] in {"added", "changed", "reparsed"}:
                    yield rows[one["key"]], datetime.fromisoformat(one["at"])
            for known in self._state.records("status", self._gone_after):
                yield rows[known.key], known.last_seen

    def changes(self) -> list[Change] | str:
        """Return what all runs told."""
        return told(self._state, self._gone_after) if self._runs else "The state holds no run."


def _is_whole(run: TakenIn) -> bool:
    scope = run.scope
    return run.outcome == "complete" and not (scope.narrowed_by or scope.since or scope.until)


def _run(run: TakenIn, site: str | None, data: Path) -> Run:
    """Return what is told of a run; its pages and rejects only where its folder is here."""
    stats = stored.stats(data / "runs" / run.name)
    here, rejects = pace(stats), int(_number(stats.get("rejects")))
    return Run(
        name=run.name, site=site, spider=run.spider, arguments=run.arguments, outcome=run.outcome,
        reason=run.reason, began=run.began, ended=run.ended, records=sum(run.counts.values()),
        pages=here.pages if here else None, rejects=rejects if stats else None,
    )  # fmt: skip


def _of_state(known: Known, record_class: type[RecordType]) -> Found | None:
    """Return what is known of a record; ``None`` where its class has no such fields."""
    try:
        record = msgspec.json.decode(known.json, type=record_class)
    except msgspec.ValidationError:
        return None
    seen = f"{known.first_seen:%Y-%m-%d} to {known.last_seen:%Y-%m-%d}"
    versions = f", {known.versions} versions" if known.versions > 1 else ""
    return Found(record, f"{seen}{versions}{', gone' if known.gone else ''}")


class StoredRun:
    """The run in ``folder``. What changed is told by the state at ``state``, if any is kept.

    Raises ``OSError`` (``FileNotFoundError`` where the folder is no run's) and ``ValueError``.
    """

    def __init__(self, folder: Path, state: Path | None, gone_after: int) -> None:
        self._folder = folder
        self._state = state
        self._gone_after = gone_after
        self._manifest = manifest.read(folder)

    def head(self) -> Summary:
        """Return the summary's head."""
        told, stats = self._manifest, stored.stats(self._folder)
        run = Run(
            name=told.run, site=told.site, spider=told.spider, arguments=told.arguments,
            outcome=told.outcome, reason=told.reason, began=told.began, ended=told.ended,
        )  # fmt: skip
        return Summary(
            name=told.run, site=told.site, is_dataset=False, runs=[run],
            pace=pace(stats), notes=notes(stats), findings=Findings.of(self._folder),
            found=site.read(self._folder),
        )  # fmt: skip

    def records(self) -> Iterator[Found | None]:
        """Yield the records."""
        for file in stored.files_of(self._folder):
            yield from map(_of_line, stored.lines(file))

    def rejects(self) -> Iterator[Reject | None]:
        """Yield the rejects."""
        return rejects_in(self._folder)

    def sightings(self) -> Iterator[tuple[Status, datetime]]:
        """Yield each capture of a status row."""
        file = self._folder / "status.jsonl"
        for found in map(_of_line, stored.lines(file) if file.exists() else ()):
            if found and isinstance(found.record, Status):
                yield found.record, found.record.provenance.fetched_at or self._manifest.began

    def changes(self) -> list[Change] | str:
        """Return what the state knows, if it knows of this run."""
        if self._state is None or not self._state.exists():
            return "No state tells of the runs before."
        try:
            with State.open(self._state) as state:
                if self._manifest.run in {run.name for run in state.runs()}:
                    return told(state, self._gone_after)
        except StateError as error:
            return f"{error}."
        return "The state does not hold this run."


def _of_line(line: Line) -> Found | None:
    """Return the record that a line is."""
    if not isinstance(line, Stored) or line.fields["type"] not in CLASSES:
        return None
    try:
        return Found(msgspec.convert(line.fields, CLASSES[line.fields["type"]]))
    except msgspec.ValidationError:
        return None


class _Told(msgspec.Struct):
    """A line of ``changes``, without the record that was added."""

    change: str
    at: str
    run: str
    type: str
    key: str
    title: str
    url: str | None
    fields: dict[str, dict[str, Any]] = {}


def told(state: State, gone_after: int) -> list[Change]:
    """Return the changes that a state knows, in time order. Raises ``StateError``."""
    decoder = msgspec.json.Decoder(_Told)
    lines = changes(state, Period(), gone_after=gone_after)
    return [_change(decoder.decode(line)) for line in lines]


def _change(one: _Told) -> Change:
    fields = {
        name: [(how, cut(text, _EDIT)) for how, text in edits(value["old"], value["new"])]
        for name, value in one.fields.items()
    }
    return Change(one.change, one.at, one.run, one.type, one.key, one.title, one.url, fields)
