"""Parts → the files of records, each record once: the first in the order of the input."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from shio_scraper.bulk.part import Line
from shio_scraper.items import RECORD_FILES, Reject, type_of

if TYPE_CHECKING:
    from typing import Self

_SEEN: Final = """
PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF; PRAGMA cache_size = -65536; BEGIN;
CREATE TABLE seen (identity BLOB PRIMARY KEY) WITHOUT ROWID;
"""
FILES: Final[dict[str, type[Any]]] = {**RECORD_FILES, "rejects": Reject}
"""The files, by the stem of their names, and what each holds."""
_OF_TYPE: Final = {type_of(item): name for name, item in FILES.items()}


class Writer(Protocol):
    """Writes the files of a format in a folder; a context manager that puts them in place."""

    def add(self, name: str, json: bytes) -> None:
        """Add a record to the file of that name."""
        ...

    def finish(self) -> None:
        """Write the files' ends."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


def merge(lines: Iterable[Line], writer: Writer) -> Counter[str]:
    """Write every line once, and return how many of each kind there were."""
    counts: Counter[str] = Counter()
    with closing(sqlite3.connect("", isolation_level=None)) as seen:
        seen.executescript(_SEEN)
        for line in lines:
            if line.identity is not None and not _is_new(seen, line.identity):
                counts[f"duplicates/{line.kind}"] += 1
                continue
            name = file_of(line.kind)
            writer.add(name, line.json)
            counts[name] += 1
            if line.kind == "reject":
                counts[f"rejects/{msgspec.json.decode(line.json, type=Reject).reason}"] += 1
    writer.finish()
    return counts


def file_of(kind: str) -> str:
    """Return the stem of the file that holds records of a type."""
    return _OF_TYPE[kind]


def _is_new(seen: sqlite3.Connection, identity: bytes) -> bool:
    return seen.execute("INSERT OR IGNORE INTO seen VALUES (?)", (identity,)).rowcount == 1


class JsonLines:
    """A file of lines for each kind of record."""

    def __init__(self, folder: Path) -> None:
        self._stack = ExitStack()
        self._files = {
            name: self._stack.enter_context((folder / f"{name}.jsonl").open("wb")) for name in FILES
        }

    def add(self, name: str, json: bytes) -> None:
        """Add a record to the file of that name."""
        self._files[name].write(json + b"\n")

    def finish(self) -> None:
        """Write what waits."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
