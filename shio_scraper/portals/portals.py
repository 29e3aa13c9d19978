"""Several portals as one: which of them an address, or a key, belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from shio_scraper.portals.portal import Address, Portal


@dataclass(frozen=True, eq=False)
class Portals:
    """The portals that a crawl, or a reader of archives, has to do with. The first is the default.

    Host by host they are apart: an address belongs to one of them, or to none.
    """

    members: tuple[Portal, ...]

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts of all of them."""
        return tuple(host for portal in self.members for host in portal.hosts)

    def of(self, url: str | None) -> Portal | None:
        """Return the portal whose host ``url`` names; ``None`` elsewhere."""
        try:
            host = urlsplit((url or "").strip()).hostname
        except ValueError:
            return None
        return next((portal for portal in self.members if host in portal.hosts), None)

    def locate(self, url: str | None) -> Address | None:
        """Return the page that ``url`` names, or ``None`` off the portals."""
        portal = self.of(url)
        return portal.locate(url) if portal and url else None

    def canonical(self, url: str) -> str | None:
        """Return the address ``url``, canonical where it is a portal's (``Portal.canonical``)."""
        return (self.of(url) or self.members[0]).canonical(url)

    def is_private(self, url: str) -> bool:
        """Tell whether ``url`` leads behind a portal's login."""
        portal = self.of(url)
        return portal is not None and portal.is_private(url)

    def of_key(self, key: str) -> Portal:
        """Return the portal of a record by its key."""
        own = key.rpartition("/")[2]
        named = (p for p in self.members if p.key_prefix and own.startswith(p.key_prefix))
        return next(named, self.members[0])
