"""What an update reads beside what the home page and the listings show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from shio_scraper.crawl.page_memory import OWN_PAGES, Memory, PageMemory, Schedule
from shio_scraper.crawl.remembering import remembering
from shio_scraper.frontier.store import LAST

if TYPE_CHECKING:
    from scrapy import Request

    from shio_scraper.portals import Address
    from shio_scraper.spiders.portal import PortalSpider


def due_again(spider: PortalSpider) -> Iterator[Request]:
    """Yield requests for what the memory of the site's earlier crawls asks for.

    That is a page of each language and layout that lacks one, for its sidebar; and what is
    incomplete, was seen and never read, or is young.
    """
    if not remembering(spider.crawler):
        return
    memory = Memory(spider.frontier)
    yield from _samples(spider, memory)
    schedules = {p: Schedule.of(spider.settings, p) for p in spider.portals.members}
    for url, known in memory.due(min(one.since for one in schedules.values())):
        page = spider.portals.locate(url)
        if page is None or not schedules[page.portal].is_due(known, page.kind):
            continue
        if spider.asks_for(page) and spider.arguments.covers(known.any_day):
            yield _again(spider, page, known, priority=LAST)


def _samples(spider: PortalSpider, memory: Memory) -> Iterator[Request]:
    families = [f for p in spider.portals.members if p.has_sidebar for f in p.families]
    kinds = [(f.language, f.layout) for f in families if f.kind in OWN_PAGES]
    for kind in dict.fromkeys(kinds):
        url = memory.sample(*kind)
        page = spider.portals.locate(url) if url else None
        if page and spider.is_sample(page):
            known = memory.page(page.url)
            yield _again(spider, page, known or PageMemory(), sample=True)


def _again(
    spider: PortalSpider,
    page: Address,
    known: PageMemory,
    *,
    priority: int = 0,
    sample: bool = False,
) -> Request:
    """Return the request for a page, with what a listing said of it."""
    return spider.request(
        page.url, priority=priority, sample=sample, teaser=known.teaser, listed=known.listed
    )
