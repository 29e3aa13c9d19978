"""Collects the summary of a report from a run's folder, or from the state of the dataset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from shio_scraper.audit.layouts import Drift
from shio_scraper.dataset.bulletins import edits
from shio_scraper.dataset.changes import Period, changes
from shio_scraper.dataset.database import to_time
from shio_scraper.dataset.state import Known, State, StateError, TakenIn
from shio_scraper.items import AuditEvent, RecordType, Reject, Status
from shio_scraper.report.figures import PAGES
from shio_scraper.report.summary import CLASSES, Change, Finding, Pace, Run, Summary, most_first
from shio_scraper.runs import manifest, site, stored
from shio_scraper.runs.content import TYPES
from shio_scraper.runs.stored import Stored

_OF_PACE: Final = (*PAGES, "downloader/response_bytes", "elapsed_time_seconds")
_WHY: Final = "monitors/why/"
_NOTES: Final = "notes/"
_EDIT: Final = 600
"""Maximum characters of an edit."""


def of_run(folder: Path, state: Path | None, gone_after: int) -> Summary:
    """Return the summary of a run. If there is a ``state``, it tells what changed.

    Raises ``OSError`` (``FileNotFoundError`` if the folder is not a run's) and ``ValueError``.
    """
    told = manifest.read(folder)
    summary = Summary(name=told.run, site=told.site, is_dataset=False, runs=[Run(told.run, told)])
    _look_into(summary, folder)
    files = stored.files_of(folder)
    sightings = (
        (record, record.provenance.fetched_at or told.began)
        for record in _lines(file for file in files if file.name == "status.jsonl")
        if isinstance(record, Status)
    )
    summary.count(((record, "") for record in _lines(files)), _rejects(folder), sightings)
    if state is None or not state.exists():
        summary.no_changes = "There is no state with the earlier runs."
        return summary
    try:
        with State.open(state) as opened:
            if told.run in {run.name for run in opened.runs()}:
                summary.tell(list(_changes(opened, gone_after)))
            else:
                summary.no_changes = "The state does not hold this run."
    except StateError as error:
        summary.no_changes = f"{error}."
    return summary


def of_dataset(state: State, data: Path, gone_after: int) -> Summary:
    """Return the summary of an open state. ``data`` is the folder that contains the runs.

    Rejects, notes, findings and pace are those of the newest complete crawl of everything. Raises
    ``StateError``.
    """
    taken_in = state.runs()
    runs = [_run(run, data) for run in taken_in]
    summary = Summary(name="The dataset", site=state.site, is_dataset=True, runs=runs)
    whole = next((data / "runs" / run.name for run in reversed(taken_in) if _is_whole(run)), None)
    if whole is None or not whole.is_dir():
        summary.no_rejects = "No rejects to show: no complete crawl of everything is here."
        whole = None
    else:
        summary.rejects_of = whole.name
        _look_into(summary, whole)
    known = (record for kind in TYPES for record in state.records(kind, gone_after))
    records = ((_record(record.record), _seen(record)) for record in known)
    summary.count(records, _rejects(whole) if whole else (), sightings(state))
    if taken_in:
        summary.tell(list(_changes(state, gone_after)))
    else:
        summary.no_changes = "The state holds no run."
    return summary


def _look_into(summary: Summary, run: Path) -> None:
    """Add what a run's folder tells in addition to its records: pace, notes, findings, the site."""
    stats = stored.stats(run)
    summary.pace = _pace(stats)
    notes = {name: int(_number(value)) for name, value in _below(_NOTES, stats).items()}
    summary.notes = dict(sorted(notes.items(), key=lambda one: (-one[1], one[0])))
    with suppress(OSError, ValueError):
        summary.monitors = dict.fromkeys(manifest.read(run).monitors, "")
    summary.monitors |= {name: str(why) for name, why in _below(_WHY, stats).items()}
    audit: dict[str, Finding] = {}
    with suppress(OSError):
        for event in filter(None, stored.of_kind(AuditEvent, run / "audit.jsonl")):
            audit.setdefault(event.event, Finding(event.event)).add(event.text, event.url)
    summary.audit = most_first(audit.values())
    with suppress(OSError, ValueError):
        for layout in Drift(run).new:
            finding = Finding(layout.fingerprint)
            pages = stats.get(f"drift/layouts/{layout.fingerprint}", 0)
            finding.add(layout.kind, layout.url, pages)
            summary.layouts.append(finding)
    summary.found = site.read(run)


def _below(prefix: str, stats: Mapping[str, Any]) -> dict[str, Any]:
    """Return the stats whose names begin with a prefix, by the rest of the name."""
    return {k.removeprefix(prefix): v for k, v in stats.items() if k.startswith(prefix)}


def _number(value: object) -> float:
    """Return the number in a stat. 0 if the stat is not a number."""
    return value if isinstance(value, int | float) else 0


def _pace(stats: Mapping[str, Any]) -> Pace | None:
    """Return the pace of a run by its stats. ``None`` if the stats do not tell it."""
    responses, captures, size, seconds = (_number(stats.get(name)) for name in _OF_PACE)
    return Pace(int(responses + captures), int(size), seconds) if seconds > 0 else None


def _rejects(run: Path) -> Iterator[Reject | None]:
    path = run / "rejects.jsonl"
    return stored.of_kind(Reject, path) if path.exists() else iter(())


def _is_whole(run: TakenIn) -> bool:
    scope = run.scope
    return run.outcome == "complete" and not (scope.narrowed_by or scope.since or scope.until)


def _run(run: TakenIn, data: Path) -> Run:
    """Return the figures of a run. Pages and rejects are known only if its folder is here."""
    stats = stored.stats(data / "runs" / run.name)
    pace, rejects = _pace(stats), int(_number(stats.get("rejects"))) if stats else None
    return Run(run.name, run, sum(run.counts.values()), pace.pages if pace else None, rejects)


def _record(fields: Mapping[str, Any]) -> RecordType | None:
    """Return the record with these fields. ``None`` if they fit no record class."""
    try:
        record: RecordType = msgspec.convert(fields, CLASSES[fields["type"]])
    except (KeyError, msgspec.ValidationError):
        return None
    return record


def _lines(files: Iterable[Path]) -> Iterator[RecordType | None]:
    """Yield the records of files, ``None`` for a line that is no record. Raises ``OSError``."""
    for line in (line for file in files for line in stored.lines(file)):
        yield _record(line.fields) if isinstance(line, Stored) else None


def _seen(known: Known) -> str:
    """Return when a record was seen, as text for a reader."""
    seen = f"{known.first_seen:%Y-%m-%d} to {known.last_seen:%Y-%m-%d}"
    versions = f", {known.versions} versions" if known.versions > 1 else ""
    return f"{seen}{versions}{', gone' if known.gone else ''}"


def sightings(state: State) -> Iterator[tuple[Status, datetime]]:
    """Yield each sighting of a status row and its time. Reads one snapshot of the state."""
    with state.telling(), state.snapshot():
        for _, looks in state.sightings("status"):
            rows = {look.version: state.fields(look.version) for look in looks}
            for look in sorted(looks):
                yield msgspec.convert(rows[look.version], Status), to_time(look.moment)


def _changes(state: State, gone_after: int) -> Iterator[Change]:
    """Yield the changes that a state knows, in time order. Raises ``StateError``."""
    decoder = msgspec.json.Decoder(Change)
    for change in map(decoder.decode, changes(state, Period(), gone_after=gone_after)):
        for name, value in change.fields.items():
            marks = edits(value["old"], value["new"])
            change.fields[name] = [(how, cut(text, _EDIT)) for how, text in marks]
        yield change


def cut(text: str, length: int) -> str:
    """Return ``text``, cut to at most ``length`` characters.

    >>> cut("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= length else f"{text[: length - 1]}…"
