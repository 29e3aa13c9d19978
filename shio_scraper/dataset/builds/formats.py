"""The formats of a build: rows → files, and back. ``FORMATS`` lists all of them."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, TypeAlias

import msgspec

from shio_scraper.dataset.builds.columns import VERSION, Add, BuildError, Column, Kind, Row, Table
from shio_scraper.redaction import cell

DATABASE: Final = "dataset.sqlite"
SEARCHED: Final = {
    "articles": ("title", "paragraphs", "source"), "faq": ("question", "answer"),
    "events": ("title", "paragraphs"), "press_conferences": ("title", "turns"),
    "rows": ("reference", "columns"),
}  # fmt: skip
"""Table → the columns of its full-text index."""
_INDEXED: Final = ("language", "published", "category", "kind", "serial", "status", "gone")
_TYPES: Final[dict[Kind, str]] = {"integer": "INTEGER", "number": "REAL", "boolean": "INTEGER"}
_PRAGMAS: Final = ("page_size = 16384", "journal_mode = OFF", "synchronous = OFF",
                   "cache_size = -65536", f"user_version = {VERSION}")  # fmt: skip
# Three characters at a time: the only tokenizer of SQLite that finds Chinese words.
_INDEX: Final = """
CREATE VIRTUAL TABLE {name}_fts USING fts5({columns}, content="{name}", tokenize="trigram");
INSERT INTO {name}_fts ({name}_fts) VALUES ('rebuild');
INSERT INTO {name}_fts ({name}_fts) VALUES ('optimize');
"""
_ENCODING: Final = "utf-8-sig"
"""UTF-8 with a byte order mark. Without the mark, Excel assumes the encoding of the country."""
Tables: TypeAlias = tuple[Table, ...]


@contextmanager
def write_lines(folder: Path, _: Tables) -> Iterator[Add]:
    """Write JSON Lines: a file for each table that has a row.

    A file without lines would not tell its columns: readers refuse such a file, or guess.
    """
    encoder = msgspec.json.Encoder()
    with ExitStack() as stack:

        @cache
        def file(name: str) -> IO[bytes]:
            return stack.enter_context((folder / f"{name}.jsonl").open("wb"))

        def add(table: Table, rows: list[Row]) -> None:
            file(table.name).write(encoder.encode_lines(rows))

        yield add


def read_lines(path: Path, _: Table | None = None) -> Iterator[Row]:
    """Yield the rows of a JSON Lines file."""
    decoder = msgspec.json.Decoder(dict[str, Any])
    with path.open("rb") as stream:
        yield from map(decoder.decode, stream)


@contextmanager
def write_database(folder: Path, tables: Tables) -> Iterator[Add]:
    """Write one SQLite file: the tables, their indexes, and a view of all records.

    Raises ``sqlite3.Error``.
    """
    with closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as database:
        for pragma in _PRAGMAS:
            database.execute(f"PRAGMA {pragma}")
        database.execute("BEGIN")
        for table in tables:
            columns = ", ".join(map(_declaration, table.columns))
            database.execute(f"CREATE TABLE {table.name} ({columns})")

        def add(table: Table, rows: list[Row]) -> None:
            places = ", ".join("?" * len(table.columns))
            values = (
                [_stored(column, row[column.name]) for column in table.columns] for row in rows
            )
            insert = f"INSERT INTO {table.name} VALUES ({places})"  # noqa: S608  (the name is ours)
            database.executemany(insert, values)

        yield add
        for table in tables:
            for name in (column.name for column in table.columns if column.name in _INDEXED):
                database.execute(f"CREATE INDEX {table.name}_{name} ON {table.name} ({name})")
            if table.name in SEARCHED:
                columns = ", ".join(SEARCHED[table.name])
                for statement in _INDEX.format(name=table.name, columns=columns).split(";"):
                    database.execute(statement)
        rows = " UNION ALL ".join(
            f"SELECT type, key, language, {table.label} AS title, url, doubts, versions, gone, "  # noqa: S608  (the names are ours)
            f"first_seen, last_seen FROM {table.name}"
            for table in tables
        )
        database.execute(f"CREATE VIEW records AS {rows}")
        database.execute("COMMIT")


def read_database(path: Path, table: Table) -> Iterator[Row]:
    """Yield the rows of a table in key order. No rows if the build is older than the table.

    Raises ``sqlite3.Error``.
    """
    columns = {column.name: column for column in table.columns}
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?immutable=1", uri=True)) as database:
        known = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        if not database.execute(known, (table.name,)).fetchone():
            return
        query = f"SELECT * FROM {table.name} ORDER BY key"  # noqa: S608  (the name is ours)
        rows = database.execute(query)
        names = [name for name, *_ in rows.description]
        for values in rows:
            yield {
                name: _read(columns[name], value) if name in columns else value
                for name, value in zip(names, values, strict=True)
            }


def _declaration(column: Column) -> str:
    rule = "" if column.is_nullable else " NOT NULL"
    primary = " PRIMARY KEY" if column.name == "key" else ""
    return f'"{column.name}" {_TYPES.get(column.kind, "TEXT")}{rule}{primary}'  # one is a keyword


def _is_lines(column: Column) -> bool:
    """Tell whether a column is a list of texts.

    Each text is one line, as ``cleaning`` leaves it.
    """
    return column.element is not None and column.element.kind == "string"


def _stored(column: Column, value: Any) -> Any:
    if _is_lines(column):
        return "\n".join(text.replace("\n", " ") for text in value)
    if column.kind in {"array", "object"}:
        return None if value is None else msgspec.json.encode(value).decode()
    return msgspec.to_builtins(value)


def _read(column: Column, value: Any) -> Any:
    if value is None or column.kind not in {"array", "object", "boolean"}:
        return value
    if _is_lines(column):
        return value.split("\n") if value else []
    return bool(value) if column.kind == "boolean" else msgspec.json.decode(value)


@contextmanager
def write_sheets(folder: Path, _: Tables) -> Iterator[Add]:
    """Write CSV: a file for each table, and for each list column, that has a row.

    A row of a list's file has the key of its record and the numbers of the elements that contain
    it.
    """
    with ExitStack() as stack:

        @cache
        def sheet(name: str, head: tuple[str, ...]) -> Any:
            stream = (folder / f"{name}.csv").open("w", encoding=_ENCODING, newline="")
            writer = csv.writer(stack.enter_context(stream))
            writer.writerow(head)
            return writer

        def write(name: str, columns: tuple[Column, ...], row: Row, of: dict[str, Any]) -> None:
            cells = dict(_cells(columns, row))
            names = (f"{next(reversed(of))}_{head}" if head in of else head for head in cells)
            sheet(name, (*of, *names)).writerow([*of.values(), *cells.values()])
            within = of or {"key": row["key"]}
            for column in columns:
                if not column.element:
                    continue
                parts = column.element.fields or (Column("text", column.element.kind),)
                for number, element in enumerate(row[column.name], 1):
                    fields = element if column.element.fields else {"text": element}
                    where = within | {column.name: number}
                    write(f"{name}_{column.name}", parts, fields, where)

        def add(table: Table, rows: list[Row]) -> None:
            for row in rows:
                write(table.name, table.columns, row, {})

        yield add


def _cells(
    columns: tuple[Column, ...], row: Row | None, before: str = ""
) -> Iterator[tuple[str, Any]]:
    """Yield the single values by name. A value in a struct has the struct's name before its own."""
    for column in columns:
        name, value = f"{before}{column.name}", row and row[column.name]
        if column.fields:
            yield from _cells(column.fields, value, f"{name}_")
        elif isinstance(value, str):
            yield name, cell(value)
        elif isinstance(value, dict):
            yield name, msgspec.json.encode(value).decode()
        elif not column.element:
            is_truth = isinstance(value, bool)
            yield name, str(value).lower() if is_truth else msgspec.to_builtins(value)


def _read_sheets(path: Path, _: Table) -> Iterator[Row]:
    raise BuildError(f"{path}: CSV alone is not compared: build it with another format")


def _write_parquet(folder: Path, tables: Tables) -> AbstractContextManager[Add]:
    from shio_scraper.dataset.builds import arrow  # noqa: PLC0415  (an extra)

    return arrow.write(folder, tables)


def _read_parquet(path: Path, table: Table) -> Iterator[Row]:
    if find_spec("pyarrow") is None:
        raise BuildError("Parquet needs more: pip install 'shio-scraper[dataset]'")
    from shio_scraper.dataset.builds import arrow  # noqa: PLC0415  (an extra)

    return arrow.read(path, table)


class Format(NamedTuple):
    """A format: its writer, the name and the media type of a table's file, and its reader.

    ``write`` yields the function that adds rows. The files are complete when its block has ended
    well.
    """

    write: Callable[[Path, Tables], AbstractContextManager[Add]]
    file: str
    media: str
    read: Callable[[Path, Table], Iterator[Row]]


FORMATS: Final = {
    "jsonl": Format(write_lines, "{}.jsonl", "application/jsonl", read_lines),
    "sqlite": Format(write_database, DATABASE, "application/vnd.sqlite3", read_database),
    "parquet": Format(
        _write_parquet, "{}.parquet", "application/vnd.apache.parquet", _read_parquet
    ),
    "csv": Format(write_sheets, "{}.csv", "text/csv", _read_sheets),
}
"""Name → format, in the order in which a comparison of builds looks for files."""
