"""The state → a build: a folder that appears under its name complete or not at all."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date, datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import msgspec

from shio_scraper.dataset.builds import documents
from shio_scraper.dataset.builds.columns import (
    PACKAGE,
    TABLES,
    BuildError,
    History,
    Row,
    Table,
    batches,
)
from shio_scraper.dataset.builds.documents import Holdings
from shio_scraper.dataset.builds.formats import DATABASE, FORMATS
from shio_scraper.dataset.builds.links import Links, is_beginning
from shio_scraper.dataset.places import Subject
from shio_scraper.dataset.state import GONE_AFTER, Known, State

_NUL: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
_SUMS: Final = "SHA256SUMS"
"""A file that every build has beside ``PACKAGE``. The two tell a build from any other folder."""
_BATCH: Final = 1000
_CACHE: Final = 16 * 1024
"""KiB of the state that SQLite may keep in memory. The state is read from start to end."""


def build(
    state: State, target: Path, formats: Sequence[str], gone_after: int = GONE_AFTER
) -> Holdings:
    """Build the dataset from ``state`` in the folder ``target``. Return what it holds.

    Raises ``BuildError``, after which ``target`` is as it was, and ``StateError``.
    """
    check_target(target)
    if not state.runs():
        raise BuildError(
            f"{state.path}: the state is empty: `scrapy dataset add RUN` takes runs in"
        )
    state.database.execute(f"PRAGMA cache_size = -{_CACHE}")
    with _telling(target), _whole(target) as place, state.snapshot():
        holdings = _write(state, place, formats, gone_after)
        if not holdings.rows:
            raise BuildError(f"{state.path}: no run that was taken in has a record")
        _describe(state, place, holdings)
    return holdings


@contextmanager
def _telling(target: Path) -> Iterator[None]:
    """Raise errors of writing as ``BuildError``."""
    try:
        yield
    except OSError as error:
        raise BuildError(f"{target}: not built: {error.strerror or error}") from error
    except (sqlite3.Error, ValueError, OverflowError) as error:
        raise BuildError(f"{target}: not built: {error}") from error


def _write(state: State, place: Path, formats: Sequence[str], gone_after: int) -> Holdings:
    holdings = Holdings(TABLES)

    def known(table: Table) -> Iterator[Known]:
        items = state.records(table.kind, gone_after)
        return _with_whole_answers(state, items) if table.name == "faq" else items

    def records(kind: str) -> Iterator[Row]:
        (table,) = (table for table in TABLES if table.kind == kind)
        return (record for _, record in _checked(table, known(table)))

    with Links.among(records) as links, ExitStack() as stack:
        adding = [stack.enter_context(FORMATS[name].write(place, TABLES)) for name in formats]
        for table in TABLES:
            for batch in batches(_rows(table, known(table), links), _BATCH):
                holdings.add(table, batch)
                for add in adding:
                    add(table, batch)
    return holdings


def _with_whole_answers(state: State, entries: Iterable[Known]) -> Iterator[Known]:
    """Replace a cut answer of an FAQ entry by the whole answer, if an earlier version has it.

    A short question is whole in the sidebar although its answer is cut. So teaser and entry have
    one key, and the newest content is that of the page that was read last.
    """
    for known in entries:
        is_cut = known.versions > 1 and known.record["answer_truncated"]
        yield replace(known, json=_whole_answer(state, known) or known.json) if is_cut else known


def _whole_answer(state: State, known: Known) -> str | None:
    for document in state.contents(known.key):
        entry = msgspec.json.decode(document)
        if not entry["answer_truncated"] and entry["answer"] is not None:
            return document if is_beginning(known.record["answer"] or "", entry["answer"]) else None
    return None


def _checked(table: Table, records: Iterable[Known]) -> Iterator[tuple[Known, Row]]:
    """Yield each record with its fields.

    Raises ``BuildError`` if the fields do not fit the class.
    """
    decoder = msgspec.json.Decoder(table.item)
    for known in records:
        try:
            record = decoder.decode(_without_nul(known.json))
        except msgspec.DecodeError as error:
            raise BuildError(f"{known.key}: the state holds no such record: {error}") from error
        yield known, _plain(record)


def _rows(table: Table, records: Iterable[Known], links: Links) -> Iterator[Row]:
    """Yield the rows of a table."""
    for known, record in _checked(table, records):
        history = History(
            first_seen=known.first_seen,
            last_seen=known.last_seen,
            versions=known.versions,
            gone=known.gone,
            same_as=links.of(known.key),
        )
        yield record | _plain(history)


def _without_nul(text: str) -> str:
    r"""Return JSON without NUL, which ends a text for SQLite and many other readers.

    >>> _without_nul(r'"a\u0000b\\u0000"')
    '"ab\\\\u0000"'
    """
    return _NUL.sub(r"\1", text) if "\\u0000" in text else text


def _plain(thing: Any) -> Row:
    row: Row = msgspec.to_builtins(thing, builtin_types=(date, datetime))
    return row


def _describe(state: State, place: Path, holdings: Holdings) -> None:
    """Write the files that describe the build: card, data package, Datasette's files, checksums."""
    subject = Subject.of(state.site, state.keys())
    if (place / DATABASE).exists():
        for name, told in documents.datasette(subject, Path(DATABASE).stem, TABLES).items():
            _write_json(place / name, told)
    names = sorted([*(path.name for path in place.iterdir()), documents.CARD])
    text = documents.card(subject, state.runs(), holdings, names)
    (place / documents.CARD).write_text(text, encoding="utf-8")
    digests = {name: _sha256(place / name) for name in names}
    files = {name: ((place / name).stat().st_size, digest) for name, digest in digests.items()}
    _write_json(place / PACKAGE, documents.package(subject, holdings, files))
    digests[PACKAGE] = _sha256(place / PACKAGE)
    lines = (f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
    (place / _SUMS).write_text("".join(lines), encoding="utf-8")
    _sha256(place / _SUMS)


def _write_json(path: Path, thing: dict[str, Any]) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(thing), indent=2) + b"\n")


def _is_build(folder: Path) -> bool:
    """Tell whether a folder is a build and holds nothing else. Raises ``OSError``."""
    if not (folder / _SUMS).is_file():
        return False
    lines = (folder / _SUMS).read_text(encoding="utf-8", errors="replace").splitlines()
    listed = {line.partition("  ")[2] for line in lines} | {_SUMS}
    return PACKAGE in listed and {path.name for path in folder.iterdir()} <= listed


def check_target(target: Path) -> None:
    """Raise ``BuildError`` if no build can be put at ``target``."""
    try:
        if not target.resolve().parent.is_dir():
            raise BuildError(f"{target}: there is no folder {target.resolve().parent}")
        is_free = not target.exists() or (target.is_dir() and not any(target.iterdir()))
        if not is_free and not _is_build(target):
            raise BuildError(f"{target} exists and is no earlier build: name another folder")
    except OSError as error:
        raise BuildError(f"{target}: {error.strerror}") from error


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """Yield a folder beside ``target``. If the block ends well, it is renamed to ``target``.

    An earlier build is replaced. For a moment between two renames, there is no folder of the name.
    Raises ``BuildError`` and ``OSError``.
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


def _sha256(file: Path) -> str:
    """Sync a file to disk and return its SHA-256."""
    with file.open("rb") as stream:
        os.fsync(stream.fileno())
        return file_digest(stream, "sha256").hexdigest()


def _beside(target: Path, what: str) -> Path:
    """Return the path of a new hidden file or folder beside ``target``."""
    return target.parent / f".{target.name}.{what}-{uuid4().hex[:8]}"


def _put(folder: Path, target: Path) -> None:
    check_target(target)  # the target may have been created meanwhile
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
    """Sync the names in a folder to disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
