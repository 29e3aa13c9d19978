"""The checks as a Spidermon suite, as a base for your own: monitors, actions, messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from spidermon import Monitor, MonitorSuite

from shio_scraper.monitoring.checks import CHECKS, Check, facts_of


def _test(check: Check) -> Callable[[Any], None]:
    def test(monitor: Any) -> None:
        facts = facts_of(monitor.data.spider, monitor.data.stats)
        if facts is None:
            monitor.skipTest("nothing to judge: an archive holds what it holds")
        elif wrong := check(facts):
            raise monitor.failureException(wrong)

    test.__doc__ = check.__doc__
    return test


RunMonitor = type("RunMonitor", (Monitor,), {f"test_{n}": _test(c) for n, c in CHECKS.items()})
"""Judges a run by its stats. Each method's name is ``test_`` and the name of a check."""


class RunMonitors(MonitorSuite):  # type: ignore[misc]  # spidermon has no types
    """The suite that judges each run. A suite of your own can build on it."""

    monitors: ClassVar[Sequence[Any]] = [RunMonitor]
