"""Archives → captures. A reader for each format; a file's name tells which.

A reader takes a path and yields captures, or a ``Reject`` for what it cannot read;
it streams, so that a large archive needs no more memory than a small one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from glob import glob
from pathlib import Path
from typing import Final, TypeAlias

from shio_scraper.archives.saved import read_html, read_text
from shio_scraper.items import Reject
from shio_scraper.pages import Capture

Reader: TypeAlias = Callable[[Path], Iterator[Capture | Reject]]

READERS: Final[dict[str, Reader]] = {
    ".html": read_html,
    ".htm": read_html,
    ".txt": read_text,
}
"""The end of a file's name → its reader."""


def files(pattern: str) -> Iterator[Path]:
    """Yield the files that a path, a glob or a folder names, in order of their names."""
    named = Path(pattern)
    matches = [named] if named.exists() else _matches(pattern)
    for match in matches:
        inside = sorted(match.rglob("*")) if match.is_dir() else [match]
        yield from (path for path in inside if not path.is_dir())


def _matches(pattern: str) -> list[Path]:
    # Path.glob takes no absolute pattern.
    return sorted(map(Path, glob(pattern, recursive=True)))  # noqa: PTH207


def read(path: Path) -> Iterator[Capture | Reject]:
    """Yield the captures in the file ``path``."""
    reader = reader_of(path)
    if reader is None:
        raise ValueError(f"no reader for {path}")
    return reader(path)


def reader_of(path: Path) -> Reader | None:
    """Return the reader for a file of this name."""
    name = path.name.lower()
    return next((reader for end, reader in READERS.items() if name.endswith(end)), None)
