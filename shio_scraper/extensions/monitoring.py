"""Judges a run when it has ended, and says in one line what failed."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.utils.misc import load_object

from shio_scraper.component import Component
from shio_scraper.monitoring import checks
from shio_scraper.monitoring.checks import facts_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class Monitoring(Component):
    """Runs every check; or, where ``SPIDERMON_SPIDER_CLOSE_MONITORS`` names some, these suites.

    Raises ``NotConfigured`` where ``SPIDERMON_ENABLED`` is off.
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
    """Return which monitors of a suite of spidermon failed, and why; its actions follow."""
    from spidermon.runners import MonitorRunner  # noqa: PLC0415  (an extra)

    stats = crawler.stats.get_stats() if crawler.stats else {}
    result = MonitorRunner().run(
        suite, stats=stats, crawler=crawler, spider=spider, stats_history=[], job=None
    )
    for done in (
        *result.monitors_finished_action_results,
        *result.monitors_passed_action_results,
        *result.monitors_failed_action_results,
    ):
        if done.error:
            logger.error("Action %s failed: %s", done.action.name, _last_line(done))
    return {
        str(failed.monitor.method_name).removeprefix("test_"): _last_line(failed)
        for failed in result.monitors_failed_results
    }


def _last_line(result: Any) -> str:
    """Return what a monitor or action said, without the traceback that unittest puts around it."""
    lines = str(result.reason or result.error or "").strip().splitlines()
    return lines[-1] if lines else "no reason given"
