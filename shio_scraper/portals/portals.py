"""Several portals as one: which of them an address, or a key, belongs to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Final

from shio_scraper.addresses import LONGEST
from shio_scraper.portals.portal import Address, Portal
from shio_scraper.portals.vocabulary import NEVER, fold

_LONGEST_SIGN: Final = 120
_PLACES: Final = frozenset({"category", "application", "inquiry"})
_HEADS: Final = _PLACES | {"section", "events", "promotion", "twin"}
"""Roles of what heads the parts of a portal's pages."""
_CHARSETS: Final = ("utf-8", "gb18030")
_COPIED: Final = 2


@dataclass(eq=False)
class Portals:
    """The portals that a crawl, or a reader of archives, has to do with. The first is the default.

    Host by host they are apart: an address belongs to one of them, or to none.
    """

    members: tuple[Portal, ...]

    def add(self, portal: Portal) -> None:
        """Add a portal."""
        self.members = (*self.members, portal)
        for cached in (_of, _own_phrases, _signs):
            cached.cache_clear()

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

    def shown_on(self, body: bytes | str) -> bool:
        """Tell at a glance, far cheaper than parsing, whether a page could be one of a portal's.

        It has a phrase that heads a part of their pages, a line or a number that only they have.
        Phrases that markup divides are not seen: what shows nothing else is taken for another's.
        """
        data = body.encode("utf-8", "replace") if isinstance(body, str) else body
        return _signs(self)(data.lower())

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


@lru_cache
def _signs(portals: Portals) -> Callable[[bytes], bool]:
    """Return what looks for the signs of ``portals`` on a page, in small letters."""
    phrases = {phrase for portal in portals.members for phrase in _heads(portal)}
    # A single word stands in many pages: only where it stands alone is it a heading.
    words = {phrase for phrase in phrases if phrase.isalpha()}
    others = phrases - words
    either = b"|".join(map(re.escape, sorted(words))) or NEVER.encode()
    alone = re.compile(rb"(?:^|[>\n|])\s{0,80}(?:" + either + rb")\s*(?:[<\n|]|$)")
    lines = "|".join(sign for portal in portals.members for sign in portal.signs) or NEVER
    forms = "|".join(n.form for portal in portals.members for n in portal.status_numbers) or NEVER
    line = re.compile(lines.encode(), re.MULTILINE | re.IGNORECASE)
    number = re.compile(rf"(?<!\d)(?:{forms})(?!\d)".encode())

    def are_on(data: bytes) -> bool:
        if any(phrase in data for phrase in others):
            return True
        if any(word in data for word in words) and alone.search(data):
            return True
        return line.search(data) is not None or number.search(data) is not None

    return are_on


def _heads(portal: Portal) -> Iterator[bytes]:
    """Yield what heads parts of a portal's pages, as the bytes of a page may have it."""
    for role in _HEADS & portal.vocabulary.phrases.keys():
        for phrases in portal.vocabulary.phrases[role].values():
            for phrase in map(str.lower, phrases):
                for text in (phrase, escape(phrase, quote=False)):
                    yield from (text.encode(charset) for charset in _CHARSETS)
