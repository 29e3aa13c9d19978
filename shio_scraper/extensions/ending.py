"""How a crawl ends: it is closed; then its manifest, ``latest``, the dataset's state."""

from __future__ import annotations

import logging
import platform
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from scrapy import signals
from scrapy.utils.asyncio import AsyncioLoopingCall, create_looping_call

from shio_scraper import runs
from shio_scraper.component import Component, CrawlSpider, output_failed
from shio_scraper.crawl.archiving import REFERS_TO
from shio_scraper.dataset import intake, places
from shio_scraper.dataset.intake import IntakeError
from shio_scraper.dataset.state import State, StateError
from shio_scraper.parsers.records import PARSER
from shio_scraper.portals import sources
from shio_scraper.reproduction import Rereader
from shio_scraper.runs import manifest
from shio_scraper.runs.outcome import outcome

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings
    from twisted.internet.task import LoopingCall

logger = logging.getLogger(__name__)

_RESUMABLE: Final = "frontier/resumable"
"""The stat of a crawl that was cut off and will be resumed: its run has not ended."""
_REFUSED: Final = "frontier/error"
"""The stat of a crawl that could not begin, or not go on."""
_SETTINGS: Final = (
    "CONCURRENT_REQUESTS", "DOWNLOAD_DELAY", "ROBOTSTXT_OBEY", "SHIO_ARCHIVE", "SHIO_CONTACTS",
    "SHIO_MAX_PAGE", "USER_AGENT",
)  # fmt: skip
"""Settings on which it depends what a run sees."""
_EVERY = 0.2
"""Seconds between two looks."""


class Ending(Component):
    """Says what a run is when it begins, and how it ended; takes it into the state."""

    # After stats.json, which answers the same signal.
    listens: ClassVar[dict[str, Any]] = {
        "opened": signals.spider_opened,
        "engine_stopped": signals.engine_stopped,
    }

    def opened(self) -> None:
        """Begin the manifest."""
        spider = self.spider
        if spider is None or self.stats.get_value(_REFUSED):
            return
        folder = spider.run_folder
        try:
            manifest.begin(folder, **_what(spider, self.crawler.settings))
        except OSError as error:
            output_failed(self.crawler, f"{error.filename or folder}: {error.strerror}")

    def engine_stopped(self) -> None:
        """End the manifest, unless the crawl will be resumed; take the run in."""
        stats = self.stats.get_stats()
        if self.spider is None or stats.get(_RESUMABLE) or stats.get(_REFUSED):
            return
        folder = self.spider.run_folder
        how, reason = outcome(stats)
        counts, failed = manifest.counts(stats), stats.get("monitors/failed", ())
        try:
            refers_to = stats.get(REFERS_TO, ())
            manifest.end(folder, how, reason, counts, monitors=failed, refers_to=refers_to)
            if how == "complete" and not self.spider.trial:
                runs.point_to_latest(folder)
        except OSError as error:
            output_failed(self.crawler, f"{error.filename or folder}: {error.strerror}")
        else:
            if self.spider.trial:
                logger.info("A trial (%s): it stays out of the dataset", self.spider.trial)
            else:
                self._take_in(folder)

    def _take_in(self, folder: Path) -> None:
        """Take the run into the state of its site. Sets the stat ``intake/failed`` where not."""
        try:
            self._take(folder)
        except (IntakeError, StateError, OSError, ValueError) as error:
            why = str(error)
            if isinstance(error, StateError):
                why += f"; `scrapy dataset add {folder.name}` takes it in later"
            logger.warning("Not taken into the dataset: %s", why)
            self.stats.set_value("intake/failed", why)

    def _take(self, folder: Path) -> None:
        data = folder.parents[1]
        site = places.site_of_run(folder, data)
        if site is None:  # files without a record
            return
        path = places.state_path(data, self.crawler.settings["SHIO_STATE"], site)
        if path is None:
            return
        with State.open(path, create=True) as state:
            state.settle(site)
            logger.info("Taken into %s: %s", path, intake.take_in(state, folder, Rereader(folder)))


def _what(spider: CrawlSpider, settings: BaseSettings) -> dict[str, Any]:
    return {
        "site": spider.origin,
        "spider": spider.name,
        "trial": spider.trial,
        "arguments": {name: str(value) for name, value in sorted(spider.given.items())},
        "scope": spider.scope,
        "continues": spider.continues,
        "maps": sources(spider.portals),
        "settings": {name: settings[name] for name in _SETTINGS},
        "versions": {
            "shio-scraper": version("shio-scraper"),
            "parser": PARSER,
            "scrapy": version("scrapy"),
            "python": platform.python_version(),
        },
    }


class Closing(Component):
    """Looks whether the scraper waits for items that are done.

    Scrapy 2.19 waits on closing for every item, and is told of the last one only where it
    came from a response: a spider that reads files would wait for ever.
    """

    listens: ClassVar[dict[str, Any]] = {
        "opened": signals.spider_opened,
        "closed": signals.spider_closed,
    }

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._task: AsyncioLoopingCall | LoopingCall | None = None

    def opened(self) -> None:
        """Begin to look."""
        self._task = create_looping_call(self.look)
        self._task.start(_EVERY, now=False)

    def closed(self) -> None:
        """The crawl ended."""
        if self._task and self._task.running:
            self._task.stop()

    def look(self) -> None:
        """Tell the scraper that it is idle, where nobody did."""
        engine, spider = self.crawler.engine, self.crawler.spider
        slot = engine.scraper.slot if engine else None
        if spider and slot and slot.closing and not slot.closing.called and slot.is_idle():
            slot.closing.callback(spider)
