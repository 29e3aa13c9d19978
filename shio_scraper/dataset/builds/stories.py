"""Articles of one story: equal texts found by digest, similar texts by MinHash with bands (LSH).

Text that says nothing of the story makes no link: similarity by chance, and paragraphs that many
texts repeat.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from functools import cached_property, lru_cache
from hashlib import blake2b
from itertools import combinations, groupby
from struct import Struct
from typing import Any, Final, TypeVar
from unicodedata import normalize

from shio_scraper.dataset.builds.columns import batches

T = TypeVar("T")

_HAN: Final = "\u3400-\u9fff\uf900-\ufaff"
_WORD: Final = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+")
_NUMBER: Final = re.compile(r"\S*\d\S*")
_RUN: Final = 4
"""Number of words in a run (a shingle)."""

SIMILAR: Final = 0.6
"""Minimum likeness of two texts with similar titles."""
RETITLED: Final = 0.95
"""Minimum likeness of two texts with different titles."""
LONG: Final = 50
"""Minimum words of a text that may be similar to another, or equal to one of another title."""
_SHORT: Final = 20
"""Minimum words of a text. Shorter texts make no link."""
_ALIKE: Final = 0.5
"""Minimum likeness of similar titles, and of the numbers in two texts."""
_NEARLY: Final = 0.999
"""Maximum likeness of texts that are not equal."""

_BANDS: Final = 24
_ROWS: Final = 4
_SEED: Final = 1
_CROWD: Final = 20
"""Maximum texts of a band, or equal texts, of which all pairs are compared.

In a larger group, each text is compared only with the first.
"""
_BAND: Final = Struct(f"<{_ROWS + 1}I")
_COMMON: Final = 8
"""Minimum titles, and texts, with a paragraph that then counts as common to all stories."""
_BATCH: Final = 100
_CACHED: Final = 64
"""Number of stories that are cached while they are compared."""
_TABLES: Final = """
CREATE TABLE texts (id INTEGER PRIMARY KEY, key TEXT, title TEXT, text TEXT, digest BLOB);
CREATE INDEX by_digest ON texts (digest);
CREATE TABLE paragraphs (number INTEGER, title INTEGER, text INTEGER);
CREATE TABLE bands (band INTEGER, text INTEGER);
CREATE TABLE pairs (one INTEGER, two INTEGER, PRIMARY KEY (one, two)) WITHOUT ROWID;
"""
_COMMON_ONES: Final = """
SELECT number FROM paragraphs GROUP BY number
HAVING count(DISTINCT title) >= :common AND count(DISTINCT text) >= :common
"""
_EQUAL: Final = "SELECT digest, key FROM texts WHERE digest NOT NULL ORDER BY digest, id"
_COPIES: Final = """
SELECT key FROM texts WHERE digest = (SELECT digest FROM texts WHERE id = ?) ORDER BY id LIMIT ?
"""


def words(text: str) -> list[str]:
    """Return the words of a text without case and punctuation. A Chinese character is a word.

    >>> words("“5G网络” opens, New Year's Day")
    ['5g', '网', '络', 'opens', 'new', 'year', 's', 'day']
    """
    if not text.isascii():
        text = normalize("NFKC", text)
    return _WORD.findall(text.casefold())


def numbers(text: str) -> list[str]:
    """Return the words of a text that contain a digit.

    >>> numbers("the 2nd of 83 stations")
    ['2nd', '83']
    """
    return _NUMBER.findall(text)


def jaccard(one: Iterable[str], two: Iterable[str]) -> float:
    """Return the size of the intersection divided by the size of the union."""
    first, second = set(one), set(two)
    either = len(first | second)
    return len(first & second) / either if either else 1.0


def dice(one: Iterable[Hashable], two: Iterable[Hashable]) -> float:
    """Return the size of the intersection divided by the mean size, with repeats counted."""
    first, second = Counter(one), Counter(two)
    total = first.total() + second.total()
    return 2 * (first & second).total() / total if total else 1.0


class Story:
    """A title and the story's own words. Words are separated by spaces in ``title`` and ``text``.

    ``common`` are the numbers of paragraphs that stand in many texts: a notice, an address, a
    byline. They say nothing of the story and are left out.
    """

    def __init__(self, title: str, text: str, common: frozenset[int] = frozenset()) -> None:
        paragraphs = (
            paragraph for paragraph in text.split("\n") if _number_of(paragraph) not in common
        )
        self.title = title
        self.words = " ".join(paragraphs).split()

    @cached_property
    def runs(self) -> list[str]:
        """All runs of four words.

        >>> Story("", "a b c d e").runs
        ['a b c d', 'b c d e']
        """
        starts = (self.words[start:] for start in range(_RUN))
        return list(map(" ".join, zip(*starts, strict=False)))

    @property
    def is_long(self) -> bool:
        """Tell whether the body is long enough to be similar to another."""
        return len(self.words) >= LONG

    @property
    def digest(self) -> bytes | None:
        """A digest that is equal for equal bodies, if short also of equal titles.

        ``None`` if too short.
        """
        if len(self.words) < _SHORT:
            return None
        title = "" if self.is_long else self.title
        return blake2b("\n".join([title, " ".join(self.words)]).encode(), digest_size=16).digest()

    def likeness(self, other: Story) -> float | None:
        """Return the likeness of two articles. ``None`` if they are different stories.

        A story that is published each day with other numbers is a different story.
        """
        if dice(self._numbers, other._numbers) < _ALIKE:
            return None
        is_retitled = dice(self.title.split(), other.title.split()) < _ALIKE
        similarity = jaccard(self.runs, other.runs)
        if similarity < (RETITLED if is_retitled else SIMILAR):
            return None
        return min(round(similarity, 3), _NEARLY)

    @cached_property
    def _numbers(self) -> list[str]:
        return numbers(" ".join([self.title, *self.words]))


class Stories:
    """Finds articles of one story.

    All data are in a temporary ``database``, so memory does not grow with the articles. The
    probability that two texts are compared depends on the likeness of their runs: 96.4 % for 0.6,
    99.999 % for 0.8, 0.2 % for 0.1. It is ``1 - (1 - likeness ** 4) ** 24``.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.executescript(_TABLES)
        self._common: frozenset[int] = frozenset()
        self._story = lru_cache(_CACHED)(self._read)

    def pairs(self, articles: Iterable[dict[str, Any]]) -> Iterator[tuple[str, str, float]]:
        """Yield the keys of each pair of similar ``articles`` once, and their likeness."""
        execute = self._database.execute
        with self._database:
            for article in articles:
                self._store(article)
        common = execute(_COMMON_ONES, {"common": _COMMON})
        self._common = frozenset(number for (number,) in common)
        with self._database:
            for batch in batches(self._distinct(), _BATCH):
                self._sketch(batch)
            for texts in _grouped(execute("SELECT band, text FROM bands ORDER BY band, text")):
                self._database.executemany(
                    "INSERT OR IGNORE INTO pairs VALUES (?, ?)", _pairs_of(texts)
                )
        for keys in _grouped(execute(_EQUAL)):
            yield from ((one, two, 1.0) for one, two in _pairs_of(keys))
        for one, two in execute("SELECT one, two FROM pairs ORDER BY one, two"):
            similarity = self._story(one).likeness(self._story(two))
            if similarity is not None:
                others = self._copies(two)
                yield from ((a, b, similarity) for a in self._copies(one) for b in others)

    def _store(self, article: dict[str, Any]) -> None:
        """Store an article's title and text as words, and which text each paragraph stands in."""
        title, *paragraphs = (
            " ".join(words(text)) for text in (article["title"], *article["paragraphs"])
        )
        text = "\n".join(filter(None, paragraphs))
        where = (_number_of(title), _number_of(text))
        self._database.executemany(
            "INSERT INTO paragraphs VALUES (?, ?, ?)",
            [(_number_of(paragraph), *where) for paragraph in filter(None, paragraphs)],
        )
        row = (article["key"], title, text)
        self._database.execute("INSERT INTO texts (key, title, text) VALUES (?, ?, ?)", row)

    def _distinct(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the number and the runs of each different long text.

        Store the digests of all texts.
        """
        known = "SELECT 1 FROM texts WHERE digest = ?"
        (count,) = self._database.execute("SELECT count(*) FROM texts").fetchone()
        for number in range(1, count + 1):
            story = self._read(number)
            if digest := story.digest:
                is_known = self._database.execute(known, (digest,)).fetchone()
                note = "UPDATE texts SET digest = ? WHERE id = ?"
                self._database.execute(note, (digest, number))
                if story.is_long and not is_known:
                    yield number, story.runs

    def _sketch(self, texts: list[tuple[int, list[str]]]) -> None:
        """Store the bands of texts, given as number and runs.

        Texts with a common band are compared.
        """
        import rensa  # noqa: PLC0415  (an extra)

        runs = [runs for _, runs in texts]
        sketches = rensa.RMinHash.digests_from_token_sets(runs, num_perm=_BANDS * _ROWS, seed=_SEED)
        rows = (
            (_number(_BAND.pack(band, *sketch[band * _ROWS : (band + 1) * _ROWS])), number)
            for (number, _), sketch in zip(texts, sketches, strict=True)
            for band in range(_BANDS)
        )
        self._database.executemany("INSERT INTO bands VALUES (?, ?)", rows)

    def _read(self, number: int) -> Story:
        query = "SELECT title, text FROM texts WHERE id = ?"
        title, text = self._database.execute(query, (number,)).fetchone()
        return Story(title, text, self._common)

    def _copies(self, number: int) -> list[str]:
        """Return the keys of a text and its copies.

        If there are many copies, only the first key.
        """
        keys = [key for (key,) in self._database.execute(_COPIES, (number, _CROWD + 1))]
        return keys if len(keys) <= _CROWD else keys[:1]


def _grouped(rows: Iterable[tuple[Any, T]]) -> Iterator[list[T]]:
    """Yield the second values of rows that share the first value."""
    for _, group in groupby(rows, key=lambda row: row[0]):
        yield [value for _, value in group]


def _pairs_of(texts: list[T]) -> Iterator[tuple[T, T]]:
    """Yield the pairs of texts that are compared."""
    if len(texts) <= _CROWD:
        return combinations(texts, 2)
    return ((texts[0], text) for text in texts[1:])


def _number_of(text: str) -> int:
    """Return a hash of a text."""
    return _number(text.encode())


def _number(data: bytes) -> int:
    """Return a hash of bytes: 63 bits, because SQLite's integers are signed."""
    return int.from_bytes(blake2b(data, digest_size=8).digest()) >> 1
