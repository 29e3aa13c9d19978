"""What happens when a run has ended: its manifest, ``latest``, the dataset's state."""

from __future__ import annotations

import logging
import platform
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from scrapy import Spider, signals

from shio_scraper import manifest, runs
from shio_scraper.dataset import intake, places
from shio_scraper.dataset.intake import IntakeError
from shio_scraper.dataset.state import State, StateError
from shio_scraper.outcome import outcome
from shio_scraper.parsers.records import PARSER

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

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


class Ending:
    """Says what a run is when it begins, and how it ended; takes it into the state."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the extension of ``crawler``."""
        ending = cls(crawler)
        crawler.signals.connect(ending.opened, signals.spider_opened)
        # After stats.json, which answers the same signal.
        crawler.signals.connect(ending.engine_stopped, signals.engine_stopped)
        return ending

    def opened(self, spider: Spider) -> None:
        """Begin the manifest."""
        folder = getattr(spider, "run_folder", None)
        if folder is None or self._stats().get(_REFUSED):
            return
        try:
            manifest.begin(folder, **_what(spider, self._crawler.settings))
        except OSError as error:
            self._fail(folder, error)

    def engine_stopped(self) -> None:
        """End the manifest, unless the crawl will be resumed; take the run in."""
        folder = getattr(self._crawler.spider, "run_folder", None)
        stats = self._stats()
        if folder is None or stats.get(_RESUMABLE) or stats.get(_REFUSED):
            return
        how, reason = outcome(stats)
        counts, failed = manifest.counts(stats), stats.get("monitors/failed", ())
        try:
            manifest.end(folder, how, reason, counts, failed)
            if how == "complete":
                runs.point_to_latest(folder)
        except OSError as error:
            self._fail(folder, error)
        else:
            self._take_in(folder)

    def _stats(self) -> dict[str, Any]:
        return self._crawler.stats.get_stats() if self._crawler.stats else {}

    def _fail(self, folder: Path, error: OSError) -> None:
        if self._crawler.stats and not self._stats().get("files/failed"):  # the first one tells
            why = f"{error.filename or folder}: {error.strerror}"
            logger.error("Cannot write to %s", why)
            self._crawler.stats.set_value("files/failed", why)

    def _take_in(self, folder: Path) -> None:
        """Take the run into the state of its site. Sets the stat ``intake/failed`` where not."""
        try:
            self._take(folder)
        except (IntakeError, StateError, OSError, ValueError) as error:
            why = str(error)
            if isinstance(error, StateError):
                why += f"; `scrapy dataset add {folder.name}` takes it in later"
            logger.warning("Not taken into the dataset: %s", why)
            if self._crawler.stats:
                self._crawler.stats.set_value("intake/failed", why)

    def _take(self, folder: Path) -> None:
        data = folder.parents[1]
        site = places.site_of_run(folder, data)
        if site is None:  # files without a record
            return
        path = places.state_path(data, self._crawler.settings["SHIO_STATE"], site)
        if path is None:
            return
        with State.open(path, create=True) as state:
            state.settle(site)
            logger.info("Taken into %s: %s", path, intake.take_in(state, folder))


def _what(spider: Any, settings: BaseSettings) -> dict[str, Any]:
    return {
        "site": spider.origin,
        "spider": spider.name,
        "arguments": {name: str(value) for name, value in sorted(spider.given.items())},
        "scope": spider.scope,
        "continues": spider.continues,
        "settings": {name: settings[name] for name in _SETTINGS},
        "versions": {
            "shio-scraper": version("shio-scraper"),
            "parser": PARSER,
            "scrapy": version("scrapy"),
            "python": platform.python_version(),
        },
    }
