"""The portals that the project knows, each a file of data: its hosts, addresses and words."""

from __future__ import annotations

from shio_scraper.portals.portal import (
    Address,
    Family,
    FamilyKind,
    Portal,
    StatusNumber,
    Vocabulary,
    fold,
)
from shio_scraper.portals.touch import TOUCH_SHANGHAI

__all__ = [
    "TOUCH_SHANGHAI",
    "Address",
    "Family",
    "FamilyKind",
    "Portal",
    "StatusNumber",
    "Vocabulary",
    "fold",
]
