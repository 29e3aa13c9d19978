"""The maps of the known portals. Each map is a file of data: hosts, addresses and words."""

from __future__ import annotations

from shio_scraper.portals.any_site import ANY_SITE, SHARED, AnyPages
from shio_scraper.portals.en_shio import EN_SHIO
from shio_scraper.portals.family import GIVES, LISTINGS, Family, FamilyKind
from shio_scraper.portals.portal import FIRST_YEAR, Address, DateRules, Portal
from shio_scraper.portals.portals import Portals
from shio_scraper.portals.registry import (
    ALL,
    DEFAULT,
    PortalError,
    Source,
    load,
    names,
    register,
    register_all,
    sources,
)
from shio_scraper.portals.touch import TOUCH_SHANGHAI
from shio_scraper.portals.vocabulary import NEVER, StatusNumber, Vocabulary, fold

__all__ = [
    "ALL",
    "ANY_SITE",
    "DEFAULT",
    "EN_SHIO",
    "FIRST_YEAR",
    "GIVES",
    "LISTINGS",
    "NEVER",
    "SHARED",
    "TOUCH_SHANGHAI",
    "Address",
    "AnyPages",
    "DateRules",
    "Family",
    "FamilyKind",
    "Portal",
    "PortalError",
    "Portals",
    "Source",
    "StatusNumber",
    "Vocabulary",
    "fold",
    "load",
    "names",
    "portal_of",
    "register",
    "register_all",
    "sources",
]


def portal_of(url: str | None) -> Portal | None:
    """Return the portal on whose host ``url`` is; ``None`` if it is on none."""
    return ALL.of(url)
