"""The state → rows: what a table of a build holds, in key order; counted as they go by."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final

import msgspec

from shio_scraper.dataset.builds.columns import BuildError, History, Row, Table
from shio_scraper.dataset.builds.links import Links, is_beginning
from shio_scraper.dataset.state import Known, State

_NUL: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


@dataclass
class Count:
    """What a table holds."""

    rows: int = 0
    gone: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    layouts: Counter[str] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    """Rows with a value, an empty list being none, by column."""
    months: Counter[str] = field(default_factory=Counter)
    """Rows by ``YYYY-MM``; those without a date are not in it."""
    relations: Counter[str] = field(default_factory=Counter)
    """Rows that have a link, by its relation."""
    flags: Counter[str] = field(default_factory=Counter)
    """Rows in which a column that is true or false is true."""

    def add(self, table: Table, row: Row) -> None:
        """Count a row."""
        self.rows += 1
        self.gone += row["gone"]
        self.languages[row["language"]] += 1
        self.layouts[row["provenance"]["layout"]] += 1
        self.filled.update(name for name, value in row.items() if value not in (None, [], ""))
        self.flags.update(name for name, value in row.items() if value is True)
        self.relations.update({link["relation"] for link in row["same_as"]})
        if table.day and (day := row.get(table.day)):
            self.months[str(day)[:7]] += 1


class Holdings:
    """The counts of all tables, and the time between which captures were made."""

    def __init__(self, tables: tuple[Table, ...]) -> None:
        self.tables = tables
        self.counts = {table.name: Count() for table in tables}
        self.first: datetime | None = None
        self.last: datetime | None = None

    def add(self, table: Table, rows: list[Row]) -> None:
        """Count rows of a table."""
        count = self.counts[table.name]
        for row in rows:
            count.add(table, row)
        firsts, lasts = ([row[name] for row in rows] for name in ("first_seen", "last_seen"))
        self.first = min(filter(None, [self.first, *firsts]), default=None)
        self.last = max(filter(None, [self.last, *lasts]), default=None)

    @property
    def rows(self) -> int:
        """The number of all rows."""
        return sum(count.rows for count in self.counts.values())


def with_whole_answers(state: State, entries: Iterable[Known]) -> Iterator[Known]:
    """Give an FAQ entry whose newest answer is cut the whole one, where an earlier version has it.

    A short question is whole in the sidebar while its answer is cut: the teaser and the
    entry have one key, and whichever page is read last is the newest content.
    """
    for known in entries:
        if known.versions > 1 and known.record["answer_truncated"]:
            yield _whole(state, known)
        else:
            yield known


def _whole(state: State, known: Known) -> Known:
    cut = known.record["answer"] or ""
    for document in state.contents(known.key):
        entry = msgspec.json.decode(document)
        if not entry["answer_truncated"] and entry["answer"] is not None:
            return replace(known, json=document) if is_beginning(cut, entry["answer"]) else known
    return known


def checked(table: Table, records: Iterable[Known]) -> Iterator[tuple[Known, Row]]:
    """Yield each record with its fields. Raises ``BuildError`` where it is not as its class."""
    decoder = msgspec.json.Decoder(table.item)
    for known in records:
        try:
            record = decoder.decode(_without_nul(known.json))
        except msgspec.DecodeError as error:
            raise BuildError(f"{known.key}: the state holds no such record: {error}") from error
        yield known, _plain(record)


def rows(table: Table, records: Iterable[Known], links: Links) -> Iterator[Row]:
    """Yield the rows of a table."""
    for known, record in checked(table, records):
        history = History(
            first_seen=known.first_seen,
            last_seen=known.last_seen,
            versions=known.versions,
            gone=known.gone,
            same_as=links.of(known.key),
        )
        yield record | _plain(history)


def _without_nul(text: str) -> str:
    r"""Return JSON without the character that ends a text for SQLite and many others.

    >>> _without_nul(r'"a\u0000b\\u0000"')
    '"ab\\\\u0000"'
    """
    return _NUL.sub(r"\1", text) if "\\u0000" in text else text


def _plain(thing: Any) -> Row:
    found: Row = msgspec.to_builtins(thing, builtin_types=(date, datetime))
    return found
