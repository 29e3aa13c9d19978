"""The columns: made from the items, and never removed or retyped without a version."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from shio_scraper.dataset.builds.columns import TABLES, VERSION, Column, History
from shio_scraper.items import RECORDS

RECORDED = Path(__file__).parent / "recorded"


def test_every_field_is_a_column_in_its_order() -> None:
    history = [field.name for field in fields(History)]
    for table, item in zip(TABLES, RECORDS, strict=True):
        names = [column.name for column in table.columns]
        assert names == [field.name for field in fields(item)] + history


def test_every_column_says_what_it_means() -> None:
    silent = {column.name for table in TABLES for column in table.columns if not column.description}
    assert silent == {"type"}


def test_no_column_is_removed_or_retyped_without_a_version() -> None:
    """Where this fails: raise ``VERSION``, or put back what was taken away.

    The columns of a new version, and new columns, are recorded by this test's first run,
    which fails, so that a person reads them.
    """
    path = RECORDED / f"v{VERSION}.json"
    now = {table.name: {c.name: typed(c) for c in table.columns} for table in TABLES}
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    assert not lost(before, now)
    if before != now:
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(now, indent=2) + "\n", encoding="utf-8")
        pytest.fail(f"{path} was written: read what is new, and commit it")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ({"t": {"a": "text", "b": {"c": "whole"}, "d": "date"}}, []),
        ({"t": {"a": "text"}}, ["t.b"]),
        ({"t": {"a": "number", "b": {"c": "whole"}}}, ["t.a"]),
        ({"t": {"a": "text", "b": {}}}, ["t.b.c"]),
        ({"t": {"a": "text", "b": "struct"}}, ["t.b"]),
        ({}, ["t"]),
    ],
)
def test_what_counts_as_lost(now: dict[str, Any], expected: list[str]) -> None:
    assert lost({"t": {"a": "text", "b": {"c": "whole"}}}, now) == expected


def test_every_version_is_recorded() -> None:
    assert sorted(path.stem for path in RECORDED.iterdir()) == sorted(
        f"v{number}" for number in range(1, VERSION + 1)
    )


def lost(before: dict[str, Any], now: dict[str, Any], where: str = "") -> list[str]:
    """Return what was there before and is not, or is of another type."""
    found = []
    for name, kind in before.items():
        if isinstance(kind, dict) and isinstance(now.get(name), dict):
            found += lost(kind, now[name], f"{where}{name}.")
        elif now.get(name) != kind:
            found.append(f"{where}{name}")
    return found


def typed(column: Column) -> Any:
    """Return a column's type, nested as it is."""
    if column.element:
        return {"list of": typed(column.element)}
    if column.fields:
        return {field.name: typed(field) for field in column.fields}
    return f"{column.kind} or null" if column.is_nullable else column.kind
