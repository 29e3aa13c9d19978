"""What differs between two builds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from shio_scraper.dataset.builds.columns import TABLES, Row, Table
from shio_scraper.dataset.builds.formats import Build
from shio_scraper.runs.content import content_names, is_same

_ALSO: Final = ("gone", "same_as")
"""What counts beside a record's content."""


def diff(old: Build, new: Build, *, everything: bool = False) -> Iterator[dict[str, Any]]:
    """Yield what was added, removed and changed, by table and key.

    Compared are the fields of the content hash, ``gone`` and ``same_as``; all of them with
    ``everything``. Raises ``BuildError``.
    """
    for table in TABLES:
        for before, now in _side_by_side(old.rows(table), new.rows(table)):
            if told := _told(table, before, now, everything=everything):
                yield told


def _side_by_side(
    old: Iterator[Row], new: Iterator[Row]
) -> Iterator[tuple[Row | None, Row | None]]:
    """Yield the rows of a key in both, in key order."""
    before, now = next(old, None), next(new, None)
    while before or now:
        if now is None or (before and before["key"] < now["key"]):
            yield before, None
            before = next(old, None)
        elif before is None or now["key"] < before["key"]:
            yield None, now
            now = next(new, None)
        else:
            yield before, now
            before, now = next(old, None), next(new, None)


def _told(
    table: Table, before: Row | None, now: Row | None, *, everything: bool
) -> dict[str, Any] | None:
    row = now or before or {}
    told = {"type": table.kind, "key": row["key"]}
    if before is None:
        return {"change": "added", **told, "record": now}
    if now is None:
        return {"change": "removed", **told, "record": before}
    fields = {
        name: {"old": before.get(name), "new": now.get(name)}
        for name in _compared(table, before, now, everything=everything)
        if not is_same(name, before, now)
    }
    return {"change": "changed", **told, "fields": fields} if fields else None


def _compared(table: Table, before: Row, now: Row, *, everything: bool) -> list[str]:
    if everything:
        return list(before | now)
    return [*content_names(table.kind), *_ALSO]
