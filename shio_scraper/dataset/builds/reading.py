"""A build, read back: the rows of its tables, whatever its formats."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import msgspec

from shio_scraper.dataset.builds import jsonl, sqlite
from shio_scraper.dataset.builds.columns import Row, Table
from shio_scraper.dataset.builds.error import BuildError
from shio_scraper.dataset.builds.folder import PACKAGE


class Build:
    """A build in a folder. Raises ``BuildError`` where it is none."""

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
        lines = self.folder / f"{table.name}.jsonl"
        if lines.exists():
            return jsonl.read(lines)
        if (self.folder / sqlite.NAME).exists():
            return sqlite.read(self.folder / sqlite.NAME, table)
        if not (self.folder / f"{table.name}.parquet").exists() and not self._names(table):
            return iter(())
        return self._parquet(table)

    def _names(self, table: Table) -> bool:
        """Tell whether the build names a file of a table: one without rows may have none."""
        package = msgspec.json.decode((self.folder / PACKAGE).read_bytes())
        paths = {Path(resource["path"]) for resource in package.get("resources", ())}
        return table.name in {path.stem for path in paths}

    def _parquet(self, table: Table) -> Iterator[Row]:
        if find_spec("pyarrow") is None:
            raise BuildError("Parquet needs more: pip install 'shio-scraper[dataset]'")
        from shio_scraper.dataset.builds import parquet  # noqa: PLC0415  (optional)

        return parquet.read(self.folder / f"{table.name}.parquet")
