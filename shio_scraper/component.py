"""What the components of a crawl share: the spider class, the keys of ``meta``, the stats."""

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
    """Our keys of ``request.meta``. Each describes one fetch. The frontier stores none of them."""

    LEASE: Final = "frontier_lease"
    """The lease of a request that the frontier gave out and that is not acknowledged yet."""
    KEPT: Final = "kept"
    """When the response was archived, and at which place (``Kept``)."""
    RECALLED: Final = "recalled"
    """What earlier crawls stored about the page (``PageMemory``) or the listing (``Watermark``)."""
    NOTED: Final = "noted"
    """The note on the page that was fetched, for later crawls."""
    WAITED: Final = "waited"
    """The page that the request carries (``Waiting``)."""
    RESOURCE: Final = "resource"
    """The resource type of a request that a page made in the browser (``script``, ``xhr`` …)."""
    UNSHOWN: Final = "unshown"
    """Why a browser could not show the page that the request carries."""


RESTS: Final = "rests"
"""Key of ``meta`` that is stored: how often the crawl rested for this request to a service."""
REDIRECTS: Final = ("redirect_urls", "redirect_times", "redirect_ttl", "redirect_reasons")
"""Scrapy's keys of ``meta`` for a request that was redirected."""


class Site:
    """Where the pages of a crawl are fetched from. This base class uses their own addresses."""

    def fetch_url(self, url: str) -> str:
        """Return the address to fetch a portal's page from."""
        return url

    def portal_url(self, url: str) -> str | None:  # noqa: ARG002
        """Return the canonical portal address of the page fetched as ``url``; else ``None``."""
        return None

    def original(self, url: str) -> str:
        """Return the original address of the copy at ``url``, spelt as it was asked for."""
        return url

    def stored(self, url: str) -> str:
        """Return ``url`` in the form to store. A copy may have another address tomorrow."""
        return url

    def restored(self, url: str) -> str:
        """Return the address on this site of an address that ``stored`` returned."""
        return url

    def on_site(self, url: str) -> str:
        """Return the address on this site of ``url``, which may be on any host of the portal."""
        return url

    def may_fetch(self, url: str) -> bool:
        """Tell whether ``url`` is a page of the site that anyone may see without a login."""
        raise NotImplementedError


class CrawlSpider(Spider):
    """The base of our spiders: what the components of a crawl may use of the spider."""

    portals: Portals
    """The portals whose pages the crawl reads."""
    site: Site | None = None
    origin: str
    """The site whose pages the run reads: ``live``, ``demo``, or the address of a copy.

    For a crawl of files it is ``archive``: each capture says where it comes from.
    """
    subject: str
    """The site or the files that the crawl reads, as the user named them."""
    identity: dict[str, Any]
    """The arguments that distinguish this crawl from other crawls of the spider, as JSON values."""
    own_shares: list[dict[str, Any]]
    """The arguments of each crawl that workers on several machines share."""
    leased_as: str
    """The name of the server that only one worker may use at a time.

    It is a portal, the host of a copy, or an archive service.
    """
    fresh: bool = False
    """Whether to start anew, even if a crawl was cut off and could be resumed."""
    keeps_history: bool = False
    """Whether each capture of a page gives a record of its own, as in an archive."""
    given: Mapping[str, Any] = MappingProxyType({})
    """The spider's arguments as the user gave them."""
    trial: Trial | None = None
    """The kind of small crawl. A trial is not ``latest``, not remembered, not in the dataset."""
    sample: int | None = None
    """The most pages of each kind that the crawl fetches."""
    resumed: bool = False
    """Whether this is a crawl that was cut off and now goes on in the folder of the same run."""
    continues: Neighbour | None = None
    """The run of a worker that is gone. This run continues it, and has only the remaining part."""
    written_before: Mapping[bytes, bytes] = MappingProxyType({})
    """The records in the runs that this one continues: identity → content hash."""
    remembered_as: str = ""
    """The site under which the crawl stores what it remembers; empty if it remembers nothing."""
    appended_from: Mapping[str, int] = MappingProxyType({})
    """Path → length in bytes of each ``-o`` file when the crawl began."""

    @cached_property
    def run_folder(self) -> Path:
        """The folder of the run. The first access creates it."""
        data = self.settings["SHIO_DATA"]
        return runs.create(data, self.name, after=manifest.last_end(Path(data)))

    @cached_property
    def outputs(self) -> Outputs:
        """The files that the run writes."""
        return Outputs(self.run_folder)

    @property
    def scope(self) -> Scope:
        """The records that the run should have seen, according to the spider's arguments."""
        raise NotImplementedError

    @property
    def is_full(self) -> bool:
        """Whether the crawl reads the whole live portal: no argument leaves anything out."""
        raise NotImplementedError

    def reads(self, file: Path) -> bool:  # noqa: ARG002  (spiders of files do)
        """Tell whether the crawl reads ``file``, an absolute path. No output may be that file."""
        return False

    def archived_as(
        self,
        request: Request,  # noqa: ARG002
        response: Response,  # noqa: ARG002
    ) -> tuple[str, datetime] | None:
        """Return the address and time of the capture to archive; ``None`` archives nothing."""
        return None


def ours(spider: Spider | None) -> CrawlSpider | None:
    """Return ``spider`` if it is one of ours, else ``None``: components run with any spider."""
    return spider if isinstance(spider, CrawlSpider) else None


def site_of(crawler: Crawler) -> Site | None:
    """Return the site that the spider of ``crawler`` fetches from; ``None`` if it has none."""
    spider = ours(crawler.spider)
    return spider.site if spider else None


def end_crawl(crawler: Crawler, reason: str) -> bool:
    """Close the crawl with the finish reason ``reason``. Return ``False`` if no crawl runs."""
    if not crawler.engine or not crawler.engine.running:
        return False
    deferred_from_coro(crawler.engine.close_spider_async(reason=reason))
    return True


def output_failed(
    crawler: Crawler, why: str, *, what: str = "to ", stat: str = "files/failed"
) -> None:
    """End the crawl with one line in the log, because a file cannot be written (a full disk).

    The stat ``stat`` holds the reason. Only the first failure is logged.
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
    """A component of ``crawler``. ``listens`` maps each method to the signals that call it."""

    listens: ClassVar[dict[str, Any]] = {}

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the component of ``crawler``, with its methods connected to their signals."""
        component = cls(crawler)
        for method, answered in cls.listens.items():
            for signal in answered if isinstance(answered, tuple) else (answered,):
                crawler.signals.connect(getattr(component, method), signal)
        return component

    @property
    def spider(self) -> CrawlSpider | None:
        """The spider of the crawl, if it is one of ours."""
        return ours(self.crawler.spider)

    @property
    def stats(self) -> StatsCollector:
        """The stats of the crawl."""
        assert self.crawler.stats  # noqa: S101  (a crawl that begins has them)
        return self.crawler.stats
