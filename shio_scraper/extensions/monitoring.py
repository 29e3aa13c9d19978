"""Runs spidermon's suites, and says in one line what failed."""

from __future__ import annotations

import logging
from typing import Any

from spidermon.contrib.scrapy.extensions import Spidermon
from spidermon.runners import MonitorRunner

from shio_scraper.monitoring.monitors import last_line, name_of

logger = logging.getLogger(__name__)


class Monitoring(Spidermon):  # type: ignore[misc]  # spidermon has no types
    """Spidermon, with all its settings, and a quiet log.

    Its own runner writes a report of several lines for each suite, with tracebacks, by a method
    of spiders that Scrapy 2.19 deprecates.
    """

    def _run_suites(self, spider: Any, suites: list[Any]) -> None:
        data = self._generate_data_for_spider(spider)
        for suite in suites:
            result = MonitorRunner().run(suite, **data)
            for failed in result.monitors_failed_results:
                logger.warning("Monitor %s failed: %s", name_of(failed.monitor), last_line(failed))
            for done in _actions(result):
                if done.error:
                    logger.error("Action %s failed: %s", done.action.name, last_line(done))


def _actions(result: Any) -> list[Any]:
    return [
        *result.monitors_finished_action_results,
        *result.monitors_passed_action_results,
        *result.monitors_failed_action_results,
    ]
