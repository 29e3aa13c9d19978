"""What a portal's map says: hosts, page families, canonical addresses, vocabulary.

A portal is one ``Portal``, a file of data beside this one, with the few functions here
that read it; nothing that reads or parses a page knows one of its words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Final, Literal, TypeAlias
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from shio_scraper.items import Language, Layout, StatusKind, StatusWord

FamilyKind: TypeAlias = Literal[
    "home", "listing", "article", "event_listing", "event", "recommended", "private"
]


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of page by its address.

    ``parameters`` are the query parameters that tell its pages apart; every other
    one is dropped from the canonical address. ``defaults`` are dropped too where
    they say what their absence says.
    """

    path: str
    kind: FamilyKind
    language: Language | None = None
    layout: Layout = "unknown"
    parameters: tuple[str, ...] = ()
    defaults: tuple[tuple[str, str], ...] = ()
    id_prefix: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """One page of the portal, the same whatever host, scheme or parameter order named it."""

    url: str
    family: Family | None
    query: Mapping[str, str]

    @property
    def kind(self) -> FamilyKind | None:
        """The family's kind; ``None`` for an unknown address."""
        return self.family.kind if self.family else None

    @property
    def portal_id(self) -> str | None:
        """The portal's ``id``, as it stands in the address."""
        return self.query.get("id") if self.family and "id" in self.family.parameters else None

    @property
    def key_id(self) -> str | None:
        """The ``id`` as a key uses it: layouts that number on their own carry their prefix."""
        if self.family is None or self.portal_id is None:
            return None
        return self.family.id_prefix + self.portal_id

    @property
    def page_number(self) -> int:
        """The page of a listing, from 1."""
        value = self.query.get("p_page", "1")
        return int(value) if value.isdecimal() else 1

    @property
    def first_page(self) -> str:
        """The address of the first page of a listing."""
        query = {name: value for name, value in self.query.items() if name != "p_page"}
        path = self.url.partition("?")[0]
        return f"{path}?{urlencode(query)}" if query else path


IGNORED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "section": "place",
        "category": "place",
        "tabs": "tabs",
        "events": "tabs",
        "navigation": "navigation",
        "account": "sign-in",
        "application": "box headings",
        "inquiry": "box headings",
        "faq": "box headings",
        "more": "navigation",
        "foot": "footer",
        "noise": "noise",
    }
)
"""Roles whose blocks no field need claim, and the names of the parts that they are."""


@dataclass(frozen=True)
class Vocabulary:
    """The words a reader of the portal recognises its frame by.

    ``phrases`` maps a role to the phrases that play it, by language; a phrase stands
    alone in its block. The patterns are regular expressions that match within a block.
    ``ignored`` names the parts of a page that accounting takes for granted, by role;
    ``furniture`` are further texts, outside of any record, that it does.
    """

    phrases: Mapping[str, Mapping[Language | None, tuple[str, ...]]]
    status_words: Mapping[str, StatusWord]
    question_labels: tuple[str, ...]
    answer_labels: tuple[str, ...]
    source_labels: tuple[str, ...]
    date_labels: tuple[str, ...]
    event_fields: Mapping[str, str]
    category: str
    gate: str
    foot: str
    leaf: str
    not_found: str
    ignored: Mapping[str, str] = field(default_factory=lambda: IGNORED)
    furniture: tuple[str, ...] = ()

    @cached_property
    def roles(self) -> dict[str, tuple[str, Language | None]]:
        """Folded phrase → its role and language."""
        return {
            fold(phrase): (role, language)
            for role, by_language in self.phrases.items()
            for language, phrases in by_language.items()
            for phrase in phrases
            if fold(phrase)
        }

    @cached_property
    def words(self) -> dict[str, StatusWord]:
        """Folded status word → its normal form."""
        return {fold(word): status for word, status in self.status_words.items()}


@dataclass(frozen=True)
class StatusNumber:
    """How a list prints its numbers: a layout's prefix, then the running number."""

    kind: StatusKind
    form: str


@dataclass(frozen=True, eq=False)
class Portal:
    """Everything the project knows of one site."""

    name: str
    origin: str
    hosts: tuple[str, ...]
    families: tuple[Family, ...]
    listings: tuple[str, ...]
    event_listings: tuple[str, ...]
    private: str
    vocabulary: Vocabulary
    status_numbers: tuple[StatusNumber, ...]
    id_date: str
    teaser_length: Mapping[Language, int] = field(default_factory=dict)

    @cached_property
    def families_by_path(self) -> dict[str, Family]:
        """Lower-case path → its family."""
        return {family.path: family for family in self.families}

    @cached_property
    def private_path(self) -> re.Pattern[str]:
        """What the path of a private page matches."""
        return re.compile(self.private, re.IGNORECASE)

    def locate(self, url: str) -> Address | None:
        """Return the page of the portal that ``url`` names, or ``None`` off the portal."""
        return _locate(self, url)

    def canonical(self, url: str, base: str | None = None) -> str | None:
        """Return the absolute address that ``url`` leads to, canonical where it is the portal's.

        ``None`` where it leads to no address a reader could cite (``javascript:``, no host).
        """
        if base and not url.startswith(("?", "#")):
            base = base.partition("?")[0]
        return _canonical(self, url, base)

    def is_private(self, url: str) -> bool:
        """Tell whether ``url``, absolute or not, leads behind a login: it is never fetched."""
        return _is_private(self, url)


def fold(phrase: str) -> str:
    """Return ``phrase`` as phrases are compared: case-folded, without outer punctuation.

    >>> fold("View More »")
    'view more'
    """
    return phrase.casefold().strip(" \t:：»›>+·•|…．.-–—[]【】#*_")


@lru_cache(maxsize=16384)
def _is_private(portal: Portal, url: str) -> bool:
    return portal.private_path.search(url.partition("?")[0]) is not None


@lru_cache(maxsize=16384)
def _canonical(portal: Portal, url: str, base: str | None) -> str | None:
    if url.strip().endswith(":") or url.strip() in {"http://", "https://"}:
        return None
    try:
        absolute = urljoin(base, url.strip()) if base else url.strip()
        parts = urlsplit(absolute)
    except ValueError:
        return None
    if parts.scheme in {"http", "https"} and parts.hostname:
        address = portal.locate(absolute)
        return address.url if address else re.sub(r"\s", "%20", absolute)
    if parts.scheme == "mailto" and parts.path:
        return re.sub(r"\s", "%20", parts.geturl())
    return None


@lru_cache(maxsize=16384)
def _locate(portal: Portal, url: str) -> Address | None:
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or host not in portal.hosts:
        return None
    path = re.sub(r"/{2,}", "/", re.sub(r";[^/]*", "", parts.path)) or "/"
    family = portal.families_by_path.get(path.lower())
    query = dict(parse_qsl(parts.query))
    if family:
        path = family.path
        query = _parameters(family, query)
    else:
        query = {name: value for name, value in sorted(query.items()) if name != "jsessionid"}
    path = re.sub(r"\s", "%20", path)
    canonical = urlunsplit(("", "", path, urlencode(query), ""))
    return Address(portal.origin + canonical, family, query)


def _parameters(family: Family, query: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters that tell the family's pages apart, sorted, in the map's spelling."""
    spelling = {name.lower(): name for name in family.parameters}
    named = {spelling.get(name.lower()): value.strip() for name, value in query.items()}
    return {
        name: named[name]
        for name in sorted(family.parameters)
        if named.get(name) and (name, named[name]) not in family.defaults
    }
