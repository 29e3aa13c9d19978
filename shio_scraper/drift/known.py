"""The layouts that a run may be compared with: those of the runs before, and of accepted cases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from shio_scraper import cases, manifest, runs
from shio_scraper.items import PageLayout
from shio_scraper.pages import UnreadableError, read
from shio_scraper.parsers import extract
from shio_scraper.parsers.accounting import account
from shio_scraper.parsers.layouts import Layout, layout_of

FILE: Final = "layouts.jsonl"
_PAGES: Final = "drift/layouts/"
_SAME_SITE: Final = frozenset({"live", "archive"})
"""Sites whose runs read the portal's own pages."""


@dataclass(frozen=True, slots=True)
class Known:
    """A layout, and where it was seen first: a run's or a case's name."""

    layout: Layout
    where: str


def known_before(run: Path, site: str, folder: Path = cases.CASES) -> dict[str, Known]:
    """Return by fingerprint what was known before the run of a site in a folder.

    That is what the accepted cases show, and the complete runs before it beside it. A run that
    is not complete teaches nothing, lest a page that broke it be known the next time.
    """
    found = dict(_of_cases(folder))
    for earlier in runs.all_below(run.parents[1]):
        if earlier.name < run.name and _teaches(earlier, site):
            with suppress(OSError):  # a run that cannot be read teaches nothing either
                for seen in of_run(earlier):
                    found.setdefault(seen.fingerprint, Known(as_layout(seen), earlier.name))
    return found


def as_layout(seen: PageLayout) -> Layout:
    """Return a layout as the parsers have it."""
    return Layout(seen.fingerprint, seen.kind, tuple(seen.fields), tuple(seen.tree))


def of_run(run: Path) -> Iterator[PageLayout]:
    """Yield the layouts that a run saw, in its order. Raises ``OSError``."""
    with (run / FILE).open("rb") as stream:
        for line in stream:
            with suppress(msgspec.DecodeError):  # the last line of a run that was killed
                yield msgspec.json.decode(line, type=PageLayout)


def pages_of(run: Path) -> dict[str, int]:
    """Return how many pages of a run had each layout; nothing where it has not ended."""
    try:
        stats = json.loads((run / "stats.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return {
        name.removeprefix(_PAGES): count for name, count in stats.items() if name.startswith(_PAGES)
    }


def _teaches(run: Path, site: str) -> bool:
    if not (run / FILE).is_file():
        return False
    try:
        made = manifest.read(run)
    except (OSError, ValueError):
        return False
    same = made.site == site or {made.site, site} <= _SAME_SITE
    return same and made.outcome == "complete"


@cache
def _of_cases(folder: Path) -> dict[str, Known]:
    found: dict[str, Known] = {}
    for case in filter(cases.is_accepted, cases.folders(folder)):
        with suppress(UnreadableError):
            extraction = extract(read(cases.load(case)))
            if result := account(extraction):
                layout = layout_of(extraction, result.parts)
                found.setdefault(layout.fingerprint, Known(layout, f"case {case.name}"))
    return found
