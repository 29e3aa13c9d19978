"""Decides which runs a rule keeps, and removes the other runs, except archives that are needed.

The rules are like those for backups: ``30d``, ``last:10``, ``daily:7``, ``monthly``.

A removal is safe against a kill. First ``manifest.json`` becomes ``pruning.json``, so that the
folder is no longer a run, whatever a killed process leaves in it. At the end the file becomes
``pruned.json``. Only this file stays, and the archive if another run or a state needs it.
"""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from shio_scraper import runs
from shio_scraper.archives.records import records_in
from shio_scraper.archives.sources import OPEN, PRUNED, REFERS_TO_FILE, run_of
from shio_scraper.runs import stored
from shio_scraper.runs.manifest import BEGUN, NAME, PRUNING, Manifest

_AGE: Final = re.compile(r"(\d{1,5})([hdwmy])")
_UNITS: Final = {"h": 1, "d": 24, "w": 168, "m": 730, "y": 8766}
"""Unit → hours. A month is a twelfth of a year."""
_PERIODS: Final = {
    "hourly": "%Y%m%d%H", "daily": "%Y%m%d", "weekly": "%G%V", "monthly": "%Y%m", "yearly": "%Y"
}  # fmt: skip
_NAMED: Final = re.compile(rf"(last|{'|'.join(_PERIODS)})(?::(\d{{1,5}}))?")
NEWEST: Final = "the newest complete run"
"""The reason to keep a run that no rule keeps."""
_ARCHIVE: Final = "archive"
_MANIFESTS: Final = (NAME, BEGUN, PRUNING, PRUNED)
ANY: Final = "*"
"""Means every earlier run: a `revisit` record of an older version does not name the file that it
refers to."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: keep runs up to an ``age``, or the ``last`` runs, or one run of each period.

    ``most`` is the number of runs that the rule keeps; ``None`` for all.
    """

    name: str
    most: int | None = None
    age: timedelta | None = None

    @classmethod
    def of(cls, text: str) -> Rule:
        """Read a rule. Raises ``ValueError``.

        >>> Rule.of("daily:7")
        Rule(name='daily', most=7, age=None)
        >>> Rule.of("2w").age
        datetime.timedelta(days=14)
        """
        if match := _AGE.fullmatch(text):
            return cls(text, age=timedelta(hours=int(match[1]) * _UNITS[match[2]]))
        match = _NAMED.fullmatch(text)
        if not match or match[2] == "0" or (match[1] == "last" and not match[2]):
            raise ValueError(
                f"{text!r} is no rule: write an age (36h, 30d, 8w, 6m, 2y), last:N, "
                f"or {', '.join(_PERIODS)}, each alone or with :N"
            )
        return cls(match[1], most=int(match[2]) if match[2] else None)

    def kept(self, all_: Sequence[Manifest], now: datetime) -> Iterable[Manifest]:
        """Return the runs of ``all_`` (sorted from new to old) that the rule keeps.

        Of a period the rule keeps the newest complete run; if none is complete, the newest run.
        """
        if self.age:
            return [run for run in all_ if run.began >= now - self.age]
        if self.name == "last":
            return all_[: self.most]
        best: dict[str, Manifest] = {}
        for run in all_:
            period = f"{run.began:{_PERIODS[self.name]}}"
            if period not in best or (_is_good(run) and not _is_good(best[period])):
                best[period] = run
        return list(best.values())[: self.most]


def kept(all_: Iterable[Manifest], rules: Sequence[Rule], now: datetime) -> dict[str, list[str]]:
    """Return name → reasons of each run that is kept.

    The rules apply to each crawl separately, that is to the runs of a site with the same arguments.
    The newest complete run of each crawl is always kept.
    """
    crawls: dict[object, list[Manifest]] = {}
    for run in sorted(all_, key=lambda run: run.run, reverse=True):
        arguments = {name: value for name, value in run.arguments.items() if name != "fresh"}
        identity = (run.site, run.spider, *sorted(arguments.items()))
        crawls.setdefault(identity, []).append(run)
    why: dict[str, list[str]] = {}
    for crawl in crawls.values():
        for run in [run for run in crawl if _is_good(run) and not run.trial][:1]:
            why.setdefault(run.run, []).append(NEWEST)
        for rule in rules:
            for run in rule.kept(crawl, now):
                why.setdefault(run.run, []).append(rule.name)
    return why


def _is_good(run: Manifest) -> bool:
    return run.outcome == "complete"


@dataclass
class Holding:
    """A run's folder: its manifest, the bytes of its other files, and the bytes of its archive.

    ``kept_for`` are the reasons why the run stays. ``needed_by`` names the runs and the states that
    refer to its archive. If ``is_forced``, the archive is removed although it is needed.
    """

    folder: Path
    run: Manifest
    is_pruned: bool
    bytes: int = 0
    archive: int = 0
    kept_for: list[str] = field(default_factory=list)
    needed_by: list[str] = field(default_factory=list)
    is_forced: bool = False

    @property
    def is_half(self) -> bool:
        """Whether the removal of the run began and did not end."""
        return (self.folder / PRUNING).is_file()

    @property
    def keeps_archive(self) -> bool:
        """Whether the archive stays when the run is removed."""
        return bool(self.needed_by) and not self.is_forced

    @property
    def freed(self) -> int:
        """The bytes that the removal of the run frees."""
        return 0 if self.kept_for else self.bytes - (self.archive if self.keeps_archive else 0)


def holdings(data: Path, noted: list[str]) -> list[Holding]:
    """Return the runs below ``data``, the oldest first. Add a line to ``noted`` for each skipped.

    A run is skipped if its manifest cannot be read.
    """
    return [holding for folder in runs.all_below(data) if (holding := _holding(folder, noted))]


def _holding(folder: Path, noted: list[str]) -> Holding | None:
    names = [name for name in _MANIFESTS if (folder / name).is_file()]
    if not names:
        return None
    try:
        run = msgspec.json.decode((folder / names[0]).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        noted.append(f"{folder.name}: {names[0]} cannot be read: {error}")
        return None
    holding = Holding(folder, run, is_pruned=names[0] in {PRUNING, PRUNED})
    for path in folder.rglob("*"):
        with suppress(OSError):  # a crawl that is ending removed or renamed the file
            is_content = path.is_file() and path.name not in _MANIFESTS
            size = path.stat().st_size if is_content else 0
            holding.bytes += size
            holding.archive += size if path.parent.name == _ARCHIVE else 0
    return holding


def referred(holding: Holding) -> set[str]:
    """Return the runs to whose archives a run's archive and records refer. Raises ``OSError``."""
    run = holding.run
    if run.refers_to is not None and run.site != "archive":
        return set(run.refers_to)
    return set(_referred(holding.folder)) - {holding.folder.name, ""}


def _referred(folder: Path) -> Iterator[str]:
    for file in stored.files_of(folder):
        for line in stored.lines(file):
            if isinstance(line, stored.Stored):
                with suppress(msgspec.ValidationError):
                    place = line.provenance.archive
                    yield run_of(place.file) if place else ""
    for path in sorted((folder / _ARCHIVE).glob("*.warc.gz*")):
        if path.name.removesuffix(OPEN).endswith(".warc.gz"):
            for record in records_in(path):
                if record.fields["warc-type"] == "revisit":
                    file_name = record.fields.get(REFERS_TO_FILE.lower())
                    yield run_of(file_name) if file_name else ANY


def note_needs(all_: Iterable[Holding], states: Mapping[str, Counter[str]]) -> None:
    """Note in ``needed_by`` which archives are needed: by runs or archives that stay, by states.

    ``states`` maps the name of a state to the number of its records by archive file. Raises
    ``OSError``.
    """
    by_name = {holding.folder.name: holding for holding in all_}
    for state, files in states.items():
        counts = Counter[str]()
        for file, count in files.items():
            counts[run_of(file)] += count
        for name in by_name.keys() & counts:
            by_name[name].needed_by.append(f"{state} ({counts[name]} records)")
    waiting = [holding for holding in by_name.values() if holding.kept_for or holding.needed_by]
    seen = {holding.folder.name for holding in waiting}
    while waiting:
        holding = waiting.pop()
        if holding.is_pruned and not holding.archive:
            continue
        name, needed = holding.folder.name, referred(holding)
        earlier = {other for other in by_name if other < name} if ANY in needed else set()
        for other in (needed | earlier) & by_name.keys():
            by_name[other].needed_by.append(name)
            if other not in seen:
                seen.add(other)
                waiting.append(by_name[other])


def mark(holding: Holding) -> bool:
    """Mark a run as being removed, so that no crawl refers to it from now on.

    Return ``False`` if another process works on the run. The lock is held until ``remove``. Raises
    ``OSError``.
    """
    if not runs.lock(holding.folder):
        return False
    for name in (NAME, PRUNED):
        with suppress(FileNotFoundError):
            (holding.folder / name).rename(holding.folder / PRUNING)
    _sync(holding.folder)
    return True


def remove(holding: Holding) -> None:
    """Remove the files of a marked run, but not an archive that is needed. Raises ``OSError``."""
    folder = holding.folder
    for path in sorted(folder.iterdir()):
        if path.name == PRUNING or (path.name == _ARCHIVE and holding.keeps_archive):
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    (folder / PRUNING).rename(folder / PRUNED)
    _sync(folder)
    runs.unlock(folder)


def needed_meanwhile(data: Path) -> set[str]:
    """Return the runs to which crawls that are running now refer. Raises ``OSError``."""
    unfinished = [found for found in holdings(data, []) if not (found.is_pruned or found.run.ended)]
    return {run for holding in unfinished for run in referred(holding)}


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
