"""``scrapy changes``: what was added, changed, gone and returned, as JSON Lines."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from scrapy.exceptions import UsageError

from shio_scraper.command import OwnCommand, count, day, write_lines
from shio_scraper.commands.state_option import add_state_option, known_state_path
from shio_scraper.dataset.changes import Period, changes
from shio_scraper.dataset.database import to_moment
from shio_scraper.dataset.state import State, StateError
from shio_scraper.runs.content import TYPES

if TYPE_CHECKING:
    import argparse

    from scrapy.settings import BaseSettings


class Command(OwnCommand):
    """Exit status: 0, 1 where the state cannot be read, 2 for a wrong argument."""

    usage = "[options]"
    summary = "Print what changed since a day, as JSON Lines"
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
        add("--type", metavar="TYPE", choices=TYPES, help=f"only {', '.join(TYPES)}")
        gone = "complete runs in a row that must miss a record (SHIO_GONE_AFTER)"
        add("--gone-after", metavar="N", type=count, help=gone)

    def answer(self, args: list[str], opts: argparse.Namespace, settings: BaseSettings) -> int:
        """Print the changes."""
        if args:
            raise UsageError(f"{' '.join(args)}: it takes options only")
        kinds = (opts.type,) if opts.type else TYPES
        period = _period(opts.since, opts.until)
        gone_after = opts.gone_after or settings.getint("SHIO_GONE_AFTER")
        with State.open(known_state_path(opts, settings)) as state:
            write_lines(changes(state, period, kinds, gone_after))
        return 0


def _period(first: date | None, last: date | None) -> Period:
    if first and last and first > last:
        raise UsageError(f"--since {first} is after --until {last}: exchange them")
    return Period(
        _begin(first) if first else None, _begin(last + timedelta(days=1)) if last else None
    )


def _begin(day: date) -> int:
    return to_moment(datetime.combine(day, time.min, UTC))
