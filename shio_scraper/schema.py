"""The one schema, made from the items: for validation, JSON Schemas and the data dictionary.

``python -m shio_scraper.schema`` writes ``schemas/`` and ``docs/records.md`` anew.
"""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import ValidationError

from shio_scraper import items
from shio_scraper.items import (
    RECORDS,
    AuditEvent,
    PageLayout,
    RecordType,
    Reject,
    Remark,
    type_of,
)

__all__ = ["ValidationError", "json_schema", "main", "validate", "write"]

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_PREFACE: Final = """# Records

Made from `shio_scraper/items.py` by `python -m shio_scraper.schema`; do not edit.

One record a line, UTF-8, keys in this order. `null` stands where the page does not say.
The JSON Schemas are in `schemas/`.
"""
_FILES: Final = (*RECORDS, Reject, AuditEvent, PageLayout)


def validate(record: RecordType | Remark) -> None:
    """Raise ``ValidationError``, with the JSON path, if ``record`` does not match its class."""
    msgspec.convert(msgspec.to_builtins(record), type(record))


def json_schema(item_class: type) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of an item class.

    Every key is required, and no other key is allowed.
    """
    schema = msgspec.json.schema(item_class)
    definitions = schema["$defs"]
    for name, definition in definitions.items():
        order = [f.name for f in fields(getattr(items, name))]
        definition["properties"] = {key: definition["properties"][key] for key in order}
        definition["required"] = order
        definition["additionalProperties"] = False
        for value in definition["properties"].values():
            value.pop("default", None)
    schema_of_item = definitions.pop(item_class.__name__)
    return {
        "$schema": _DIALECT,
        **schema_of_item,
        **({"$defs": definitions} if definitions else {}),
    }


def write(root: Path) -> None:
    """Write the schemas and the data dictionary below ``root``."""
    (root / "schemas").mkdir(exist_ok=True)
    for item_class in _FILES:
        text = json.dumps(json_schema(item_class), indent=2, ensure_ascii=False)
        path = root / "schemas" / f"{type_of(item_class)}.schema.json"
        path.write_text(text + "\n", encoding="utf-8")
    (root / "docs" / "records.md").write_text(dictionary(), encoding="utf-8")


def dictionary() -> str:
    """Return the data dictionary as Markdown."""
    parts = [_PREFACE]
    for item_class in _FILES:
        schema = json_schema(item_class)
        name = type_of(item_class)
        parts.append(f"\n## {name}\n\n{item_class.__doc__}\n\n{_table(schema)}")
    definitions = {
        name: d for cls in _FILES for name, d in json_schema(cls).get("$defs", {}).items()
    }
    for name, definition in definitions.items():
        parts.append(f"\n## {name}\n\n{definition['description']}\n\n{_table(definition)}")
    return "".join(parts)


def _table(schema: dict[str, Any]) -> str:
    rows = [
        f"| `{name}` | {_type(prop)} | {prop.get('description', '')} |"
        for name, prop in schema["properties"].items()
    ]
    return "\n".join(["| key | type | meaning |", "|---|---|---|", *rows]) + "\n"


def _type(prop: dict[str, Any]) -> str:
    if "anyOf" in prop:
        return " or ".join(_type(option) for option in prop["anyOf"])
    if "enum" in prop:
        return " \\| ".join(f"`{value}`" for value in prop["enum"] if value is not None) + (
            " or null" if None in prop["enum"] else ""
        )
    if "$ref" in prop:
        return str(prop["$ref"]).rpartition("/")[2]
    if prop.get("type") == "array":
        return f"list of {_type(prop['items'])}"
    if prop.get("type") == "object":
        return f"object of {_type(prop['additionalProperties'])}"
    return str(prop.get("format", prop.get("type", "")))


def main() -> None:
    """Write all files that are made from the items, in the current checkout."""
    write(Path(__file__).parents[1])


if __name__ == "__main__":
    main()
