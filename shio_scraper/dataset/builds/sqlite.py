"""Rows → one SQLite file with full-text search, and back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final, Self

import msgspec

from shio_scraper.dataset.builds.columns import VERSION, Column, Kind, Row, Table

NAME: Final = "dataset.sqlite"
SEARCHED: Final = {"articles": ("title", "paragraphs", "source"), "faq": ("question", "answer")}
"""What the full-text index of a table holds."""
_INDEXED: Final = ("language", "published", "category", "kind", "serial", "status", "gone")

_TYPES: Final[dict[Kind, str]] = {"whole": "INTEGER", "number": "REAL", "truth": "INTEGER"}
_PRAGMAS: Final = ("page_size = 16384", "journal_mode = OFF", "synchronous = OFF",
                   "cache_size = -65536", f"user_version = {VERSION}")  # fmt: skip
# Three characters at a time: the only tokenizer of SQLite that finds Chinese words.
_INDEX: Final = """
CREATE VIRTUAL TABLE {table}_fts USING fts5({columns}, content="{table}", tokenize="trigram")
"""


class Writer:
    """A table a table. Raises ``sqlite3.Error``."""

    def __init__(self, folder: Path, tables: tuple[Table, ...]) -> None:
        self._tables = tables
        self._database = sqlite3.connect(folder / NAME, isolation_level=None)
        for pragma in _PRAGMAS:
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute("BEGIN")
        for table in tables:
            self._database.execute(_create(table))

    def add(self, table: Table, rows: list[Row]) -> None:
        """Add rows to a table."""
        places = ", ".join("?" * len(table.columns))
        values = ([_stored(column, row[column.name]) for column in table.columns] for row in rows)
        insert = f"INSERT INTO {table.name} VALUES ({places})"  # noqa: S608  (the name is ours)
        self._database.executemany(insert, values)

    def finish(self) -> None:
        """Make the indexes."""
        for table in self._tables:
            for name in (column.name for column in table.columns if column.name in _INDEXED):
                self._database.execute(f"CREATE INDEX {table.name}_{name} ON {table.name} ({name})")
            if table.name in SEARCHED:
                self._search(table.name)
        self._database.execute("COMMIT")

    def _search(self, name: str) -> None:
        """Index the texts of a table."""
        columns = ", ".join(SEARCHED[name])
        self._database.execute(_INDEX.format(table=name, columns=columns))
        for command in ("rebuild", "optimize"):
            self._database.execute(
                f"INSERT INTO {name}_fts ({name}_fts) VALUES ('{command}')"  # noqa: S608  (ours)
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()


def read(path: Path, table: Table) -> Iterator[Row]:
    """Yield the rows of a table, in key order; none of one that the build is older than.

    Raises ``sqlite3.Error``.
    """
    columns = {column.name: column for column in table.columns}
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?immutable=1", uri=True)) as database:
        known = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        if not database.execute(known, (table.name,)).fetchone():
            return
        query = f"SELECT * FROM {table.name} ORDER BY key"  # noqa: S608  (the name is ours)
        found = database.execute(query)
        names = [name for name, *_ in found.description]
        for values in found:
            yield {
                name: _read(columns[name], value) if name in columns else value
                for name, value in zip(names, values, strict=True)
            }


def _create(table: Table) -> str:
    columns = ", ".join(_declaration(column) for column in table.columns)
    return f"CREATE TABLE {table.name} ({columns})"


def _declaration(column: Column) -> str:
    rule = "" if column.is_nullable else " NOT NULL"
    primary = " PRIMARY KEY" if column.name == "key" else ""
    return f"{column.name} {_TYPES.get(column.kind, 'TEXT')}{rule}{primary}"


def _is_lines(column: Column) -> bool:
    """Tell whether a column is a list of texts: each a line, as ``cleaning`` leaves them."""
    return column.element is not None and column.element.kind == "text"


def _stored(column: Column, value: Any) -> Any:
    if _is_lines(column):
        return "\n".join(text.replace("\n", " ") for text in value)
    if column.kind in {"list", "struct"}:
        return None if value is None else msgspec.json.encode(value).decode()
    return msgspec.to_builtins(value)


def _read(column: Column, value: Any) -> Any:
    if value is None or column.kind not in {"list", "struct", "truth"}:
        return value
    if _is_lines(column):
        return value.split("\n") if value else []
    return bool(value) if column.kind == "truth" else msgspec.json.decode(value)
