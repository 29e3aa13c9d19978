"""What is left out of records where ``SHIO_CONTACTS`` is off: who is to be called."""

from __future__ import annotations

from typing import Any

from shio_scraper.items import AuditEvent, Event
from shio_scraper.portals import ALL

FIELDS = ("contact", "phone")
"""The fields of an event that are left out."""
ON = "on"
OFF = "off"
_WITHHELD = "(left out: SHIO_CONTACTS=off)"


def withhold(item: Any) -> None:
    """Take the contact out of an event, in place; a name or number in its body stays there."""
    if isinstance(item, Event):
        for name in FIELDS:
            setattr(item, name, None)
    elif isinstance(item, AuditEvent) and _may_name_a_contact(item):
        item.text = _WITHHELD


def _may_name_a_contact(item: AuditEvent) -> bool:
    """Tell whether what is odd stands on an event's page, or one that may be an event's."""
    address = ALL.locate(item.url)
    return item.block is not None and (address is None or address.kind in {None, "event"})
