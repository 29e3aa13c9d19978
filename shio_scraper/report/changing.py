"""What a run told of changes, from the state."""

from __future__ import annotations

from collections import Counter
from typing import Final

import msgspec

from shio_scraper.dataset.changes import Period, changes
from shio_scraper.dataset.database import to_moment
from shio_scraper.dataset.state import Json, State, TakenIn
from shio_scraper.report.summary import Change, Changes

SHOWN: Final = 50
"""Changes of each kind that are shown."""
ORDER: Final = ("changed", "gone", "returned", "left", "added")
"""The kinds of changes, in the order in which they are shown."""


def changes_of(state: State, run: TakenIn, gone_after: int) -> Changes:
    """Return the changes that a run of the state told. Raises ``StateError``."""
    told = Changes(run.name)
    # Only a history's captures are older than the run.
    is_history = "history" in run.scope.narrowed_by
    period = Period() if is_history else Period(since=to_moment(run.began))
    shown: Counter[str] = Counter()
    for line in changes(state, period, gone_after=gone_after):
        one: Json = msgspec.json.decode(line)
        if _told_by(one) != run.name:
            continue
        change = one["change"]
        told.counts[one["type"], change] += 1
        if shown[change] < SHOWN:
            shown[change] += 1
            told.shown.append(_change(one))
    told.shown.sort(key=lambda change: ORDER.index(change.change))
    return told


def _told_by(one: Json) -> str:
    """Return the run that saw a change, or that missed the record once too often."""
    if "missed_by" in one and one["change"] != "returned":
        return str(one["missed_by"][-1])
    return str(one["between"][1]["run"])


def _change(one: Json) -> Change:
    differing = one.get("fields", {}).items()
    fields = {name: (values["old"], values["new"]) for name, values in differing}
    return Change(one["change"], one["at"], one["type"], one["key"], one["url"], fields)
