"""The spiders' arguments. They are read and checked before anything is fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, TypeAlias, get_type_hints
from urllib.parse import urlsplit, urlunsplit

import msgspec
from msgspec import Meta, Struct

from shio_scraper import items
from shio_scraper.archives.mirrors import Copy
from shio_scraper.archives.reading import Columns
from shio_scraper.items import RecordType, type_of
from shio_scraper.parsers.days import told_day
from shio_scraper.portals import ALL, ANY_SITE, DEFAULT, AnyPages, PortalError, Portals, load, names
from shio_scraper.runs.manifest import Trial

_KINDS: Final[dict[str, type[RecordType]]] = {
    "news": items.Article,
    "events": items.Event,
    "faq": items.Faq,
    "status": items.Status,
    "press": items.PressConference,
    "rows": items.Row,
}
_AN_ADDRESS: Final = "an http(s) address without query and user"
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
_EVERY: Final = "all"
_JOB: Final = "_job"
"""The argument in which scrapyd passes the id of its job. It is accepted and ignored."""
SERVICES: Final = {"wayback": "replay", "commoncrawl": "data"}
"""Archive service that ``site`` may name → the argument for the address of its pages."""
OF_SERVICES: Final = ("cdx", *SERVICES.values(), "captured_since", "captured_until")

# The error for a value of the wrong form is one line: ``NAME='VALUE'`` and this description.
Count: TypeAlias = Annotated[
    Annotated[int, Meta(ge=1)] | None, Meta(description="is not a number from 1 on")
]
Flag: TypeAlias = Annotated[bool, Meta(description="is neither 1 nor 0")]
Mode: TypeAlias = Annotated[
    Literal["full", "update"], Meta(description="is neither full nor update")
]
Column: TypeAlias = Annotated[
    Annotated[str, Meta(min_length=1)] | None,
    Meta(description="is empty: give the name of a column"),
]
Address: TypeAlias = Annotated[str, "http(s), without query and user"]
Day: TypeAlias = date | None
Names: TypeAlias = frozenset[str]
Paths: TypeAlias = tuple[str, ...]


class ArgumentError(ValueError):
    """A spider argument cannot be used. The message is one line for the user."""


class Arguments(Struct, frozen=True, kw_only=True):
    """The arguments of every spider: which records the user wants, and from which service."""

    portal: str = DEFAULT.name
    site: str = ""
    only: Names = frozenset(_KINDS)
    language: Names = DEFAULT.languages
    since: Day = None
    until: Day = None
    fresh: Flag = False
    cdx: Address = ""
    replay: Address = ""
    data: Address = ""
    captured_since: Day = None
    captured_until: Day = None

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> Self:
        """Read the arguments of the command line. Raise ``ArgumentError`` if one cannot be used."""
        forms = get_type_hints(cls, include_extras=True)
        for name in given.keys() - forms.keys() - {_JOB}:
            raise ArgumentError(f"unknown argument {name!r}: use {', '.join(sorted(forms))}")
        texts = {name: str(given[name]).strip() for name in forms if given.get(name) is not None}
        portal = cls._portal_of(texts)
        zone = _portals(portal).members[0].zone
        values: dict[str, Any] = {"language": _portals(portal).languages}
        for name, text in texts.items():
            now = datetime.now(UTC if name in OF_SERVICES else zone)
            values[name] = _converted(name, text, forms[name], now)
        arguments = cls(**values | {"portal": portal})
        for fault in arguments.faults():
            raise ArgumentError(fault)
        return arguments

    @classmethod
    def _portal_of(cls, texts: Mapping[str, str]) -> str:
        """Return the name of the portal that the user asks for."""
        return _name_of(texts.get("portal", DEFAULT.name))

    def faults(self) -> Iterator[str]:
        """Yield one line for each argument that contradicts another argument or the portal."""
        yield from _unknown("only", self.only, frozenset(_KINDS))
        if not self.is_any:
            yield from _unknown("language", self.language, self.portals.languages)
        elif wrong := [code for code in self.language if not _LANGUAGE.fullmatch(code)]:
            yield f"language={wrong[0]!r} is no code of two or three letters (ISO 639)"
        gives = self.portals.gives
        if not self.only & gives:
            only, given = (", ".join(sorted(names)) for names in (self.only, gives))
            yield f"only={only}: portal={self.portal} has no such pages, only {given}"
        for begin, end in (("since", "until"), ("captured_since", "captured_until")):
            since, until = getattr(self, begin), getattr(self, end)
            if since and until and since > until:
                yield f"{begin}={since} is after {end}={until}: exchange them"
        place = SERVICES.get(self.site)
        for name in filter(partial(getattr, self), OF_SERVICES):
            if place is None:
                services = " or ".join(f"-a site={service}" for service in SERVICES)
                yield f"{name} needs an archive service: {services}"
            elif name in {*SERVICES.values()} - {place}:
                yield f"{name} is not for site={self.site}, which takes {place}=URL"

    def _of_one_portal(self) -> Iterator[str]:
        if self.portal == _EVERY:
            which = f"-a portal={'|'.join(names())}"
            yield f"site={self.site} is a copy of one portal: say which, {which}"

    @property
    def origin(self) -> str:
        """Where the pages come from: ``live``, ``demo``, ``archive`` or the address of a copy."""
        if self.reads_files:
            return "archive"
        is_portals = not self.is_any and self.portals.locate(self.site) is not None
        return "live" if self.site in SERVICES or is_portals else self.site.rstrip("/")

    @property
    def leased_as(self) -> str:
        """The lease that keeps two workers from asking the same server at once.

        It names a portal, the host of a copy or an archive service. It is empty for files.
        """
        if self.site in SERVICES:
            return f"service {self.site}"
        if self.origin in {"live", "demo"}:
            return f"{self.origin} {' '.join(portal.name for portal in self.portals.members)}"
        return "" if self.reads_files else f"host {urlsplit(self.origin).netloc}"

    @property
    def identity(self) -> dict[str, Any]:
        """The arguments that tell this crawl from others, as JSON values. Defaults are left out."""
        fields = {field.name: field.default for field in msgspec.structs.fields(self)}
        given = {name: getattr(self, name) for name in fields if name != "fresh"}
        if not self.portals.gives - self.only:
            del given["only"]
        if self.language == self.portals.languages:
            del given["language"]
        return {name: _plain(value) for name, value in given.items() if value != fields[name]}

    @property
    def subject(self) -> str:
        """The site that is crawled, as the user named it."""
        return self.site

    @property
    def reads_files(self) -> bool:
        """Whether the crawl reads files and asks no server."""
        return False

    @property
    def portals(self) -> Portals:
        """The portals that the user asks for."""
        return AnyPages(base=self.base) if self.is_any else _portals(self.portal)

    @property
    def is_any(self) -> bool:
        """Whether the pages are of a site that has no map."""
        return self.portal == ANY_SITE.name

    @property
    def base(self) -> str:
        """The address below which pages of a site without a map are read; empty for every site."""
        return address_of(self.site) or ""

    @property
    def types(self) -> set[str]:
        """The types of the records that the user asks for."""
        return {type_of(_KINDS[name]) for name in self.only & self.portals.gives}

    def wants(self, record: RecordType) -> bool:
        """Tell whether the user asked for ``record``. An undated record is kept."""
        if not any(isinstance(record, _KINDS[name]) for name in self.only):
            return False
        if self.language and record.language not in self.language:
            return False
        return self.covers(getattr(record, "published", None))

    def covers(self, day: date | None) -> bool:
        """Tell whether ``day`` lies between ``since`` and ``until``, both days included."""
        if day is None:
            return True
        return (self.since or day) <= day <= (self.until or day)


class PortalArguments(Arguments, frozen=True, kw_only=True):
    """The arguments of the ``portal`` spider (README.md)."""

    site: str = "live"
    max_pages: Count = None
    mode: Mode = "full"
    sample: Count = None
    dry: Flag = False
    pages: Count = None
    depth: Count = None
    minutes: Count = None

    @property
    def trial(self) -> Trial | None:
        """The kind of trial that this crawl is, if it is one."""
        return "dry" if self.dry else "sample" if self.sample else None

    def faults(self) -> Iterator[str]:
        """Yield one line for each argument that contradicts another argument or the portal."""
        site, has_address = self.site, address_of(self.site) is not None
        if not has_address and site not in {"live", "demo", *SERVICES}:
            services = ", ".join(SERVICES)
            yield f"site={site!r} is neither live, demo, {services} nor {_AN_ADDRESS}"
        yield from super().faults()
        if self.is_any:
            if not has_address:
                example = "-a site=https://www.example.org/"
                yield f"site={site} is of a map: portal=any takes its address, {example}"
            if self.mode == "update" or self.dry:
                what = "dry=1" if self.dry else "mode=update"
                yield f"{what} goes by a map's kinds of pages: portal=any has none"
            return
        for name in ("pages", "depth", "minutes"):
            if getattr(self, name):
                yield f"{name} bounds a crawl of portal=any: a map has its own"
        if has_address:
            yield from self._of_one_portal()
        if site in SERVICES:
            wrong = {
                "max_pages counts pages of listings: an archive service has none": self.max_pages,
                f"{self.trial} goes by kinds of pages: an archive service has none": self.trial,
                "mode=update reads again what changed: what an archive service holds does not": (
                    self.mode == "update"
                ),
            }
            yield from (fault for fault, is_given in wrong.items() if is_given)


class ArchiveArguments(Arguments, frozen=True, kw_only=True):
    """The arguments of the ``archive`` spider.

    It reads files (``path``), perhaps those of a copy of a portal (``site``), or asks an archive
    service (``site``).
    """

    portal: str = _EVERY
    path: Paths = ()
    url_column: Column = None
    html_column: Column = None
    text_column: Column = None
    date_column: Column = None

    @classmethod
    def _portal_of(cls, texts: Mapping[str, str]) -> str:
        of_copy = texts.get("path") and texts.get("site")
        return _name_of(texts.get("portal", DEFAULT.name if of_copy else _EVERY))

    @property
    def subject(self) -> str:
        """The files or the service that are read, as the user named them."""
        return ", ".join(self.path) or self.site

    @property
    def reads_files(self) -> bool:
        """Whether the crawl reads files and asks no server."""
        return bool(self.path)

    @property
    def copy(self) -> Copy | None:
        """The copy of a portal that the files come from, if the user named one."""
        is_copy = self.path and self.site and not self.is_any
        return Copy.of(self.portals.members[0], self.site) if is_copy else None

    @property
    def columns(self) -> Columns:
        """The columns of tables that the user named."""
        return Columns(self.url_column, self.html_column, self.text_column, self.date_column)

    def faults(self) -> Iterator[str]:
        """Yield one line for each argument that contradicts another argument or the portal."""
        site, is_service = self.site, self.site in SERVICES
        if self.is_any and is_service:
            yield f"site={site} is asked for the hosts of a map: portal=any has none"
        if self.is_any and site and not address_of(site):
            yield f"site={site!r} is not {_AN_ADDRESS}"
        if self.path and is_service:
            yield f"path and site={site} cannot both be read: give one of them"
        if site and not is_service and not self.is_any:
            copy_of(site)
        if not self.path and (not site or self.is_any):
            services = "" if self.is_any else f", or -a site={'|'.join(SERVICES)}"
            yield f"path is missing: give -a path=FILE, FOLDER or GLOB[,GLOB…]{services}"
        yield from super().faults()
        if self.path and site:
            yield from self._of_one_portal()


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset | tuple):
        return sorted(value)
    return value.isoformat() if isinstance(value, date) else value


def _converted(name: str, text: str, form: Any, now: datetime) -> Any:
    """Return the value of an argument's text. Raise ``ArgumentError`` if the form is wrong."""
    if form == Day:
        try:
            return told_day(text, now)
        except ValueError as error:
            raise ArgumentError(f"{name}={text!r} {error}") from error
    if name == "site" or form == Address:
        address = address_of(text)
        if address is None and form == Address:
            raise ArgumentError(f"{name}={text!r} is no {_AN_ADDRESS.removeprefix('an ')}")
        return address or text
    value: Any = text
    if form in (Names, Paths):
        value = [part.strip() for part in text.split(",") if part.strip()]
    elif form == Flag:  # msgspec would also accept "true"
        value = {"1": True, "0": False}.get(text)
    try:
        return msgspec.convert(value, form, strict=False)
    except msgspec.ValidationError as error:
        raise ArgumentError(f"{name}={text!r} {form.__metadata__[0].description}") from error


def _unknown(name: str, chosen: Names, known: Names) -> Iterator[str]:
    wrong = ", ".join(sorted(chosen - known))
    if wrong or not chosen:
        what = repr(wrong) if wrong else "nothing"
        yield f"{name} cannot be {what}: use {', '.join(sorted(known))}"


def _portals(name: str) -> Portals:
    if name == ANY_SITE.name:
        return AnyPages()
    return ALL if name == _EVERY else Portals((load(name),))


def _name_of(portal: str) -> str:
    try:
        return portal if portal == _EVERY else load(portal).name
    except PortalError as error:
        raise ArgumentError(str(error)) from error


def address_of(site: str) -> str | None:
    """Return ``site`` with scheme and host in lower case; ``None`` if it is no address.

    An address with a query, a fragment or a user does not count as one.
    """
    try:
        parts = urlsplit(site)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        return None
    if not usable or parts.query or parts.fragment or "@" in parts.netloc:
        return None
    return urlunsplit((parts.scheme, parts.netloc.lower(), parts.path, "", ""))


def copy_of(site: str) -> str:
    """Return the address or the folder of a copy. Raise ``ArgumentError`` if it is neither."""
    address = address_of(site)
    if address is None and not Path(site).is_dir():
        raise ArgumentError(
            f"site={site!r} is no archive service ({', '.join(SERVICES)}), "
            "and neither the http(s) address nor the folder of a copy"
        )
    return address or site
