"""A record's provenance → its capture. Finds and opens the file that the position names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Final

from shio_scraper import archives
from shio_scraper.archives import saved
from shio_scraper.archives.reading import ArchiveError, Options
from shio_scraper.archives.sources import Source, beside, lacking, members
from shio_scraper.items import Provenance
from shio_scraper.pages import Capture, body_sha256
from shio_scraper.portals import DEFAULT, Portals
from shio_scraper.sqlite_file import temporary

_WACZ: Final = ".wacz"
_INSIDE: Final = "archive/"
"""The folder in a WACZ that holds its WARC files (WACZ 1.1.1, section 4)."""


class Places:
    """The places where archive files may lie: folders, with all below them, and files.

    A name is looked up in an index on disk, so memory does not grow with the number of files. The
    index is built at the first name that does not lie beside its run.
    """

    def __init__(self, paths: Iterable[Path] = ()) -> None:
        self._indexed: set[Path] = set()
        self._waiting = list(paths)
        self._index = temporary()
        self._index.execute("CREATE TABLE files (name TEXT, path BLOB, inner TEXT)")
        self._index.execute("CREATE INDEX names ON files (name)")

    def add(self, paths: Iterable[Path]) -> None:
        """Add more folders or files to search."""
        self._waiting.extend(paths)

    def find(self, file: str, run: Path) -> Iterator[Source]:
        """Yield the places that ``file`` may mean in a record of the run in the folder ``run``.

        The files of that run come first, then those of the run that the file is named after.
        """
        tried: set[tuple[Path, str]] = set()
        for place in chain(beside(file, run / "archive"), self._elsewhere(file)):
            identity = place.path.resolve(), place.inner
            if identity not in tried and place.path.is_file():
                tried.add(identity)
                yield place

    def close(self) -> None:
        """Close and delete the index."""
        self._index.close()

    def _elsewhere(self, file: str) -> Iterator[Source]:
        while self._waiting:
            self._add(self._waiting.pop(0))
        query = "SELECT path, inner FROM files WHERE name = ? ORDER BY rowid"
        rows = self._index.execute(query, (Path(file).name,)).fetchall()
        return (Source(Path(os.fsdecode(path)), inner) for path, inner in rows)

    def _add(self, path: Path) -> None:
        """Add a file or folder to the index, unless the index has it already."""
        where = path.resolve()
        if where in self._indexed:
            return
        self._indexed.add(where)
        for file in archives.files(str(path)):
            rows = [(name, os.fsencode(file), inner) for name, inner in _names(file)]
            self._index.executemany("INSERT INTO files VALUES (?, ?, ?)", rows)


class LackingError(ArchiveError):
    """Raised if the ``file`` of a capture is not found: it lies in another run, or was moved."""

    def __init__(self, file: str, message: str) -> None:
        super().__init__(message)
        self.file = file


def find_capture(
    provenance: Provenance, run: Path, places: Places, options: Options
) -> tuple[Source, Capture]:
    """Return the capture of a record of ``run``, and the place that holds the capture.

    If several files have the name, the capture whose body has the record's digest is returned. If
    no body has that digest, the first capture that can be read is returned. Raises
    ``ArchiveError``.
    """
    position = provenance.archive
    if position is None:
        raise ArchiveError("the record names no archive file: the archive was off, or full")
    errors: list[ArchiveError] = []
    other: tuple[Source, Capture] | None = None
    for place in places.find(position.file, run):
        try:
            capture = archives.read_at(place, position, options)
        except ArchiveError as error:
            errors.append(error)
            continue
        if body_sha256(capture.body) == provenance.body_sha256:
            return place, as_fetched(capture, provenance, options.portals)
        other = other or (place, as_fetched(capture, provenance, options.portals))
    if other:
        return other
    if errors:
        raise errors[0]
    raise LackingError(position.file, f"{lacking(position.file, run / 'archive')}: give --archive")


def as_fetched(capture: Capture, provenance: Provenance, portals: Portals) -> Capture:
    """Return ``capture`` with the address and time of the record's own provenance.

    A ``revisit`` shares the body of an earlier capture, so address and time of that capture may be
    others. The page address follows from the address that was fetched.
    """
    read, recorded = capture.archive, provenance.archive
    return replace(
        capture,
        url=_page(capture, provenance.fetched_url, portals),
        fetched_url=provenance.fetched_url,
        fetched_at=provenance.fetched_at,
        # The file may be packed in a WACZ by now, or still be open under another name.
        archive=replace(read, file=recorded.file) if read and recorded else recorded,
    )


def _page(capture: Capture, fetched_url: str | None, portals: Portals) -> str | None:
    """Return the address of the page that was fetched from ``fetched_url``."""
    if fetched_url is None or (capture.url and fetched_url == capture.fetched_url):
        return capture.url
    replayed, _ = saved.original(fetched_url) or ("", "")
    originals = (fetched_url, replayed, _copied(capture, fetched_url, portals))
    page = next(filter(None, map(portals.locate, originals)), None)
    return page.url if page and page != portals.locate(capture.url) else capture.url


def _copied(capture: Capture, fetched_url: str, portals: Portals) -> str:
    """Return the page that ``fetched_url`` copies, if it lies in the same copy as the capture."""
    origin = (portals.of(capture.url) or DEFAULT).origin
    path, copy = (capture.url or "").removeprefix(origin), capture.fetched_url or ""
    base = copy.removesuffix(path)
    return fetched_url.replace(base, origin, 1) if base != copy else fetched_url


def _names(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the names that a position may use for ``path`` and for the files packed in it."""
    yield Source(path).file, ""
    if path.name.endswith(_WACZ):
        with suppress(OSError):
            inside = [name for name in members(path) if name.startswith(_INSIDE)]
            yield from ((name.removeprefix(_INSIDE), name) for name in inside)
