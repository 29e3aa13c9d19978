"""Runs: one crawl, one folder."""

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
"""The files of a run that grow line by line, and what their lines are."""
logger = logging.getLogger(__name__)

NEW: Final = ".new"
"""The end of the name of a file that is being written; a killed crawl leaves it behind."""
_BEGAN = "%Y%m%dT%H%M%SZ"
_held: dict[Path, int] = {}
"""The descriptors that hold this process's locks."""


def create(data: str, spider: str, after: datetime | None = None) -> Path:
    """Create the folder of a new run below ``data`` and return it. Raises ``OSError``.

    A run stands in time where its name says: ``after`` the run before, though the clock went back.
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
    """Take the run in ``folder`` for this process; ``False`` where another one works on it.

    The lock is let go when the process ends, however it ends.
    """
    for pause in (0.05, 0.05, 0):  # who only looks has it for a moment
        held = _locked(folder)
        if held is not None:
            _held[folder.absolute()] = held
            return True
        sleep(pause)
    return False


def unlock(folder: Path) -> None:
    """Let go of the run in ``folder``."""
    held = _held.pop(folder.absolute(), None)
    if held is not None:
        os.close(held)


def is_locked(folder: Path) -> bool:
    """Tell whether a process works on the run in ``folder``."""
    if not folder.is_dir():
        return False
    held = _locked(folder)
    if held is not None:
        os.close(held)
    return held is None


def _locked(folder: Path) -> int | None:
    """Return the descriptor that holds the lock; ``None`` where another process has it."""
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        return None
    return held


def began(folder: Path) -> datetime:
    """Return when a run began, as its folder's name tells (UTC). Raises ``ValueError``."""
    return datetime.strptime(folder.name.partition("-")[0], _BEGAN).replace(tzinfo=UTC)


def all_below(data: Path) -> list[Path]:
    """Return the folders of all runs below ``data``, the oldest first."""
    return sorted(path for path in (data / "runs").glob("*/") if path.is_dir())


def point_to_latest(folder: Path) -> None:
    """Let ``latest`` in the data folder point to the run in ``folder``, unless to a newer one.

    Two runs may end at once: they look and point one after the other. Raises ``OSError``.
    """
    data = folder.parents[1]
    link, held = data / "latest", os.open(data, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        if link.is_symlink() and link.readlink().name >= folder.name:
            return
        new = link.with_name(f".latest-{folder.name}")
        new.unlink(missing_ok=True)
        new.symlink_to(Path("runs") / folder.name)
        new.replace(link)
    finally:
        os.close(held)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that is whole, and on the disk, or not there. Raises ``OSError``."""
    new = path.with_name(f"{path.name}{NEW}")
    with new.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(path)


def is_output(path: Path) -> bool:
    """Tell whether ``path`` is a file of records that a run wrote, not of pages to read."""
    return path.name in FILES and path.parent.parent.name == "runs"
