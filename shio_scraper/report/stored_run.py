"""A run's folder as a report's source."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from shio_scraper import manifest, stored
from shio_scraper.dataset.state import State, StateError
from shio_scraper.items import Reject, Status
from shio_scraper.report import source
from shio_scraper.report.changing import changes_of
from shio_scraper.report.source import CLASSES, Found
from shio_scraper.report.summary import Changes, Run, Summary
from shio_scraper.stored import Line, Stored


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
            pace=source.pace(stats), notes=source.notes(stats),
        )  # fmt: skip

    def records(self) -> Iterator[Found | None]:
        """Yield the records."""
        for file in stored.files_of(self._folder):
            yield from map(_found, stored.lines(file))

    def rejects(self) -> Iterator[Reject | None]:
        """Yield the rejects."""
        return source.rejects_in(self._folder)

    def sightings(self) -> Iterator[tuple[Status, datetime]]:
        """Yield each capture of a status row."""
        file = self._folder / "status.jsonl"
        for found in map(_found, stored.lines(file) if file.exists() else ()):
            if found and isinstance(found.record, Status):
                yield found.record, found.record.provenance.fetched_at or self._manifest.began

    def changes(self) -> Changes | str:
        """Return what the state knows of this run."""
        if self._state is None or not self._state.exists():
            return "No state tells of the runs before."
        try:
            with State.open(self._state) as state:
                held = {run.name: run for run in state.runs()}
                if run := held.get(self._manifest.run):
                    return changes_of(state, run, self._gone_after)
        except StateError as error:
            return f"{error}."
        return "The state does not hold this run."


def _found(line: Line) -> Found | None:
    """Return the record that a line is."""
    if not isinstance(line, Stored) or line.fields["type"] not in CLASSES:
        return None
    try:
        return Found(msgspec.convert(line.fields, CLASSES[line.fields["type"]]))
    except msgspec.ValidationError:
        return None
