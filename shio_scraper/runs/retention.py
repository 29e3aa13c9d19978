"""Which runs a rule keeps, as backups are kept: ``30d``, ``last:10``, ``daily:7``, ``monthly``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shio_scraper.runs.manifest import Manifest

_AGE: Final = re.compile(r"(\d{1,5})([hdwmy])")
_UNITS: Final = {"h": 1, "d": 24, "w": 168, "m": 730, "y": 8766}
"""Hours of each: a month is a twelfth of a year."""
_PERIODS: Final = {
    "hourly": "%Y%m%d%H", "daily": "%Y%m%d", "weekly": "%G%V", "monthly": "%Y%m", "yearly": "%Y"
}  # fmt: skip
_NAMED: Final = re.compile(rf"(last|{'|'.join(_PERIODS)})(?::(\d{{1,5}}))?")
NEWEST: Final = "the newest complete run"
"""Why a run is kept whatever the rules are."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Keeps the ``last`` runs, or one of each period: ``most`` of them; or those of an ``age``."""

    name: str
    most: int | None = None
    age: timedelta | None = None

    @classmethod
    def of(cls, text: str) -> Rule:
        """Read a rule. Raises ``ValueError``.

        >>> Rule.of("daily:7")
        Rule(name='daily', most=7, age=None)
        >>> Rule.of("2w").age
        datetime.timedelta(days=14)
        """
        if found := _AGE.fullmatch(text):
            return cls(text, age=timedelta(hours=int(found[1]) * _UNITS[found[2]]))
        found = _NAMED.fullmatch(text)
        if not found or found[2] == "0" or (found[1] == "last" and not found[2]):
            raise ValueError(
                f"{text!r} is no rule: write an age (36h, 30d, 8w, 6m, 2y), last:N, "
                f"or {', '.join(_PERIODS)}, each alone or with :N"
            )
        return cls(found[1], most=int(found[2]) if found[2] else None)

    def kept(self, runs: Sequence[Manifest], now: datetime) -> Iterable[Manifest]:
        """Return which of ``runs``, the newest first, the rule keeps.

        Of a period that is its newest complete run, and where none is complete the newest.
        """
        if self.age:
            return [run for run in runs if run.began >= now - self.age]
        if self.name == "last":
            return runs[: self.most]
        best: dict[str, Manifest] = {}
        for run in runs:
            period = f"{run.began:{_PERIODS[self.name]}}"
            if period not in best or (_is_good(run) and not _is_good(best[period])):
                best[period] = run
        return list(best.values())[: self.most]


def kept(runs: Iterable[Manifest], rules: Sequence[Rule], now: datetime) -> dict[str, list[str]]:
    """Return the names of the runs that are kept, each with why.

    The rules hold for each crawl by itself: the runs of a site with the same arguments. Of each
    its newest complete run is kept whatever they are.
    """
    crawls: dict[object, list[Manifest]] = {}
    for run in sorted(runs, key=lambda run: run.run, reverse=True):
        arguments = {name: value for name, value in run.arguments.items() if name != "fresh"}
        identity = (run.site, run.spider, *sorted(arguments.items()))
        crawls.setdefault(identity, []).append(run)
    why: dict[str, list[str]] = {}
    for crawl in crawls.values():
        for run in [run for run in crawl if _is_good(run) and not run.trial][:1]:
            why.setdefault(run.run, []).append(NEWEST)
        for rule in rules:
            for run in rule.kept(crawl, now):
                why.setdefault(run.run, []).append(rule.name)
    return why


def _is_good(run: Manifest) -> bool:
    return run.outcome == "complete"
