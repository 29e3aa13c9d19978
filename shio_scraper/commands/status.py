"""``scrapy status``: whether crawls come to a good end, what runs and what waits: a check."""

from __future__ import annotations

import re
import shutil
from argparse import ArgumentTypeError, Namespace
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import gethostname
from typing import Any, Final, Self

import msgspec
from scrapy.exceptions import UsageError

from shio_scraper import frontier, runs
from shio_scraper.command import (
    STATE,
    OwnCommand,
    no_argument,
    option,
    site_given,
    write_lines,
)
from shio_scraper.dataset.places import LIVE
from shio_scraper.dataset.state import State, StateError
from shio_scraper.frontier.store import CrawlState, FrontierError
from shio_scraper.report.figures import Figures, duration, number, size
from shio_scraper.runs import manifest, stored
from shio_scraper.runs.manifest import Manifest
from shio_scraper.runs.outcome import FAILED, LEFT_OUT, NOT_WELL

_AGE: Final = re.compile(r"(\d{1,6}) ?([mhd])")
_HUNG: Final = 3600
"""Seconds for which no crawl that goes on writes nothing: it rests for minutes at most."""
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(kw_only=True)
class Run:
    """A run: how it ended, and what it gave. ``seconds`` ago it ended, or began."""

    run: str
    outcome: str
    reason: str | None
    monitors: list[str]
    seconds_ago: float
    counts: dict[str, int]
    bytes: int

    @classmethod
    def of(cls, run: Manifest, now: datetime) -> Self:
        """Return what a run's manifest says."""
        return cls(
            run=run.run,
            outcome=run.outcome,
            reason=run.reason,
            monitors=run.monitors,
            seconds_ago=(now - (run.ended or run.began)).total_seconds(),
            counts={kind: count for kind, count in run.counts.items() if count},
            bytes=sum(file.bytes for file in run.files),
        )


@dataclass(kw_only=True)
class Crawl:
    """A crawl that runs, or waits to go on. ``quiet`` are the seconds since it wrote anything."""

    name: str
    spider: str
    arguments: dict[str, Any]
    run: str | None
    figures: Figures
    seconds_left: float | None
    quiet: float | None


@dataclass(kw_only=True)
class Standing:
    """How crawls of a site stand.

    ``wrong`` is why that is not well, ``unread`` what cannot be read, ``noted`` what is odd.
    """

    data: str
    host: str
    at: datetime
    site: str
    wrong: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)
    last_good: Run | None = None
    last: Run | None = None
    running: list[Crawl] = field(default_factory=list)
    waiting: list[Crawl] = field(default_factory=list)
    state: dict[str, Any] | None = None
    bytes_free: int = 0
    doubts: dict[str, int] = field(default_factory=dict)
    """Of the last good run, by field."""


def _age(value: str) -> timedelta:
    if not (found := _AGE.fullmatch(value.strip())):
        raise ArgumentTypeError(f"{value!r} is no age: write 36h, 90m or 2d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


class Command(OwnCommand):
    """Exit status: 0 well, 1 where something cannot be read, 2 for a wrong argument, 4 not well."""

    summary = "Tell whether crawls come to a good end, what runs and what waits"
    options = (
        *STATE,
        option(
            "--max-age",
            metavar="AGE",
            type=_age,
            help="not well where the last good run is older (36h, 90m, 2d); else by the last run",
        ),
        option("--json", action="store_true", help="print one object"),
    )

    def answer(self, args: list[str], opts: Namespace) -> int:
        """Print how crawls stand."""
        no_argument(args)
        made = _standing(self, opts)
        write_lines([msgspec.json.encode(made)] if opts.json else _lines(made))
        return FAILED if made.unread else NOT_WELL if made.wrong else 0


def _standing(command: OwnCommand, opts: Namespace) -> Standing:
    data, now = command.data, datetime.now(UTC)
    noted: list[str] = []
    all_ = [run for folder in reversed(runs.all_below(data)) if (run := _read(folder, noted))]
    sites = [run.site for run in all_]
    site = site_given(opts) or (sites[0] if sites and LIVE not in sites else LIVE)
    place, host = str(data.absolute()), gethostname()
    made = Standing(data=place, host=host, at=now, site=site, noted=noted)
    _see_crawls(made, frontier.default_location(command.settings))
    of_site = [run for run in all_ if run.site == site]
    good = next((run for run in of_site if run.outcome == "complete"), None)
    last = of_site[0] if of_site else None
    made.last = Run.of(last, now) if last else None
    if good:
        made.last_good = Run.of(good, now)
        stats = stored.stats(data / "runs" / good.run)
        made.doubts = dict(Figures.of(stats).doubts)
        if left_out := stats.get(LEFT_OUT):
            made.noted.append(f"{left_out} captures of {good.run} are not kept: SHIO_ARCHIVE_MAX")
    _judge(made, opts.max_age)
    _see_state(made, command, opts)
    there = next(one for one in (data.absolute(), *data.absolute().parents) if one.exists())
    made.bytes_free = shutil.disk_usage(there).free
    return made


def _read(folder: Path, noted: list[str]) -> Manifest | None:
    """Return the manifest of a run that counts."""
    try:
        found = manifest.read(folder)
    except OSError:  # no run's folder
        return None
    except ValueError:
        noted.append(f"{folder.name} has a damaged manifest, and is passed over")
        return None
    return None if found.trial else found


def _judge(made: Standing, max_age: timedelta | None) -> None:
    """Say what is not well: the age of the last good run, or how the last one ended."""
    for crawl in made.running:
        if crawl.quiet and crawl.quiet > _HUNG:
            made.wrong.append(f"{crawl.run} has written nothing for {duration(crawl.quiet)}")
    if made.last_good is None:
        made.wrong.append("no good run")
        return
    age = made.last_good.seconds_ago
    if age < 0:
        made.noted.append(f"the clock went back: the last good run ended {duration(-age)} from now")
    if max_age is None:
        made.wrong += _of_the_last(made)
    elif age > max_age.total_seconds():
        limit = duration(max_age.total_seconds())
        made.wrong.append(f"the last good run ended {duration(age)} ago, more than {limit}")


def _of_the_last(made: Standing) -> Iterator[str]:
    """Yield what is not well with the last run."""
    last = made.last
    if last is None or last.outcome == "complete":
        return
    if last.outcome != "unfinished":
        yield f"the last run is {_ending(last)}"
    elif last.run in {crawl.run for crawl in made.waiting}:
        yield "the last run was cut off: the same command goes on"
    elif last.run not in {crawl.run for crawl in made.running}:
        yield "the last run has not ended, and nobody is known to be at it"


def _see_crawls(made: Standing, location: str) -> None:
    if not frontier.is_shared(location) and not Path(location).exists():
        return
    try:
        for state in frontier.open_keeper(location).crawls():
            if state.part and not state.ended:
                (made.running if state.is_running else made.waiting).append(_crawl(state, made.at))
    except FrontierError as error:
        made.unread.append(str(error))


def _crawl(state: CrawlState, now: datetime) -> Crawl:
    assert state.part  # noqa: S101  (it runs, or waits)
    figures = Figures.of(state.part.stats, state.counts.to_do)
    wrote = []
    for path in state.part.folder.rglob("*"):
        with suppress(OSError):  # it is gone
            wrote.append(path.stat().st_mtime)
    return Crawl(
        name=state.crawl.name,
        spider=state.crawl.spider,
        arguments=dict(state.crawl.arguments),
        run=state.part.folder.name,
        figures=figures,
        seconds_left=figures.seconds_left,
        quiet=max(0.0, now.timestamp() - max(wrote)) if wrote and state.is_running else None,
    )


def _see_state(made: Standing, command: OwnCommand, opts: Namespace) -> None:
    with suppress(UsageError):  # SHIO_STATE is off
        try:
            path = command.state_path(opts, made.site)
            if not path.exists():
                return
            with State.open(path) as state:
                taken = state.runs()
                made.state = {"path": str(path), "runs": len(taken), "records": state.counts()}
            if made.last_good and made.last_good.run not in {run.name for run in taken}:
                run = made.last_good.run
                made.noted.append(f"{run} is not in {path}: scrapy dataset add {run}")
        except StateError as error:
            made.unread.append(str(error))


def _lines(made: Standing) -> Iterator[str]:
    """Yield the standing as text."""
    bad = [*made.wrong, *(f"cannot be read: {why}" for why in made.unread)]
    yield f"{made.site} in {made.data} on {made.host}, {made.at:%Y-%m-%d %H:%M} UTC"
    yield f"{'NOT WELL: ' + '; '.join(bad) if bad else 'well'}"
    rows = [("last good run", made.last_good and _told(made.last_good))]
    if made.last != made.last_good:
        rows.append(("last run", made.last and _told(made.last)))
    rows += [("runs now", _of_crawl(crawl)) for crawl in made.running]
    rows += [("waits", _of_crawl(crawl)) for crawl in made.waiting]
    if made.state:
        counts = _counts(made.state["records"])
        rows.append(("state", f"{made.state['path']}: {counts}; {made.state['runs']} runs"))
    took = f"; the last good run took {size(made.last_good.bytes)}" if made.last_good else ""
    rows.append(("disk", f"{size(made.bytes_free)} free{took}"))
    rows.append(("doubts", _counts(made.doubts)))
    rows += [("note", line) for line in made.noted]
    yield from (f"{name:<15}{what or 'none'}" for name, what in rows)


def _told(run: Run) -> str:
    when = "began" if run.outcome == "unfinished" else "ended"
    ago = duration(max(0, run.seconds_ago))
    return f"{run.run}: {_ending(run)}, {when} {ago} ago; {_counts(run.counts)}"


def _ending(run: Run) -> str:
    why = ", ".join(run.monitors) or run.reason
    return run.outcome if why in {None, "finished"} else f"{run.outcome} ({why})"


def _of_crawl(crawl: Crawl) -> str:
    given = "".join(f" {name}={value}" for name, value in crawl.arguments.items())
    quiet = f"; wrote {duration(crawl.quiet)} ago" if crawl.quiet is not None else ""
    return f"{crawl.spider}{given}: {crawl.figures}{quiet}"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{number(count)} {name}" for name, count in counts.items()) or "none"
