"""The state → rows: what a table of a build holds, in key order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, Final

import msgspec

from shio_scraper.dataset.builds.columns import History, Row, Table
from shio_scraper.dataset.builds.error import BuildError
from shio_scraper.dataset.same_as.links import Links
from shio_scraper.dataset.state import Known

_NUL: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def checked(table: Table, records: Iterable[Known]) -> Iterator[tuple[Known, Row]]:
    """Yield each record with its fields. Raises ``BuildError`` where it is not as its class."""
    decoder = msgspec.json.Decoder(table.item)
    for known in records:
        try:
            record = decoder.decode(_without_nul(known.json))
        except msgspec.DecodeError as error:
            raise BuildError(f"{known.key}: the state holds no such record: {error}") from error
        yield known, _plain(record)


def rows(table: Table, records: Iterable[Known], links: Links) -> Iterator[Row]:
    """Yield the rows of a table."""
    for known, record in checked(table, records):
        history = History(
            first_seen=known.first_seen,
            last_seen=known.last_seen,
            versions=known.versions,
            gone=known.gone,
            same_as=links.of(known.key),
        )
        yield record | _plain(history)


def _without_nul(text: str) -> str:
    r"""Return JSON without the character that ends a text for SQLite and many others.

    >>> _without_nul(r'"a\u0000b\\u0000"')
    '"ab\\\\u0000"'
    """
    return _NUL.sub(r"\1", text) if "\\u0000" in text else text


def _plain(thing: Any) -> Row:
    found: Row = msgspec.to_builtins(thing, builtin_types=(date, datetime))
    return found
