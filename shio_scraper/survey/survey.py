"""Finds the families of a site's pages, their kinds and languages, from a few of the pages.

Addresses are grouped by their form. Each group is read as every kind of page in turn, by a map that
is drafted for it. The group has the first kind whose test most of its pages pass.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlsplit

from shio_scraper.pages import Capture
from shio_scraper.portals import LISTINGS, SHARED, Family, FamilyKind, Portal
from shio_scraper.survey import forms, imprint
from shio_scraper.survey.specimen import (
    ONE_RECORD,
    Specimen,
    Test,
    distinct,
    lists_any,
    lists_events,
    lists_others,
    specimens,
)

_LANGUAGE_ROOT: Final = re.compile(r"/([a-z]{2}(-[a-z]{2})?/?)?(index|default|home)?(\.\w+)?")


@dataclass(slots=True, eq=False)
class Group:
    """The pages of one form of address: those that were read, and the addresses of all links."""

    family: Family
    pages: list[Specimen]
    urls: list[str]
    is_decided: bool = False
    """Whether the kind of its pages is settled."""

    @property
    def has_id(self) -> bool:
        """Tell whether the group's addresses hold an id."""
        return "{id}" in self.family.path or self.family.id_parameter in self.family.parameters

    def become(self, kind: FamilyKind) -> None:
        """Settle the kind of the group's pages."""
        self.change(kind=kind)
        self.is_decided = True

    def change(self, **changes: Any) -> None:
        """Change fields of the group's family."""
        self.family = replace(self.family, **changes)


class Survey:
    """The survey of a site by ``captures`` of its pages. ``name`` is the name of its map.

    Only pages of the host that most pages have are used. Pages without an address are left out.
    Raise ``ValueError`` if no page is left.
    """

    def __init__(self, captures: Iterable[Capture], name: str) -> None:
        read = list(specimens(captures))
        hosts = Counter(page.host for page in read)
        if not hosts:
            raise ValueError("no page that can be read, with its address")
        host = hosts.most_common(1)[0][0]
        by_url = {page.url: page for page in read if page.host == host}
        self.pages = distinct(by_url.values())
        self.name = name
        self.title = imprint.title(self.pages, name)
        self.origin = f"{urlsplit(self.pages[0].url).scheme}://{host}"
        self.languages = Counter(page.language for page in self.pages)
        self.texts = self._linked(by_url.keys() - {page.url for page in self.pages})
        self.groups = [group for group in self._grouped() if group.pages]
        self.common_words = imprint.common_words(self.pages, [g.pages for g in self.groups])
        self._decide_by_address()
        self._decide_lists()
        self._decide_others()
        self._merge()
        self._join()
        self.groups = [group for group in self.groups if group.is_decided]
        self._finish()

    def portal(self, *families: Family) -> Portal:
        """Return the map as far as it is known. ``families`` come before the families found."""
        families += tuple(group.family for group in self.groups)
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

    def _linked(self, twins: Collection[str]) -> dict[str, set[str]]:
        """Return the addresses of pages and of their links, each with the texts of its links.

        ``twins`` are left out: they are further addresses of pages that were read.
        """
        texts: dict[str, set[str]] = {page.url: set() for page in self.pages}
        for page in self.pages:
            for url, text in forms.links(page.page):
                if url.startswith(f"{self.origin}/") and url not in twins:
                    texts.setdefault(url, set()).add(text)
        return texts

    def _grouped(self) -> Iterator[Group]:
        by_form: dict[str, list[str]] = defaultdict(list)
        for url in self.texts:
            by_form[forms.shape(url.partition("?")[0])].append(url)
        for form, urls in by_form.items():
            family = forms.family_of(form, {url: self.texts[url] for url in urls})
            yield Group(family, [page for page in self.pages if page.url in urls], urls)

    def _decide_by_address(self) -> None:
        """Find home pages and further pages of lists, which their addresses tell."""
        for group in self.groups:
            if _LANGUAGE_ROOT.fullmatch(group.family.path) and not group.family.parameters:
                group.become("home")
            elif forms.PAGED.search(group.family.path):
                group.change(kind="listing")

    def _decide_lists(self) -> None:
        """Find the pages that list others.

        The pages that a list leads to decide. Their own kind may be found in the first pass, so
        there are two passes.
        """
        for _ in range(2):
            for group in self.groups:
                if not group.is_decided and self._most(group, "listing", lists_others):
                    group.change(kind="listing")
        for group in self.groups:
            if group.family.kind == "listing":
                group.become("listing")

    def _decide_others(self) -> None:
        """Find events, questions, press conferences, articles, and pages without a date."""
        for group in self.groups:
            if not group.is_decided:
                tests = ONE_RECORD.items()
                fit = (kind for kind, test in tests if self._most(group, kind, test))
                if kind := next(fit, None):
                    group.become("article" if kind == "standing" and group.has_id else kind)
        for group in self.groups:
            if not group.is_decided and self._most(group, "listing", lists_any):
                group.become("listing")
            if group.family.kind == "listing" and self._most(group, "listing", lists_events):
                group.become("event_listing")

    def _most(self, group: Group, kind: FamilyKind, test: Test) -> bool:
        """Tell whether most pages of a group, read as pages of ``kind``, pass a test."""
        portal = self.portal(replace(group.family, kind=kind))
        extractions = [page.by(portal) for page in group.pages]
        passed = sum(each is not None and test(each) for each in extractions)
        return passed * 2 > len(group.pages)

    def _merge(self) -> None:
        """Unite groups of articles in one folder whose addresses differ in a word, not a number."""
        beside: dict[tuple[str, str], list[Group]] = defaultdict(list)
        for group in self.groups:
            folder, _, leaf = group.family.path.rpartition("/")
            if group.family.kind == "article" and not group.has_id and leaf:
                beside[folder, leaf.partition(".")[2]].append(group)
        for groups in beside.values():
            if len(groups) > 1:
                family = forms.merged(groups[0].family)
                urls = [url for url in self.texts if family.match(urlsplit(url).path)]
                self._unite(groups, family, urls)

    def _join(self) -> None:
        """Unite families whose paths differ in one folder, such as the channels of a site."""
        for kind in ("article", "listing"):
            alike: dict[tuple[str, str, tuple[str, ...]], list[Group]] = defaultdict(list)
            for group in self.groups:
                family, parts = group.family, group.family.path.split("/")
                for i in range(1, len(parts) - 1):
                    if family.kind == kind and "{" not in parts[i]:
                        form = "/".join((*parts[:i], "{channel}", *parts[i + 1 :]))
                        alike[form, family.id_form, family.parameters].append(group)
            for (form, *_), groups in alike.items():
                if len(groups) > 1 and all(group in self.groups for group in groups):
                    urls = [url for group in groups for url in group.urls]
                    self._unite(groups, replace(groups[0].family, path=form), urls)

    def _unite(self, groups: Collection[Group], family: Family, urls: list[str]) -> None:
        """Replace several groups by one."""
        pages = [page for group in groups for page in group.pages]
        self.groups = [group for group in self.groups if group not in groups]
        self.groups.append(Group(family, pages, urls, is_decided=True))

    def _finish(self) -> None:
        """Name the families without an id, set the languages, and put the loosest forms last."""
        for group in self.groups:
            family, languages = group.family, {page.language for page in group.pages}
            is_list = family.kind in LISTINGS or family.kind == "home"
            if is_list or not group.has_id:
                group.change(id_parameter="id")
            if is_list:
                group.change(path=family.path.replace("{id}", "{place}"))
            elif not group.has_id:
                leaf = family.path.rstrip("/").rpartition("/")[2].split(".")[0]
                group.change(name=re.sub(r"[^\w-]", "", leaf))
            if not group.has_id:
                group.change(id_form="")
            group.change(language=languages.pop() if len(languages) == 1 else None)
        self.groups.sort(
            key=lambda g: (g.family.kind != "home", g.family.path.count("{"), g.family.path)
        )
