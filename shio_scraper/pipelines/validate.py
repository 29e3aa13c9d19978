"""Refuse a record that is not what the schema says."""

from __future__ import annotations

from typing import Any

from shio_scraper.items import Reject
from shio_scraper.schema import ValidationError, validate


class ValidatePipeline:
    """Lets through what its item class allows; the rest goes on as a reject."""

    def process_item(self, item: Any) -> Any:
        """Return ``item``, or the reject (stage ``validate``, reason ``schema``) in its place."""
        try:
            validate(item)
        except ValidationError as error:
            return _reject(item, error)
        return item


def _reject(item: Any, error: ValidationError) -> Reject:
    """Return the reject of a record; what is wrong with the record is left out of it."""
    provenance = getattr(item, "provenance", None)
    reject = Reject(
        stage="validate",
        reason="schema",
        detail=f"{getattr(item, 'key', None)}: {error}",
        url=None,
        fetched_at=None,
        body_sha256=None,
    )
    for holder, name in ((item, "url"), (provenance, "fetched_at"), (provenance, "body_sha256")):
        setattr(reject, name, getattr(holder, name, None))
        try:
            validate(reject)
        except ValidationError:
            setattr(reject, name, None)
    return reject
