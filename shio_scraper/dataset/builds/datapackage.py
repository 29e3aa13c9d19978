"""``datapackage.json``: what the files are, for Frictionless."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from shio_scraper.dataset.builds.columns import VERSION, Column, Kind, Table
from shio_scraper.dataset.builds.texts import LICENCE, SOURCES, TITLE, of_site
from shio_scraper.portals import DEFAULT

_TYPES: Final[dict[Kind, str]] = {
    "text": "string",
    "date": "date",
    "time": "datetime",
    "whole": "integer",
    "number": "number",
    "truth": "boolean",
    "list": "array",
    "struct": "object",
}
_MEDIA: Final = {
    "jsonl": "application/jsonl",
    "parquet": "application/vnd.apache.parquet",
    "sqlite": "application/vnd.sqlite3",
    "json": "application/json",
    "md": "text/markdown",
}


def package(
    site: str, last: datetime, tables: tuple[Table, ...], files: dict[str, tuple[int, str]]
) -> dict[str, Any]:
    """Return the descriptor. ``files`` are a name's bytes and SHA-256, ``last`` dates the data."""
    by_name = {f"{table.name}.jsonl": table for table in tables}
    return {
        "name": DEFAULT.title.lower().replace(" ", "-"),
        "title": TITLE,
        "description": f"{of_site(site)} {LICENCE}",
        "version": f"{VERSION}.0.0",
        "created": last.replace(microsecond=0).isoformat().replace("+00:00", "Z"),
        "sources": SOURCES,
        "resources": [
            _resource(name, size, digest, by_name.get(name))
            for name, (size, digest) in files.items()
        ],
    }


def _resource(name: str, size: int, digest: str, table: Table | None) -> dict[str, Any]:
    stem, _, suffix = name.rpartition(".")
    found: dict[str, Any] = {
        "name": stem.lower() if table else f"{stem}-{suffix}".lower(),
        "type": "table" if table else "file",
        "path": name,
        "format": suffix,
        "mediatype": _MEDIA[suffix],
        "bytes": size,
        "hash": f"sha256:{digest}",
    }
    if table:
        found |= {"description": table.description, "encoding": "utf-8", "schema": _schema(table)}
    return found


def _schema(table: Table) -> dict[str, Any]:
    return {"fields": list(map(_field, table.columns)), "primaryKey": ["key"]}


def _field(column: Column) -> dict[str, Any]:
    found: dict[str, Any] = {"name": column.name, "type": _TYPES[column.kind]}
    if column.kind == "time":
        found["format"] = "any"
    if column.description:
        found["description"] = column.description
    constraints: dict[str, Any] = {} if column.is_nullable else {"required": True}
    if column.choices:
        constraints["enum"] = list(column.choices)
    if constraints:
        found["constraints"] = constraints
    return found
