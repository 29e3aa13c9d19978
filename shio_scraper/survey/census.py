"""The pages of a site, counted as they are read: by the form of their address, by what they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shio_scraper.parsers import Extraction
from shio_scraper.parsers.listing_item import Listed
from shio_scraper.parsers.query_form import QueryForm, read_forms
from shio_scraper.runs.site import Family, FoundForm, PageKind, Site
from shio_scraper.survey.forms import shape

_MOST: Final = 1_000
"""Forms of addresses that are told apart, and forms that are named; further ones are one."""
_REST: Final = "…"
_EXAMPLES: Final = 3
_FEW: Final = 3
"""Items that make a list, at least."""
_KINDS: Final[dict[str, PageKind]] = {
    "article": "article", "press_conference": "article", "event": "event", "faq": "questions",
    "row": "records",
}  # fmt: skip
"""Type of the first record → what its page is."""


class Census:
    """Counts the pages of a site; ``site`` is what they come to, of a crawl that goes on too."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._families = {family.form: family for family in site.families}
        self._forms = {_identity(found.form): found for found in site.forms}

    def add(self, extraction: Extraction, items: Sequence[Listed], *, loads_more: bool) -> PageKind:
        """Count a page; return what it is. ``loads_more``: its list goes on by a script alone."""
        forms = read_forms(extraction.page)
        kind = kind_of(extraction, items, forms)
        url = extraction.page.url or ""
        family = self._family(url)
        family.kinds[kind] = family.kinds.get(kind, 0) + 1
        for record in extraction.records:
            family.records[record.type] = family.records.get(record.type, 0) + 1
            family.doubted += bool(record.doubts)
        if len(family.examples) < _EXAMPLES:
            family.examples.append(url)
        for form in forms:
            self._name(form, url)
        if loads_more and kind == "listing" and len(self.site.loads_more) < _MOST:
            self.site.loads_more.append(url)
        return kind

    def leave_out(self, url: str) -> None:
        """Count an address that is not fetched."""
        self._family(url).left_out += 1

    def _family(self, url: str) -> Family:
        form = shape(url)
        if form not in self._families and len(self._families) >= _MOST:
            form = _REST
        if form not in self._families:
            self._families[form] = Family(form)
            self.site.families.append(self._families[form])
        return self._families[form]

    def _name(self, form: QueryForm, url: str) -> None:
        identity = _identity(form)
        if identity in self._forms:
            self._forms[identity].pages += 1
        elif len(self._forms) < _MOST:
            self._forms[identity] = FoundForm(form, url)
            self.site.forms.append(self._forms[identity])


def kind_of(
    extraction: Extraction, items: Sequence[Listed], forms: Sequence[QueryForm]
) -> PageKind:
    """Return what a page is: by its first record, its items, its form."""
    first = next(iter(extraction.records), None)
    events = sum(record.type == "event" for record in extraction.records)
    if first and first.type in _KINDS and events <= 1:
        return _KINDS[first.type]
    if events > 1 or len(items) >= _FEW:
        return "listing"
    return "form" if any(form.purpose == "query" for form in forms) else "other"


def _identity(form: QueryForm) -> tuple[str, str, tuple[str, ...]]:
    """Return what tells a form from others: a page's own address in its action does not."""
    return form.method, shape(form.action), tuple(field.name for field in form.fields)
