"""Small crawls: a few pages of each kind (``sample``), or what would be fetched, and why (``dry``).

Neither is remembered, ``latest``, or part of the dataset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

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
_AGAIN: Final = {"redirect_times", "retry_times"}
"""Keys of ``meta`` for what redirects and retries make of a request."""
_LEADING: Final = {*LISTINGS, "home"}
"""Kinds of pages that a dry crawl reads: they lead to the others."""


class TrialMiddleware(Component):
    """Lets a trial fetch what it may, before robots.txt and the delay; a dry one has a plan."""

    listens: ClassVar[dict[str, Any]] = {
        "opened": signals.spider_opened,
        "closed": signals.spider_closed,
    }

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._plan: WholeLines | None = None

    def opened(self) -> None:
        """Begin the plan."""
        if self.spider and self.spider.trial == "dry":
            self._plan = WholeLines(self.spider.run_folder / _PLAN)
            self.spider.outputs.register(self._plan)

    def closed(self) -> None:
        """Close the plan."""
        if self._plan:
            self._plan.close()

    def process_request(self, request: Request) -> None:
        """Raise ``LeftOutError`` for a page that the trial does not fetch."""
        spider = self.spider
        if not isinstance(spider, RememberingSpider) or spider.trial is None:
            return
        if Meta.LEASE not in request.meta or _AGAIN & request.meta.keys():
            return
        page = spider.page_of(request)
        if page is None:
            return
        kind = _kind(page)
        if spider.sample is not None:
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
        """Return how the crawl came to a page."""
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
    """Return of what a sample has so many pages: a kind, or without a map a form of address."""
    if page.portal is ANY_SITE:
        return f"{page.portal.name}/{shape(page.url)}"
    family = page.family
    of_family = (family.language, family.layout) if family else ()
    return "/".join(filter(None, (page.portal.name, page.kind or "other", *of_family)))
