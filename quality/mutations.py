"""Applies every kind of change to the corpus: what is still read right, and what is noticed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from quality import damages, forms
from quality.corpus import corpus
from quality.forms.noise import ADDED_IMAGE
from quality.noticing import Seen, see, tells
from quality.sample import Json, Sample, found
from shio_scraper.audit.auditing import SharedText

FORMS_KEEP: Final = 0.95
"""The least share of pages in another form that must still give their records."""
DAMAGE_NOTICED: Final = 0.99
"""The least share that must be noticed of the pages that a damage made wrong."""


@dataclass(frozen=True)
class Tally:
    """The counts of a kind: pages that must be right or noticed, and pages that are.

    ``by_layout`` counts the pages that only a new layout shows to be damaged. ``in_run`` counts
    those that are noticed if one run holds all of the pages.
    """

    kind: str
    changed: int
    judged: int
    good: int
    by_layout: int = 0
    in_run: int = 0

    @property
    def share(self) -> float:
        """The share of good pages among those judged."""
        return self.good / self.judged if self.judged else 1.0


def share(tallies: Iterable[Tally]) -> float:
    """Return the share of good pages among those judged, over several kinds."""
    judged = good = 0
    for tally in tallies:
        judged, good = judged + tally.judged, good + tally.good
    return good / judged if judged else 1.0


def share_in_run(tallies: Sequence[Tally]) -> float:
    """Return the share of pages noticed within a run among those judged, over several kinds."""
    return sum(tally.in_run for tally in tallies) / sum(tally.judged for tally in tallies)


def of_form(kind: str, every: int = 1) -> Tally:
    """Change the form of every ``every``-th page. The page must still give its true records."""
    changed = good = 0
    for sample in _pages(kind, every, forms.KINDS):
        body = forms.changed(kind, sample)
        if body not in {sample.text, forms.written(sample)}:
            changed += 1
            good += _without_added(found(body, sample.url)) == sample.gold
    return Tally(kind, changed, changed, good)


def _without_added(records: Iterable[Json]) -> tuple[Json, ...]:
    """Leave out images that a form added. An article rightly has them."""
    return tuple(
        {**one, "images": [i for i in one["images"] if not i["url"].endswith(ADDED_IMAGE)]}
        if "images" in one
        else one
        for one in records
    )


def of_damage(kind: str, every: int = 1) -> Tally:
    """Damage every ``every``-th page. A page that then gives wrong records must be noticed."""
    changed = wrong = noticed = by_layout = in_run = 0
    run = SharedText()
    for sample in _pages(kind, every, damages.ALL):
        damaged = damages.damaged(kind, sample)
        if damaged is None:
            continue
        changed += 1
        seen = see(damaged[0], sample.url, run)
        if seen.records != damaged[1]:
            wrong += 1
            has_signs, is_new = tells(seen, _whole()[sample.name], _known())
            noticed += has_signs or is_new
            by_layout += is_new and not has_signs
            in_run += has_signs or is_new or seen.shared
    return Tally(kind, changed, wrong, noticed, by_layout, in_run)


def _pages(kind: str, every: int, kinds: Iterable[str]) -> list[Sample]:
    """Return a sample of the HTML pages. It differs by kind, so that all kinds cover all pages."""
    pages = [sample for sample in corpus() if sample.family != "text"]
    return pages[list(kinds).index(kind) % every :: every]


@cache
def _whole() -> dict[str, Seen]:
    """Return what is seen on each page without damage, by name."""
    return {s.name: see(s.body, s.url) for s in corpus() if s.family != "text"}


@cache
def _known() -> frozenset[str]:
    """Return the layouts of undamaged pages, which an earlier crawl would know."""
    return frozenset(seen.layout for seen in _whole().values())
