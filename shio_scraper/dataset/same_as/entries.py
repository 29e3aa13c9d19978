"""FAQ teasers, and the whole entries that they are cut from."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, Final

from shio_scraper.portals import ALL

_LEAST: Final = {"en": 12, "zh": 6}
"""Characters of a cut question below which it tells nothing, by language."""
_LAST: Final = "\U0010ffff"
_TABLES: Final = """
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


class Entries:
    """Finds the entry of each teaser, in a temporary ``database``."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.execute(_TABLES)

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
