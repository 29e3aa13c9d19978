"""What a run was, and how it ended: ``manifest.json``, the last file that a run writes."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final, Literal, Self, TypeAlias

import msgspec

from shio_scraper.archives.sources import PRUNED
from shio_scraper.items import RECORDS, type_of
from shio_scraper.portals import DEFAULT, Source, names
from shio_scraper.runs import NEW, all_below, began, write_whole

logger = logging.getLogger(__name__)

NAME: Final = "manifest.json"
BEGUN: Final = "begun.json"
"""The manifest of a run that has not ended: it knows no end, no counts, no files."""
PRUNING: Final = "pruning.json"
"""The manifest of a run that is being removed: it is no run any more."""
_WRITABLE: Final = 0o222

Outcome: TypeAlias = Literal["complete", "partial", "failed", "unfinished"]


Trial: TypeAlias = Literal["sample", "dry"]
"""A small crawl: a few pages of each kind, or none, and what would be fetched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a run should have seen, by its arguments.

    ``types`` and ``languages`` of the records of ``portals``; articles and press conferences
    published from ``since`` to ``until``.
    ``narrowed_by`` names whatever else the run left out things for: it should have seen nothing
    in particular. ``withheld`` names fields that the run left out of what it saw: what it says of
    them is no change (a state's alone; a manifest has it in its settings).
    """

    types: list[str]
    languages: list[str]
    since: date | None = None
    until: date | None = None
    portals: list[str] = field(default_factory=lambda: [DEFAULT.name])
    narrowed_by: list[str] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of a run's folder: its path below the folder, its size in bytes, its SHA-256."""

    path: str
    bytes: int
    sha256: str

    @classmethod
    def of(cls, run: Path, path: Path) -> Self:
        """Return what a file in a run's folder is. Raises ``OSError``."""
        with path.open("rb") as stream:
            digest = file_digest(stream, "sha256").hexdigest()
        return cls(path=path.relative_to(run).as_posix(), bytes=path.stat().st_size, sha256=digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A run that holds another part of the same crawl, and the machine that it is on."""

    run: str
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A run. Times are UTC; ``began`` is the time in the folder's name.

    ``monitors`` are those that failed. A crawl whose worker was gone may go on in another run:
    that one ``continues`` it, and this one is ``continued`` there. Where the ``clock_went_back``,
    below the time that the run began at, it ``ended`` as it began.
    """

    manifest: Literal[1] = 1
    run: str
    site: str
    spider: str
    trial: Trial | None = None
    """Where it is set, the run is never ``latest``, and no part of the dataset."""
    arguments: dict[str, str]
    scope: Scope
    settings: dict[str, Any]
    versions: dict[str, str]
    began: datetime
    ended: datetime | None = None
    outcome: Outcome = "unfinished"
    reason: str | None = None
    monitors: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    files: list[File] = field(default_factory=list)
    continues: Neighbour | None = None
    continued: Neighbour | None = None
    clock_went_back: bool = False
    refers_to: list[str] | None = None
    """The runs whose archives hold payloads that its own only refers to; ``None`` if not known."""
    maps: list[Source] = field(default_factory=list)
    """Where the maps of its portals come from, unless they are the project's own."""

    @property
    def is_out_of_time(self) -> bool:
        """Whether the run ended before it began, as the clock had it."""
        return self.clock_went_back or (self.ended is not None and self.ended < self.began)

    @property
    def ending(self) -> str:
        """How the run ended, and why if it did not end by itself."""
        why = ", ".join(self.monitors) or self.reason
        return self.outcome if why in {None, "finished"} else f"{self.outcome} ({why})"


def is_run(folder: Path) -> bool:
    """Tell whether a folder is a run's, ended or not."""
    return any((folder / name).is_file() for name in (NAME, BEGUN))


def is_settled(run: Path) -> bool:
    """Tell whether a run's archive stays as it is: it ended, and nobody is removing it."""
    return any((run / name).is_file() for name in (NAME, PRUNED))


def is_pruned(run: Path) -> bool:
    """Tell whether a folder was a run's that was removed, or is being removed."""
    return any((run / name).is_file() for name in (PRUNING, PRUNED))


def read(run: Path) -> Manifest:
    """Return the manifest of a run's folder, of an unfinished run the one that it began with.

    Raises ``OSError`` (``FileNotFoundError`` where the folder has none) and ``ValueError``.
    """
    for path in (run / NAME, run / BEGUN, run / NAME):  # between two looks it may have ended
        try:
            return msgspec.json.decode(path.read_bytes(), type=Manifest)
        except FileNotFoundError as error:
            missing = error
        except msgspec.MsgspecError as error:
            raise ValueError(f"{path}: no manifest: {error}") from error
    raise missing


def unknown_portal(run: Path) -> str | None:
    """Return in a line which portal of a run is not known here, and what to do; else ``None``."""
    with suppress(OSError, ValueError):
        for source in read(run).maps:
            if source.name not in names():
                return (
                    f"portal {source.name} is not known: name its map, "
                    f"-s SHIO_PORTALS={source.source}"
                )
    return None


def last_end(data: Path) -> datetime | None:
    """Return when the newest run below ``data`` ended, or began where it has not ended."""
    for folder in reversed(all_below(data)):
        with suppress(OSError, ValueError):  # no run's folder, or a damaged one
            last = read(folder)
            return max(last.began, last.ended or last.began)
    return None


def begin(run: Path, **what: Any) -> None:
    """Write what the run in a folder is, unless that is written. Raises ``OSError``."""
    if not (run / BEGUN).exists():
        _write(run / BEGUN, Manifest(run=run.name, began=began(run), **what))


def end(run: Path, outcome: Outcome, reason: str, counts: dict[str, int], **what: Any) -> None:
    """Say how the run in a folder ended: from now on no file of it changes. Raises ``OSError``.

    ``what`` are more fields of its manifest.
    """
    now, start = datetime.now(UTC).replace(microsecond=0), began(run)
    if went_back := now < start:
        logger.warning("The clock went back: the run began at %s, and it is %s", start, now)
    what |= {"outcome": outcome, "reason": reason, "counts": counts}
    settle(run, replace(read(run), ended=max(now, start), clock_went_back=went_back, **what))
    (run / BEGUN).unlink()


def settle(run: Path, ended: Manifest) -> None:
    """Write the manifest of a run that ended, with the files of its folder. Raises ``OSError``."""
    paths = [path for path in sorted(run.rglob("*")) if _is_kept(path)]
    for path in paths:
        _protect(path)
    _write(run / NAME, replace(ended, files=[File.of(run, path) for path in paths]))
    _protect(run / NAME)


def counts(stats: Mapping[str, Any]) -> dict[str, int]:
    """Return how many records of each type, and rejects, a crawl wrote, by its stats."""
    kinds = [type_of(record_class) for record_class in RECORDS]
    found = {kind: stats.get(f"records/{kind}", 0) for kind in kinds}
    return {**found, "reject": stats.get("rejects", 0)}


def changed(run: Path, files: Iterable[File]) -> list[str]:
    """Return which of the files of a run are not as its manifest says. Raises ``OSError``."""
    return [
        file.path
        for file in files
        if not (path := run / file.path).is_file() or File.of(run, path) != file
    ]


def _is_kept(path: Path) -> bool:
    return path.is_file() and path.name.removesuffix(NEW) not in {NAME, BEGUN}


def _protect(path: Path) -> None:
    path.chmod(path.stat().st_mode & ~_WRITABLE)


def _write(path: Path, manifest: Manifest) -> None:
    write_whole(path, msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
