"""Spider arguments, read and checked before anything is fetched."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit, urlunsplit

from twisted.logger import globalLogBeginner

from shio_scraper.archives.mirrors import Copy
from shio_scraper.archives.reading import Columns
from shio_scraper.items import (
    Article,
    Event,
    Faq,
    PressConference,
    RecordType,
    Row,
    Status,
    type_of,
)
from shio_scraper.parsers.days import told_day
from shio_scraper.portals import ALL, ANY_SITE, DEFAULT, AnyPages, PortalError, Portals, load, names
from shio_scraper.runs.manifest import Trial

_KINDS: Final[dict[str, type[RecordType]]] = {
    "news": Article,
    "events": Event,
    "faq": Faq,
    "status": Status,
    "press": PressConference,
    "rows": Row,
}
_ALL: Final = frozenset(_KINDS)
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
_LANGUAGES: Final = DEFAULT.languages
_EVERY: Final = "all"
_JOB: Final = "_job"
"""What scrapyd adds to the arguments: its id of the job."""
_HEADING: Final = "Unhandled error in Deferred:"
"""What Twisted logs before the error itself."""
SERVICES: Final = ("wayback", "commoncrawl")
"""The archive services that ``site`` may name; ``services.py`` reads their arguments."""
OF_SERVICES: Final = ("cdx", "replay", "data", "captured_since", "captured_until")


class ArgumentError(ValueError):
    """A spider argument that cannot be used; the message is one line for the user."""


def say_in_one_line() -> None:
    """Let a log show an ``ArgumentError`` that nobody caught as its line, from a script too."""
    for name in ("twisted", "asyncio"):
        logging.getLogger(name).addFilter(_without_traceback)
    # Until somebody begins, Twisted prints what is critical itself, beside Scrapy's log.
    globalLogBeginner.beginLoggingTo([], discardBuffer=True, redirectStandardIO=False)


def _without_traceback(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, ArgumentError):
        record.msg, record.args, record.exc_info = f"Wrong argument: {error}", (), None
    return str(record.msg) != _HEADING


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordArguments:
    """Which records the user asks for."""

    portal: str = DEFAULT.name
    only: frozenset[str] = _ALL
    language: frozenset[str] = _LANGUAGES
    since: date | None = None
    until: date | None = None
    fresh: bool = False

    def identity(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return what tells this crawl from others, as JSON has it: all but defaults."""
        own = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "fresh"}
        services = {name: str(given[name]) for name in OF_SERVICES if name in given}
        own["only"] = own["only"] if self.portals.gives - self.only else _ALL
        if self.language == self.portals.languages:
            own["language"] = _LANGUAGES
        changed = {name: value for name, value in own.items() if value != _default(self, name)}
        return {name: _plain(value) for name, value in changed.items()} | services

    @property
    def reads_files(self) -> bool:
        """Whether it is files that are read, and nobody is asked."""
        return False

    @property
    def portals(self) -> Portals:
        """The portals that the user asks for."""
        return AnyPages(base=self.base) if self.is_any else _portals(self.portal)

    @property
    def is_any(self) -> bool:
        """Whether pages are read that no map is of."""
        return self.portal == ANY_SITE.name

    @property
    def base(self) -> str:
        """The site below whose address pages of any site are read; empty for every site."""
        return address_of(str(getattr(self, "site", None) or "")) or ""

    @property
    def types(self) -> set[str]:
        """The types of the records that the user asks for."""
        return {type_of(_KINDS[name]) for name in self.only & self.portals.gives}

    def wants(self, record: RecordType) -> bool:
        """Tell whether the user asked for ``record``; an undated one is kept."""
        if not any(isinstance(record, _KINDS[name]) for name in self.only):
            return False
        if self.language and record.language not in self.language:
            return False
        return self.covers(getattr(record, "published", None))

    def covers(self, day: date | None) -> bool:
        """Tell whether ``day`` lies between ``since`` and ``until``, which include their day."""
        if day is None:
            return True
        return (self.since is None or day >= self.since) and (
            self.until is None or day <= self.until
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalArguments(RecordArguments):
    """The arguments of the ``portal`` spider (DESIGN.md, spiders and commands)."""

    site: str = "live"
    max_pages: int | None = None
    mode: Literal["full", "update"] = "full"
    sample: int | None = None
    dry: bool = False
    pages: int | None = None
    depth: int | None = None
    minutes: int | None = None

    @property
    def trial(self) -> Trial | None:
        """Which small crawl it is."""
        return "dry" if self.dry else "sample" if self.sample else None

    @property
    def subject(self) -> str:
        """What is crawled, as the user named it."""
        return self.site

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> PortalArguments:
        """Read the arguments as given on the command line. Raises ``ArgumentError``."""
        refuse_unknown(given, (*(f.name for f in fields(cls)), *OF_SERVICES))
        arguments = cls(
            site=_site(given.get("site", "live")),
            max_pages=_number("max_pages", given.get("max_pages")),
            mode=_mode(given.get("mode", "full")),
            sample=_number("sample", given.get("sample")),
            dry=_flag("dry", given.get("dry", "0")),
            pages=_number("pages", given.get("pages")),
            depth=_number("depth", given.get("depth")),
            minutes=_number("minutes", given.get("minutes")),
            **_of_records(given),
        )
        arguments._check_any()
        if arguments.portal == _EVERY and address_of(arguments.site):
            raise _one_portal(arguments.site)
        if arguments.max_pages and arguments.site in SERVICES:
            raise ArgumentError("max_pages counts pages of listings: an archive service has none")
        if arguments.trial and arguments.site in SERVICES:
            raise ArgumentError(
                f"{arguments.trial} goes by kinds of pages: an archive service has none"
            )
        if arguments.mode == "update" and arguments.site in SERVICES:
            raise ArgumentError(
                "mode=update reads again what changed: what an archive service holds does not"
            )
        return arguments

    def _check_any(self) -> None:
        """Raise ``ArgumentError`` where an argument needs a map, or none."""
        if not self.is_any:
            for name in ("pages", "depth", "minutes"):
                if getattr(self, name):
                    raise ArgumentError(f"{name} bounds a crawl of portal=any: a map has its own")
            return
        if not self.base:
            raise ArgumentError(
                f"site={self.site} is none that no map is of: portal=any takes its address, "
                "-a site=https://www.example.org/"
            )
        if self.mode == "update" or self.dry:
            what = "dry=1" if self.dry else "mode=update"
            raise ArgumentError(f"{what} goes by a map's kinds of pages: portal=any has none")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveArguments(RecordArguments):
    """The arguments of the ``archive`` spider: ``path``, perhaps of a copy, or a service."""

    portal: str = _EVERY
    path: tuple[str, ...] = ()
    site: str | None = None
    url_column: str | None = None
    html_column: str | None = None
    text_column: str | None = None
    date_column: str | None = None

    @property
    def subject(self) -> str:
        """What is read, as the user named it."""
        return ", ".join(self.path) or str(self.site)

    @property
    def reads_files(self) -> bool:
        """Whether it is files that are read, and nobody is asked."""
        return bool(self.path)

    @property
    def copy(self) -> Copy | None:
        """The copy of a portal that the files are of."""
        is_copy = self.path and self.site and not self.is_any
        return Copy.of(self.portals.members[0], str(self.site)) if is_copy else None

    @property
    def columns(self) -> Columns:
        """The columns of tables that the user named."""
        return Columns(self.url_column, self.html_column, self.text_column, self.date_column)

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> ArchiveArguments:
        """Read the arguments as given on the command line. Raises ``ArgumentError``."""
        refuse_unknown(given, (*(f.name for f in fields(cls)), *OF_SERVICES))
        patterns = tuple(p.strip() for p in str(given.get("path") or "").split(",") if p.strip())
        site = str(given.get("site") or "").strip() or None
        is_any = str(given.get("portal", "")).strip() == ANY_SITE.name
        if is_any and site in SERVICES:
            raise ArgumentError(f"site={site} is asked for the hosts of a map: portal=any has none")
        if site and is_any and not address_of(site):
            raise ArgumentError(f"site={site!r} is no http(s) address without query and user")
        if site and site not in SERVICES and not is_any:
            site = copy_of(site)
        if patterns and site in SERVICES:
            raise ArgumentError(f"path and site={site} cannot both be read: give one of them")
        if not patterns and (not site or is_any):
            services = "" if is_any else f", or -a site={'|'.join(SERVICES)}"
            raise ArgumentError(
                f"path is missing: give -a path=FILE, FOLDER or GLOB[,GLOB…]{services}"
            )
        default = DEFAULT.name if patterns and site else _EVERY
        arguments = cls(
            path=patterns, site=site, **_of_columns(given), **_of_records(given, default)
        )
        if patterns and site and arguments.portal == _EVERY:
            raise _one_portal(site)
        return arguments


def _default(arguments: RecordArguments, name: str) -> Any:
    return next(f.default for f in fields(arguments) if f.name == name)


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset | tuple):
        return sorted(value)
    return value.isoformat() if isinstance(value, date) else value


def refuse_unknown(given: Iterable[str], known: Iterable[str]) -> None:
    """Raise ``ArgumentError`` where ``given`` names an argument that is not ``known``."""
    known = sorted(known)
    for name in given:
        if name not in known and name != _JOB:
            raise ArgumentError(f"unknown argument {name!r}: use {', '.join(known)}")


def _of_columns(given: Mapping[str, Any]) -> dict[str, Any]:
    names = [f"{column.name}_column" for column in fields(Columns)]
    columns = {name: str(given[name]).strip() for name in names if given.get(name) is not None}
    for name, column in columns.items():
        if not column:
            raise ArgumentError(f"{name} is empty: give the name of a column")
    return columns


def _of_records(given: Mapping[str, Any], default: str = DEFAULT.name) -> dict[str, Any]:
    portal = _portal(given.get("portal", default))
    since, until = period(given, "since", "until", _portals(portal).members[0].zone)
    return {
        "portal": portal,
        "only": _only(given.get("only"), portal),
        "language": _languages(given.get("language"), portal),
        "since": since,
        "until": until,
        "fresh": _flag("fresh", given.get("fresh", "0")),
    }


def period(
    given: Mapping[str, Any], begin: str, end: str, zone: tzinfo = UTC
) -> tuple[date | None, date | None]:
    """Return the days that the arguments named ``begin`` and ``end`` give, today's by ``zone``."""
    since, until = _day(begin, given.get(begin), zone), _day(end, given.get(end), zone)
    if since and until and since > until:
        raise ArgumentError(f"{begin}={since} is after {end}={until}: exchange them")
    return since, until


def _only(value: Any, portal: str) -> frozenset[str]:
    only = _choices("only", value, _ALL)
    if not only & _portals(portal).gives:
        raise ArgumentError(
            f"only={','.join(sorted(only))}: portal={portal} has no such pages, "
            f"only {', '.join(sorted(_portals(portal).gives))}"
        )
    return only


def _languages(value: Any, portal: str) -> frozenset[str]:
    """Return the languages that are asked for; of any site none stands for all."""
    if portal != ANY_SITE.name:
        return _choices("language", value, _portals(portal).languages)
    chosen = frozenset(part.strip() for part in str(value or "").split(",") if part.strip())
    if wrong := sorted(one for one in chosen if not _LANGUAGE.fullmatch(one)):
        raise ArgumentError(f"language={wrong[0]!r} is no code of two or three letters (ISO 639)")
    return chosen


def _portals(name: str) -> Portals:
    if name == ANY_SITE.name:
        return AnyPages()
    return ALL if name == _EVERY else Portals((load(name),))


def _portal(value: Any) -> str:
    if (given := str(value).strip()) == _EVERY:
        return given
    try:
        return load(given).name
    except PortalError as error:
        raise ArgumentError(str(error)) from error


def _site(value: Any) -> str:
    site = str(value).strip()
    if site in {"live", "demo", *SERVICES}:
        return site
    address = address_of(site)
    if address is None:
        raise ArgumentError(
            f"site={site!r} is neither live, demo, {', '.join(SERVICES)} "
            "nor an http(s) address without query and user"
        )
    return address


def address_of(site: str) -> str | None:
    """Return the address with its scheme and host in lower case; ``None`` for no address."""
    try:
        parts = urlsplit(site)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        return None
    if not usable or parts.query or parts.fragment or "@" in parts.netloc:
        return None
    return urlunsplit((parts.scheme, parts.netloc.lower(), parts.path, "", ""))


def copy_of(site: str) -> str:
    """Return the address or the folder of a copy. Raises ``ArgumentError``."""
    address = address_of(site)
    if address is None and not Path(site).is_dir():
        raise ArgumentError(
            f"site={site!r} is no archive service ({', '.join(SERVICES)}), "
            "and neither the http(s) address nor the folder of a copy"
        )
    return address or site


def _one_portal(site: str) -> ArgumentError:
    return ArgumentError(
        f"site={site} is a copy of one portal: say which, -a portal={'|'.join(names())}"
    )


def _choices(name: str, value: Any, allowed: frozenset[str]) -> frozenset[str]:
    if value is None:
        return allowed
    chosen = frozenset(part.strip() for part in str(value).split(",") if part.strip())
    wrong = sorted(chosen - allowed)
    if wrong or not chosen:
        what = f"{', '.join(wrong)!r}" if wrong else "nothing"
        raise ArgumentError(f"{name} cannot be {what}: use {', '.join(sorted(allowed))}")
    return chosen


def _flag(name: str, value: Any) -> bool:
    text = str(value).strip()
    if text not in {"0", "1"}:
        raise ArgumentError(f"{name}={value!r} is neither 1 nor 0")
    return text == "1"


def _mode(value: Any) -> Literal["full", "update"]:
    match str(value).strip():
        case "full" | "update" as mode:
            return mode
    raise ArgumentError(f"mode={value!r} is neither full nor update")


def _day(name: str, value: Any, zone: tzinfo) -> date | None:
    if value is None:
        return None
    try:
        return told_day(str(value), datetime.now(zone))
    except ValueError as error:
        raise ArgumentError(f"{name}={value!r} {error}") from error


def _number(name: str, value: Any) -> int | None:
    if value is None:
        return None
    text = str(value).strip()
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentError(f"{name}={value!r} is not a number from 1 on")
    return int(text)
