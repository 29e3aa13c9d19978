"""``scrapy runs``: lists runs, removes runs by a rule, or copies a run so that it stands alone."""

from __future__ import annotations

import shutil
from argparse import ArgumentTypeError, Namespace
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from scrapy.exceptions import UsageError
from scrapy.settings import BaseSettings

from shio_scraper import runs
from shio_scraper.archives import wacz
from shio_scraper.archives.reading import ArchiveError
from shio_scraper.archives.standalone import Standalone
from shio_scraper.command import OwnCommand, complain, need, option, say, told, write_lines
from shio_scraper.dataset.places import ARCHIVE
from shio_scraper.dataset.state import State, StateError
from shio_scraper.extraction import Extractor
from shio_scraper.items import ArchivePosition
from shio_scraper.report.figures import duration, number, size
from shio_scraper.runs import manifest, retention, stored
from shio_scraper.runs.manifest import Manifest
from shio_scraper.runs.outcome import FAILED
from shio_scraper.runs.retention import Holding, Rule

_ARCHIVE: Final = "archive"


def _rules(text: str) -> list[Rule]:
    try:
        return [Rule.of(rule.strip()) for rule in text.split(",")]
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


class Command(OwnCommand):
    """Exit status: 0; 1 if something cannot be read or removed; 2 for a wrong argument."""

    usage = "[options] [prune --keep RULE[,RULE…] | export RUN [--to DIR|FILE.wacz]]"
    summary = "List the runs, remove those that no rule keeps, or copy one to stand alone"
    failures = (StateError, ArchiveError, OSError)
    options = (
        option("--json", action="store_true", help="print JSON Lines, one a run"),
        option(
            "--keep", metavar="RULE", type=_rules, action="extend", default=[],
            help="prune: keep the runs of an age (30d, 8w, 6m, 2y), last:N, or one a day (week, "
            "month, year): daily, weekly:8, monthly:12, yearly (may be repeated, or a list)",
        ),
        option("--yes", action="store_true", help="prune: do it, instead of only saying what goes"),
        option(
            "--needed-too", action="store_true",
            help="prune: remove archives, too, that the dataset's state or runs that stay refer to",
        ),
        option(
            "--to", metavar="DIR|FILE.wacz",
            help="export: the folder, or with .wacz the file, that is made (the run's name, here)",
        ),
    )  # fmt: skip

    def answer(self, args: list[str], opts: Namespace) -> int:
        """List the runs, prune them, or export one."""
        action, *names = args or ["list"]
        self.name = "runs" if action == "list" else f"runs {action}"
        if action == "export" and len(names) == 1:
            _export(self.run_folder(names[0]), opts, self.settings)
            return 0
        if action not in {"list", "prune"} or names:
            raise UsageError(f"use {self.usage.partition(' ')[2]}")
        if action == "list" and (opts.keep or opts.yes or opts.needed_too):
            raise UsageError("--keep, --yes and --needed-too are prune's")
        if action == "prune" and not opts.keep:
            raise UsageError("prune needs a rule, such as --keep 30d,monthly")
        noted = list[str]()
        holdings = retention.holdings(self.data, noted)
        for line in noted:
            complain(f"scrapy {self.name}: {line}")
        if action == "list":
            _list(holdings, opts)
            return FAILED if noted else 0
        if noted:
            raise OSError("nothing is removed, because it is not known what such a run needs")
        _decide(holdings, opts, _states(self.data, self.settings))
        return FAILED if _prune(holdings, opts, self.data) else 0


def _export(run: Path, opts: Namespace, settings: BaseSettings) -> None:
    """Copy a run that ended into a folder, or its archive into a WACZ file.

    The copy is whole or does not exist. Raises ``UsageError``, ``OSError``, and ``ArchiveError`` if
    a payload to which the run refers is missing.
    """
    if not (run / manifest.NAME).is_file():
        why = "it was pruned" if manifest.is_pruned(run) else "it has not ended"
        raise UsageError(f"{run.name}: {why}")
    target = Path(opts.to or run.name)
    if opts.to and target.is_dir():
        target /= run.name
    if target.exists():
        raise UsageError(f"{target} is there already: name another place with --to")
    if is_packed := target.suffix == ".wacz":
        need(f"--to {target}", "wacz", "cdxj_indexer")
    new = target.with_name(f"{target.name}.parts")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    try:
        if is_packed:
            with closing(Standalone(run / _ARCHIVE, new)) as archive:
                archive.copy()
            read = Extractor(settings.getint("SHIO_MAX_PAGE")).read
            wacz.pack(sorted(new.iterdir()), target, read)
        else:
            _copy(run, new)
            new.rename(target)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    say(f"{target}: needs no other run")


def _copy(run: Path, folder: Path) -> None:
    """Copy a run into a folder. The copied records name the places of captures in the copy."""
    of_records = [file.name for file in stored.files_of(run)]
    ignored = shutil.ignore_patterns(manifest.NAME, "*.warc.gz", "*.wacz", *of_records)
    shutil.copytree(run, folder, ignore=ignored, dirs_exist_ok=True)
    archive = folder / _ARCHIVE
    archive.mkdir(exist_ok=True)
    with closing(Standalone(run / _ARCHIVE, archive)) as standalone:
        standalone.copy()
        for name in of_records:
            with (folder / name).open("wb") as out:
                out.writelines(_placed(run / name, standalone.place_of))
    if not any(archive.iterdir()):
        archive.rmdir()
    manifest.settle(folder, replace(manifest.read(run), refers_to=[]))


def _placed(file: Path, place_of: Callable[[ArchivePosition], ArchivePosition]) -> Iterator[bytes]:
    """Yield the lines of a file of records, with the places of their captures in the copy."""
    with file.open("rb") as stream:
        for line in stream:
            fields = msgspec.json.decode(line)
            place = (fields.get("provenance") or {}).get("archive")
            if place:
                position = place_of(msgspec.convert(place, ArchivePosition))
                fields["provenance"]["archive"] = asdict(position)
            yield msgspec.json.encode(fields) + b"\n"


def _list(holdings: list[Holding], opts: Namespace) -> None:
    if opts.json:
        write_lines(msgspec.json.encode(_object(holding)) for holding in holdings)
        return
    now = datetime.now(UTC)
    shown = (holding for holding in holdings if not holding.is_pruned or holding.archive)
    rows = [_row(holding, now) for holding in shown]
    _table([("run", "age", "size", "archive", "records", "outcome", "crawl"), *rows])
    gone = sum(holding.is_pruned for holding in holdings)
    total = size(sum(holding.bytes for holding in holdings))
    say(f"{number(len(holdings) - gone)} runs, {total}; {number(gone)} pruned")


def _row(holding: Holding, now: datetime) -> tuple[str, ...]:
    run = holding.run
    age = max(0.0, (now - (run.ended or run.began)).total_seconds())
    records = sum(count for kind, count in run.counts.items() if kind != "reject")
    given = (f"{name}={value}" for name, value in run.arguments.items() if name != "site")
    crawl = " ".join([run.site, *([run.trial] if run.trial else []), *given])
    sizes = size(holding.bytes), size(holding.archive)
    return (run.run, duration(age), *sizes, number(records), _outcome(holding), crawl)


def _outcome(holding: Holding) -> str:
    if holding.is_pruned:
        return "pruned, except its archive"
    if holding.run.ended is None and runs.is_locked(holding.folder):
        return "running"
    return holding.run.ending


def _object(holding: Holding) -> dict[str, Any]:
    run = holding.run
    return {
        "run": run.run, "site": run.site, "spider": run.spider, "arguments": run.arguments,
        "trial": run.trial, "began": run.began, "ended": run.ended, "outcome": run.outcome,
        "reason": run.reason, "pruned": holding.is_pruned, "bytes": holding.bytes,
        "archive_bytes": holding.archive, "counts": run.counts, "refers_to": run.refers_to,
    }  # fmt: skip


def _table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        say("  ".join(cells).rstrip())


def _states(data: Path, settings: BaseSettings) -> list[State]:
    """Return the states that may have taken in the runs. Raises ``StateError``."""
    named = settings["SHIO_STATE"]
    paths = [*sorted(data.glob("state*.db")), *([Path(named)] if named not in {"", "off"} else [])]
    return [State.open(path) for path in paths if path.exists()]


def _decide(holdings: list[Holding], opts: Namespace, states: list[State]) -> None:
    """Note why runs stay, and which runs and states need the archives of the other runs."""
    ended = [holding for holding in holdings if not holding.is_pruned and holding.run.ended]
    why = retention.kept((holding.run for holding in ended), opts.keep, datetime.now(UTC))
    taken = {run.name for state in states for run in state.runs()}
    sites = {state.site for state in states if state.site}
    for holding in holdings:
        run = holding.run
        if holding.is_pruned:
            continue
        holding.kept_for = why.get(run.run, [])
        if not run.ended:
            holding.kept_for = ["it has not ended"]
        elif not holding.kept_for and _brings_records(run, sites) and run.run not in taken:
            holding.kept_for = [f"it is not in the state: scrapy dataset add {run.run}"]
    files: dict[str, Counter[str]] = {state.path.name: state.archives() for state in states}
    retention.note_needs(holdings, files)
    for state in states:
        state.close()


def _brings_records(run: Manifest, sites: set[str]) -> bool:
    """Tell whether a state would take in a run. A run over files may be of any site."""
    counts = (count for kind, count in run.counts.items() if kind != "reject")
    return not run.trial and (run.site in sites or (run.site == ARCHIVE and any(counts)))


def _prune(holdings: list[Holding], opts: Namespace, data: Path) -> int:
    """Print which runs go; with ``--yes`` remove them. Return how many could not be removed."""
    for holding in holdings:
        holding.is_forced = opts.needed_too
    say("\n".join(line for holding in holdings for line in _decision(holding)))
    victims = [holding for holding in holdings if holding.freed or holding.is_half]
    freed = size(sum(holding.freed for holding in victims))
    if not victims or not opts.yes:
        would = "would be removed; --yes does it" if victims else "to remove"
        say(f"{number(len(victims))} runs, {freed}, {would}")
        return 0
    return _remove(victims, data)


def _decision(holding: Holding) -> Iterator[str]:
    name = holding.run.run
    if holding.kept_for:
        yield f"{name}  stays: {', '.join(holding.kept_for)}"
    elif holding.freed:
        stays = f", {_needs(holding)}" if holding.needed_by else ""
        yield f"{name}  goes, {size(holding.freed)}{stays}"
    elif holding.needed_by:
        yield f"{name}  was pruned, {_needs(holding)}"


def _needs(holding: Holding) -> str:
    """Return which runs and states need an archive, and whether the archive stays for them."""
    first, *more = holding.needed_by
    who = f"{first}{f' and {number(len(more))} more' if more else ''}"
    if holding.is_forced:
        return f"with the archive, which {who} needs"
    return f"all but its archive ({size(holding.archive)}), which {who} needs"


def _remove(victims: list[Holding], data: Path) -> int:
    """Remove runs, except runs in use. Return how many runs could not be removed."""
    failed, freed = 0, 0
    marked = []
    for victim in victims:
        if retention.mark(victim):
            marked.append(victim)
        else:
            complain(f"scrapy runs prune: {victim.run.run}: a process works on it")
            failed += 1
    needed = retention.needed_meanwhile(data)
    for victim in marked:
        name = victim.run.run
        try:
            if {name, retention.ANY} & needed:
                victim.needed_by.append("a crawl under way")
            retention.remove(victim)
            freed += victim.freed
        except OSError as error:
            complain(f"scrapy runs prune: {name}: {told(error)}: the same command goes on")
            failed += 1
    say(f"{number(len(victims) - failed)} runs removed, {size(freed)}")
    return failed
