"""The templates in a folder of records: each a file ``templates/<digest>.json``, never changed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import msgspec

from shio_scraper.parsers.template import Template


def folder_of(records: Path) -> Path:
    """Return where the templates of a folder of records are."""
    return records / "templates"


def stored(records: Path) -> list[Template]:
    """Return the templates of a folder of records; a file that is none is passed over."""
    found = []
    for path in sorted(folder_of(records).glob("*.json")):
        with suppress(OSError, msgspec.DecodeError):
            found.append((path.stem, Template.from_json(path.read_bytes())))
    return [template for name, template in found if template.digest == name]


def of_archives(files: Iterable[Path]) -> list[Template]:
    """Return the templates of the runs whose archives are among ``files``."""
    folders = {file.parent.parent for file in files if file.parent.name == "archive"}
    found = {one.digest: one for folder in sorted(folders) for one in stored(folder)}
    return list(found.values())


def store(records: Path, template: Template) -> None:
    """Write a template into a folder of records, unless it is there. Raises ``OSError``."""
    path = folder_of(records) / f"{template.digest}.json"
    if path.exists():
        return
    path.parent.mkdir(exist_ok=True)
    new = path.with_suffix(".new")
    with new.open("wb") as stream:
        stream.write(template.to_json())
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(path)
