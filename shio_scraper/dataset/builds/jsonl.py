"""Rows → JSON Lines, and back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Self

import msgspec

from shio_scraper.dataset.builds.columns import Row, Table


class Writer:
    """A file for each table that has a row. Raises ``OSError``.

    Of no lines nobody could tell the columns: readers refuse such a file, or guess.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._encoder = msgspec.json.Encoder()
        self._files: dict[str, IO[bytes]] = {}

    def add(self, table: Table, rows: list[Row]) -> None:
        """Add rows to a table."""
        if table.name not in self._files:
            file = (self._folder / f"{table.name}.jsonl").open("wb")
            self._files[table.name] = self._stack.enter_context(file)
        self._files[table.name].write(self._encoder.encode_lines(rows))

    def finish(self) -> None:
        """Write what closes the files."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def read(path: Path) -> Iterator[Row]:
    """Yield the rows of a file."""
    decoder = msgspec.json.Decoder(dict[str, Any])
    with path.open("rb") as stream:
        yield from map(decoder.decode, stream)
