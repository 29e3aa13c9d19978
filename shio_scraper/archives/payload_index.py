"""Which payloads were captured before, and where. Needed to write ``revisit`` records."""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from shio_scraper.archives.records import records_in
from shio_scraper.archives.sources import OPEN, REFERS_TO_FILE, place
from shio_scraper.items import ArchivePosition

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS {}.payloads (
    digest TEXT PRIMARY KEY, url TEXT, date TEXT, folder TEXT,
    file TEXT, offset INTEGER, length INTEGER, record_id TEXT
) WITHOUT ROWID
"""
_GZIP: Final = 31
"""zlib's ``wbits`` for gzip."""
_HEAD: Final = 1 << 12
"""Compressed bytes at the start of a record that are enough to contain its id."""


@dataclass(frozen=True, slots=True)
class FirstCapture:
    """The first capture of a payload: its ``WARC-Target-URI``, ``WARC-Date``, place and digest."""

    url: str
    date: str
    folder: Path
    position: ArchivePosition
    digest: str


class Kept(NamedTuple):
    """When a response was captured, and the capture that holds its payload.

    It stands in ``request.meta["kept"]``.
    """

    fetched_at: datetime
    capture: FirstCapture | None
    record_id: str | None = None
    """The id of the response's own record, which may be a ``revisit``."""

    @property
    def position(self) -> ArchivePosition | None:
        """The place of the payload."""
        return self.capture.position if self.capture else None


class PayloadIndex:
    """Payload digest → first capture. Stored on disk, so memory does not grow with the captures.

    The captures of the run itself are in a temporary file. ``known`` is a file with the captures of
    earlier runs. ``is_settled`` tells, by a run's folder, whether the archive of that run will stay
    as it is. If the file ``known`` cannot be used, ``trouble`` says why, and the run does without
    it. Raises ``sqlite3.Error``.
    """

    def __init__(
        self, known: Path | None = None, is_settled: Callable[[Path], bool] = Path.is_dir
    ) -> None:
        self.trouble: str | None = None
        self._is_settled = is_settled
        self._base = known.absolute().parent if known else Path("/")
        self._database = sqlite3.connect("", timeout=30, isolation_level=None)
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute(_TABLE.format("main"))
        self._is_shared = False
        if known:
            with self._telling():
                self._database.execute("ATTACH ? AS known", (str(known),))
                self._database.execute("PRAGMA known.journal_mode = WAL")
                self._database.execute(_TABLE.format("known"))
                self._is_shared = True

    def find(self, digest: str) -> FirstCapture | None:
        """Return the first capture of a payload, unless that capture no longer exists."""
        if capture := self._find("main", digest):
            return capture
        if self._is_shared:
            with self._telling():
                first = self._find("known", digest)
                if first and self._is_settled(first.folder.parent) and is_there(first):
                    return first
        return None

    def add(self, first: FirstCapture) -> None:
        """Store the first capture of a payload in this run."""
        folder = os.path.relpath(
            first.folder.absolute(), self._base
        )  # the whole data folder may move
        row = (first.digest, first.url, first.date, folder, *astuple(first.position))
        self._database.execute(
            "INSERT OR REPLACE INTO main.payloads VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row
        )

    def hand_on(self) -> None:
        """Store this run's captures for later runs: all of them, or none if it fails."""
        if self._is_shared:
            with self._telling():
                self._database.execute(
                    "INSERT OR REPLACE INTO known.payloads SELECT * FROM main.payloads"
                )

    def close(self) -> None:
        """Close the database. The temporary file is deleted."""
        self._database.close()

    def _find(self, table: str, digest: str) -> FirstCapture | None:
        query = f"SELECT * FROM {table}.payloads WHERE digest = ?"  # noqa: S608
        row = self._database.execute(query, (digest,)).fetchone()
        if row is None:
            return None
        _, url, date, folder, file, offset, length, record_id = row
        position = ArchivePosition(file=file, offset=offset, length=length, record_id=record_id)
        place = Path(os.path.normpath(self._base / folder))
        return FirstCapture(url, date, place, position, digest)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Use the captures of earlier runs. After an error, set ``trouble`` and do without them."""
        try:
            yield
        except sqlite3.Error as error:
            self._is_shared = False
            self.trouble = str(error)


def refill(index: PayloadIndex, folder: Path) -> set[str]:
    """Add the captures in the closed archive files of ``folder``.

    Return the names of the files that their revisits refer to. Raises ``OSError``.
    """
    files = set()
    for path in sorted(folder.glob("*.warc.gz")):
        for record in records_in(path):
            files.add(record.fields.get(REFERS_TO_FILE.lower(), ""))
            if record.fields.get("warc-type") == "response":
                first = FirstCapture(
                    url=record.fields.get("warc-target-uri", ""),
                    date=record.fields.get("warc-date", ""),
                    folder=path.parent,
                    position=place(path, record.offset, record.length, record.record_id),
                    digest=record.fields.get("warc-payload-digest", ""),
                )
                index.add(first)
    return files - {""}


def is_there(first: FirstCapture) -> bool:
    """Tell whether a capture's file still holds the capture.

    A resumed run may have cut the capture off, and another run's file may have the name now.
    """
    file, position = first.folder / first.position.file, first.position
    for path in (file, file.with_name(f"{file.name}{OPEN}")):
        with suppress(FileNotFoundError), path.open("rb") as stream:
            if os.fstat(stream.fileno()).st_size < position.offset + position.length:
                return False
            stream.seek(position.offset)
            with suppress(zlib.error):
                head = zlib.decompressobj(_GZIP).decompress(stream.read(_HEAD), _HEAD)
                return position.record_id.encode() in head
            return False
    return False
