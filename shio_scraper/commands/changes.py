"""``scrapy changes``: what was added, changed, gone and returned, as JSON Lines."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final

from scrapy.exceptions import UsageError

from shio_scraper.commands.dataset.places import add_state_option, known_state_path, misses
from shio_scraper.commands.stdout import complain, write_lines
from shio_scraper.content import TYPES
from shio_scraper.dataset.changes import Period, changes
from shio_scraper.dataset.moments import to_moment
from shio_scraper.dataset.state import State, StateError
from shio_scraper.own_command import OwnCommand

if TYPE_CHECKING:
    import argparse

_USAGE: Final = 2


class Command(OwnCommand):
    """Exit status: 0, 1 where the state cannot be read, 2 for a wrong argument."""

    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """Return what follows the command's name."""
        return "[options]"

    def short_desc(self) -> str:
        """Return the command's line in the list of all."""
        return "Print what changed since a day, as JSON Lines"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's own options."""
        super().add_options(parser)
        add_state_option(parser)
        parser.add_argument("--since", metavar="DATE", help="from this day on (YYYY-MM-DD, UTC)")
        parser.add_argument("--until", metavar="DATE", help="up to the end of this day (UTC)")
        parser.add_argument("--type", metavar="TYPE", help=f"only {', '.join(TYPES)}")
        parser.add_argument(
            "--gone-after",
            metavar="N",
            help="complete runs in a row that must miss a record (SHIO_GONE_AFTER)",
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print the changes."""
        assert self.settings is not None  # noqa: S101  (Scrapy sets it)
        try:
            _check_none(args)
            kinds = _kinds(opts.type)
            period = _period(opts.since, opts.until)
            gone_after = misses(opts.gone_after, self.settings)
            with State.open(known_state_path(opts, self.settings)) as state:
                write_lines(changes(state, period, kinds, gone_after))
        except (UsageError, StateError) as error:
            complain(f"scrapy changes: {error}")
            self.exitcode = _USAGE if isinstance(error, UsageError) else 1


def _check_none(args: list[str]) -> None:
    if args:
        raise UsageError(f"{' '.join(args)}: it takes options only")


def _kinds(name: str | None) -> tuple[str, ...]:
    if name is not None and name not in TYPES:
        raise UsageError(f"--type {name}: use {', '.join(TYPES)}")
    return (name,) if name else TYPES


def _period(since: str | None, until: str | None) -> Period:
    first, last = _day("--since", since), _day("--until", until)
    if first and last and first > last:
        raise UsageError(f"--since {first} is after --until {last}: exchange them")
    return Period(
        _begin(first) if first else None, _begin(last + timedelta(days=1)) if last else None
    )


def _day(option: str, value: str | None) -> date | None:
    try:
        return datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC).date() if value else None
    except ValueError as error:
        raise UsageError(f"{option} {value}: no day: write YYYY-MM-DD") from error


def _begin(day: date) -> int:
    return to_moment(datetime.combine(day, time.min, UTC))
