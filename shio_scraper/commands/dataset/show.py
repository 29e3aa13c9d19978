"""``scrapy dataset show``: what the state holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shio_scraper.commands.dataset.places import add_state_option, known_state_path, misses
from shio_scraper.commands.stdout import write_lines
from shio_scraper.content import TYPES
from shio_scraper.dataset.state import State, TakenIn

if TYPE_CHECKING:
    import argparse

    from scrapy.settings import BaseSettings

HELP: Final = "tell what the state holds: its site, its runs, its records"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what follows the sub-command's name."""
    add_state_option(parser)


def run(opts: argparse.Namespace, settings: BaseSettings) -> int:
    """Print a line for the state, for each run, for each type of record."""
    gone_after = misses(None, settings)
    with State.open(known_state_path(opts, settings)) as state:
        lines = [f"{state.path}: site={state.site}, tables of version {state.schema_version}"]
        lines += [_line(run) for run in state.runs()]
        for kind in TYPES:
            known = [one.gone for one in state.records(kind, gone_after)]
            lines.append(f"{kind}: {len(known)} records, {sum(known)} of them gone")
    write_lines(line.encode() for line in lines)
    return 0


def _line(run: TakenIn) -> str:
    counts = ", ".join(f"{count} {kind}" for kind, count in run.counts.items()) or "no record"
    narrowed = [*run.scope.narrowed_by, *(f"no list of {kind}" for kind in run.unlisted)]
    why = f" ({', '.join(narrowed)})" if narrowed else ""
    return f"{run.name}: {run.outcome}, {run.reason}{why}: {counts}"
