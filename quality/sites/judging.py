"""Judges labelled pages: the share that was reached of each measure, with intervals over sites."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from quality.sample import Json
from quality.scores import ROUNDS
from quality.scores import f1 as word_f1
from shio_scraper import Examination, examine_page

Share: TypeAlias = tuple[float, float]
"""The amount that was reached, and the possible amount. Shares of several pages add up."""
Judge: TypeAlias = Callable[[Examination, Json], Mapping[str, Share]]
"""A function: the result of a page and its labels → its shares, by measure."""

_SEED: Final = 8
_NO_WORD: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Judged:
    """A page's shares. ``site`` names the maker of its markup."""

    name: str
    site: str
    kind: str
    shares: Mapping[str, Share]


@dataclass
class Figure:
    """A measure over pages: the overall share, with bounds of 95 of 100 resamplings of sites."""

    value: float
    low: float
    high: float
    pages: int
    sites: int = field(default=0)


def judge(folders: Iterable[Path], judges: Mapping[str, Judge]) -> Iterator[Judged]:
    """Yield the shares of each labelled page. Pages of a kind without a judge are skipped."""
    for folder in folders:
        want = json.loads((folder / "want.json").read_text(encoding="utf-8"))
        url = (folder / "url.txt").read_text(encoding="utf-8").strip()
        if want["kind"] not in judges:
            continue
        found = examine_page((folder / "page.html").read_bytes(), url=url or None)
        site = want.get("site") or urlsplit(url).hostname or folder.name
        yield Judged(folder.name, site, want["kind"], judges[want["kind"]](found, want))


def figures(pages: Sequence[Judged]) -> dict[tuple[str, str], Figure]:
    """Return the figure of each measure of each kind, in the order of their first occurrence."""
    by_measure: dict[tuple[str, str], dict[str, list[Share]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for page in pages:
        for measure, share in page.shares.items():
            by_measure[page.kind, measure][page.site].append(share)
    return {measure: _figure(list(sites.values())) for measure, sites in by_measure.items()}


def _figure(sites: list[list[Share]]) -> Figure:
    random = Random(_SEED)
    shares = sorted(
        _ratio(share for site in random.choices(sites, k=len(sites)) for share in site)
        for _ in range(ROUNDS)
    )
    low, high = shares[int(ROUNDS * 0.025)], shares[int(ROUNDS * 0.975) - 1]
    value = _ratio(share for site in sites for share in site)
    return Figure(value, low, high, sum(map(len, sites)), len(sites))


def _ratio(shares: Iterable[Share]) -> float:
    reached, of = map(sum, zip(*shares, strict=True))
    return reached / of if of else 1.0


def f1(hits: float, given: int, wanted: int) -> Share:
    """Return a share whose ratio is F1, and that adds up over pages."""
    return 2 * hits, given + wanted


def alike(one: str, other: str) -> float:
    """Return the F1 of the words of two texts, ignoring case and punctuation."""
    return word_f1(_NO_WORD.sub(" ", one.casefold()), _NO_WORD.sub(" ", other.casefold()))


def fold(text: str) -> str:
    """Return the letters and digits of a text."""
    return _NO_WORD.sub("", text.casefold())
