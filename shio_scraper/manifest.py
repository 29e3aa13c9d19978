"""What a run was, and how it ended: ``manifest.json``, the last file that a run writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import msgspec

NAME: Final = "manifest.json"
BEGUN: Final = "manifest.json.open"
"""The manifest of a run that has not ended: it knows no end, no counts, no files."""

Outcome: TypeAlias = Literal["complete", "partial", "failed", "unfinished"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a run should have seen, by its arguments.

    ``types`` and ``languages`` of records; articles published from ``since`` to ``until``.
    ``narrowed_by`` names whatever else the run left out things for: it should have seen nothing
    in particular.
    """

    types: list[str]
    languages: list[str]
    since: date | None = None
    until: date | None = None
    narrowed_by: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of a run's folder: its path below the folder, its size in bytes, its SHA-256."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A run. Times are UTC; ``began`` is the time in the folder's name."""

    manifest: Literal[1] = 1
    run: str
    site: str
    spider: str
    arguments: dict[str, str]
    scope: Scope
    settings: dict[str, Any]
    versions: dict[str, str]
    began: datetime
    ended: datetime | None = None
    outcome: Outcome = "unfinished"
    reason: str | None = None
    counts: dict[str, int] = field(default_factory=dict)
    files: list[File] = field(default_factory=list)


def read(run: Path) -> Manifest:
    """Return the manifest of a run's folder, of an unfinished run the one that it began with.

    Raises ``OSError`` (``FileNotFoundError`` where the folder has none) and ``ValueError``.
    """
    try:
        data = (run / NAME).read_bytes()
    except FileNotFoundError:
        data = (run / BEGUN).read_bytes()
    return msgspec.json.decode(data, type=Manifest)
