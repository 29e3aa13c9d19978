"""Where an archive's bytes lie, in a file or an entry of a ZIP, and how a place is named."""

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
"""The suffix of a file that is still being written."""
PRUNED: Final = "pruned.json"
"""The name of the file that marks a pruned run.

Of such a run, only this file and the archive files that other runs need are left.
"""
REFERS_TO_FILE: Final = "WARC-Refers-To-Filename"
REFERS_TO_OFFSET: Final = "WARC-Refers-To-File-Offset"
"""The file and the offset of the record that a revisit refers to. Extensions of Heritrix."""
_LOCAL: Final = struct.Struct("<26xHH")
"""The part of a ZIP's local file header with the lengths of the name and of the extra field."""
_CATALOGUE: Final = 1 << 22
"""Maximum bytes of a ZIP's central directory: some 50,000 entries."""
_MEMBERS: Final = 10_000
"""Maximum number of WARC files in a ZIP."""
WARCS: Final = (".warc", ".warc.gz", ".warc.zst")
_ENCRYPTED: Final = 1


class TooLargeError(OSError):
    """Raised if a ZIP or another file holds more than is read."""


@dataclass(frozen=True, slots=True)
class Source:
    """An archive file at ``path``.

    With ``inner``, the entry of that name in the ZIP at ``path``.
    """

    path: Path
    inner: str = ""

    @property
    def file(self) -> str:
        """The name in ``ArchivePosition``, without the suffix of a file that is still open.

        A file in a ZIP keeps its own name, so that packing changes no position.
        """
        return shown(Path(Path(self.inner or self.path).name)).removesuffix(OPEN)

    @property
    def shown(self) -> str:
        """The name to show to the user."""
        return f"{shown(self.path)}/{self.inner}" if self.inner else shown(self.path)

    def open(self) -> BinaryIO:
        """Open the source for reading. The stream is seekable. Raises ``OSError``."""
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
    """Return the WARC files in a ZIP by name, in the order of the ZIP.

    Raises ``OSError``, also if the file is no ZIP, and ``TooLargeError``.
    """
    status = path.stat()
    return _members(path, (status.st_ino, status.st_size, status.st_mtime_ns))


@lru_cache(maxsize=4)
def _members(path: Path, _version: tuple[int, ...]) -> dict[str, ZipInfo]:
    try:
        with _Catalogue(path) as file, ZipFile(file) as container:
            infos = container.infolist()
    except (BadZipFile, NotImplementedError, ValueError) as error:
        raise OSError(0, str(error)) from error
    entries = {info.filename: info for info in infos if info.filename.endswith(WARCS)}
    if len(entries) > _MEMBERS:
        raise TooLargeError(0, f"{len(entries)} WARC files, more than {_MEMBERS}")
    return entries


class _Catalogue(io.FileIO):
    """A ZIP whose central directory ``zipfile`` reads. It reads the directory in one piece."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read at most ``size`` bytes.

        Raises ``TooLargeError`` above the maximum of a directory.
        """
        if size is not None and size > _CATALOGUE:
            raise TooLargeError(0, f"a catalogue of {size} bytes, more than {_CATALOGUE}")
        return super().read(size)


def _entry(file: BinaryIO, path: Path, info: ZipInfo) -> BinaryIO:
    """Return a stream of an entry's bytes. Raises ``BadZipFile``, ``NotImplementedError``."""
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
    """A compressed entry. Damage raises ``OSError``, as it does in a plain file."""

    def read(self, n: int | None = -1) -> bytes:
        """Read at most ``n`` bytes. Raises ``OSError``."""
        try:
            return super().read(n)
        except (BadZipFile, EOFError, zlib.error) as error:
            raise OSError(0, f"{self.name}: {error}") from error


class _Window(io.FileIO):
    """A part of a file, seekable.

    ``zipfile``'s own streams read again all that they go back over.
    """

    def __init__(self, path: Path, start: int, size: int) -> None:
        super().__init__(path)
        self._start = start
        self._end = start + size
        self.seek(0)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place of the part."""
        base = {io.SEEK_SET: self._start, io.SEEK_CUR: super().tell(), io.SEEK_END: self._end}
        return super().seek(max(self._start, base[whence] + offset)) - self._start

    def tell(self) -> int:
        """Return the place in the part."""
        return super().tell() - self._start

    def readinto(self, buffer: Any, /) -> int:
        """Fill ``buffer``. Return the number of bytes, 0 at the end of the part."""
        left = max(0, self._end - super().tell())
        return super().readinto(memoryview(buffer)[:left])


def shown(path: Path) -> str:
    """Return a file's path as text.

    Names are bytes and need not be UTF-8; U+FFFD replaces the rest.
    """
    return os.fsencode(path).decode("utf-8", "replace")


def place(path: Path, offset: int, length: int, record_id: str) -> ArchivePosition:
    """Return the position of a record in the file ``path``.

    ``offset`` and ``length`` are in bytes.
    """
    name = shown(Path(path.name))
    return ArchivePosition(file=name, offset=offset, length=length, record_id=record_id)


def beside(file: str, folder: Path) -> Iterator[Source]:
    """Yield where ``file`` may lie if an archive in ``folder`` names it: there, or in its own run.

    Runs lie beside each other. Each has a folder of archives.
    """
    name = Path(file).name  # archive services put folders before the name
    if name in {"", ".."}:
        return
    for place in (folder, _archive_of(name, folder)):
        yield Source(place / name)
        yield Source(place / (name + OPEN))


def lacking(file: str, folder: Path) -> str:
    """Return the message that a file, which an archive in ``folder`` names, is missing.

    The message says which run the file belongs to.
    """
    archive = _archive_of(file, folder)
    if archive == folder.resolve():
        return f"no file {file} found"
    why = "was pruned" if (archive.parent / PRUNED).is_file() else "is not here"
    return f"it lies in {file} of run {run_of(file)}, which {why}"


def _archive_of(file: str, folder: Path) -> Path:
    """Return the archive folder of the run that a file is named after."""
    folder = folder.resolve()  # `latest` is a link
    return folder.parent.parent / run_of(file) / "archive" if run_of(file) else folder


def run_of(file: str) -> str:
    """Return the name of the run that an archive file is named after.

    >>> run_of("20261124T144500Z-portal-00000.warc.gz")
    '20261124T144500Z-portal'
    """
    return Path(file).name.rpartition("-")[0]
