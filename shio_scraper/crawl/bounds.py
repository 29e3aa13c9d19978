"""Decides which pages a crawl leaves out: by the bounds for a site without a map, or of a trial.

A trial is a small crawl. A ``sample`` fetches a few pages of each kind; a ``dry`` crawl only plans
what would be fetched, and why. A trial is not remembered, not ``latest``, not in the dataset.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import parse_qsl, urlsplit

import msgspec
from scrapy import Request, signals

from shio_scraper.component import Component, Meta, output_failed
from shio_scraper.crawl.remembering import LeftOutError, RememberingSpider
from shio_scraper.portals import ANY_SITE, LISTINGS, Address
from shio_scraper.runs.outputs import WholeLines
from shio_scraper.survey.forms import shape

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

_PLAN: Final = "plan.jsonl"
_LEFT_OUT: Final = "trial/left_out"
_AGAIN: Final = {"redirect_urls", "retry_times"}
"""Keys of ``meta`` in requests that redirects and retries make."""
_LEADING: Final = {*LISTINGS, "home"}
"""Kinds of pages that a dry crawl reads, because they lead to the other pages."""
_CREDIT: Final = 40
"""The number of pages of one form of address that may give nothing new from the start."""
_EARNED: Final = 8
"""The number of further such pages that each page with something new allows."""
_DEEPEST: Final = 12
"""The most parts of a path."""
_REPEATED: Final = 2
"""How often the same part may stand in a path."""
_PARAMETERS: Final = 8
"""The most query parameters of an address."""
_DATE: Final = re.compile(r"(?:19|20)\d\d(?:[-_]?\d\d){0,2}|\d{1,2}")


class BoundsMiddleware(Component):
    """Decides, right before robots.txt and the delay, whether a page is fetched.

    It decides so late because the crawl learns about forms of addresses while a request waits.
    A dry crawl writes its plan here.
    """

    listens: ClassVar[dict[str, Any]] = {
        "opened": signals.spider_opened,
        "closed": signals.spider_closed,
    }

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._plan: WholeLines | None = None

    def opened(self) -> None:
        """Open the plan of a dry crawl."""
        if self.spider and self.spider.trial == "dry":
            self._plan = WholeLines(self.spider.run_folder / _PLAN)
            self.spider.outputs.register(self._plan)

    def closed(self) -> None:
        """Close the plan."""
        if self._plan:
            self._plan.close()

    def process_request(self, request: Request) -> None:
        """Raise ``LeftOutError`` for a page that the crawl leaves out."""
        spider = self.spider
        if not isinstance(spider, RememberingSpider) or Meta.LEASE not in request.meta:
            return
        if _AGAIN & request.meta.keys():
            return
        if spider.trial and (page := spider.page_of(request)):
            self._try(spider, request, page)
        if stat := spider.why_left_out(request):
            raise LeftOutError(stat, f"left out ({stat}): {request.url}")

    def _try(self, spider: RememberingSpider, request: Request, page: Address) -> None:
        """Raise ``LeftOutError`` for a page that the trial does not fetch."""
        if spider.sample is not None:
            kind = _kind(page)
            if self.stats.get_value(f"trial/{kind}", 0) >= spider.sample:
                raise LeftOutError(_LEFT_OUT, f"more than {spider.sample} of {kind}: {page.url}")
            self.stats.inc_value(f"trial/{kind}")
        if self._plan:
            self._write(self._plan, request, page)
            if page.kind not in _LEADING:
                raise LeftOutError(_LEFT_OUT, f"a dry crawl: {page.url}")

    def _write(self, plan: WholeLines, request: Request, page: Address) -> None:
        line = {"url": page.url, "kind": page.kind or "other", "why": self._why(request)}
        self.stats.inc_value(f"planned/{line['kind']}")
        try:
            plan.write(msgspec.json.encode(line) + b"\n")
        except OSError as error:
            output_failed(self.crawler, f"{plan.name}: {error.strerror}")

    def _why(self, request: Request) -> str:
        """Return how the crawl came to a page, in words."""
        how = request.cb_kwargs
        if how.get("sample"):
            return "a page of its layout, for its sidebar"
        parent = (request.headers.get(b"Referer") or b"").decode("latin-1")
        site = self.spider.site if self.spider else None
        parent = (site.portal_url(parent) if site and parent else None) or parent
        again = ", known, and due again" if request.meta.get(Meta.RECALLED) else ""
        if not parent:
            return "known, and due again" if again else "where the crawl begins"
        if "before" in how:
            return f"the page after {parent}"
        way = "listed" if how.keys() & {"teaser", "listed"} else "linked"
        return f"{way} on {parent}{again}"


def _kind(page: Address) -> str:
    """Return the kind of page that a sample limits; for a site without a map, the address form."""
    if page.portal is ANY_SITE:
        return f"{page.portal.name}/{shape(page.url)}"
    family = page.family
    of_family = (family.language, family.layout) if family else ()
    return "/".join(filter(None, (page.portal.name, page.kind or "other", *of_family)))


class Budgets:
    """Keeps an account for each form of address of a site, against endless pages.

    Calendars, facets, sort orders and session ids make ever new addresses of a few forms, whose
    pages repeat what other pages say. So each form has a credit: a page that gives nothing new
    costs one, and a page that gives something new earns several.
    """

    def __init__(self) -> None:
        self._barren: Counter[str] = Counter()
        self._paid: Counter[str] = Counter()

    def book(self, url: str, *, is_new: bool) -> None:
        """Note whether a page gave something new."""
        for account in _accounts(url):
            (self._paid if is_new else self._barren)[account] += 1

    def has_credit(self, url: str) -> bool:
        """Tell whether another page of this form of address may be fetched."""
        return all(
            self._barren[account] < _CREDIT + _EARNED * self._paid[account]
            for account in _accounts(url)
        )

    def pays(self, url: str) -> bool:
        """Tell whether pages of this form gave something new."""
        return self._paid[shape(url)] > 0


def is_trap(url: str) -> bool:
    """Tell whether an address repeats itself, so that only a faulty page can have made it.

    >>> is_trap("https://example.org/news/about/news/about/news/")
    True
    """
    parts = urlsplit(url)
    steps = [step for step in parts.path.split("/") if step]
    if len(steps) > _DEEPEST or len(parse_qsl(parts.query)) > _PARAMETERS:
        return True
    counts = Counter(step for step in steps if not _DATE.fullmatch(step))
    return any(count > _REPEATED for count in counts.values())


def _accounts(url: str) -> Iterator[str]:
    """Yield the accounts of an address: its form, and for a query also its path with any query."""
    yield shape(url)
    path, mark, _ = url.partition("?")
    if mark:
        yield f"{shape(path)}?"
