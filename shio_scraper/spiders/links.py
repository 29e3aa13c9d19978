"""Follows what a page links to beside a listing's items, up to limits: a trap has no end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from scrapy import Request, signals

from shio_scraper.frontier.store import LAST
from shio_scraper.items import Reject
from shio_scraper.pages.rejects import reject
from shio_scraper.parsers import Extraction
from shio_scraper.portals import LISTINGS, Address
from shio_scraper.spiders.listings import LISTING_FIRST

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from shio_scraper.spiders.portal import PortalSpider

_REMEMBERED: Final = 20_000
"""Addresses, at 150 bytes each, that are told to be known without asking the frontier."""


class Links:
    """Follows links to known families, FAQ, view more, for ``spider``.

    What is known of them saves work only: the frontier knows a page that was seen. The count of
    pages that no listing shows is this process's.
    """

    def __init__(self, spider: PortalSpider) -> None:
        self._spider = spider
        self._known: set[str] = set()
        self._unlisted = 0
        self._ended = False

    def attach(self, crawler: Crawler) -> None:
        """Listen to which requests were known."""
        crawler.signals.connect(self._dropped, signals.request_dropped)

    def are_followed(self, urls: Iterable[str]) -> None:
        """Note what a listing leads to."""
        self._known.update(urls)

    def follow(
        self, extraction: Extraction, *, steps: int = 0, **_: Any
    ) -> Iterator[Request | Reject]:
        """Request what the page links to; where a limit is passed, yield a reject instead.

        ``steps`` counts the links that led here from a listing or the home page.
        """
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        settings = self._spider.settings
        of_page, of_crawl = settings.getint("SHIO_MAX_LINKS"), settings.getint("SHIO_MAX_UNLISTED")
        for number, request in enumerate(self._requests(extraction, steps)):
            if number >= of_page:
                yield _endless(
                    extraction, f"more than {of_page} new links on a page: SHIO_MAX_LINKS"
                )
                return
            if self._unlisted >= of_crawl:
                if not self._ended:
                    self._ended = True
                    why = f"more than {of_crawl} pages that no listing shows: SHIO_MAX_UNLISTED"
                    yield _endless(extraction, why)
                return
            self._unlisted += 1
            yield request

    def _requests(self, extraction: Extraction, steps: int) -> Iterator[Request]:
        spider, page = self._spider, extraction.page
        for block, role in zip(page.blocks, extraction.frame.roles, strict=True):
            for anchor in block.anchors:
                url = page.resolve(anchor.href)
                if url is None or url in self._known:
                    continue
                address = spider.portals.locate(url)
                if address is None or spider.portals.is_private(url):
                    continue
                leads = spider.arguments.only & address.portal.leads.get(role, frozenset())
                if address.is_crawled and not address.family and not leads:
                    continue
                self._known.add(url)
                if not address.is_crawled:
                    spider.count("links/other_host")
                elif steps >= spider.settings.getint("SHIO_MAX_STEPS"):
                    spider.count("links/too_far")
                elif address.family:
                    yield from self._to_family(address, steps + 1)
                else:
                    yield spider.request(url, steps=steps + 1)

    def _to_family(self, address: Address, steps: int) -> Iterator[Request]:
        spider = self._spider
        if address.kind == "recommended":
            spider.count("links/recommended")
        elif address.kind in LISTINGS:
            if spider.asks_for(address) or spider.is_sample(address):
                yield spider.request(address.first_page, priority=LISTING_FIRST)
        elif address.key_id:
            asked = spider.asks_for(address)
            sample = (spider.is_update or not asked) and spider.is_sample(address)
            if asked or sample:
                # Later, so that a listing's teaser is not lost to a stray link.
                yield spider.request(address.url, priority=LAST, sample=sample, steps=steps)

    def _dropped(self, request: Request) -> None:
        """Take back the count of a page that was known."""
        if "steps" in request.cb_kwargs:
            self._unlisted -= 1


def _endless(extraction: Extraction, why: str) -> Reject:
    return reject("fetch", "endless", why, extraction.page)
