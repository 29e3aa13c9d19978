"""The whole dataset as a report's source, from its state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import msgspec

from shio_scraper import stored
from shio_scraper.content import TYPES
from shio_scraper.dataset.changes import Period, changes
from shio_scraper.dataset.state import Known, State, TakenIn
from shio_scraper.items import RecordType, Reject, Status
from shio_scraper.report import source
from shio_scraper.report.changing import changes_of
from shio_scraper.report.source import CLASSES, Found
from shio_scraper.report.summary import Changes, Run, Summary


class Dataset:
    """What an open state holds. Rejects, notes and pace are those of its newest whole crawl.

    ``data`` is the folder that has the runs. Raises ``StateError``.
    """

    def __init__(self, state: State, data: Path, gone_after: int) -> None:
        self._state = state
        self._gone_after = gone_after
        self._runs = state.runs()
        whole = [run.name for run in self._runs if _is_whole(run)]
        folder = data / "runs" / whole[-1] if whole else None
        self._whole = folder if folder and folder.is_dir() else None

    def head(self) -> Summary:
        """Return the summary's head."""
        summary = Summary(
            name="The dataset", site=self._state.site, is_dataset=True,
            runs=[_run(run, self._state.site) for run in self._runs],
        )  # fmt: skip
        if self._whole is None:
            summary.no_rejects = "No crawl that read everything is here to tell of rejects."
            return summary
        stats = stored.stats(self._whole)
        summary.rejects_of = self._whole.name
        summary.pace, summary.notes = source.pace(stats), source.notes(stats)
        return summary

    def records(self) -> Iterator[Found | None]:
        """Yield the newest content of each record."""
        for kind in TYPES:
            for known in self._state.records(kind, self._gone_after):
                yield _found(known, CLASSES[kind])

    def rejects(self) -> Iterator[Reject | None]:
        """Yield the rejects of the newest whole crawl."""
        return source.rejects_in(self._whole) if self._whole else iter(())

    def sightings(self) -> Iterator[tuple[Status, datetime]]:
        """Yield when each word of a status row was seen first, and when the row was seen last."""
        words = changes(self._state, Period(), ("status",), self._gone_after)
        rows: dict[str, Status] = {}
        for one in map(msgspec.json.decode, words):
            if one["change"] == "added":
                rows[one["key"]] = msgspec.convert(one["record"], Status)
            elif one["change"] == "changed":
                rows[one["key"]] = replace(rows[one["key"]], status=one["to"])
            if one["change"] in {"added", "changed"}:
                yield rows[one["key"]], datetime.fromisoformat(one["at"])
        for known in self._state.records("status", self._gone_after):
            yield rows[known.key], known.last_seen

    def changes(self) -> Changes | str:
        """Return what the newest run told."""
        if not self._runs:
            return "The state holds no run."
        return changes_of(self._state, self._runs[-1], self._gone_after)


def _is_whole(run: TakenIn) -> bool:
    scope = run.scope
    return run.outcome == "complete" and not (scope.narrowed_by or scope.since or scope.until)


def _run(run: TakenIn, site: str | None) -> Run:
    return Run(
        name=run.name, site=site, spider=run.spider, arguments=run.arguments, outcome=run.outcome,
        reason=run.reason, began=run.began, ended=run.ended, records=sum(run.counts.values()),
    )  # fmt: skip


def _found(known: Known, record_class: type[RecordType]) -> Found | None:
    """Return what is known of a record; ``None`` where its class has no such fields."""
    try:
        record = msgspec.json.decode(known.json, type=record_class)
    except msgspec.ValidationError:
        return None
    seen = f"{known.first_seen:%Y-%m-%d} to {known.last_seen:%Y-%m-%d}"
    versions = f", {known.versions} versions" if known.versions > 1 else ""
    return Found(record, f"{seen}{versions}{', gone' if known.gone else ''}")
