"""The portals that the project knows, each a file of data: its hosts, addresses and words."""

from __future__ import annotations

from typing import Final

from shio_scraper.portals.any_site import ANY_SITE
from shio_scraper.portals.en_shio import EN_SHIO
from shio_scraper.portals.family import GIVES, Family, FamilyKind
from shio_scraper.portals.portal import Address, Portal
from shio_scraper.portals.portals import Portals
from shio_scraper.portals.touch import TOUCH_SHANGHAI
from shio_scraper.portals.vocabulary import NEVER, StatusNumber, Vocabulary, fold

__all__ = [
    "ALL",
    "ANY_SITE",
    "DEFAULT",
    "EN_SHIO",
    "GIVES",
    "NEVER",
    "PORTALS",
    "TOUCH_SHANGHAI",
    "Address",
    "Family",
    "FamilyKind",
    "Portal",
    "Portals",
    "StatusNumber",
    "Vocabulary",
    "fold",
    "portal_of",
]

PORTALS: Final = {portal.name: portal for portal in (TOUCH_SHANGHAI, EN_SHIO)}
"""The portals, by the names that ``-a portal=`` takes."""
ALL: Final = Portals(tuple(PORTALS.values()))
DEFAULT: Final = TOUCH_SHANGHAI
"""Whose page a capture is that neither its address nor its words tell."""


def portal_of(url: str | None) -> Portal | None:
    """Return the portal whose host ``url`` names; ``None`` elsewhere."""
    return ALL.of(url)
