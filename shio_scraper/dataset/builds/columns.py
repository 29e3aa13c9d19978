"""The columns of a build: the fields of ``items.py``, and those that the state adds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import islice, starmap
from typing import Annotated, Any, Final, Literal, TypeAlias, TypeVar

from msgspec import Meta, inspect

from shio_scraper.items import RECORD_FILES, RecordType, Reject, Text, Timestamp, type_of

VERSION: Final = 1
"""The version of the columns. It changes if a column is removed or retyped, not if one is added."""

T = TypeVar("T")

PACKAGE: Final = "datapackage.json"
"""The name of the file that lists the files of a build. Every build has it."""

Row: TypeAlias = dict[str, Any]
"""Column → value. Dates and times are such, or text in ISO 8601. Structs are dictionaries."""
Kind: TypeAlias = Literal[
    "string", "date", "datetime", "integer", "number", "boolean", "array", "object"
]
"""The types of a Frictionless table schema. An object without fields may have any keys."""
Relation: TypeAlias = Literal["language", "layout", "copy", "entry", "teaser"]

_DAYS: Final = ("published", "ends", "date")
_LABELS: Final = ("title", "question", "number", "reference", "url")
_KINDS: Final[dict[type[inspect.Type], Kind]] = {
    inspect.StrType: "string",
    inspect.LiteralType: "string",
    inspect.DateType: "date",
    inspect.DateTimeType: "datetime",
    inspect.IntType: "integer",
    inspect.FloatType: "number",
    inspect.BoolType: "boolean",
    inspect.ListType: "array",
    inspect.DataclassType: "object",
    inspect.DictType: "object",
}


class BuildError(Exception):
    """Raised if a build cannot be made or read. The message is one line for the user."""


@dataclass(slots=True, kw_only=True)
class SameAs:
    """A link to another record that is the same thing."""

    key: Annotated[Text, Meta(description="Key of the other record.")]
    relation: Annotated[
        Relation,
        Meta(
            description="`language`: the page of the same id in the other language. `layout`: the "
            "same text under a number of the other layout (jsp, ASPX). `copy`: the same text under "
            "another id or portal. `entry`: the whole FAQ entry of this teaser. `teaser`: a teaser "
            "of this FAQ entry."
        ),
    ]
    similarity: Annotated[
        Annotated[float, Meta(ge=0, le=1)] | None,
        Meta(
            description="Of the two texts (Jaccard, over runs of four words); 1 where they are "
            "equal but for case and punctuation; null where the texts were not what linked them.",
        ),
    ]


@dataclass(slots=True, kw_only=True)
class History:
    """The columns that the state adds to each record."""

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
    """A column, a field of a struct, or the element of a list (which has no name)."""

    name: str
    kind: Kind
    is_nullable: bool = False
    description: str = ""
    choices: tuple[str, ...] = ()
    element: Column | None = None
    fields: tuple[Column, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table of the records of one class. In a build, the columns of ``history`` follow."""

    name: str
    """The stem of the table's files, and its name in SQLite."""
    item: type[RecordType | Reject]
    history: type[History] | None = History

    @property
    def kind(self) -> str:
        """The type of the table's records."""
        return type_of(self.item)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns: the record's fields, then the history's."""
        return (*_columns(self.item), *(_columns(self.history) if self.history else ()))

    @cached_property
    def day(self) -> str | None:
        """The column that dates a row. ``None`` if there is none."""
        names = {column.name for column in self.columns}
        return next((name for name in _DAYS if name in names), None)

    @property
    def label(self) -> str:
        """The column that names a row for a reader."""
        names = {column.name for column in self.columns}
        return next(name for name in _LABELS if name in names)

    @property
    def description(self) -> str:
        """The meaning of a row."""
        return self.item.__doc__ or ""


TABLES: Final = tuple(starmap(Table, RECORD_FILES.items()))
Add: TypeAlias = Callable[[Table, list[Row]], None]
"""Adds rows to a table, in key order. Raises ``OSError``."""


def batches(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the things of a stream in lists of at most ``size``.

    >>> list(batches("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    stream = iter(things)
    while batch := list(islice(stream, size)):
        yield batch


def _columns(cls: type) -> tuple[Column, ...]:
    info: Any = inspect.type_info(cls)
    types = {field.name: field.type for field in info.fields}
    return tuple(_column(field.name, types[field.name]) for field in fields(cls))


def _column(name: str, info: inspect.Type) -> Column:
    description = ""
    if isinstance(info, inspect.Metadata):
        description = (info.extra_json_schema or {}).get("description", "")
        info = info.type
    is_nullable = isinstance(info, inspect.UnionType)
    if isinstance(info, inspect.UnionType):
        (info,) = (part for part in info.types if not isinstance(part, inspect.NoneType))
    return Column(
        name=name,
        kind=_KINDS[type(info)],
        is_nullable=is_nullable,
        description=description,
        choices=tuple(map(str, info.values)) if isinstance(info, inspect.LiteralType) else (),
        element=_column("", info.item_type) if isinstance(info, inspect.ListType) else None,
        fields=_columns(info.cls) if isinstance(info, inspect.DataclassType) else (),
    )
