"""The page after this one, on any site: by the words of a link, by ``rel``, by numbers.

What a pager leads to is the same list: its address differs from the page's by what counts pages
alone. A link that only says "next" may lead to the next article, and needs that, or numbers beside
it; addresses whose dates ascend are a calendar's. Where a button loads more in place there is no
address, and none is made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from shio_scraper.pages import Page
from shio_scraper.portals import list_words as words
from shio_scraper.texts import fold

_NEXT_PAGE: Final = re.compile(words.NEXT_PAGE, re.IGNORECASE)
_NEXT: Final = re.compile(words.NEXT, re.IGNORECASE)
_MORE: Final = re.compile(words.MORE_OF_THEM, re.IGNORECASE)
_LOADS_MORE: Final = re.compile(words.LOADS_MORE, re.IGNORECASE)
_AROUND: Final = " \t.…:：|[](){}<>«»‹›←⟵◄◀❮→➔►▶⟩❯＞》-–—+&"
_ARROW: Final = re.compile("[»›>→➔►▶⟩❯＞》]")
_NUMBER: Final = re.compile(rf"(?:{words.PAGE})?\s*(\d{{1,5}})", re.IGNORECASE)
_LONGEST: Final = 60
"""Characters of what a link of a pager says, at most."""
_NEAR: Final = 4
"""Links from a number to a "next" of the same pager, at most, and blocks to the page's own."""
_THREE: Final = 3
_YEARS: Final = range(1900, 2101)
_WEEK: Final = 7
_MONTH: Final = range(28, 32)
"""Days in a row of a calendar's table, and in the whole of it."""
_DATE: Final = re.compile(
    r"(?<!\d)(?:19|20)\d\d(?:[-/][01]?\d(?:[-/][0-3]?\d)?|[01]\d(?:[0-3]\d)?)(?!\d)"
    r"|[?&][\w.-]*(?:day|week|month|year|date)[\w.-]*=\d[\w%/.-]*"
    r"|[?&/](?:day|week|month|year|[dmy])[=/]\d+",
    re.IGNORECASE,
)
"""What an address says that names a day, a month or a year."""
_BARE: Final = 30
"""The number of a page that a path says without a word for it, at most: more is an article's."""
_TITLE: Final = re.compile(r"[^.]*[^.\d]\d+")
"""A name without an ending, and a number: the third meeting of a body is ``/events/meeting-3/``."""
_COUNTS: Final = re.compile(
    r"(?!.*(?:per|size|count))[\w.$-]*(?:page|seite|pagin?a?|offset)[\w.-]*|p|pg|pn|start|from|skip|first|cp|cur"
    r"|limitstart|b_start:int|start(?:row|at)|s",
    re.IGNORECASE,
)
"""The name of a parameter that counts pages, or items."""
_NAMED: Final = re.compile(
    r"(?:page|seite|pagina|pag|p|index|list)[-_:=]?(\d{1,6})(?:\.\w{2,5})?", re.IGNORECASE
)
_WORD: Final = re.compile(r"page|seite|pagina|pag|p|offset", re.IGNORECASE)
_FILE: Final = re.compile(
    r"(.*?)(?:[-_.,](?:(?:page|p)[-_]?)?(\d{1,4}))?(\.[a-z]\w{1,4})?", re.ASCII
)
_WRITTEN: Final = re.compile(
    r"createPageHTML\(\s*(\d+)\s*,\s*(\d+)\s*,\s*[\"']([\w./-]+)[\"']\s*,\s*[\"'](\w+)[\"']"
)
"""The script of a pager that names its pages: how many, this one from 0, a name, its ending."""


class _Link(NamedTuple):
    """A link to a page of the same site: its block, what it says, the page that it numbers."""

    position: int
    text: str
    url: str
    number: int | None


class _Place(NamedTuple):
    """An address without what counts pages; the count, and whether a word says that it is one."""

    path: tuple[str, ...]
    whole: tuple[str, ...]
    query: frozenset[tuple[str, str]]
    number: int | None
    is_named: bool


@dataclass(frozen=True, slots=True)
class Pager:
    """What leads on: the next page's address, by which rule; or a button that loads more here."""

    url: str | None = None
    rule: str = ""
    loads_more: bool = False


def read_pager(page: Page) -> Pager:
    """Return what leads on from a page: an address of its site, never its own."""
    if page.url is None:
        return Pager()
    reader = _Reader(page, page.url)
    for rule, found in reader.candidates():
        if found and _bare(found) != reader.here:
            return Pager(found, rule)
    return Pager(loads_more=says_more(page))


def says_more(page: Page) -> bool:
    """Tell whether a short line only says that more can be loaded."""
    return any(len(b.text) <= _LONGEST and _says(_LOADS_MORE, b.text) for b in page.blocks)


class _Reader:
    """The links of a page, and the run of numbers among them."""

    def __init__(self, page: Page, url: str) -> None:
        self._page = page
        self.here = _bare(url)
        self._place = _place(url)
        self._host = _host(url)
        self._links = list(self._own_links())
        self._run = max(self._runs(), key=len, default=[])

    def candidates(self) -> Iterator[tuple[str, str | None]]:
        """Yield what may be the next page, the surest first."""
        elsewhere = [link for link in self._links if link.url != self.here]
        yield "number", self._numbered()
        yield "words", self._first(link for link in elsewhere if _says(_NEXT_PAGE, link.text))
        beside = [link for link in elsewhere if self._is_beside(link) or self._follows(link.url)]
        yield "word", self._first(link for link in beside if _says(_NEXT, link.text))
        counted = (link for link in elsewhere if _place(link.url).is_named)
        yield "more", self._first(link for link in counted if _says(_MORE, link.text))
        said = _bare(self._page.resolve(self._page.said.next or "") or "")
        yield (
            "rel",
            said if self._follows(said) and said in {link.url for link in elsewhere} else None,
        )
        yield "arrow", self._first(link for link in beside if _ARROW.fullmatch(link.text))
        bare = (link for link in elsewhere if not link.text and self._follows(link.url, sure=True))
        yield "count", self._first(bare)
        yield "script", self._written()

    def _first(self, links: Iterable[_Link]) -> str | None:
        """Return the address of the first link, or of one whose count is the next after ours."""
        found = [link.url for link in links]
        after = (url for url in found if _place(url).number == (self._place.number or 1) + 1)
        return next(after, next(iter(found), None))

    def _own_links(self) -> Iterator[_Link]:
        page = self._page
        for position, block in enumerate(page.blocks):
            for text, href, title in block.anchors:
                if len(text) > _LONGEST:
                    continue
                url = page.resolve(href)
                if url is None or _host(url) != self._host:
                    continue
                says = fold(text).strip()
                number = _NUMBER.fullmatch(says.strip(_AROUND)) if says else None
                says = says or fold(title)[:_LONGEST]
                yield _Link(position, says, _bare(url), int(number[1]) if number else None)

    def _runs(self) -> Iterator[list[_Link]]:
        """Yield links of one form, side by side, whose numbers ascend: those of a pager."""
        run: list[_Link] = []
        for link in self._links:
            if run and not self._goes_on(run[-1], link):
                yield from self._pagers(run)
                run = []
            if link.number is not None:
                run.append(link)
        yield from self._pagers(run)

    def _goes_on(self, last: _Link, link: _Link) -> bool:
        ascends = link.number is None or link.number > (last.number or 0)
        return ascends and link.position - last.position <= _NEAR

    def _pagers(self, run: list[_Link]) -> Iterator[list[_Link]]:
        urls = {link.url for link in run}
        numbers = [link.number or 0 for link in run]
        is_dated = (
            len(run) in _MONTH
            or all(number in _YEARS for number in numbers)
            or _are_days(link.url for link in run)
            or any(len(self._page.blocks[link.position].cells) >= _WEEK for link in run)
        )
        if len(urls) == len(run) and urls != {self.here} and not is_dated and self._are_alike(run):
            yield run

    def _are_alike(self, run: list[_Link]) -> bool:
        """Tell whether the addresses of a run differ by what counts, as their numbers do."""
        places = [_place(link.url) for link in run]
        if len({place.path for place in places}) > 1:
            return False
        counts = [place.number for place in places if place.number is not None]
        if counts != sorted(set(counts)):
            return False
        is_own = places[-1].path in {self._place.path, self._place.whole} or (
            len(run) > 1 and all(place.is_named or place.number in {None, 1} for place in places)
        )
        return is_own if counts else len(run) >= _THREE

    def _numbered(self) -> str | None:
        """Return the page that has the number after this one's."""
        by_number = {link.number: link.url for link in self._run}
        following = (by_number.get(current + 1) for current in self._currents())
        return next(filter(None, following), None)

    def _currents(self) -> Iterator[int]:
        """Yield what the number of this page may be: it is linked to itself, or printed alone."""
        if not self._run:
            return
        linked = {link.number for link in self._run}
        yield from (link.number for link in self._run if link.number and link.url == self.here)
        first, last = self._run[0].position, self._run[-1].position
        for block in self._page.blocks[max(first - _NEAR, 0) : last + _NEAR + 1]:
            rest = fold(block.without(block.anchors, " "))
            if len(rest) <= _LONGEST:
                alone = (int(n) for n in re.findall(r"(?<![\w.])\d{1,5}(?![\w.])", rest))
                yield from (n for n in alone if n not in linked and (n == 1 or n - 1 in linked))
        own = self._place.number
        if own and all(_place(link.url).number == link.number for link in self._run):
            yield own
        if own is None and 1 not in linked:
            yield 1

    def _is_beside(self, link: _Link) -> bool:
        return any(abs(link.position - one.position) <= _NEAR for one in self._run)

    def _follows(self, url: str, *, sure: bool = False) -> bool:
        """Tell whether an address is this one's with a higher count of pages."""
        own, other = self._place, _place(url)
        if other.number is None or not own.query <= other.query or _are_days((self.here, url)):
            return False
        if own.path != other.path:
            return other.is_named and other.path == own.whole and other.number in {1, 2}
        if not other.is_named and (
            sure or other.number > _BARE or _TITLE.fullmatch(other.whole[-1])
        ):
            return False
        return other.number > (own.number or 0) and (
            not sure or other.number == (own.number or 1) + 1
        )

    def _written(self) -> str | None:
        """Return the page that a script says comes next."""
        if match := _WRITTEN.search(self._page.markup):
            count, number, name, end = match.groups()
            if int(number) + 1 < int(count):
                return self._page.resolve(f"{name}_{int(number) + 1}.{end}")
        return None


def _says(words: re.Pattern[str], text: str) -> bool:
    return words.fullmatch(text.strip(_AROUND)) is not None


def _are_days(urls: Iterable[str]) -> bool:
    """Tell whether addresses name several dates, as a calendar's do; a list's go back in time.

    >>> _are_days(["/events/2024/05", "/events/2024/06"]), _are_days(["?to=2024-05", "?to=2024-03"])
    (True, False)
    """
    dates = [date for url in urls if (date := _DATE.findall(url))]
    return dates != sorted(dates, reverse=True)


def _bare(url: str) -> str:
    return url.partition("#")[0].rstrip("?&")


def _host(url: str) -> str:
    with suppress(ValueError):
        return (urlsplit(url).hostname or "").removeprefix("www.")
    return ""


@lru_cache(maxsize=256)
def _place(url: str) -> _Place:
    """Part an address into what names the list, and what counts its pages.

    >>> _place("https://example.org/news/page/3/?year=2024")[3:]
    (3, True)
    """
    parts = urlsplit(_bare(url))
    whole = [step for step in unquote(parts.path).split("/") if step]
    path, count, is_named = _of_path(whole)
    query = set()
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if _COUNTS.fullmatch(name) and (value.isdecimal() or not value):
            count, is_named = (int(value[:9]), True) if value else (count, is_named)
        else:
            query.add((name, value))
    return _Place(tuple(path), tuple(whole), frozenset(query), count, is_named)


def _of_path(steps: list[str]) -> tuple[list[str], int | None, bool]:
    if not steps:
        return [], None, False
    *before, last = steps
    if named := _NAMED.fullmatch(last):
        return before, int(named[1]), True
    if last.isdecimal() and len(last) < len("10000"):
        if before and _WORD.fullmatch(before[-1]):
            return before[:-1], int(last), True
        return before, int(last), False
    if match := _FILE.fullmatch(last):
        stem, number, _ = match.groups()
        rest = [stem] if stem not in {"index", "default", "list"} else []
        return [*before, *rest], int(number) if number else None, False
    return steps, None, False
