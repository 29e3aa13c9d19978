"""A run → a folder, or one WACZ file, that needs no other run."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

import msgspec

from shio_scraper.archives import wacz
from shio_scraper.archives.standalone import Standalone
from shio_scraper.items import ArchivePosition
from shio_scraper.runs import manifest, stored

_ARCHIVE: Final = "archive"
_MADE_ANEW: Final = (manifest.NAME, "*.warc.gz", "*.wacz")


def export(run: Path, target: Path) -> None:
    """Copy a run that ended into the new folder ``target``; its records name places there.

    Raises ``ArchiveError`` where something that it refers to is not there, and ``OSError``.
    """
    run = run.resolve()
    of_records = [file.name for file in stored.files_of(run)]
    with (
        _new(target) as folder,
        closing(Standalone(run / _ARCHIVE, folder / _ARCHIVE)) as archive,
    ):
        ignored = shutil.ignore_patterns(*_MADE_ANEW, *of_records)
        shutil.copytree(run, folder, ignore=ignored, dirs_exist_ok=True)
        (folder / _ARCHIVE).mkdir(exist_ok=True)
        archive.copy()
        for name in of_records:
            with (folder / name).open("wb") as out:
                out.writelines(_placed(run / name, archive.place_of))
        if not any((folder / _ARCHIVE).iterdir()):
            (folder / _ARCHIVE).rmdir()
        manifest.settle(folder, replace(manifest.read(run), refers_to=[]))


def pack(run: Path, target: Path, read: wacz.Read) -> None:
    """Pack a run's archive into the WACZ file ``target``. Raises as ``export`` does."""
    run = run.resolve()
    with _new(target.with_name(f"{target.name}.parts"), keep=False) as folder:
        with closing(Standalone(run / _ARCHIVE, folder)) as archive:
            archive.copy()
        wacz.pack(sorted(folder.iterdir()), target, read)


def _placed(file: Path, place_of: Callable[[ArchivePosition], ArchivePosition]) -> Iterator[bytes]:
    """Yield the lines of a file of records, with the places of their captures in the copy."""
    with file.open("rb") as stream:
        for line in stream:
            fields = msgspec.json.decode(line)
            place = (fields.get("provenance") or {}).get("archive")
            if place:
                position = place_of(msgspec.convert(place, ArchivePosition))
                fields["provenance"]["archive"] = asdict(position)
            yield msgspec.json.encode(fields) + b"\n"


@contextmanager
def _new(target: Path, *, keep: bool = True) -> Iterator[Path]:
    """Give a new folder, which is ``target`` once it is whole. Raises ``FileExistsError``."""
    if target.exists():
        raise FileExistsError(None, "is there already", str(target))
    folder = target.with_name(f"{target.name}.new")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
        if keep:
            folder.rename(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
