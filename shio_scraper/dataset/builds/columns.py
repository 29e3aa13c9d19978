"""The columns of a build: the fields of ``items.py``, and what the state adds; who writes rows."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import starmap
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, TypeAlias

from msgspec import Meta, inspect

from shio_scraper.dataset.same_as.link import SameAs
from shio_scraper.items import RECORD_FILES, RecordType, Reject, Timestamp, type_of

VERSION: Final = 1
"""A new one where a column is removed or retyped; a new column keeps it."""

Row: TypeAlias = dict[str, Any]
"""Column → value: dates and times as such, or as text in ISO 8601; structs as dictionaries."""
Kind: TypeAlias = Literal[
    "text", "date", "time", "whole", "number", "truth", "list", "struct", "object"
]

_DAYS: Final = ("published", "ends", "date")
_LABELS: Final = ("title", "question", "number", "reference", "url")
_KINDS: Final[dict[type[inspect.Type], Kind]] = {
    inspect.StrType: "text",
    inspect.LiteralType: "text",
    inspect.DateType: "date",
    inspect.DateTimeType: "time",
    inspect.IntType: "whole",
    inspect.FloatType: "number",
    inspect.BoolType: "truth",
    inspect.ListType: "list",
    inspect.DataclassType: "struct",
    inspect.DictType: "object",
}


@dataclass(slots=True, kw_only=True)
class History:
    """What the state adds to each record."""

    first_seen: Annotated[Timestamp, Meta(description="When the record was first captured, UTC.")]
    last_seen: Annotated[Timestamp, Meta(description="When the record was last captured, UTC.")]
    versions: Annotated[
        int, Meta(ge=1, description="How many different contents it had; the row has the newest.")
    ]
    gone: Annotated[
        bool, Meta(description="True where complete runs that should have seen it no longer do.")
    ]
    same_as: Annotated[
        list[SameAs], Meta(description="Other records that are the same thing, by key.")
    ]


@dataclass(frozen=True)
class Column:
    """A column, a field of a struct, or the element of a list (then without a name)."""

    name: str
    kind: Kind
    is_nullable: bool = False
    description: str = ""
    choices: tuple[str, ...] = ()
    element: Column | None = None
    fields: tuple[Column, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table of the records of one class; of a build with their ``history``."""

    name: str
    """The stem of its files, and its name in SQLite."""
    item: type[RecordType | Reject]
    history: type[History] | None = History

    @property
    def kind(self) -> str:
        """The type of its records."""
        return type_of(self.item)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The record's fields, then the history's."""
        return (*_columns(self.item), *(_columns(self.history) if self.history else ()))

    @cached_property
    def day(self) -> str | None:
        """The column that dates a row, where one does."""
        names = {column.name for column in self.columns}
        return next((name for name in _DAYS if name in names), None)

    @property
    def label(self) -> str:
        """The column that names a row for a reader."""
        names = {column.name for column in self.columns}
        return next(name for name in _LABELS if name in names)

    @property
    def description(self) -> str:
        """What a row is."""
        return self.item.__doc__ or ""


TABLES: Final = tuple(starmap(Table, RECORD_FILES.items()))


class Writer:
    """What writes tables into a folder, in one format. ``add`` raises ``OSError``."""

    def __init__(self, folder: Path, tables: tuple[Table, ...]) -> None:
        self._folder = folder
        self._tables = tables
        self._stack = ExitStack()

    def add(self, table: Table, rows: list[Row]) -> None:
        """Add rows to a table, in key order."""
        raise NotImplementedError

    def finish(self) -> None:
        """Write all that is left; nothing comes after it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def _columns(cls: type) -> tuple[Column, ...]:
    found: Any = inspect.type_info(cls)
    types = {field.name: field.type for field in found.fields}
    return tuple(_column(field.name, types[field.name]) for field in fields(cls))


def _column(name: str, info: inspect.Type) -> Column:
    description = ""
    if isinstance(info, inspect.Metadata):
        description = (info.extra_json_schema or {}).get("description", "")
        info = info.type
    is_nullable = isinstance(info, inspect.UnionType)
    if isinstance(info, inspect.UnionType):
        (info,) = (one for one in info.types if not isinstance(one, inspect.NoneType))
    return Column(
        name=name,
        kind=_KINDS[type(info)],
        is_nullable=is_nullable,
        description=description,
        choices=tuple(map(str, info.values)) if isinstance(info, inspect.LiteralType) else (),
        element=_column("", info.item_type) if isinstance(info, inspect.ListType) else None,
        fields=_columns(info.cls) if isinstance(info, inspect.DataclassType) else (),
    )
