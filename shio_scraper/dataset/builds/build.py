"""The state → a build."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from shio_scraper.dataset.builds import documents, folder
from shio_scraper.dataset.builds.columns import TABLES, Row, Table
from shio_scraper.dataset.builds.folder import BuildError
from shio_scraper.dataset.builds.formats import DATABASE, FORMATS
from shio_scraper.dataset.builds.holdings import Holdings, checked, rows, with_whole_answers
from shio_scraper.dataset.builds.links import Links
from shio_scraper.dataset.state import GONE_AFTER, Known, State, batches
from shio_scraper.dataset.subject import Subject

_BATCH: Final = 1000
_CACHE: Final = 16 * 1024
"""KiB of the state that SQLite may keep in memory: it is read from end to end."""


def build(
    state: State, target: Path, formats: Sequence[str], gone_after: int = GONE_AFTER
) -> Holdings:
    """Build the dataset from ``state`` in the folder ``target``; return what it holds.

    Raises ``BuildError``, and then ``target`` is as it was; ``StateError``.
    """
    folder.check_target(target)
    if not state.runs():
        raise BuildError(
            f"{state.path}: the state is empty: `scrapy dataset add RUN` takes runs in"
        )
    state.database.execute(f"PRAGMA cache_size = -{_CACHE}")
    with _telling(target), folder.whole(target) as place, state.snapshot():
        holdings = _write(state, place, formats, gone_after)
        if not holdings.rows:
            raise BuildError(f"{state.path}: no run that was taken in has a record")
        _describe(state, place, holdings)
    return holdings


@contextmanager
def _telling(target: Path) -> Iterator[None]:
    """Raise as ``BuildError`` what cannot be written."""
    try:
        yield
    except OSError as error:
        raise BuildError(f"{target}: not built: {error.strerror or error}") from error
    except (sqlite3.Error, ValueError, OverflowError) as error:
        raise BuildError(f"{target}: not built: {error}") from error


def _write(state: State, place: Path, formats: Sequence[str], gone_after: int) -> Holdings:
    holdings = Holdings(TABLES)

    def known(table: Table) -> Iterator[Known]:
        found = state.records(table.kind, gone_after)
        return with_whole_answers(state, found) if table.name == "faq" else found

    def records(kind: str) -> Iterator[Row]:
        (table,) = (table for table in TABLES if table.kind == kind)
        return (record for _, record in checked(table, known(table)))

    with Links.among(records) as links, ExitStack() as stack:
        adding = [stack.enter_context(FORMATS[name].write(place, TABLES)) for name in formats]
        for table in TABLES:
            for batch in batches(rows(table, known(table), links), _BATCH):
                holdings.add(table, batch)
                for add in adding:
                    add(table, batch)
    return holdings


def _describe(state: State, place: Path, holdings: Holdings) -> None:
    """Write what tells of the files."""
    subject = Subject.of(state.site, state.keys())
    if (place / DATABASE).exists():
        for name, told in documents.datasette(subject, Path(DATABASE).stem, TABLES).items():
            _write_json(place / name, told)
    names = sorted([*(path.name for path in place.iterdir()), documents.CARD])
    text = documents.card(subject, state.runs(), holdings, names)
    (place / documents.CARD).write_text(text, encoding="utf-8")
    digests = {name: folder.sha256(place / name) for name in names}
    files = {name: ((place / name).stat().st_size, digest) for name, digest in digests.items()}
    _write_json(place / folder.PACKAGE, documents.package(subject, holdings, files))
    digests[folder.PACKAGE] = folder.sha256(place / folder.PACKAGE)
    lines = (f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
    (place / folder.SUMS).write_text("".join(lines), encoding="utf-8")
    folder.sha256(place / folder.SUMS)


def _write_json(path: Path, thing: dict[str, Any]) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(thing), indent=2) + b"\n")
