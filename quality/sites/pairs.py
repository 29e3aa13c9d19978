"""Judges questions and answers: a pair is right if its question and its answer are nearly right.

The label ``pairs`` is a list of objects with ``question`` and ``answer``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from quality.sample import Json
from quality.sites.judging import Share, alike, f1
from shio_scraper import Examination
from shio_scraper.items import Faq

_QUESTION: Final = 0.85
_ANSWER: Final = 0.8
"""From this F1 of its words on, a question or an answer counts as right."""


def judge_pairs(found: Examination, want: Json) -> Mapping[str, Share]:
    """Return the shares of a page's pairs."""
    given = [record for record in found.records if isinstance(record, Faq)]
    left, hits, right = list(given), 0, 0
    for pair in want["pairs"]:
        best = max(left, key=lambda one: alike(one.question, pair["question"]), default=None)
        if best is None or alike(best.question, pair["question"]) < _QUESTION:
            continue
        left.remove(best)
        hits += 1
        right += alike(best.answer or "", pair["answer"]) >= _ANSWER
    return {
        "questions": (hits, len(want["pairs"])),
        "right": (right, len(want["pairs"])),
        "precision": (right, len(given)),
        "F1": f1(right, len(given), len(want["pairs"])),
    }
