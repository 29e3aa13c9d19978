"""Scores the reading of labelled pages: ``python -m quality.sites FOLDER``.

FOLDER holds a folder for each page (see the package). ``--kind NAME`` judges one kind alone.
``--worst N`` names the N pages of each kind with the most errors.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from quality.sites.articles import judge_article
from quality.sites.items import judge_items, judge_next
from quality.sites.judging import Judge, Judged, figures, judge
from quality.sites.pairs import judge_pairs
from quality.sites.rows import judge_rows
from quality.tables import table

KINDS: Final[Mapping[str, Judge]] = MappingProxyType(
    {
        "article": judge_article,
        "faq": judge_pairs,
        "rows": judge_rows,
        "listing": judge_items,
        "next": judge_next,
    }
)


def main() -> int:
    """Run with the arguments of the command line."""
    options = _options()
    folders = sorted(want.parent for want in options.folder.glob("*/want.json"))
    judges = {options.kind: KINDS[options.kind]} if options.kind else KINDS
    pages = list(judge(folders, judges))
    if not pages:
        print(f"{options.folder}: no labelled page ({', '.join(judges)})", file=sys.stderr)
        return 1
    lines = [
        (
            kind,
            measure,
            f"{one.value:.3f}",
            f"{one.low:.3f} – {one.high:.3f}",
            *_sizes(one.pages, one.sites),
        )
        for (kind, measure), one in figures(pages).items()
    ]
    print(table(("kind", "measure", "score", "95 %", "pages", "sites"), lines))
    for kind in judges:
        for page in sorted((p for p in pages if p.kind == kind), key=_lost, reverse=True)[
            : options.worst
        ]:
            shares = ", ".join(f"{name} {a:g} of {b:g}" for name, (a, b) in page.shares.items())
            print(f"{page.name}: {shares}")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m quality.sites")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--kind", choices=sorted(KINDS))
    parser.add_argument("--worst", type=int, default=0, metavar="N")
    return parser.parse_args()


def _sizes(*counts: int) -> list[str]:
    return [str(count) for count in counts]


def _lost(page: Judged) -> float:
    return sum(of - reached for reached, of in page.shares.values())


if __name__ == "__main__":
    sys.exit(main())
