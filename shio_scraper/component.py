"""What the components of a crawl have in common: their spider, the keys of ``meta``, the stats."""

from __future__ import annotations

import logging
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Final

from scrapy import Spider
from scrapy.utils.defer import deferred_from_coro

from shio_scraper import runs
from shio_scraper.runs import manifest
from shio_scraper.runs.outputs import Outputs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.http import Request, Response
    from scrapy.statscollectors import StatsCollector

    from shio_scraper.portals import Portals
    from shio_scraper.runs.manifest import Neighbour, Scope, Trial


logger = logging.getLogger(__name__)


class Meta:
    """Our keys of ``request.meta``. Each says something of one fetch: none is stored."""

    LEASE: Final = "frontier_lease"
    """The lease of a request in hand."""
    KEPT: Final = "kept"
    """When and where the response was archived (``Kept``)."""
    RECALLED: Final = "recalled"
    """What was known of the page (``PageMemory``) or of the listing (``Watermark``)."""
    NOTED: Final = "noted"
    """What is noted of the page that was fetched."""
    WAITED: Final = "waited"
    """The page that the request carries (``Waiting``)."""
    RESOURCE: Final = "resource"
    """What a page asked for the request as, in a browser."""
    UNSHOWN: Final = "unshown"
    """Why a browser could not show the page that the request carries."""


RESTS: Final = "rests"
"""Key of ``meta``, stored: how often an archive service was left alone for this request."""
REDIRECTS: Final = ("redirect_urls", "redirect_times", "redirect_ttl", "redirect_reasons")
"""Scrapy's keys of ``meta`` for a request that was redirected."""


class Site:
    """Where the pages of a crawl are fetched from; here, at their own addresses."""

    def fetch_url(self, url: str) -> str:
        """Return the address to fetch a portal's page from."""
        return url

    def portal_url(self, url: str) -> str | None:  # noqa: ARG002
        """Return the canonical portal address of the page fetched as ``url``; else ``None``."""
        return None

    def original(self, url: str) -> str:
        """Return what ``url`` is a copy of, spelt as it was asked for."""
        return url

    def stored(self, url: str) -> str:
        """Return ``url`` as it outlives the site: a copy may have another address tomorrow."""
        return url

    def restored(self, url: str) -> str:
        """Return where the site has what ``stored`` gave."""
        return url

    def on_site(self, url: str) -> str:
        """Return where the site has what ``url`` names on any of the portal's hosts."""
        return url

    def may_fetch(self, url: str) -> bool:
        """Tell whether ``url`` is a page of the site that anyone may see without a login."""
        raise NotImplementedError


class CrawlSpider(Spider):
    """A spider of ours, as the components of its crawl see it."""

    portals: Portals
    """Whose pages are read."""
    site: Site | None = None
    origin: str
    """Whose pages the run reads: ``live``, ``demo``, or the address of a copy.

    Of files it is ``archive``: each of their captures tells.
    """
    subject: str
    """What is crawled, as the user named it: a site, or files."""
    identity: dict[str, Any]
    """What tells this crawl from others of the spider, as JSON has it."""
    own_shares: list[dict[str, Any]]
    """The arguments of the crawls that workers on several machines share, one each."""
    leased_as: str
    """What no two workers may ask at once: a portal, a copy's host, an archive service."""
    fresh: bool = False
    """Whether to begin anew, whatever was cut off."""
    keeps_history: bool = False
    """Whether captures of one page at several times are records each, as in an archive."""
    given: Mapping[str, Any] = MappingProxyType({})
    """The arguments as they were given."""
    trial: Trial | None = None
    """Which small crawl it is: neither ``latest``, nor remembered, nor part of the dataset."""
    sample: int | None = None
    """Pages of each kind that it fetches at most."""
    resumed: bool = False
    """Whether the crawl goes on where it was cut off, in its own run's folder."""
    continues: Neighbour | None = None
    """The run of a worker that is gone, which this one continues: it holds the rest alone."""
    written_before: Mapping[bytes, bytes] = MappingProxyType({})
    """What the runs before it hold: content hashes of records, by their identities."""
    remembered_as: str = ""
    """The site whose memory the crawl reads and writes; empty for none."""
    appended_from: Mapping[str, int] = MappingProxyType({})
    """Bytes that the files of ``-o`` held when the crawl began, by their paths."""

    @cached_property
    def run_folder(self) -> Path:
        """The run's own folder, made when it is first asked for."""
        data = self.settings["SHIO_DATA"]
        return runs.create(data, self.name, after=manifest.last_end(Path(data)))

    @cached_property
    def outputs(self) -> Outputs:
        """What the run writes."""
        return Outputs(self.run_folder)

    @property
    def scope(self) -> Scope:
        """What the run should have seen, by the spider's arguments."""
        raise NotImplementedError

    @property
    def is_full(self) -> bool:
        """Whether the whole live portal is read: no argument leaves anything out."""
        raise NotImplementedError

    def reads(self, file: Path) -> bool:  # noqa: ARG002  (spiders of files do)
        """Tell whether the crawl reads ``file``, an absolute path: no output may be it."""
        return False

    def archived_as(
        self,
        request: Request,  # noqa: ARG002
        response: Response,  # noqa: ARG002
    ) -> tuple[str, datetime] | None:
        """Return the address and time that ``response`` is a capture of; ``None`` keeps nothing."""
        return None


def ours(spider: Spider | None) -> CrawlSpider | None:
    """Return ``spider`` if it is one of ours: components run beside others, too."""
    return spider if isinstance(spider, CrawlSpider) else None


def site_of(crawler: Crawler) -> Site | None:
    """Return where the pages of ``crawler`` are fetched from, if its spider says so."""
    spider = ours(crawler.spider)
    return spider.site if spider else None


def end_crawl(crawler: Crawler, reason: str) -> bool:
    """Close the crawl for ``reason``; return ``False`` where none runs."""
    if not crawler.engine or not crawler.engine.running:
        return False
    deferred_from_coro(crawler.engine.close_spider_async(reason=reason))
    return True


def output_failed(
    crawler: Crawler, why: str, *, what: str = "to ", stat: str = "files/failed"
) -> None:
    """End the crawl, with one line, where something cannot be written: a full disk.

    ``stat`` keeps why. The first failure tells.
    """
    assert crawler.stats  # noqa: S101  (a crawl that begins has them)
    if crawler.stats.get_value(stat):
        return
    crawler.stats.set_value(stat, why)
    if spider := ours(crawler.spider):
        spider.outputs.broken = True
    ends = end_crawl(crawler, "output_failed")
    logger.error("Cannot write %s%s%s", what, why, "; the crawl ends here" if ends else "")


class Component:
    """A component of ``crawler``: each method that ``listens`` names answers its signals."""

    listens: ClassVar[dict[str, Any]] = {}

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the component of ``crawler``, which listens."""
        made = cls(crawler)
        for method, named in cls.listens.items():
            for signal in named if isinstance(named, tuple) else (named,):
                crawler.signals.connect(getattr(made, method), signal)
        return made

    @property
    def spider(self) -> CrawlSpider | None:
        """The spider of the crawl, if it is one of ours."""
        return ours(self.crawler.spider)

    @property
    def stats(self) -> StatsCollector:
        """The stats of the crawl."""
        assert self.crawler.stats  # noqa: S101  (a crawl that begins has them)
        return self.crawler.stats
