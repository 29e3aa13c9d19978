"""The floors: the least score of each field, in ``floors.json`` with the corpus they are for.

The floors follow the scores. A better score may raise a floor at any time. A worse score lowers a
floor only with a reason, which is written into the changelog.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import floor
from pathlib import Path
from typing import Final

from quality.scores import Score

ROOT: Final = Path(__file__).parents[1]
FLOORS: Final = Path(__file__).with_name("floors.json")
CHANGELOG: Final = ROOT / "CHANGELOG.md"
HEADING: Final = "Floors that were lowered (`python -m quality --lower REASON`):"


@dataclass(frozen=True)
class Floors:
    """The floors by field, and the fingerprint of the corpus."""

    corpus: str
    fields: Mapping[str, float]


def read(path: Path = FLOORS) -> Floors:
    """Return the floors."""
    data = json.loads(path.read_text("utf-8"))
    return Floors(data["corpus"], data["floors"])


def write(floors: Floors, path: Path = FLOORS) -> None:
    """Write the floors."""
    data = {"corpus": floors.corpus, "floors": dict(sorted(floors.fields.items()))}
    path.write_text(json.dumps(data, indent=2) + "\n", "utf-8")


def at(score: Score) -> float:
    """Return the floor for a score: the score rounded down to four digits."""
    return floor(score.mean * 10_000) / 10_000


def failures(floors: Floors, scores: Mapping[str, Score]) -> list[str]:
    """Return a line for each field that is below its floor, or has only a score or only a floor."""
    lines = [
        f"{name}: {scores[name].mean:.4f} is below its floor, {least:.4f}"
        for name, least in floors.fields.items()
        if name in scores and scores[name].mean < least
    ]
    lines += [
        f"{name}: a floor, and no page has the field" for name in floors.fields.keys() - scores
    ]
    return lines + [f"{name}: no floor" for name in scores.keys() - floors.fields.keys()]


def raised(floors: Floors, scores: Mapping[str, Score], corpus: str) -> Floors:
    """Return the floors for today's corpus, none of them lower than before."""
    fields = {name: max(at(score), floors.fields.get(name, 0.0)) for name, score in scores.items()}
    return Floors(corpus, {**floors.fields, **fields})


def lowered(floors: Floors, scores: Mapping[str, Score]) -> dict[str, float]:
    """Return the new values of the floors that are above their scores."""
    return {
        name: at(scores[name]) if name in scores else 0.0
        for name, least in floors.fields.items()
        if name not in scores or scores[name].mean < least
    }


def note(changes: Mapping[str, float], reason: str, path: Path = CHANGELOG) -> None:
    """Write the lowered floors and the reason into the changelog."""
    lines = "".join(f"- {entry(name, least)}: {reason}\n" for name, least in changes.items())
    text = path.read_text("utf-8")
    if HEADING not in text:
        text = f"{text.rstrip()}\n\n{HEADING}\n"
    path.write_text(text.replace(f"{HEADING}\n", f"{HEADING}\n\n{lines}", 1), "utf-8")


def entry(name: str, least: float) -> str:
    """Return the entry of a floor in the changelog."""
    return f"`{name}` to {least:.4f}"


def unexplained(floors: Floors, path: Path = CHANGELOG) -> list[str]:
    """Return the floors below 1 for which the changelog gives no reason."""
    text = path.read_text("utf-8")
    return [
        f"{name}: its floor is {least:.4f}, and CHANGELOG.md does not say why"
        for name, least in floors.fields.items()
        if least < 1 and f"- {entry(name, least)}: " not in text
    ]
