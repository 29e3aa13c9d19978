"""Archive files that a killed process left open → closed ones, up to their last whole record."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from pathlib import Path

from shio_scraper.archives.places import OPEN
from shio_scraper.archives.warc import last_whole_record
from shio_scraper.archives.writer import seal


def seal_left_open(folder: Path) -> Iterator[tuple[Path, int]]:
    """Seal what lies open below ``folder`` and no process writes to any more.

    Yield each file's new path and how many bytes of a record cut off at its end were
    dropped. A file without a whole record is removed. Raises ``OSError``.
    """
    for path in sorted(folder.glob(f"*/archive/*.warc.gz{OPEN}")):
        with path.open("r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            whole, size = last_whole_record(path), path.stat().st_size
            file.truncate(whole)
            if whole:
                yield seal(path), size - whole
            else:
                path.unlink()
