"""What a report is made of, wherever it is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from shio_scraper.items import RECORD_FILES, RecordType, Reject, Status, type_of
from shio_scraper.report.summary import Changes, Pace, Summary

CLASSES: Final = {type_of(record_class): record_class for record_class in RECORD_FILES.values()}
"""The record classes by type."""
FILES: Final = {type_of(record_class): name for name, record_class in RECORD_FILES.items()}
"""The names of the records' files by type."""
_OF_PACE: Final = (
    "response_received_count", "captures", "downloader/response_bytes", "elapsed_time_seconds",
)  # fmt: skip


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

    def changes(self) -> Changes | str:
        """Return what changed since the run before; or why that is not known."""
        ...


def rejects_in(run: Path) -> Iterator[Reject | None]:
    """Yield the rejects of a run's folder, as ``Source.rejects``."""
    path = run / "rejects.jsonl"
    if not path.exists():
        return
    with path.open("rb") as stream:
        for line in stream:
            try:
                yield msgspec.json.decode(line, type=Reject)
            except msgspec.MsgspecError:
                yield None


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
