"""The files of a run that grow: makes them durable, and cuts them back after a crash.

After a crash the files of a run hold more than the frontier acknowledged. The run does the rest
again, so the files are cut back to the acknowledged lengths before the run goes on.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Final, Protocol

from shio_scraper.archives.sources import OPEN

_GROWING: Final = ("*.jsonl", "archive/*.warc.gz", f"archive/*.warc.gz{OPEN}")


class Output(Protocol):
    """One file, or several files one after the other, to which a run appends."""

    def sync(self) -> dict[Path, int]:
        """Make written data durable, and return the length of each file. Raises ``OSError``."""
        ...


class WholeLines:
    """A file of whole lines: a failed write leaves no part of a line behind.

    A write fails, too, if somebody removed the open file, because nobody could read the line.
    """

    def __init__(self, path: Path, mode: str = "ab") -> None:
        self.name = str(path)
        self._path = path
        self._mode = mode
        self._file: FileIO | None = None
        self._dirty = False
        with suppress(OSError):  # ``write`` raises the same error where it can be handled
            self._open()

    def write(self, line: bytes) -> int:
        """Write ``line`` whole, or raise ``OSError`` and leave the file as it was."""
        file = self._file or self._open()
        if not os.fstat(file.fileno()).st_nlink:
            raise FileNotFoundError(None, "it was removed", self.name)
        start = file.tell()
        rest = memoryview(line)
        self._dirty = True
        try:
            while rest:
                rest = rest[file.write(rest) :]
        except OSError:
            with suppress(OSError):
                file.truncate(start)
            raise
        return len(line)

    def sync(self) -> dict[Path, int]:
        """Make written data durable, and return the file's length. Raises ``OSError``."""
        if not self._dirty or self._file is None or self._file.closed:
            return {}
        os.fsync(self._file.fileno())
        self._dirty = False
        return {self._path: self._file.tell()}

    def _open(self) -> FileIO:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = FileIO(self._path, self._mode)
        return self._file

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()


class Outputs:
    """The outputs of one run. ``broken`` is true if something could not be written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._outputs: list[Output] = []
        self.broken = False
        self._written: dict[bytes, bytes] = {}

    def note(self, identity: bytes, digest: bytes) -> None:
        """Note the identity of a written record, and the hash of its content."""
        self._written[identity] = digest

    def noted(self) -> dict[bytes, bytes]:
        """Return the notes since the last call: identity → content hash."""
        noted, self._written = self._written, {}
        return noted

    def register(self, output: Output) -> None:
        """Add an output of the run."""
        self._outputs.append(output)

    def sync(self) -> dict[str, int]:
        """Make the written data of all outputs durable. Raises ``OSError``.

        Return path below the folder → length in bytes of each file that grew.
        """
        return {
            path.absolute().relative_to(self._folder).as_posix(): length
            for output in self._outputs
            for path, length in output.sync().items()
        }


def cut_back(folder: Path, lengths: Mapping[str, int]) -> int:
    """Cut the files of the run in ``folder`` back to ``lengths``. Return the dropped bytes.

    An archive file without an acknowledged byte is removed. Raises ``OSError`` if a file is missing
    or shorter than acknowledged.
    """
    dropped = 0
    files = {_name(path, folder): path for path in growing(folder)}
    for name, length in lengths.items():
        if length and name not in files and not Path(name).is_absolute():
            raise OSError(None, "is gone", folder / name)
    for name, path in sorted(files.items()):
        length, size = lengths.get(name, 0), path.stat().st_size
        if size < length:
            raise OSError(None, f"holds {size} bytes, less than the {length} acknowledged", path)
        dropped += size - length
        if not length and path.suffix != ".jsonl":
            path.unlink()
        elif size > length:  # a file of the right length may be read-only, if its run ended
            os.truncate(path, length)
    return dropped


def growing(folder: Path) -> list[Path]:
    """Return the files in ``folder`` to which the run appends."""
    return [path for pattern in _GROWING for path in folder.glob(pattern)]


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix().removesuffix(OPEN)
