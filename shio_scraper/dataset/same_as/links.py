"""All links between the records of a dataset."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Self, TypeAlias

from shio_scraper.dataset.same_as.entries import Entries
from shio_scraper.dataset.same_as.link import Relation, SameAs, relation
from shio_scraper.dataset.same_as.stories import Stories

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
