"""Writes figures as Markdown tables, for a terminal and between the markers of docs/quality.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from quality import skeletons as skeletons_of
from quality.floors import ROOT, Floors
from quality.mutations import Tally, share
from quality.scores import Score

DOCUMENT: Final = ROOT / "docs" / "quality.md"
WORST: Final = 8


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table with aligned columns."""
    lines = [head, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    cells = [
        [cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines
    ]
    rule = ["-" * width for width in widths]
    return "\n".join(f"| {' | '.join(line)} |" for line in (cells[0], rule, *cells[1:]))


def fields(scores: Mapping[str, Score], floors: Floors) -> str:
    """Return the table of each field's score and floor."""
    least = floors.fields
    rows = [
        [
            name,
            str(one.pages),
            f"{one.mean:.4f}",
            _interval(one),
            f"{least.get(name, 0):.4f}",
        ]
        for name, one in scores.items()
    ]
    return table(("field", "pages", "score", "95 %", "floor"), rows)


def extractors(scores: Mapping[str, Mapping[str, Score]], versions: Mapping[str, str]) -> str:
    """Return the table of several extractors' scores on the same pages."""
    names = ("title", "title found", "date", "body")
    rows = [
        [f"{name} {versions[name]}", *(_cell(of_one.get(field)) for field in names)]
        for name, of_one in scores.items()
    ]
    return table(("", "title, exact", "title within", "date, exact", "body, F1"), rows)


def forms(tallies: Sequence[Tally], describe: Callable[[str], str]) -> str:
    """Return the table of the kinds of forms, the worst first."""
    rows = [
        (f"`{one.kind}`", describe(one.kind), str(one.judged), str(one.good), _share(one))
        for one in _ordered(tallies)
    ]
    return table(("kind", "what", "changed", "right", "share"), rows)


def damages(tallies: Sequence[Tally], describe: Callable[[str], str]) -> str:
    """Return the table of the kinds of damage, the worst first."""
    rows = [
        (
            f"`{one.kind}`", describe(one.kind),
            *map(str, (one.changed, one.judged, one.good, one.by_layout)), _share(one),
            f"{one.in_run / one.judged:.1%}" if one.judged else "—",
        )
        for one in _ordered(tallies)
    ]  # fmt: skip
    columns = "kind", "what", "damaged", "wrong", "noticed", "by layout alone", "share", "in a run"
    return table(columns, rows)


def skeletons(tallies: Sequence[skeletons_of.Tally]) -> str:
    """Return how many pages in made-up skeletons are read right, and the kinds with misses."""
    rows = [(one.kind, *_counts(one)) for one in tallies if _misses(one)]
    sums = [
        (f"**all {family}**", *_summed([one for one in tallies if one.kind.startswith(family)]))
        for family in dict.fromkeys(one.kind.partition(",")[0] for one in tallies)
    ]
    columns = "", "pages", "right alone", "with a template", "as of any site"
    return table(columns, [*sums, *rows])


def _misses(one: skeletons_of.Tally) -> bool:
    return any(count not in {None, one.pages} for count in (one.alone, one.taught, one.elsewhere))


def _counts(one: skeletons_of.Tally) -> tuple[str, ...]:
    counts = (one.pages, one.alone, one.taught, one.elsewhere)
    return tuple("—" if count is None else str(count) for count in counts)


def _summed(tallies: Sequence[skeletons_of.Tally]) -> Iterator[str]:
    pages = sum(one.pages for one in tallies)
    yield str(pages)
    yield f"{sum(one.alone for one in tallies) / pages:.1%}"
    yield f"{sum(one.taught for one in tallies) / pages:.1%}"
    elsewhere = [one.elsewhere for one in tallies if one.elsewhere is not None]
    yield f"{sum(elsewhere) / pages:.1%}" if elsewhere else "—"


def _ordered(tallies: Sequence[Tally]) -> list[Tally]:
    return sorted(tallies, key=lambda one: (one.share, not one.judged, one.kind))


def _share(tally: Tally) -> str:
    return f"{tally.share:.1%}" if tally.judged else "—"


def worst(tallies: Sequence[Tally]) -> str:
    """Return the figure over all kinds, and a line for each of the worst kinds."""
    lines = [
        f"  {one.share:7.2%}  {one.kind} ({one.good} of {one.judged})"
        for one in _ordered(tallies)[:WORST]
        if one.share < 1
    ]
    return "\n".join([f"{share(tallies):.2%} over {len(tallies)} kinds", *lines])


def write(parts: Mapping[str, str], path: Path = DOCUMENT) -> None:
    """Put each part between its markers, ``<!-- NAME -->`` and ``<!-- /NAME -->``."""
    text = path.read_text("utf-8")
    for name, part in parts.items():
        pattern = rf"(?s)(?<=<!-- {name} -->\n).*?(?=<!-- /{name} -->)"
        text = re.sub(pattern, lambda _, part=part: f"\n{part}\n\n", text)  # type: ignore[misc]
    path.write_text(text, "utf-8")


def _interval(score: Score) -> str:
    return f"{score.low:.4f} – {score.high:.4f}"


def _cell(score: Score | None) -> str:
    return f"{score.mean:.3f} ({score.low:.3f} – {score.high:.3f})" if score else "—"
