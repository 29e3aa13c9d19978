"""Runs: each crawl has one folder, its run."""

from __future__ import annotations

import fcntl
import logging
import os
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from time import sleep
from typing import Final

from shio_scraper.items import RECORD_FILES, AuditEvent, PageLayout, RecordType, Reject, Remark

FILES: Final[dict[str, type[RecordType | Remark]]] = {
    f"{name}.jsonl": item_class
    for name, item_class in {
        **RECORD_FILES, "rejects": Reject, "audit": AuditEvent, "layouts": PageLayout
    }.items()
}  # fmt: skip
"""Name of each file of a run that grows line by line → the class of its lines."""
logger = logging.getLogger(__name__)

NEW: Final = ".new"
"""The suffix of a file that is being written. A killed crawl leaves such a file behind."""
_BEGAN = "%Y%m%dT%H%M%SZ"
_held: dict[Path, int] = {}
"""Run folder → the file descriptor that holds this process's lock on the run."""


def create(data: str, spider: str, after: datetime | None = None) -> Path:
    """Create the folder of a new run below ``data`` and return it. Raises ``OSError``.

    The folder's name is the time at which the run begins. It is later than ``after``, the time of
    the run before, even if the clock went back.
    """
    now = datetime.now(UTC)
    if after and after > now:
        now = after + timedelta(seconds=1)
        logger.warning("The clock went back: this run follows the one before, of %s", after)
    began = now.strftime(_BEGAN)
    for attempt in count(1):
        folder = Path(data) / "runs" / f"{began}-{spider}{f'-{attempt}' if attempt > 1 else ''}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        return folder
    raise AssertionError


def lock(folder: Path) -> bool:
    """Lock the run in ``folder`` for this process. Return ``False`` if another process has it.

    The system releases the lock when the process ends, however it ends.
    """
    for pause in (0.05, 0.05, 0):  # ``is_locked`` in another process holds the lock for a moment
        descriptor = _locked(folder)
        if descriptor is not None:
            _held[folder.absolute()] = descriptor
            return True
        sleep(pause)
    return False


def unlock(folder: Path) -> None:
    """Release the lock on the run in ``folder``."""
    descriptor = _held.pop(folder.absolute(), None)
    if descriptor is not None:
        os.close(descriptor)


def is_locked(folder: Path) -> bool:
    """Tell whether a process works on the run in ``folder``."""
    if not folder.is_dir():
        return False
    descriptor = _locked(folder)
    if descriptor is not None:
        os.close(descriptor)
    return descriptor is None


def _locked(folder: Path) -> int | None:
    """Lock ``folder`` and return the descriptor of the lock; ``None`` if another process has it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def began(folder: Path) -> datetime:
    """Return when a run began, from its folder's name (UTC). Raises ``ValueError``."""
    return datetime.strptime(folder.name.partition("-")[0], _BEGAN).replace(tzinfo=UTC)


def all_below(data: Path) -> list[Path]:
    """Return the folders of all runs below ``data``, the oldest first."""
    return sorted(path for path in (data / "runs").glob("*/") if path.is_dir())


def point_to_latest(folder: Path) -> None:
    """Make ``latest`` in the data folder point to the run in ``folder``, unless it is older.

    If ``latest`` points to a newer run, it stays. A lock keeps two runs that end at the same time
    apart. Raises ``OSError``.
    """
    data = folder.parents[1]
    link, descriptor = data / "latest", os.open(data, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if link.is_symlink() and link.readlink().name >= folder.name:
            return
        new = link.with_name(f".latest-{folder.name}")
        new.unlink(missing_ok=True)
        new.symlink_to(Path("runs") / folder.name)
        new.replace(link)
    finally:
        os.close(descriptor)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file atomically and durably: afterwards it is whole or absent. Raises ``OSError``."""
    new = path.with_name(f"{path.name}{NEW}")
    with new.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(path)


def is_output(path: Path) -> bool:
    """Tell whether ``path`` is a file that a run wrote. Such a file holds no pages to read."""
    return path.name in FILES and path.parent.parent.name == "runs"
