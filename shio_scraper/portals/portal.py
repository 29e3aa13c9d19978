"""The map of a portal: hosts, page families, canonical addresses and vocabulary.

A portal is one ``Portal``, in a file of data beside this one. Only the functions here read it: no
reader and no parser of pages knows a word of any portal.
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
"""Settings of Scrapy that a map may set."""
RESERVED: Final = frozenset({"all", "any", "live", "demo", "archive"})
"""Names that no portal may have, since they mean something else on the command line."""
Name: TypeAlias = Annotated[
    str, Meta(pattern=rf"^(?!({'|'.join(sorted(RESERVED))})$)[a-z][a-z0-9_]*$")
]
Origin: TypeAlias = Annotated[str, Meta(pattern=r"^https?://[^/?#@]+$")]
Host: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z0-9.-]+(:\d+)?$")]
Year: TypeAlias = Annotated[int, Meta(ge=1000, lt=10_000)]
FIRST_YEAR: Final = 1970
"""The first year of a date if no portal's map names one."""


class DateRules(NamedTuple):
    """How the dates of a portal are read, by its map (see ``Portal``)."""

    first_year: int = FIRST_YEAR
    month_first: bool | None = None
    languages: tuple[str, ...] = ()
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class Address:
    """One page of a portal. It is the same whatever host, scheme or parameter order named it."""

    url: str
    portal: Portal = field(repr=False)
    family: Family | None
    query: Mapping[str, str]
    """Name → value of the parameters and places that tell the page from others of its family."""

    @property
    def kind(self) -> FamilyKind | None:
        """The kind of the page's family; ``None`` if the family is unknown."""
        return self.family.kind if self.family else None

    @property
    def portal_id(self) -> str | None:
        """The portal's id, as it stands in the address."""
        if self.family is None:
            return None
        return self.query.get("id") or self.query.get(self.family.id_parameter)

    @property
    def key_id(self) -> str | None:
        """The id in a record's key: the page's id or name, behind the portal's and layout's prefix.

        A layout has a prefix if it numbers its pages on its own.
        """
        page_id = self.family and (self.portal_id or self.family.name)
        return (
            f"{self.portal.key_prefix}{self.family.id_prefix}{page_id}"
            if self.family and page_id
            else None
        )

    @property
    def is_crawled(self) -> bool:
        """Tell whether the page stands on a host that crawls go to."""
        origin = self.portal.origin
        return not origin or self.url.startswith(f"{origin}/")

    @property
    def layout(self) -> Layout:
        """The layout: that of the family, else the layout that the path's ending tells."""
        if self.family and self.family.layout != "unknown":
            return self.family.layout
        path = self.url.partition("?")[0]
        layouts = self.portal.layouts.items()
        return next((layout for end, layout in layouts if path.endswith(end)), "unknown")

    @property
    def page_number(self) -> int:
        """The number of a page of a listing, from 1."""
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
    """Everything that the project knows of one site.

    ``name`` is the portal's name for ``-a portal=``. ``entries`` are the pages that a crawl begins
    with. ``listings`` are the pages that are read page by page. ``leads`` maps the role of a block
    to the records (as ``-a only=`` names them) that pages of unknown address may hold if such a
    block links to them.
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
    """The form of an id that holds a date. Its groups are year, month and day."""
    teaser_length: Mapping[Language, int] = field(default_factory=dict)
    sections: Mapping[FamilyKind, tuple[str, ...]] = field(default_factory=dict)
    """Kind → sections whose pages are of that kind, whatever their address."""
    signs: tuple[Pattern, ...] = ()
    """Forms of lines that no other portal has, to tell the portal of a page without an address."""
    languages: Annotated[frozenset[Language], Meta(min_length=1)] = frozenset({"en", "zh"})
    has_leads: bool = False
    """Whether text set apart above or below a body belongs to it: a lead, a line on the author."""
    first_year: Year = 1990
    """The earliest year of a date. No page is older."""
    month_first: bool | None = None
    """Whether 6/2/2023 is in June.

    If it is ``None``, no such date is read, and 25.1.2016 is read day first.
    """
    date_languages: frozenset[str] = frozenset()
    """Languages in which dates name their months, besides the languages of the portal's pages."""
    time_zone: str = "UTC"
    """The time zone of the portal's days and times: a name of the tz database."""
    named_in_keys: bool = True
    """Whether keys of its records carry the portal's name."""
    licence: str = ""
    """The licence of the portal's texts; empty if no page names one."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Settings of a crawl of this portal, unless the user sets them.

    A map may set those of ``SETTABLE`` and those that begin with ``SHIO_MONITOR_``.
    """

    @property
    def key_prefix(self) -> str:
        """What stands before the id in the keys of the portal's records."""
        return f"{self.name}-" if self.named_in_keys else ""

    def is_signed(self, line: str) -> bool:
        """Tell whether a line has a form that no other portal has (``signs``)."""
        return any(re.fullmatch(sign, line) for sign in self.signs)

    def holds(self, kind: FamilyKind, section: str) -> bool:
        """Tell whether pages below the word ``section`` are of a kind, whatever their address."""
        return fold(section) in map(fold, self.sections.get(kind, ()))

    @cached_property
    def zone(self) -> ZoneInfo:
        """The portal's time zone."""
        return ZoneInfo(self.time_zone)

    @cached_property
    def dates(self) -> DateRules:
        """The rules by which the portal's dates are read."""
        others = {*self.languages, *self.date_languages} - _OF_EXACT_FORMS
        named = sorted(others & languages_of_dates()) if others else ()
        return DateRules(self.first_year, self.month_first, tuple(named), self.zone)

    @cached_property
    def gives(self) -> frozenset[str]:
        """The kinds of records that the portal's pages give, as ``-a only=`` names them."""
        given = {GIVES[family.kind] for family in self.families if family.kind in GIVES}
        given |= {"status"} if self.status_numbers else set()
        given |= {"faq"} if self.vocabulary.question_labels else set()
        given |= set() if self.families else {"news", "events", "faq", "rows"}
        return frozenset(given)

    @property
    def has_sidebar(self) -> bool:
        """Tell whether pages may show status rows or questions in a sidebar."""
        return bool(self.status_numbers or self.vocabulary.question_labels)

    @cached_property
    def other_hosts(self) -> frozenset[str]:
        """Further hosts on which some of the portal's pages stand. No crawl goes there."""
        return frozenset(family.host for family in self.families if family.host)

    def place(self, url: str) -> SplitResult | None:
        """Return the parts of ``url``; ``None`` if it cannot be an address of the portal.

        An address with another scheme, another port or a user's name is not the portal's.
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
        """Return the page of the portal that ``url`` names; ``None`` if it is not on the portal."""
        return _locate(self, url) if len(url) <= LONGEST else None

    def at(self, path: str) -> Address:
        """Return the page at one of the map's own paths."""
        address = self.locate(self.origin + path)
        assert address is not None  # noqa: S101  (the origin's host is one of the hosts)
        return address

    def canonical(self, url: str, base: str | None = None) -> str | None:
        """Return the absolute address that ``url`` leads to, in canonical form on the portal.

        Return ``None`` if it leads to no address that a reader could cite: a script that names
        none, no host, more than 8,192 characters.
        """
        if len(url) > LONGEST:
            return None
        if base and not url.startswith(_OF_THE_PAGE):
            base = base.partition("?")[0]  # many pages share this base, so the cache serves them
        return _canonical(self, url, base)

    def is_private(self, url: str) -> bool:
        """Tell whether ``url``, absolute or not, leads behind a login: it is never fetched.

        A ``url`` that is too long for an address counts as private too.
        """
        return len(url) > LONGEST or _is_private(self, url)


@cache
def languages_of_dates() -> frozenset[str]:
    """Return the languages whose names of months can be read."""
    from dateparser.data.languages_info import language_order  # noqa: PLC0415  (slow to load)

    return frozenset(language_order)


_PORTS: Final = (80, 443)
_OF_EXACT_FORMS: Final = frozenset({"en", "zh"})
"""Languages of which every form of dates is known here. ``dateparser`` reads the others."""
_OF_THE_PAGE: Final = ("?", "#")
"""The beginnings of a link that continues the page's own address."""


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
    """Return path and query. A file name in a mirror (``wget -k -E``) is decoded into both.

    >>> _as_served(urlsplit("https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp%3Fid=10.html"))
    ('/jsp/zfxw_detail_en.jsp', 'id=10')
    """
    path, *mirrored = re.split("%3F", parts.path, maxsplit=1, flags=re.IGNORECASE)
    return path, mirrored[0].removesuffix(".html") if mirrored else parts.query


def _url(origin: str, path: str, query: Mapping[str, str]) -> str:
    return origin + urlunsplit(("", "", escaped(path), urlencode(query), ""))
