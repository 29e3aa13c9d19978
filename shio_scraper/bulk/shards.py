"""What one worker reads at a time: files, or a part of a large file. Depends only on the input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from zstandard import ZstdError

from shio_scraper import archives
from shio_scraper.archives.framing import packing_of
from shio_scraper.archives.reading import Span
from shio_scraper.archives.records import Damage, pass_all, records
from shio_scraper.archives.sources import shown

SIZE: Final = 64 * 2**20
"""Approximate size of a shard in bytes."""
_FILES: Final = 1_000
"""Maximum number of files in a shard."""
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Piece:
    """A file or a span of it.

    ``size`` and ``changed`` (nanoseconds) are those of the whole file.
    """

    path: str
    size: int
    changed: int
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Shard:
    """The pieces that one worker reads, in this order."""

    pieces: tuple[Piece, ...]

    @property
    def size(self) -> int:
        """The size of the shard in bytes, compressed as in the files."""
        return sum(_size(piece) for piece in self.pieces)

    @property
    def shown(self) -> str:
        """The name of the shard to show to the user."""
        first = self.pieces[0]
        more = f" and {len(self.pieces) - 1} more" if len(self.pieces) > 1 else ""
        at = f" from byte {first.span.start}" if first.span and first.span.start else ""
        return f"{shown(Path(first.path))}{at}{more}"

    def digest(self, how: bytes) -> str:
        """Return the digest of the shard's files, with size and time of change, and of ``how``."""
        return sha256(how + repr(self).encode("utf-8", "surrogateescape")).hexdigest()[:24]


def plan(paths: Iterable[Path], size: int = SIZE) -> list[Shard]:
    """Return the shards of the files ``paths``, in their order. Raises ``OSError``."""
    shards: list[Shard] = []
    waiting: list[Piece] = []
    for path in paths:
        pieces = list(_pieces(path, size))
        if len(pieces) > 1 or sum(map(_size, [*waiting, *pieces])) > size or len(waiting) >= _FILES:
            shards += [Shard(tuple(waiting))] if waiting else []
            waiting = []
        if len(pieces) > 1:
            shards += [Shard((piece,)) for piece in pieces]
        else:
            waiting += pieces
    return [*shards, Shard(tuple(waiting))] if waiting else shards


def _size(piece: Piece) -> int:
    return piece.span.end - piece.span.start if piece.span else piece.size


def _pieces(path: Path, size: int) -> Iterator[Piece]:
    try:
        status = path.stat()
    except OSError:  # the reader of the file reports why
        yield Piece(str(path), 0, 0)
        return
    whole = Piece(str(path), status.st_size, status.st_mtime_ns)
    spans = list(_spans(path, status.st_size, size)) if status.st_size > size else []
    yield from (Piece(whole.path, whole.size, whole.changed, span) for span in spans)
    if not spans:
        yield whole


def _spans(path: Path, length: int, size: int) -> Iterator[Span]:
    """Yield the spans of a large file. No span if it can only be read from its start."""
    form, name = archives.format_of(path), path.name.lower()
    if form == "parquet":
        starts = [(at, 0) for at in range(0, length, size)]
    elif form == "jsonl" and name.endswith(".jsonl"):
        starts = list(_lines(path, length, size))
    elif form == "warc":
        starts = [(0, 0), *((at, 0) for at in _records(path, size))]
    else:
        return
    ends = [at for at, _ in starts[1:]] + [length]
    for (start, lines), end in zip(starts, ends, strict=True):
        yield Span(start, end, lines)


def _records(path: Path, size: int) -> Iterator[int]:
    """Yield offsets where members, frames or plain records begin, about ``size`` bytes apart.

    In a plain file, they end at the first damaged place.
    """
    with path.open("rb") as stream, suppress(ZstdError):  # the reader of the file reports why
        if packing := packing_of(stream, path.name):
            start = packing.next(size)
            while start is not None:
                yield start
                start = packing.next(start + size)
            return
        due = size
        for record in records(stream, "", pass_all, 0):
            if isinstance(record, Damage):
                return
            if record.offset >= due:
                yield record.offset
                due = record.offset + size


def _lines(path: Path, length: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield offsets where lines begin, about ``size`` bytes apart, and the lines before each."""
    at = lines = 0
    with path.open("rb") as stream:
        while at < length:
            yield at, lines
            due = at + size
            while at < due and (chunk := stream.read(min(_CHUNK, due - at))):
                at += len(chunk)
                lines += chunk.count(b"\n")
            while chunk := stream.readline(_CHUNK):
                at += len(chunk)
                if chunk.endswith(b"\n"):
                    lines += 1
                    break
