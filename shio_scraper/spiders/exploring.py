"""Explores a site without a map: follows the links of every page, lists first.

Addresses of a form that gives nothing new are no longer fetched. The pages are counted as they are
read, by the form of their address and by their kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from time import monotonic
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit, urlunsplit

import msgspec
from scrapy import Request, signals

from shio_scraper.component import output_failed
from shio_scraper.crawl.bounds import Budgets, is_trap
from shio_scraper.pages import reject
from shio_scraper.parsers import Extraction
from shio_scraper.parsers.listed import Listed
from shio_scraper.parsers.lists import read_items
from shio_scraper.parsers.pager import read_pager
from shio_scraper.parsers.query_form import QueryForm, read_forms
from shio_scraper.portals.any_site import PRIVATE
from shio_scraper.runs import site
from shio_scraper.runs.site import Family, FoundForm, PageKind
from shio_scraper.spiders.requesting import Guide, RequestingSpider
from shio_scraper.survey.forms import links, shape

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from shio_scraper.crawl.page_memory import Watermark
    from shio_scraper.items import RecordType, Reject

_NEXT_PAGE: Final = 10
_ITEM: Final = 5
_KNOWN_TO_PAY: Final = 3
_ASKED: Final = -5
"""Priorities: the next page of a list; its items; pages of a form that gave something new; and an
address with parameters, which may be the same list in another order."""
_APART: Final = ("key", "url", "language", "portal_id", "doubts", "provenance", "teaser")
"""Fields that do not count when two records are compared by their content."""
_MOST_READ: Final = 500_000
"""Digests of read pages and records to keep, at 100 bytes each. When full, all are forgotten."""
_MINUTE: Final = 60
_MOST_FORMS: Final = 1_000
"""The most forms of addresses, and the most HTML forms, that are counted apart.

Further forms of addresses are counted as one (``_REST``), further HTML forms not at all.
"""
_REST: Final = "…"
_EXAMPLES: Final = 3
_FEW: Final = 3
"""A list has at least this many items."""
_KINDS: Final[dict[str, PageKind]] = {
    "article": "article", "press_conference": "article", "event": "event", "faq": "questions",
    "row": "records",
}  # fmt: skip
"""Type of a page's first record → the kind of the page."""


class Exploration(Guide):
    """Leads ``spider`` through a site, and counts its pages by kind.

    What each form of address gave is known to this process only: a resumed crawl begins with a full
    budget for each form.
    """

    def __init__(self, spider: RequestingSpider) -> None:
        self._spider = spider
        self._budgets = Budgets()
        self._seen: set[bytes] = set()
        self._known: set[str] = set()
        self._origin: tuple[str, str] | None = None
        self._began = monotonic()
        self._census: Census

    def attach(self, crawler: Crawler) -> None:
        """Begin the census when the crawl begins, and write it when the crawl ends."""
        crawler.signals.connect(self._opened, signals.spider_opened)
        crawler.signals.connect(self._closed, signals.spider_closed)

    def start(self) -> Iterator[Request]:
        """Yield the request for the page that the crawl begins with."""
        yield self._request(self._spider.arguments.base, _NEXT_PAGE, 0)

    def follow(
        self,
        extraction: Extraction,
        watermark: Watermark | None = None,  # noqa: ARG002
        *,
        steps: int = 0,
        number: int = 1,
        **_: Any,
    ) -> Iterator[Request | Reject]:
        """Request the pages that this page leads to.

        ``steps`` is the number of links from the start page to this page. All pages of a list are
        one step together; ``number`` counts them.
        """
        page = extraction.page
        if self._origin is None and page.url:
            self._origin = urlsplit(page.url)[:2]
        items, pager = read_items(extraction.frame), read_pager(page)
        kind = self._census.add(extraction, items, loads_more=pager.loads_more)
        self._spider.count(f"kinds/{kind}")
        self._known.add(page.url or "")
        asked = list(self._requests(extraction, items, pager.url, steps, number))
        says_new = [self._is_new(_content(record)) for record in extraction.records]
        leads_on = any(self._budgets.pays(request.url) for request in asked)
        self._budgets.book(page.url or "", is_new=any(says_new) or leads_on)
        most = self._spider.settings.getint("SHIO_MAX_LINKS")
        yield from asked[:most]
        if len(asked) > most:
            detail = f"more than {most} new links on a page: SHIO_MAX_LINKS"
            yield reject("fetch", "endless", detail, page)

    def repeats(self, extraction: Extraction) -> bool:
        """Tell whether a page has the same text as an earlier page at another address."""
        page = extraction.page
        if self._is_new([block.text for block in page.blocks]):
            return False
        self._budgets.book(page.url or "", is_new=False)
        self._spider.count("explored/repeated")
        return True

    def why_left_out(self, request: Request) -> str | None:
        """Return the stat that says why a page is not fetched; ``None`` if it is fetched."""
        arguments, stats = self._spider.arguments, self._spider.crawler.stats
        if "steps" not in request.cb_kwargs or stats is None:
            return None
        url = self._spider.site.portal_url(request.url) or request.url
        most = arguments.pages
        if most and stats.get_value("explored/asked", 0) >= most:
            return "bounds/pages"
        if arguments.minutes and monotonic() - self._began > arguments.minutes * _MINUTE:
            return "bounds/minutes"
        if not self._budgets.has_credit(url):
            self._census.leave_out(url)
            return "bounds/nothing_new"
        stats.inc_value("explored/asked")
        return None

    def _requests(
        self,
        extraction: Extraction,
        items: Sequence[Listed],
        next_page: str | None,
        steps: int,
        number: int,
    ) -> Iterator[Request]:
        """Yield requests for the next page of a list, for its items and for the page's links."""
        arguments = self._spider.arguments
        if next_page and arguments.max_pages and number >= arguments.max_pages:
            self._spider.count("bounds/max_pages")
            self._known.add(next_page)
        elif next_page and (target := self._own(next_page)):
            yield self._request(target, _NEXT_PAGE, steps, number=number + 1)
        deepest = arguments.depth or self._spider.settings.getint("SHIO_MAX_STEPS")
        if steps >= deepest:
            self._spider.count("bounds/depth")
            return
        for item in items:
            target = self._own(item.url) if item.url else None
            if target and arguments.covers(item.day):
                listed = item.day.isoformat() if item.day else None
                yield self._request(target, _ITEM, steps + 1, teaser=item.teaser, listed=listed)
            elif target:
                self._spider.count("not_asked_for/listed")
        here = shape(extraction.page.url or "")
        for url, _ in links(extraction.page):
            if target := self._own(url):
                is_beside = next_page is not None and shape(target) == here  # page 7 of the list
                yield self._request(target, self._priority(target), steps + (not is_beside))

    def _priority(self, url: str) -> int:
        if self._budgets.pays(url):
            return _KNOWN_TO_PAY
        return _ASKED if "?" in url else 0

    def _request(self, url: str, priority: int, steps: int, **reached_by: Any) -> Request:
        request = self._spider.request(url, priority=priority, **reached_by)
        request.cb_kwargs["steps"] = steps
        return request

    def _own(self, url: str) -> str | None:
        """Return the address of a page of the site that was not requested yet; else ``None``."""
        address = self._spider.portals.locate(url)
        if address is None or PRIVATE.search(urlsplit(address.url).path):
            self._spider.count("links/elsewhere")
            return None
        target = address.url
        if self._origin:  # scheme and host as the first page has them, with or without "www."
            target = urlunsplit((*self._origin, *urlsplit(target)[2:]))
        if target in self._known:
            return None
        if len(self._known) > _MOST_READ:
            self._known.clear()
        self._known.add(target)
        if is_trap(target):
            self._spider.count("links/trap")
            return None
        return target

    def _is_new(self, content: Any) -> bool:
        """Tell whether this content is read for the first time."""
        digest = blake2b(msgspec.msgpack.encode(content), digest_size=12).digest()
        if digest in self._seen:
            return False
        if len(self._seen) > _MOST_READ:
            self._seen.clear()
        self._seen.add(digest)
        return True

    def _opened(self) -> None:
        spider = self._spider
        known = site.read(spider.run_folder) if spider.resumed else None
        self._census = Census(known or site.Site(spider.arguments.base))

    def _closed(self) -> None:
        spider = self._spider
        try:
            site.write(spider.run_folder, self._census.site)
        except OSError as error:
            output_failed(spider.crawler, f"{error.filename}: {error.strerror}")


def _content(record: RecordType) -> Any:
    """Return the content of a record, to find it again at other addresses.

    A record with paragraphs is compared without its title.
    """
    content = {name: value for name, value in record.to_dict().items() if name not in _APART}
    if content.get("paragraphs"):
        content.pop("title", None)
    return content


class Census:
    """Counts the pages of a site. ``site`` is the summary; a resumed crawl continues the count."""

    def __init__(self, summary: site.Site) -> None:
        self.site = summary
        self._families = {family.form: family for family in summary.families}
        self._forms = {_identity(form.form): form for form in summary.forms}

    def add(self, extraction: Extraction, items: Sequence[Listed], *, loads_more: bool) -> PageKind:
        """Count a page and return its kind.

        ``loads_more``: only a script loads the further items of its list.
        """
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
        if loads_more and kind == "listing" and len(self.site.loads_more) < _MOST_FORMS:
            self.site.loads_more.append(url)
        return kind

    def leave_out(self, url: str) -> None:
        """Count an address that is not fetched."""
        self._family(url).left_out += 1

    def _family(self, url: str) -> Family:
        form = shape(url)
        if form not in self._families and len(self._families) >= _MOST_FORMS:
            form = _REST
        if form not in self._families:
            self._families[form] = Family(form)
            self.site.families.append(self._families[form])
        return self._families[form]

    def _name(self, form: QueryForm, url: str) -> None:
        identity = _identity(form)
        if identity in self._forms:
            self._forms[identity].pages += 1
        elif len(self._forms) < _MOST_FORMS:
            self._forms[identity] = FoundForm(form, url)
            self.site.forms.append(self._forms[identity])


def kind_of(
    extraction: Extraction, items: Sequence[Listed], forms: Sequence[QueryForm]
) -> PageKind:
    """Return the kind of a page: by its first record, else its list items, else its HTML forms."""
    first = next(iter(extraction.records), None)
    events = sum(record.type == "event" for record in extraction.records)
    if first and first.type in _KINDS and events <= 1:
        return _KINDS[first.type]
    if events > 1 or len(items) >= _FEW:
        return "listing"
    return "form" if any(form.purpose == "query" for form in forms) else "other"


def _identity(form: QueryForm) -> tuple[str, str, tuple[str, ...]]:
    """Return what tells an HTML form from others: its method, its fields, its action's shape.

    The shape leaves out ids, so that the same form on many pages is one, although its action is
    each page's own address.
    """
    return form.method, shape(form.action), tuple(field.name for field in form.fields)
