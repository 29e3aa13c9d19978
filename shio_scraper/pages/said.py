"""Reads a page's metadata: evidence beside what a reader sees, never instead of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from typing import Any, Final

import msgspec
from selectolax.lexbor import LexborHTMLParser, LexborNode

from shio_scraper.texts import clean

_MOST: Final = 300_000
"""Most characters of JSON-LD that are read."""
_MOST_OBJECTS: Final = 2_000
"""Most objects and values of JSON-LD that are read."""
_OF_TITLES = """
og:title twitter:title articletitle title headline dc.title dcterms.title citation_title
parsely-title sailthru.title
"""
_OF_DAYS = """
article:published_time og:published_time pubdate publishdate publish_date publicationdate dc.date
dc.date.issued dcterms.date dcterms.issued dcterms.created datepublished date
citation_publication_date parsely-pub-date sailthru.date publishtime
"""
_TITLES: Final = frozenset(_OF_TITLES.split())
_DAYS: Final = frozenset(_OF_DAYS.split())
_NAMED: Final = re.compile(r"Article$|Posting$|Report$|Event$|^WebPage$")
_TAGS: Final = re.compile(r"<[^<>]*>")
_PLAIN: Final = re.compile(r"[\W_]+")
_SEGMENTS: Final = re.compile(r"\s*[|_»·•>]+\s*|\s+[-–—:]+\s+|-{2,}|[-–—](?=[^-–—]*$)|\s{2,}")
_NEXT: Final = 'link[rel~="next" i], a[rel~="next" i]'
_SAYS_NEXT: Final = re.compile(rb"rel\s*=[\s\"']*[^\"'<>]*next")
_LONG: Final = 4
"""Fewest characters of a name for a partial match: a shorter one matches by chance."""


class Said(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The metadata of a page, as the markup has it: no date is parsed.

    ``title`` is the text of ``<title>``. ``titles`` are those of ``og:``, ``meta``, JSON-LD and
    microdata. ``days`` are pairs of a source (``time``, ``datePublished``, a ``meta``'s name) and
    a text. ``language`` is the ``lang`` of ``<html>``. ``pairs`` are the questions and answers of
    an ``FAQPage``. ``site`` is the ``og:site_name``. ``next`` is the ``href`` of ``rel=next``.
    ``events`` are the name, start, end and place of each ``Event``.
    """

    title: str = ""
    titles: tuple[str, ...] = ()
    days: tuple[tuple[str, str], ...] = ()
    language: str | None = None
    pairs: tuple[tuple[str, str], ...] = ()
    site: str | None = None
    next: str | None = None
    events: tuple[tuple[str, str, str, str], ...] = ()

    @property
    def names(self) -> list[str]:
        """The names that the markup gives the page, its ``<title>`` first."""
        return [name for name in (self.title, *self.titles) if name]

    @cached_property
    def _names(self) -> dict[str, float]:
        """The names and their parts, in plain form, each with how surely it names the page: 0 to 1.

        A part that is neither the first nor the longest is taken for the name of the site or of a
        section.
        """
        surest: dict[str, float] = {}
        for name in self.names:
            parts = [part for part in _SEGMENTS.split(name) if part and part.strip()]
            longest = max(parts, key=len, default="")
            weights = [(part, 0.8 * (part is longest)) for part in parts]
            weights += [(name, 1.0), *((part, 1.0) for part in parts[:1])]
            for plain, weight in ((_plain(text), weight) for text, weight in weights):
                if plain:
                    surest[plain] = max(weight, surest.get(plain, 0.0))
        return surest

    @cached_property
    def _whole(self) -> list[str]:
        """The names in plain form, without those that hold another name beside the site's."""
        names = set(map(_plain, self.names))
        return [name for name in names if not any(o and o != name and o in name for o in names)]

    def likeness(self, text: str) -> float:
        """Return how like ``text`` is to the names that the markup gives the page: 0 to 1."""
        plain = _plain(text)
        if not plain or not self._names:
            return 0.0
        if plain in self._names:
            return self._names[plain]
        best = 0.0
        for name in self._whole:
            if len(plain) >= _LONG and plain in name:
                part = len(plain) / len(name)
                best = max(best, 0.5 + 0.45 * part if name.startswith(plain) else 0.9 * part)
        for name, weight in self._names.items():
            if weight == 1 and len(name) >= _LONG and name in plain:
                best = max(best, 0.9 * len(name) / len(plain))
        return best


def _plain(text: str) -> str:
    return _PLAIN.sub("", text.casefold())


def read_said(tree: LexborHTMLParser, lower: bytes) -> Said:
    """Return the metadata of a page. Broken JSON-LD is left out; all else is read.

    ``lower`` is the markup in lower case. It saves searches of the tree for what is not in it.
    """
    meta = list(_meta(tree))
    data = list(_objects(tree)) if b"ld+json" in lower else []
    items = tree.css("[itemprop]") if b"itemprop" in lower else []
    titles = [text for name, text in meta if name in _TITLES]
    titles += [text for each in data for text in _names(each)]
    titles += [_content(node) for node in items if "headline" in _words(node, "itemprop")]
    times = tree.css("time[datetime]") if b"<time" in lower else []
    days = [("time", _value(node, "datetime")) for node in times]
    days += [
        ("datePublished", _text(each["datePublished"])) for each in data if "datePublished" in each
    ]
    days += [(name, text) for name, text in meta if name in _DAYS]
    published = (node for node in items if "datePublished" in _words(node, "itemprop"))
    days += [("datePublished", _content(node)) for node in published]
    title, root = tree.css_first("head title"), tree.root
    following = tree.css_first(_NEXT) if b"next" in lower and _SAYS_NEXT.search(lower) else None
    return Said(
        title=clean(title.text()) if title else "",
        titles=tuple(dict.fromkeys(filter(None, titles))),
        days=tuple(dict.fromkeys(day for day in days if day[1])),
        language=(_value(root, "lang") or None) if root else None,
        pairs=tuple(pair for each in data for pair in _pairs(each)),
        site=next((text for name, text in meta if name == "og:site_name" and text), None),
        next=(_value(following, "href") or None) if following else None,
        events=tuple(dict.fromkeys(_events(tree, data, lower))),
    )


def _meta(tree: LexborHTMLParser) -> Iterator[tuple[str, str]]:
    for node in tree.tags("meta"):
        said = node.attributes
        if "content" in said:
            name = clean(said.get("property") or "") or clean(said.get("name") or "")
            yield name.lower(), clean(said["content"] or "")


def _objects(tree: LexborHTMLParser) -> Iterator[dict[str, Any]]:
    """Yield the objects of the page's JSON-LD, each object before those inside it."""
    left = _MOST
    count = 0
    for script in tree.css('script[type="application/ld+json" i]'):
        text = script.text()
        left -= len(text)
        if left < 0:
            return
        waiting: list[Any] = []
        with suppress(msgspec.DecodeError, UnicodeError, RecursionError):
            waiting = [msgspec.json.decode(re.sub(r"[\x00-\x1f]", " ", text))]
        while waiting and count < _MOST_OBJECTS:
            each = waiting.pop()
            count += 1
            if isinstance(each, dict):
                yield each
                waiting += reversed(each.values())
            elif isinstance(each, list):
                waiting += reversed(each)


def _names(data: dict[str, Any]) -> list[str]:
    if not any(_NAMED.search(kind) for kind in _kinds(data)):
        return []
    return [_text(data.get("headline")), _text(data.get("name"))]


def _pairs(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "FAQPage" in _kinds(data):
        for each in filter(_is_object, _list(data.get("mainEntity"))):
            answers = filter(_is_object, _list(each.get("acceptedAnswer")))
            answer = next((_text(reply.get("text")) for reply in answers), "")
            question = _text(each.get("name"))
            if question and answer:
                yield question, answer


def _events(
    tree: LexborHTMLParser, data: list[dict[str, Any]], lower: bytes
) -> Iterator[tuple[str, str, str, str]]:
    for each in data:
        if any(kind.endswith("Event") for kind in _kinds(each)):
            places: list[dict[str, Any]] = [*filter(_is_object, _list(each.get("location"))), {}]
            says = (
                each.get("name"),
                each.get("startDate"),
                each.get("endDate"),
                places[0].get("name"),
            )
            yield _text(says[0]), _text(says[1]), _text(says[2]), _text(says[3])
    for node in tree.css('[itemtype$="Event" i]') if b"itemtype" in lower else ():
        values: dict[str, str] = {}
        for inner in node.css("[itemprop]"):
            for name in _words(inner, "itemprop"):
                values.setdefault(name, _content(inner))
        yield (
            values.get("name", ""),
            values.get("startDate", ""),
            values.get("endDate", ""),
            values.get("location", ""),
        )


def _kinds(data: dict[str, Any]) -> list[str]:
    return [kind for kind in _list(data.get("@type")) if isinstance(kind, str)]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _text(value: object) -> str:
    """Return a value's text without markup, which some sites write into it; else an empty text."""
    if not isinstance(value, str):
        return ""
    return (
        clean(LexborHTMLParser(value).text(separator=" ")) if _TAGS.search(value) else clean(value)
    )


def _content(node: LexborNode) -> str:
    return _value(node, "content") or _value(node, "datetime") or clean(node.text())


def _words(node: LexborNode, name: str) -> list[str]:
    return (node.attributes[name] or "").split()


def _value(node: LexborNode, name: str) -> str:
    return clean(node.attributes.get(name) or "")
