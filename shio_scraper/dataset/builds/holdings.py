"""What a build holds: counted as its rows go by."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from shio_scraper.dataset.builds.columns import Row, Table


@dataclass
class Count:
    """What a table holds."""

    rows: int = 0
    gone: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    layouts: Counter[str] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    """Rows with a value, an empty list being none, by column."""
    months: Counter[str] = field(default_factory=Counter)
    """Rows by ``YYYY-MM``; those without a date are not in it."""
    relations: Counter[str] = field(default_factory=Counter)
    """Rows that have a link, by its relation."""
    flags: Counter[str] = field(default_factory=Counter)
    """Rows in which a column that is true or false is true."""

    def add(self, table: Table, row: Row) -> None:
        """Count a row."""
        self.rows += 1
        self.gone += row["gone"]
        self.languages[row["language"]] += 1
        self.layouts[row["provenance"]["layout"]] += 1
        self.filled.update(name for name, value in row.items() if value not in (None, [], ""))
        self.flags.update(name for name, value in row.items() if value is True)
        self.relations.update({link["relation"] for link in row["same_as"]})
        if table.day and (day := row.get(table.day)):
            self.months[str(day)[:7]] += 1


class Holdings:
    """The counts of all tables, and the time between which captures were made."""

    def __init__(self, tables: tuple[Table, ...]) -> None:
        self.tables = tables
        self.counts = {table.name: Count() for table in tables}
        self.first: datetime | None = None
        self.last: datetime | None = None

    def add(self, table: Table, rows: list[Row]) -> None:
        """Count rows of a table."""
        count = self.counts[table.name]
        for row in rows:
            count.add(table, row)
        firsts, lasts = ([row[name] for row in rows] for name in ("first_seen", "last_seen"))
        self.first = min(filter(None, [self.first, *firsts]), default=None)
        self.last = max(filter(None, [self.last, *lasts]), default=None)

    @property
    def rows(self) -> int:
        """The number of all rows."""
        return sum(count.rows for count in self.counts.values())
