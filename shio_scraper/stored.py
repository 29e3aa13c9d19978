"""The records of runs as they were stored, read line by line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec

from shio_scraper.archives.columns import Columns
from shio_scraper.items import Provenance

_FILES: Final = ("articles.jsonl", "status.jsonl", "faq.jsonl", "events.jsonl")
"""The files of a run, each a kind of record."""


@dataclass(frozen=True)
class Stored:
    """A line of a records file: its fields as JSON has them."""

    file: Path
    line: int
    fields: dict[str, Any]

    @property
    def run(self) -> Path:
        """The folder of the run."""
        return self.file.parent

    @property
    def key(self) -> str:
        """The record's key."""
        return str(self.fields["key"])

    @cached_property
    def provenance(self) -> Provenance:
        """The record's provenance. Raises ``msgspec.ValidationError``."""
        return msgspec.convert(self.fields.get("provenance"), Provenance)


@dataclass(frozen=True)
class Broken:
    """A line of a records file that is no record."""

    file: Path
    line: int
    why: str


Line: TypeAlias = Stored | Broken


def record_files(place: Path) -> list[list[Path]]:
    """Return the records files of each run in ``place``, the newest run first.

    ``place`` is a data folder, the folder of its runs, a run's folder, or one file.
    """
    if place.is_file():
        return [[place]]
    if own := files_of(place):
        return [own]
    runs = place / "runs" if (place / "runs").is_dir() else place
    folders = sorted((path for path in runs.glob("*/") if path.is_dir()), reverse=True)
    return list(filter(None, map(files_of, folders)))


def files_of(run: Path) -> list[Path]:
    """Return the records files in a run's folder."""
    return [run / name for name in _FILES if (run / name).is_file()]


def lines(file: Path) -> Iterator[Line]:
    """Yield the records of ``file``; rejects are none. Raises ``OSError``."""
    with file.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if line.strip() and (found := _parse(file, number, line)):
                yield found


def arguments(run: Path) -> dict[str, Any]:
    """Return the arguments of a run's crawl, as far as its ``stats.json`` tells them."""
    try:
        stats = json.loads((run / "stats.json").read_bytes())
    except (OSError, ValueError):
        return {}
    found = stats.get("arguments") if isinstance(stats, dict) else None
    return found if isinstance(found, dict) else {}


def columns(run: Path) -> Columns:
    """Return the columns of tables that a run's crawl was told to read."""
    given = arguments(run)
    return Columns(*(given.get(f"{name}_column") for name in ("url", "html", "text", "date")))


def _parse(file: Path, number: int, line: bytes) -> Line | None:
    try:
        fields = msgspec.json.decode(line)
    except msgspec.MsgspecError:
        why = "no JSON" if line.endswith(b"\n") else "cut off"
        return Broken(file, number, why)
    if not isinstance(fields, dict) or not isinstance(fields.get("type"), str):
        return Broken(file, number, "no record: it has no type")
    if fields["type"] == "reject":
        return None
    if not isinstance(fields.get("key"), str):
        return Broken(file, number, "no record: it has no key")
    return Stored(file, number, fields)
