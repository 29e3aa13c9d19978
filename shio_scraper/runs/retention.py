"""Which runs a rule keeps, and the removal of the others, but what is needed of their archives.

Rules are those of backups: ``30d``, ``last:10``, ``daily:7``, ``monthly``.

At every moment a run is whole or none: one that is being removed has no ``manifest.json`` any more,
but ``pruning.json``, so that whatever a killed process leaves behind is no run. At the end it is
``pruned.json``, the one file that stays, beside an archive that is needed.
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
"""Hours of each: a month is a twelfth of a year."""
_PERIODS: Final = {
    "hourly": "%Y%m%d%H", "daily": "%Y%m%d", "weekly": "%G%V", "monthly": "%Y%m", "yearly": "%Y"
}  # fmt: skip
_NAMED: Final = re.compile(rf"(last|{'|'.join(_PERIODS)})(?::(\d{{1,5}}))?")
NEWEST: Final = "the newest complete run"
"""Why a run is kept that no rule keeps."""
_ARCHIVE: Final = "archive"
_MANIFESTS: Final = (NAME, BEGUN, PRUNING, PRUNED)
ANY: Final = "*"
"""Stands for every earlier run: a revisit of an older version does not say what it refers to."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Keeps the ``last`` runs, or one of each period: ``most`` of them; or those of an ``age``."""

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
        if found := _AGE.fullmatch(text):
            return cls(text, age=timedelta(hours=int(found[1]) * _UNITS[found[2]]))
        found = _NAMED.fullmatch(text)
        if not found or found[2] == "0" or (found[1] == "last" and not found[2]):
            raise ValueError(
                f"{text!r} is no rule: write an age (36h, 30d, 8w, 6m, 2y), last:N, "
                f"or {', '.join(_PERIODS)}, each alone or with :N"
            )
        return cls(found[1], most=int(found[2]) if found[2] else None)

    def kept(self, all_: Sequence[Manifest], now: datetime) -> Iterable[Manifest]:
        """Return which of ``all_``, the newest first, the rule keeps.

        Of a period that is its newest complete run, and where none is complete the newest.
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
    """Return the names of the runs that are kept, each with why.

    The rules hold for each crawl by itself: the runs of a site with the same arguments. Of each
    its newest complete run is kept whatever they are.
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
    """What a run's folder holds: its manifest, the bytes of its other files, of its archive.

    ``needed_by`` are the runs, and the states, that refer to its archive; ``kept_for`` is why the
    run itself stays. ``is_forced``: its archive goes, whoever needs it.
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
        """Whether its removal was begun, and not ended."""
        return (self.folder / PRUNING).is_file()

    @property
    def keeps_archive(self) -> bool:
        """Whether its archive outlives it."""
        return bool(self.needed_by) and not self.is_forced

    @property
    def freed(self) -> int:
        """The bytes that its removal frees."""
        return 0 if self.kept_for else self.bytes - (self.archive if self.keeps_archive else 0)


def holdings(data: Path, noted: list[str]) -> list[Holding]:
    """Return what lies below ``data``, the oldest first; ``noted`` tells what is passed over."""
    return [found for folder in runs.all_below(data) if (found := _holding(folder, noted))]


def _holding(folder: Path, noted: list[str]) -> Holding | None:
    names = [name for name in _MANIFESTS if (folder / name).is_file()]
    if not names:
        return None
    try:
        run = msgspec.json.decode((folder / names[0]).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        noted.append(f"{folder.name}: {names[0]} cannot be read: {error}")
        return None
    found = Holding(folder, run, is_pruned=names[0] in {PRUNING, PRUNED})
    for path in folder.rglob("*"):
        with suppress(OSError):  # it is gone: a crawl ends
            is_content = path.is_file() and path.name not in _MANIFESTS
            size = path.stat().st_size if is_content else 0
            found.bytes += size
            found.archive += size if path.parent.name == _ARCHIVE else 0
    return found


def referred(holding: Holding) -> set[str]:
    """Return the runs whose archives a run's archive and records refer to. Raises ``OSError``."""
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
                    named = record.fields.get(REFERS_TO_FILE.lower())
                    yield run_of(named) if named else ANY


def note_needs(all_: Iterable[Holding], states: Mapping[str, Counter[str]]) -> None:
    """Note which archives are needed: by runs that stay, by archives that stay, by states.

    ``states`` tells for each how many of its records lie in a file. Raises ``OSError``.
    """
    by_name = {one.folder.name: one for one in all_}
    for state, files in states.items():
        counts = Counter[str]()
        for file, count in files.items():
            counts[run_of(file)] += count
        for name in by_name.keys() & counts:
            by_name[name].needed_by.append(f"{state} ({counts[name]} records)")
    waiting = [one for one in by_name.values() if one.kept_for or one.needed_by]
    seen = {one.folder.name for one in waiting}
    while waiting:
        one = waiting.pop()
        if one.is_pruned and not one.archive:
            continue
        name, found = one.folder.name, referred(one)
        earlier = {other for other in by_name if other < name} if ANY in found else set()
        for other in (found | earlier) & by_name.keys():
            by_name[other].needed_by.append(name)
            if other not in seen:
                seen.add(other)
                waiting.append(by_name[other])


def mark(holding: Holding) -> bool:
    """Mark a run as removed, so that no crawl refers to it. ``False`` if a process works on it.

    The lock is held until ``remove``. Raises ``OSError``.
    """
    if not runs.lock(holding.folder):
        return False
    for name in (NAME, PRUNED):
        with suppress(FileNotFoundError):
            (holding.folder / name).rename(holding.folder / PRUNING)
    _sync(holding.folder)
    return True


def remove(holding: Holding) -> None:
    """Remove a run that is marked, all but its archive where that is needed. Raises ``OSError``."""
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
    """Return the runs that crawls under way refer to by now. Raises ``OSError``."""
    under_way = [one for one in holdings(data, []) if not one.is_pruned and not one.run.ended]
    return {run for one in under_way for run in referred(one)}


def _sync(folder: Path) -> None:
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(held)
    finally:
        os.close(held)
