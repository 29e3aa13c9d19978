"""``scrapy changes``: what was added, changed, gone and returned."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from scrapy.exceptions import UsageError

from shio_scraper.command import OwnCommand, count, day, write_lines
from shio_scraper.commands.locations import add_state_option, known_state_path
from shio_scraper.dataset.bulletins import FORMATS
from shio_scraper.dataset.changes import Period, changes
from shio_scraper.dataset.database import to_moment
from shio_scraper.dataset.state import State, StateError
from shio_scraper.dataset.subject import Subject
from shio_scraper.runs.content import TYPES

if TYPE_CHECKING:
    import argparse

    from scrapy.settings import BaseSettings


class Command(OwnCommand):
    """Exit status: 0, 1 where the state cannot be read, 2 for a wrong argument."""

    usage = "[options]"
    summary = "Print what changed since a day, or since a run"
    failures = (StateError,)

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's own options."""
        super().add_options(parser)
        add_state_option(parser)
        add = parser.add_argument
        add(
            "--since",
            metavar="DATE",
            type=day,
            help="from this day on (YYYY-MM-DD, or '2 weeks ago'; UTC)",
        )
        add("--until", metavar="DATE", type=day, help="up to the end of this day (UTC)")
        add(
            "--since-run", metavar="RUN", help="what the runs after this one told: its name, latest"
        )
        add("--format", choices=["jsonl", *FORMATS], default="jsonl", help="how (jsonl)")
        add("--type", metavar="TYPE", choices=TYPES, help=f"only {', '.join(TYPES)}")
        gone = "complete runs in a row that must miss a record (SHIO_GONE_AFTER)"
        add("--gone-after", metavar="N", type=count, help=gone)

    def answer(self, args: list[str], opts: argparse.Namespace, settings: BaseSettings) -> int:
        """Print the changes."""
        if args:
            raise UsageError(f"{' '.join(args)}: it takes options only")
        kinds = (opts.type,) if opts.type else TYPES
        gone_after = opts.gone_after or settings.getint("SHIO_GONE_AFTER")
        period = _period(opts.since, opts.until)
        with State.open(known_state_path(opts, settings)) as state:
            if opts.since_run:
                period = replace(period, runs=_after(state, opts.since_run, settings))
            changed = changes(state, period, kinds, gone_after)
            if opts.format == "jsonl":
                write_lines(changed)
            else:
                told = map(msgspec.json.decode, changed)
                lines = FORMATS[opts.format](told, Subject.of(state.site, state.keys()))
                write_lines(line.encode() for line in lines)
        return 0


def _after(state: State, name: str, settings: BaseSettings) -> frozenset[str]:
    """Return the runs of a state after one, given by its name or folder. Raises ``UsageError``."""
    latest = Path(settings["SHIO_DATA"]) / name
    wanted = (latest if latest.is_dir() else Path(name)).resolve().name
    runs = [run.name for run in state.runs()]
    if wanted not in runs:
        raise UsageError(f"--since-run {name}: {state.path} holds no such run; `dataset show` does")
    return frozenset(runs[runs.index(wanted) + 1 :])


def _period(first: date | None, last: date | None) -> Period:
    if first and last and first > last:
        raise UsageError(f"--since {first} is after --until {last}: exchange them")
    return Period(
        _begin(first) if first else None, _begin(last + timedelta(days=1)) if last else None
    )


def _begin(day: date) -> int:
    return to_moment(datetime.combine(day, time.min, UTC))
