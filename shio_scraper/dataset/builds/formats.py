"""The formats of a build: rows → files, and back. ``FORMATS`` names all of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

import msgspec

from shio_scraper.dataset.builds.columns import VERSION, Column, Kind, Row, Table, Writer
from shio_scraper.dataset.builds.folder import PACKAGE, BuildError
from shio_scraper.dataset.builds.sheets import SheetsWriter

DATABASE: Final = "dataset.sqlite"
SEARCHED: Final = {
    "articles": ("title", "paragraphs", "source"), "faq": ("question", "answer"),
    "events": ("title", "paragraphs"), "press_conferences": ("title", "turns"),
    "rows": ("reference", "columns"),
}  # fmt: skip
"""What the full-text index of a table holds."""
_INDEXED: Final = ("language", "published", "category", "kind", "serial", "status", "gone")
_TYPES: Final[dict[Kind, str]] = {"whole": "INTEGER", "number": "REAL", "truth": "INTEGER"}
_PRAGMAS: Final = ("page_size = 16384", "journal_mode = OFF", "synchronous = OFF",
                   "cache_size = -65536", f"user_version = {VERSION}")  # fmt: skip
# Three characters at a time: the only tokenizer of SQLite that finds Chinese words.
_INDEX: Final = """
CREATE VIRTUAL TABLE {table}_fts USING fts5({columns}, content="{table}", tokenize="trigram")
"""


class LinesWriter(Writer):
    """JSON Lines: a file for each table that has a row.

    Of no lines nobody could tell the columns: readers refuse such a file, or guess.
    """

    def __init__(self, folder: Path, tables: tuple[Table, ...]) -> None:
        super().__init__(folder, tables)
        self._encoder = msgspec.json.Encoder()
        self._files: dict[str, IO[bytes]] = {}

    def add(self, table: Table, rows: list[Row]) -> None:
        """Add rows to a table."""
        if table.name not in self._files:
            file = (self._folder / f"{table.name}.jsonl").open("wb")
            self._files[table.name] = self._stack.enter_context(file)
        self._files[table.name].write(self._encoder.encode_lines(rows))


class DatabaseWriter(Writer):
    """One SQLite file with full-text search: a table a table. Raises ``sqlite3.Error``."""

    def __init__(self, folder: Path, tables: tuple[Table, ...]) -> None:
        super().__init__(folder, tables)
        self._database = sqlite3.connect(folder / DATABASE, isolation_level=None)
        self._stack.callback(self._database.close)
        for pragma in _PRAGMAS:
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute("BEGIN")
        for table in tables:
            columns = ", ".join(map(_declaration, table.columns))
            self._database.execute(f"CREATE TABLE {table.name} ({columns})")

    def add(self, table: Table, rows: list[Row]) -> None:
        """Add rows to a table."""
        places = ", ".join("?" * len(table.columns))
        values = ([_stored(column, row[column.name]) for column in table.columns] for row in rows)
        insert = f"INSERT INTO {table.name} VALUES ({places})"  # noqa: S608  (the name is ours)
        self._database.executemany(insert, values)

    def finish(self) -> None:
        """Make the indexes, and a view of all records."""
        for table in self._tables:
            for name in (column.name for column in table.columns if column.name in _INDEXED):
                self._database.execute(f"CREATE INDEX {table.name}_{name} ON {table.name} ({name})")
            if table.name in SEARCHED:
                self._search(table.name)
        rows = " UNION ALL ".join(
            f"SELECT type, key, language, {table.label} AS title, url, doubts, versions, gone, "  # noqa: S608  (the names are ours)
            f"first_seen, last_seen FROM {table.name}"
            for table in self._tables
        )
        self._database.execute(f"CREATE VIEW records AS {rows}")
        self._database.execute("COMMIT")

    def _search(self, name: str) -> None:
        """Index the texts of a table."""
        columns = ", ".join(SEARCHED[name])
        self._database.execute(_INDEX.format(table=name, columns=columns))
        for command in ("rebuild", "optimize"):
            self._database.execute(
                f"INSERT INTO {name}_fts ({name}_fts) VALUES ('{command}')"  # noqa: S608  (ours)
            )


def read_lines(path: Path, _: Table | None = None) -> Iterator[Row]:
    """Yield the rows of a file of JSON Lines."""
    decoder = msgspec.json.Decoder(dict[str, Any])
    with path.open("rb") as stream:
        yield from map(decoder.decode, stream)


def read_database(path: Path, table: Table) -> Iterator[Row]:
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


def _parquet_writer(folder: Path, tables: tuple[Table, ...]) -> Writer:
    from shio_scraper.dataset.builds import arrow  # noqa: PLC0415  (an extra)

    return arrow.ParquetWriter(folder, tables)


def _read_parquet(path: Path, table: Table) -> Iterator[Row]:
    if find_spec("pyarrow") is None:
        raise BuildError("Parquet needs more: pip install 'shio-scraper[dataset]'")
    from shio_scraper.dataset.builds import arrow  # noqa: PLC0415  (an extra)

    return arrow.read(path, table)


def _read_sheets(path: Path, _: Table) -> Iterator[Row]:
    raise BuildError(f"{path}: CSV alone is not compared: build it with another format")


class Format(NamedTuple):
    """A format: who writes it, the name of a table's file, and who reads that."""

    writer: Callable[[Path, tuple[Table, ...]], Writer]
    file: str
    read: Callable[[Path, Table], Iterator[Row]]


FORMATS: Final = {
    "jsonl": Format(LinesWriter, "{}.jsonl", read_lines),
    "parquet": Format(_parquet_writer, "{}.parquet", _read_parquet),
    "sqlite": Format(DatabaseWriter, DATABASE, read_database),
    "csv": Format(SheetsWriter, "{}.csv", _read_sheets),
}
_READ_FIRST: Final = ("jsonl", "sqlite", "parquet", "csv")


class Build:
    """A build in a folder, read back. Raises ``BuildError`` where it is none."""

    def __init__(self, folder: Path) -> None:
        if not (folder / PACKAGE).is_file():
            raise BuildError(f"{folder}: no build: it has no {PACKAGE}")
        self.folder = folder

    def rows(self, table: Table) -> Iterator[Row]:
        """Yield the rows of a table in key order, as JSON has them. Raises ``BuildError``."""
        try:
            last = ""
            for row in self._rows(table):
                if row["key"] <= last:
                    raise BuildError(f"{self.folder}: {table.name}: not sorted: {row['key']}")
                last = row["key"]
                yield msgspec.to_builtins(row)
        except (OSError, sqlite3.Error, ValueError, KeyError) as error:
            raise BuildError(f"{self.folder}: {table.name}: cannot be read: {error}") from error

    def _rows(self, table: Table) -> Iterator[Row]:
        for form in (FORMATS[name] for name in _READ_FIRST):
            path = self.folder / form.file.format(table.name)
            if path.exists():
                return form.read(path, table)
        if not self._names(table):
            return iter(())
        raise FileNotFoundError("its file is gone")

    def _names(self, table: Table) -> bool:
        """Tell whether the build names a file of a table: one without rows may have none."""
        package = msgspec.json.decode((self.folder / PACKAGE).read_bytes())
        paths = {Path(resource["path"]) for resource in package.get("resources", ())}
        return table.name in {path.stem for path in paths}


def _declaration(column: Column) -> str:
    rule = "" if column.is_nullable else " NOT NULL"
    primary = " PRIMARY KEY" if column.name == "key" else ""
    return f'"{column.name}" {_TYPES.get(column.kind, "TEXT")}{rule}{primary}'  # one is a keyword


def _is_lines(column: Column) -> bool:
    """Tell whether a column is a list of texts: each a line, as ``cleaning`` leaves them."""
    return column.element is not None and column.element.kind == "text"


def _stored(column: Column, value: Any) -> Any:
    if _is_lines(column):
        return "\n".join(text.replace("\n", " ") for text in value)
    if column.kind in {"list", "struct", "object"}:
        return None if value is None else msgspec.json.encode(value).decode()
    return msgspec.to_builtins(value)


def _read(column: Column, value: Any) -> Any:
    if value is None or column.kind not in {"list", "struct", "object", "truth"}:
        return value
    if _is_lines(column):
        return value.split("\n") if value else []
    return bool(value) if column.kind == "truth" else msgspec.json.decode(value)
