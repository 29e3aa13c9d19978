"""How a place in an archive is named."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from shio_scraper.items import ArchivePosition

OPEN: Final = ".open"
"""The end of the name of a file that is being written."""


def shown(path: Path) -> str:
    """Return a file's path as text: names are bytes, and need not be UTF-8."""
    return os.fsencode(path).decode("utf-8", "replace")


def place(path: Path, offset: int, length: int, record_id: str) -> ArchivePosition:
    """Return a place in the file ``path``; ``offset`` and ``length`` are in bytes."""
    name = shown(Path(path.name))
    return ArchivePosition(file=name, offset=offset, length=length, record_id=record_id)
