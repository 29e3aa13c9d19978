"""Links between records that are the same thing. Found in a temporary SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Any, Final, Self, TypeAlias

from shio_scraper.dataset.builds.columns import Relation, SameAs
from shio_scraper.dataset.builds.stories import Stories
from shio_scraper.portals import ALL

_LEAST: Final = {"en": 12, "zh": 6}
"""Minimum characters by language of a cut question. A shorter one fits too many questions."""
_ASPX: Final = "aspx-"
"""The prefix of the page's number in a key of the older layout."""
_LAST: Final = "\U0010ffff"
Records: TypeAlias = Callable[[str], Iterable[dict[str, Any]]]
"""Returns the records of a type."""

_PRAGMAS: Final = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -49152;"
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


class Links:
    """Links by key, in a temporary ``database``.

    >>> with Links.among(lambda kind: []) as links:
    ...     links.of("article/en/2241")
    []
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.executescript(_PRAGMAS + _TABLES)

    @classmethod
    @contextmanager
    def among(cls, records: Records) -> Iterator[Self]:
        """Find the links among records. ``records`` gives the records of a type in key order.

        Raises ``sqlite3.Error`` if the temporary file cannot grow.
        """
        with closing(sqlite3.connect("")) as database:
            links = cls(database)
            links._find(records)
            yield links

    def of(self, key: str) -> list[SameAs]:
        """Return the links of a record, sorted by the other record's key."""
        query = "SELECT other, relation, similarity FROM links WHERE key = ? ORDER BY other"
        return [
            SameAs(key=other, relation=how, similarity=similarity)
            for other, how, similarity in self._database.execute(query, (key,))
        ]

    def _find(self, records: Records) -> None:
        for one, two, similarity in Stories(self._database).pairs(
            self._with_pages_stored(records("article"))
        ):
            how = relation(one, two)
            self._add(one, two, how, how, similarity)
        for _ in self._with_pages_stored(records("event")):
            pass
        for one, two in self._database.execute(_BOTH):
            self._add(one, two, "language", "language", None)
        for teaser, entry in entries(self._database, records("faq")):
            self._add(teaser, entry, "entry", "teaser", None)

    def _with_pages_stored(self, records: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield the records. Store the page numbers of the portal, which both languages share."""
        for record in records:
            kind, language, page = record["key"].split("/", 2)
            if page.removeprefix(_ASPX).isdecimal():
                self._database.execute("INSERT INTO pages VALUES (?, ?, ?)", (kind, language, page))
            yield record

    def _add(
        self, one: str, two: str, how: Relation, back: Relation, similarity: float | None
    ) -> None:
        rows = ((one, two, how, similarity), (two, one, back, similarity))
        self._database.executemany(_LINK, rows)


def relation(key: str, other: str) -> Relation:
    """Return the relation between two articles or events that are the same.

    >>> relation("article/en/2241", "article/zh/2241")
    'language'
    >>> relation("article/en/2241", "article/en/aspx-2625")
    'layout'
    """
    page, other_page = (name.split("/", 2)[2] for name in (key, other))
    if page == other_page:
        return "language"
    of_one_portal = ALL.of_key(key) is ALL.of_key(other)
    is_layout = of_one_portal and page.startswith(_ASPX) != other_page.startswith(_ASPX)
    return "layout" if is_layout else "copy"


def entries(
    database: sqlite3.Connection, faqs: Iterable[dict[str, Any]]
) -> Iterator[tuple[str, str]]:
    """Yield the key of each teaser and of the only entry that it fits, once for each portal.

    If a question is whole and only its answer is cut, the entry has another key only on another
    portal.
    """
    database.execute(_ENTRIES)
    with database:
        database.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)", map(_row, faqs))
    for key, language, question, is_cut, *answer in database.execute(_CUT):
        if is_cut and len(question) < _LEAST.get(language, _LEAST["en"]):
            continue
        end = question + (_LAST if is_cut else "\0")
        rows = database.execute(_WHOLE, (language, question, end))
        candidates = [
            (text, other)
            for text, other, *theirs in rows
            if _fit(*answer, *theirs) and (is_cut or ALL.of_key(key) is not ALL.of_key(other))
        ]
        if len({text for text, _ in candidates}) == 1:
            yield from ((key, other) for _, other in candidates)


def _row(faq: dict[str, Any]) -> tuple[Any, ...]:
    answer = faq["answer"] and _squeezed(faq["answer"])
    return (
        faq["language"], _squeezed(faq["question"]), faq["question_truncated"],
        answer, faq["answer_truncated"], faq["key"],
    )  # fmt: skip


def is_beginning(cut: str, whole: str) -> bool:
    r"""Tell whether a cut text is the beginning of a whole one. White space and case are ignored.

    >>> is_beginning("1. Send the form. 2. W", "1. Send the form.\n2. Wait.")
    True
    """
    return _squeezed(whole).startswith(_squeezed(cut))


def _squeezed(text: str) -> str:
    """Return a text in lower case without white space, because a teaser is printed on one line."""
    return "".join(text.split()).casefold()


def _fit(one: str | None, one_is_cut: int, two: str | None, two_is_cut: int) -> bool:
    """Tell whether two answers may be the same. A cut answer must be the beginning of the other."""
    if one is None or two is None or one == two:
        return True
    return bool((one_is_cut and two.startswith(one)) or (two_is_cut and one.startswith(two)))
