"""Which layouts a site had before, by its runs and the accepted cases; what a new one changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff
from functools import cache
from pathlib import Path
from typing import Final

from shio_scraper import runs
from shio_scraper.audit import cases
from shio_scraper.items import PageLayout
from shio_scraper.pages import UnreadableError, read
from shio_scraper.parsers import extract
from shio_scraper.parsers.accounting import account
from shio_scraper.parsers.layouts import Layout, layout_of
from shio_scraper.parsers.template import Template
from shio_scraper.runs import manifest, stored, templates

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
    known = dict(_of_cases(folder))
    for earlier in runs.all_below(run.parents[1]):
        if earlier.name < run.name and _teaches(earlier, site):
            with suppress(OSError):  # a run that cannot be read teaches nothing either
                for seen in of_run(earlier):
                    known.setdefault(seen.fingerprint, Known(as_layout(seen), earlier.name))
    return known


def as_layout(seen: PageLayout) -> Layout:
    """Return a layout as the parsers have it."""
    return Layout(seen.fingerprint, seen.kind, tuple(seen.fields), tuple(seen.tree))


def of_run(run: Path) -> Iterator[PageLayout]:
    """Return the layouts that a run saw, in its order. Raises ``OSError``, as it goes."""
    return filter(None, stored.of_kind(PageLayout, run / FILE))


def pages_of(run: Path) -> dict[str, int]:
    """Return how many pages of a run had each layout; nothing where it has not ended."""
    return {
        name.removeprefix(_PAGES): count
        for name, count in stored.stats(run).items()
        if name.startswith(_PAGES)
    }


def _teaches(run: Path, site: str) -> bool:
    if not (run / FILE).is_file():
        return False
    try:
        made = manifest.read(run)
    except (OSError, ValueError):
        return False
    same = made.site == site or {made.site, site} <= _SAME_SITE
    return same and made.outcome == "complete" and not made.trial


@cache
def _of_cases(folder: Path) -> dict[str, Known]:
    known: dict[str, Known] = {}
    for case in filter(cases.is_accepted, cases.folders(folder)):
        with suppress(UnreadableError):
            extraction = extract(read(cases.load(case)))
            if result := account(extraction):
                layout = layout_of(extraction, result.parts)
                known.setdefault(layout.fingerprint, Known(layout, f"case {case.name}"))
    return known


class Drift:
    """The layouts of the run in a folder; ``new`` are those that were not known before.

    Raises ``OSError`` where the run has none, ``ValueError`` where its manifest cannot be read.
    """

    def __init__(self, run: Path) -> None:
        self._run = run
        self._known = known_before(run.absolute(), manifest.read(run).site)
        self._pages = pages_of(run)
        self._seen = list(of_run(run))
        self.new = [one for one in self._seen if one.fingerprint not in self._known]
        self.templates = self._new_templates()

    def report(self) -> Iterator[str]:
        """Yield the lines of the report."""
        counts = f"{len(self._seen)} layouts, {len(self.new)} new; {len(self._known)} known before"
        yield f"{self._run.name}: {counts}"
        for one in self._seen:
            if one not in self.new:
                where = self._known[one.fingerprint].where
                yield f"known {one.fingerprint} ({one.kind}): {self._count(one)}, first in {where}"
        for one in self.new:
            yield ""
            yield from self._new(one)
        for template in self.templates:
            yield ""
            yield from _frame(template)

    def _new_templates(self) -> list[Template]:
        """Return the templates that no run before began with or learnt."""
        before = (run for run in runs.all_below(self._run.parents[1]) if run.name < self._run.name)
        known = {one.digest for run in before for one in templates.stored(run)}
        return [one for one in templates.stored(self._run) if one.digest not in known]

    def _count(self, one: PageLayout) -> str:
        pages = self._pages.get(one.fingerprint)
        return "pages not counted yet" if pages is None else f"{pages} pages"

    def _new(self, one: PageLayout) -> Iterator[str]:
        layout = as_layout(one)
        yield f"new {one.fingerprint} ({one.kind}): {self._count(one)}"
        yield f"  first page: {one.url or 'without address'}{_place(one)}"
        yield f"  fills: {', '.join(one.fields) or 'nothing'}"
        yield from _not_filled(layout, self._known)
        if nearest := _nearest(layout, self._known):
            yield f"  nearest: {nearest.layout.fingerprint}, first in {nearest.where}"
            yield from _difference(nearest.layout, layout)
        else:
            yield "  nothing like it is known:"
            yield from (f"    {line}" for line in layout.tree)


def _frame(template: Template) -> Iterator[str]:
    """Tell of a frame that fitted no template, and of which one was learnt."""
    yield f"template {template.digest} ({template.layout}) is new; links of its frame stand at:"
    yield from (f"    {place}" for place in sorted(template.tree))


def _place(one: PageLayout) -> str:
    at = one.provenance.archive
    return f" ({at.file}:{at.offset})" if at else ""


def _not_filled(layout: Layout, known: Mapping[str, Known]) -> Iterator[str]:
    """Tell which fields known layouts of the kind fill, and this one does not, and vice versa."""
    alike = [one.layout for one in known.values() if one.layout.kind == layout.kind]
    others = {name for one in alike for name in one.fields}
    if missing := sorted(others.difference(layout.fields)):
        yield f"  does not fill, as others of its kind do: {', '.join(missing)}"
    if others and (more := sorted(set(layout.fields) - others)):
        yield f"  fills, as no other of its kind does: {', '.join(more)}"


def _nearest(layout: Layout, known: Mapping[str, Known]) -> Known | None:
    """Return the known layout of the same kind, else of any, whose tree is the likest."""
    same = [k for k in known.values() if k.layout.kind == layout.kind]
    matcher = SequenceMatcher(b=layout.tree, autojunk=False)

    def likeness(one: Known) -> float:
        matcher.set_seq1(one.layout.tree)
        return matcher.ratio()

    return max(same or known.values(), key=likeness, default=None)


def _difference(old: Layout, new: Layout) -> Iterator[str]:
    names = (f"{old.fingerprint} known", f"{new.fingerprint} new")
    for line in unified_diff(old.tree, new.tree, *names, n=2, lineterm=""):
        yield f"    {line}"
