"""The manifest of a run: what the run was, and how it ended.

``manifest.json`` is the last file that a run writes.
"""

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
"""The manifest of a run that has not ended: it has no end, no counts and no list of files."""
PRUNING: Final = "pruning.json"
"""The manifest of a run that is being removed, and therefore no longer counts as a run."""
_WRITABLE: Final = 0o222

Outcome: TypeAlias = Literal["complete", "partial", "failed", "unfinished"]


Trial: TypeAlias = Literal["sample", "dry"]
"""A small crawl: ``sample`` fetches a few pages of each kind, ``dry`` plans what it would fetch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The records that a run should have seen, according to its arguments.

    These are the records of ``portals`` with the given ``types`` and ``languages``; articles and
    press conferences only if they were published from ``since`` to ``until``.
    ``narrowed_by`` names the other arguments that left records out. With any of these, no record
    is expected of the run. ``withheld`` names the fields that the run left out of its records: an
    empty value there is no change. Only a state uses it; a manifest has the settings instead.
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
    """A file in the folder of a run: its path below the folder, its size in bytes, its SHA-256."""

    path: str
    bytes: int
    sha256: str

    @classmethod
    def of(cls, run: Path, path: Path) -> Self:
        """Return the description of a file in the folder of a run. Raises ``OSError``."""
        with path.open("rb") as stream:
            digest = file_digest(stream, "sha256").hexdigest()
        return cls(path=path.relative_to(run).as_posix(), bytes=path.stat().st_size, sha256=digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A run with another part of the same crawl, and the host that the run is on."""

    run: str
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The manifest of a run. Times are UTC; ``began`` is the time in the folder's name.

    ``monitors`` names the monitors that failed. A crawl whose worker was gone may go on in another
    run: that run's ``continues`` names this run, and this run's ``continued`` names that run. If
    ``clock_went_back``, to a time before the run began, ``ended`` is equal to ``began``.
    """

    manifest: Literal[1] = 1
    run: str
    site: str
    spider: str
    trial: Trial | None = None
    """If set, the run is never ``latest`` and never part of the dataset."""
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
    """The runs to whose archived payloads this run's archive refers; ``None`` if not known."""
    maps: list[Source] = field(default_factory=list)
    """The sources of the maps of its portals, without the maps of the project itself."""

    @property
    def is_out_of_time(self) -> bool:
        """Whether the clock says that the run ended before it began."""
        return self.clock_went_back or (self.ended is not None and self.ended < self.began)

    @property
    def ending(self) -> str:
        """The outcome of the run, with the reason if the run did not simply finish."""
        why = ", ".join(self.monitors) or self.reason
        return self.outcome if why in {None, "finished"} else f"{self.outcome} ({why})"


def is_run(folder: Path) -> bool:
    """Tell whether a folder is the folder of a run, ended or not."""
    return any((folder / name).is_file() for name in (NAME, BEGUN))


def is_settled(run: Path) -> bool:
    """Tell whether a run's archive stays as it is: the run ended, and is not being removed."""
    return any((run / name).is_file() for name in (NAME, PRUNED))


def is_pruned(run: Path) -> bool:
    """Tell whether a folder is that of a run that was removed or is being removed."""
    return any((run / name).is_file() for name in (PRUNING, PRUNED))


def read(run: Path) -> Manifest:
    """Return the manifest of a run's folder. An unfinished run has the manifest of its beginning.

    Raises ``OSError`` (``FileNotFoundError`` if the folder has no manifest), and ``ValueError`` if
    the file is no manifest.
    """
    for path in (run / NAME, run / BEGUN, run / NAME):  # the run may end between two attempts
        try:
            return msgspec.json.decode(path.read_bytes(), type=Manifest)
        except FileNotFoundError as error:
            missing = error
        except msgspec.MsgspecError as error:
            raise ValueError(f"{path}: no manifest: {error}") from error
    raise missing


def unknown_portal(run: Path) -> str | None:
    """Return a line about a portal of the run that is unknown here, and what to do; or ``None``."""
    with suppress(OSError, ValueError):
        for source in read(run).maps:
            if source.name not in names():
                return (
                    f"portal {source.name} is not known: name its map, "
                    f"-s SHIO_PORTALS={source.source}"
                )
    return None


def last_end(data: Path) -> datetime | None:
    """Return when the newest run below ``data`` ended; if it has not ended, when it began."""
    for folder in reversed(all_below(data)):
        with suppress(OSError, ValueError):  # not the folder of a run, or a damaged manifest
            last = read(folder)
            return max(last.began, last.ended or last.began)
    return None


def begin(run: Path, **what: Any) -> None:
    """Write the first manifest of the run in a folder, unless there is one. Raises ``OSError``.

    ``what`` are the fields of the manifest.
    """
    if not (run / BEGUN).exists():
        _write(run / BEGUN, Manifest(run=run.name, began=began(run), **what))


def end(run: Path, outcome: Outcome, reason: str, counts: dict[str, int], **what: Any) -> None:
    """Write how the run in a folder ended. From now on none of its files changes.

    ``what`` are more fields of its manifest. Raises ``OSError``.
    """
    now, start = datetime.now(UTC).replace(microsecond=0), began(run)
    if went_back := now < start:
        logger.warning("The clock went back: the run began at %s, and it is %s", start, now)
    what |= {"outcome": outcome, "reason": reason, "counts": counts}
    settle(run, replace(read(run), ended=max(now, start), clock_went_back=went_back, **what))
    (run / BEGUN).unlink()


def settle(run: Path, ended: Manifest) -> None:
    """Write the manifest of a run that ended, with a list of its files. Raises ``OSError``.

    All files of the run become read-only.
    """
    paths = [path for path in sorted(run.rglob("*")) if _is_kept(path)]
    for path in paths:
        _protect(path)
    _write(run / NAME, replace(ended, files=[File.of(run, path) for path in paths]))
    _protect(run / NAME)


def counts(stats: Mapping[str, Any]) -> dict[str, int]:
    """Return from a crawl's stats how many records of each type, and rejects, it wrote."""
    kinds = [type_of(record_class) for record_class in RECORDS]
    records = {kind: stats.get(f"records/{kind}", 0) for kind in kinds}
    return {**records, "reject": stats.get("rejects", 0)}


def changed(run: Path, files: Iterable[File]) -> list[str]:
    """Return the paths of ``files`` that are missing or have changed. Raises ``OSError``."""
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
