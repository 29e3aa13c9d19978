"""Parquet files of records, with the columns of the dataset's builds. Needs ``pyarrow``."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from shio_scraper.bulk.merging import FILES
from shio_scraper.dataset.builds import arrow
from shio_scraper.dataset.builds.columns import Row, Table

if TYPE_CHECKING:
    from typing import Self

_BATCH: Final = 500
"""Rows that wait to become columns."""


class ParquetFiles:
    """A Parquet file for each kind of record."""

    def __init__(self, folder: Path) -> None:
        self._tables = {name: Table(name, item, history=None) for name, item in FILES.items()}
        self._decoders = {name: msgspec.json.Decoder(item) for name, item in FILES.items()}
        self._waiting: dict[str, list[Row]] = {name: [] for name in FILES}
        self._writer = arrow.ParquetWriter(folder, tuple(self._tables.values()))

    def add(self, name: str, json: bytes) -> None:
        """Add a record to the file of that name."""
        record = self._decoders[name].decode(json)
        waiting = self._waiting[name]
        waiting.append(msgspec.to_builtins(record, builtin_types=(date, datetime)))
        if len(waiting) >= _BATCH:
            self._write(name)

    def finish(self) -> None:
        """Write what waits, and the files' ends."""
        for name, waiting in self._waiting.items():
            if waiting:
                self._write(name)
        self._writer.finish()

    def _write(self, name: str) -> None:
        self._writer.add(self._tables[name], self._waiting[name])
        self._waiting[name] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.__exit__()
