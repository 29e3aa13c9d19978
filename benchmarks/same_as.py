"""Measure the links of ``same_as``: precision and recall on made-up edits of our fixtures.

python benchmarks/same_as.py [--rounds 5] [--threshold 0.7 …]

Each kind of edit is applied to every article of the demo portal that is long enough. The edited
articles and the originals are a corpus of their own. An edit that keeps the story should be linked
with its original and nothing else. An edit that makes another story should be linked with nothing.
The exit status is 1 if precision is below 99 % or recall below 90 %.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from random import Random
from typing import Self

from crawl import positive
from edits import OTHER, SAME, Article, Edit, copy_of, originals
from targets import at_least

from shio_scraper.dataset.builds import stories as story
from shio_scraper.dataset.builds.stories import Stories

PRECISION = 0.99
RECALL = 0.9


@dataclass
class Score:
    """The numbers of right links, wrong links and missing links."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def __iadd__(self, other: Score) -> Self:
        self.right += other.right
        self.wrong += other.wrong
        self.missed += other.missed
        return self

    @property
    def recall(self) -> float:
        """The share of the wanted links that were found."""
        return self.right / (self.right + self.missed)

    @property
    def precision(self) -> float:
        """The share of the found links that are right."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0


def corpus(edit: Edit, seed: int) -> tuple[list[Article], set[tuple[str, str]]]:
    """Return the originals with an edited copy of each, and the keys of each and its copy."""
    chance, articles = Random(seed), originals()
    copies, keys = [], set()
    for number, article in enumerate(articles):
        others = [one for one in articles if one["language"] == article["language"]]
        other = others[(others.index(article) + 1 + seed) % len(others)]  # each is used once
        copy = copy_of(article, number)
        edit(copy, other, chance)
        copies.append(copy)
        keys.add((article["key"], copy["key"]))
    return sorted(articles + copies, key=lambda one: one["key"]), keys


def links(articles: list[Article]) -> Iterator[tuple[str, str]]:
    """Yield the keys of each two articles that are linked, the original's first."""
    with closing(sqlite3.connect("")) as database:
        for one, two, _ in Stories(database).pairs(articles):
            yield one, two


def score(edit: Edit, rounds: int, *, is_same: bool) -> Score:
    """Return the score of a kind of edit."""
    total = Score()
    for seed in range(rounds):
        articles, keys = corpus(edit, seed)
        expected = {frozenset(pair) for pair in keys} if is_same else set()
        found = {frozenset(pair) for pair in links(articles)}
        total += Score(len(found & expected), len(found - expected), len(expected - found))
    return total


def measure(rounds: int) -> Score:
    """Print a line for each kind of edit, and return the sum of the scores."""
    total = Score()
    for name, edit in SAME.items():
        found = score(edit, rounds, is_same=True)
        total += found
        print(f"  same story: {name:36} recall {found.recall:7.2%}  wrong {found.wrong:4}")
    for name, edit in OTHER.items():
        found = score(edit, rounds, is_same=False)
        total += found
        print(f"  another:    {name:36} {'':14}  wrong {found.wrong:4}")
    return total


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=positive, default=5)
    parser.add_argument("--threshold", type=float, nargs="+", default=[story.SIMILAR])
    arguments = parser.parse_args()
    print(f"{len(originals())} articles, {arguments.rounds} rounds")
    good = True
    for threshold in arguments.threshold:
        story.SIMILAR = threshold  # type: ignore[misc]  # what is measured
        total = measure(arguments.rounds)
        good &= at_least(f"precision at {threshold}", total.precision, PRECISION)
        good &= at_least(f"recall at {threshold}", total.recall, RECALL)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
