"""Articles of one story: equal texts by digest, alike ones by MinHash with bands (LSH)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from itertools import combinations, groupby
from struct import Struct
from typing import Any, Final, NamedTuple

import rensa

from shio_scraper.dataset.batches import batches
from shio_scraper.dataset.same_as.story import Story, normal, number_of

_BANDS: Final = 24
_ROWS: Final = 4
_SEED: Final = 1
_CROWD: Final = 20
"""Texts of a band, or equal ones, from which on each is compared with the first of them only."""
_BAND: Final = Struct(f"<{_ROWS + 1}I")
_BAND_TABLES: Final = """
CREATE TABLE bands (band INTEGER, text INTEGER);
CREATE TABLE pairs (one INTEGER, two INTEGER, PRIMARY KEY (one, two)) WITHOUT ROWID;
"""
_COMMON: Final = 8
"""Titles below which a paragraph must stand, in as many texts, to be no story's own."""
_BATCH: Final = 100
_KEPT: Final = 64
"""Stories that are held in memory while they are compared."""
_TEXT_TABLES: Final = """
CREATE TABLE texts (id INTEGER PRIMARY KEY, key TEXT, title TEXT, text TEXT);
CREATE TABLE paragraphs (number INTEGER, title INTEGER, text INTEGER);
CREATE TABLE firsts (digest BLOB PRIMARY KEY, text INTEGER) WITHOUT ROWID;
CREATE TABLE copies (first INTEGER, text INTEGER, PRIMARY KEY (first, text)) WITHOUT ROWID;
"""
_COMMON_ONES: Final = """
SELECT number FROM paragraphs GROUP BY number
HAVING count(DISTINCT title) >= :common AND count(DISTINCT text) >= :common
"""


class Sketches:
    """Texts by number; those that share a band of their sketches are a pair to compare.

    Two texts whose runs have the likeness 0.6 are paired with a chance of 96.4 %, with 0.8
    of 99.999 %, with 0.1 of 0.2 %: ``1 - (1 - likeness ** 4) ** 24``.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.executescript(_BAND_TABLES)

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


class Pair(NamedTuple):
    """Keys of two articles that tell one story, and how alike their texts are."""

    one: str
    two: str
    similarity: float


class Stories:
    """Finds articles of one story: equal texts by digest, alike ones by MinHash.

    All lies in a temporary ``database``; memory does not grow with the articles.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.executescript(_TEXT_TABLES)
        self._common: frozenset[int] = frozenset()
        self._story = lru_cache(_KEPT)(self._read)

    def pairs(self, articles: Iterable[dict[str, Any]]) -> Iterator[Pair]:
        """Yield the pairs among ``articles``, each once."""
        with self._database:
            self._database.executemany(
                "INSERT INTO texts VALUES (?, ?, ?, ?)", self._texts(articles)
            )
        common = self._database.execute(_COMMON_ONES, {"common": _COMMON})
        self._common = frozenset(number for (number,) in common)
        sketches = Sketches(self._database)
        with self._database:
            for batch in batches(self._distinct(), _BATCH):
                sketches.add(batch)
            candidates = sketches.pairs()
        yield from self._equal()
        for one, two in candidates:
            yield from self._alike(one, two)

    def _texts(self, articles: Iterable[dict[str, Any]]) -> Iterator[tuple[int, str, str, str]]:
        """Yield what is stored of each article; note where its paragraphs stand."""
        for number, article in enumerate(articles):
            title = normal(article["title"])
            paragraphs = [text for text in map(normal, article["paragraphs"]) if text]
            text = "\n".join(paragraphs)
            where = (number_of(title), number_of(text))
            self._database.executemany(
                "INSERT INTO paragraphs VALUES (?, ?, ?)",
                [(number_of(paragraph), *where) for paragraph in paragraphs],
            )
            yield number, article["key"], title, text

    def _distinct(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the number and the runs of each long text; note those that were there before."""
        for number, title, text in self._database.execute("SELECT id, title, text FROM texts"):
            story = Story.stored(title, text, self._common.__contains__)
            if story.digest is None:
                continue
            if self._is_first(story.digest, number) and story.is_long:
                yield number, story.runs

    def _is_first(self, digest: bytes, number: int) -> bool:
        added = self._database.execute(
            "INSERT OR IGNORE INTO firsts VALUES (?, ?)", (digest, number)
        )
        if added.rowcount:
            return True
        self._database.execute(
            "INSERT INTO copies SELECT text, ? FROM firsts WHERE digest = ?", (number, digest)
        )
        return False

    def _equal(self) -> Iterator[Pair]:
        copies = self._database.execute("SELECT first, text FROM copies ORDER BY first, text")
        for first, group in groupby(copies, key=lambda row: row[0]):
            texts = [first, *(text for _, text in group)]
            crowd = ((first, text) for text in texts[1:])
            for one, two in combinations(texts, 2) if len(texts) <= _CROWD else crowd:
                yield Pair(self._key(one), self._key(two), 1.0)

    def _alike(self, one: int, two: int) -> Iterator[Pair]:
        similarity = self._story(one).likeness(self._story(two))
        if similarity is None:
            return
        for first in self._copies(one):
            for second in self._copies(two):
                yield Pair(first, second, similarity)

    def _read(self, number: int) -> Story:
        query = "SELECT title, text FROM texts WHERE id = ?"
        title, text = self._database.execute(query, (number,)).fetchone()
        return Story.stored(title, text, self._common.__contains__)

    def _key(self, number: int) -> str:
        query = "SELECT key FROM texts WHERE id = ?"
        return str(self._database.execute(query, (number,)).fetchone()[0])

    def _copies(self, number: int) -> list[str]:
        """Return the keys of a text and of its copies; of many copies none."""
        query = "SELECT text FROM copies WHERE first = ? LIMIT ?"
        copies = [text for (text,) in self._database.execute(query, (number, _CROWD))]
        return [self._key(text) for text in (number, *(copies if len(copies) < _CROWD else ()))]
