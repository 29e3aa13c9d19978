"""The registry of portals by name: the project's own, and those that users register.

The map of a user's portal is in a file (``harbour.py``) or in a module (``package.module.NAME``).
An installed distribution registers one by the entry point group ``shio_scraper.portals``. A mistake
in a map is reported with its place in the map.
"""

from __future__ import annotations

import importlib
import os
import re
import signal
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
from cssselect import ExpressionError, SelectorError
from parsel.csstranslator import HTMLTranslator

from shio_scraper.portals.any_site import ANY_SITE
from shio_scraper.portals.en_shio import EN_SHIO
from shio_scraper.portals.family import LISTINGS, SELECTED, Family
from shio_scraper.portals.portal import SETTABLE, Portal, languages_of_dates
from shio_scraper.portals.portals import Portals
from shio_scraper.portals.touch import TOUCH_SHANGHAI
from shio_scraper.portals.vocabulary import IGNORED, Pattern

DEFAULT: Final = TOUCH_SHANGHAI
"""The portal of a capture, if neither its address nor its words tell it."""
GROUP: Final = "shio_scraper.portals"
_OF_ANY_SITE: Final = re.compile(
    r"(?!status/)\w+/(?:[a-z]{2,3}/)?(?:any|localhost|[\w-]+(?:\.[\w-]+)+|[\da-f]*:[\da-f:.]+)-"
)
"""Matches the beginning of a key of a site without a map: ``article/en/www.example.org-``."""
_PATIENCE: Final = 10
"""The most seconds that the code of a map may take."""
_PARTS: Final = {"families", "vocabulary", "status_numbers"}
"""Fields of a map whose parts are checked one by one."""


class PortalError(ValueError):
    """A portal cannot be used. The message is one line for the user.

    ``lines`` are the mistakes of its map, one line each. Without mistakes, it is the message.
    """

    def __init__(self, message: str, mistakes: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.lines = list(mistakes) or [message]


class _Registry(Portals):
    """All known portals. If none fits an address, the installed distributions are loaded, once."""

    def of(self, url: str | None) -> Portal | None:
        """Return the portal on whose host ``url`` is; ``None`` if it is on none."""
        return super().of(url) or (super().of(url) if _bring() else None)

    def of_key(self, key: str) -> Portal:
        """Return the portal of a record by its key. A key with a host has no map of its own."""
        return ANY_SITE if _OF_ANY_SITE.match(key) else super().of_key(key)


@dataclass(frozen=True, slots=True)
class Source:
    """The origin of a user's portal: the source for ``load``, and the digest of the map's file."""

    name: str
    source: str
    sha256: str


ALL: Final = _Registry((TOUCH_SHANGHAI, EN_SHIO))
_SOURCES: Final[dict[str, Source]] = {}
"""Name of a user's portal → its source."""


def names() -> list[str]:
    """Return the names that ``-a portal=`` accepts, besides files and modules."""
    _bring()
    return [portal.name for portal in ALL.members]


def sources(portals: Portals = ALL) -> list[Source]:
    """Return the sources of those of ``portals`` that are users'."""
    return [_SOURCES[portal.name] for portal in portals.members if portal.name in _SOURCES]


def register(portal: Portal, source: str = "", digest: str = "") -> Portal:
    """Register ``portal``, so that all parts of the project know its name and its hosts.

    Raise ``PortalError`` if its map has a mistake, or another portal has its name or one of its
    hosts.
    """
    if wrong := mistakes(portal):
        raise PortalError(f"{source or 'the map'}: {'; '.join(wrong)}", wrong)
    for other in (*ALL.members, ANY_SITE):
        if other is portal:
            return portal
        if other.name == portal.name:
            theirs = _SOURCES.get(other.name)
            whose = f"that of {theirs.source}" if theirs else "one of the project's own"
            raise PortalError(f"{source or 'the map'}: name {portal.name!r} is {whose}")
        if shared := sorted({*other.hosts} & {*portal.hosts}):
            raise PortalError(f"{source or 'the map'}: host {shared[0]!r} is portal {other.name}'s")
    ALL.add(portal)
    _SOURCES[portal.name] = Source(portal.name, source, digest)
    return portal


def register_all(sources: Iterable[str]) -> None:
    """Load and register each of ``sources`` (the setting ``SHIO_PORTALS``)."""
    for source in sources:
        load(source)


def load(source: str) -> Portal:
    """Return the portal that ``source`` names, and register it.

    ``source`` is a name, a file or ``package.module.NAME``. A file with several portals is given as
    ``maps/harbour.py:NAME``, another as ``maps/harbour.py``. The name ``any`` is for sites without
    a map. Raise ``PortalError`` if ``source`` gives no portal.
    """
    source = source.strip()
    if source == ANY_SITE.name:
        return ANY_SITE
    _bring()
    if known := next((portal for portal in ALL.members if portal.name == source), None):
        return known
    path, _, name = source.partition(":") if ".py:" in source else (source, "", "")
    if path.endswith(".py") or os.sep in path:
        file = Path(path).expanduser().resolve()
        return _one_of(_executed(file), f"{file}:{name}" if name else str(file), name)
    module, _, name = source.rpartition(".")
    if not module:
        raise PortalError(
            f"portal={source!r} is not known: use {', '.join(names())}, "
            "a file (harbour.py) or package.module.NAME"
        )
    with _in_one_line(source):
        return _one_of(importlib.import_module(module), source, name)


@cache
def _bring() -> bool:
    """Register the portals of installed distributions. Tell whether there are any."""
    points = entry_points(group=GROUP)
    for point in points:
        with _in_one_line(f"{GROUP}: {point.name} = {point.value}"):
            portal = point.load()
        register(_portal(portal, point.value), point.value.replace(":", "."))
    return bool(points)


def _one_of(module: ModuleType, source: str, name: str) -> Portal:
    file = getattr(module, "__file__", None)
    digest = sha256(Path(file).read_bytes()).hexdigest() if file else ""
    if name:
        if not hasattr(module, name):
            raise PortalError(f"{source}: there is no {name}")
        return register(_portal(getattr(module, name), source), source, digest)
    by_id = {id(value): value for value in vars(module).values() if isinstance(value, Portal)}
    portals = [
        value for value in by_id.values() if value not in {TOUCH_SHANGHAI, EN_SHIO, ANY_SITE}
    ]
    if len(portals) != 1:
        what = "no portal" if not portals else f"{len(portals)} portals: say which, FILE.py:NAME"
        raise PortalError(f"{source}: it holds {what}")
    return register(portals[0], source, digest)


def _portal(value: Any, source: str) -> Portal:
    if not isinstance(value, Portal):
        raise PortalError(f"{source}: it is no Portal, but {type(value).__name__}")
    return value


@cache
def _executed(file: Path) -> ModuleType:
    """Execute ``file`` and return it as a module. Files of the same name are different modules."""
    spec = spec_from_file_location(f"shio_map_{abs(hash(file)):x}", file)
    if spec is None or spec.loader is None or not file.is_file():
        raise PortalError(f"{file}: there is no such file")
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses and pickles of the map look for it
    with _in_one_line(str(file)):
        spec.loader.exec_module(module)
    return module


@contextmanager
def _in_one_line(source: str) -> Iterator[None]:
    """Limit the time of a user's code. Raise any error of the code as a ``PortalError``."""
    try:
        with _bounded():
            yield
    except PortalError:
        raise
    except (Exception, SystemExit) as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        line = error.lineno if isinstance(error, SyntaxError) else last.lineno
        place = f", line {line}" if source.endswith(".py") and line else ""
        message = str(error).partition("\n")[0]
        raise PortalError(f"{source}{place}: {type(error).__name__}: {message}") from error


@contextmanager
def _bounded() -> Iterator[None]:
    """Raise ``TimeoutError`` after ``_PATIENCE`` seconds, if the system and the thread allow it."""
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise TimeoutError(f"its code takes more than {_PATIENCE} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, _PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def mistakes(portal: Portal) -> list[str]:
    """Return the mistakes in ``portal``'s map, one line each; an empty list if it has none."""
    parts: dict[str, object] = {"": portal, "vocabulary: ": portal.vocabulary}
    parts |= {f"status_numbers ({number.kind}): ": number for number in portal.status_numbers}
    parts |= {f"families[{n}] ({f.path}): ": f for n, f in enumerate(portal.families)}
    lines = [f"{place}{line}" for place, part in parts.items() for line in _unfit(part)]
    lines += _of_portal(portal)
    for place, part in parts.items():
        if isinstance(part, Family):
            lines += [f"{place}{line}" for line in _of_family(portal, part)]
    if not lines:  # listings can be checked only if the families are right
        wrong = (path for path in portal.listings if portal.at(path).kind not in LISTINGS)
        lines += [f"listings: {path!r} is of no family of listings" for path in wrong]
    return lines


def _unfit(part: object) -> Iterator[str]:
    """Yield a line for each field whose value is not of the type that the class declares."""
    for name, form in get_type_hints(type(part), include_extras=True).items():
        value = getattr(part, name)
        if name not in _PARTS and (why := _why_unfit(value, form)):
            yield f"{name} {value!r} {why}"


def _why_unfit(value: Any, form: Any) -> str | None:
    try:
        msgspec.convert(value, form)
        for pattern in {Pattern: (value,), tuple[Pattern, ...]: value}.get(form, ()):
            re.compile(pattern)
    except re.error as error:
        return f"is no regular expression: {error}"
    except msgspec.ValidationError as error:
        if get_origin(form) is Literal:
            return f"is none: {', '.join(get_args(form))}"
        return f"cannot be: {error}"
    return None


def _of_portal(portal: Portal) -> Iterator[str]:
    host = urlsplit(portal.origin).hostname
    if host and host not in portal.hosts:
        yield f"hosts: {host!r}, of the origin, is not among them"
    try:
        ZoneInfo(portal.time_zone)
    except (KeyError, OSError, ValueError):
        yield f"time_zone {portal.time_zone!r} is no name of the tz database, as Europe/Berlin"
    if unknown := portal.date_languages and portal.date_languages - languages_of_dates():
        yield f"date_languages: {', '.join(sorted(unknown))!r} names no months that are known"
    for name in portal.settings:
        if name not in SETTABLE and not name.startswith("SHIO_MONITOR_"):
            allowed = ", ".join(sorted(SETTABLE))
            yield f"settings: {name!r} is none that a map may give: {allowed}, SHIO_MONITOR_…"
    for role, by_language in portal.vocabulary.phrases.items():
        if role not in IGNORED:
            yield f"phrases: {role!r} is no role: {', '.join(IGNORED)}"
        for language in by_language.keys() - {None, *portal.languages}:
            yield f"phrases[{role!r}]: language {language!r} is not among its languages"


def _of_family(portal: Portal, family: Family) -> Iterator[str]:
    if family.language is not None and family.language not in portal.languages:
        yield f"language {family.language!r} is not among the portal's"
    if family.page and family.page not in family.parameters:
        yield f"page {family.page!r} is not among the parameters"
    for name, css in family.selectors.items():
        if name not in SELECTED or family.kind not in {"article", "standing"}:
            yield f"selectors: {name!r} of a {family.kind}: only {', '.join(SELECTED)} of articles"
        try:
            HTMLTranslator().css_to_xpath(css)
        except (SelectorError, ExpressionError, TypeError, AttributeError) as error:
            yield f"selectors[{name!r}]: {css!r} is no CSS: {error}"
