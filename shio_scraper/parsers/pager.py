"""Finds the next page of a list on any site: by the words of a link, by ``rel``, by numbers.

A pager leads to other pages of the same list: their addresses differ from this page's only in the
page number. A link that only says "next" may lead to the next article. So its address must differ
in that way, or page numbers must stand beside it. Addresses with ascending dates belong to a
calendar. If a button loads more in place, there is no address, and none is made up.
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
"""Most characters of the text of a pager's link."""
_NEAR: Final = 4
"""Most blocks between two links of a pager, and from its numbers to the number of this page."""
_THREE: Final = 3
_YEARS: Final = range(1900, 2101)
_WEEK: Final = 7
_MONTH: Final = range(28, 32)
"""Days of a whole month in a calendar (``_MONTH``), and in a row of it (``_WEEK``)."""
_DATE: Final = re.compile(
    r"(?<!\d)(?:19|20)\d\d(?:[-/][01]?\d(?:[-/][0-3]?\d)?|[01]\d(?:[0-3]\d)?)(?!\d)"
    r"|[?&][\w.-]*(?:day|week|month|year|date)[\w.-]*=\d[\w%/.-]*"
    r"|[?&/](?:day|week|month|year|[dmy])[=/]\d+",
    re.IGNORECASE,
)
"""The part of an address that names a day, a month or a year."""
_BARE: Final = 30
"""Greatest page number in a path without a word for pages: a greater number is an article's id."""
_TITLE: Final = re.compile(r"[^.]*[^.\d]\d+")
"""A name with a number and without a file ending. It counts no pages: ``/events/meeting-3/`` is the
third meeting of a body."""
_COUNTS: Final = re.compile(
    r"(?!.*(?:per|size|count))[\w.$-]*(?:page|seite|pagin?a?|offset)[\w.-]*|p|pg|pn|start|from|skip|first|cp|cur"
    r"|limitstart|b_start:int|start(?:row|at)|s",
    re.IGNORECASE,
)
"""The name of a query parameter that counts pages or items."""
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
"""A script that writes a pager: number of pages, this page from 0, name and ending of the file."""


class _Link(NamedTuple):
    """A link to the same site: its block, text and address, and its page number, if it has one."""

    position: int
    text: str
    url: str
    number: int | None


class _Place(NamedTuple):
    """An address, split into the part that names the list and its page number.

    ``path`` and ``query`` are without the page number, ``whole`` is the whole path. ``is_named``
    says that a word, such as ``page``, stands before the number.
    """

    path: tuple[str, ...]
    whole: tuple[str, ...]
    query: frozenset[tuple[str, str]]
    number: int | None
    is_named: bool


@dataclass(frozen=True, slots=True)
class Pager:
    """The next page's address and the rule that found it, or a button that loads more in place."""

    url: str | None = None
    rule: str = ""
    loads_more: bool = False


def read_pager(page: Page) -> Pager:
    """Return the pager of a page. Its address is of the same site, and never the page's own."""
    if page.url is None:
        return Pager()
    reader = _Reader(page, page.url)
    for rule, url in reader.candidates():
        if url and _bare(url) != reader.here:
            return Pager(url, rule)
    return Pager(loads_more=says_more(page))


def says_more(page: Page) -> bool:
    """Tell whether a short line of the page only says that more can be loaded."""
    return any(len(b.text) <= _LONGEST and _says(_LOADS_MORE, b.text) for b in page.blocks)


class _Reader:
    """Reads the links of a page, and the longest run of page numbers among them."""

    def __init__(self, page: Page, url: str) -> None:
        self._page = page
        self.here = _bare(url)
        self._place = _place(url)
        self._host = _host(url)
        self._links = list(self._own_links())
        self._run = max(self._runs(), key=len, default=[])

    def candidates(self) -> Iterator[tuple[str, str | None]]:
        """Yield rules with the next page that each finds, the surest rule first."""
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
        """Return the address of the link with the page number after ours, else of the first."""
        urls = [link.url for link in links]
        after = (url for url in urls if _place(url).number == (self._place.number or 1) + 1)
        return next(after, next(iter(urls), None))

    def _own_links(self) -> Iterator[_Link]:
        """Yield the short links to the page's own host."""
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
        """Yield the runs of links that may be a pager: close together, with ascending numbers."""
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
        """Yield a run if it is a pager: no calendar, no list of years, with addresses alike."""
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
        """Tell whether the addresses of a run differ only in page numbers that ascend."""
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
        """Return the address of the link with the number after this page's."""
        by_number = {link.number: link.url for link in self._run}
        following = (by_number.get(current + 1) for current in self._currents())
        return next(filter(None, following), None)

    def _currents(self) -> Iterator[int]:
        """Yield the numbers that this page may have.

        The number is that of a link to the page itself, or it is printed without a link, or it
        stands in the address.
        """
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
        in_address = self._place.number
        if in_address and all(_place(link.url).number == link.number for link in self._run):
            yield in_address
        if in_address is None and 1 not in linked:
            yield 1

    def _is_beside(self, link: _Link) -> bool:
        return any(abs(link.position - other.position) <= _NEAR for other in self._run)

    def _follows(self, url: str, *, sure: bool = False) -> bool:
        """Tell whether an address differs from the page's only in a higher page number.

        ``sure`` demands the very next number, after a word for pages.
        """
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
        """Return the address of the next page in a script that writes the pager."""
        if match := _WRITTEN.search(self._page.markup):
            count, number, name, end = match.groups()
            if int(number) + 1 < int(count):
                return self._page.resolve(f"{name}_{int(number) + 1}.{end}")
        return None


def _says(words: re.Pattern[str], text: str) -> bool:
    return words.fullmatch(text.strip(_AROUND)) is not None


def _are_days(urls: Iterable[str]) -> bool:
    """Tell whether addresses name ascending dates, as a calendar's do; a list's dates descend.

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
    """Split an address into the part that names the list and its page number.

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
    """Return a path without its page number, the number, and whether a word stands before it."""
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
