"""The gate: scores the corpus field by field and compares the scores with the floors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from quality import floors
from quality.corpus import corpus, fingerprint
from quality.sample import Sample, found
from quality.scores import Score, field_scores, summarise


@dataclass(frozen=True)
class Gate:
    """The scores of a corpus."""

    corpus: str
    pages: int
    scores: dict[str, Score]

    def failures(self, least: floors.Floors) -> list[str]:
        """Return the reasons why the gate is shut; an empty list if it is open."""
        lines = floors.failures(least, self.scores)
        if self.corpus != least.corpus:
            lines.append("the corpus is another than the floors': python -m quality --raise")
        return [*lines, *floors.unexplained(least)]


def gate(samples: Sequence[Sample] | None = None) -> Gate:
    """Read every page of the corpus, and score it."""
    samples = samples or corpus()
    pages = [field_scores(sample.gold, found(sample.body, sample.url)) for sample in samples]
    return Gate(fingerprint(samples), len(samples), summarise(pages))
