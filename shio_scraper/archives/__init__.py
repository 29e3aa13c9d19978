"""Archives → captures. The suffix of a file's name selects the module that reads the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from glob import glob
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from shio_scraper.archives import mirrors, warc
from shio_scraper.archives.holdings import Holdings
from shio_scraper.archives.reading import ArchiveError, Found, Options, Reader, Skipped
from shio_scraper.archives.sources import OPEN, Source, shown
from shio_scraper.items import ArchivePosition
from shio_scraper.pages import Capture

FORMATS: Final = {
    "saved": (".html", ".htm", ".txt", ".mhtml", ".mht"),
    "jsonl": (".jsonl", ".jsonl.gz", ".jsonl.zst"),
    "parquet": (".parquet",),
    "warc": (".warc", ".warc.gz", ".warc.zst", ".wet", ".wet.gz"),
    "wacz": (".wacz",),
}
"""Format → the suffixes of its files' names. The module of the same name here reads the format."""
SHOWN: Final = ", ".join(end for ends in FORMATS.values() for end in ends)
"""All suffixes, as text for the user."""


def files(pattern: str) -> Iterator[Path]:
    """Yield the files that a path, a glob or a folder names, sorted by name."""
    named = Path(pattern)
    matches = [named] if named.exists() else _matches(pattern)
    for match in matches:
        inside = sorted(match.rglob("*")) if match.is_dir() else [match]
        yield from (path for path in inside if not path.is_dir())


def _matches(pattern: str) -> list[Path]:
    # Path.glob takes no absolute pattern.
    return sorted(map(Path, glob(pattern, recursive=True)))  # noqa: PTH207


def read(path: Path, options: Options | None = None) -> Iterator[Found]:
    """Yield what the file ``path`` holds, in the order of the file.

    Raises ``ValueError`` if the file has no known format, and ``ModuleNotFoundError`` if the
    library that reads the format is not installed.
    """
    options = options or Options()
    form = format_of(path, options)
    if form is None:
        raise ValueError(f"no reader for {path}")
    return _reader(form)(path, options)


def read_all(paths: Iterable[Path], options: Options) -> Iterator[Found]:
    """Yield what the files hold. The revisits whose payload lies in another file come last."""
    with closing(Holdings()) as holdings:
        options = options if options.holdings else replace(options, holdings=holdings)
        for path in paths:
            yield from read(path, options)
        yield from warc.waiting(options)


def read_at(source: Source, position: ArchivePosition, options: Options) -> Capture:
    """Return the capture at one place, if its length is still the same. Raises ``ArchiveError``."""
    form = "warc" if source.inner else format_of(source.path, options)
    if form is None:
        raise ArchiveError(f"{shown(source.path)}: no reader for this format")
    if form == "warc":
        return warc.read_at(source, position, options)
    where = f"{shown(source.path)}: {position.record_id}"
    for found in _reader(form)(source.path, replace(options, at=position)):
        if isinstance(found, Skipped):
            raise ArchiveError(f"{where}: {found.value}")
        if not isinstance(found, Capture):
            raise ArchiveError(found.detail or found.reason)
        at = found.archive
        if at and (at.offset, at.length) == (position.offset, position.length):
            return found
    raise ArchiveError(f"{where}: no page of {position.length} bytes at byte {position.offset}")


def format_of(path: Path, options: Options | None = None) -> str | None:
    """Return the format of a file by its name. A page of a mirror may have any name."""
    options = options or Options()
    name = path.name.lower().removesuffix(OPEN)
    for form, ends in FORMATS.items():
        if name.endswith(ends):
            return form
    return "saved" if mirrors.address_of(path, options.portals, options.copy) else None


def is_installed(form: str) -> bool:
    """Tell whether the library that reads a format is installed."""
    return form != "parquet" or find_spec("pyarrow") is not None


def _reader(form: str) -> Reader:
    reader: Reader = import_module(f"{__name__}.{form}").read
    return reader
