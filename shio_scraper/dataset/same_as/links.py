"""Which records are the same thing: all links of a dataset, found in a temporary SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Self, TypeAlias

from shio_scraper.dataset.same_as.link import Relation, SameAs, relation
from shio_scraper.dataset.same_as.stories import Stories
from shio_scraper.portals import ALL

_LEAST: Final = {"en": 12, "zh": 6}
"""Characters of a cut question below which it tells nothing, by language."""
_LAST: Final = "\U0010ffff"
_ENTRIES: Final = """
CREATE TABLE entries (
    language TEXT, question TEXT, is_cut INTEGER, answer TEXT, answer_is_cut INTEGER, key TEXT,
    PRIMARY KEY (language, is_cut, question, key)
) WITHOUT ROWID
"""
_CUT: Final = """
SELECT key, language, question, is_cut, answer, answer_is_cut FROM entries
WHERE is_cut OR answer_is_cut ORDER BY key
"""
_WHOLE: Final = """
SELECT question, key, answer, answer_is_cut FROM entries
WHERE language = ? AND NOT is_cut AND question >= ? AND question < ?
"""
Records: TypeAlias = Callable[[str], Iterable[dict[str, Any]]]
"""The records of a type."""

_CACHE: Final = 48 * 1024
"""KiB of the temporary database that SQLite may keep in memory."""
_TABLES: Final = """
CREATE TABLE links (
    key TEXT, other TEXT, relation TEXT, similarity REAL, PRIMARY KEY (key, other)
) WITHOUT ROWID;
CREATE TABLE pages (type TEXT, language TEXT, page TEXT, PRIMARY KEY (type, page, language))
WITHOUT ROWID;
"""
_LINK: Final = """
INSERT INTO links VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET similarity = max(ifnull(similarity, 0), ifnull(excluded.similarity, 0))
"""
_BOTH: Final = """
SELECT one.type || '/' || one.language || '/' || one.page,
       two.type || '/' || two.language || '/' || two.page
FROM pages AS one JOIN pages AS two
ON one.type = two.type AND one.page = two.page AND one.language < two.language
"""


class Entries:
    """Finds the entry of each teaser, in a temporary ``database``."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.execute(_ENTRIES)

    def pairs(self, faqs: Iterable[dict[str, Any]]) -> Iterator[tuple[str, str]]:
        """Yield the key of each teaser, and of the only entry it fits: on each portal that has it.

        A question that is whole, while its answer is cut, has another key on another portal alone.
        """
        with self._database:
            self._database.executemany(
                "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)", map(_row, faqs)
            )
        for key, language, question, is_cut, *answer in self._database.execute(_CUT):
            if is_cut and len(question) < _LEAST[language]:
                continue
            end = question + (_LAST if is_cut else "\0")
            whole = self._database.execute(_WHOLE, (language, question, end))
            found = [
                (text, other)
                for text, other, *theirs in whole
                if _fit(*answer, *theirs) and (is_cut or ALL.of_key(key) is not ALL.of_key(other))
            ]
            if len({text for text, _ in found}) == 1:
                yield from ((key, other) for _, other in found)


def _row(faq: dict[str, Any]) -> tuple[Any, ...]:
    answer = faq["answer"] and _squeezed(faq["answer"])
    return (
        faq["language"], _squeezed(faq["question"]), faq["question_truncated"],
        answer, faq["answer_truncated"], faq["key"],
    )  # fmt: skip


def is_beginning(cut: str, whole: str) -> bool:
    r"""Tell whether a cut text is the beginning of a whole one, but for white space and case.

    >>> is_beginning("1. Send the form. 2. W", "1. Send the form.\n2. Wait.")
    True
    """
    return _squeezed(whole).startswith(_squeezed(cut))


def _squeezed(text: str) -> str:
    """Return a text without white space: a teaser is printed on one line."""
    return "".join(text.split()).casefold()


def _fit(one: str | None, one_is_cut: int, two: str | None, two_is_cut: int) -> bool:
    """Tell whether two answers may be one; a cut one is the other's beginning."""
    if one is None or two is None:
        return True
    return (
        one == two
        or bool(one_is_cut and two.startswith(one))
        or bool(two_is_cut and one.startswith(two))
    )


class Links:
    """Links, by key, in a temporary file.

    >>> with Links.among(lambda kind: []) as links:
    ...     links.of("article/en/2241")
    []
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.executescript(_TABLES)

    @classmethod
    @contextmanager
    def among(cls, records: Records) -> Iterator[Self]:
        """Find all links. Raises ``sqlite3.Error`` where the temporary file cannot grow."""
        database = sqlite3.connect("")
        try:
            for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE}"):
                database.execute(f"PRAGMA {pragma}")
            links = cls(database)
            links._find(records)
            yield links
        finally:
            database.close()

    def of(self, key: str) -> list[SameAs]:
        """Return the links of a record, by key."""
        query = "SELECT other, relation, similarity FROM links WHERE key = ? ORDER BY other"
        return [
            SameAs(key=other, relation=how, similarity=similarity)
            for other, how, similarity in self._database.execute(query, (key,))
        ]

    def _find(self, records: Records) -> None:
        for one, two, similarity in Stories(self._database).pairs(self._noted(records("article"))):
            how = relation(one, two)
            self._add(one, two, how, how, similarity)
        for event in records("event"):
            self._note(event["key"])
        for one, two in self._database.execute(_BOTH):
            self._add(one, two, "language", "language", None)
        for teaser, entry in Entries(self._database).pairs(records("faq")):
            self._add(teaser, entry, "entry", "teaser", None)

    def _noted(self, articles: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for article in articles:
            self._note(article["key"])
            yield article

    def _note(self, key: str) -> None:
        """Note a page of the portal's own numbers, which both languages share."""
        kind, language, page = key.split("/", 2)
        if page.removeprefix("aspx-").isdecimal():
            self._database.execute("INSERT INTO pages VALUES (?, ?, ?)", (kind, language, page))

    def _add(
        self, one: str, two: str, how: Relation, back: Relation, similarity: float | None
    ) -> None:
        rows = ((one, two, how, similarity), (two, one, back, similarity))
        self._database.executemany(_LINK, rows)
