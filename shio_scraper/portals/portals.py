"""Several portals as one: which of them an address, or a key, belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from shio_scraper.addresses import LONGEST
from shio_scraper.portals.portal import Address, Portal
from shio_scraper.portals.vocabulary import fold

_LONGEST_SIGN: Final = 120
_PLACES: Final = frozenset({"category", "application", "inquiry"})
_COPIED: Final = 2


@dataclass(eq=False)
class Portals:
    """The portals that a crawl, or a reader of archives, has to do with. The first is the default.

    Host by host they are apart: an address belongs to one of them, or to none.
    """

    members: tuple[Portal, ...]

    def add(self, portal: Portal) -> None:
        """Take in a portal more."""
        self.members = (*self.members, portal)
        _of.cache_clear()
        _own_phrases.cache_clear()

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts of all of them."""
        return tuple(host for portal in self.members for host in portal.hosts)

    @property
    def languages(self) -> frozenset[str]:
        """The languages of their pages' frames."""
        return frozenset().union(*(portal.languages for portal in self.members))

    @property
    def gives(self) -> frozenset[str]:
        """What their pages give, as ``-a only=`` names it."""
        return frozenset().union(*(portal.gives for portal in self.members))

    def of(self, url: str | None) -> Portal | None:
        """Return the portal whose host ``url`` names; ``None`` elsewhere."""
        return _of(self, url) if url and len(url) <= LONGEST else None

    def told_by(self, lines: Iterable[str]) -> Portal | None:
        """Return the portal that the lines of a page without an address tell, by their form.

        The portal with the most phrases of its own among them, each on a line by itself;
        ``None`` where several have as many, or none has any.
        """
        said = [line for line in lines if len(line) <= _LONGEST_SIGN]
        votes = {
            portal: sum(_is_sign(self, portal, line) for line in said) for portal in self.members
        }
        most = max(votes.values())
        best = [portal for portal, count in votes.items() if count == most]
        return best[0] if len(best) == 1 else None

    def copied_by(self, lines: Iterable[str]) -> Portal | None:
        """Return the portal of which a page on another host is a copy; ``None`` for none.

        It shows several of the portal's sections and boxes: words that other sites have too,
        "Home", "FAQ", tell nothing.
        """
        said = {fold(line) for line in lines if len(line) <= _LONGEST_SIGN}
        for portal in self.members:
            places = (p for p, (role, _) in portal.vocabulary.roles.items() if role in _PLACES)
            if sum(place in said for place in places) >= _COPIED:
                return portal
        return None

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
        own = key.split("/", 2)[-1]
        named = (p for p in self.members if p.key_prefix and own.startswith(p.key_prefix))
        return next(named, self.members[0])


@lru_cache(maxsize=4096)
def _of(portals: Portals, url: str) -> Portal | None:
    return next((portal for portal in portals.members if _has(portal, url)), None)


def _has(portal: Portal, url: str) -> bool:
    parts = portal.place(url)
    if parts is None:
        return False
    if parts.hostname in portal.hosts:
        return True
    return parts.hostname in portal.other_hosts and portal.locate(url) is not None


def _is_sign(portals: Portals, portal: Portal, line: str) -> bool:
    return fold(line) in _own_phrases(portals, portal) or portal.is_signed(line)


@lru_cache
def _own_phrases(portals: Portals, portal: Portal) -> frozenset[str]:
    """Return the phrases of ``portal`` that no other one has, as a phrase or for its title."""
    others = [other for other in portals.members if other is not portal]
    titles = {fold(other.title) for other in others}
    return frozenset(portal.vocabulary.roles).difference(
        titles, *(other.vocabulary.roles for other in others)
    )
