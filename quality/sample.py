"""A page of the corpus, with the records that a perfect reader finds on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import msgspec

from shio_scraper import parse_page
from shio_scraper.items import RecordType, Reject

Json: TypeAlias = dict[str, Any]
FETCHED_AT: Final = "2026-11-02T03:04:05Z"
_NOT_COMPARED: Final = ("doubts", "provenance", "latest_date")
"""Fields that the capture's time and place or the reading decide, and not the page."""


@dataclass(frozen=True)
class Sample:
    """A page: its address, its bytes and their codec, and its records without provenance.

    ``name`` joins its family, its entry and its markup by ``/``.
    """

    name: str
    url: str
    body: bytes
    codec: str
    gold: tuple[Json, ...]

    @property
    def family(self) -> str:
        """The family of the page: the first part of its name."""
        return self.name.partition("/")[0]

    @property
    def text(self) -> str:
        """The page, decoded."""
        return self.body.decode(self.codec)


def found(body: bytes | str, url: str | None) -> tuple[Json, ...]:
    """Return the records that the parsers give for a page, in the form of the true records."""
    return bare(parse_page(body, url, FETCHED_AT))


def bare(records: Iterable[RecordType | Reject]) -> tuple[Json, ...]:
    """Return records in the form of the true records: by key, without ``_NOT_COMPARED``."""
    plain: list[Json] = msgspec.to_builtins([r for r in records if not isinstance(r, Reject)])
    for record in plain:
        for name in _NOT_COMPARED:
            record.pop(name, None)
    return in_order(plain)


def in_order(records: Iterable[Json]) -> tuple[Json, ...]:
    """Return the records, sorted by key."""
    return tuple(sorted(records, key=lambda record: str(record["key"])))
