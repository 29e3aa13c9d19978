"""The end of a crawl: it is closed and judged, its manifest is written, the dataset takes it in."""

from __future__ import annotations

import logging
import platform
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.utils.asyncio import AsyncioLoopingCall, create_looping_call
from scrapy.utils.misc import load_object

from shio_scraper import runs
from shio_scraper.component import Component, CrawlSpider, output_failed
from shio_scraper.crawl.archiving import REFERS_TO
from shio_scraper.dataset import intake, places
from shio_scraper.dataset.intake import IntakeError
from shio_scraper.dataset.state import State, StateError
from shio_scraper.monitoring import checks
from shio_scraper.monitoring.checks import facts_of
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
"""The stat of a crawl that the frontier did not let begin or go on."""
_SETTINGS: Final = (
    "CONCURRENT_REQUESTS", "DOWNLOAD_DELAY", "ROBOTSTXT_OBEY", "SHIO_ARCHIVE", "SHIO_CONTACTS",
    "SHIO_MAX_PAGE", "USER_AGENT",
)  # fmt: skip
"""Settings that influence what a run sees; they are written into the manifest."""
_EVERY = 0.2
"""Seconds between two checks."""


class Ending(Component):
    """Writes the manifest when a run begins and when it ends, and takes the run into the state."""

    # ``RunReport`` answers the same signal and must come first: the manifest lists stats.json.
    listens: ClassVar[dict[str, Any]] = {
        "opened": signals.spider_opened,
        "engine_stopped": signals.engine_stopped,
    }

    def opened(self) -> None:
        """Write the manifest of the beginning."""
        spider = self.spider
        if spider is None or self.stats.get_value(_REFUSED):
            return
        folder = spider.run_folder
        try:
            manifest.begin(folder, **_begun(spider, self.crawler.settings))
        except OSError as error:
            output_failed(self.crawler, f"{error.filename or folder}: {error.strerror}")

    def engine_stopped(self) -> None:
        """Write the final manifest, and take the run in, unless the crawl will be resumed."""
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
        """Take the run into the state of its site. Set the stat ``intake/failed`` if that fails."""
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
        if site is None:  # a crawl of files that found no record
            return
        path = places.state_path(data, self.crawler.settings["SHIO_STATE"], site)
        if path is None:
            return
        with State.open(path, create=True) as state:
            state.settle(site)
            logger.info("Taken into %s: %s", path, intake.take_in(state, folder, Rereader(folder)))


def _begun(spider: CrawlSpider, settings: BaseSettings) -> dict[str, Any]:
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
    """Ends the wait of Scrapy's scraper when all items are done.

    When Scrapy 2.19 closes a spider, it waits for every item. But it learns that the last item is
    done only if that item came from a response. A spider that reads files would wait for ever.
    """

    listens: ClassVar[dict[str, Any]] = {
        "opened": signals.spider_opened,
        "closed": signals.spider_closed,
    }

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._task: AsyncioLoopingCall | LoopingCall | None = None

    def opened(self) -> None:
        """Begin to check regularly."""
        self._task = create_looping_call(self.look)
        self._task.start(_EVERY, now=False)

    def closed(self) -> None:
        """Stop checking, because the crawl ended."""
        if self._task and self._task.running:
            self._task.stop()

    def look(self) -> None:
        """Tell the scraper that it is idle, if it closes and Scrapy has not noticed."""
        engine, spider = self.crawler.engine, self.crawler.spider
        slot = engine.scraper.slot if engine else None
        if spider and slot and slot.closing and not slot.closing.called and slot.is_idle():
            slot.closing.callback(spider)


class Monitoring(Component):
    """Judges a run by our checks, or by the suites in ``SPIDERMON_SPIDER_CLOSE_MONITORS``.

    Raises ``NotConfigured`` if ``SPIDERMON_ENABLED`` is off.
    """

    listens: ClassVar[dict[str, Any]] = {
        "closed": signals.spider_closed,
    }

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings.getbool("SPIDERMON_ENABLED"):
            raise NotConfigured
        super().__init__(crawler)
        names = crawler.settings.getlist("SPIDERMON_SPIDER_CLOSE_MONITORS")
        if names and find_spec("spidermon") is None:
            logger.error("Suites of monitors need more: pip install 'shio-scraper[spidermon]'")
            names = []
        self._suites = [load_object(name)(crawler=crawler) for name in names]

    def closed(self, spider: Any) -> None:
        """Judge the run of ``spider``."""
        stats = self.stats.get_stats()
        if self._suites:
            failed: Mapping[str, str] = {}
            for suite in self._suites:
                failed = {**failed, **_run(suite, self.crawler, spider)}
        else:
            facts = facts_of(self.spider, stats)
            failed = checks.failed(facts) if facts else {}
        for name, why in failed.items():
            logger.warning("Monitor %s failed: %s", name, why)
        for name, value in checks.verdict(failed).items():
            self.stats.set_value(name, value)


def _run(suite: Any, crawler: Crawler, spider: Any) -> Mapping[str, str]:
    """Run a suite of spidermon, then its actions. Return name → reason of each failed monitor."""
    from spidermon.runners import MonitorRunner  # noqa: PLC0415  (an extra)

    stats = crawler.stats.get_stats() if crawler.stats else {}
    result = MonitorRunner().run(
        suite, stats=stats, crawler=crawler, spider=spider, stats_history=[], job=None
    )
    for action in (
        *result.monitors_finished_action_results,
        *result.monitors_passed_action_results,
        *result.monitors_failed_action_results,
    ):
        if action.error:
            logger.error("Action %s failed: %s", action.action.name, _last_line(action))
    return {
        str(failed.monitor.method_name).removeprefix("test_"): _last_line(failed)
        for failed in result.monitors_failed_results
    }


def _last_line(result: Any) -> str:
    """Return the message of a monitor or action without the traceback that unittest adds."""
    lines = str(result.reason or result.error or "").strip().splitlines()
    return lines[-1] if lines else "no reason given"
