"""What a portal's map says: hosts, page families, canonical addresses, vocabulary.

A portal is one ``Portal``, a file of data beside this one, with the few functions here
that read it; nothing that reads or parses a page knows one of its words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from functools import cache, cached_property, lru_cache
from typing import Annotated, Any, Final, NamedTuple, TypeAlias
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from msgspec import Meta

from shio_scraper.addresses import LONGEST, escaped, joined, plain, tidy, unescaped
from shio_scraper.items import Language, Layout
from shio_scraper.portals.family import GIVES, Family, FamilyKind, Path
from shio_scraper.portals.vocabulary import NEVER, Pattern, StatusNumber, Vocabulary, fold

SETTABLE: Final = frozenset({"DOWNLOAD_DELAY", "USER_AGENT", "ROBOTSTXT_USER_AGENT"})
"""Settings of Scrapy that a map may give."""
RESERVED: Final = frozenset({"all", "any", "live", "demo", "archive"})
"""Names that mean something else on the command line."""
Name: TypeAlias = Annotated[
    str, Meta(pattern=rf"^(?!({'|'.join(sorted(RESERVED))})$)[a-z][a-z0-9_]*$")
]
Origin: TypeAlias = Annotated[str, Meta(pattern=r"^https?://[^/?#@]+$")]
Host: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z0-9.-]+(:\d+)?$")]
Year: TypeAlias = Annotated[int, Meta(ge=1000, lt=10_000)]
FIRST_YEAR: Final = 1970
"""The first year of a date where no portal says since when it has been there."""


class DateRules(NamedTuple):
    """How the dates of a portal are read: see its map."""

    first_year: int = FIRST_YEAR
    month_first: bool | None = None
    languages: tuple[str, ...] = ()
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class Address:
    """One page of a portal, the same whatever host, scheme or parameter order named it."""

    url: str
    portal: Portal = field(repr=False)
    family: Family | None
    query: Mapping[str, str]
    """What tells the page from others of its family, by name."""

    @property
    def kind(self) -> FamilyKind | None:
        """The family's kind; ``None`` for an unknown address."""
        return self.family.kind if self.family else None

    @property
    def portal_id(self) -> str | None:
        """The portal's ``id``, as it stands in the address."""
        if self.family is None:
            return None
        return self.query.get("id") or self.query.get(self.family.id_parameter)

    @property
    def key_id(self) -> str | None:
        """What a key has of the address: layouts that number on their own carry their prefix."""
        own = self.family and (self.portal_id or self.family.name)
        return (
            f"{self.portal.key_prefix}{self.family.id_prefix}{own}" if self.family and own else None
        )

    @property
    def is_crawled(self) -> bool:
        """Tell whether the page stands on a host that crawls go to."""
        origin = self.portal.origin
        return not origin or self.url.startswith(f"{origin}/")

    @property
    def layout(self) -> Layout:
        """The layout: the family's, else what the path's ending tells."""
        if self.family and self.family.layout != "unknown":
            return self.family.layout
        path = self.url.partition("?")[0]
        layouts = self.portal.layouts.items()
        return next((layout for end, layout in layouts if path.endswith(end)), "unknown")

    @property
    def page_number(self) -> int:
        """The page of a listing, from 1."""
        value = self.query.get(self._page, "1")
        return int(value) if value.isdecimal() else 1

    @property
    def is_paged(self) -> bool:
        """Tell whether a parameter numbers the pages of the listing."""
        return bool(self._page)

    @property
    def first_page(self) -> str:
        """The address of the first page of a listing."""
        path, _, asked = self.url.partition("?")
        query = [(name, value) for name, value in parse_qsl(asked) if name != self._page]
        return f"{path}?{urlencode(query)}" if query else path

    def page(self, number: int) -> str:
        """Return the address of page ``number`` of the listing."""
        first = self.first_page
        return f"{first}{'&' if '?' in first else '?'}{self._page}={number}"

    @property
    def _page(self) -> str:
        return self.family.page if self.family else ""


@dataclass(frozen=True, eq=False, kw_only=True)
class Portal:
    """Everything the project knows of one site.

    ``name`` is what ``-a portal=`` takes, ``entries`` are the pages that a crawl begins with,
    ``listings`` those that are read page by page. ``leads`` says which records (as ``-a only=``
    names them) pages of unknown address may hold, by the role of the block that links to them.
    """

    name: Name
    title: str
    publisher: str
    origin: Origin
    hosts: tuple[Host, ...]
    families: tuple[Family, ...]
    entries: tuple[Path, ...] = ("/",)
    listings: tuple[Path, ...] = ()
    leads: Mapping[str, frozenset[str]] = field(default_factory=dict)
    private: Pattern = NEVER
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    layouts: Mapping[str, Layout] = field(default_factory=dict)
    """The end of a path → its layout, for pages of unknown address."""
    status_numbers: tuple[StatusNumber, ...] = ()
    id_date: Pattern = NEVER
    """The form of an id that holds a date: year, month and day are its groups."""
    teaser_length: Mapping[Language, int] = field(default_factory=dict)
    sections: Mapping[FamilyKind, tuple[str, ...]] = field(default_factory=dict)
    """The sections of pages that are of a kind at any address."""
    signs: tuple[Pattern, ...] = ()
    """Forms of a line that is on no other portal, for pages without an address."""
    languages: Annotated[frozenset[Language], Meta(min_length=1)] = frozenset({"en", "zh"})
    has_leads: bool = False
    """What stands set apart above or below a text, a lead, a line on its author, belongs to it."""
    first_year: Year = 1990
    """The year of the oldest page, at the earliest: no page has an older date."""
    month_first: bool | None = None
    """Whether 6/2/2023 is of June; ``None``: no such date is read, and 25.1.2016 day first."""
    date_languages: frozenset[str] = frozenset()
    """Languages, beside those of its pages, that the months of its dates are named in."""
    time_zone: str = "UTC"
    """Where its days begin, and its clocks go: a name of the tz database."""
    named_in_keys: bool = True
    licence: str = ""
    """Under what its publisher lets others use its texts; empty where no page says so."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What a crawl of it sets where nobody else does: ``SETTABLE``, and ``SHIO_MONITOR_…``."""

    @property
    def key_prefix(self) -> str:
        """What the keys of the portal's records carry before their own part."""
        return f"{self.name}-" if self.named_in_keys else ""

    def is_signed(self, line: str) -> bool:
        """Tell whether a line has a form that is on no other portal."""
        return any(re.fullmatch(sign, line) for sign in self.signs)

    def holds(self, kind: FamilyKind, section: str) -> bool:
        """Tell whether pages below ``section`` are of a kind, whatever their address."""
        return fold(section) in map(fold, self.sections.get(kind, ()))

    @cached_property
    def zone(self) -> ZoneInfo:
        """Its time zone."""
        return ZoneInfo(self.time_zone)

    @cached_property
    def dates(self) -> DateRules:
        """The rules of its dates."""
        others = {*self.languages, *self.date_languages} - _OF_EXACT_FORMS
        named = sorted(others & languages_of_dates()) if others else ()
        return DateRules(self.first_year, self.month_first, tuple(named), self.zone)

    @cached_property
    def gives(self) -> frozenset[str]:
        """What its pages give, as ``-a only=`` names it."""
        given = {GIVES[family.kind] for family in self.families if family.kind in GIVES}
        given |= {"status"} if self.status_numbers else set()
        given |= {"faq"} if self.vocabulary.question_labels else set()
        given |= set() if self.families else {"news", "events", "faq", "rows"}
        return frozenset(given)

    @property
    def has_sidebar(self) -> bool:
        """Tell whether its pages may show rows or pairs beside what they are about."""
        return bool(self.status_numbers or self.vocabulary.question_labels)

    @cached_property
    def other_hosts(self) -> frozenset[str]:
        """Hosts on which some of its pages stand, and no crawl goes."""
        return frozenset(family.host for family in self.families if family.host)

    def place(self, url: str) -> SplitResult | None:
        """Return the parts of an address that may be the portal's; ``None`` where none can be.

        Another scheme, another port and a user's name are another place.
        """
        try:
            parts = urlsplit(tidy(url))
            port = parts.port
        except ValueError:
            return None
        if parts.scheme not in {"http", "https"} or parts.username is not None:
            return None
        return parts if port in {None, *_PORTS, urlsplit(self.origin).port} else None

    def locate(self, url: str) -> Address | None:
        """Return the page of the portal that ``url`` names, or ``None`` off the portal."""
        return _locate(self, url) if len(url) <= LONGEST else None

    def at(self, path: str) -> Address:
        """Return the page at one of the map's own paths."""
        address = self.locate(self.origin + path)
        assert address is not None  # noqa: S101  (the origin is one of its hosts)
        return address

    def canonical(self, url: str, base: str | None = None) -> str | None:
        """Return the absolute address that ``url`` leads to, canonical where it is the portal's.

        ``None`` where it leads to no address a reader could cite (a script that names none, no
        host, more than 8,192 characters).
        """
        if len(url) > LONGEST:
            return None
        if base and not url.startswith(_OF_THE_PAGE):
            base = base.partition("?")[0]  # the same for many pages: results are kept
        return _canonical(self, url, base)

    def is_private(self, url: str) -> bool:
        """Tell whether ``url``, absolute or not, leads behind a login: it is never fetched.

        Nor is what is no address, by its length.
        """
        return len(url) > LONGEST or _is_private(self, url)


@cache
def languages_of_dates() -> frozenset[str]:
    """Return the languages whose months can be read."""
    from dateparser.data.languages_info import language_order  # noqa: PLC0415  (slow to load)

    return frozenset(language_order)


_PORTS: Final = (80, 443)
_OF_EXACT_FORMS: Final = frozenset({"en", "zh"})
"""Languages of which every form of dates is known; ``dateparser`` knows the others."""
_OF_THE_PAGE: Final = ("?", "#")
"""What begins a link that goes on the page's own address."""


@lru_cache(maxsize=4096)
def _is_private(portal: Portal, url: str) -> bool:
    path = unescaped(tidy(url).partition("?")[0])
    return path is None or re.search(portal.private, path, re.IGNORECASE) is not None


@lru_cache(maxsize=4096)
def _canonical(portal: Portal, url: str, base: str | None) -> str | None:
    try:
        absolute = joined(url, base) or ""
        parts = urlsplit(absolute)
    except ValueError:
        return None
    if parts.scheme in {"http", "https"} and parts.hostname:
        address = portal.locate(absolute)
        return address.url if address else escaped(absolute)
    if parts.scheme == "mailto" and parts.path:
        return escaped(parts.geturl())
    return None


@lru_cache(maxsize=4096)
def _locate(portal: Portal, url: str) -> Address | None:
    parts = portal.place(url)
    if parts is None:
        return None
    other = parts.hostname if parts.hostname in portal.other_hosts else ""
    if not (other or parts.hostname in portal.hosts):
        return None
    path, question = _as_served(parts)
    path = re.sub(r"/{2,}", "/", re.sub(r";[^/]*", "", plain(path))) or "/"
    asked = dict(parse_qsl(question))
    origin = f"https://{other}" if other else portal.origin
    for family in portal.families:
        places = family.match(path) if family.host == other else None
        query = None if places is None else family.named(asked)
        if places is not None and query is not None:
            url = _url(origin, family.path.format(**places), query)
            return Address(url, portal, family, {**query, **places})
    if other:
        return None
    query = {name: value for name, value in sorted(asked.items()) if name != "jsessionid"}
    return Address(_url(origin, path, query), portal, None, query)


def _as_served(parts: SplitResult) -> tuple[str, str]:
    """Return path and query; of a name in a mirror what it stands for (``wget -k -E``).

    >>> _as_served(urlsplit("https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp%3Fid=10.html"))
    ('/jsp/zfxw_detail_en.jsp', 'id=10')
    """
    path, *mirrored = re.split("%3F", parts.path, maxsplit=1, flags=re.IGNORECASE)
    return path, mirrored[0].removesuffix(".html") if mirrored else parts.query


def _url(origin: str, path: str, query: Mapping[str, str]) -> str:
    return origin + urlunsplit(("", "", escaped(path), urlencode(query), ""))
