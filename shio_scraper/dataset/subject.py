"""What records are of: whose pages they come from, and what their publishers allow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Self
from urllib.parse import urlsplit

from shio_scraper.portals import ALL, ANY_SITE, Portal

_UNLICENSED: Final = (
    "No licence: the texts belong to their publishers, and none of their pages that this "
    "project has seen grants one. Ask them before you publish texts again."
)


@dataclass(frozen=True)
class Subject:
    """What the records are of: a site as a state knows it, and the portals of its records."""

    site: str
    portals: tuple[Portal, ...]

    @classmethod
    def of(cls, site: str | None, keys: Iterable[str]) -> Self:
        """Return the subject of records with these keys."""
        found = set(map(ALL.of_key, keys))
        portals = [portal for portal in ALL.members if portal in found]
        if ANY_SITE in found:
            portals.append(_named_by(site or ""))
        return cls(site or "live", tuple(portals))

    @property
    def title(self) -> str:
        """The title of the dataset."""
        demo = "DEMO of " if self.site == "demo" else ""
        kinds = sorted(frozenset().union(*(portal.gives for portal in self.portals)))
        return f"{demo}{self._titles}: {', '.join(kinds)}"

    @property
    def _titles(self) -> str:
        return " and ".join(portal.title for portal in self.portals)

    @property
    def name(self) -> str:
        """Its name for machines."""
        return "-".join(portal.name.replace("_", "-") for portal in self.portals)

    @property
    def publishers(self) -> str:
        """Who publishes the pages."""
        if self.site == "demo":
            return "shio-scraper's DEMO"
        return ", ".join(dict.fromkeys(filter(None, (one.publisher for one in self.portals))))

    @property
    def source(self) -> str:
        """The portals and their publishers."""
        return ", ".join(filter(None, [self._titles, self.publishers]))

    @property
    def sources(self) -> list[dict[str, str]]:
        """The portals, as a data package names its sources."""
        return [
            {"title": f"{portal.title}, {self.publishers}", "path": f"{portal.origin}/"}
            for portal in self.portals
        ]

    @property
    def licence(self) -> str:
        """What the publishers allow."""
        if self.site == "demo":
            return "Its texts are this project's own: MIT licence."
        said = [f"{portal.title}: {portal.licence}" for portal in self.portals if portal.licence]
        silent = [portal.title for portal in self.portals if not portal.licence]
        of = f"{', '.join(silent)}: " if said and silent else ""
        return "; ".join([*said, *([of + _UNLICENSED] if silent else [])])

    @property
    def description(self) -> str:
        """A sentence that tells what site the records are of."""
        if self.site == "demo":
            return f"Records of the DEMO of {self._titles}: every one of them is invented."
        if self.site == "live" or ANY_SITE.name in {portal.name for portal in self.portals}:
            by = f", published by {self.publishers}" if self.publishers else ""
            return f"Records of {self._titles}{by}."
        return f"Records of a copy of {self._titles}, at {self.site}."


def _named_by(site: str) -> Portal:
    """Return a site that no map is of: its address is all that is known of it."""
    parts = urlsplit(site)
    name = f"{parts.netloc}{parts.path.rstrip('/')}" if parts.netloc else ANY_SITE.title
    origin = f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
    return replace(ANY_SITE, title=name, publisher=parts.hostname or "", origin=origin)
