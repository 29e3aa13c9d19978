"""The folder of a build: it is put under its name whole, or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import file_digest
from itertools import count
from pathlib import Path
from typing import Final

SUMS: Final = "SHA256SUMS"
PACKAGE: Final = "datapackage.json"
"""What every build has; together they tell a build from any other folder."""


class BuildError(Exception):
    """A build that cannot be made or read; the message is one line for the user."""


def is_build(folder: Path) -> bool:
    """Tell whether a folder is a build, and holds nothing else. Raises ``OSError``."""
    if not (folder / SUMS).is_file():
        return False
    lines = (folder / SUMS).read_text(encoding="utf-8", errors="replace").splitlines()
    listed = {line.partition("  ")[2] for line in lines} | {SUMS}
    return PACKAGE in listed and {path.name for path in folder.iterdir()} <= listed


def check_target(target: Path) -> None:
    """Raise ``BuildError`` where no build can be put under a name."""
    try:
        if not target.resolve().parent.is_dir():
            raise BuildError(f"{target}: there is no folder {target.resolve().parent}")
        if target.exists() and not (target.is_dir() and _may_be_replaced(target)):
            raise BuildError(f"{target} exists and is no earlier build: name another folder")
    except OSError as error:
        raise BuildError(f"{target}: {error.strerror}") from error


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """Give a folder beside ``target``, which takes its name when the block ends well.

    An earlier build makes way; for the moment between two renames none stands under
    the name. Raises ``BuildError`` and ``OSError``.
    """
    target = target.resolve()
    folder = _beside(target, "building")
    folder.mkdir()
    try:
        yield folder
        _sync(folder)
        _put(folder, target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sha256(file: Path) -> str:
    """Return the SHA-256 of a file, which is on disk afterwards."""
    with file.open("rb") as stream:
        os.fsync(stream.fileno())
        return file_digest(stream, "sha256").hexdigest()


def _may_be_replaced(target: Path) -> bool:
    return is_build(target) or not any(target.iterdir())


def _beside(target: Path, what: str) -> Path:
    """Return a hidden name beside ``target`` that is free."""
    names = (target.parent / f".{target.name}.{what}-{os.getpid()}-{n}" for n in count(1))
    return next(path for path in names if not path.exists())


def _put(folder: Path, target: Path) -> None:
    check_target(target)  # it may have come meanwhile
    if not target.exists():
        folder.rename(target)
    else:
        old = _beside(target, "replaced")
        target.rename(old)
        try:
            folder.rename(target)
        except OSError:
            old.rename(target)
            raise
        shutil.rmtree(old)
    _sync(target.parent)


def _sync(folder: Path) -> None:
    """Let the names in a folder reach the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
