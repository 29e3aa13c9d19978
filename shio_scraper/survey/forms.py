"""Groups the addresses of a site by their form, and writes each form as a family of a map."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final, TypeAlias
from urllib.parse import parse_qsl, urldefrag, urlencode, urlsplit

from shio_scraper.addresses import without_session
from shio_scraper.pages import Page
from shio_scraper.portals import Family
from shio_scraper.portals.any_site import PRIVATE

PAGED: Final = re.compile(r"(index|list|page|default|seite)[-_]\{n\}|page/\{n\}")
"""Matches the path of a further page of a list, such as ``/news/index_{n}.html``."""
_NO_PAGE: Final = re.compile(
    r"\.(pdf|docx?|xlsx?|pptx?|zip|rar|jpe?g|png|gif|svg|webp|mp[34]|avi|css|js|xml|rss|ics|json)$",
    re.IGNORECASE,
)
_TRACKING: Final = re.compile(
    r"utm_.*|from|ref|referer|source|spm|share|j?session(id)?|sid|print|[fg]clid|_|t|ts|timestamp"
)
"""Matches a parameter that never tells one page from another."""
_PAGING: Final = re.compile(r"(p_?)?page(_?(no|num|number|index))?|p|pn|pg|paged|seite|cur_?page")
_PLACES: Final = {
    "year": re.compile(r"(19|20)\d\d"),
    "month": re.compile(r"((19|20)\d\d)?-?[01]?\d"),
    "day": re.compile(r"[0-3]?\d"),
}
_WORDS: Final = r"[\w-]+"
_TITLE: Final = 12
"""A link's text with at least this many characters is a title, and no "more"."""

Texts: TypeAlias = Mapping[str, set[str]]
"""Address → the texts of the links to it."""


def links(page: Page) -> Iterator[tuple[str, str]]:
    """Yield the address and the text of each link to a page that needs no login."""
    for block in page.blocks:
        for anchor in block.anchors:
            url = without_session(urldefrag(page.resolve(anchor.href) or "").url)
            path = urlsplit(url).path
            if url.startswith("http") and not (_NO_PAGE.search(path) or PRIVATE.search(path)):
                yield url, anchor.text


def shape(url: str) -> str:
    """Return the form of an address: without its numbers, ids and words of titles.

    >>> shape("https://press.example.org/notice/12.html?id=5&page=2")
    '/notice/{}.html?id&page'
    """
    parts = urlsplit(url)
    names = sorted({name for name, _ in parse_qsl(parts.query)})
    path = "/".join(map(_shape_of, (parts.path or "/").split("/")))
    return f"{path}?{'&'.join(names)}" if names else path


def _shape_of(segment: str) -> str:
    """Return a segment of a path, with ``{}`` in place of an id or a title."""
    stem, dot, end = segment.rpartition(".")
    if not dot:
        stem, end = segment, ""
    is_id = any(map(str.isdigit, stem)) or len(re.findall("[-_+]", stem)) > 1 or len(stem) > 24  # noqa: PLR2004
    return f"{{}}{dot}{end}" if is_id else segment


def family_of(form: str, texts: Texts) -> Family:
    """Return the family of addresses of one form. Its kind is only a first guess."""
    queries = {url: dict(parse_qsl(urlsplit(url).query)) for url in texts}
    names = {name for query in queries.values() for name in query}
    parameters = tuple(sorted(name for name in names if _tells(name, texts)))
    page = next((name for name in parameters if _numbers(name, queries, texts)), "")
    others = [name for name in parameters if name != page]
    by_name = sorted(others, key=lambda name: (name != "id", not name.lower().endswith("id")))
    id_parameter = next(iter(by_name), "id")
    path, ids = _with_places(form, [urlsplit(url).path for url in texts])
    if "{id}" not in path:
        ids = [query[id_parameter] for query in queries.values() if id_parameter in query]
    return Family(
        path=path,
        kind="article" if "{id}" in path or others else "recommended",
        parameters=parameters,
        defaults=((page, "1"),) if page else (),
        page=page,
        id_form=_form_of(set(ids)),
        id_parameter=id_parameter,
    )


def _tells(name: str, texts: Texts) -> bool:
    """Tell whether a parameter tells pages apart: links that differ in it alone read differently.

    Such links read alike if they share a text that is long enough to be a title.
    """
    if _TRACKING.fullmatch(name.lower()):
        return False
    values: dict[object, dict[str | None, set[str]]] = defaultdict(dict)
    for url, of_url in texts.items():
        query = dict(parse_qsl(urlsplit(url).query))
        value = query.pop(name, None)
        values[urlsplit(url).path, urlencode(sorted(query.items()))][value] = of_url
    read = ([shown for shown in of.values() if shown] for of in values.values())
    varied = [link_texts for link_texts in read if len(link_texts) > 1]
    if not varied:
        return all(None not in of for of in values.values())
    alike = [
        any(len(text) >= _TITLE for text in set.intersection(*link_texts)) for link_texts in varied
    ]
    return not all(alike)


def _numbers(name: str, queries: Mapping[str, Mapping[str, str]], texts: Texts) -> bool:
    """Tell whether a parameter numbers the pages of a list."""
    values = {url: query[name] for url, query in queries.items() if name in query}
    if not all(map(str.isdecimal, values.values())):
        return False
    is_printed = any(value in texts[url] for url, value in values.items())
    return is_printed or _PAGING.fullmatch(name.lower()) is not None


def _with_places(form: str, paths: list[str]) -> tuple[str, list[str]]:
    """Return a path with named places (``{id}``), and each path's text in the last place.

    ``/{}/t{}.html`` of ``/202403/t20240301_7.html`` → ``/{month}/t{id}.html``.
    """
    forms, rows = form.split("/"), [path.split("/") for path in paths]
    places = [i for i, part in enumerate(forms) if "{}" in part]
    if not places:
        return form, []
    named = list(forms)
    for i in places[:-1]:
        named[i] = f"{{{_place_name({row[i] for row in rows})}}}"
        named[i] = named[i] if named[i] not in named[:i] else f"{{place{i}}}"
    last = places[-1]
    ids = [row[last] for row in rows]
    end = forms[last].partition("{}")[2]
    letters = {re.split(r"\d", text)[0] for text in ids}
    begin = letters.pop() if len(letters) == 1 and re.search(r"\d", ids[0]) else ""
    is_paged = PAGED.search("/".join((*named[:last], f"{begin}{{n}}"))[-20:])
    named[last] = f"{begin}{'{n}' if is_paged else '{id}'}{end}"
    return "/".join(named), [text[len(begin) : len(text) - len(end)] for text in ids]


def _place_name(values: set[str]) -> str:
    fit = (name for name, form in _PLACES.items() if all(map(form.fullmatch, values)))
    return next(fit, "place")


def _form_of(ids: set[str]) -> str:
    """Return a regular expression of the ids: digits with fixed text between them, or words."""
    forms = {re.sub(r"\d+", r"\\d+", re.escape(text)) for text in ids}
    if len(forms) == 1 and re.search(r"\d", "".join(ids)):
        return forms.pop()
    return _WORDS if ids and all(re.fullmatch(_WORDS, text) for text in ids) else ""


def merged(family: Family) -> Family:
    """Return the family of articles whose paths differ in their last word: ``/boats.html``."""
    folder, _, leaf = family.path.rpartition("/")
    path = f"{folder}/{{id}}{''.join(leaf.partition('.')[1:])}"
    return replace(family, path=path, id_form=_WORDS)
