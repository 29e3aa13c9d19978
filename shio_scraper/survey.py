"""What a few pages of a site tell of it: families of addresses, languages, words of the frame.

Addresses are grouped by their form; each group is read as every kind of page in turn, by a map that
is drafted for it, and what the parsers make of it decides.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Container, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from shio_scraper.extraction import examine_page, read_capture
from shio_scraper.items import Article, Event, Faq, PressConference
from shio_scraper.pages import Block, Capture, Page, UnreadableError
from shio_scraper.parsers import Extraction
from shio_scraper.parsers.listing import linked_items
from shio_scraper.portals import ANY_SITE, SHARED, Family, FamilyKind, Portal, common, fold
from shio_scraper.visit import links, shape

_TRACKING: Final = re.compile(
    r"utm_.*|from|ref|referer|source|spm|share|j?session(id)?|sid|print|[fg]clid|_|t|ts|timestamp"
)
"""Parameters that never tell one page from another."""
_PAGING: Final = re.compile(r"(p_?)?page(_?(no|num|number|index))?|p|pn|pg|paged|seite|cur_?page")
_PAGED: Final = re.compile(r"(index|list|page|default|seite)[-_]\{n\}|page/\{n\}")
_LANGUAGE_ROOT: Final = re.compile(r"/([a-z]{2}(-[a-z]{2})?/?)?(index|default|home)?(\.\w+)?")
_SEGMENTS: Final = re.compile(r"\s+[-–—|·»:]\s+|\s*[|_]\s*|-(?=[^-]*$)")
"""What stands between the names of a page and of its site."""
_FEW: Final = 3
"""Items that make a list, at least."""
_TEXT: Final = 150
"""Characters of an article, at least."""
_ABOVE: Final = 3
"""Blocks above a title in which its section may stand."""
_TITLE: Final = 12
"""Characters of a link's text, from which on it is no "more"."""
_MOST: Final = 0.6
_NEARLY_ALL: Final = 0.8
_LONGEST: Final = 40
"""Characters of a word of the frame, at most."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A page that was read, by the words that all sites share."""

    capture: Capture
    url: str
    page: Page
    language: str

    @property
    def path(self) -> str:
        """Its path and query."""
        return _path(self.url)


@dataclass(slots=True)
class Group:
    """Pages of one form of address: those that were read, and all that links name."""

    family: Family
    pages: list[Seen] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    is_decided: bool = False

    @property
    def has_id(self) -> bool:
        """Tell whether addresses of it hold an id."""
        return "{id}" in self.family.path or self.family.id_parameter in self.family.parameters

    def become(self, kind: FamilyKind) -> None:
        """Settle what its pages are."""
        self.family, self.is_decided = replace(self.family, kind=kind), True


class Survey:
    """A site, surveyed by ``captures`` of its pages; ``name`` is what its map is to be called.

    Pages without an address, and those of another host than most, tell nothing.
    """

    def __init__(self, captures: Iterable[Capture], name: str) -> None:
        read = [seen for seen in map(_seen, captures) if seen]
        hosts = Counter(urlsplit(seen.url).netloc for seen in read)
        if not hosts:
            raise ValueError("no page that can be read, with its address")
        host = hosts.most_common(1)[0][0]
        own = {seen.url: seen for seen in read if urlsplit(seen.url).netloc == host}
        self.pages = list(_distinct_pages(own.values()))
        self._twins = own.keys() - {seen.url for seen in self.pages}
        self.origin = f"{urlsplit(self.pages[0].url).scheme}://{host}"
        self.name = name
        self.groups: list[Group] = []
        self.texts = self._linked()
        self.groups = [group for group in self._grouped() if group.pages]
        for decide in (
            self._articles,
            self._lists,
            self._others,
            self._merge,
            self._join,
            self._name,
        ):
            decide()
        self.groups = [group for group in self.groups if group.is_decided]

    @cached_property
    def title(self) -> tuple[str, str]:
        """The site's name, as its pages say it, else what their names share; and what says so."""
        sites = Counter(seen.page.said.site for seen in self.pages if seen.page.said.site)
        parts: Counter[str] = Counter()
        for seen in self.pages:
            pieces = map(str.strip, _SEGMENTS.split(seen.page.said.title))
            parts.update({piece for piece in pieces if piece})
        for found, place in ((sites, "og:site_name"), (parts, "<title>")):
            for title, count in found.most_common(1):
                return title, f"{place} of {counted(count)}"
        return self.name, "no page names it"

    @cached_property
    def languages(self) -> Counter[str]:
        """The languages of the pages, and how many are in each."""
        return Counter(seen.language for seen in self.pages)

    def portal(self, *groups: Group) -> Portal:
        """Return the map as far as it is known; ``groups`` come before those that there are."""
        families = [group.family for group in (*groups, *self.groups)]
        return Portal(
            name=self.name,
            title=self.title[0],
            publisher=self.name,
            origin=self.origin,
            hosts=(urlsplit(self.origin).hostname or "",),
            families=tuple(family for family in families if family.kind != "recommended"),
            languages=frozenset(self.languages),
            vocabulary=SHARED.with_phrases(navigation={None: tuple(self.common_words)}),
        )

    def read(self, seen: Seen, portal: Portal) -> Extraction | None:
        """Return what a page gives by a map."""
        try:
            return read_capture(seen.capture, portal=portal)
        except UnreadableError:
            return None

    @cached_property
    def common_words(self) -> dict[str, int]:
        """The short texts that most pages show: on how many each stands."""
        found = _shared(self.pages, _MOST)
        for group in self.groups:
            found |= {t: n for t, n in _shared(group.pages, _NEARLY_ALL).items() if t not in found}
        return {t: n for t, n in found.items() if fold(t) not in SHARED.roles | self._headings}

    @cached_property
    def _headings(self) -> dict[str, object]:
        """What pages call themselves, folded: in a menu these words are links, and no menu's."""
        blocks = ((seen.page, block) for seen in self.pages for block in seen.page.blocks)
        return {fold(b.text): None for page, b in blocks if page.nodes[b.node].heading}

    def unclaimed(self, taken: Container[str]) -> dict[str, int]:
        """Return the short texts of several pages that nobody claims, less those ``taken``."""
        portal, counts = self.portal(), Counter[str]()
        for seen in self.pages:
            found = examine_page(seen.capture.body, seen.url, portal=portal).events
            counts.update({e.text for e in found if e.event == "unclaimed_text"})
        return {
            t: n
            for t, n in counts.items()
            if n >= _FEW and len(t) <= _LONGEST and t not in taken and fold(t) not in self._headings
        }

    def sections(self) -> dict[str, int]:
        """Return the words above the titles of several pages: on how many each stands."""
        portal, counts, taken = self.portal(), Counter[str](), dict[str, int]()
        for language in self.languages:
            taken |= _shared([s for s in self.pages if s.language == language], _MOST)
        for seen in self.pages:
            read = self.read(seen, portal)
            title = read.own["title"].blocks if read and read.own else ()
            if read and title:
                above = range(max(0, min(title) - _ABOVE), min(title))
                blocks = (read.page.blocks[i] for i in above)
                counts.update({b.text for b in blocks if _is_word(b) and b.text not in taken})
        return {text: n for text, n in counts.items() if n > 1 and not re.search(r"[\d>»/|]", text)}

    def _linked(self) -> dict[str, set[str]]:
        """Return the addresses of the site that pages link to or have: the texts of the links."""
        found: dict[str, set[str]] = {seen.url: set() for seen in self.pages}
        for seen in self.pages:
            for url, text in links(seen.page):
                if url.startswith(f"{self.origin}/") and url not in self._twins:
                    found.setdefault(url, set()).add(text)
        return found

    def _grouped(self) -> Iterator[Group]:
        by_form: dict[str, list[str]] = defaultdict(list)
        for url in self.texts:
            by_form[shape(url.partition("?")[0])].append(url)
        for form, urls in by_form.items():
            group = Group(self._family(form, urls), [], urls)
            group.pages = [seen for seen in self.pages if seen.url in urls]
            yield group

    def _family(self, form: str, urls: list[str]) -> Family:
        """Return a family of a form of address; its kind is a first guess."""
        names = {name for url in urls for name, _ in parse_qsl(urlsplit(url).query)}
        parameters = tuple(sorted(name for name in names if self._tells(name, urls)))
        page = next((name for name in parameters if self._pages(name, urls)), "")
        others = [name for name in parameters if name != page]
        by_name = sorted(others, key=lambda name: (name != "id", not name.lower().endswith("id")))
        id_parameter = next(iter(by_name), "id")
        path, ids = _with_places(form, [urlsplit(url).path for url in urls])
        if "{id}" not in path:
            ids = [
                v for url in urls for n, v in parse_qsl(urlsplit(url).query) if n == id_parameter
            ]
        return Family(
            path=path,
            kind="article" if "{id}" in path or others else "recommended",
            parameters=parameters,
            defaults=((page, "1"),) if page else (),
            page=page,
            id_form=_form_of(ids),
            id_parameter=id_parameter,
        )

    def _tells(self, name: str, urls: list[str]) -> bool:
        """Tell whether links that differ in a parameter alone read differently."""
        if _TRACKING.fullmatch(name.lower()):
            return False
        values: dict[object, dict[str | None, set[str]]] = defaultdict(dict)
        for url in urls:
            query = dict(parse_qsl(urlsplit(url).query))
            value = query.pop(name, None)
            values[urlsplit(url).path, urlencode(sorted(query.items()))][value] = self.texts[url]
        read = ([texts for texts in of.values() if texts] for of in values.values())
        varied = [texts for texts in read if len(texts) > 1]
        if not varied:
            return all(None not in of for of in values.values())
        alike = [any(len(t) >= _TITLE for t in set.intersection(*texts)) for texts in varied]
        return not all(alike)

    def _pages(self, name: str, urls: list[str]) -> bool:
        """Tell whether a parameter numbers the pages of a list."""
        asked = [(dict(parse_qsl(urlsplit(url).query)).get(name), url) for url in urls]
        values = [(value, url) for value, url in asked if value]
        if not all(value.isdecimal() for value, _ in values):
            return False
        said = any(value in self.texts[url] for value, url in values)
        return said or _PAGING.fullmatch(name.lower()) is not None

    def _articles(self) -> None:
        """Find home pages and pages in the form of an article: with a title and a text."""
        for group in self.groups:
            if _LANGUAGE_ROOT.fullmatch(group.family.path) and not group.family.parameters:
                group.become("home")
            elif _PAGED.search(group.family.path):
                group.family = replace(group.family, kind="listing")

    def _lists(self) -> None:
        """Find the pages that list others: what they lead to decides, so they are read twice."""
        for _ in range(2):
            for group in self.groups:
                if not group.is_decided and self._most(group, "listing", self._lists_others):
                    group.family = replace(group.family, kind="listing")
        for group in self.groups:
            if group.family.kind == "listing":
                group.become("listing")

    def _lists_others(self, read: Extraction) -> bool:
        items = linked_items(read.frame)
        dated = sum(item.day is not None for item in items)
        return len(items) >= _FEW and (dated * 2 > len(items) or len(items) >= 2 * _FEW)

    def _others(self) -> None:
        """Find events, questions, press conferences, articles, and pages without a date."""
        tests: tuple[tuple[FamilyKind, Callable[[Extraction], bool]], ...] = (
            ("questions", _asks),
            ("event", _announces),
            ("press_conference", _confers),
            ("article", _reports),
            ("standing", _stands),
        )
        for group in self.groups:
            if not group.is_decided:
                fit = (kind for kind, test in tests if self._most(group, kind, test))
                if kind := next(fit, None):
                    group.become("article" if kind == "standing" and group.has_id else kind)
        for group in self.groups:
            if not group.is_decided and self._most(group, "listing", _lists_any):
                group.become("listing")
            if group.family.kind == "listing" and self._most(group, "listing", _lists_events):
                group.become("event_listing")

    def _most(self, group: Group, kind: FamilyKind, test: Callable[[Extraction], bool]) -> bool:
        """Tell whether most pages of a group, read as of one kind, pass a test."""
        portal = self.portal(replace(group, family=replace(group.family, kind=kind)))
        read = [self.read(seen, portal) for seen in group.pages]
        return sum(one is not None and test(one) for one in read) * 2 > len(group.pages)

    def _merge(self) -> None:
        """Make one of dated articles side by side whose addresses no figure tells apart."""
        beside: dict[tuple[str, str], list[Group]] = defaultdict(list)
        for group in self.groups:
            folder, _, leaf = group.family.path.rpartition("/")
            if group.family.kind == "article" and not group.has_id and leaf:
                beside[folder, leaf.partition(".")[2]].append(group)
        for (folder, end), groups in beside.items():
            if len(groups) > 1:
                path = f"{folder}/{{id}}{end and '.'}{end}"
                family = replace(groups[0].family, path=path, id_form=r"[\w-]+")
                pages = [seen for group in groups for seen in group.pages]
                urls = [url for url in self.texts if family.match(urlsplit(url).path)]
                self.groups = [group for group in self.groups if group not in groups]
                self.groups.append(Group(family, pages, urls, is_decided=True))

    def _join(self) -> None:
        """Make one of families whose paths differ in one folder: channels of a site."""
        for kind in ("article", "listing"):
            alike: dict[tuple[str, str, tuple[str, ...]], list[Group]] = defaultdict(list)
            for group in self.groups:
                family, parts = group.family, group.family.path.split("/")
                for i in range(1, len(parts) - 1):
                    if family.kind == kind and "{" not in parts[i]:
                        form = "/".join((*parts[:i], "{channel}", *parts[i + 1 :]))
                        alike[form, family.id_form, family.parameters].append(group)
            for (form, *_), groups in alike.items():
                family = replace(groups[0].family, path=form)
                if len(groups) > 1 and all(group in self.groups for group in groups):
                    pages = [seen for group in groups for seen in group.pages]
                    urls = [url for group in groups for url in group.urls]
                    self.groups = [group for group in self.groups if group not in groups]
                    self.groups.append(Group(family, pages, urls, is_decided=True))

    def _name(self) -> None:
        """Name what has no id, give each family its language, and put loose forms last."""
        for group in self.groups:
            family, languages = group.family, {seen.language for seen in group.pages}
            if family.kind in {"home", "listing", "event_listing"} or not group.has_id:
                family = replace(family, id_parameter="id")
            if family.kind in {"article", "standing", "questions", "event", "press_conference"}:
                leaf = re.sub(
                    r"[^\w-]", "", family.path.rstrip("/").rpartition("/")[2].split(".")[0]
                )
                family = replace(family, name="" if group.has_id else leaf)
            elif "{id}" in family.path:
                family = replace(family, path=family.path.replace("{id}", "{place}"))
            if "{id}" not in family.path and family.id_parameter not in family.parameters:
                family = replace(family, id_form="")
            group.family = replace(
                family, language=languages.pop() if len(languages) == 1 else None
            )
        self.groups.sort(
            key=lambda g: (g.family.kind != "home", g.family.path.count("{"), g.family.path)
        )


def _seen(capture: Capture) -> Seen | None:
    if not capture.url:
        return None
    try:
        read = read_capture(capture, portal=ANY_SITE)
    except UnreadableError:
        return None
    return Seen(capture, capture.url, read.page, read.language or "und")


def counted(count: int) -> str:
    """Return a number of pages in words."""
    return f"{count} page" if count == 1 else f"{count} pages"


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"


def _with_places(form: str, paths: list[str]) -> tuple[str, list[str]]:
    """Return a path with ``{id}`` and other places, and what stands in the first."""
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
    letters = {re.split(r"\d", one)[0] for one in ids}
    begin = letters.pop() if len(letters) == 1 and re.search(r"\d", ids[0]) else ""
    is_paged = _PAGED.search("/".join((*named[:last], f"{begin}{{n}}"))[-20:])
    named[last] = f"{begin}{'{n}' if is_paged else '{id}'}{end}"
    return "/".join(named), [one[len(begin) : len(one) - len(end)] for one in ids]


def _place_name(values: set[str]) -> str:
    forms = {"year": r"(19|20)\d\d", "month": r"((19|20)\d\d)?-?[01]?\d", "day": r"[0-3]?\d"}
    fit = (name for name, form in forms.items() if all(re.fullmatch(form, v) for v in values))
    return next(fit, "place")


def _form_of(ids: Iterable[str]) -> str:
    """Return the regular expression of ids: figures, figures and what stands between, or words."""
    ids = set(ids)
    forms = {re.sub(r"\d+", r"\\d+", re.escape(one)) for one in ids}
    if len(forms) == 1 and re.search(r"\d", "".join(ids)):
        return forms.pop()
    if ids and all(re.fullmatch(r"[\w-]+", one) for one in ids):
        return r"[\w-]+"
    return ""


def _distinct_pages(pages: Collection[Seen]) -> Iterator[Seen]:
    """Yield pages, one of those of the same content: that of the shortest address."""
    shortest: dict[tuple[str, ...], Seen] = {}
    said = {seen.url: tuple(block.text for block in seen.page.blocks) for seen in pages}
    for seen in sorted(pages, key=lambda seen: len(seen.url)):
        shortest.setdefault(said[seen.url], seen)
    yield from (seen for seen in pages if shortest[said[seen.url]] is seen)


def _shared(pages: list[Seen], share: float) -> dict[str, int]:
    """Return the short texts that so many of some pages show: on how many each stands."""
    blocks = (block for seen in pages for block in _distinct(seen.page))
    counts = Counter(block.text for block in blocks if _is_word(block))
    return {text: n for text, n in counts.items() if n >= max(_FEW, share * len(pages))}


def _distinct(page: Page) -> Iterable[Block]:
    return {block.text: block for block in page.blocks}.values()


def _is_word(block: Block) -> bool:
    """Tell whether a block may be a word of the frame: short, no foot, no strip of links."""
    text = block.text
    return (
        1 < len(text) <= _LONGEST
        and not re.search(common.FOOT, text, re.IGNORECASE)
        and not block.anchors[1:]
        and any(map(str.isalpha, text))
        and not re.search(r"[\d:：]", text)
    )


def _asks(read: Extraction) -> bool:
    return sum(isinstance(one, Faq) and bool(one.answer) for one in read.records) > 1


def _announces(read: Extraction) -> bool:
    first = read.records[0] if read.records else None
    return isinstance(first, Event) and bool(first.registration_deadline or first.ends)


def _confers(read: Extraction) -> bool:
    first = read.records[0] if read.records else None
    if not isinstance(first, PressConference):
        return False
    kinds = Counter(turn.kind for turn in first.turns)
    return kinds["question"] > 0 and kinds["answer"] > 0


def _length(read: Extraction) -> int:
    first = read.records[0] if read.records else None
    return sum(map(len, first.paragraphs)) if isinstance(first, Article) else 0


def _reports(read: Extraction) -> bool:
    first = read.records[0] if read.records else None
    return isinstance(first, Article) and first.published is not None and bool(first.paragraphs)


def _stands(read: Extraction) -> bool:
    return _length(read) >= _TEXT


def _lists_any(read: Extraction) -> bool:
    return len(linked_items(read.frame)) >= _FEW


def _lists_events(read: Extraction) -> bool:
    items = linked_items(read.frame)
    return bool(items) and sum(item.address.kind == "event" for item in items) * 2 > len(items)
