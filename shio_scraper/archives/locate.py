"""A record's provenance → its capture: the file that a position names, found and opened."""

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
"""Where a WACZ holds its WARC files (WACZ 1.1.1, section 4)."""


class Places:
    """Where archive files may lie: below folders, or files themselves.

    Names are looked up in an index on disk, made at the first name that does not lie
    beside its run: memory does not grow with the files.
    """

    def __init__(self, paths: Iterable[Path] = ()) -> None:
        self._indexed: set[Path] = set()
        self._waiting = list(paths)
        self._index = temporary()
        self._index.execute("CREATE TABLE files (name TEXT, path BLOB, inner TEXT)")
        self._index.execute("CREATE INDEX names ON files (name)")

    def add(self, paths: Iterable[Path]) -> None:
        """Add more places."""
        self._waiting.extend(paths)

    def find(self, file: str, run: Path) -> Iterator[Source]:
        """Yield the places that a record of the run in the folder ``run`` may mean by ``file``.

        The run's own come first, then those of the run that the file is named after.
        """
        tried: set[tuple[Path, str]] = set()
        for place in chain(beside(file, run / "archive"), self._elsewhere(file)):
            identity = place.path.resolve(), place.inner
            if identity not in tried and place.path.is_file():
                tried.add(identity)
                yield place

    def close(self) -> None:
        """Forget the index."""
        self._index.close()

    def _elsewhere(self, file: str) -> Iterator[Source]:
        while self._waiting:
            self._add(self._waiting.pop(0))
        query = "SELECT path, inner FROM files WHERE name = ? ORDER BY rowid"
        rows = self._index.execute(query, (Path(file).name,)).fetchall()
        return (Source(Path(os.fsdecode(path)), inner) for path, inner in rows)

    def _add(self, path: Path) -> None:
        """Index a file or folder, unless it was already."""
        where = path.resolve()
        if where in self._indexed:
            return
        self._indexed.add(where)
        for file in archives.files(str(path)):
            rows = [(name, os.fsencode(file), inner) for name, inner in _names(file)]
            self._index.executemany("INSERT INTO files VALUES (?, ?, ?)", rows)


class LackingError(ArchiveError):
    """A capture whose ``file`` is nowhere: it lies in another run, or was moved."""

    def __init__(self, file: str, message: str) -> None:
        super().__init__(message)
        self.file = file


def find_capture(
    provenance: Provenance, run: Path, places: Places, options: Options
) -> tuple[Source, Capture]:
    """Return the capture behind a record of ``run``, and the place that holds it.

    Of several files of one name the one whose body has the record's digest is meant; where
    none has, the first that can be read. Raises ``ArchiveError``.
    """
    position = provenance.archive
    if position is None:
        raise ArchiveError("the record names none: it was made with the archive off, or full")
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
    """Return ``capture`` as the record's own: a ``revisit`` shares the body of an earlier one.

    It was fetched when and where the provenance says; the page is the one of that address.
    """
    read, recorded = capture.archive, provenance.archive
    return replace(
        capture,
        url=_page(capture, provenance.fetched_url, portals),
        fetched_url=provenance.fetched_url,
        fetched_at=provenance.fetched_at,
        # A file may lie in a WACZ now, or be open still.
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
    """Return the page that ``fetched_url`` is a copy of, if it lies beside the capture's."""
    origin = (portals.of(capture.url) or DEFAULT).origin
    path, copy = (capture.url or "").removeprefix(origin), capture.fetched_url or ""
    base = copy.removesuffix(path)
    return fetched_url.replace(base, origin, 1) if base != copy else fetched_url


def _names(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the names that a position may have for ``path``, and for what is packed in it."""
    yield Source(path).file, ""
    if path.name.endswith(_WACZ):
        with suppress(OSError):
            inside = [name for name in members(path) if name.startswith(_INSIDE)]
            yield from ((name.removeprefix(_INSIDE), name) for name in inside)
