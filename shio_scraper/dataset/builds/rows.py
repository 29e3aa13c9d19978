"""The state → rows: what a table of a build holds, in key order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

import msgspec

from shio_scraper.dataset.builds.columns import History, Row, Table
from shio_scraper.dataset.builds.error import BuildError
from shio_scraper.dataset.same_as.links import Links
from shio_scraper.dataset.state import Known


def rows(table: Table, records: Iterable[Known], links: Links) -> Iterator[Row]:
    """Yield the rows of a table. Raises ``BuildError`` for a record that is not as its class."""
    decoder = msgspec.json.Decoder(table.item)
    for known in records:
        try:
            record = decoder.decode(known.json)
        except msgspec.DecodeError as error:
            raise BuildError(f"{known.key}: the state holds no such record: {error}") from error
        history = History(
            first_seen=known.first_seen,
            last_seen=known.last_seen,
            versions=known.versions,
            gone=known.gone,
            same_as=links.of(known.key),
        )
        yield {**_plain(record), **_plain(history)}


def _plain(thing: Any) -> Row:
    found: Row = msgspec.to_builtins(thing, builtin_types=(date, datetime))
    return found
