"""``scrapy status``: tells whether crawls end well, which crawls run, and which wait to go on.

A monitoring system can use it as a check.
"""

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
"""Seconds without a write after which a running crawl counts as hung. A rest only takes minutes."""
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(kw_only=True)
class Run:
    """A run: how it ended, and its counts. It ended (or began) ``seconds_ago``."""

    run: str
    outcome: str
    reason: str | None
    monitors: list[str]
    seconds_ago: float
    counts: dict[str, int]
    bytes: int

    @classmethod
    def of(cls, run: Manifest, now: datetime) -> Self:
        """Return the run that a manifest describes."""
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
    """A crawl that runs, or waits to go on. ``quiet`` is the seconds since its last write."""

    name: str
    spider: str
    arguments: dict[str, Any]
    run: str | None
    figures: Figures
    seconds_left: float | None
    quiet: float | None


@dataclass(kw_only=True)
class Standing:
    """The state of the crawls of a site.

    ``wrong`` are the reasons why it is not well, ``unread`` are files that cannot be read, and
    ``noted`` are oddities.
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
    """Field → number of doubts in the last good run."""


def _age(value: str) -> timedelta:
    if not (found := _AGE.fullmatch(value.strip())):
        raise ArgumentTypeError(f"{value!r} is no age: write 36h, 90m or 2d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


class Command(OwnCommand):
    """Exit status: 0 if all is well; 1 for a read error; 2 for a wrong argument; 4 if not well."""

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
        """Print the state of the crawls."""
        no_argument(args)
        standing = _standing(self, opts)
        write_lines([msgspec.json.encode(standing)] if opts.json else _lines(standing))
        return FAILED if standing.unread else NOT_WELL if standing.wrong else 0


def _standing(command: OwnCommand, opts: Namespace) -> Standing:
    data, now = command.data, datetime.now(UTC)
    noted: list[str] = []
    all_ = [run for folder in reversed(runs.all_below(data)) if (run := _read(folder, noted))]
    sites = [run.site for run in all_]
    site = site_given(opts) or (sites[0] if sites and LIVE not in sites else LIVE)
    place, host = str(data.absolute()), gethostname()
    standing = Standing(data=place, host=host, at=now, site=site, noted=noted)
    _see_crawls(standing, frontier.default_location(command.settings))
    of_site = [run for run in all_ if run.site == site]
    good = next((run for run in of_site if run.outcome == "complete"), None)
    last = of_site[0] if of_site else None
    standing.last = Run.of(last, now) if last else None
    if good:
        standing.last_good = Run.of(good, now)
        stats = stored.stats(data / "runs" / good.run)
        standing.doubts = dict(Figures.of(stats).doubts)
        if left_out := stats.get(LEFT_OUT):
            standing.noted.append(
                f"{left_out} captures of {good.run} are not kept: SHIO_ARCHIVE_MAX"
            )
    _judge(standing, opts.max_age)
    _see_state(standing, command, opts)
    folders = data.absolute(), *data.absolute().parents
    existing = next(folder for folder in folders if folder.exists())
    standing.bytes_free = shutil.disk_usage(existing).free
    return standing


def _read(folder: Path, noted: list[str]) -> Manifest | None:
    """Return the manifest of a run; ``None`` for a trial or a damaged manifest."""
    try:
        run = manifest.read(folder)
    except OSError:  # not the folder of a run
        return None
    except ValueError:
        noted.append(f"{folder.name} has a damaged manifest, and is passed over")
        return None
    return None if run.trial else run


def _judge(standing: Standing, max_age: timedelta | None) -> None:
    """Note what is not well: the age of the last good run, or the ending of the last run."""
    for crawl in standing.running:
        if crawl.quiet and crawl.quiet > _HUNG:
            standing.wrong.append(f"{crawl.run} has written nothing for {duration(crawl.quiet)}")
    if standing.last_good is None:
        standing.wrong.append("no good run")
        return
    age = standing.last_good.seconds_ago
    if age < 0:
        standing.noted.append(
            f"the clock went back: the last good run ended {duration(-age)} from now"
        )
    if max_age is None:
        standing.wrong += _of_the_last(standing)
    elif age > max_age.total_seconds():
        limit = duration(max_age.total_seconds())
        standing.wrong.append(f"the last good run ended {duration(age)} ago, more than {limit}")


def _of_the_last(standing: Standing) -> Iterator[str]:
    """Yield what is wrong with the last run, if anything."""
    last = standing.last
    if last is None or last.outcome == "complete":
        return
    if last.outcome != "unfinished":
        yield f"the last run is {_ending(last)}"
    elif last.run in {crawl.run for crawl in standing.waiting}:
        yield "the last run was cut off: the same command goes on"
    elif last.run not in {crawl.run for crawl in standing.running}:
        yield "the last run has not ended, and no process is known to work on it"


def _see_crawls(standing: Standing, location: str) -> None:
    if not frontier.is_shared(location) and not Path(location).exists():
        return
    try:
        for state in frontier.open_keeper(location).crawls():
            if state.part and not state.ended:
                (standing.running if state.is_running else standing.waiting).append(
                    _crawl(state, standing.at)
                )
    except FrontierError as error:
        standing.unread.append(str(error))


def _crawl(state: CrawlState, now: datetime) -> Crawl:
    assert state.part  # noqa: S101  (the caller checks it)
    figures = Figures.of(state.part.stats, state.counts.to_do)
    wrote = []
    for path in state.part.folder.rglob("*"):
        with suppress(OSError):  # the file is gone
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


def _see_state(standing: Standing, command: OwnCommand, opts: Namespace) -> None:
    with suppress(UsageError):  # SHIO_STATE is off
        try:
            path = command.state_path(opts, standing.site)
            if not path.exists():
                return
            with State.open(path) as state:
                taken = state.runs()
                standing.state = {"path": str(path), "runs": len(taken), "records": state.counts()}
            if standing.last_good and standing.last_good.run not in {run.name for run in taken}:
                run = standing.last_good.run
                standing.noted.append(f"{run} is not in {path}: scrapy dataset add {run}")
        except StateError as error:
            standing.unread.append(str(error))


def _lines(standing: Standing) -> Iterator[str]:
    """Yield the state of the crawls as lines of text."""
    bad = [*standing.wrong, *(f"cannot be read: {why}" for why in standing.unread)]
    yield f"{standing.site} in {standing.data} on {standing.host}, {standing.at:%Y-%m-%d %H:%M} UTC"
    yield f"{'NOT WELL: ' + '; '.join(bad) if bad else 'well'}"
    rows = [("last good run", standing.last_good and _of_run(standing.last_good))]
    if standing.last != standing.last_good:
        rows.append(("last run", standing.last and _of_run(standing.last)))
    rows += [("runs now", _of_crawl(crawl)) for crawl in standing.running]
    rows += [("waits", _of_crawl(crawl)) for crawl in standing.waiting]
    if standing.state:
        counts = _counts(standing.state["records"])
        rows.append(("state", f"{standing.state['path']}: {counts}; {standing.state['runs']} runs"))
    took = (
        f"; the last good run took {size(standing.last_good.bytes)}" if standing.last_good else ""
    )
    rows.append(("disk", f"{size(standing.bytes_free)} free{took}"))
    rows.append(("doubts", _counts(standing.doubts)))
    rows += [("note", line) for line in standing.noted]
    yield from (f"{name:<15}{what or 'none'}" for name, what in rows)


def _of_run(run: Run) -> str:
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
