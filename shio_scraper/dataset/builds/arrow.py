"""Rows → Parquet with the types of the columns, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from shio_scraper.dataset.builds.columns import VERSION, Add, Column, Kind, Row, Table

_ROW_GROUP: Final = 10_000
"""Rows that are kept in memory before they are written as a row group."""
_TYPES: Final[dict[Kind, pa.DataType]] = {
    "string": pa.string(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us", tz="UTC"),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "object": pa.string(),
}


@contextmanager
def write(folder: Path, tables: tuple[Table, ...]) -> Iterator[Add]:
    """Write one file for each table, in row groups of bounded size."""
    waiting: dict[str, list[pa.RecordBatch]] = {table.name: [] for table in tables}
    with ExitStack() as stack:
        files = {
            table.name: stack.enter_context(
                pq.ParquetWriter(
                    folder / f"{table.name}.parquet", schema(table), compression="zstd"
                )
            )
            for table in tables
        }

        def flush(name: str) -> None:
            files[name].write_table(pa.Table.from_batches(waiting[name]))
            waiting[name].clear()

        def add(table: Table, rows: list[Row]) -> None:
            batches = waiting[table.name]
            stored = _recoded(table, rows, lambda value: msgspec.json.encode(value).decode())
            batches.append(pa.RecordBatch.from_pylist(stored, schema=files[table.name].schema))
            if sum(batch.num_rows for batch in batches) >= _ROW_GROUP:
                flush(table.name)

        yield add
        for name in filter(waiting.get, waiting):
            flush(name)


def schema(table: Table) -> pa.Schema:
    """Return the Arrow schema of a table."""
    fields = list(map(_field, table.columns))
    return pa.schema(fields, metadata={"shio_schema_version": str(VERSION)})


def read(path: Path, table: Table) -> Iterator[Row]:
    """Yield the rows of a table's file."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=1000):
            yield from _recoded(table, batch.to_pylist(), msgspec.json.decode)


def _recoded(table: Table, rows: list[Row], recode: Callable[[Any], Any]) -> list[Row]:
    """Return rows with their objects recoded. Objects are stored as JSON: each has its own keys."""
    objects = (column for column in table.columns if column.kind == "object" and not column.fields)
    names = [column.name for column in objects]
    return [row | {name: recode(row[name]) for name in names} for row in rows] if names else rows


def _field(column: Column) -> pa.Field:
    description = {"description": column.description} if column.description else None
    return pa.field(column.name, _type(column), column.is_nullable, description)


def _type(column: Column) -> Any:
    if column.element:
        return pa.list_(pa.field("element", _type(column.element), column.element.is_nullable))
    if column.fields:
        return pa.struct(list(map(_field, column.fields)))
    return _TYPES[column.kind]
