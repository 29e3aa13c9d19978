"""Where an archive's bytes lie: a file, or a file stored in a ZIP."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, cast
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from shio_scraper.archives.places import OPEN, shown

_LOCAL: Final = struct.Struct("<26xHH")
"""Of a ZIP's local file header: the lengths of the name and of the extra field."""


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
        try:
            with ZipFile(self.path) as container:
                return _entry(self.path, container, container.getinfo(self.inner))
        except (BadZipFile, KeyError, NotImplementedError, RuntimeError) as error:
            raise OSError(0, f"no {self.inner}: {error}") from error


def _entry(path: Path, container: ZipFile, info: ZipInfo) -> BinaryIO:
    if info.compress_type != ZIP_STORED:
        return cast("BinaryIO", container.open(info))
    file = path.open("rb")
    file.seek(info.header_offset)
    head = file.read(_LOCAL.size)
    if len(head) < _LOCAL.size:
        file.close()
        raise BadZipFile("cut off")
    name, extra = _LOCAL.unpack(head)
    start = info.header_offset + _LOCAL.size + name + extra
    return io.BufferedReader(_Window(file, start, info.file_size))


class _Window(io.RawIOBase):
    """A stretch of a file. A ZIP's own streams read all that they go back over."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self._file = file
        self._start = start
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def seekable(self) -> bool:
        """Return that it can be sought."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place of the stretch."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        """Return the place."""
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Fill ``buffer``; return how far, 0 at the end of the stretch."""
        size = max(0, min(len(buffer), self._size - self._at))
        self._file.seek(self._start + self._at)
        data = self._file.read(size)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()
