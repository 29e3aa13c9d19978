"""A group of portals, which tells the portal of an address, a key or a page."""

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
"""Roles of the words that head the parts of a portal's pages."""
_CHARSETS: Final = ("utf-8", "gb18030")
_COPIED: Final = 2
_NEAR: Final = 80
"""Bytes before a word that are looked at."""


@dataclass(eq=False)
class Portals:
    """The portals that a crawl or a reader of archives reads. The first is the default.

    No two portals share a host: an address belongs to one portal or to none.
    """

    members: tuple[Portal, ...]

    def add(self, portal: Portal) -> None:
        """Add a portal to the group."""
        self.members = (*self.members, portal)
        for cached in (_of, _own_phrases, _signs):
            cached.cache_clear()

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts of all portals."""
        return tuple(host for portal in self.members for host in portal.hosts)

    @property
    def languages(self) -> frozenset[str]:
        """The languages of the frames of the portals' pages."""
        return frozenset().union(*(portal.languages for portal in self.members))

    @property
    def gives(self) -> frozenset[str]:
        """The kinds of records that the portals' pages give, as ``-a only=`` names them."""
        return frozenset().union(*(portal.gives for portal in self.members))

    def of(self, url: str | None) -> Portal | None:
        """Return the portal on whose host ``url`` is; ``None`` if it is on none."""
        return _of(self, url) if url and len(url) <= LONGEST else None

    def told_by(self, lines: Iterable[str]) -> Portal | None:
        """Return the portal of a page without an address, by the page's lines.

        It is the portal with the most signs: lines that are a phrase of that portal alone, or have
        a form of its ``signs``. Return ``None`` if several portals have as many.
        """
        short = [line for line in lines if len(line) <= _LONGEST_SIGN]
        votes = {
            portal: sum(_is_sign(self, portal, line) for line in short) for portal in self.members
        }
        most = max(votes.values())
        best = [portal for portal, count in votes.items() if count == most]
        return best[0] if len(best) == 1 else None

    def copied_by(self, lines: Iterable[str]) -> Portal | None:
        """Return the portal that a page on another host is a copy of; ``None`` if it is no copy.

        A copy shows several of the portal's subsections and status boxes. Words that other sites
        have too, such as "Home" or "FAQ", do not count.
        """
        shown = {fold(line) for line in lines if len(line) <= _LONGEST_SIGN}
        for portal in self.members:
            places = (p for p, (role, _) in portal.vocabulary.roles.items() if role in _PLACES)
            if sum(place in shown for place in places) >= _COPIED:
                return portal
        return None

    def shown_on(self, body: bytes | str) -> bool:
        """Tell whether a page could be a portal's. This is far cheaper than parsing the page.

        Such a page has a phrase that heads a part of the portals' pages, or a line or a status
        number of a form that only they have. A phrase that markup divides is not found, so a page
        with no other sign is taken for another site's.
        """
        data = body.encode("utf-8", "replace") if isinstance(body, str) else body
        return _signs(self)(data.lower())

    def locate(self, url: str | None) -> Address | None:
        """Return the page that ``url`` names; ``None`` if it is on no portal."""
        portal = self.of(url)
        return portal.locate(url) if portal and url else None

    def canonical(self, url: str) -> str | None:
        """Return the address ``url``, in canonical form on a portal (see ``Portal.canonical``)."""
        return (self.of(url) or self.members[0]).canonical(url)

    def is_private(self, url: str) -> bool:
        """Tell whether ``url`` leads behind a portal's login."""
        portal = self.of(url)
        return portal is not None and portal.is_private(url)

    def of_key(self, key: str) -> Portal:
        """Return the portal of a record by its key. A key without a name is the first portal's."""
        rest = key.split("/", 2)[-1]
        named = (p for p in self.members if p.key_prefix and rest.startswith(p.key_prefix))
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
    """Return the phrases of ``portal`` that no other portal has as a phrase or as its title."""
    others = [other for other in portals.members if other is not portal]
    titles = {fold(other.title) for other in others}
    return frozenset(portal.vocabulary.roles).difference(
        titles, *(other.vocabulary.roles for other in others)
    )


@lru_cache
def _signs(portals: Portals) -> Callable[[bytes], bool]:
    """Return the function that looks for signs of ``portals`` on a page in lower case."""
    phrases = {phrase for portal in portals.members for phrase in _heads(portal)}
    # A single word stands on many pages. It is a heading only if it stands alone.
    words = {phrase for phrase in phrases if phrase.isalpha()}
    others = phrases - words
    # Where a phrase stands, each phrase within it stands, too.
    sought = {p for p in others if not any(other in p for other in others - {p})}
    either = b"|".join(map(re.escape, sorted(words))) or NEVER.encode()
    ending = re.compile(rb"(?:" + either + rb")\s*(?:[<\n|]|$)")
    lines = "|".join(sign for portal in portals.members for sign in portal.signs) or NEVER
    forms = "|".join(n.form for portal in portals.members for n in portal.status_numbers) or NEVER
    line = re.compile(lines.encode(), re.MULTILINE | re.IGNORECASE)
    number = re.compile(rf"(?<!\d)(?:{forms})(?!\d)".encode())

    def are_on(data: bytes) -> bool:
        if any(phrase in data for phrase in sought):
            return True
        if any(_begins(data, match.start()) for match in ending.finditer(data)):
            return True
        if line.search(data):
            return True
        return number.search(data) is not None

    return are_on


def _begins(data: bytes, start: int) -> bool:
    """Tell whether only markup, a bar or the end of a line stands before ``start``."""
    return data[max(0, start - _NEAR) : start].rstrip(b" \t\r\f\v")[-1:] in b">|\n"


def _heads(portal: Portal) -> Iterator[bytes]:
    """Yield the headings of the parts of a portal's pages, as bytes in each possible charset."""
    for role in _HEADS & portal.vocabulary.phrases.keys():
        for phrases in portal.vocabulary.phrases[role].values():
            for phrase in map(str.lower, phrases):
                for text in (phrase, escape(phrase, quote=False)):
                    yield from (text.encode(charset) for charset in _CHARSETS)
