"""Which of many texts may be alike: MinHash, with bands (LSH), in a temporary database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from hashlib import blake2b
from itertools import combinations, groupby
from struct import Struct
from typing import Final

import rensa

_BANDS: Final = 24
_ROWS: Final = 4
_SEED: Final = 1
_CROWD: Final = 20
"""Texts of a band from which on they are compared with the first of them only."""
_BAND: Final = Struct(f"<{_ROWS + 1}I")
_TABLES: Final = """
CREATE TABLE bands (band INTEGER, text INTEGER);
CREATE TABLE pairs (one INTEGER, two INTEGER, PRIMARY KEY (one, two)) WITHOUT ROWID;
"""


class Sketches:
    """Texts by number; those that share a band of their sketches are a pair to compare.

    Two texts whose runs have the likeness 0.6 are paired with a chance of 96.4 %, with 0.8
    of 99.999 %, with 0.1 of 0.2 %: ``1 - (1 - likeness ** 4) ** 24``.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.executescript(_TABLES)

    def add(self, texts: list[tuple[int, list[str]]]) -> None:
        """Add texts: a number and its runs of words, each."""
        sketches = rensa.RMinHash.digests_from_token_sets(
            [runs for _, runs in texts], num_perm=_BANDS * _ROWS, seed=_SEED
        )
        rows = (
            (band, number)
            for (number, _), sketch in zip(texts, sketches, strict=True)
            for band in _bands(sketch)
        )
        self._database.executemany("INSERT INTO bands VALUES (?, ?)", rows)

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Yield each pair once, in order."""
        rows = self._database.execute("SELECT band, text FROM bands ORDER BY band, text")
        for _, group in groupby(rows, key=lambda row: row[0]):
            texts = [text for _, text in group]
            if len(texts) > 1:
                self._database.executemany("INSERT OR IGNORE INTO pairs VALUES (?, ?)", _of(texts))
        yield from self._database.execute("SELECT one, two FROM pairs ORDER BY one, two")


def _bands(sketch: list[int]) -> Iterator[int]:
    for number in range(_BANDS):
        part = _BAND.pack(number, *sketch[number * _ROWS : (number + 1) * _ROWS])
        yield int.from_bytes(blake2b(part, digest_size=8).digest()) >> 1  # SQLite's are signed


def _of(texts: list[int]) -> Iterator[tuple[int, int]]:
    if len(texts) <= _CROWD:
        return combinations(texts, 2)
    return ((texts[0], text) for text in texts[1:])
