"""What is wrong with a map: each mistake a line, with its place in the map."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from cssselect import ExpressionError, SelectorError
from parsel.csstranslator import HTMLTranslator

from shio_scraper.portals.family import LISTINGS, SELECTED, Family, FamilyKind
from shio_scraper.portals.portal import SETTABLE, Portal, languages_of_dates
from shio_scraper.portals.vocabulary import IGNORED

RESERVED: Final = frozenset({"all", "any", "live", "demo", "archive"})
"""Names that mean something else on the command line."""
_YEARS: Final = range(1000, 10000)
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
_LAYOUT: Final = re.compile(r"[a-z][a-z0-9_-]*")
_HOST: Final = re.compile(r"[a-z0-9.-]+(:\d+)?")


def mistakes(portal: Portal) -> list[str]:
    """Return what is wrong with ``portal``'s map; empty where nothing is."""
    lines = [*_of_name(portal), *_of_hosts(portal), *_of_language(portal), *_of_words(portal)]
    for number, family in enumerate(portal.families):
        place = f"families[{number}] ({family.path})"
        lines += [f"{place}: {mistake}" for mistake in _of_family(portal, family)]
    return lines or list(_of_paths(portal))  # which need families that are right


def _of_name(portal: Portal) -> Iterator[str]:
    if not _NAME.fullmatch(portal.name) or portal.name in RESERVED:
        yield f"name {portal.name!r} cannot be: small letters, digits and _, none of " + ", ".join(
            sorted(RESERVED)
        )


def _of_hosts(portal: Portal) -> Iterator[str]:
    parts = urlsplit(portal.origin)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
        yield f"origin {portal.origin!r} is no scheme and host, as https://press.example.org"
    elif parts.hostname not in portal.hosts:
        yield f"hosts: {parts.hostname!r}, of the origin, is not among them"
    for host in portal.hosts:
        if not _HOST.fullmatch(host):
            yield f"hosts: {host!r} is no host in small letters"


def _of_language(portal: Portal) -> Iterator[str]:
    for language in sorted(portal.languages):
        if not _LANGUAGE.fullmatch(language):
            yield f"languages: {language!r} is no code of two or three letters (ISO 639)"
    if not portal.languages:
        yield "languages: there is none"
    try:
        ZoneInfo(portal.time_zone)
    except (KeyError, OSError, ValueError):
        yield f"time_zone {portal.time_zone!r} is no name of the tz database, as Europe/Berlin"
    if portal.month_first not in {True, False, None}:
        yield f"month_first {portal.month_first!r} is neither True nor False nor None"
    if portal.first_year not in _YEARS:
        yield f"first_year {portal.first_year!r} is no year from {_YEARS.start} on"
    if unknown := portal.date_languages and portal.date_languages - languages_of_dates():
        yield f"date_languages: {', '.join(sorted(unknown))!r} names no months that are known"
    for name in portal.settings:
        if name not in SETTABLE and not name.startswith("SHIO_MONITOR_"):
            allowed = ", ".join(sorted(SETTABLE))
            yield f"settings: {name!r} is none that a map may give: {allowed}, SHIO_MONITOR_…"
    yield from _patterns({"id_date": portal.id_date, "private": portal.private})
    yield from _patterns({f"signs[{n}]": sign for n, sign in enumerate(portal.signs)})
    yield from _patterns({f"status_numbers ({s.kind})": s.form for s in portal.status_numbers})


def _of_words(portal: Portal) -> Iterator[str]:
    words = portal.vocabulary
    for role, by_language in words.phrases.items():
        if role not in IGNORED:
            yield f"phrases: {role!r} is no role: {', '.join(IGNORED)}"
        for language in by_language:
            if language is not None and language not in portal.languages:
                yield f"phrases[{role!r}]: language {language!r} is not among its languages"
    names = ("category", "gate", "foot", "leaf", "not_found", "more", "more_at_end",
             "number_label", "extension")  # fmt: skip
    yield from _patterns({f"vocabulary.{name}": getattr(words, name) for name in names})


def _of_family(portal: Portal, family: Family) -> Iterator[str]:
    if not family.path.startswith("/"):
        yield "path does not begin with /"
    if family.kind not in get_args(FamilyKind):
        yield f"kind {family.kind!r} is none: {', '.join(get_args(FamilyKind))}"
    if family.language is not None and family.language not in portal.languages:
        yield f"language {family.language!r} is not among the portal's"
    if not _LAYOUT.fullmatch(family.layout):
        yield f"layout {family.layout!r} is no name in small letters"
    if family.page and family.page not in family.parameters:
        yield f"page {family.page!r} is not among the parameters"
    yield from _patterns({"id_form": family.id_form})
    for name, css in family.selectors.items():
        if name not in SELECTED or family.kind not in {"article", "standing"}:
            yield f"selectors: {name!r} of a {family.kind}: only {', '.join(SELECTED)} of articles"
        try:
            HTMLTranslator().css_to_xpath(css)
        except (SelectorError, ExpressionError, TypeError, AttributeError) as error:
            yield f"selectors[{name!r}]: {css!r} is no CSS: {error}"


def _of_paths(portal: Portal) -> Iterator[str]:
    for path in portal.entries:
        if not path.startswith("/"):
            yield f"entries: {path!r} does not begin with /"
    for path in portal.listings:
        kind = portal.at(path).kind if path.startswith("/") else None
        if kind not in LISTINGS:
            yield f"listings: {path!r} is of no family of listings"


def _patterns(patterns: dict[str, str] | Iterable[tuple[str, str]]) -> Iterator[str]:
    for place, pattern in dict(patterns).items():
        try:
            re.compile(pattern)
        except re.error as error:
            yield f"{place}: {pattern!r} is no regular expression: {error}"
