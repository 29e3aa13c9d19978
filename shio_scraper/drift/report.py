"""What a run's new layouts are beside those known before: as text for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher, unified_diff
from pathlib import Path

from shio_scraper import manifest
from shio_scraper.drift.known import Known, as_layout, known_before, of_run, pages_of
from shio_scraper.items import PageLayout
from shio_scraper.parsers.layouts import Layout


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
