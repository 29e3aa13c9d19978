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
            provenance = getattr(item, "provenance", None)
            return Reject(
                stage="validate",
                reason="schema",
                detail=f"{getattr(item, 'key', None)}: {error}",
                url=getattr(item, "url", None),
                fetched_at=getattr(provenance, "fetched_at", None),
                body_sha256=getattr(provenance, "body_sha256", None),
            )
        return item
