"""Labelled pages → shares: what was reached of how much, by measure, with intervals over sites."""

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
"""How much was reached, and of how much: shares of several pages add up."""
Judge: TypeAlias = Callable[[Examination, Json], Mapping[str, Share]]
"""What a page gave, and what it should have → its shares, by measure."""

_SEED: Final = 8
_NO_WORD: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Judged:
    """A page's shares; ``site`` is the hand that its markup comes from."""

    name: str
    site: str
    kind: str
    shares: Mapping[str, Share]


@dataclass
class Figure:
    """A measure over pages: the share of all, the bounds of 95 of 100 resamplings of sites."""

    value: float
    low: float
    high: float
    pages: int
    sites: int = field(default=0)


def judge(folders: Iterable[Path], judges: Mapping[str, Judge]) -> Iterator[Judged]:
    """Yield the shares of each labelled page; those of a kind without a judge are passed over."""
    for folder in folders:
        want = json.loads((folder / "want.json").read_text(encoding="utf-8"))
        url = (folder / "url.txt").read_text(encoding="utf-8").strip()
        if want["kind"] not in judges:
            continue
        found = examine_page((folder / "page.html").read_bytes(), url=url or None)
        site = want.get("site") or urlsplit(url).hostname or folder.name
        yield Judged(folder.name, site, want["kind"], judges[want["kind"]](found, want))


def figures(pages: Sequence[Judged]) -> dict[tuple[str, str], Figure]:
    """Return the figure of each kind's measures, in the order in which they first stand."""
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
    """Return the share whose ratio is F1, and which adds up over pages."""
    return 2 * hits, given + wanted


def alike(one: str, other: str) -> float:
    """Return the F1 of the words of two texts, whatever their case and signs."""
    return word_f1(_NO_WORD.sub(" ", one.casefold()), _NO_WORD.sub(" ", other.casefold()))


def fold(text: str) -> str:
    """Return the letters and digits alone."""
    return _NO_WORD.sub("", text.casefold())
