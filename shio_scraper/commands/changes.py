"""``scrapy changes``: prints which records were added, changed, gone or returned."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import msgspec
from scrapy.exceptions import UsageError

from shio_scraper.command import (
    STATE,
    OwnCommand,
    count,
    day,
    no_argument,
    option,
    write_lines,
)
from shio_scraper.dataset.bulletins import FORMATS
from shio_scraper.dataset.changes import Period, changes
from shio_scraper.dataset.database import to_moment
from shio_scraper.dataset.places import Subject
from shio_scraper.dataset.state import State, StateError
from shio_scraper.runs.content import TYPES


class Command(OwnCommand):
    """Exit status: 0; 1 if the state cannot be read; 2 for a wrong argument."""

    summary = "Print what changed since a day, or since a run"
    failures = (StateError,)
    options = (
        *STATE,
        option(
            "--since",
            metavar="DATE",
            type=day,
            help="from this day on (YYYY-MM-DD, or '2 weeks ago'; UTC)",
        ),
        option("--until", metavar="DATE", type=day, help="up to the end of this day (UTC)"),
        option(
            "--since-run",
            metavar="RUN",
            help="only what runs after this one found: its name, latest",
        ),
        option("--format", choices=["jsonl", *FORMATS], default="jsonl", help="how (jsonl)"),
        option("--type", metavar="TYPE", choices=TYPES, help=f"only {', '.join(TYPES)}"),
        option(
            "--gone-after",
            metavar="N",
            type=count,
            help="complete runs in a row that must miss a record (SHIO_GONE_AFTER)",
        ),
    )

    def answer(self, args: list[str], opts: Namespace) -> int:
        """Print the changes."""
        no_argument(args)
        kinds = (opts.type,) if opts.type else TYPES
        gone_after = opts.gone_after or self.settings.getint("SHIO_GONE_AFTER")
        period = _period(opts.since, opts.until)
        with State.open(self.known_state_path(opts)) as state:
            if name := opts.since_run:
                period = replace(period, runs=_after(state, name, self.run_places(name)))
            changed = changes(state, period, kinds, gone_after)
            if opts.format == "jsonl":
                write_lines(changed)
            else:
                decoded = map(msgspec.json.decode, changed)
                write_lines(FORMATS[opts.format](decoded, Subject.of(state.site, state.keys())))
        return 0


def _after(state: State, name: str, places: list[Path]) -> frozenset[str]:
    """Return the runs of a state after the run ``name``, whose folder may be gone.

    Raises ``UsageError`` if the state does not hold the run.
    """
    folder = next((place for place in places if place.is_dir()), Path(name))
    runs = [run.name for run in state.runs()]
    if folder.resolve().name not in runs:
        raise UsageError(f"--since-run {name}: {state.path} holds no such run; `dataset show` does")
    return frozenset(runs[runs.index(folder.resolve().name) + 1 :])


def _period(first: date | None, last: date | None) -> Period:
    if first and last and first > last:
        raise UsageError(f"--since {first} is after --until {last}: exchange them")
    begins, ends = (
        to_moment(datetime.combine(day, time.min, UTC)) if day else None
        for day in (first, last and last + timedelta(days=1))
    )
    return Period(begins, ends)
