"""Judges rows of tables of records: found, missed or made up, and their cells.

The label ``tables`` lists the tables that the page should give, each with:

- ``columns``: the headers in their order, null for a column without one;
- ``rows``: for each row the list of its cells' texts;
- ``reference``, ``date`` and ``status``: the numbers of these columns, if there are such;
- ``days``: text of a cell in the column of dates → its day in ISO 8601.

A record that is a list of labels and values is a table of its own, of ``cards``. It is found by its
reference. ``maybe`` lists the cells of further rows that may be given and do not count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from quality.sample import Json
from quality.sites.judging import Share, fold
from shio_scraper import Examination


def judge_rows(found: Examination, want: Json) -> Mapping[str, Share]:
    """Return the shares of a page's rows."""
    given: list[Any] = [record for record in found.records if str(record.type) == "row"]
    left = list(given)
    shares: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for table in want["tables"]:
        for cells in table["rows"]:
            _compare(shares, table, cells, _take(left, table, cells))
    for cells in want.get("maybe", ()):
        if row := _take(left, {}, cells):
            given.remove(row)
    hits = shares["recall"][0]
    shares["precision"] = [hits, len(given)]
    return {name: (reached, of) for name, (reached, of) in shares.items()}


def _take(left: list[Any], table: Json, cells: Sequence[str]) -> Any:
    """Remove the row with these cells from ``left`` and return it. Find a card by its reference."""
    if table.get("cards") and "reference" in table:
        wanted = fold(cells[table["reference"]])
        found = next((row for row in left if fold(row.reference or "") == wanted), None)
    else:
        found = next((row for row in left if _of(row.columns.values()) == _of(cells)), None)
    if found:
        left.remove(found)
    return found


def _compare(shares: dict[str, list[float]], table: Json, cells: Sequence[str], row: Any) -> None:
    def count(name: str, *, right: bool) -> None:
        shares[name][0] += right
        shares[name][1] += 1

    count("recall", right=row is not None)
    for name in ("reference", "date", "status"):
        column = table.get(name)
        if column is None or not (text := fold(cells[column])):
            continue
        value = getattr(row, "status_text" if name == "status" else name, None)
        if name == "date":
            count(name, right=value is not None and str(value) == table["days"].get(cells[column]))
        else:
            value = fold(value or "")
            count(
                name,
                right=value == text
                or (name == "reference" and value != "" and text.startswith(value)),
            )
    if row:
        names = [fold(name or "") for name in table["columns"]]
        right = {(n, fold(c)) for n, c in zip(names, cells, strict=True) if n and fold(c)}
        got = {(fold(name), fold(cell)) for name, cell in row.columns.items()}
        count("columns", right=right <= got)


def _of(cells: Iterable[str]) -> str:
    """Return the words of a row's cells, which tell it from other rows."""
    return " ".join(filter(None, map(fold, cells)))
