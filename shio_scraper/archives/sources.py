"""Where an archive's bytes lie: a file, or an entry of a ZIP; how a place in it is named."""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Final, cast
from zipfile import ZIP_STORED, BadZipFile, ZipExtFile, ZipFile, ZipInfo

from shio_scraper.items import ArchivePosition

OPEN: Final = ".open"
"""The end of the name of a file that is being written."""
PRUNED: Final = "pruned.json"
"""The file in the folder of a run that was removed, all but this and what others need of it."""
REFERS_TO_FILE: Final = "WARC-Refers-To-Filename"
REFERS_TO_OFFSET: Final = "WARC-Refers-To-File-Offset"
"""Where the record lies that a revisit refers to: extensions, Heritrix's."""
_LOCAL: Final = struct.Struct("<26xHH")
"""Of a ZIP's local file header: the lengths of the name and of the extra field."""
_CATALOGUE: Final = 1 << 22
"""Bytes of a ZIP's catalogue at most: some 50,000 entries."""
_MEMBERS: Final = 10_000
"""WARC files of a ZIP at most."""
WARCS: Final = (".warc", ".warc.gz", ".warc.zst")
_ENCRYPTED: Final = 1


class TooLargeError(OSError):
    """A ZIP with more in it than is read."""


@dataclass(frozen=True, slots=True)
class Source:
    """An archive file at ``path``; with ``inner``, the entry of that name in the ZIP there."""

    path: Path
    inner: str = ""

    @property
    def file(self) -> str:
        """The name in ``ArchivePosition``: without what says that a file is still open.

        A file in a ZIP has its own, so that packing moves no position.
        """
        return shown(Path(Path(self.inner or self.path).name)).removesuffix(OPEN)

    @property
    def shown(self) -> str:
        """The name for the user."""
        return f"{shown(self.path)}/{self.inner}" if self.inner else shown(self.path)

    def open(self) -> BinaryIO:
        """Open it, seekable. Raises ``OSError``."""
        if not self.inner:
            return self.path.open("rb")
        info = members(self.path).get(self.inner)
        if info is None:
            raise OSError(0, f"no {self.inner} in it")
        file = self.path.open("rb")
        try:
            return _entry(file, self.path, info)
        except (BadZipFile, NotImplementedError) as error:
            file.close()
            raise OSError(0, f"{self.inner}: {error}") from error


def members(path: Path) -> dict[str, ZipInfo]:
    """Return the WARC files in a ZIP, by name and in its order.

    Raises ``OSError``, also where it is no ZIP, and ``TooLargeError``.
    """
    there = path.stat()
    return _members(path, (there.st_ino, there.st_size, there.st_mtime_ns))


@lru_cache(maxsize=4)
def _members(path: Path, _version: tuple[int, ...]) -> dict[str, ZipInfo]:
    try:
        with _Catalogue(path) as file, ZipFile(file) as container:
            infos = container.infolist()
    except (BadZipFile, NotImplementedError, ValueError) as error:
        raise OSError(0, str(error)) from error
    found = {info.filename: info for info in infos if info.filename.endswith(WARCS)}
    if len(found) > _MEMBERS:
        raise TooLargeError(0, f"{len(found)} WARC files, more than {_MEMBERS}")
    return found


class _Catalogue(io.FileIO):
    """A ZIP of which ``zipfile`` reads the catalogue, which it does in one piece."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read, but no more than a catalogue may have."""
        if size is not None and size > _CATALOGUE:
            raise TooLargeError(0, f"a catalogue of {size} bytes, more than {_CATALOGUE}")
        return super().read(size)


def _entry(file: BinaryIO, path: Path, info: ZipInfo) -> BinaryIO:
    """Return an entry's bytes. Raises ``BadZipFile``, ``NotImplementedError``."""
    if info.flag_bits & _ENCRYPTED:
        raise BadZipFile("encrypted")
    file.seek(info.header_offset)
    head = file.read(_LOCAL.size)
    if len(head) < _LOCAL.size:
        raise BadZipFile("cut off")
    name, extra = _LOCAL.unpack(head)
    start = file.seek(name + extra, os.SEEK_CUR)
    if info.compress_type == ZIP_STORED:
        file.close()
        return io.BufferedReader(_Window(path, start, info.file_size))
    return cast("BinaryIO", _Compressed(file, "r", info, close_fileobj=True))


class _Compressed(ZipExtFile):
    """A compressed entry, whose damage is an ``OSError``, as a file's is."""

    def read(self, n: int | None = -1) -> bytes:
        """Read at most ``n`` bytes. Raises ``OSError``."""
        try:
            return super().read(n)
        except (BadZipFile, EOFError, zlib.error) as error:
            raise OSError(0, f"{self.name}: {error}") from error


class _Window(io.FileIO):
    """A stretch of a file. A ZIP's own streams read all that they go back over."""

    def __init__(self, path: Path, start: int, size: int) -> None:
        super().__init__(path)
        self._start = start
        self._end = start + size
        self.seek(0)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place of the stretch."""
        base = {io.SEEK_SET: self._start, io.SEEK_CUR: super().tell(), io.SEEK_END: self._end}
        return super().seek(max(self._start, base[whence] + offset)) - self._start

    def tell(self) -> int:
        """Return the place."""
        return super().tell() - self._start

    def readinto(self, buffer: Any, /) -> int:
        """Fill ``buffer``; return how far, 0 at the end of the stretch."""
        left = max(0, self._end - super().tell())
        return super().readinto(memoryview(buffer)[:left])


def shown(path: Path) -> str:
    """Return a file's path as text: names are bytes, and need not be UTF-8."""
    return os.fsencode(path).decode("utf-8", "replace")


def place(path: Path, offset: int, length: int, record_id: str) -> ArchivePosition:
    """Return a place in the file ``path``; ``offset`` and ``length`` are in bytes."""
    name = shown(Path(path.name))
    return ArchivePosition(file=name, offset=offset, length=length, record_id=record_id)


def beside(file: str, folder: Path) -> Iterator[Source]:
    """Yield where a file may lie that an archive in ``folder`` names: there itself, or in its run.

    Runs lie beside each other, each with a folder of archives.
    """
    name = Path(file).name  # an archive service puts folders before it
    if name in {"", ".."}:
        return
    for place in (folder, _archive_of(name, folder)):
        yield Source(place / name)
        yield Source(place / (name + OPEN))


def lacking(file: str, folder: Path) -> str:
    """Say that a file which an archive in ``folder`` names is not there, and whose it was."""
    archive = _archive_of(file, folder)
    if archive == folder.resolve():
        return f"no file {file} found"
    why = "was pruned" if (archive.parent / PRUNED).is_file() else "is not here"
    return f"it lies in {file} of run {run_of(file)}, which {why}"


def _archive_of(file: str, folder: Path) -> Path:
    """Return the folder of archives of the run that a file is named after."""
    folder = folder.resolve()  # `latest` is a link
    return folder.parent.parent / run_of(file) / "archive" if run_of(file) else folder


def run_of(file: str) -> str:
    """Return the run that a file of an archive is named after.

    >>> run_of("20261124T144500Z-portal-00000.warc.gz")
    '20261124T144500Z-portal'
    """
    return Path(file).name.rpartition("-")[0]
