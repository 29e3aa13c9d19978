"""Follows a portal by its map: listings page by page, the pages they list, and other links.

Limits end a crawl that would not end by itself, as in a trap or a listing without a last page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from scrapy import Request, signals

from shio_scraper.crawl.page_memory import (
    OWN_PAGES,
    Item,
    Memory,
    PageMemory,
    Reading,
    Schedule,
    Watermark,
)
from shio_scraper.crawl.remembering import remembering
from shio_scraper.frontier.store import LAST, NEVER, FrontierError
from shio_scraper.items import Reject
from shio_scraper.pages import reject
from shio_scraper.parsers import Extraction
from shio_scraper.parsers.listed import ListingItem
from shio_scraper.parsers.lists import linked_items, next_pages
from shio_scraper.portals import GIVES, LISTINGS, Address
from shio_scraper.spiders.requesting import Guide, RequestingSpider

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

_LISTING_FIRST: Final = 10
"""Priority of listings: they come before their items, so that articles get their teasers."""
_REMEMBERED: Final = 20_000
"""Known addresses that are kept in memory, at 150 bytes each, to spare asking the frontier."""


class Navigation(Guide):
    """Leads ``spider`` through portals by their maps.

    What the earlier pages of a listing showed travels with the request for the next page, since
    another worker may read it. The known links here only save work: the frontier itself refuses a
    page that was seen. Pages that no listing shows are counted in this process only.
    """

    def __init__(self, spider: RequestingSpider) -> None:
        self._spider = spider
        self._samples: set[tuple[str, str | None, str]] = set()
        self._known: set[str] = set()
        self._unlisted = 0
        self._ended = False

    def attach(self, crawler: Crawler) -> None:
        """Listen for the requests that the scheduler drops because their page is known."""
        crawler.signals.connect(self._dropped, signals.request_dropped)

    def start(self) -> Iterator[Request]:
        """Yield requests for the entry pages and the listings; in an update also for pages due."""
        spider = self._spider
        listings = self._start_listings()
        if spider.is_update:  # listings are read anyway, so no other page is needed for a sidebar
            self._samples.update(map(_kind, listings))
        pages = (p.at(path) for p in spider.portals.members for path in p.entries)
        entries = [page for page in pages if page.kind == "home" or spider.asks_for(page)]
        for address in (*entries, *listings):
            yield spider.request(address.url, priority=_LISTING_FIRST)
        if spider.is_update:
            with suppress(FrontierError):  # it was logged, and the crawl ends
                yield from self._due()

    def follow(
        self, extraction: Extraction, watermark: Watermark | None = None, **reached_by: Any
    ) -> Iterator[Any]:
        """Request the pages that this page leads to; at a listing's end yield its watermark."""
        here = extraction.page.address
        if here and here.kind in LISTINGS:
            yield from self._follow_listing(extraction, here, watermark, **reached_by)
        yield from self._follow_links(extraction, **reached_by)

    def _start_listings(self) -> list[Address]:
        """Return the listings that the user asked for.

        If the user asked for no kind of listing, return one of each language and layout, for its
        sidebar.
        """
        spider = self._spider
        known = [portal.at(path) for portal in spider.portals.members for path in portal.listings]
        if any(GIVES[kind] in spider.arguments.only for kind in LISTINGS):
            return [address for address in known if spider.asks_for(address)]
        return [address for address in known if self._is_sample(address)]

    def _is_sample(self, address: Address) -> bool:
        """Tell whether a page is the first of its language and layout, read for its sidebar."""
        spider = self._spider
        if not spider.arguments.only & {"faq", "status"} or not spider.speaks(address):
            return False
        if not address.portal.has_sidebar or _kind(address) in self._samples:
            return False
        self._samples.add(_kind(address))
        return True

    # Pages that an update reads in addition to those that the home page and the listings show.

    def _due(self) -> Iterator[Request]:
        """Yield requests for the pages that the memory of earlier crawls says are due.

        These are pages that are incomplete, young, or were seen and never read. In addition, each
        language and layout of which no page is read yet gives one page, for its sidebar.
        """
        spider = self._spider
        if not remembering(spider.crawler):
            return
        memory, portals = Memory(spider.frontier), spider.portals
        families = [f for p in portals.members if p.has_sidebar for f in p.families]
        kinds = [(f.language, f.layout) for f in families if f.kind in OWN_PAGES]
        for kind in dict.fromkeys(kinds):
            page = portals.locate(memory.sample(*kind))
            if page and self._is_sample(page):
                yield self._again(page, memory.page(page.url) or PageMemory(), sample=True)
        schedules = {p: Schedule.of(spider.settings, p) for p in portals.members}
        for url, known in memory.due(min(schedule.since for schedule in schedules.values())):
            page = portals.locate(url)
            if page is None or not schedules[page.portal].is_due(known, page.kind):
                continue
            if spider.asks_for(page) and spider.arguments.covers(known.any_day):
                yield self._again(page, known, priority=LAST)

    def _again(self, page: Address, known: PageMemory, **how: Any) -> Request:
        """Return the request for a page, with the teaser and the day that a listing gave it."""
        return self._spider.request(page.url, teaser=known.teaser, listed=known.listed, **how)

    # Listings.

    def _follow_listing(
        self,
        extraction: Extraction,
        here: Address,
        watermark: Watermark | None,
        *,
        past_end: bool = False,
        first: Sequence[str] = (),
        before: Sequence[str] = (),
        newest: Sequence[Item] = (),
        quiet: int = 0,
        **_: Any,
    ) -> Iterator[Any]:
        """Request the listing's items and its next page; at its end yield its watermark.

        ``first`` and ``before`` are the addresses that the first page and the previous page showed.
        They are not new: past its end a listing repeats its last page, and pinned items come again
        on every page.
        """
        spider, page = self._spider, extraction.page
        items = linked_items(extraction.frame)
        if not items and past_end:
            spider.count("listings/ended_without_items")
        elif not items:
            yield reject("parse", "no_items", "a listing's address, but no item", page)
            return
        new = [item for item in items if item.address.url not in {*first, *before}]
        most = spider.settings.getint("SHIO_MAX_LINKS")
        if len(new) > most:
            yield _endless(extraction, f"{len(new)} new items on a page: SHIO_MAX_LINKS")
            self._known.update(item.address.url for item in new[most:])
            new = new[:most]
        yield from self._request_items(new)
        if not spider.asks_for(here):
            return
        linked = next_pages(extraction.frame)
        self._count(here, new, linked)
        # It is not known by which day events are listed, so no event counts as old by its day.
        by_day = here.kind == "listing"
        days = [(item.address.url, item.day if by_day else None) for item in new]
        holds = watermark is not None and watermark.holds_for(spider.arguments.since)
        reading = Reading(tuple(newest), quiet).after(days, watermark if holds else None)
        end = self._end(extraction, here, new, reading, watermark)
        if end is not None:
            yield from end
            return
        url, guessed = next_page(here, linked)
        shown = [item.address.url for item in items]
        yield spider.request(
            url,
            priority=_LISTING_FIRST,
            past_end=guessed,
            first=first or shown,
            before=shown,
            newest=reading.newest,
            quiet=reading.quiet,
        )

    def _end(
        self,
        extraction: Extraction,
        here: Address,
        new: list[ListingItem],
        reading: Reading,
        watermark: Watermark | None,
    ) -> list[Watermark | Reject] | None:
        """Return what a listing yields at its end; ``None`` if the listing goes on.

        A listing yields its watermark. It yields none if it was cut short: at the user's number of
        pages, or at more pages than any listing of the portal can have.
        """
        spider, number = self._spider, here.page_number
        since, limit = spider.arguments.since, spider.arguments.max_pages
        days = [item.day for item in new if item.day]
        beyond = spider.settings.getint("SHIO_UPDATE_PAGES_BEYOND")
        if not new or not here.is_paged:
            return [reading.at_end()]
        if watermark and spider.is_update and reading.quiet > beyond:
            return [reading.at_watermark(watermark)]
        if since and days and max(days) < since:
            mark = reading.at_day(since, watermark)
            return [mark] if mark else []
        if limit and number >= limit:
            return []
        if number >= spider.settings.getint("SHIO_MAX_LISTING_PAGES"):
            return [_endless(extraction, f"page {number} of a listing: SHIO_MAX_LISTING_PAGES")]
        return None

    def _count(self, here: Address, new: list[ListingItem], linked: set[int] | None) -> None:
        """Count the listing's pages and items, to compare them with the last page it links to."""
        spider, name = self._spider, here.first_page.removeprefix(here.portal.origin)
        spider.count(f"listings/pages{name}")
        if here.kind == "listing":
            spider.count(f"listings/items{name}", len(new))
        if spider.crawler.stats:
            last = max(linked or {here.page_number})
            spider.crawler.stats.max_value(f"listings/last_page{name}", last)

    def _request_items(self, items: list[ListingItem]) -> Iterator[Request]:
        spider = self._spider
        for item in items:
            covered = spider.arguments.covers(item.day)
            if not covered:
                spider.count("not_asked_for/listed")
            if not covered or spider.asks_for(item.address):
                self._known.add(item.address.url)
                yield spider.request(
                    item.address.url,
                    priority=0 if covered else NEVER,
                    teaser=item.teaser,
                    listed=item.day.isoformat() if item.day else None,
                )

    # Links that are no items of a listing: to pages of known families, the FAQ, "view more".

    def _follow_links(
        self, extraction: Extraction, *, steps: int = 0, **_: Any
    ) -> Iterator[Request | Reject]:
        """Request the pages that this page links to. Beyond a limit, yield one reject and stop.

        ``steps`` is the number of links that led here from a listing or the home page.
        """
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        settings = self._spider.settings
        of_page, of_crawl = settings.getint("SHIO_MAX_LINKS"), settings.getint("SHIO_MAX_UNLISTED")
        for number, request in enumerate(self._linked(extraction, steps)):
            if number >= of_page:
                why = f"more than {of_page} new links on a page: SHIO_MAX_LINKS"
                yield _endless(extraction, why)
                return
            if self._unlisted >= of_crawl:
                if not self._ended:
                    self._ended = True
                    why = f"more than {of_crawl} pages that no listing shows: SHIO_MAX_UNLISTED"
                    yield _endless(extraction, why)
                return
            self._unlisted += 1
            yield request

    def _linked(self, extraction: Extraction, steps: int) -> Iterator[Request]:
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
            if spider.asks_for(address) or self._is_sample(address):
                yield spider.request(address.first_page, priority=_LISTING_FIRST)
        elif address.key_id:
            asked = spider.asks_for(address)
            sample = (spider.is_update or not asked) and self._is_sample(address)
            if asked or sample:
                # Such pages come last: if a listing shows the page too, its teaser is not lost.
                yield spider.request(address.url, priority=LAST, sample=sample, steps=steps)

    def _dropped(self, request: Request) -> None:
        """Do not count a page that turned out to be known."""
        if "steps" in request.cb_kwargs:
            self._unlisted -= 1


def next_page(here: Address, linked: set[int] | None) -> tuple[str, bool]:
    """Return the address of the page after ``here``, and whether that page is a guess.

    ``linked`` are the numbers of the listing's pages that the page links to; ``None`` for none.
    If no link leads on, the button "next" may be a script, so the next page is guessed. A wrong
    guess costs one request for each listing.
    """
    return here.page(here.page_number + 1), max(linked or {0}) <= here.page_number


def _endless(extraction: Extraction, why: str) -> Reject:
    return reject("fetch", "endless", why, extraction.page)


def _kind(address: Address) -> tuple[str, str | None, str]:
    family = address.family
    language, layout = (family.language, family.layout) if family else (None, "unknown")
    return address.portal.name, language, layout
