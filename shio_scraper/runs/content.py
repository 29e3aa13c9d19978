"""The content of a record. A record has changed if its content differs (docs/runs.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from hashlib import sha256
from typing import Any, TypeAlias

import msgspec

from shio_scraper.items import ADDED, RECORDS, Document, Faq, RecordType, Row, Status, type_of
from shio_scraper.parsers.days import portal_day
from shio_scraper.portals import ALL

_NEVER = {"url", "teaser", "doubts", "provenance"}
_ONLY: dict[type, tuple[str, ...]] = {
    Status: ("kind", "serial", "month_day", "status"),
    Document: ("sha256",),
    Row: ("columns",),
    Faq: ("question", "answer", "question_truncated", "answer_truncated"),
}


def content(record: RecordType) -> bytes:
    """Return the fields that make up the record's content, as JSON."""
    return _encode({name: getattr(record, name) for name in _FIELDS[type(record)]})


def content_hash(record: RecordType) -> bytes:
    """Return the SHA-256 of the record's content."""
    return sha256(content(record)).digest()


def stored_content_hash(fields: Mapping[str, Any]) -> bytes:
    """Return the content hash of a record that is given as JSON values.

    Raises ``KeyError`` if the record has no known type.
    """
    names = content_names(fields["type"])
    return sha256(_encode({name: fields.get(name) for name in names})).digest()


def is_same(name: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Tell whether two records, as JSON values, agree in a field. An older record may lack it."""
    old, new = before.get(name), now.get(name)
    return old == new or (name in ADDED and not (old or new))


def _encode(fields: Mapping[str, Any]) -> bytes:
    """Return the fields as JSON, without empty ones that older records lack: hashes stay equal."""
    counted = {name: value for name, value in fields.items() if value or name not in ADDED}
    return msgspec.json.encode(counted)


def content_names(kind: str) -> tuple[str, ...]:
    """Return the names of the fields that make up the content of records of the type ``kind``."""
    return _OF_TYPE[kind]


Identity: TypeAlias = tuple[str, bytes | None, date | None]
"""What makes a record the same as another one of its run, so that only the first is written.

It is the key. For archives, which keep a history, it is also the content and the capture's day.
"""


def identity(record: RecordType, *, history: bool) -> Identity:
    """Return the identity of ``record`` within its run."""
    if not history:
        return record.key, None, None
    moment = record.provenance.fetched_at
    day = portal_day(moment, ALL.of_key(record.key).zone) if moment else None
    return record.key, content_hash(record), day


def _names(record_class: type[RecordType]) -> tuple[str, ...]:
    names = tuple(f.name for f in fields(record_class) if f.name not in _NEVER)
    return _ONLY.get(record_class, names)


_FIELDS = {record_class: _names(record_class) for record_class in RECORDS}
_OF_TYPE = {type_of(record_class): names for record_class, names in _FIELDS.items()}
TYPES = tuple(sorted(_OF_TYPE))
"""The types of records, as in their field ``type``."""
