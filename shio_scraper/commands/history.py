"""``scrapy history``: prints every version of a record, with its captures and its changes."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from typing import Final

import msgspec
from scrapy.exceptions import UsageError

from shio_scraper.command import (
    STATE,
    OwnCommand,
    only_argument,
    option,
    write_lines,
)
from shio_scraper.configuration import meant
from shio_scraper.dataset.bulletins import as_table
from shio_scraper.dataset.changes import history
from shio_scraper.dataset.places import Subject
from shio_scraper.dataset.state import Json, State, StateError

_SHOWN: Final = 5
"""The most runs with captures of a version that are named. ``--json`` names all of them."""


class Command(OwnCommand):
    """Exit status: 0; 1 if the state cannot be read; 2 for a wrong argument."""

    usage = "[options] KEY"
    summary = "Tell what became of a record: its versions, what changed, its captures"
    failures = (StateError,)
    options = (*STATE, option("--json", action="store_true", help="print JSON Lines"))

    def answer(self, args: list[str], opts: Namespace) -> int:
        """Print the history of one record."""
        key = only_argument(args, "key, such as article/en/2241")
        with State.open(self.known_state_path(opts)) as state:
            keys = state.keys()
            if key not in keys:
                raise UsageError(f"{key}: {state.path} holds no such record{meant(key, keys)}")
            changes = history(state, key, self.settings.getint("SHIO_GONE_AFTER"))
            if opts.json:
                write_lines(map(msgspec.json.encode, changes))
            else:
                subject = Subject.of(state.site, [key])
                write_lines(line for change in changes for line in _lines(change, subject))
        return 0


def _lines(change: Json, subject: Subject) -> Iterator[str]:
    yield from as_table([change], subject)
    if "missed_by" in change:
        yield f"{'':21}missed by {_listed(change['missed_by'])}"
    if seen := change["captures"]:
        count = f"{len(seen)} captures" if len(seen) > 1 else "1 capture"
        yield f"{'':21}{count}, until {seen[-1]['at'][:19]}: {_listed([s['run'] for s in seen])}"
        place = change["provenance"]["archive"]
        where = f" ({place['file']}:{place['offset']})" if place else ""
        yield f"{'':21}{change['provenance']['fetched_url'] or 'without address'}{where}"


def _listed(names: list[str]) -> str:
    names = list(dict.fromkeys(names))
    if len(names) <= _SHOWN:
        return ", ".join(names)
    return f"{', '.join(names[: _SHOWN - 1])}, {len(names) - _SHOWN} more, {names[-1]}"
