"""Compares fields with the truth: exact match, F1 for bodies, with intervals by bootstrap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from quality.sample import Json

ROUNDS: Final = 1_000
_SEED: Final = 8
_EXACT: Final[Mapping[str, tuple[str, ...]]] = {
    "article": (
        "key", "section", "category", "title", "published", "source", "gated", "links", "paragraphs"
    ),
    "event": (
        "key", "title", "registration_deadline", "ends", "contact", "phone", "links", "paragraphs"
    ),
    "press_conference": ("key", "title", "published", "speakers", "turns", "links"),
}  # fmt: skip
_MANY: Final[Mapping[str, str]] = {"status": "rows", "faq": "pairs"}


@dataclass(frozen=True)
class Score:
    """A field's mean score over its pages, with the bounds of 95 of 100 resamplings."""

    mean: float
    low: float
    high: float
    pages: int


def field_scores(gold: Iterable[Json], found: Iterable[Json]) -> dict[str, float]:
    """Return the score of each field of a page, by ``type.field``.

    A field is scored if the truth or the result has a record of its type, so that a missing record
    and a made-up one cost the same. ``rows`` and ``pairs`` are right if all rows or pairs of the
    page are.
    """
    left, right = _by_type(gold), _by_type(found)
    scores: dict[str, float] = {}
    for kind in sorted({*left, *right}):
        one, other = left.get(kind, []), right.get(kind, [])
        if kind in _MANY:
            scores[_MANY[kind]] = float(one == other)
        else:
            scores |= _of_one(kind, one, other)
    return scores


def _by_type(records: Iterable[Json]) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for record in records:
        found.setdefault(record["type"], []).append(record)
    return found


def _of_one(kind: str, gold: list[Json], found: list[Json]) -> dict[str, float]:
    names = _EXACT[kind]
    is_comparable = len(gold) == len(found) == 1
    scores = {
        f"{kind}.{name}": float(is_comparable and gold[0][name] == found[0][name]) for name in names
    }
    body = f1(body_of(gold[0]), body_of(found[0])) if is_comparable else 0.0
    return {**scores, f"{kind}.body": body}


def body_of(record: Json) -> str:
    """Return the text of a record's body."""
    turns = [line for turn in record.get("turns", ()) for line in turn["paragraphs"]]
    return "\n".join([*record.get("paragraphs", ()), *turns])


def f1(gold: str, found: str) -> float:
    """Return the F1 of the words of two texts. A Chinese character counts as a word.

    >>> f1("the pier is open", "the pier is shut")
    0.75
    """
    left, right = Counter(words(gold)), Counter(words(found))
    total = left.total() + right.total()
    return 2 * (left & right).total() / total if total else 1.0


def words(text: str) -> list[str]:
    """Return the words of a text. A character of no alphabet is a word of its own."""
    spaced = "".join(f" {letter} " if letter > "\u2e80" else letter for letter in text)
    return spaced.split()


def summarise(pages: Sequence[Mapping[str, float]]) -> dict[str, Score]:
    """Return the score of each field over all pages."""
    names = sorted({name for page in pages for name in page})
    return {name: score([page[name] for page in pages if name in page]) for name in names}


def score(values: Sequence[float]) -> Score:
    """Return the mean with its interval. The resampling is the same each time.

    >>> score([1.0, 1.0])
    Score(mean=1.0, low=1.0, high=1.0, pages=2)
    """
    size, random = len(values), Random(_SEED)
    mean = sum(values) / size
    if min(values) == max(values):
        return Score(mean, mean, mean, size)
    means = sorted(sum(random.choices(values, k=size)) / size for _ in range(ROUNDS))
    return Score(mean, means[int(ROUNDS * 0.025)], means[int(ROUNDS * 0.975) - 1], size)
